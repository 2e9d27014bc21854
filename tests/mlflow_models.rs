//! Whatever a server answers, reading it ends in a value or a failure, never in a panic.

use std::time::Duration;

use bytes::Bytes;
use mlwarden::{
    aws::Page,
    mlflow::{
        Answer, Call, Root, Search, SearchRuns, View, experiments, models::Run, newer, registry,
        runs,
    },
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The names that MLflow uses, so that made-up answers come close.
const NAMES: [&str; 49] = [
    "aliases",
    "alias",
    "artifact_uri",
    "attributes",
    "data",
    "dataset",
    "dataset_inputs",
    "dataset_record_id",
    "dataset_summaries",
    "datasets",
    "end_time",
    "end_time_unix_nano",
    "events",
    "experiment",
    "experiment_id",
    "experiments",
    "file_size",
    "files",
    "info",
    "inputs",
    "is_dir",
    "key",
    "latest_versions",
    "metrics",
    "model",
    "model_id",
    "model_version",
    "model_versions",
    "models",
    "name",
    "next_page_token",
    "outputs",
    "params",
    "path",
    "profile",
    "records",
    "registered_model",
    "registered_models",
    "run",
    "run_id",
    "runs",
    "spans",
    "status",
    "step",
    "tags",
    "trace",
    "trace_info",
    "traces",
    "value",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => ".{0,8}",
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        proptest::sample::select(
            &[
                "NaN",
                "-Infinity",
                "12",
                "-9223372036854775808",
                "1e999",
                ""
            ][..]
        )
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((name(), inner), 0..7)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn answer(status: u16, body: Vec<u8>) -> Answer {
    Answer {
        status,
        error_type: None,
        request_id: None,
        content_type: None,
        headers: Vec::new(),
        sent: Vec::new(),
        body: Bytes::from(body),
        cut: false,
        latency: Duration::ZERO,
    }
}

/// Every typed call reads this answer.
fn read_by_all(answer: &Answer) {
    let (root, all) = (Root::Ajax, Search::default());
    let ids = ["1".to_owned()];
    let _ = experiments::search(root, View::All, &all).value(answer);
    let _ = experiments::get(root, "1").value(answer);
    let _ = experiments::datasets(&ids).value(answer);
    let _ = runs::search(root, &SearchRuns::default()).value(answer);
    let _ = runs::get(root, "r").value(answer);
    let _ = runs::history(root, "r", "m", None, None).value(answer);
    let _ = runs::thinned_history(root, &ids, "m", Some((0, 7)), 10).value(answer);
    let _ = runs::artifacts(root, "r", "", None).value(answer);
    let _ = registry::search_models(root, &all).value(answer);
    let _ = registry::model(root, "m").value(answer);
    let _ = registry::search_versions(root, &all).value(answer);
    let _ = registry::version(root, "m", "1").value(answer);
    let _ = newer::search_logged_models(root, &ids, &all).value(answer);
    let _ = newer::logged_model(root, "m").value(answer);
    let _ = newer::search_traces(root, &ids, &all).value(answer);
    if let Ok(trace) = newer::trace(root, "t").value(answer) {
        for span in &trace.spans {
            let _ = (span.kind(), span.inputs(), span.others(), span.events());
            let _ = (span.state(), span.message(), span.took());
        }
    }
    let _ = newer::trace_info(root, "t").value(answer);
    let _ = newer::spans_in_artifacts("t").value(answer);
    if let Ok(page) = newer::search_datasets(root, &ids, &all).value(answer) {
        for dataset in &page.items {
            let _ = (dataset.records(), dataset.tags());
        }
    }
    let _ = newer::dataset(root, "d").value(answer);
    if let Ok(page) = newer::dataset_records(root, "d", None, None).value(answer) {
        for record in &page.items {
            let _ = (record.tags(), record.origin());
        }
    }
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in value(), status in prop_oneof![Just(200), 100_u16..600]) {
        read_by_all(&answer(status, value.to_string().into_bytes()));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        read_by_all(&answer(200, bytes));
    }

    #[test]
    fn what_was_read_is_read_again_as_the_same(value in value()) {
        let sent = json!({"run": {"info": {"run_id": "r"}, "data": value}}).to_string();
        if let Ok(run) = runs::get(Root::Ajax, "r").value(&answer(200, sent.into_bytes())) {
            let written = serde_json::to_string(&run).unwrap();
            let again: Run = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), written);
        }
    }
}

#[test]
fn ten_megabytes_of_json_are_read_as_they_are() {
    let metrics: Vec<Value> = (0..130_000)
        .map(|at| json!({"key": format!("metric-{at}"), "value": "NaN", "timestamp": "1760000000000", "step": at}))
        .collect();
    let sent =
        json!({"runs": [{"info": {"run_id": "r"}, "data": {"metrics": metrics}}]}).to_string();
    assert!(sent.len() > 10_000_000, "{}", sent.len());
    let call: Call<Page<Run>> = runs::search(Root::Ajax, &SearchRuns::default());
    let page = call.value(&answer(200, sent.into_bytes())).unwrap();
    assert_eq!(page.items[0].data.metrics.len(), 130_000);
}
