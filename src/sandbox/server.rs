//! The one listener: reads a request whole, finds its service, sends the answer.
//!
//! Routing goes by `X-Amz-Target`, then by the signature's scope, then by path, since
//! every service shares the endpoint.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
    serve::ListenerExt,
};
use futures::StreamExt as _;
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, DATE},
    request::Parts,
};
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use super::{
    World, apigateway,
    call::{Call, Protocol, REQUEST_ID, Reply, signing_service},
    cognito,
    faults::Disturbance,
    gateway, iam, lambda, sagemaker, signature, ssm, sts,
};

/// API Gateway's largest request, in bytes.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Lambda's largest request, in bytes.
const PACKAGE_LIMIT: usize = 70_167_211;
/// Cognito in an `X-Amz-Target`.
const COGNITO: &str = "AWSCognitoIdentityProviderService";

/// The listener's task and the way to end it.
pub(super) struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `world` on `listener`.
    pub(super) fn start(listener: TcpListener, world: Arc<World>) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let app = Router::new().fallback(answer).with_state(world);
        // Small answers in two segments would wait for the client's delayed ACK.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, app).with_graceful_shutdown(async move {
                let _ = stopped.await;
            });
            if let Err(error) = served.await {
                tracing::warn!(%error, "the sandbox's listener ended");
            }
        });
        Self { stop, task }
    }

    /// Ends the listener, and connections once they are idle.
    pub(super) async fn stop(self) {
        let _ = self.stop.send(());
        let abort = self.task.abort_handle();
        if tokio::time::timeout(std::time::Duration::from_secs(2), self.task)
            .await
            .is_err()
        {
            abort.abort();
        }
    }
}

async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    world.clock.call();
    let fate = world.next_fate();
    let (parts, body) = request.into_parts();
    // A service counts what comes in, not what goes out.
    let allowed = match target(&parts) {
        Some((_, operation)) => world.arrives(&operation),
        None => true,
    };
    if let Some(fate) = &fate
        && !fate.delay.is_zero()
    {
        tokio::time::sleep(fate.delay).await;
    }
    let disturbance = if allowed {
        fate.as_ref().and_then(|fate| fate.disturbance)
    } else {
        Some(Disturbance::Throttle)
    };
    let limit = match signing_service(&parts).as_deref() {
        Some("lambda") => PACKAGE_LIMIT,
        _ => BODY_LIMIT,
    };
    let disturbed = disturbance.and_then(|disturbance| disturbance.reply(&parts));
    let reply = match (disturbed, axum::body::to_bytes(body, limit).await) {
        (Some(reply), _) => reply,
        (None, Ok(body)) => {
            let call = Call {
                parts,
                body,
                operation: String::new(),
                caller: None,
            };
            dispatch(&world, call).await
        }
        (None, Err(_)) => Reply::error(
            Protocol::of(&parts),
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            "Request Too Long",
        ),
    };
    // SDKs correct their own clocks by this header.
    let reply = match DateTimePrinter::new().timestamp_to_rfc9110_string(&world.clock.now()) {
        Ok(date) => reply.header(DATE, &date),
        Err(_) => reply,
    };
    respond(reply, fate.is_some_and(|fate| fate.cut))
}

/// The reply as a response; where it is to be cut, half of it and then the end of the
/// connection.
fn respond(mut reply: Reply, cut: bool) -> Response {
    if !reply.headers.contains_key(REQUEST_ID)
        && let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string())
    {
        reply.headers.insert(REQUEST_ID, id);
    }
    let body = if cut {
        reply
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(reply.body.len().max(1)));
        let half = reply.body.slice(..reply.body.len() / 2);
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
        let rest = futures::stream::once(async {
            // What stands before is only sent when the body has nothing ready.
            tokio::task::yield_now().await;
            Err(broken)
        });
        Body::from_stream(futures::stream::once(async { Ok(half) }).chain(rest))
    } else {
        Body::from(reply.body)
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = *reply.headers;
    response
}

/// Finds the service and hands it the call, signed calls with their verified caller.
async fn dispatch(world: &Arc<World>, mut call: Call) -> Reply {
    if let Some((service, operation)) = target(&call.parts) {
        call.operation = operation;
        return match service.as_str() {
            COGNITO => {
                if !cognito::is_unsigned(&call.operation)
                    && let Err(refusal) = identify(world, &mut call)
                {
                    return refusal;
                }
                cognito::handle(world, &call)
            }
            "AmazonSSM" => match identify(world, &mut call) {
                Ok(()) => ssm::handle(world, &call),
                Err(refusal) => refusal,
            },
            "SageMaker" => match identify(world, &mut call) {
                Ok(()) => sagemaker::handle(world, &call),
                Err(refusal) => refusal,
            },
            _ => Reply::unknown_operation(),
        };
    }
    match signing_service(&call.parts).as_deref() {
        Some(service @ ("iam" | "sts")) => {
            call.operation = call
                .form()
                .into_iter()
                .find(|(name, _)| name == "Action")
                .map(|(_, value)| value)
                .unwrap_or_default();
            if let Err(refusal) = identify(world, &mut call) {
                return refusal;
            }
            if service == "iam" {
                iam::handle(world, &call)
            } else {
                sts::handle(world, &call)
            }
        }
        Some("apigateway") => match identify(world, &mut call) {
            Ok(()) => apigateway::handle(world, &call).await,
            Err(refusal) => refusal,
        },
        Some("lambda") => match identify(world, &mut call) {
            Ok(()) => lambda::handle(world, &call),
            Err(refusal) => refusal,
        },
        Some("execute-api") => gateway::handle(world, call).await,
        _ => by_path(world, call).await,
    }
}

/// What is left after target and scope: a pool's documents and the protected API.
async fn by_path(world: &Arc<World>, call: Call) -> Reply {
    if let Some(reply) = lambda::download(world, &call) {
        return reply;
    }
    let mut segments = call.path().trim_start_matches('/').splitn(3, '/');
    match (segments.next(), segments.next(), segments.next()) {
        (Some(pool), Some(".well-known"), Some(document)) => {
            if let Some(reply) = cognito::well_known(world, pool, document) {
                return reply;
            }
            Reply::rest_error(
                StatusCode::BAD_REQUEST,
                "ResourceNotFoundException",
                &format!("User pool {pool} does not exist."),
            )
        }
        _ => gateway::handle(world, call).await,
    }
}

fn identify(world: &Arc<World>, call: &mut Call) -> Result<(), Reply> {
    let caller = signature::verify(world, &call.parts, &call.body)?;
    iam::authorization::check(world, call, &caller)?;
    call.caller = Some(caller);
    Ok(())
}

/// Service and operation of an `X-Amz-Target` header, the service without its version.
fn target(parts: &Parts) -> Option<(String, String)> {
    let target = parts.headers.get("x-amz-target")?.to_str().ok()?;
    let (service, operation) = target.split_once('.')?;
    Some((service.to_owned(), operation.to_owned()))
}
