//! A relay between the publisher and the sandbox that can fail any call, lose its answer, or
//! let the caller die in the middle of it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::request::Parts,
    response::Response,
};
use mlwarden::sandbox::Sandbox;
use tokio::sync::Notify;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes through.
    Pass,
    /// It is denied, and never made.
    Denied,
    /// It is made, and its answer is lost.
    Lost,
    /// Its answer is lost, and it arrives only when the relay delivers it.
    Late,
    /// The caller dies before it is made; it arrives only when the relay delivers it.
    DiesBefore,
    /// The caller dies after it was made.
    DiesAfter,
    /// MLflow is said to have answered, whatever the gateway decides.
    Open,
}

/// Decides about a call: its name, and how many came before it.
pub type Decide = dyn Fn(&str, usize) -> Fate + Send + Sync;

struct Wire {
    upstream: String,
    http: reqwest::Client,
    count: AtomicUsize,
    decide: Mutex<Arc<Decide>>,
    names: Mutex<Vec<String>>,
    died: Notify,
    late: Mutex<Vec<(Parts, Bytes)>>,
}

/// A running relay; it ends with the runtime.
#[derive(Clone)]
pub struct Relay {
    /// Its URL, without a path.
    pub url: String,
    wire: Arc<Wire>,
}

impl Relay {
    pub async fn start(sandbox: &Sandbox) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let wire = Arc::new(Wire {
            upstream: sandbox.url().as_str().trim_end_matches('/').to_owned(),
            http: reqwest::Client::builder()
                .http1_title_case_headers()
                .build()
                .unwrap(),
            count: AtomicUsize::new(0),
            decide: Mutex::new(Arc::new(|_: &str, _| Fate::Pass)),
            names: Mutex::default(),
            died: Notify::new(),
            late: Mutex::default(),
        });
        let app = Router::new().fallback(relay).with_state(Arc::clone(&wire));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, wire }
    }

    /// From now on calls are counted anew and decided about by this.
    pub fn decide(&self, decide: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) {
        *self.wire.decide.lock().unwrap() = Arc::new(decide);
        self.wire.names.lock().unwrap().clear();
        self.wire.count.store(0, Ordering::SeqCst);
    }

    /// The calls since then, in order.
    pub fn names(&self) -> Vec<String> {
        self.wire.names.lock().unwrap().clone()
    }

    /// Delivers what is late, and gives what each of it is answered: its status.
    pub async fn deliver(&self) -> Vec<u16> {
        let late = std::mem::take(&mut *self.wire.late.lock().unwrap());
        let mut answers = Vec::new();
        for (parts, body) in late {
            let answer = self.wire.send(parts, body).await;
            answers.push(answer.status().as_u16());
        }
        answers
    }

    /// Waits until a caller is to die.
    pub async fn died(&self) {
        self.wire.died.notified().await;
    }
}

impl Wire {
    /// Passes a request on.
    async fn send(&self, parts: Parts, body: Bytes) -> reqwest::Response {
        self.http
            .request(parts.method, format!("{}{}", self.upstream, parts.uri))
            .headers(parts.headers)
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

async fn relay(State(wire): State<Arc<Wire>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let name = parts
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok()?.split_once('.'))
        .map_or_else(
            || format!("{} {}", parts.method, parts.uri.path()),
            |(_, operation)| operation.to_owned(),
        );
    let before = wire.count.fetch_add(1, Ordering::SeqCst);
    wire.names.lock().unwrap().push(name.clone());
    let decide = Arc::clone(&wire.decide.lock().unwrap());
    let fate = decide(&name, before);
    match fate {
        Fate::Denied => {
            return answer(
                403,
                "AccessDeniedException",
                r#"{"__type":"AccessDeniedException","message":"User: x is not authorized to perform: it:Was"}"#,
            );
        }
        Fate::Open => return answer(400, "", r#"{"error_code":"INVALID_PARAMETER_VALUE"}"#),
        Fate::Late | Fate::DiesBefore => {
            wire.late.lock().unwrap().push((parts, body));
            if fate == Fate::DiesBefore {
                return dead(&wire).await;
            }
            return answer(500, "InternalFailure", r#"{"message":"lost"}"#);
        }
        _ => {}
    }
    let sent = wire.send(parts, body).await;
    match fate {
        Fate::Lost => return answer(500, "InternalFailure", r#"{"message":"lost"}"#),
        Fate::DiesAfter => return dead(&wire).await,
        _ => {}
    }
    let mut response = Response::builder().status(sent.status());
    for (name, value) in sent.headers() {
        if name != "transfer-encoding" {
            response = response.header(name, value);
        }
    }
    response
        .body(Body::from(sent.bytes().await.unwrap()))
        .unwrap()
}

fn answer(status: u16, kind: &str, body: &'static str) -> Response {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    if !kind.is_empty() {
        response = response.header("x-amzn-errortype", kind);
    }
    response.body(Body::from(body)).unwrap()
}

/// The caller is not there any more to hear an answer.
async fn dead(wire: &Wire) -> Response {
    wire.died.notify_one();
    std::future::pending().await
}
