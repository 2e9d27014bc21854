//! What only MLflow 3 has: logged models, traces, evaluation datasets.

use serde_json::{Value, json};

use super::{
    Call, Root, Search,
    models::{DatasetRecord, EvaluationDataset, LoggedModel, Span, Trace, TraceInfo},
};
use crate::{access::Method, aws::Page};

/// A page of the logged models of some experiments. The order is written as for other searches:
/// ``metrics.`val loss` DESC``.
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
        let fields = fields.iter().filter_map(Value::as_str).map(ordering);
        body.insert("order_by".into(), fields.collect());
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

/// A field of an order as the search of logged models takes it: which way apart, and a metric's
/// key without quotes, since everything after its dot is the key.
fn ordering(order: &str) -> Value {
    let (field, direction) = order
        .rsplit_once(char::is_whitespace)
        .unwrap_or((order, ""));
    let (field, ascending) = match direction.to_ascii_uppercase().as_str() {
        "ASC" => (field, true),
        "DESC" => (field, false),
        _ => (order, true),
    };
    let field = field.trim();
    let name = match field.split_once('.') {
        Some((entity, key)) => format!("{entity}.{}", unquoted(key)),
        None => field.to_owned(),
    };
    json!({ "field_name": name, "ascending": ascending })
}

/// A key without the quotes around it.
fn unquoted(key: &str) -> &str {
    let mut pairs = ['`', '"'].into_iter();
    let inner = |quote| key.strip_prefix(quote)?.strip_suffix(quote);
    pairs.find_map(inner).unwrap_or(key)
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

/// One trace with its spans, as far as they have come. MLflow answers 500 where it keeps them
/// among the trace's artifacts.
pub fn trace(root: Root, id: &str) -> Call<Trace> {
    Call::field(
        format!("reading the trace {id}"),
        root.get(
            "3.0/mlflow/traces/get",
            [("trace_id", id), ("allow_partial", "true")],
        ),
        "trace",
    )
}

/// One trace without its spans.
pub fn trace_info(root: Root, id: &str) -> Call<TraceInfo> {
    let none: [(&str, &str); 0] = [];
    let operation = format!("3.0/mlflow/traces/{}", segment(id));
    let call: Call<Trace> = Call::field(
        format!("reading about the trace {id}"),
        root.get(&operation, none),
        "trace",
    );
    call.map(|trace| trace.trace_info)
}

/// The spans that a trace has among its artifacts. Only with a token: MLflow serves them to its
/// UI alone.
pub fn spans_in_artifacts(id: &str) -> Call<Vec<Span>> {
    Call::field(
        format!("reading the spans of {id} from its artifacts"),
        Root::Ajax.get("3.0/mlflow/get-trace-artifact", [("request_id", id)]),
        "spans",
    )
}

/// A page of the evaluation datasets of some experiments, the newest first unless the search says
/// otherwise. None named, those of all.
pub fn search_datasets(
    root: Root,
    experiments: &[String],
    search: &Search,
) -> Call<Page<EvaluationDataset>> {
    let mut body = search.body();
    body.insert("experiment_ids".into(), json!(experiments));
    if let Some(filter) = body.remove("filter") {
        // This search alone has another name for it.
        body.insert("filter_string".into(), filter);
    }
    Call::page(
        "searching evaluation datasets",
        root.send(
            Method::Post,
            "3.0/mlflow/datasets/search",
            Value::Object(body),
        ),
        "datasets",
    )
}

/// One evaluation dataset, without its records.
pub fn dataset(root: Root, id: &str) -> Call<EvaluationDataset> {
    let none: [(&str, &str); 0] = [];
    Call::field(
        format!("reading the evaluation dataset {id}"),
        root.get(&format!("3.0/mlflow/datasets/{}", segment(id)), none),
        "dataset",
    )
}

/// A page of the records of an evaluation dataset, the oldest first: MLflow searches them by
/// nothing. There are none of a dataset that there is not.
pub fn dataset_records(
    root: Root,
    id: &str,
    number: Option<u32>,
    token: Option<&str>,
) -> Call<Page<DatasetRecord>> {
    let number = number.map(|number| ("max_results", number.to_string()));
    let token = token.map(|token| ("page_token", token.to_owned()));
    let operation = format!("3.0/mlflow/datasets/{}/records", segment(id));
    Call::quoted_page(
        format!("reading the records of {id}"),
        root.get(&operation, number.into_iter().chain(token)),
        "records",
    )
}

/// One part of a path, encoded.
fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%5F", "_")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("name", "name", true)]
    #[case("creation_timestamp desc", "creation_timestamp", false)]
    #[case("metrics.auc  ASC", "metrics.auc", true)]
    #[case("metrics.`val loss` DESC", "metrics.val loss", false)]
    #[case("metrics.`val loss`", "metrics.val loss", true)]
    #[case("metrics.a.b", "metrics.a.b", true)]
    fn an_order_is_taken_apart(#[case] order: &str, #[case] name: &str, #[case] ascending: bool) {
        let wanted = json!({"field_name": name, "ascending": ascending});
        assert_eq!(ordering(order), wanted);
    }
}
