//! What is deployed written down: found out as a job, shown as a change of the matrix file, and
//! written when it is meant.

use super::{
    answer::{ask, is_covered},
    matrix,
    stages::over,
    users,
};
use crate::{
    app::{
        Effect,
        dialog::{Call, Confirm, Severity, Text, Values},
        effect::{Ask, Terminal},
        job::{JobId, Work},
        layer::Purpose,
        state::State,
        tone::Tone,
    },
    config::MatrixFile,
    domain::{ErrorClass, Failure},
    probe::{adopt::Adoption, in_effect::Ground, plan::learning},
};

/// Finds out what is deployed. Where only the authorizer itself can tell, that is asked first,
/// since it takes a probe user.
pub(super) fn look(state: &mut State) -> Vec<Effect> {
    if state.data.rules.ground() != Some(Ground::Assumed) {
        return start(state);
    }
    let call = learning(&users::pool(state));
    let dialog = Confirm::new("Ask the authorizer what it does?", "Ask", Severity::YesNo)
        .intro(["The package that is deployed is somebody's own and was never asked."])
        .calls(vec![
            Call::new(call.call, call.does),
            Call::new(
                "apigateway:TestInvokeAuthorizer",
                "asks for each group, for pairs of groups and for none; MLflow is not asked",
            ),
        ])
        .effects(vec![Text::new(
            Tone::Dim,
            "What is borrowed is given back at the end, or at the next start. Nothing is written \
             before you have seen it.",
        )]);
    ask(state, dialog, Purpose::Adopt);
    Vec::new()
}

/// Starts the job.
pub(super) fn start(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let file = Box::new(state.data.draft.source().clone());
    let title = "find out what is deployed".to_owned();
    state.tell(format!("{title}…"));
    let id = state.data.jobs.start(title, Work::Adopt, 0, now);
    vec![Effect::Ask(state.epoch, Ask::Adopt(id, file))]
}

/// What is deployed is known: shows what that changes in the file, and asks.
pub(super) fn adopted(state: &mut State, id: JobId, result: Result<Box<Adoption>, Failure>) {
    if state.data.jobs.active(id).is_none() {
        return;
    }
    let adoption = match result {
        Ok(adoption) => *adoption,
        Err(failure) => {
            let cancelled = failure.class == ErrorClass::Cancelled;
            over(state, id, cancelled, Some(&failure));
            return state.fail(&failure);
        }
    };
    over(state, id, false, None);
    for remark in &adoption.remarks {
        state.warn(remark.clone());
    }
    let file = state.data.draft.source().clone();
    if file.there && file.text == adoption.text {
        state.tell("the file declares what is deployed already");
    } else if !is_covered(state, "adoption") {
        propose(state, file, adoption.text);
    }
}

/// Shows what the text changes in the file, and asks whether to write it; for its name first,
/// where none is known.
fn propose(state: &mut State, file: MatrixFile, text: String) {
    if file.file.is_none() {
        let form = matrix::file_form("Write what is deployed to a file");
        return ask(state, form, Purpose::AdoptFile(text));
    }
    match matrix::write_question(state, &file, &text) {
        Ok(dialog) => ask(state, dialog, Purpose::AdoptSave(Box::new(file), text)),
        Err(failure) => state.fail(&failure),
    }
}

/// The file was named.
pub(super) fn named(state: &mut State, text: String, values: &Values) {
    state.data.draft.move_to(values.text("file").trim().into());
    let file = state.data.draft.source().clone();
    propose(state, file, text);
}

/// What is deployed is declared from now on, and written.
pub(super) fn save(state: &mut State, file: Box<MatrixFile>, text: String) -> Vec<Effect> {
    match state.data.draft.adopt(&text) {
        Ok(declared) => {
            let mut effects = matrix::declare(state, declared);
            effects.push(Effect::Terminal(Terminal::SaveMatrix(file, text)));
            effects
        }
        Err(failure) => {
            state.fail(&failure);
            Vec::new()
        }
    }
}
