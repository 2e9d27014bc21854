//! A relay between the program and an endpoint: it counts what is called and can answer
//! in the endpoint's place.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};

/// One call that went through.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `X-Amz-Target`'s operation, `Action=…` of a form, else method and path.
    pub operation: String,
    /// The body, as text.
    pub body: String,
}

/// What to answer instead: a status and a body.
pub type Instead = fn(&Seen) -> Option<(u16, String)>;

/// A running relay; it ends with the runtime.
pub struct Relay {
    /// Its URL.
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

struct Wire {
    upstream: String,
    http: reqwest::Client,
    seen: Arc<Mutex<Vec<Seen>>>,
    instead: Instead,
}

impl Relay {
    /// Relays to `upstream`, unless `instead` has an answer.
    pub async fn start(upstream: &str, instead: Instead) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let wire = Arc::new(Wire {
            upstream: upstream.trim_end_matches('/').to_owned(),
            http: reqwest::Client::new(),
            seen: Arc::clone(&seen),
            instead,
        });
        let app = Router::new().fallback(relay).with_state(wire);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen }
    }

    /// What was called so far, in order.
    pub fn operations(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|seen| seen.operation.clone())
            .collect()
    }
}

async fn relay(State(wire): State<Arc<Wire>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    let operation = parts
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok()?.split_once('.'))
        .map(|(_, operation)| operation.to_owned())
        .or_else(|| {
            let form = form_urlencoded::parse(&body).find(|(name, _)| name == "Action");
            form.map(|(_, action)| action.into_owned())
        })
        .unwrap_or_else(|| format!("{} {}", parts.method, parts.uri.path()));
    let seen = Seen {
        operation,
        body: text,
    };
    wire.seen.lock().unwrap().push(seen.clone());
    if let Some((status, body)) = (wire.instead)(&seen) {
        return Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.1")
            .body(Body::from(body))
            .unwrap();
    }
    let url = format!("{}{}", wire.upstream, parts.uri);
    // The signature covers the host, which stays the relay's.
    let answer = wire
        .http
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" {
            response = response.header(name, value);
        }
    }
    response
        .body(Body::from(answer.bytes().await.unwrap()))
        .unwrap()
}
