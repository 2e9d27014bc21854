//! The routes of MLflow 2.12.2 and what answers them.

use serde_json::Value;

use super::{
    Request, args::Args, artifacts, experiments, fault::Fault, metrics, models, pages, runs,
    store::Store, versions,
};
use crate::sandbox::call::Reply;

/// What answers a route.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// A call through MLflow's protobuf messages.
    Api(fn(&mut Store, &Args) -> Result<Value, Fault>),
    /// A page that needs nothing of the store.
    Page(fn(&Request<'_>) -> Reply),
    /// Anything else, with the rest of the path; `None` is MLflow's 500 page.
    Special(fn(&mut Store, &Request<'_>, &str) -> Result<Option<Reply>, Fault>),
}

/// What was found for a method and a path.
pub(super) enum Match<'a> {
    /// The handler and, for a path that ends in one, its parameter.
    Found(Handler, &'a str),
    /// The path is there, with these methods only.
    OtherMethods(Vec<&'static str>),
    /// No such path.
    Nothing,
}

use Handler::{Api, Page, Special};

/// Under `/api/2.0/` and `/ajax-api/2.0/` alike; a final `*` takes the rest, one letter at least.
#[rustfmt::skip]
const BOTH: &[(&str, &str, Handler)] = &[
    ("POST", "mlflow/experiments/create", Api(experiments::create)),
    ("POST", "mlflow/experiments/delete", Api(experiments::delete)),
    ("GET", "mlflow/experiments/get", Api(experiments::get)),
    ("GET", "mlflow/experiments/get-by-name", Api(experiments::get_by_name)),
    ("POST", "mlflow/experiments/restore", Api(experiments::restore)),
    ("GET", "mlflow/experiments/search", Api(experiments::search)),
    ("POST", "mlflow/experiments/search", Api(experiments::search)),
    ("POST", "mlflow/experiments/set-experiment-tag", Api(experiments::set_tag)),
    ("POST", "mlflow/experiments/update", Api(experiments::update)),
    ("POST", "mlflow/runs/create", Api(runs::create)),
    ("POST", "mlflow/runs/delete", Api(runs::delete)),
    ("POST", "mlflow/runs/delete-tag", Api(runs::delete_tag)),
    ("GET", "mlflow/runs/get", Api(runs::get)),
    ("POST", "mlflow/runs/log-batch", Api(runs::log_batch)),
    ("POST", "mlflow/runs/log-inputs", Api(runs::log_inputs)),
    ("POST", "mlflow/runs/log-metric", Api(runs::log_metric)),
    ("POST", "mlflow/runs/log-model", Api(runs::log_model)),
    ("POST", "mlflow/runs/log-parameter", Api(runs::log_parameter)),
    ("POST", "mlflow/runs/restore", Api(runs::restore)),
    ("POST", "mlflow/runs/search", Api(runs::search)),
    ("POST", "mlflow/runs/set-tag", Api(runs::set_tag)),
    ("POST", "mlflow/runs/update", Api(runs::update)),
    ("GET", "mlflow/artifacts/list", Api(artifacts::list_of_run)),
    ("GET", "mlflow/metrics/get-history", Api(metrics::history)),
    ("GET", "mlflow/metrics/get-history-bulk-interval", Api(metrics::history_interval)),
    ("DELETE", "mlflow/registered-models/alias", Api(models::delete_alias)),
    ("GET", "mlflow/registered-models/alias", Api(models::get_alias)),
    ("POST", "mlflow/registered-models/alias", Api(models::set_alias)),
    ("POST", "mlflow/registered-models/create", Api(models::create)),
    ("DELETE", "mlflow/registered-models/delete", Api(models::delete)),
    ("DELETE", "mlflow/registered-models/delete-tag", Api(models::delete_tag)),
    ("GET", "mlflow/registered-models/get", Api(models::get)),
    ("GET", "mlflow/registered-models/get-latest-versions", Api(models::latest_versions)),
    ("POST", "mlflow/registered-models/get-latest-versions", Api(models::latest_versions)),
    ("POST", "mlflow/registered-models/rename", Api(models::rename)),
    ("GET", "mlflow/registered-models/search", Api(models::search)),
    ("POST", "mlflow/registered-models/set-tag", Api(models::set_tag)),
    ("PATCH", "mlflow/registered-models/update", Api(models::update)),
    ("POST", "mlflow/model-versions/create", Api(versions::create)),
    ("DELETE", "mlflow/model-versions/delete", Api(versions::delete)),
    ("DELETE", "mlflow/model-versions/delete-tag", Api(versions::delete_tag)),
    ("GET", "mlflow/model-versions/get", Api(versions::get)),
    ("GET", "mlflow/model-versions/get-download-uri", Api(versions::download_uri)),
    ("GET", "mlflow/model-versions/search", Api(versions::search)),
    ("POST", "mlflow/model-versions/set-tag", Api(versions::set_tag)),
    ("POST", "mlflow/model-versions/transition-stage", Api(versions::transition)),
    ("PATCH", "mlflow/model-versions/update", Api(versions::update)),
    ("GET", "mlflow-artifacts/artifacts", Api(artifacts::list)),
    ("GET", "mlflow-artifacts/artifacts/*", Special(artifacts::file)),
    ("PUT", "mlflow-artifacts/artifacts/*", Special(artifacts::file)),
    ("DELETE", "mlflow-artifacts/artifacts/*", Special(artifacts::file)),
    ("POST", "mlflow-artifacts/mpu/abort/*", Api(artifacts::multipart)),
    ("POST", "mlflow-artifacts/mpu/complete/*", Api(artifacts::multipart)),
    ("POST", "mlflow-artifacts/mpu/create/*", Api(artifacts::multipart)),
];

/// Under `/ajax-api/2.0/` only: what the UI alone calls.
#[rustfmt::skip]
const UI_ONLY: &[(&str, &str, Handler)] = &[
    ("POST", "mlflow/experiments/search-datasets", Special(pages::search_datasets)),
    ("GET", "mlflow/gateway-proxy", Page(pages::gateway_proxy)),
    ("POST", "mlflow/gateway-proxy", Page(pages::gateway_proxy)),
    ("GET", "mlflow/metrics/get-history-bulk", Special(pages::metric_history_bulk)),
    ("POST", "mlflow/runs/create-promptlab-run", Special(pages::promptlab_run)),
    ("POST", "mlflow/upload-artifact", Special(artifacts::upload)),
];

/// At the root.
#[rustfmt::skip]
const ROOT: &[(&str, &str, Handler)] = &[
    ("GET", "", Page(pages::landing)),
    ("GET", "build/*", Page(pages::absent)),
    ("GET", "get-artifact", Special(artifacts::of_run)),
    ("GET", "graphql", Page(pages::graphql)),
    ("POST", "graphql", Page(pages::graphql)),
    ("GET", "health", Page(pages::health)),
    ("GET", "model-versions/get-artifact", Special(artifacts::of_version)),
    ("GET", "static-files/*", Page(pages::absent)),
    ("GET", "version", Page(pages::version)),
];

/// Finds what answers `method` on `path` (as sent, starting with `/`); HEAD goes where GET does.
pub(super) fn find<'a>(method: &str, path: &'a str) -> Match<'a> {
    let method = if method == "HEAD" { "GET" } else { method };
    let (tables, rest): (&[&[_]], &str) = if let Some(rest) = path.strip_prefix("/api/2.0/") {
        (&[BOTH], rest)
    } else if let Some(rest) = path.strip_prefix("/ajax-api/2.0/") {
        (&[BOTH, UI_ONLY], rest)
    } else {
        (&[ROOT], path.strip_prefix('/').unwrap_or(path))
    };
    let mut others = Vec::new();
    for (allowed, template, handler) in tables.iter().copied().flatten() {
        let Some(parameter) = parameter(template, rest) else {
            continue;
        };
        if *allowed == method {
            return Match::Found(*handler, parameter);
        }
        others.push(*allowed);
    }
    if others.is_empty() {
        Match::Nothing
    } else {
        Match::OtherMethods(others)
    }
}

/// What the template's `*` stands for in `path`; empty where the template has none.
fn parameter<'a>(template: &str, path: &'a str) -> Option<&'a str> {
    match template.strip_suffix('*') {
        Some(start) => path.strip_prefix(start).filter(|rest| !rest.is_empty()),
        None => (path == template).then_some(""),
    }
}
