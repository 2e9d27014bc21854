//! What is done with a job: stopped, tried again, taken back.

use super::{adopt, answer, enabled::job, plans, publish, review, stories};
use crate::{
    app::{
        Effect,
        effect::Ask,
        job::{Stage, Work},
        state::State,
    },
    probe::publish::Wanted,
};

/// Stops the job under the cursor between two steps.
pub(super) fn cancel(state: &mut State) -> Vec<Effect> {
    let Some(id) = job(state).map(|job| job.id) else {
        return Vec::new();
    };
    if let Some(job) = state.data.jobs.active(id) {
        job.stage = Stage::Stopping;
    }
    state.tell("stopping; the step under way is finished first");
    vec![Effect::Ask(state.epoch, Ask::Cancel(id))]
}

/// Asks for what failed once more; the plan is shown again.
pub(super) fn retry(state: &mut State) -> Vec<Effect> {
    let Some((work, failed)) = job(state).map(|job| (job.work.clone(), job.failed_subjects()))
    else {
        return Vec::new();
    };
    match work {
        Work::Download(_) => state.hint("download again: what was read already is not read again"),
        Work::Verify => answer::ask_to_verify(state),
        Work::Plan(plan) => plans::ask_to_resume(state, *plan, &failed),
        Work::Publish { wanted, .. } => return publish::look(state, wanted),
        Work::Adopt => return adopt::look(state),
        Work::Review => review::ask_for(state),
        Work::Story { program, .. } => stories::again(state, *program),
    }
    Vec::new()
}

/// Asks the journal what there is to take back; the plan for it is shown before it is run.
pub(super) fn undo(state: &mut State) -> Vec<Effect> {
    match job(state).map(|job| &job.work) {
        Some(Work::Plan(plan)) => vec![Effect::Ask(state.epoch, Ask::Inverse(plan.id))],
        Some(Work::Publish {
            plan: Some(plan), ..
        }) => {
            let wanted = Wanted::Before(*plan);
            publish::look(state, wanted)
        }
        _ => Vec::new(),
    }
}
