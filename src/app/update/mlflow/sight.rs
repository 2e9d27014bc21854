//! What was seen of a page of MLflow.

use crate::{
    app::{
        Effect, Screen,
        lists::{
            ArtifactRow, Chosen, ExperimentRow, LoggedModelRow, ModelRow, RunPart, RunRow,
            TraceRow, VersionRow,
        },
        mlflow::{Beside, Found, Mlflow, Seen, Sight, nesting::Branch},
        remote::Ticket,
        state::State,
        table::{Record, Table},
    },
    domain::Failure,
    mlflow::models::{Experiment, ModelVersion, RegisteredModel, Run},
};

/// Columns of the runs that are chosen by themselves.
const CHOSEN: usize = 4;

/// A page has come, or not.
pub(in crate::app::update) fn looked(
    state: &mut State,
    ticket: Ticket,
    screen: Screen,
    result: Result<Box<Sight>, Failure>,
) -> Vec<Effect> {
    let now = state.now;
    let mlflow = &mut state.data.mlflow;
    let failure = match result {
        Ok(sight) => {
            let beside = mlflow.beside.is_some();
            let Sight {
                found,
                next,
                beside: other,
            } = *sight;
            let (other, failure) = match other {
                Some(Ok(other)) => (Some(other), None),
                Some(Err(failure)) => (None, Some(failure)),
                None => (None, None),
            };
            if take_in(mlflow, ticket, found, other, beside, now) {
                mlflow.paging_mut(screen).came(next);
            }
            failure
        }
        Err(failure) => {
            let list = mlflow.page_mut(screen);
            let is_current = list.is_some_and(|list| list.fail(ticket, failure.clone()));
            is_current.then_some(failure)
        }
    };
    if let Some(failure) = failure {
        state.fail(&failure);
    }
    Vec::new()
}

/// Puts what was found into its list; false where it answers an older question.
fn take_in(
    mlflow: &mut Mlflow,
    ticket: Ticket,
    found: Found,
    other: Option<Found>,
    beside: bool,
    now: jiff::Timestamp,
) -> bool {
    match found {
        Found::Experiments(rows) => {
            let other = match other {
                Some(Found::Experiments(rows)) => Some(rows),
                _ => None,
            };
            let id = |row: &Experiment| row.experiment_id.clone();
            let rows = joined(rows, other, id, |experiment, seen| ExperimentRow {
                experiment,
                seen,
            });
            mlflow.experiments.set_context(beside);
            fill(&mut mlflow.experiments, ticket, rows, now)
        }
        Found::Runs(rows) => {
            let other = match other {
                Some(Found::Runs(rows)) => Some(rows),
                _ => None,
            };
            choose_columns(&mut mlflow.runs, &rows, beside);
            let id = |row: &Run| row.info.run_id.clone();
            let current = mlflow.runs.remote().is_current(ticket);
            if current {
                mlflow.loaded_runs = joined(rows, other, id, |run, seen| (run, seen));
            }
            let rows = nested(mlflow);
            fill(&mut mlflow.runs, ticket, rows, now)
        }
        Found::Run(run) => {
            let rows = RunPart::all(&run);
            let current = fill(&mut mlflow.run, ticket, rows, now);
            if current {
                mlflow.at_run = Some(run);
            }
            current
        }
        Found::Artifacts(folders) => {
            if mlflow.artifacts.remote().is_current(ticket) {
                mlflow.folders.extend(folders);
            }
            let rows = ArtifactRow::tree(&mlflow.folders, &mlflow.open_folders);
            fill(&mut mlflow.artifacts, ticket, rows, now)
        }
        Found::Models(rows) => {
            let other = match other {
                Some(Found::Models(rows)) => Some(rows),
                _ => None,
            };
            let id = |row: &RegisteredModel| row.name.clone();
            let rows = joined(rows, other, id, |model, seen| ModelRow { model, seen });
            mlflow.models.set_context(beside);
            fill(&mut mlflow.models, ticket, rows, now)
        }
        Found::Versions(model, rows) => {
            let other = match other {
                Some(Found::Versions(_, rows)) => Some(rows),
                _ => None,
            };
            let id = |row: &ModelVersion| row.version.clone();
            let rows = joined(rows, other, id, |version, seen| {
                VersionRow::new(version, &model, seen)
            });
            mlflow.versions.set_context(beside);
            fill(&mut mlflow.versions, ticket, rows, now)
        }
        Found::LoggedModels(rows) => {
            let rows = rows.into_iter().map(LoggedModelRow).collect();
            fill(&mut mlflow.logged_models, ticket, rows, now)
        }
        Found::Traces(rows) => {
            let rows = rows.into_iter().map(TraceRow).collect();
            fill(&mut mlflow.traces, ticket, rows, now)
        }
    }
}

/// The loaded runs as rows of a tree.
fn nested(mlflow: &Mlflow) -> Vec<RunRow> {
    let runs = &mlflow.loaded_runs;
    let tree = mlflow.nesting.rows(runs.iter().map(|(run, _)| run));
    tree.into_iter()
        .filter_map(|nested| {
            let (run, seen) = runs.get(nested.run)?;
            Some(RunRow {
                run: run.clone(),
                depth: nested.depth,
                unfolded: match nested.branch {
                    Branch::Leaf => None,
                    Branch::Open(_) => Some(true),
                    Branch::Folded(_) => Some(false),
                },
                seen: *seen,
            })
        })
        .collect()
}

/// Lays the loaded runs out anew, after one was folded or unfolded.
pub(super) fn nest(state: &mut State) {
    let (ticket, now) = (state.data.next_ticket(), state.now);
    let mlflow = &mut state.data.mlflow;
    let rows = nested(mlflow);
    mlflow.runs.begin(ticket);
    fill(&mut mlflow.runs, ticket, rows, now);
}

/// Lays the artifacts out anew, after a folder was opened or closed whose content is known.
pub(super) fn lay_out(state: &mut State) {
    let (ticket, now) = (state.data.next_ticket(), state.now);
    let mlflow = &mut state.data.mlflow;
    let rows = ArtifactRow::tree(&mlflow.folders, &mlflow.open_folders);
    mlflow.artifacts.begin(ticket);
    fill(&mut mlflow.artifacts, ticket, rows, now);
}

fn joined<T: PartialEq, R>(
    here: Vec<T>,
    there: Option<Vec<T>>,
    id: impl Fn(&T) -> String,
    row: impl Fn(T, Seen) -> R,
) -> Vec<R> {
    match there {
        Some(there) => Beside::new(there, &id)
            .join(here, &id)
            .into_iter()
            .map(|(thing, seen)| row(thing, seen))
            .collect(),
        None => here
            .into_iter()
            .map(|thing| row(thing, Seen::Alone))
            .collect(),
    }
}

fn fill<R: Record>(
    table: &mut Table<R>,
    ticket: Ticket,
    rows: Vec<R>,
    now: jiff::Timestamp,
) -> bool {
    let current = table.remote().is_current(ticket);
    table.part(ticket, rows);
    table.done(ticket, now);
    current
}

/// Where no column was chosen yet, the first metrics and parameters of the page are.
fn choose_columns(table: &mut Table<RunRow>, runs: &[Run], beside: bool) {
    let mut chosen: Chosen = (**table.context()).clone();
    chosen.beside = beside;
    if chosen.keys.is_empty() {
        let metrics = runs
            .iter()
            .flat_map(|run| &run.data.metrics)
            .map(|metric| format!("metrics.{}", metric.key));
        let params = runs
            .iter()
            .flat_map(|run| &run.data.params)
            .map(|pair| format!("params.{}", pair.key));
        let mut add = |keys: &mut dyn Iterator<Item = String>, most: usize| {
            for key in keys {
                if chosen.keys.len() >= most {
                    break;
                }
                if !chosen.keys.contains(&key) {
                    chosen.keys.push(key);
                }
            }
        };
        add(&mut metrics.into_iter(), CHOSEN / 2);
        add(&mut params.into_iter(), CHOSEN);
    }
    table.set_context(chosen);
}
