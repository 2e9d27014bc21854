//! What opens in a window: the history of a metric, runs side by side, a file.

use super::load;
use crate::{
    app::{
        Effect, Screen,
        dialog::{Field, Form, Values},
        effect::Ask,
        job::Work,
        layer::{Layer, Purpose},
        lists::Section,
        mlflow::{
            chart::{Chart, Series},
            compare::Compare,
            preview::Preview,
        },
        remote::Ticket,
        state::State,
        table::{Listing, Record},
        update::answer::ask,
    },
    domain::Failure,
    mlflow::models::{Artifact, Run},
};

/// Runs whose histories one request may ask for, and one picture can tell apart.
const AT_ONCE: usize = 20;

/// Draws the history of a metric: of the run under the cursor, or of the marked runs.
pub(in crate::app::update) fn chart(state: &mut State) -> Vec<Effect> {
    match state.screen() {
        Screen::Run => {
            let mlflow = &state.data.mlflow;
            let part = mlflow.run.current();
            let metric = part.filter(|part| part.section == Section::Metric);
            let (Some(part), Some(run)) = (metric, &mlflow.at_run) else {
                state.hint("put the cursor on a metric: its history is drawn");
                return Vec::new();
            };
            let runs = vec![(run.info.run_id.clone(), run.info.run_name.clone())];
            ask_for_history(state, runs, part.key.clone())
        }
        Screen::Runs => {
            let runs: Vec<Run> = marked(state).into_iter().take(AT_ONCE).collect();
            let metrics = metrics(state, &runs);
            match metrics.as_slice() {
                [] => {
                    state.hint("these runs have no metric");
                    Vec::new()
                }
                [one] => {
                    let one = one.clone();
                    ask_for_history(state, names(&runs), one)
                }
                _ => {
                    let items = metrics
                        .iter()
                        .map(|key| crate::app::dialog::Item::new(key.clone(), key.clone()))
                        .collect();
                    let picker = crate::app::dialog::Picker::new("Which metric?", items);
                    ask(state, picker, Purpose::Chart(names(&runs)));
                    Vec::new()
                }
            }
        }
        _ => {
            state.hint("runs and their metrics are drawn");
            Vec::new()
        }
    }
}

fn names(runs: &[Run]) -> Vec<(String, String)> {
    runs.iter()
        .map(|run| (run.info.run_id.clone(), run.info.run_name.clone()))
        .collect()
}

/// The metrics of some runs, those that are columns first.
fn metrics(state: &State, runs: &[Run]) -> Vec<String> {
    let chosen = &state.data.mlflow.runs.context().keys;
    let columns = chosen
        .iter()
        .filter_map(|key| key.strip_prefix("metrics."))
        .filter(|key| {
            runs.iter()
                .any(|run| run.data.metrics.iter().any(|metric| metric.key == *key))
        });
    let mut keys: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    let all = runs
        .iter()
        .flat_map(|run| &run.data.metrics)
        .map(|metric| metric.key.as_str());
    for key in columns.chain(all) {
        if known.insert(key.to_owned()) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// The marked runs, else the one under the cursor.
fn marked(state: &State) -> Vec<Run> {
    let table = &state.data.mlflow.runs;
    let targets = table.targets();
    targets
        .iter()
        .filter_map(|id| table.find(id))
        .map(|row| row.run.clone())
        .collect()
}

/// Asks for the history of a metric of some runs.
pub(in crate::app::update) fn ask_for_history(
    state: &mut State,
    runs: Vec<(String, String)>,
    metric: String,
) -> Vec<Effect> {
    let Some(principal) = state.data.mlflow.principal.clone() else {
        return Vec::new();
    };
    let ticket = state.data.next_ticket();
    state.data.mlflow.awaited = Some(ticket);
    state.hint(format!("reading the history of {metric}…"));
    vec![Effect::Ask(
        state.epoch,
        Ask::History(ticket, principal, runs, metric, None),
    )]
}

/// The history of a metric has come, or a closer look at a part of one.
pub(in crate::app::update) fn history(
    state: &mut State,
    ticket: Ticket,
    metric: &str,
    result: Result<Vec<Series>, Failure>,
) -> Vec<Effect> {
    let mut charts = state.layers.iter_mut().filter_map(|layer| match layer {
        Layer::Chart(chart) => Some(chart),
        _ => None,
    });
    if let Some(chart) = charts.find(|chart| chart.awaits(ticket)) {
        let failure = result.as_ref().err().cloned();
        chart.refine(result.ok());
        if let Some(failure) = failure {
            state.fail(&failure);
            return Vec::new();
        }
        return look_closer(state);
    }
    if state.data.mlflow.awaited != Some(ticket) {
        return Vec::new();
    }
    state.data.mlflow.awaited = None;
    state.data.log.hush();
    match result {
        Ok(series) => {
            let mut chart = Chart::new(metric);
            chart.set(series);
            state.push(Layer::Chart(Box::new(chart)));
        }
        Err(failure) => state.fail(&failure),
    }
    Vec::new()
}

/// Asks for what the server left out of the part of a history that is looked at.
pub(in crate::app::update) fn look_closer(state: &mut State) -> Vec<Effect> {
    let ticket = state.data.next_ticket();
    let (Some(Layer::Chart(chart)), Some(principal)) =
        (state.layers.last_mut(), state.data.mlflow.principal.clone())
    else {
        return Vec::new();
    };
    let Some(steps) = chart.wanted() else {
        return Vec::new();
    };
    chart.ask(ticket, steps);
    let runs = chart.series().iter();
    let runs = runs.map(|series| (series.run.clone(), series.label.clone()));
    let ask = Ask::History(
        ticket,
        principal,
        runs.collect(),
        chart.metric.clone(),
        Some(steps),
    );
    vec![Effect::Ask(state.epoch, ask)]
}

/// Puts the marked runs side by side.
pub(in crate::app::update) fn compare(state: &mut State) {
    let runs = marked(state);
    if state.screen() != Screen::Runs || runs.len() < 2 {
        state.hint("mark two runs or more on the page of runs: space marks");
        return;
    }
    let compare = Compare::of(&runs);
    state.push(Layer::Compare(Box::new(compare)));
}

/// Looks at the file under the cursor.
pub(in crate::app::update) fn look_at(state: &mut State, artifact: Artifact) -> Vec<Effect> {
    let mlflow = &state.data.mlflow;
    let (Some(principal), Some(run)) = (mlflow.principal.clone(), mlflow.at_run_id.clone()) else {
        return Vec::new();
    };
    let root = mlflow.artifact_root();
    let ticket = state.data.next_ticket();
    state.data.mlflow.awaited = Some(ticket);
    state.hint(format!("reading {}…", artifact.path));
    vec![Effect::Ask(
        state.epoch,
        Ask::Preview(ticket, principal, run, root, Box::new(artifact)),
    )]
}

/// The beginning of a file has come.
pub(in crate::app::update) fn previewed(
    state: &mut State,
    ticket: Ticket,
    artifact: Artifact,
    result: Result<Box<Preview>, Failure>,
) {
    if state.data.mlflow.awaited != Some(ticket) {
        return;
    }
    state.data.mlflow.awaited = None;
    state.data.log.hush();
    match result {
        Ok(preview) => state.push(Layer::Preview { preview, artifact }),
        Err(failure) => state.fail(&failure),
    }
}

/// Asks where to the marked files, or the one that is looked at, are to be written.
pub(in crate::app::update) fn ask_to_download(state: &mut State) {
    let files = match state.layers.last() {
        Some(Layer::Preview { artifact, .. }) => vec![artifact.clone()],
        _ => files(state),
    };
    if files.is_empty() {
        state.hint("there is no file here: open the folder, or mark files");
        return;
    }
    let title = match files.as_slice() {
        [one] => format!("Download {}", one.path),
        several => format!("Download {} files", several.len()),
    };
    let form = Form::new(
        title,
        vec![
            Field::text("folder", "Into")
                .value("artifacts")
                .help("a folder; nothing is written outside of it, no file is replaced"),
        ],
    )
    .verb("Download");
    ask(state, form, Purpose::Download(files));
}

/// The marked files, else the one under the cursor; folders are passed over.
fn files(state: &State) -> Vec<Artifact> {
    let table = &state.data.mlflow.artifacts;
    let targets = table.targets();
    table
        .rows()
        .iter()
        .filter(|row| targets.iter().any(|id| id == row.id()) && !row.artifact.is_dir)
        .map(|row| row.artifact.clone())
        .collect()
}

/// The folder was named: the files are downloaded as a job.
pub(in crate::app::update) fn download(
    state: &mut State,
    files: Vec<Artifact>,
    values: &Values,
) -> Vec<Effect> {
    let mlflow = &state.data.mlflow;
    let (Some(principal), Some(run)) = (mlflow.principal.clone(), mlflow.at_run_id.clone()) else {
        return Vec::new();
    };
    let root = mlflow.artifact_root();
    let folder = values.text("folder").trim().to_owned();
    let title = match files.as_slice() {
        [one] => format!("download {}", one.path),
        several => format!("download {} files", several.len()),
    };
    let now = state.now;
    let id = state
        .data
        .jobs
        .start(title, Work::Download(folder.clone()), files.len(), now);
    let wanted = Box::new(crate::app::mlflow::Wanted {
        principal,
        run,
        root_uri: root,
        folder: folder.into(),
        files,
    });
    vec![Effect::Ask(state.epoch, Ask::Download(id, wanted))]
}

/// Folds or unfolds the runs or spans below the one under the cursor.
pub(in crate::app::update) fn fold(state: &mut State) -> Vec<Effect> {
    match state.screen() {
        Screen::Runs => {
            let mlflow = &mut state.data.mlflow;
            let Some(id) = mlflow.runs.current().map(|row| row.run.info.run_id.clone()) else {
                return Vec::new();
            };
            mlflow.nesting.toggle(&id);
            super::sight::nest(state);
            Vec::new()
        }
        Screen::Trace => {
            let mlflow = &mut state.data.mlflow;
            let Some(id) = mlflow.trace.current().map(|row| row.span.span_id.clone()) else {
                return Vec::new();
            };
            mlflow.span_nesting.toggle(&id);
            super::sight::nest_spans(state);
            Vec::new()
        }
        Screen::Artifacts => super::open(state).unwrap_or_else(|| load(state)),
        _ => {
            state.hint("runs, folders and spans are folded");
            Vec::new()
        }
    }
}
