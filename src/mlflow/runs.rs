//! Runs: reading and changing them.

use serde_json::{Value, json};

use super::{
    Call, Root, Search, View,
    models::{Artifacts, Metric, Run},
};
use crate::{access::Method, aws::Page};

/// What runs to search for, one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRuns {
    /// In which experiments, by id; none finds nothing.
    pub experiment_ids: Vec<String>,
    /// The living, the deleted, or both.
    pub view: View,
    /// Filter, order, number, page.
    pub search: Search,
}

/// A page of runs.
pub fn search(root: Root, search: &SearchRuns) -> Call<Page<Run>> {
    let mut body = search.search.body();
    body.insert("experiment_ids".into(), json!(search.experiment_ids));
    body.insert("run_view_type".into(), json!(search.view.as_str()));
    Call::page(
        "searching runs",
        root.send(Method::Post, "mlflow/runs/search", Value::Object(body)),
        "runs",
    )
}

/// One run, deleted or not.
pub fn get(root: Root, id: &str) -> Call<Run> {
    Call::field(
        format!("reading run {id}"),
        root.get("mlflow/runs/get", [("run_id", id)]),
        "run",
    )
}

/// A page of one metric's history.
pub fn history(
    root: Root,
    run: &str,
    metric: &str,
    max_results: Option<u32>,
    page_token: Option<&str>,
) -> Call<Page<Metric>> {
    let mut query = vec![
        ("run_id", run.to_owned()),
        ("metric_key", metric.to_owned()),
    ];
    query.extend(max_results.map(|number| ("max_results", number.to_string())));
    query.extend(page_token.map(|token| ("page_token", token.to_owned())));
    Call::page(
        format!("reading the history of {metric:?}"),
        root.get("mlflow/metrics/get-history", query),
        "metrics",
    )
}

/// One metric's history of several runs, from one step to another where they are given, thinned by
/// the server to about `points` a run: the first, the last and steps between at even distances.
pub fn thinned_history(
    root: Root,
    runs: &[String],
    metric: &str,
    steps: Option<(i64, i64)>,
    points: u32,
) -> Call<Vec<Metric>> {
    let mut query: Vec<(&str, String)> = runs.iter().map(|run| ("run_ids", run.clone())).collect();
    query.push(("metric_key", metric.to_owned()));
    if let Some((from, to)) = steps {
        query.extend([
            ("start_step", from.to_string()),
            ("end_step", to.to_string()),
        ]);
    }
    query.push(("max_results", points.to_string()));
    let request = root.get("mlflow/metrics/get-history-bulk-interval", query);
    let call = Call::page(
        format!("reading the history of {metric:?}"),
        request,
        "metrics",
    );
    call.map(|page| page.items)
}

/// What a folder of a run's artifacts holds; the root where there is no path.
pub fn artifacts(root: Root, run: &str, path: &str, page_token: Option<&str>) -> Call<Artifacts> {
    let mut query = vec![("run_id", run.to_owned())];
    if !path.is_empty() {
        query.push(("path", path.to_owned()));
    }
    query.extend(page_token.map(|token| ("page_token", token.to_owned())));
    Call::whole(
        format!("listing the artifacts of run {run}"),
        root.get("mlflow/artifacts/list", query),
    )
}

/// Makes a run.
pub fn create(root: Root, experiment: &str, name: &str, start_time: i64) -> Call<Run> {
    let body = json!({"experiment_id": experiment, "run_name": name, "start_time": start_time});
    Call::field(
        format!("creating a run in experiment {experiment}"),
        root.send(Method::Post, "mlflow/runs/create", body),
        "run",
    )
}

/// Renames a run.
pub fn rename(root: Root, id: &str, name: &str) -> Call<()> {
    let body = json!({"run_id": id, "run_name": name});
    Call::done(
        format!("renaming run {id}"),
        root.send(Method::Post, "mlflow/runs/update", body),
    )
}

/// Deletes a run; it can be restored.
pub fn delete(root: Root, id: &str) -> Call<()> {
    Call::done(
        format!("deleting run {id}"),
        root.send(Method::Post, "mlflow/runs/delete", json!({ "run_id": id })),
    )
}

/// Restores a deleted run.
pub fn restore(root: Root, id: &str) -> Call<()> {
    Call::done(
        format!("restoring run {id}"),
        root.send(Method::Post, "mlflow/runs/restore", json!({ "run_id": id })),
    )
}

/// Sets a tag of a run.
pub fn set_tag(root: Root, id: &str, key: &str, value: &str) -> Call<()> {
    let body = json!({"run_id": id, "key": key, "value": value});
    Call::done(
        format!("setting the tag {key:?} of run {id}"),
        root.send(Method::Post, "mlflow/runs/set-tag", body),
    )
}

/// Removes a tag of a run.
pub fn delete_tag(root: Root, id: &str, key: &str) -> Call<()> {
    let body = json!({"run_id": id, "key": key});
    Call::done(
        format!("removing the tag {key:?} of run {id}"),
        root.send(Method::Post, "mlflow/runs/delete-tag", body),
    )
}
