//! Jobs that go from one stage to the next, each a row of the job when it is over.

use super::answer::close_stop;
use crate::{
    app::{
        job::{JobId, Row},
        state::State,
    },
    domain::Failure,
};

/// A job of several stages is over.
pub(super) fn over(state: &mut State, id: JobId, cancelled: bool, failure: Option<&Failure>) {
    close(state, id, failure.filter(|_| !cancelled));
    let now = state.now;
    state.data.jobs.end(id, cancelled, failure.cloned(), now);
    close_stop(state);
}

/// The stage that was under way is over.
fn close(state: &mut State, id: JobId, failure: Option<&Failure>) {
    if let Some(job) = state.data.jobs.active(id)
        && let Some(stage) = job.doing.take()
    {
        job.done += 1;
        job.rows.push(Row {
            subject: stage,
            failure: failure.cloned(),
        });
    }
}

/// A job goes on to its next stage.
pub(super) fn stage(state: &mut State, id: JobId, name: String) {
    close(state, id, None);
    if let Some(job) = state.data.jobs.active(id) {
        job.doing = Some(name);
    }
}
