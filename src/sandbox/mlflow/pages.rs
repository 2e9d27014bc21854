//! What MLflow's server answers besides its API: pages, errors in HTML, GraphQL and the
//! other calls that do not go through its protobuf messages.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Request, args::Args, fault::Fault, store::Store};
use crate::sandbox::call::Reply;

const HTML: &str = "text/html; charset=utf-8";

/// An error page in Werkzeug's words.
pub(super) fn error(status: StatusCode) -> Reply {
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (
            "Not Found",
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "Method Not Allowed",
            "The method is not allowed for the requested URL.",
        ),
        _ => (
            "Internal Server Error",
            "The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.",
        ),
    };
    let code = status.as_u16();
    Reply::new(
        status,
        HTML,
        format!(
            "<!doctype html>\n<html lang=en>\n<title>{code} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
        ),
    )
}

/// The API as Flask answers what is no protobuf message: compact, with a final newline.
pub(super) fn plain_json(value: &Value) -> Reply {
    Reply::new(StatusCode::OK, "application/json", format!("{value}\n"))
}

type Special = Result<Option<Reply>, Fault>;

pub(super) fn landing(_: &Request<'_>) -> Reply {
    let page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"/><title>MLflow</title></head><body><div id=\"root\">The sandbox's MLflow has no pages; its API is at /api/2.0 and /ajax-api/2.0.</div></body></html>";
    Reply::new(StatusCode::OK, HTML, page)
}

pub(super) fn health(_: &Request<'_>) -> Reply {
    Reply::new(StatusCode::OK, HTML, "OK")
}

pub(super) fn version(_: &Request<'_>) -> Reply {
    Reply::new(StatusCode::OK, HTML, super::VERSION)
}

/// Files of the UI, which the built-in MLflow does not have.
pub(super) fn absent(_: &Request<'_>) -> Reply {
    error(StatusCode::NOT_FOUND)
}

/// Without a deployments target MLflow pretends an empty gateway.
pub(super) fn gateway_proxy(_: &Request<'_>) -> Reply {
    plain_json(&json!({"endpoints": []}))
}

pub(super) fn metric_history_bulk(store: &mut Store, request: &Request<'_>, _: &str) -> Special {
    let Some(args) = Args::read(request, 0)? else {
        return Ok(None);
    };
    super::metrics::history_bulk(store, &args).map(|value| Some(plain_json(&value)))
}

pub(super) fn search_datasets(_: &mut Store, request: &Request<'_>, _: &str) -> Special {
    let Some(args) = Args::read(request, 0)? else {
        return Ok(None);
    };
    match args.texts("experiment_ids").len() {
        0 => Err(Fault::invalid(
            "SearchDatasets request must specify at least one experiment_id.",
        )),
        1..=20 => Ok(Some(plain_json(&json!({"dataset_summaries": []})))),
        many => Err(Fault::invalid(format!(
            "SearchDatasets request cannot specify more than 20 experiment_ids. Received {many} experiment_ids."
        ))),
    }
}

/// Creates nothing here; MLflow's own checks come first, and no sample needs more.
pub(super) fn promptlab_run(_: &mut Store, request: &Request<'_>, _: &str) -> Special {
    let Some(args) = Args::read(request, 0)? else {
        return Ok(None);
    };
    for name in [
        "experiment_id",
        "prompt_template",
        "prompt_parameters",
        "model_route",
        "model_input",
        "mlflow_version",
    ] {
        if !args.has(name) {
            return Err(Fault::invalid(format!(
                "CreatePromptlabRun request must specify {name}."
            )));
        }
    }
    Err(Fault::new(
        "NOT_IMPLEMENTED",
        "The sandbox's MLflow has no prompt engineering",
    ))
}

/// `POST {"query": "{__typename}"}`, which is what a client asks to see whether GraphQL is
/// there; a request without a JSON body is a 500, and other fields are unknown here.
pub(super) fn graphql(request: &Request<'_>) -> Reply {
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return error(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let Some(query) = body.get("query").and_then(Value::as_str) else {
        return error(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let field = query
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .find(|word| !word.is_empty() && *word != "query")
        .unwrap_or_default();
    let answer = if field == "__typename" {
        json!({"data": {"__typename": "Query"}, "errors": null})
    } else {
        json!({"data": null, "errors": [format!("Cannot query field '{field}' on type 'Query'.")]})
    };
    plain_json(&answer)
}
