//! Runs effects: it alone owns the clients, the journal and the right to write.

use std::{path::PathBuf, sync::mpsc::Sender};

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Connect, Connection, Effect, Msg, remote::Ticket};
use crate::{
    access::Matrix,
    aws::{WriteAccess, discovery},
    domain::{Deployment, ErrorClass, Failure},
    plan::Journal,
    probe::{Report, Secrets, Verifier, VerifyOptions},
};

/// What the executor starts with.
pub struct Setup {
    /// Makes the connection, when the first effect asks for it.
    pub connect: Connect,
    /// Whether nothing may be changed.
    pub read_only: bool,
    /// What is declared.
    pub matrix: Matrix,
    /// Where the journal is.
    pub state_dir: PathBuf,
}

struct Executor {
    connect: Option<Connect>,
    connection: Option<Connection>,
    deployment: Deployment,
    writes: Option<WriteAccess>,
    matrix: Matrix,
    state_dir: PathBuf,
    journal: Option<Journal>,
    cancel: CancellationToken,
    /// The live verify, so that the end waits for it.
    live: Option<tokio::task::JoinHandle<()>>,
    messages: Sender<Msg>,
}

/// Runs effects until the other end is gone; then waits for a live verify to give back.
pub async fn run(
    setup: Setup,
    mut effects: mpsc::UnboundedReceiver<Effect>,
    messages: Sender<Msg>,
) {
    let mut executor = Executor {
        connect: Some(setup.connect),
        connection: None,
        deployment: Deployment::default(),
        writes: WriteAccess::unless_read_only(setup.read_only),
        matrix: setup.matrix,
        state_dir: setup.state_dir,
        journal: None,
        cancel: CancellationToken::new(),
        live: None,
        messages,
    };
    while let Some(effect) = effects.recv().await {
        executor.run(effect).await;
    }
    executor.cancel.cancel();
    if let Some(live) = executor.live {
        let _ = live.await;
    }
}

impl Executor {
    fn tell(&self, msg: Msg) {
        // The console is gone: nobody wants to know any more.
        let _ = self.messages.send(msg);
    }

    async fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Discover => self.discover().await,
            Effect::LoadUsers(ticket) => self.load_users(ticket),
            Effect::LoadGroups(ticket) => self.load_groups(ticket),
            Effect::Verify(options) => self.verify(options),
            Effect::CancelVerify => self.cancel.cancel(),
            // The terminal belongs to the event loop.
            Effect::Copy(_) => {}
        }
    }

    async fn discover(&mut self) {
        if let Some(connect) = self.connect.take() {
            match connect().await {
                Ok(connection) => self.connection = Some(connection),
                Err(failure) => return self.tell(Msg::NotConnected(failure)),
            }
        }
        let Some(connection) = &self.connection else {
            return self.tell(Msg::NotConnected(
                Failure::new(
                    ErrorClass::Network,
                    "connecting",
                    "there is no connection to try again with",
                )
                .advise("start the console again"),
            ));
        };
        let messages = self.messages.clone();
        self.deployment =
            discovery::discover(&connection.cloud, connection.known.clone(), move |item| {
                let _ = messages.send(Msg::Discovered(item));
            })
            .await;
        let left = self.left_behind();
        self.tell(Msg::LeftBehind(left));
        self.tell(Msg::DiscoveryDone(Timestamp::now()));
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

    fn journal(&mut self) -> Result<Journal, Failure> {
        if self.journal.is_none() {
            self.journal = Some(Journal::open(&self.state_dir)?);
        }
        self.journal.clone().ok_or_else(|| {
            Failure::new(ErrorClass::Unavailable, "opening the journal", "it is gone")
        })
    }

    /// The pool's id, with the clients to read it by.
    fn pool(&self) -> Result<(crate::aws::Cognito, String), Failure> {
        let missing = || {
            self.deployment
                .problems
                .iter()
                .find(|problem| problem.item == "user_pool_id")
                .map_or_else(
                    || Failure::invalid("looking for the user pool", "it was not found"),
                    |problem| problem.failure.clone(),
                )
        };
        match (&self.connection, &self.deployment.user_pool_id) {
            (Some(connection), Some(pool)) => {
                Ok((connection.cloud.cognito.clone(), pool.value.clone()))
            }
            _ => Err(missing()),
        }
    }

    fn load_users(&self, ticket: Ticket) {
        let (cognito, pool) = match self.pool() {
            Ok(found) => found,
            Err(failure) => return self.tell(Msg::UsersDone(ticket, Err(failure))),
        };
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let mut pages = std::pin::pin!(cognito.users(&pool));
            let mut result = Ok(());
            while let Some(page) = pages.next().await {
                match page {
                    Ok(page) => {
                        let _ = messages.send(Msg::Users(ticket, page.items));
                    }
                    Err(failure) => {
                        result = Err(failure);
                        break;
                    }
                }
            }
            let _ = messages.send(Msg::UsersDone(ticket, result.map(|()| Timestamp::now())));
        });
    }

    fn load_groups(&self, ticket: Ticket) {
        let (cognito, pool) = match self.pool() {
            Ok(found) => found,
            Err(failure) => return self.tell(Msg::GroupsDone(ticket, Err(failure))),
        };
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let load = async {
                let groups = cognito.groups(&pool).await?;
                futures::stream::iter(groups.into_iter().map(Ok))
                    .try_for_each(|group| {
                        let (cognito, pool, messages) = (&cognito, &pool, &messages);
                        async move {
                            let members = cognito.members(pool, &group.name).await?;
                            let names = members.into_iter().map(|user| user.username).collect();
                            let _ = messages.send(Msg::Group(ticket, group, names));
                            Ok(())
                        }
                    })
                    .await
            };
            let result = load.await.map(|()| Timestamp::now());
            let _ = messages.send(Msg::GroupsDone(ticket, result));
        });
    }

    fn verify(&mut self, options: VerifyOptions) {
        let live = !options.predicted_only;
        let verifier = match self.verifier() {
            Ok(verifier) => verifier,
            Err(failure) => {
                return self.tell(Msg::Verified {
                    live,
                    result: Err(failure),
                });
            }
        };
        let cancel = CancellationToken::new();
        if live {
            self.cancel = cancel.clone();
        }
        let messages = self.messages.clone();
        let task = tokio::spawn(async move {
            let (events, mut told) = mpsc::unbounded_channel();
            let forward = {
                let messages = messages.clone();
                tokio::spawn(async move {
                    while let Some(event) = told.recv().await {
                        let event = Box::new(event);
                        let _ = messages.send(Msg::Verify { live, event });
                    }
                })
            };
            let result: Result<Report, Failure> = verifier.run(options, events, cancel).await;
            let _ = forward.await;
            let _ = messages.send(Msg::Verified {
                live,
                result: result.map(Box::new),
            });
        });
        if live {
            self.live = Some(task);
        }
    }

    fn verifier(&mut self) -> Result<Verifier, Failure> {
        let journal = self.journal()?;
        let Some(connection) = &self.connection else {
            return Err(Failure::new(
                ErrorClass::Network,
                "verifying",
                "there is no connection",
            ));
        };
        Ok(Verifier {
            cloud: connection.cloud.clone(),
            deployment: self.deployment.clone(),
            matrix: self.matrix.clone(),
            writes: self.writes.clone(),
            journal,
            secrets: Secrets::default(),
        })
    }
}
