//! Whether the matrix can be put into effect, written down, reviewed or proved by stories now;
//! where not, why.

use super::super::publish;
use crate::{
    app::{actions::Action, data::Data, job::Work, state::State},
    domain::ErrorClass,
};

/// Whether it can be done now.
pub(super) fn enabled(state: &State, action: Action) -> Result<(), String> {
    let data = &state.data;
    let no = |reason: &str| Err(reason.to_owned());
    if !data.is_found() {
        return no("the deployment is not found yet");
    }
    if data.deployment.user_pool_id.is_none() && action != Action::MatrixApply {
        return no("no user pool was found: the overview says why");
    }
    if publish::running(data).is_some() {
        return no("the authorizer is being published: wait for it, or stop it on the jobs page");
    }
    if data.matrix.live.is_some() && action != Action::MatrixApply {
        return no("a verify runs: wait for it, or stop it");
    }
    match action {
        Action::MatrixPublish => written(state).and_then(|()| authorizer(data)),
        Action::MatrixRollback => authorizer(data),
        Action::MatrixApply => written(state).and_then(|()| roles(data)),
        Action::MatrixAdopt => one(data, &Work::Adopt).and_then(|()| adoptable(data)),
        Action::Review => one(data, &Work::Review),
        Action::Story => told(data),
        _ => Ok(()),
    }
}

/// Whether what is declared stands in a file: nothing else is put into effect.
fn written(state: &State) -> Result<(), String> {
    let draft = &state.data.draft;
    let keys = |action| publish::keys(state, action);
    if draft.pending() > 0 {
        return Err(format!(
            "{} is not in the file: {} writes it, {} takes it back",
            crate::app::draft::pending(draft.pending()).trim_end_matches(" pending"),
            keys(Action::MatrixSave),
            keys(Action::MatrixUndo),
        ));
    }
    if !draft.is_there() {
        return Err(format!(
            "there is no matrix file yet: {} writes what is declared, {} what is deployed",
            keys(Action::MatrixSave),
            keys(Action::MatrixAdopt),
        ));
    }
    Ok(())
}

/// Whether the authorizer's package can be looked at, and proved.
fn authorizer(data: &Data) -> Result<(), String> {
    let deployment = &data.deployment;
    if deployment.rest_api_id.is_none() || deployment.authorizer_id.is_none() {
        return Err("the API's authorizer is not known: the overview says why".to_owned());
    }
    if deployment.api_url.is_none() {
        return Err("the API's URL is not known, so that nothing could be proved".to_owned());
    }
    match data.rules.failure() {
        None => Ok(()),
        Some(failure) => Err(match &failure.class {
            ErrorClass::Denied {
                action: Some(action),
            } => format!("the authorizer's function cannot be read: missing {action}"),
            _ => format!("the authorizer's function cannot be read: {failure}"),
        }),
    }
}

fn roles(data: &Data) -> Result<(), String> {
    if data.execution_roles().is_empty() {
        return Err("no execution role was found: the overview says why".to_owned());
    }
    Ok(())
}

/// Whether stories can be told: to somewhere, and no others meanwhile.
fn told(data: &Data) -> Result<(), String> {
    if data.deployment.api_url.is_none() {
        return Err("the API's URL is not known: the overview says why".to_owned());
    }
    let story = Work::Story {
        program: Box::default(),
        grant_trust: false,
        at: 0,
    };
    one(data, &story)
}

fn adoptable(data: &Data) -> Result<(), String> {
    if data.draft.pending() > 0 {
        return Err("changes are pending: write them or take them back first".to_owned());
    }
    if !data.rules.are_read() {
        return Err("the authorizer is being looked at: try again in a moment".to_owned());
    }
    Ok(())
}

/// Whether no job of this kind is under way.
fn one(data: &Data, work: &Work) -> Result<(), String> {
    let same = |other: &Work| std::mem::discriminant(other) == std::mem::discriminant(work);
    let mut jobs = data.jobs.all().iter();
    match jobs.find(|job| job.stage.is_active() && same(&job.work)) {
        Some(job) => Err(format!("{} is under way", job.title)),
        None => Ok(()),
    }
}
