//! Whether an action can be done now; where it cannot, why.

mod in_effect;

use crate::app::{
    Screen,
    actions::{Action, Context, Danger},
    data::Discovery,
    job::Work,
    layer::Layer,
    state::State,
    table::Listing,
};

/// Whether an action can be done now.
///
/// # Errors
/// The reason, as a sentence for the user.
#[expect(
    clippy::too_many_lines,
    reason = "one line a case, which belong together"
)]
pub fn enabled(state: &State, action: Action) -> Result<(), String> {
    let Some(entry) = action.entry() else {
        return Ok(());
    };
    let data = &state.data;
    let screen = state.screen();
    let of_window = state.layers.last().and_then(Layer::contexts);
    let in_detail = of_window.is_some();
    let contexts = of_window.unwrap_or_else(|| Context::of(screen));
    if !contexts.contains(&entry.context) {
        return Err(format!("{} is for: {}", entry.name, entry.context.name()));
    }
    if entry.danger != Danger::None && entry.context != Context::Jobs && data.label.read_only {
        return Err("this context is read-only: nothing may be changed".to_owned());
    }
    let no = |reason: &str| Err(reason.to_owned());
    let listing = data.listing(screen);
    match action {
        Action::Open
        | Action::Describe
        | Action::Json
        | Action::Mark
        | Action::MarkAll
        | Action::MarkRange
        | Action::MarkInvert
        | Action::UserEnable
        | Action::UserDisable
        | Action::UserSignOut
        | Action::UserConfirm
        | Action::UserInvite
        | Action::UserResetPassword
        | Action::UserVerifyEmail
        | Action::UserSetPassword
        | Action::UserAttributes
        | Action::UserMfa
        | Action::UserDelete
        | Action::UserAddToGroups
        | Action::UserRemoveFromGroups
        | Action::Offboard
        | Action::GroupEdit
        | Action::GroupDelete
        | Action::GroupMembers
        | Action::GroupAdd
        | Action::GroupRemove
        | Action::FindingPlan
        | Action::FindingSuppress
            if !in_detail && listing.is_some_and(|listing| listing.shown() == 0) =>
        {
            no("there is no row here")
        }
        Action::UserCreate
        | Action::Onboard
        | Action::UserAddToGroups
        | Action::UserRemoveFromGroups
        | Action::GroupCreate
            if data.groups.remote().shown().is_none() =>
        {
            no("the groups are not known yet")
        }
        Action::GroupAdd | Action::GroupDelete if data.users.remote().shown().is_none() => {
            no("the users are not read yet: their page reads them")
        }
        Action::Verify if super::publish::running(data).is_some() => {
            no("the authorizer is being published: it is proved with that")
        }
        Action::UserCreate | Action::Onboard | Action::Verify if !data.is_found() => {
            no("the deployment is not found yet")
        }
        Action::MatrixUndo | Action::MatrixMeaning if data.draft.pending() == 0 => {
            no("nothing is changed")
        }
        Action::MatrixSave if data.draft.to_write().is_none() => no("nothing is changed"),
        Action::MatrixPublish
        | Action::MatrixRollback
        | Action::MatrixApply
        | Action::MatrixAdopt
        | Action::Review
        | Action::Story => in_effect::enabled(state, action),
        Action::MatrixChange if data.matrix.cells.is_empty() => {
            no("the matrix is not computed yet")
        }
        Action::Save if listing.is_none() => no("this page has no list to save"),
        Action::Refresh if data.discovery == Discovery::Running => {
            no("the deployment is being looked for")
        }
        Action::Demo if data.label.demo => no("this is the demo"),
        Action::Demo if data.deployment.user_pool_id.is_some() => {
            no("a deployment is found; `mlwarden demo` starts the demo")
        }
        Action::Context | Action::Profile | Action::Region if data.label.demo => {
            no("the demo has one deployment only: leave it and start without `demo`")
        }
        Action::OpenBrowser if data.deployment.ui_url.is_none() => {
            no("the address of MLflow's UI is not known")
        }
        Action::Errors
            if !data
                .log
                .entries()
                .any(|entry| entry.level == crate::app::log::Level::Error) =>
        {
            no("there was no error")
        }
        Action::JobCancel | Action::JobRetry | Action::JobUndo => job_enabled(state, action),
        Action::CopyCommand => match state.layers.last() {
            Some(Layer::Detail {
                equivalent: Some(_),
                ..
            }) => Ok(()),
            _ => no("no command shows this"),
        },
        _ => place_enabled(state, action)
            .and_then(|()| listing.map_or(Ok(()), |listing| list_enabled(listing, action))),
    }
}

/// Whether an action that needs a place to go to, or to change, can be done now.
fn place_enabled(state: &State, action: Action) -> Result<(), String> {
    let no = |reason: &str| Err(reason.to_owned());
    match action {
        Action::PreviousView if !state.nav.can().0 => no("there is no page before this one"),
        Action::NextView if !state.nav.can().1 => no("there is no page to go forward to"),
        Action::ProfileCreate | Action::ProfileRole | Action::CleanupDestroy
            if state.data.deployment.domain_id.is_none() =>
        {
            no("no Studio domain was found: the overview says why")
        }
        _ => Ok(()),
    }
}

/// Whether an action on a list can be done now.
fn list_enabled(listing: &dyn Listing, action: Action) -> Result<(), String> {
    let no = |reason: &str| Err(reason.to_owned());
    match action {
        Action::MarkNone if listing.marked().count == 0 => no("nothing is marked"),
        Action::SortReverse | Action::SortDefault if listing.sort().is_none() => {
            no("the rows are not sorted")
        }
        Action::SortBy(column) if listing.heads().len() <= column => {
            no("this list has fewer columns")
        }
        _ => Ok(()),
    }
}

/// Whether an action on the job under the cursor can be done now.
fn job_enabled(state: &State, action: Action) -> Result<(), String> {
    let no = |reason: &str| Err(reason.to_owned());
    let Some(job) = job(state) else {
        return no("there is no job here");
    };
    match action {
        Action::JobCancel if !job.stage.is_active() => no("this job is over"),
        Action::JobRetry | Action::JobUndo if job.stage.is_active() => {
            no("this job is still under way")
        }
        Action::JobUndo
            if !matches!(
                job.work,
                Work::Plan(_) | Work::Publish { plan: Some(_), .. }
            ) =>
        {
            no("this job has changed nothing that stays")
        }
        Action::JobRetry if matches!(job.work, Work::Plan(_)) && job.failed() == 0 => {
            no("nothing failed in this job")
        }
        Action::JobRetry | Action::JobUndo if state.data.label.read_only => {
            no("this context is read-only")
        }
        _ => Ok(()),
    }
}

/// The job under the cursor.
pub(super) fn job(state: &State) -> Option<&crate::app::job::Job> {
    if state.screen() != Screen::Jobs {
        return None;
    }
    let list = &state.data.job_list;
    let id = list.id(list.cursor()?)?;
    state.data.jobs.all().iter().find(|job| job.key == id)
}
