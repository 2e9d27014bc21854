//! `mlflow/metrics/…`.

use serde_json::{Value, json};

use super::{
    args::{Args, Kind, required},
    fault::Fault,
    store::{Point, Store},
};

/// The most runs one call may ask about.
const RUNS: usize = 100;
/// The most points one call answers.
const POINTS: usize = 25_000;

pub(super) fn history(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        required("metric_key", Kind::Text),
    ])?;
    let key = args.text("metric_key");
    let points: Vec<Value> = points(store, &args.text("run_id"), &key)
        .iter()
        .map(|point| point.wire(&key))
        .collect();
    Ok(listed(&points))
}

/// Answered without protobuf, so its keys are sorted and an empty list stays.
pub(super) fn history_bulk(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    let mut runs = args.texts("run_id");
    if runs.is_empty() {
        return Err(Fault::invalid(
            "GetMetricHistoryBulk request must specify at least one run_id.",
        ));
    }
    if runs.len() > RUNS {
        return Err(Fault::invalid(format!(
            "GetMetricHistoryBulk request cannot specify more than {RUNS} run_ids. Received {} run_ids.",
            runs.len()
        )));
    }
    let Some(key) = args.maybe_text("metric_key") else {
        return Err(Fault::invalid(
            "GetMetricHistoryBulk request must specify a metric_key.",
        ));
    };
    let most = args
        .integer("max_results")
        .and_then(|given| usize::try_from(given).ok())
        .unwrap_or(POINTS)
        .min(POINTS);
    runs.sort();
    let found: Vec<Value> = runs
        .iter()
        .flat_map(|run| {
            points(store, run, &key)
                .iter()
                .map(move |point| (run, point))
        })
        .take(most)
        .map(|(run, point)| {
            json!({"key": key, "run_id": run, "step": point.step, "timestamp": point.timestamp,
                       "value": super::store::wire_number(point.value)})
        })
        .collect();
    Ok(json!({"metrics": found}))
}

pub(super) fn history_interval(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    // A query's single value counts as a list, which the check below would not know.
    let runs = args.texts("run_ids");
    if runs.is_empty() {
        args.check(&[required("run_ids", Kind::List)])?;
    }
    args.check(&[required("metric_key", Kind::Text)])?;
    let key = args.text("metric_key");
    let (start, end) = match (args.integer("start_step"), args.integer("end_step")) {
        (None, None) => (i64::MIN, i64::MAX),
        (Some(start), Some(end)) if start <= end => (start, end),
        (Some(start), Some(end)) => {
            return Err(Fault::invalid(format!(
                "end_step must be greater than start_step. Found start_step={start} and end_step={end}."
            )));
        }
        _ => {
            return Err(Fault::invalid(
                "If either start step or end step are specified, both must be specified.",
            ));
        }
    };
    let found: Vec<Value> = runs
        .iter()
        .flat_map(|run| {
            points(store, run, &key)
                .iter()
                .map(move |point| (run, point))
        })
        .filter(|(_, point)| (start..=end).contains(&point.step))
        .take(POINTS)
        .map(|(run, point)| {
            let mut wire = point.wire(&key);
            if let Some(map) = wire.as_object_mut() {
                map.insert("run_id".to_owned(), json!(run));
            }
            wire
        })
        .collect();
    Ok(listed(&found))
}

fn points<'a>(store: &'a Store, run: &str, key: &str) -> &'a [Point] {
    store
        .runs
        .get(run)
        .and_then(|run| run.metrics.get(key))
        .map_or(&[], Vec::as_slice)
}

fn listed(points: &[Value]) -> Value {
    if points.is_empty() {
        json!({})
    } else {
        json!({"metrics": points})
    }
}
