//! What only MLflow 3 has: logged models and traces.

use serde_json::{Value, json};

use super::{
    Call, Root, Search,
    models::{LoggedModel, Trace, TraceInfo},
};
use crate::{access::Method, aws::Page};

/// A page of the logged models of some experiments.
pub fn search_logged_models(
    root: Root,
    experiments: &[String],
    search: &Search,
) -> Call<Page<LoggedModel>> {
    let mut body = search.body();
    body.insert("experiment_ids".into(), json!(experiments));
    if let Some(order) = body.remove("order_by") {
        // This search alone wants objects there.
        let fields = order.as_array().cloned().unwrap_or_default();
        let fields: Vec<Value> = fields
            .into_iter()
            .map(|field| json!({ "field_name": field }))
            .collect();
        body.insert("order_by".into(), json!(fields));
    }
    Call::page(
        "searching logged models",
        root.send(
            Method::Post,
            "mlflow/logged-models/search",
            Value::Object(body),
        ),
        "models",
    )
}

/// One logged model.
pub fn logged_model(root: Root, id: &str) -> Call<LoggedModel> {
    let none: [(&str, &str); 0] = [];
    Call::field(
        format!("reading the logged model {id}"),
        root.get(&format!("mlflow/logged-models/{}", segment(id)), none),
        "model",
    )
}

/// A page of the traces of some experiments, the newest first unless the search says otherwise.
pub fn search_traces(root: Root, experiments: &[String], search: &Search) -> Call<Page<TraceInfo>> {
    let locations: Vec<Value> = experiments
        .iter()
        .map(|id| json!({"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": id}}))
        .collect();
    let mut body = search.body();
    body.insert("locations".into(), json!(locations));
    Call::page(
        "searching traces",
        root.send(
            Method::Post,
            "3.0/mlflow/traces/search",
            Value::Object(body),
        ),
        "traces",
    )
}

/// One trace with its spans.
pub fn trace(root: Root, id: &str) -> Call<Trace> {
    Call::field(
        format!("reading the trace {id}"),
        root.get("3.0/mlflow/traces/get", [("trace_id", id)]),
        "trace",
    )
}

/// One part of a path, encoded.
fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%5F", "_")
}
