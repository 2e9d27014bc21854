//! What only MLflow 3 has: going there, and what one is there.

use super::{enter, open_experiments};
use crate::app::{Effect, Screen, mlflow::Mlflow, state::State};

/// Shows what MLflow 3 has of the experiment: logged models, traces or evaluation datasets.
pub(in crate::app::update) fn third(state: &mut State, screen: Screen) -> Vec<Effect> {
    if state.screen() == Screen::Experiments {
        return open_experiments(state, screen).unwrap_or_default();
    }
    enter(state, screen)
}

/// Opens the trace or the evaluation dataset under the cursor; nothing on another page.
pub(super) fn open(state: &mut State) -> Option<Vec<Effect>> {
    let mlflow = &mut state.data.mlflow;
    match state.nav.screen() {
        Screen::Traces => {
            let trace = mlflow.traces.current()?.trace.clone();
            if mlflow.at_trace_id.as_ref() != Some(&trace.trace_id) {
                mlflow.trace.clear();
                mlflow.loaded_spans.clear();
                mlflow.span_nesting.unfold_all();
                mlflow.at_trace_id = Some(trace.trace_id.clone());
                mlflow.at_trace = Some(Box::new(trace));
            }
            Some(enter(state, Screen::Trace))
        }
        Screen::Datasets => {
            let dataset = mlflow.datasets.current()?.dataset.clone();
            if mlflow.at_dataset_id.as_ref() != Some(&dataset.dataset_id) {
                mlflow.records.clear();
                mlflow.paging_mut(Screen::Records).to_start();
                mlflow.at_dataset_id = Some(dataset.dataset_id.clone());
                mlflow.at_dataset = Some(Box::new(dataset));
            }
            Some(enter(state, Screen::Records))
        }
        _ => None,
    }
}

/// Which trace or evaluation dataset it is whose page is shown: by its name, else by its id.
pub(super) fn of_what(mlflow: &Mlflow, screen: Screen) -> Option<String> {
    let named = |name: Option<&str>, id: Option<&String>| {
        let name = name.filter(|name| !name.is_empty());
        name.or(id.map(String::as_str)).map(ToOwned::to_owned)
    };
    match screen {
        Screen::Trace => {
            let name = mlflow.at_trace.as_ref().map(|trace| trace.name());
            named(name, mlflow.at_trace_id.as_ref()).map(|name| format!("trace {name}"))
        }
        Screen::Records => {
            let name = mlflow.at_dataset.as_ref();
            let name = name.map(|dataset| dataset.name.as_str());
            named(name, mlflow.at_dataset_id.as_ref()).map(|name| format!("of {name}"))
        }
        _ => None,
    }
}
