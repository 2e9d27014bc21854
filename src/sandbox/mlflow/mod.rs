//! A small MLflow, built in: the routes and answers of MLflow 2.12.2 over sample data.
//!
//! Stands behind the gateway where no real server is given. It owns its store and knows
//! nothing of authorization: whoever reaches it may do anything, as with a real MLflow.

mod args;
mod artifacts;
mod experiments;
mod fault;
mod filter;
mod metrics;
mod models;
mod page;
mod pages;
mod routes;
mod runs;
mod sample;
mod store;
mod versions;

use http::{HeaderName, StatusCode};
use serde_json::Value;

pub use store::Store as State;

use self::{
    args::Args,
    fault::Fault,
    routes::{Handler, Match},
    store::Store,
};
use super::call::Reply;

/// The version it claims to be.
pub const VERSION: &str = "2.12.2";

/// One request, as MLflow sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// The method, upper case.
    pub(crate) method: &'a str,
    /// The path as sent, percent-encoding kept.
    pub(crate) path: &'a str,
    /// The query as sent.
    pub(crate) query: &'a str,
    /// The `Content-Type`.
    pub(crate) content_type: Option<&'a str>,
    /// The body.
    pub(crate) body: &'a [u8],
}

/// Answers one request at `now`, in milliseconds since the epoch.
pub(crate) fn answer(store: &mut Store, request: &Request<'_>, now: i64) -> Reply {
    let answered = match routes::find(request.method, request.path) {
        Match::Found(Handler::Api(handler), _) => {
            Args::read(request, now).and_then(|args| match args {
                Some(args) => handler(store, &args).map(|value| Some(message(&value))),
                None => Ok(None),
            })
        }
        Match::Found(Handler::Page(page), _) => return page(request),
        Match::Found(Handler::Special(handler), rest) => handler(store, request, rest),
        Match::OtherMethods(methods) => return other_method(request.method, &methods),
        Match::Nothing => return pages::error(StatusCode::NOT_FOUND),
    };
    match answered {
        Ok(Some(reply)) => reply,
        Ok(None) => pages::error(StatusCode::INTERNAL_SERVER_ERROR),
        Err(fault) => refusal(&fault),
    }
}

fn message(value: &Value) -> Reply {
    let body = serde_json::to_string_pretty(value).unwrap_or_default();
    Reply::new(StatusCode::OK, "application/json", body)
}

fn refusal(fault: &Fault) -> Reply {
    let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_REQUEST);
    Reply::new(status, "application/json", fault.body())
}

fn other_method(method: &str, allowed: &[&'static str]) -> Reply {
    let mut allowed = allowed.to_vec();
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    allowed.push("OPTIONS");
    let reply = if method == "OPTIONS" {
        Reply::new(StatusCode::OK, "text/html; charset=utf-8", "")
    } else {
        pages::error(StatusCode::METHOD_NOT_ALLOWED)
    };
    reply.header(HeaderName::from_static("allow"), &allowed.join(", "))
}
