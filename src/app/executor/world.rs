//! One deployment as the executor knows it: connection, what was found, the right to write.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicU64, mpsc::Sender},
    time::Duration,
};

use futures::FutureExt;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    access::Matrix,
    app::{
        Connection, Msg,
        effect::Epoch,
        executor::rules::{Latest, RulesReader},
        job::JobId,
        message::News,
        start::Place,
    },
    aws::{Cloud, Cognito, WriteAccess, discovery},
    browse::Host,
    domain::{Deployment, ErrorClass, Failure},
    plan::{Journal, PackageStore},
};

/// What a wait of the executor came to.
pub(super) enum Found {
    /// The deployment, by this connection.
    Deployment(Arc<Connection>, Box<Deployment>),
    /// A connection whose session is good again.
    Session(Arc<Connection>),
}

/// One deployment.
pub(super) struct World {
    pub epoch: Epoch,
    pub place: Option<Place>,
    connection: Option<Arc<Connection>>,
    pub deployment: Deployment,
    pub writes: Option<WriteAccess>,
    journal: Option<Journal>,
    /// What was read last of what the authorizer goes by.
    rules: Latest,
    pub jobs: HashMap<JobId, CancellationToken>,
    /// Who sends requests to MLflow, made when it is first needed.
    pub host: Option<Arc<Host>>,
    /// How many requests were sent to MLflow, by whoever sends any.
    pub numbers: Arc<AtomicU64>,
    /// Ends every read of this world.
    cancel: CancellationToken,
    messages: Sender<Msg>,
}

impl World {
    pub fn new(epoch: Epoch, place: Place, messages: Sender<Msg>) -> Self {
        Self {
            epoch,
            writes: WriteAccess::unless_read_only(place.label.read_only),
            place: Some(place),
            connection: None,
            deployment: Deployment::default(),
            journal: None,
            rules: Latest::default(),
            jobs: HashMap::new(),
            host: None,
            numbers: Arc::default(),
            cancel: CancellationToken::new(),
            messages,
        }
    }

    /// From now on this is declared.
    pub fn declare(&mut self, matrix: Matrix) {
        if let Some(host) = &self.host {
            host.declare(matrix.clone());
        }
        if let Some(place) = &mut self.place {
            place.matrix = matrix;
        }
    }

    /// Ends what is under way; jobs give back first, by themselves. What was borrowed for
    /// whom one had become is given back by the task that this returns.
    pub fn stop(&mut self) -> Option<JoinHandle<()>> {
        self.cancel.cancel();
        for token in self.jobs.values() {
            token.cancel();
        }
        let host = self.host.take()?;
        Some(tokio::spawn(async move {
            for failure in host.close().await {
                tracing::warn!(%failure, "giving back");
            }
        }))
    }

    /// Nothing of the old deployment is to be reached by the new epoch's name.
    pub fn retire(&mut self, epoch: Epoch) {
        self.epoch = epoch;
        self.place = None;
        self.connection = None;
        self.deployment = Deployment::default();
        self.writes = None;
        self.journal = None;
        self.forget_rules();
        self.jobs.clear();
        self.numbers = Arc::default();
    }

    /// Tells what happened here.
    pub fn tell(&self, news: News) {
        let _ = self.messages.send(Msg::News(self.epoch, news));
    }

    /// What tells from within a task.
    pub fn teller(&self) -> impl Fn(News) + Clone + Send + Sync + 'static {
        let (epoch, messages) = (self.epoch, self.messages.clone());
        move |news| {
            let _ = messages.send(Msg::News(epoch, news));
        }
    }

    /// Runs a read until it is over or this world is left.
    pub fn spawn(&self, read: impl Future<Output = ()> + Send + 'static) {
        let cancel = self.cancel.clone();
        tokio::spawn(async move {
            cancel.run_until_cancelled_owned(read).await;
        });
    }

    /// Connects where that was not done yet, then finds the deployment.
    pub fn discover(&self) -> impl Future<Output = Option<Found>> + 'static {
        let connection = self.connection.clone();
        let connect = self.place.as_ref().map(|place| place.connect.clone());
        let (tell, cancel) = (self.teller(), self.cancel.clone());
        let find = async move {
            let connection = match (connection, connect) {
                (Some(connection), _) => connection,
                (None, Some(connect)) => match connect().await {
                    Ok(connection) => Arc::new(connection),
                    Err(failure) => {
                        tell(News::NotConnected(failure));
                        return None;
                    }
                },
                (None, None) => {
                    tell(News::NotConnected(nowhere()));
                    return None;
                }
            };
            let progress = {
                let tell = tell.clone();
                move |item| tell(News::Discovered(item))
            };
            let deployment =
                discovery::discover(&connection.cloud, connection.known.clone(), progress).await;
            Some(Found::Deployment(connection, Box::new(deployment)))
        };
        async move {
            cancel
                .run_until_cancelled_owned(Box::pin(find))
                .await
                .flatten()
        }
    }

    /// Tries every `pause` until a fresh connection's session is good.
    pub fn renewed(&self, pause: Duration) -> impl Future<Output = Option<Found>> + 'static {
        let connect = self.place.as_ref().map(|place| place.connect.clone());
        let cancel = self.cancel.clone();
        let wait = async move {
            let connect = connect?;
            loop {
                tokio::time::sleep(pause).await;
                // Made anew, since the SDK reads files of credentials only once.
                if let Ok(connection) = connect().await
                    && connection.cloud.sts.caller_identity().await.is_ok()
                {
                    return Some(Found::Session(Arc::new(connection)));
                }
            }
        };
        async move {
            cancel
                .run_until_cancelled_owned(Box::pin(wait))
                .map(Option::flatten)
                .await
        }
    }

    /// Takes in what a wait came to.
    pub fn found(&mut self, found: Found) {
        match found {
            Found::Deployment(connection, deployment) => {
                self.connection = Some(connection);
                self.deployment = *deployment;
                let left = self.left_behind();
                let unfinished = self.journal().and_then(|journal| journal.unfinished());
                self.tell(News::LeftBehind(left, unfinished.unwrap_or_default()));
                self.tell(News::DiscoveryDone(Timestamp::now()));
            }
            Found::Session(connection) => {
                self.connection = Some(connection);
                self.tell(News::SessionRenewed);
            }
        }
    }

    /// What earlier runs left behind, as phrases. A journal that cannot be read is told when
    /// something is to be written to it.
    fn left_behind(&mut self) -> Vec<String> {
        self.journal()
            .and_then(|journal| journal.leftovers())
            .unwrap_or_default()
            .iter()
            .map(|left| left.borrowed.describe())
            .collect()
    }

    /// The journal, opened when it is first needed.
    pub fn journal(&mut self) -> Result<Journal, Failure> {
        if let Some(journal) = &self.journal {
            return Ok(journal.clone());
        }
        let place = self.place.as_ref().ok_or_else(nowhere)?;
        let journal = Journal::open(&place.state_dir)?;
        self.journal = Some(journal.clone());
        Ok(journal)
    }

    /// The clients.
    pub fn cloud(&self) -> Result<Cloud, Failure> {
        self.connection
            .as_ref()
            .map(|connection| connection.cloud.clone())
            .ok_or_else(nowhere)
    }

    /// What the authorizer goes by is read anew by whoever asks next.
    pub fn forget_rules(&mut self) {
        self.rules = Latest::default();
    }

    /// Who reads what the authorizer goes by.
    pub fn rules_reader(&self) -> Result<RulesReader, Failure> {
        let place = self.place.as_ref().ok_or_else(nowhere)?;
        Ok(RulesReader {
            cloud: self.cloud()?,
            deployment: self.deployment.clone(),
            packages: PackageStore::of(&place.state_dir),
            latest: self.rules.clone(),
        })
    }

    /// The pool's id, with the clients to read it by.
    pub fn pool(&self) -> Result<(Cognito, String), Failure> {
        let pool = self
            .deployment
            .need("user_pool_id", self.deployment.user_pool_id.as_ref())?;
        Ok((self.cloud()?.cognito, pool.clone()))
    }
}

pub(super) fn nowhere() -> Failure {
    Failure::new(
        ErrorClass::Network,
        "connecting",
        "there is no connection to a deployment",
    )
    .advise("choose another context or profile, or look again")
}
