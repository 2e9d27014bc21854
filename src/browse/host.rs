//! Becoming somebody and sending requests as them.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Exchange, Who};
use crate::{
    access::{Catalog, Kind, Matrix, Route},
    domain::{Deployment, ErrorClass, Failure, Principal},
    identity::Credential,
    mlflow::{Answer, ApiRequest, Call, Client, Heard, Incoming, Question, Root},
    probe::{Retry, Stay, Verdict, Verifier, classify::classify, verdict::Observation},
};

/// The version whose routes are taken where MLflow's own cannot be learned: the sample's.
const ASSUMED_VERSION: &str = "2.12.2";
/// How often a throttled request is sent again: it was not carried out.
const THROTTLED: u32 = 5;
/// How often a read is sent again whose connection or server failed. A write never is.
const FAILED: u32 = 2;

/// Hears of every exchange as it is over.
type Hear = Box<dyn Fn(Arc<Exchange>) + Send + Sync>;

/// Sends requests to one deployment's MLflow as whoever it is asked to be. Whoever one has
/// become stays ready, so that coming back costs nothing.
pub struct Host {
    verifier: Verifier,
    client: Client,
    grant_trust: bool,
    hear: Hear,
    number: AtomicU64,
    /// MLflow's version as far as it is known, with its routes.
    version: RwLock<Option<(String, Arc<Catalog>)>>,
    /// Who has asked for it.
    asked: std::sync::Mutex<HashSet<Principal>>,
    ready: Mutex<HashMap<Principal, Arc<Stay>>>,
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

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug)]
enum Want {
    /// All of it, as far as a typed answer goes.
    Whole,
    /// Its head, the body still on its way; of the body this range.
    Open(Option<(u64, u64)>),
}

/// What came of sending.
struct Sent {
    answer: Result<Answer, Failure>,
    incoming: Option<Incoming>,
    exchange: Arc<Exchange>,
}

/// A value with the exchange that brought it.
#[derive(Debug)]
pub struct Reply<T> {
    /// The value, or why there is none.
    pub value: Result<T, Failure>,
    /// The last request that was sent for it.
    pub exchange: Arc<Exchange>,
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
            number: AtomicU64::new(0),
            version: RwLock::new(version),
            asked: std::sync::Mutex::default(),
            ready: Mutex::default(),
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

    fn known_version(&self) -> Option<String> {
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

    /// Sends a typed request as somebody.
    pub async fn call<T>(&self, stay: &Stay, call: &Call<T>) -> Reply<T> {
        let (answer, exchange) = self.send(stay, &call.request).await;
        let value = answer.and_then(|answer| {
            call.value(&answer)
                .map_err(|failure| Self::advised(failure, &exchange))
        });
        Reply { value, exchange }
    }

    /// Sends one request as somebody. A token that ran out is renewed once, silently; a throttled
    /// request is sent again, and a read whose connection failed. Each of them is an exchange.
    pub async fn send(
        &self,
        stay: &Stay,
        request: &ApiRequest,
    ) -> (Result<Answer, Failure>, Arc<Exchange>) {
        let sent = self.exchange(stay, request, Want::Whole).await;
        (sent.answer, sent.exchange)
    }

    /// Sends one request as somebody and hands over a successful answer before its body. Any
    /// other answer comes whole.
    ///
    /// # Errors
    /// What the answer says where it is no success.
    pub async fn open(
        &self,
        stay: &Stay,
        request: &ApiRequest,
        range: Option<(u64, u64)>,
    ) -> Result<Incoming, Failure> {
        let sent = self.exchange(stay, request, Want::Open(range)).await;
        let doing = format!("reading {}", request.path);
        match (sent.answer, sent.incoming) {
            (Err(failure), _) => Err(failure),
            (Ok(_), Some(incoming)) => Ok(incoming),
            (Ok(answer), None) => {
                let failure = crate::mlflow::refused(&doing, &answer);
                Err(Self::advised(failure, &sent.exchange))
            }
        }
    }

    /// Sends once.
    async fn send_once(
        &self,
        request: &ApiRequest,
        credential: &Credential,
        want: Want,
    ) -> Result<(Answer, Option<Incoming>), Failure> {
        let range = match want {
            Want::Whole => {
                let answer = self.client.send_whole(request, credential).await?;
                return Ok((answer, None));
            }
            Want::Open(range) => range,
        };
        let incoming = self.client.open(request, credential, range).await?;
        if incoming.head.is_success() {
            return Ok((incoming.head.clone(), Some(incoming)));
        }
        Ok((incoming.whole(64 * 1024).await?, None))
    }

    /// Sends until there is an answer that another try would not change.
    async fn exchange(&self, stay: &Stay, request: &ApiRequest, want: Want) -> Sent {
        let actor = &stay.actor;
        let reads = self.only_reads(request);
        if !reads && !self.may_write() {
            return self.unsent(stay, request, read_only(request));
        }
        let mut credential = match actor.credential().await {
            Ok(Some(credential)) => credential,
            Ok(None) => Credential::Anonymous,
            Err(failure) => return self.unsent(stay, request, failure),
        };
        let anonymous = matches!(credential, Credential::Anonymous);
        let (mut throttled, mut failed, mut expired) = (0, 0, false);
        loop {
            let (answer, incoming) = match self.send_once(request, &credential, want).await {
                Ok((answer, incoming)) => (Ok(answer), incoming),
                Err(failure) => (Err(failure), None),
            };
            let observed = classify(&answer, anonymous);
            let retry = observed.retry;
            let exchange = self.over(stay, request, &answer, observed);
            let sent = |answer| Sent {
                answer,
                incoming,
                exchange,
            };
            match retry {
                Some(Retry::Throttled) if throttled < THROTTLED => {
                    tokio::time::sleep(Duration::from_millis(200 << throttled)).await;
                    throttled += 1;
                }
                Some(Retry::Failed) if reads && failed < FAILED => {
                    tokio::time::sleep(Duration::from_millis(200 << failed)).await;
                    failed += 1;
                }
                Some(Retry::Expired) if !expired => {
                    expired = true;
                    match actor.renewed(&self.verifier.cloud, &credential).await {
                        Ok(renewed) => credential = renewed,
                        Err(failure) if failure.class == ErrorClass::Expired => {
                            return sent(Err(failure));
                        }
                        Err(_) => return sent(answer),
                    }
                }
                _ => return sent(answer),
            }
        }
    }

    /// An exchange that never began: there was no credential to begin it with, or no right.
    fn unsent(&self, stay: &Stay, request: &ApiRequest, failure: Failure) -> Sent {
        let answer = Err(failure);
        let observed = classify(&answer, false);
        let exchange = self.over(stay, request, &answer, observed);
        Sent {
            answer,
            incoming: None,
            exchange,
        }
    }

    fn over(
        &self,
        stay: &Stay,
        request: &ApiRequest,
        answer: &Result<Answer, Failure>,
        observed: Observation,
    ) -> Arc<Exchange> {
        let mut exchange = self.foreseen(stay, request);
        exchange.number = self.number.fetch_add(1, Ordering::Relaxed) + 1;
        exchange.answered(answer, observed);
        let exchange = Arc::new(exchange);
        (self.hear)(exchange.clone());
        exchange
    }

    /// A refusal with who refused, and the next step that goes with that.
    fn advised(failure: Failure, exchange: &Exchange) -> Failure {
        let refused = matches!(failure.class, ErrorClass::Denied { .. });
        if !refused && exchange.observed.effect != Some(crate::access::Effect::Deny) {
            return failure;
        }
        let who = &exchange.principal;
        let mut told = Failure::new(
            ErrorClass::Denied { action: None },
            failure.doing,
            format!("{} ({})", exchange.observed.reason, failure.message),
        );
        told.request_id = failure.request_id;
        told.advise(format!(
            "ask `mlwarden why {who} \"{} {}\"`, or become somebody else",
            exchange.request.method,
            exchange.route.as_deref().unwrap_or(&exchange.request.path)
        ))
    }

    /// Gives back everything that was borrowed for whom one had become.
    pub async fn close(&self) -> Vec<Failure> {
        self.cancel.cancel();
        let mut failures = Vec::new();
        for (_, stay) in self.ready.lock().await.drain() {
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
        Catalog::for_version(newest.unwrap_or(ASSUMED_VERSION))
    })
}

/// A request that would change something, or may, where nothing is to be changed.
fn read_only(request: &ApiRequest) -> Failure {
    Failure::new(
        ErrorClass::ReadOnly,
        format!("{} {}", request.method, request.path),
        "not sent: this run, or this context, is read-only",
    )
}

/// The routes that are taken where the version is not known.
fn assumed() -> Arc<Catalog> {
    static ASSUMED: OnceLock<Arc<Catalog>> = OnceLock::new();
    ASSUMED
        .get_or_init(|| Arc::new(Catalog::for_version(ASSUMED_VERSION)))
        .clone()
}
