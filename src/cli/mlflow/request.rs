//! `mlwarden mlflow request`: anything else that the API takes.

use std::io::{IsTerminal, Read};

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    acting::{acting, scheme},
    journalled::Journalled,
    print,
};
use crate::{
    access::{Catalog, Effect, Kind},
    browse::{Exchange, as_python},
    cli::{
        CANCELLED, MISMATCH, OK, UNREACHED,
        args::{
            Global, Output,
            mlflow::{AsWhom, Request},
        },
        ask, output,
        session::{Effective, Session},
    },
    domain::{ErrorClass, Failure},
    mlflow::{Answer, ApiRequest, Root, as_curl},
    plan::{Journal, PlannedCall},
    probe::{Layer, Verdict},
};

/// Sends one request and tells how it went.
pub(super) async fn run(global: &Global, arguments: Request) -> Result<u8, Failure> {
    let request = made(&arguments)?;
    if arguments.curl || arguments.python {
        return equivalent(global, &arguments, &request).await;
    }
    if !matches!(global.output, Output::Table | Output::Json) {
        return Err(
            Failure::invalid("choosing the output", "one request is no list")
                .advise("use -o json for the whole exchange, or no -o for the body alone"),
        );
    }
    let mut writes = Vec::new();
    let reading = reads(&request);
    if !reading {
        allowed(global, &request)?;
        writes.push(planned(&request, &arguments.whom));
        if !global.dry_run && !meant(global, &writes)? {
            return Ok(CANCELLED);
        }
    }
    acting(global, &arguments.whom, writes, async |acting| {
        // For the routes of the right version: what is declared depends on them.
        acting.host.version(&acting.stay).await;
        let journalled = if reading {
            None
        } else {
            Some(Journalled::begin(journal(global)?, acting, &request)?)
        };
        let (answer, exchange) = acting.host.send(&acting.stay, &request).await;
        if let Some(journalled) = journalled {
            // What came back matters more than a line that could not be written.
            if let Err(failure) = journalled.end(&answer, &exchange) {
                output::note(&format!("! {failure}\n  → {}", failure.next_step()));
            }
        }
        told(&exchange);
        if acting.output == Output::Json {
            print::object(whole(&answer, &exchange)?)?;
        } else if let Ok(answer) = &answer {
            body(answer)?;
        }
        match answer {
            Err(failure) => Err(failure),
            Ok(_) => Ok(ended(&exchange)),
        }
    })
    .await
}

/// The request as it was written.
fn made(arguments: &Request) -> Result<ApiRequest, Failure> {
    let (path, query) = match arguments.path.split_once('?') {
        Some((path, query)) => (path, query),
        None => (arguments.path.as_str(), ""),
    };
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        Root::of(scheme(&arguments.whom.principal)).path(path)
    };
    let query = form_urlencoded::parse(query.as_bytes()).into_owned();
    let query = query.chain(arguments.query.iter().cloned()).collect();
    let body = arguments.data.as_deref().map(data).transpose()?;
    Ok(ApiRequest {
        method: arguments.method,
        path,
        query,
        body,
    })
}

/// The body: JSON as it stands, of a file, or from standard input.
fn data(given: &str) -> Result<Value, Failure> {
    let doing = "reading the body";
    let unread = |error: std::io::Error| Failure::invalid(doing, format!("{given}: {error}"));
    let text = if given == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unread)?;
        text
    } else if let Some(file) = given.strip_prefix('@') {
        std::fs::read_to_string(file).map_err(unread)?
    } else {
        given.to_owned()
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::invalid(doing, format!("it is no JSON: {error}"))
            .advise("write JSON, @FILE for a file's, or - for what comes on standard input")
    })
}

/// Whether every MLflow that has the route only reads by it. What is no known route may write.
fn reads(request: &ApiRequest) -> bool {
    let mut kinds = Catalog::versions().iter().filter_map(|version| {
        let catalog = Catalog::for_version(version);
        Some(catalog.find(request.method, &request.path)?.kind)
    });
    kinds.next() == Some(Kind::Read) && kinds.all(|kind| kind == Kind::Read)
}

fn journal(global: &Global) -> Result<Journal, Failure> {
    Journal::open(&Effective::read(global)?.paths.state_dir)
}

/// Refuses a write under `--read-only`.
fn allowed(global: &Global, request: &ApiRequest) -> Result<(), Failure> {
    if Effective::read(global)?.writes().is_some() {
        return Ok(());
    }
    Err(Failure::new(
        ErrorClass::ReadOnly,
        format!("sending {} {}", request.method, request.path),
        "this may change something in MLflow",
    ))
}

fn planned(request: &ApiRequest, whom: &AsWhom) -> PlannedCall {
    PlannedCall {
        call: format!("mlflow:{}", request.method),
        on: request.path.clone(),
        does: format!("may change something in MLflow, as {}", whom.principal),
        undone_by: None,
    }
}

/// Asks whether a write is meant: it is sent as it stands, and nothing takes it back.
fn meant(global: &Global, writes: &[PlannedCall]) -> Result<bool, Failure> {
    if global.yes {
        return Ok(true);
    }
    for write in writes {
        output::note(&format!("{} {}: {}", write.call, write.on, write.does));
    }
    ask::yes("Send this? It is recorded in the journal, and cannot be undone here.")
}

/// The same request for another tool; nothing is sent.
async fn equivalent(
    global: &Global,
    arguments: &Request,
    request: &ApiRequest,
) -> Result<u8, Failure> {
    let session = Box::pin(Session::open(global)).await?;
    let deployment = &session.deployment;
    let base = deployment.need("api_url", deployment.api_url.as_ref())?;
    let base = base.parse().map_err(|error| {
        Failure::invalid(
            "reading the API's URL",
            format!("{base:?} cannot be used: {error}"),
        )
    })?;
    let (region, scheme) = (session.cloud.region(), scheme(&arguments.whom.principal));
    let text = if arguments.curl {
        as_curl(&base, request, scheme, region)
    } else {
        as_python(&base, request, scheme, region)
    };
    output::print(&format!("{}\n", text.trim_end()))
}

/// How it went, beside the body: the status line, who answered, and what the matrix says.
fn told(exchange: &Exchange) {
    let observed = &exchange.observed;
    let status = observed.status.map_or_else(String::new, |status| {
        let words = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        format!("{status} {} ", words.unwrap_or_default())
    });
    let id = observed.request_id.as_ref();
    let id = id.map_or_else(String::new, |id| format!(", request id {id}"));
    output::note(&format!(
        "{status}from {} in {} ms{id}: {}",
        observed.layer,
        observed.latency.as_millis(),
        observed.reason
    ));
    let word = |effect: Option<Effect>| effect.map_or("unknown", Effect::as_str);
    let verdict = match exchange.expected {
        None => "the matrix says nothing of it".to_owned(),
        Some(expected) => format!("declared {}, {}", expected.as_str(), exchange.verdict),
    };
    output::note(&format!(
        "{} {}: predicted {}, observed {}; {verdict}",
        exchange.principal,
        exchange.permission.as_deref().unwrap_or("(no known route)"),
        word(exchange.predicted.as_ref().map(|one| one.effect)),
        word(observed.effect),
    ));
}

/// The body on standard output: as it came, and harmless on a terminal.
fn body(answer: &Answer) -> Result<u8, Failure> {
    let text = String::from_utf8_lossy(&answer.body);
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    if answer.cut {
        output::note("! the answer is larger than 16 MiB: this is its start");
    }
    if std::io::stdout().is_terminal() {
        return output::print(&format!("{}{end}", print::escaped(&text)));
    }
    output::print_bytes(&answer.body)
}

/// The whole exchange.
fn whole(
    answer: &Result<Answer, Failure>,
    exchange: &Exchange,
) -> Result<Vec<(&'static str, Value)>, Failure> {
    let observed = &exchange.observed;
    let body = answer.as_ref().ok().map(|answer| {
        let json = answer.json();
        json.unwrap_or_else(|| json!(String::from_utf8_lossy(&answer.body)))
    });
    Ok(vec![
        ("principal", json!(exchange.principal)),
        ("scheme", json!(exchange.scheme)),
        ("request", print::value(&exchange.request)?),
        ("request_headers", headers(&exchange.sent)),
        ("status", json!(observed.status)),
        ("headers", headers(&exchange.headers)),
        ("latency_ms", json!(observed.latency.as_millis())),
        ("request_id", json!(observed.request_id)),
        ("error_type", json!(observed.error_type)),
        ("layer", json!(observed.layer)),
        ("permission", json!(exchange.permission)),
        ("route", json!(exchange.route)),
        ("expected", json!(exchange.expected)),
        (
            "predicted",
            json!(exchange.predicted.as_ref().map(|one| one.effect)),
        ),
        ("observed", json!(observed.effect)),
        ("verdict", json!(exchange.verdict)),
        ("reason", json!(observed.reason)),
        ("body", json!(body)),
    ])
}

/// Headers as an object; what authenticates is not in them.
fn headers(headers: &[(String, String)]) -> Value {
    headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// 0 where it went as declared, 1 where it did not, 3 where nobody decided it or MLflow failed.
/// Of what the matrix says nothing, any decision is as declared.
fn ended(exchange: &Exchange) -> u8 {
    let observed = &exchange.observed;
    let failed = observed.status.is_none_or(|status| status >= 500);
    match exchange.verdict {
        Verdict::OverGranted | Verdict::UnderGranted => MISMATCH,
        // The authorizer's crash is a 500 that denies.
        _ if failed && observed.layer != Layer::Authorizer => UNREACHED,
        Verdict::Ok => OK,
        Verdict::Inconclusive if observed.effect.is_some() => OK,
        Verdict::Inconclusive => UNREACHED,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::access::Method;

    #[rstest]
    #[case(Method::Post, "/ajax-api/2.0/mlflow/runs/search", true)]
    #[case(Method::Get, "/api/2.0/mlflow/runs/get", true)]
    #[case(Method::Post, "/ajax-api/3.0/mlflow/traces/search", true)]
    #[case(Method::Post, "/api/2.0/mlflow/runs/create", false)]
    #[case(Method::Delete, "/api/2.0/mlflow/registered-models/delete", false)]
    #[case(Method::Get, "/api/2.0/mlflow/no/such/route", false)]
    fn only_a_known_read_is_one(#[case] method: Method, #[case] path: &str, #[case] read: bool) {
        let request = ApiRequest {
            method,
            ..ApiRequest::get(path)
        };
        assert_eq!(reads(&request), read);
    }
}
