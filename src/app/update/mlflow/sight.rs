//! What was seen of a page of MLflow.

use super::query;
use crate::{
    app::{
        Effect, Screen,
        lists::{
            ArtifactRow, Chosen, DatasetRow, ExperimentRow, LoggedModelRow, ModelRow, RecordRow,
            RunPart, RunRow, SpanRow, TraceRow, VersionRow,
        },
        mlflow::{Found, Mlflow, Sight, joined},
        remote::Ticket,
        state::State,
        table::{Record, Table},
    },
    domain::Failure,
    mlflow::models::{
        DatasetRecord, EvaluationDataset, Experiment, LoggedModel, ModelVersion, RegisteredModel,
        Run, TraceInfo,
    },
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
    let failure = match result {
        Ok(sight) => {
            let mlflow = &mut state.data.mlflow;
            let arrival = Arrival {
                ticket,
                beside: mlflow.beside.is_some(),
                now: state.now,
            };
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
            if arrival.take_in(mlflow, found, other) {
                mlflow.paging_mut(screen).came(next);
            }
            failure
        }
        Err(failure) if query::refused(state, ticket, screen, &failure) => None,
        Err(failure) => {
            let list = state.data.mlflow.page_mut(screen);
            let is_current = list.is_some_and(|list| list.fail(ticket, failure.clone()));
            is_current.then_some(failure)
        }
    };
    if let Some(failure) = failure {
        state.fail(&failure);
    }
    Vec::new()
}

/// What a page comes with.
#[derive(Clone, Copy)]
struct Arrival {
    /// The request that it answers.
    ticket: Ticket,
    /// Whether somebody else looks too.
    beside: bool,
    now: jiff::Timestamp,
}

impl Arrival {
    /// Puts what was found into its list; false where it answers an older question.
    fn take_in(self, mlflow: &mut Mlflow, found: Found, other: Option<Found>) -> bool {
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
                self.fill(&mut mlflow.experiments, rows)
            }
            Found::Runs(rows) => {
                let other = match other {
                    Some(Found::Runs(rows)) => Some(rows),
                    _ => None,
                };
                choose_columns(&mut mlflow.runs, &rows, self.beside);
                let id = |row: &Run| row.info.run_id.clone();
                if mlflow.runs.remote().is_current(self.ticket) {
                    mlflow.loaded_runs = joined(rows, other, id, |run, seen| (run, seen));
                }
                let rows = nested(mlflow);
                fill(&mut mlflow.runs, self.ticket, rows, self.now)
            }
            Found::Run(run) => {
                let other = match other {
                    Some(Found::Run(run)) => Some(RunPart::all(&run)),
                    _ => None,
                };
                let id = |row: &RunPart| row.id().to_owned();
                let rows = joined(RunPart::all(&run), other, id, |mut part, seen| {
                    part.seen = seen;
                    part
                });
                let current = self.fill(&mut mlflow.run, rows);
                if current {
                    mlflow.at_run = Some(run);
                }
                current
            }
            Found::Artifacts(folders) => {
                if mlflow.artifacts.remote().is_current(self.ticket) {
                    for (folder, _) in &folders {
                        mlflow.folders_beside.remove(folder);
                    }
                    if let Some(Found::Artifacts(folders)) = other {
                        mlflow.folders_beside.extend(folders);
                    }
                    mlflow.folders.extend(folders);
                }
                if !self.beside {
                    mlflow.folders_beside.clear();
                }
                let rows = tree(mlflow);
                self.fill(&mut mlflow.artifacts, rows)
            }
            found => self.take_in_models(mlflow, found, other),
        }
    }

    /// The same for registered models and their versions.
    fn take_in_models(self, mlflow: &mut Mlflow, found: Found, other: Option<Found>) -> bool {
        match found {
            Found::Models(rows) => {
                let other = match other {
                    Some(Found::Models(rows)) => Some(rows),
                    _ => None,
                };
                let id = |row: &RegisteredModel| row.name.clone();
                let rows = joined(rows, other, id, |model, seen| ModelRow { model, seen });
                self.fill(&mut mlflow.models, rows)
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
                self.fill(&mut mlflow.versions, rows)
            }
            found => self.take_in_newer(mlflow, found, other),
        }
    }

    /// The same for what only MLflow 3 has.
    fn take_in_newer(self, mlflow: &mut Mlflow, found: Found, other: Option<Found>) -> bool {
        match found {
            Found::LoggedModels(rows) => {
                let other = match other {
                    Some(Found::LoggedModels(rows)) => Some(rows),
                    _ => None,
                };
                let id = |row: &LoggedModel| row.info.model_id.clone();
                let rows = joined(rows, other, id, |model, seen| LoggedModelRow {
                    model,
                    seen,
                });
                self.fill(&mut mlflow.logged_models, rows)
            }
            Found::Traces(rows) => {
                let other = match other {
                    Some(Found::Traces(rows)) => Some(rows),
                    _ => None,
                };
                let id = |row: &TraceInfo| row.trace_id.clone();
                let rows = joined(rows, other, id, |trace, seen| TraceRow { trace, seen });
                self.fill(&mut mlflow.traces, rows)
            }
            Found::Trace(trace) => {
                let other = match other {
                    Some(Found::Trace(trace)) => Some(trace.spans),
                    _ => None,
                };
                if mlflow.trace.remote().is_current(self.ticket) {
                    mlflow.loaded_spans = SpanRow::all(trace.spans, other);
                    mlflow.at_trace = Some(Box::new(trace.trace_info));
                }
                let rows = SpanRow::tree(&mlflow.loaded_spans, &mlflow.span_nesting);
                self.fill(&mut mlflow.trace, rows)
            }
            Found::Datasets(rows) => {
                let other = match other {
                    Some(Found::Datasets(rows)) => Some(rows),
                    _ => None,
                };
                let id = |row: &EvaluationDataset| row.dataset_id.clone();
                let rows = joined(rows, other, id, |dataset, seen| DatasetRow {
                    dataset,
                    seen,
                });
                self.fill(&mut mlflow.datasets, rows)
            }
            Found::Records(dataset, rows) => {
                let other = match other {
                    Some(Found::Records(_, rows)) => Some(rows),
                    _ => None,
                };
                let id = |row: &DatasetRecord| row.dataset_record_id.clone();
                let rows = joined(rows, other, id, |record, seen| RecordRow { record, seen });
                let current = self.fill(&mut mlflow.records, rows);
                if current {
                    mlflow.at_dataset = Some(dataset);
                }
                current
            }
            _ => false,
        }
    }

    /// Fills a list that tells who of two sees a row.
    fn fill<R: Record<Context = bool>>(self, table: &mut Table<R>, rows: Vec<R>) -> bool {
        table.set_context(self.beside);
        fill(table, self.ticket, rows, self.now)
    }
}

/// The loaded runs as rows of a tree.
fn nested(mlflow: &Mlflow) -> Vec<RunRow> {
    let runs = &mlflow.loaded_runs;
    let tree = mlflow.nesting.rows(runs.iter().map(|(run, _)| run));
    tree.into_iter()
        .filter_map(|nested| {
            let (run, seen) = runs.get(nested.place)?;
            Some(RunRow {
                run: run.clone(),
                depth: nested.depth,
                unfolded: nested.branch.unfolded(),
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

/// Lays the spans out anew, after one was folded or unfolded.
pub(super) fn nest_spans(state: &mut State) {
    let (ticket, now) = (state.data.next_ticket(), state.now);
    let mlflow = &mut state.data.mlflow;
    let rows = SpanRow::tree(&mlflow.loaded_spans, &mlflow.span_nesting);
    mlflow.trace.begin(ticket);
    fill(&mut mlflow.trace, ticket, rows, now);
}

/// What is known of the artifacts, as rows.
fn tree(mlflow: &Mlflow) -> Vec<ArtifactRow> {
    ArtifactRow::tree(
        &mlflow.folders,
        &mlflow.folders_beside,
        &mlflow.open_folders,
    )
}

/// Lays the artifacts out anew, after a folder was opened or closed whose content is known.
pub(super) fn lay_out(state: &mut State) {
    let (ticket, now) = (state.data.next_ticket(), state.now);
    let mlflow = &mut state.data.mlflow;
    let rows = tree(mlflow);
    mlflow.artifacts.begin(ticket);
    fill(&mut mlflow.artifacts, ticket, rows, now);
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
