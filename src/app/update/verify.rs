//! What is heard of predictions and of live verifies: both fill the matrix.

use super::{findings, news::expired, studio};
use crate::{
    app::{Effect, job::JobId, state::State},
    domain::{ErrorClass, Failure},
    probe::{Cell, Event, Report},
};

/// What the deployed policies compute to has come, or not.
pub(super) fn predicted(state: &mut State, result: Result<Box<Report>, Failure>) -> Vec<Effect> {
    if state.data.matrix.live.is_some() {
        return Vec::new();
    }
    let effects = expired(state, result.as_ref().err());
    match result {
        Ok(report) => {
            let data = &mut state.data;
            let roles = data.execution_roles().to_vec();
            data.matrix.predict(report.cells, &data.declared, &roles);
            data.matrix.summary = None;
            find_principal(state);
            state.data.verify_findings = report.findings;
            findings::settle(state);
            studio::settle(state);
        }
        Err(failure) => {
            state.fail(&failure);
            state.data.verify_failure = Some(failure);
        }
    }
    effects
}

/// Lays the matrix out.
fn lay_out(state: &mut State, cells: Vec<Cell>) {
    let data = &mut state.data;
    let roles = data.execution_roles().to_vec();
    data.matrix.plan(cells, &data.declared, &roles);
    find_principal(state);
}

/// Puts the cursor on whom the console was started with.
fn find_principal(state: &mut State) {
    let data = &mut state.data;
    if let Some(principal) = state.principal.take() {
        match data
            .matrix
            .columns
            .iter()
            .position(|column| column.principal == principal)
        {
            Some(at) => data.matrix_column = at,
            // It may come with the next plan.
            None => state.principal = Some(principal),
        }
    }
    super::keep_matrix_cursor(state);
}

/// A verify says how it goes.
pub(super) fn verifying(state: &mut State, id: JobId, event: Event) {
    // A late word of a verify that is over.
    if state.data.jobs.active(id).is_none() {
        return;
    }
    match event {
        Event::Note(note) => state.data.notes.push(note),
        Event::Planned(cells) => {
            if let Some(job) = state.data.jobs.active(id) {
                job.total = cells.len();
            }
            if let Some(progress) = &mut state.data.matrix.live {
                progress.planned = cells.len();
            }
            lay_out(state, cells);
        }
        Event::Cell(index, cell) => {
            if let Some(job) = state.data.jobs.active(id) {
                job.done += 1;
            }
            if let Some(progress) = &mut state.data.matrix.live {
                progress.done += 1;
            }
            state.data.matrix.set(index, *cell);
        }
        Event::Finished(_) => {}
    }
}

/// A verify is over.
pub(super) fn verified(
    state: &mut State,
    id: JobId,
    result: Result<Box<Report>, Failure>,
) -> Vec<Effect> {
    if state.data.jobs.active(id).is_none() {
        return Vec::new();
    }
    state.data.matrix.live = None;
    super::answer::close_stop(state);
    let effects = expired(state, result.as_ref().err());
    let now = state.now;
    match result {
        Ok(report) => {
            let report = *report;
            lay_out(state, report.cells);
            state.data.verify_findings = report.findings;
            findings::settle(state);
            let summary = report.summary;
            state.data.matrix.summary = Some(summary);
            // A verify removes first what earlier runs left behind.
            state.data.left_behind.clear();
            for failure in &report.not_given_back {
                state.fail(failure);
            }
            state.data.notes.extend(
                report
                    .not_given_back
                    .iter()
                    .map(|failure| format!("{failure}; {}", failure.next_step())),
            );
            state.data.jobs.end(id, report.cancelled, None, now);
            state.tell(if report.cancelled {
                "verify stopped; what was borrowed is given back".to_owned()
            } else {
                format!(
                    "{} cells proved by {} requests in {:.1} s",
                    summary.cells - summary.inconclusive,
                    summary.requests,
                    std::time::Duration::from_millis(summary.elapsed_ms).as_secs_f64(),
                )
            });
        }
        Err(failure) => {
            let cancelled = failure.class == ErrorClass::Cancelled;
            state.fail(&failure);
            state
                .data
                .jobs
                .end(id, cancelled, Some(failure.clone()), now);
            state.data.verify_failure = Some(failure);
        }
    }
    effects
}
