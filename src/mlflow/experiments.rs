//! Experiments: reading and changing them.

use serde_json::{Value, json};

use super::{
    Call, Root, Search, View,
    models::{DatasetSummary, Experiment},
};
use crate::{access::Method, aws::Page};

/// A page of experiments.
pub fn search(root: Root, view: View, search: &Search) -> Call<Page<Experiment>> {
    let mut body = search.body();
    body.insert("view_type".into(), json!(view.as_str()));
    // MLflow refuses this search without a number.
    body.entry("max_results").or_insert(json!(1000));
    Call::page(
        "searching experiments",
        root.send(
            Method::Post,
            "mlflow/experiments/search",
            Value::Object(body),
        ),
        "experiments",
    )
}

/// One experiment, deleted or not.
pub fn get(root: Root, id: &str) -> Call<Experiment> {
    Call::field(
        format!("reading experiment {id}"),
        root.get("mlflow/experiments/get", [("experiment_id", id)]),
        "experiment",
    )
}

/// The experiment of a name, deleted or not.
pub fn by_name(root: Root, name: &str) -> Call<Experiment> {
    Call::field(
        format!("looking for the experiment {name:?}"),
        root.get(
            "mlflow/experiments/get-by-name",
            [("experiment_name", name)],
        ),
        "experiment",
    )
}

/// The datasets that runs of some experiments used. Only with a token: MLflow serves it to its
/// UI alone.
pub fn datasets(ids: &[String]) -> Call<Vec<DatasetSummary>> {
    let operation = "mlflow/experiments/search-datasets";
    let request = Root::Ajax.send(Method::Post, operation, json!({ "experiment_ids": ids }));
    Call::field("searching datasets", request, "dataset_summaries")
}

/// Makes an experiment; the answer is its id.
pub fn create(root: Root, name: &str, tags: &[(&str, &str)]) -> Call<String> {
    let tags: Vec<Value> = tags
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    let body = json!({"name": name, "tags": tags});
    Call::field(
        format!("creating the experiment {name:?}"),
        root.send(Method::Post, "mlflow/experiments/create", body),
        "experiment_id",
    )
}

/// Renames an experiment.
pub fn rename(root: Root, id: &str, name: &str) -> Call<()> {
    let body = json!({"experiment_id": id, "new_name": name});
    Call::done(
        format!("renaming experiment {id}"),
        root.send(Method::Post, "mlflow/experiments/update", body),
    )
}

/// Deletes an experiment; it can be restored.
pub fn delete(root: Root, id: &str) -> Call<()> {
    let body = json!({ "experiment_id": id });
    Call::done(
        format!("deleting experiment {id}"),
        root.send(Method::Post, "mlflow/experiments/delete", body),
    )
}

/// Restores a deleted experiment.
pub fn restore(root: Root, id: &str) -> Call<()> {
    let body = json!({ "experiment_id": id });
    Call::done(
        format!("restoring experiment {id}"),
        root.send(Method::Post, "mlflow/experiments/restore", body),
    )
}

/// Sets a tag of an experiment.
pub fn set_tag(root: Root, id: &str, key: &str, value: &str) -> Call<()> {
    let body = json!({"experiment_id": id, "key": key, "value": value});
    Call::done(
        format!("setting the tag {key:?} of experiment {id}"),
        root.send(Method::Post, "mlflow/experiments/set-experiment-tag", body),
    )
}

/// Removes a tag of an experiment (MLflow 3).
pub fn delete_tag(root: Root, id: &str, key: &str) -> Call<()> {
    let body = json!({"experiment_id": id, "key": key});
    Call::done(
        format!("removing the tag {key:?} of experiment {id}"),
        root.send(
            Method::Post,
            "mlflow/experiments/delete-experiment-tag",
            body,
        ),
    )
}
