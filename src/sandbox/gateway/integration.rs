//! What stands behind the gateway: the built-in MLflow, a real one, or the deployments server.
//!
//! Like API Gateway's own HTTP proxy it hands bodies over whole, 10 MB at most each way.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::json;
use url::Url;

use super::{answer, resource::Target};
use crate::sandbox::{
    World,
    call::{Call, Reply},
    mlflow,
};

/// API Gateway's largest answer, in bytes.
const ANSWER_LIMIT: usize = 10 * 1024 * 1024;

/// The client to a real server, connections kept alive.
pub(super) type Upstream = Client<HttpConnector, Full<Bytes>>;

/// A client that has not connected yet.
pub(super) fn client() -> Upstream {
    let mut connector = HttpConnector::new();
    // A small request in two segments would wait for the server's delayed ACK.
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(Duration::from_secs(5)));
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Headers of one connection, which no proxy hands on, and those which the client sets itself.
const HOP_BY_HOP: [HeaderName; 10] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
];

/// Hands an authorized call to what stands behind its method; `path` is without the stage.
pub(super) async fn answer(world: &World, target: Target, call: &Call, path: &str) -> Reply {
    match (target, &world.upstream) {
        (Target::Deployments, _) => deployments(call.method(), path),
        (Target::Mlflow, Some(upstream)) => forward(world, upstream, call, path).await,
        (Target::Mlflow, None) => built_in(world, call, path),
    }
}

fn built_in(world: &World, call: &Call, path: &str) -> Reply {
    let content_type = call
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let request = mlflow::Request {
        method: call.method().as_str(),
        path,
        query: call.raw_query(),
        content_type,
        body: &call.body,
    };
    let now = world.clock.now().as_millisecond();
    mlflow::answer(&mut world.mlflow.lock(), &request, now)
}

/// The deployments server of the sample: it runs and has no endpoints.
fn deployments(method: &Method, path: &str) -> Reply {
    let path = path.trim_end_matches('/');
    if path == "/api/2.0/endpoints" {
        if method == Method::GET {
            return Reply::rest(StatusCode::OK, &json!({"endpoints": []}));
        }
        return Reply::rest(
            StatusCode::METHOD_NOT_ALLOWED,
            &json!({"detail": "Method Not Allowed"}),
        );
    }
    let name = path
        .strip_prefix("/api/2.0/endpoints/")
        .filter(|_| method == Method::GET);
    let detail = match name {
        Some(name) => format!(
            "The endpoint '{name}' is not present or active on the server. Please verify the endpoint name."
        ),
        None => "Not Found".to_owned(),
    };
    Reply::rest(StatusCode::NOT_FOUND, &json!({"detail": detail}))
}

async fn forward(world: &World, upstream: &Url, call: &Call, path: &str) -> Reply {
    let (client, patience) = {
        let state = world.gateway.lock();
        (state.upstream.clone(), state.integration_timeout)
    };
    let Some(request) = request(upstream, call, path) else {
        return answer::integration_failed();
    };
    let exchange = async {
        let response = client.request(request).await.map_err(|error| {
            tracing::debug!(%error, "the MLflow server did not answer");
        })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_LIMIT)
            .collect()
            .await
            .map_err(|error| {
                let large = error.is::<LengthLimitError>();
                tracing::debug!(%error, large, "the MLflow server's answer could not be read");
            })?;
        Ok::<_, ()>((parts, body.to_bytes()))
    };
    match tokio::time::timeout(patience, exchange).await {
        Ok(Ok((parts, body))) => Reply {
            status: parts.status,
            headers: Box::new(end_to_end(&parts.headers)),
            body,
        },
        Ok(Err(())) => answer::integration_failed(),
        Err(_) => answer::integration_timeout(),
    }
}

/// The request to the real server: path and query byte for byte, headers end to end.
fn request(upstream: &Url, call: &Call, path: &str) -> Option<Request<Full<Bytes>>> {
    let base = upstream.as_str().trim_end_matches('/');
    let query = call.parts.uri.query();
    let mark = if query.is_some() { "?" } else { "" };
    let uri: Uri = format!("{base}{path}{mark}{}", query.unwrap_or_default())
        .parse()
        .ok()?;
    let mut request = Request::new(Full::new(call.body.clone()));
    *request.method_mut() = call.method().clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = end_to_end(call.headers());
    // A signature is for the gateway alone; a bearer token goes through, as at AWS.
    let signed = |value: &http::HeaderValue| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256");
    let headers = request.headers_mut();
    if headers.get(header::AUTHORIZATION).is_some_and(signed) {
        headers.remove(header::AUTHORIZATION);
        headers.remove("x-amz-security-token");
    }
    Some(request)
}

/// The headers that are not about one connection, nor named by `Connection`.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    headers
        .iter()
        .filter(|(name, _)| !HOP_BY_HOP.contains(name))
        .filter(|(name, _)| !named.iter().any(|other| other == name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
