//! `mlflow/runs/…`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    args::{Args, Kind, number, optional, required, unfit},
    experiments::inactive,
    fault::Fault,
    filter::{self, Operand, Scope},
    page,
    store::{Lifecycle, Point, Run, Store},
};

/// The tag that carries a run's name.
const RUN_NAME: &str = "mlflow.runName";
/// A run's possible statuses, in protobuf's order from 1.
const STATUSES: [&str; 5] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

pub(super) fn create(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        optional("experiment_id", Kind::Text),
        optional("start_time", Kind::Integer),
        optional("run_name", Kind::Text),
    ])?;
    let experiment = args.text("experiment_id");
    if experiment.is_empty() {
        // What SQLite's foreign key says to MLflow 2.12.2.
        return Err(Fault::new(
            "BAD_REQUEST",
            "(sqlite3.IntegrityError) FOREIGN KEY constraint failed",
        ));
    }
    let found = store.experiment(&experiment)?;
    if found.lifecycle == Lifecycle::Deleted {
        return Err(inactive(&experiment));
    }
    let location = found.artifact_location.clone();
    let mut tags: super::store::Tags = args.pairs("tags")?.into_iter().collect();
    let id = Uuid::new_v4().simple().to_string();
    let name = match (args.text("run_name"), tags.get(RUN_NAME)) {
        (given, _) if !given.is_empty() => given,
        (_, Some(tagged)) => tagged.clone(),
        _ => made_up_name(&id),
    };
    tags.insert(RUN_NAME.to_owned(), name.clone());
    let run = Run {
        artifact_uri: format!("{location}/{id}/artifacts"),
        id: id.clone(),
        experiment,
        name,
        user: args.text("user_id"),
        status: "RUNNING".to_owned(),
        started: args.integer("start_time").unwrap_or_default(),
        ended: None,
        lifecycle: Lifecycle::Active,
        metrics: std::collections::BTreeMap::default(),
        params: super::store::Tags::default(),
        tags,
        inputs: Vec::new(),
    };
    let answer = json!({"run": run.created()});
    store.runs.insert(id, run);
    store.changed();
    Ok(answer)
}

/// A name in MLflow's manner, the same for the same id.
fn made_up_name(id: &str) -> String {
    const FIRST: [&str; 8] = [
        "able", "bright", "calm", "dapper", "eager", "gentle", "merry", "wise",
    ];
    const SECOND: [&str; 8] = [
        "ant", "bass", "crane", "deer", "finch", "gull", "newt", "wolf",
    ];
    let mut numbers = id.bytes().map(usize::from);
    let mut pick = |words: [&'static str; 8]| {
        let at: usize = numbers.by_ref().take(8).sum();
        words.get(at % words.len()).copied().unwrap_or_default()
    };
    let (first, second) = (pick(FIRST), pick(SECOND));
    let number = numbers.fold(0_usize, |sum, next| (sum * 31 + next) % 1000);
    format!("{first}-{second}-{number}")
}

pub(super) fn get(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("run_id", Kind::Text)])?;
    Ok(json!({"run": store.run(&args.text("run_id"))?.wire()}))
}

pub(super) fn update(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        optional("end_time", Kind::Integer),
        optional("run_name", Kind::Text),
    ])?;
    let run = store.active_run(&args.text("run_id"))?;
    if let Some(status) = args.maybe_text("status") {
        let named = status
            .parse::<usize>()
            .ok()
            .and_then(|number| STATUSES.get(number.wrapping_sub(1)).copied());
        run.status = named.map_or(status, str::to_owned);
    }
    if let Some(ended) = args.integer("end_time") {
        run.ended = Some(ended);
    }
    if let Some(name) = args.maybe_text("run_name").filter(|name| !name.is_empty()) {
        run.tags.insert(RUN_NAME.to_owned(), name.clone());
        run.name = name;
    }
    let answer = json!({"run_info": run.info()});
    store.changed();
    Ok(answer)
}

pub(super) fn delete(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    relocate(store, args, Lifecycle::Deleted)
}

pub(super) fn restore(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    relocate(store, args, Lifecycle::Active)
}

fn relocate(store: &mut Store, args: &Args, to: Lifecycle) -> Result<Value, Fault> {
    args.check(&[required("run_id", Kind::Text)])?;
    store.run_mut(&args.text("run_id"))?.lifecycle = to;
    store.changed();
    Ok(json!({}))
}

pub(super) fn log_metric(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        required("key", Kind::Text),
        required("value", Kind::Number),
        required("timestamp", Kind::Integer),
        optional("step", Kind::Integer),
    ])?;
    let key = args.text("key");
    check_name("metric", &key)?;
    let point = Point {
        value: args.number("value").unwrap_or_default(),
        timestamp: args.integer("timestamp").unwrap_or_default(),
        step: args.integer("step").unwrap_or_default(),
    };
    let run = store.active_run(&args.text("run_id"))?;
    run.metrics.entry(key).or_default().push(point);
    store.changed();
    Ok(json!({}))
}

pub(super) fn log_parameter(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        required("key", Kind::Text),
        optional("value", Kind::Text),
    ])?;
    let (key, value) = (args.text("key"), args.text("value"));
    check_name("parameter", &key)?;
    let run = store.active_run(&args.text("run_id"))?;
    check_unchanged(run, &key, &value)?;
    run.params.insert(key, value);
    store.changed();
    Ok(json!({}))
}

/// A parameter is written once.
fn check_unchanged(run: &Run, key: &str, value: &str) -> Result<(), Fault> {
    match run.params.get(key) {
        Some(old) if old != value => Err(Fault::invalid(format!(
            "Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}' for run ID='{}'. Attempted logging new value '{value}'.",
            run.id
        ))),
        _ => Ok(()),
    }
}

fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    let allowed = |letter: char| letter.is_alphanumeric() || "_-. /".contains(letter);
    if name.chars().all(allowed) {
        return Ok(());
    }
    Err(Fault::invalid(format!(
        "Invalid {what} name: '{name}'. Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), and slashes (/)."
    )))
}

pub(super) fn set_tag(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        required("key", Kind::Text),
        optional("value", Kind::Text),
    ])?;
    let (key, value) = (args.text("key"), args.text("value"));
    check_name("tag", &key)?;
    put_tag(store.active_run(&args.text("run_id"))?, key, value);
    store.changed();
    Ok(json!({}))
}

fn put_tag(run: &mut Run, key: String, value: String) {
    if key == RUN_NAME {
        run.name.clone_from(&value);
    }
    run.tags.insert(key, value);
}

pub(super) fn delete_tag(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[required("run_id", Kind::Text), required("key", Kind::Text)])?;
    let (id, key) = (args.text("run_id"), args.text("key"));
    if store.active_run(&id)?.tags.remove(&key).is_none() {
        return Err(Fault::missing(format!(
            "No tag with name: {key} in run with id {id}"
        )));
    }
    store.changed();
    Ok(json!({}))
}

pub(super) fn log_batch(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        optional("metrics", Kind::List),
        optional("params", Kind::List),
        optional("tags", Kind::List),
    ])?;
    let mut metrics = Vec::new();
    for item in args.list("metrics") {
        let key = item.get("key").and_then(Value::as_str).unwrap_or_default();
        let value = item.get("value").and_then(number);
        let timestamp = item.get("timestamp").and_then(Value::as_i64);
        let (false, Some(value), Some(timestamp)) = (key.is_empty(), value, timestamp) else {
            return Err(unfit("metrics", &json!(args.list("metrics"))));
        };
        check_name("metric", key)?;
        let step = item.get("step").and_then(Value::as_i64).unwrap_or_default();
        metrics.push((
            key.to_owned(),
            Point {
                value,
                timestamp,
                step,
            },
        ));
    }
    let (params, tags) = (args.pairs("params")?, args.pairs("tags")?);
    let run = store.active_run(&args.text("run_id"))?;
    for (key, value) in &params {
        check_name("parameter", key)?;
        check_unchanged(run, key, value)?;
    }
    for (key, _) in &tags {
        check_name("tag", key)?;
    }
    if metrics.is_empty() && params.is_empty() && tags.is_empty() {
        return Ok(json!({}));
    }
    for (key, point) in metrics {
        run.metrics.entry(key).or_default().push(point);
    }
    run.params.extend(params);
    for (key, value) in tags {
        put_tag(run, key, value);
    }
    store.changed();
    Ok(json!({}))
}

pub(super) fn log_inputs(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        required("run_id", Kind::Text),
        required("datasets", Kind::List),
    ])?;
    let inputs: Vec<Value> = args.list("datasets").into_iter().cloned().collect();
    let run = store.active_run(&args.text("run_id"))?;
    run.inputs.extend(inputs);
    store.changed();
    Ok(json!({}))
}

pub(super) fn log_model(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    const HISTORY: &str = "mlflow.log-model.history";
    args.check(&[
        required("run_id", Kind::Text),
        required("model_json", Kind::Text),
    ])?;
    let text = args.text("model_json");
    let model: Value = serde_json::from_str(&text).map_err(|_| {
        Fault::invalid(format!(
            "Malformed model info. \n {text} \n is not a valid JSON."
        ))
    })?;
    let missing: Vec<&str> = ["artifact_path", "flavors", "utc_time_created", "run_id"]
        .into_iter()
        .filter(|field| model.get(field).is_none())
        .collect();
    if !missing.is_empty() {
        return Err(Fault::invalid(format!(
            "Model json is missing mandatory fields: {{'{}'}}",
            missing.join("', '")
        )));
    }
    let run = store.active_run(&args.text("run_id"))?;
    let mut history: Vec<Value> = run
        .tags
        .get(HISTORY)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    history.push(model);
    run.tags
        .insert(HISTORY.to_owned(), Value::Array(history).to_string());
    store.changed();
    Ok(json!({}))
}

pub(super) fn search(store: &mut Store, args: &Args) -> Result<Value, Fault> {
    args.check(&[
        optional("experiment_ids", Kind::List),
        optional("filter", Kind::Text),
        optional("max_results", Kind::Integer),
        optional("order_by", Kind::List),
    ])?;
    let page = args.page(1000, 50_000)?;
    let view = args.text("run_view_type");
    let experiments = args.texts("experiment_ids");
    let clauses = filter::parse(&args.text("filter"))?;
    let order = filter::order(&args.texts("order_by"))?;
    let mut found: Vec<&Run> = store
        .runs
        .values()
        .filter(|run| experiments.contains(&run.experiment) && run.lifecycle.shown_in(&view))
        .filter(|run| {
            clauses
                .iter()
                .all(|clause| clause.holds(|scope, key| look(run, scope, key)))
        })
        .collect();
    found.sort_by(|left, right| {
        order
            .iter()
            .map(|by| {
                by.compare(
                    look(left, by.scope, &by.key),
                    look(right, by.scope, &by.key),
                )
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| {
                right
                    .started
                    .cmp(&left.started)
                    .then_with(|| left.id.cmp(&right.id))
            })
    });
    let found = found.into_iter().map(Run::wire).collect();
    Ok(page::of("runs", found, page))
}

fn look(run: &Run, scope: Scope, key: &str) -> Option<Operand> {
    match scope {
        Scope::Metric => run.latest(key).map(|point| Operand::Number(point.value)),
        Scope::Param => run.params.get(key).cloned().map(Operand::Text),
        Scope::Tag => run.tags.get(key).cloned().map(Operand::Text),
        Scope::Attribute => match key {
            "run_id" => Some(Operand::Text(run.id.clone())),
            "run_name" => Some(Operand::Text(run.name.clone())),
            "experiment_id" => Some(Operand::Text(run.experiment.clone())),
            "status" => Some(Operand::Text(run.status.clone())),
            "user_id" => Some(Operand::Text(run.user.clone())),
            "artifact_uri" => Some(Operand::Text(run.artifact_uri.clone())),
            "start_time" | "created" | "Created" => Some(Operand::from(run.started)),
            "end_time" => run.ended.map(Operand::from),
            _ => None,
        },
    }
}
