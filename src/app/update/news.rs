//! What is heard of the deployment.

use super::{
    adopt, apply, explain, findings, load_groups, load_users, matrix, mlflow, people, plans,
    publish, questions, rediscover, review, roles, rules, seen, stages, stories, studio, verify,
};
use crate::{
    app::draft::Draft,
    app::{
        Effect, Screen,
        data::{Data, Discovery},
        effect::Ask,
        job::{JobId, Row, Stage, Work},
        lists::{CellRow, GroupRow},
        message::News,
        remote::Ticket,
        state::State,
        table::{Record, Table},
    },
    domain::{ErrorClass, Failure},
    plan::survey::StudioSurvey,
};

pub(super) fn hear(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Place(label, matrix, file) => {
            state.data.label = *label;
            state.data.draft = Draft::new((*matrix).clone(), *file);
            state.data.declared = *matrix;
            Vec::new()
        }
        News::NotConnected(failure) => {
            let effects = expired(state, Some(&failure));
            state.fail(&failure);
            state.data.discovery = Discovery::NotConnected(failure);
            effects
        }
        News::Discovered(item) => {
            item.apply(&mut state.data.deployment);
            Vec::new()
        }
        News::LeftBehind(left, unfinished) => {
            state.data.left_behind = left;
            state.data.unfinished = unfinished;
            Vec::new()
        }
        News::DiscoveryDone(at) => discovered(state, at),
        News::SessionRenewed => {
            state.data.expired = None;
            state.tell("the session is good again");
            let mut effects = rediscover(state);
            effects.extend(again(state));
            effects
        }
        News::Users(ticket, page) => {
            state.data.users.part(ticket, page);
            Vec::new()
        }
        News::UsersDone(ticket, result) => {
            let (at, mut effects) = ended(state, |data| &mut data.users, ticket, result);
            effects.extend(at.and_then(|at| judge(state, at)));
            matrix::settle(state);
            effects
        }
        news @ (News::Group(..) | News::Members(..) | News::GroupsDone(..)) => {
            of_groups(state, news)
        }
        news @ (News::Apps(..)
        | News::AppsDone(..)
        | News::Activity(..)
        | News::Role(..)
        | News::StudioPart(..)
        | News::Audited(..)
        | News::Studio(..)) => hear_studio(state, news),
        News::Rules(ticket, found) => rules::heard(state, ticket, *found),
        News::Predicted(result) => verify::predicted(state, result),
        News::Can(ticket, result) => {
            let result = result.map(|(at, cells)| {
                let rows = cells.into_iter().map(CellRow::from).collect();
                state.data.answers.part(ticket, rows);
                at
            });
            ended(state, |data| &mut data.answers, ticket, result).1
        }
        News::Verifying(job, event) => {
            verify::verifying(state, job, *event);
            Vec::new()
        }
        News::Proved(cells) => {
            state.data.matrix.prove(cells);
            Vec::new()
        }
        News::Verified(job, result) => verify::verified(state, job, result),
        news @ (News::Became(..)
        | News::Looked(..)
        | News::History(..)
        | News::Previewed(..)
        | News::Offered(..)
        | News::Wished(..)
        | News::MlflowVersion(..)
        | News::Who(..)
        | News::Exchanged(..)) => mlflow::hear(state, news),
        other => of_matrix(state, other),
    }
}

/// What is heard of the groups.
fn of_groups(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Group(ticket, group, members) => {
            let mut row = GroupRow {
                group,
                members: Vec::new(),
            };
            row.add(members);
            state.data.groups.part(ticket, vec![row]);
            Vec::new()
        }
        News::Members(ticket, group, members) => {
            let rows = &mut state.data.groups;
            rows.amend(ticket, &group, |row| row.add(members));
            Vec::new()
        }
        News::GroupsDone(ticket, result) => {
            let (at, mut effects) = ended(state, |data| &mut data.groups, ticket, result);
            if let Some(at) = at {
                state.data.rejoin();
                effects.extend(judge(state, at));
            }
            publish::settle(state);
            matrix::settle(state);
            effects
        }
        _ => Vec::new(),
    }
}

/// What is heard of the matrix being put into effect, adopted, reviewed and proved by stories.
fn of_matrix(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Foreseen(ticket, result) => publish::foreseen(state, ticket, result),
        News::Packages(ticket, result) => publish::packages(state, ticket, result),
        News::Stage(id, name) => stages::stage(state, id, name),
        News::Published(id, result) => {
            let mut effects = expired(state, result.as_ref().err());
            effects.extend(publish::published(state, id, result));
            return effects;
        }
        News::Adopted(id, result) => {
            let effects = expired(state, result.as_ref().err());
            adopt::adopted(state, id, result);
            return effects;
        }
        News::Reviewed(id, result) => {
            let effects = expired(state, result.as_ref().err());
            review::written(state, id, result);
            return effects;
        }
        News::StoryExchanged(job, exchange) => stories::exchanged(state, job, exchange),
        News::Stories(ticket, shelved) => stories::found(state, ticket, shelved),
        News::Telling(id, event) => stories::telling(state, id, *event),
        News::Told(id, result) => {
            let effects = expired(state, result.as_ref().err());
            stories::told(state, id, result);
            return effects;
        }
        other => return of_jobs(state, other),
    }
    Vec::new()
}

/// What is heard of jobs that run plans.
fn of_jobs(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Account(name, result) => {
            state.data.account = Some((name, result));
            explain::again(state);
            Vec::new()
        }
        News::Inverse(result) => {
            plans::ask_to_undo(state, result);
            Vec::new()
        }
        News::Doing(id, subject, doing) => {
            if let Some(job) = state.data.jobs.active(id) {
                job.under_way.insert(subject.clone(), doing.clone());
                job.doing = Some(if job.total > 1 {
                    format!("{subject}: {doing}")
                } else {
                    doing
                });
            }
            Vec::new()
        }
        News::Secret(id, subject, secret) => {
            if let Some(job) = state.data.jobs.active(id) {
                job.secrets.push((subject, secret));
            }
            Vec::new()
        }
        News::Step(id, subject, result) => {
            let effects = expired(state, result.as_ref().err());
            if let Some(job) = state.data.jobs.active(id) {
                job.done += 1;
                job.under_way.shift_remove(&subject);
                job.rows.push(Row {
                    subject,
                    failure: result.err(),
                });
            }
            effects
        }
        News::JobDone(id, cancelled) => job_done(state, id, cancelled),
        _ => Vec::new(),
    }
}

/// A list is complete, or not to be had; says when it was complete. An answer to an older
/// request says nothing and is not told.
fn ended<R: Record>(
    state: &mut State,
    table: fn(&mut Data) -> &mut Table<R>,
    ticket: Ticket,
    result: Result<jiff::Timestamp, Failure>,
) -> (Option<jiff::Timestamp>, Vec<Effect>) {
    let list = table(&mut state.data);
    if !list.remote().is_current(ticket) {
        return (None, Vec::new());
    }
    match result {
        Ok(at) => {
            list.done(ticket, at);
            (Some(at), Vec::new())
        }
        Err(failure) => {
            list.fail(ticket, failure.clone());
            state.fail(&failure);
            (None, expired(state, Some(&failure)))
        }
    }
}

/// What is heard of Studio and of the roles.
fn hear_studio(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Apps(ticket, page) => {
            studio::apps(state, ticket, page);
            Vec::new()
        }
        News::AppsDone(ticket, result) => {
            if let Err(failure) = &result {
                state.data.candidates.fail(ticket, failure.clone());
            }
            let mut effects = ended(state, |data| &mut data.apps, ticket, result).1;
            studio::settle(state);
            effects.extend(studio::look(state));
            effects
        }
        News::Activity(ticket, apps) => {
            studio::looked(state, ticket, apps);
            Vec::new()
        }
        News::Role(arn, role) => {
            state.data.role_documents.insert(arn, role);
            roles::settle(state);
            explain::cell_again(state);
            if roles::read(state).is_some() {
                // Others are still being read.
                return Vec::new();
            }
            apply::settle(state);
            questions::again(state)
        }
        News::StudioPart(ticket, part) => {
            studio::part(state, ticket, part);
            Vec::new()
        }
        News::Audited(ticket, result) => {
            let effects = expired(state, result.as_ref().err());
            findings::audited(state, ticket, result);
            effects
        }
        News::Studio(ticket, result) => all_of_studio(state, ticket, result),
        _ => Vec::new(),
    }
}

fn discovered(state: &mut State, at: jiff::Timestamp) -> Vec<Effect> {
    state.data.discovery = Discovery::Done(at);
    let ticket = state.data.next_ticket();
    let roles = state.data.execution_roles().to_vec();
    state.data.roles.begin(ticket);
    state.data.roles.part(ticket, roles);
    let problem = state
        .data
        .deployment
        .problems
        .iter()
        .find(|problem| problem.item == "execution_roles")
        .map(|problem| problem.failure.clone());
    match (problem, &state.data.deployment.execution_roles) {
        (Some(failure), None) => state.data.roles.fail(ticket, failure),
        _ => state.data.roles.done(ticket, at),
    }
    let problems: Vec<Failure> = state
        .data
        .deployment
        .problems
        .iter()
        .map(|problem| problem.failure.clone())
        .collect();
    let mut effects: Vec<Effect> = problems
        .iter()
        .flat_map(|failure| expired(state, Some(failure)))
        .collect();
    effects.push(rules::load(state));
    effects.extend(seen(state));
    if state.screen() != Screen::Matrix && state.data.matrix.cells.is_empty() {
        // The findings stand on the first page, and the matrix is at hand when asked for.
        effects.push(Effect::Ask(state.epoch, Ask::Predict));
    }
    effects
}

/// An expired session is waited for, once; what is shown meanwhile stays.
pub(super) fn expired(state: &mut State, failure: Option<&Failure>) -> Vec<Effect> {
    match failure {
        Some(failure) if failure.class == ErrorClass::Expired && state.data.expired.is_none() => {
            let mut failure = failure.clone();
            if failure.advice.is_none()
                && let Some(profile) = &state.data.label.profile
            {
                // The exact command, not an example of one.
                let profile = crate::plan::shell_quoted(profile);
                failure.advice = Some(format!("run `aws sso login --profile {profile}`"));
            }
            state.data.expired = Some(failure);
            vec![Effect::Ask(state.epoch, Ask::AwaitSession)]
        }
        _ => Vec::new(),
    }
}

/// Asks again for what an expired session has kept from being read.
fn again(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if state.data.groups.remote().error().is_some() {
        effects.push(load_groups(state));
    }
    if state.data.users.remote().error().is_some() {
        effects.push(load_users(state));
    }
    if state.data.apps.remote().error().is_some() {
        effects.push(super::load_apps(state));
    }
    if state.data.studio.error().is_some() {
        effects.push(super::load_studio(state));
    }
    effects
}

/// Has everybody judged and put together, once both lists are complete.
pub(super) fn judge(state: &State, now: jiff::Timestamp) -> Option<Effect> {
    let mut everybody = people::everybody(state)?;
    everybody.at = now;
    Some(Effect::Judge(state.epoch, Box::new(everybody)))
}

/// What Studio has is known, or not to be had: the people are put together all the same.
fn all_of_studio(
    state: &mut State,
    ticket: Ticket,
    result: Result<(jiff::Timestamp, Box<StudioSurvey>), Failure>,
) -> Vec<Effect> {
    if !state.data.studio.is_current(ticket) {
        return Vec::new();
    }
    let mut effects = Vec::new();
    let now = state.now;
    match result {
        Ok((at, survey)) => {
            let studio = &mut state.data.studio;
            studio.part(ticket, |partial| *partial = std::sync::Arc::from(survey));
            state.data.studio.done(ticket, at);
            studio::done(state, ticket, at);
        }
        Err(failure) => {
            effects = expired(state, Some(&failure));
            state.fail(&failure);
            studio::failed(state, ticket, &failure);
            state.data.studio.fail(ticket, failure);
        }
    }
    effects.extend(judge(state, now));
    effects
}

fn job_done(state: &mut State, id: JobId, cancelled: bool) -> Vec<Effect> {
    // What is over is not over again.
    if state.data.jobs.active(id).is_none() {
        return Vec::new();
    }
    let now = state.now;
    state.data.jobs.end(id, cancelled, None, now);
    super::answer::close_stop(state);
    let Some(job) = state.data.jobs.get(id) else {
        return Vec::new();
    };
    let (title, done, failed) = (job.title.clone(), job.done, job.failed());
    let work = job.work.clone();
    let first = job.rows.iter().find_map(|row| row.failure.clone());
    match (cancelled, first) {
        (_, Some(failure)) => {
            state.warn(format!(
                "{title}: {failed} of {done} failed, first {failure}"
            ));
        }
        (true, None) => state.warn(format!("{title}: stopped after {done}")),
        (false, None) => state.tell(format!("{title}: done")),
    }
    let prove = match state.data.jobs.get(id) {
        Some(job) if job.stage == Stage::Done => job.then_prove.clone(),
        _ => Vec::new(),
    };
    let secrets = state.data.jobs.take_secrets(id);
    super::answer::tell_passwords(state, &secrets);
    // What was changed is read again, so that the page tells the truth.
    let mut effects = match work {
        Work::Plan(plan) => plans::changed(state, &plan),
        Work::Verify
        | Work::Download(_)
        | Work::Publish { .. }
        | Work::Adopt
        | Work::Review
        | Work::Story { .. } => Vec::new(),
    };
    if !prove.is_empty() {
        effects.extend(plans::prove(state, prove));
    }
    effects
}
