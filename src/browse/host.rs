//! Becoming somebody, to send requests as them.

mod renewal;
mod sending;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock, PoisonError, RwLock, atomic::AtomicU64},
};

use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use sending::Reply;

use super::{Exchange, Who};
use crate::{
    access::{Catalog, Kind, Matrix, Route},
    domain::{Deployment, Failure, Principal},
    identity::Credential,
    mlflow::{ApiRequest, Client, Heard, Question, Root},
    probe::{Stay, Verdict, Verifier, verdict::Observation},
};

/// Hears of every exchange as it is over.
type Hear = Box<dyn Fn(Arc<Exchange>) + Send + Sync>;

/// Sends requests to one deployment's MLflow as whoever it is asked to be. Whoever one has
/// become stays ready, so that coming back costs nothing.
pub struct Host {
    verifier: Verifier,
    client: Client,
    grant_trust: bool,
    hear: Hear,
    number: Arc<AtomicU64>,
    /// MLflow's version as far as it is known, with its routes.
    version: RwLock<Option<(String, Arc<Catalog>)>>,
    /// Who has asked for it.
    asked: std::sync::Mutex<HashSet<Principal>>,
    ready: Mutex<HashMap<Principal, Arc<Stay>>>,
    /// Who was ready and is no good any more, with what was borrowed.
    worn: std::sync::Mutex<Vec<Arc<Stay>>>,
    passwords: std::sync::Mutex<HashMap<String, SecretString>>,
    declared: RwLock<Arc<Matrix>>,
    cancel: CancellationToken,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("base", &self.client.base().as_str())
            .finish_non_exhaustive()
    }
}

impl Host {
    /// A host of the verifier's deployment. `grant_trust` lets the caller into roles whose trust
    /// refuses them, for as long as the host is open. Every exchange is told to `hear`.
    ///
    /// # Errors
    /// Where the API's URL is not known, or is none.
    pub fn new(
        verifier: Verifier,
        grant_trust: bool,
        hear: impl Fn(Arc<Exchange>) + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let url = verifier
            .deployment
            .need("api_url", verifier.deployment.api_url.as_ref())?;
        let base = Url::parse(url).map_err(|error| {
            Failure::invalid(
                "reading the API's URL",
                format!("{url:?} cannot be used: {error}"),
            )
            .advise("give it by --api-url")
        })?;
        let region = verifier.cloud.region().to_owned();
        let version = verifier.deployment.mlflow_version.as_ref().map(|found| {
            let catalog = Catalog::for_version(&found.value);
            (found.value.clone(), Arc::new(catalog))
        });
        Ok(Self {
            client: Client::new(base, verifier.cloud.http.clone(), region),
            grant_trust,
            hear: Box::new(hear),
            number: Arc::default(),
            version: RwLock::new(version),
            asked: std::sync::Mutex::default(),
            ready: Mutex::default(),
            worn: std::sync::Mutex::default(),
            passwords: std::sync::Mutex::default(),
            declared: RwLock::new(Arc::new(verifier.matrix.clone())),
            cancel: CancellationToken::new(),
            verifier,
        })
    }

    /// The API's URL, with the stage where there is one.
    pub fn base(&self) -> &Url {
        self.client.base()
    }

    /// The same host, whose requests are counted together with those of others: each has a number
    /// of its own.
    #[must_use]
    pub fn counting(mut self, numbers: &Arc<AtomicU64>) -> Self {
        self.number = Arc::clone(numbers);
        self
    }

    /// Gives up whatever is under way to become somebody. Whoever one has become already stays
    /// ready, until the host is closed.
    pub fn stop(&self) {
        self.cancel.cancel();
    }

    /// Takes a password for a user, kept in memory for as long as the host is open.
    pub fn give_password(&self, user: &str, password: SecretString) {
        self.passwords
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(user.to_owned(), password);
    }

    /// From now on this is declared.
    pub fn declare(&self, matrix: Matrix) {
        *self
            .declared
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(matrix);
    }

    /// Becomes a principal: one sign-in at the first time, nothing afterwards.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn become_principal(&self, principal: &Principal) -> Result<Arc<Stay>, Failure> {
        self.become_trusted(principal, self.grant_trust).await
    }

    /// The same; `grant_trust` lets the caller into a role whose trust refuses them, for as long
    /// as the host is open.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn become_trusted(
        &self,
        principal: &Principal,
        grant_trust: bool,
    ) -> Result<Arc<Stay>, Failure> {
        let mut ready = self.ready.lock().await;
        if let Some(stay) = ready.get(principal) {
            return Ok(stay.clone());
        }
        let mut verifier = self.verifier.clone();
        let given = self
            .passwords
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        verifier.secrets.passwords.extend(given);
        let stay = verifier.stay(principal, grant_trust, &self.cancel).await?;
        let stay = Arc::new(stay);
        ready.insert(principal.clone(), stay.clone());
        Ok(stay)
    }

    /// Whomever one has become is predicted by what is deployed now.
    pub async fn foresee_anew(&self) {
        let ready: Vec<Arc<Stay>> = self.ready.lock().await.values().cloned().collect();
        for stay in ready {
            self.verifier.foresee_anew(&stay).await;
        }
    }

    /// What is shown of a principal that one has become.
    ///
    /// # Errors
    /// Where its token cannot be had any more.
    pub async fn who(&self, stay: &Stay) -> Result<Who, Failure> {
        let actor = &stay.actor;
        let credential = actor.credential().await?;
        let (mut groups, mut expires_at) = (None, None);
        match &credential {
            Some(Credential::Bearer(token)) => {
                let claims = token.claims();
                groups = Some(claims.groups.clone());
                expires_at = jiff::Timestamp::from_second(claims.exp).ok();
            }
            Some(Credential::SigV4(credentials)) => {
                expires_at = credentials
                    .expiry()
                    .and_then(|at| jiff::Timestamp::try_from(at).ok());
            }
            Some(Credential::Anonymous) | None => {}
        }
        Ok(Who {
            principal: actor.principal.clone(),
            scheme: actor.scheme(),
            groups,
            role: actor.role.as_ref().map(|role| role.name.clone()),
            expires_at,
        })
    }

    /// The deployment whose MLflow it is.
    pub fn deployment(&self) -> &Deployment {
        &self.verifier.deployment
    }

    /// Whether it may send requests that change something.
    pub fn may_write(&self) -> bool {
        self.verifier.writes.is_some()
    }

    /// Under which root a principal's requests stand.
    pub fn root(stay: &Stay) -> Root {
        Root::of(stay.actor.scheme())
    }

    /// MLflow's version, as found, else as this principal learns it; where only its first number
    /// is known, whoever may learn more does.
    pub async fn version(&self, stay: &Stay) -> Option<String> {
        let known = self.known_version();
        if known.as_ref().is_some_and(|version| version.contains('.')) {
            return known;
        }
        let already = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            !asked.insert(stay.actor.principal.clone())
        };
        if already {
            return known;
        }
        let learned = self.learn(stay).await;
        let better = match (&known, &learned) {
            (Some(known), Some(learned)) => learned.len() > known.len(),
            (None, Some(_)) => true,
            _ => false,
        };
        if better {
            let version = learned.clone().unwrap_or_default();
            *self.version.write().unwrap_or_else(PoisonError::into_inner) =
                Some((version.clone(), Arc::new(Catalog::for_version(&version))));
            return learned;
        }
        known
    }

    async fn learn(&self, stay: &Stay) -> Option<String> {
        let mut question = Question::first(stay.actor.scheme()?);
        loop {
            let (answer, _) = self.send(stay, &question.request(Self::root(stay))).await;
            match question.heard(&answer.ok()?) {
                Heard::Version(version) => return Some(version),
                Heard::Ask(next) => question = next,
                Heard::Nothing => return None,
            }
        }
    }

    pub(super) fn known_version(&self) -> Option<String> {
        let version = self.version.read().unwrap_or_else(PoisonError::into_inner);
        version.as_ref().map(|(version, _)| version.clone())
    }

    /// The routes of MLflow's version; before it is known, the sample's.
    pub fn catalog(&self) -> Arc<Catalog> {
        let version = self.version.read().unwrap_or_else(PoisonError::into_inner);
        match version.as_ref() {
            Some((_, catalog)) => catalog.clone(),
            None => assumed(),
        }
    }

    /// The route of a request, where it is a known one.
    pub fn route(&self, request: &ApiRequest) -> Option<Route> {
        self.catalog().find(request.method, &request.path).cloned()
    }

    /// Whether a request is known to change nothing. A path that no known MLflow has may do
    /// anything.
    fn only_reads(&self, request: &ApiRequest) -> bool {
        let route = self.route(request).map(|route| route.kind);
        let kind = route.or_else(|| {
            let route = newest().find(request.method, &request.path);
            route.map(|route| route.kind)
        });
        kind == Some(Kind::Read)
    }

    /// What is known of a request before it is sent: declared and predicted.
    pub fn foreseen(&self, stay: &Stay, request: &ApiRequest) -> Exchange {
        let route = self.route(request);
        let declared = self
            .declared
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Exchange {
            number: 0,
            principal: stay.actor.principal.clone(),
            scheme: stay.actor.scheme(),
            request: request.clone(),
            base: self.client.base().clone(),
            region: self.verifier.cloud.region().to_owned(),
            sent: Vec::new(),
            headers: Vec::new(),
            body: String::new(),
            size: 0,
            permission: route.as_ref().map(|route| route.permission.clone()),
            route: route.as_ref().map(|route| route.path.clone()),
            expected: route
                .as_ref()
                .and_then(|route| self.verifier.expected(&declared, stay, route)),
            predicted: stay.predicted(request.method, &request.path),
            observed: Observation::none("not sent yet"),
            verdict: Verdict::Inconclusive,
        }
    }

    /// Gives back everything that was borrowed for whom one had become.
    pub async fn close(&self) -> Vec<Failure> {
        self.cancel.cancel();
        let mut failures = Vec::new();
        let worn = std::mem::take(&mut *self.worn.lock().unwrap_or_else(PoisonError::into_inner));
        let ready = self
            .ready
            .lock()
            .await
            .drain()
            .map(|(_, stay)| stay)
            .collect::<Vec<_>>();
        for stay in worn.into_iter().chain(ready) {
            failures.extend(self.verifier.leave(&stay).await);
        }
        failures
    }
}

/// The routes of the newest known version.
fn newest() -> &'static Catalog {
    static NEWEST: OnceLock<Catalog> = OnceLock::new();
    NEWEST.get_or_init(|| {
        let newest = Catalog::versions().last().copied();
        Catalog::for_version(newest.unwrap_or(Catalog::ASSUMED))
    })
}

/// The routes that are taken where the version is not known.
fn assumed() -> Arc<Catalog> {
    static ASSUMED: OnceLock<Arc<Catalog>> = OnceLock::new();
    ASSUMED
        .get_or_init(|| Arc::new(Catalog::for_version(Catalog::ASSUMED)))
        .clone()
}
