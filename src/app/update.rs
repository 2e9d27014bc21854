//! From what happened to the next state and what is to be done: pure and synchronous.

mod explain;
mod keys;
mod movement;

pub(crate) use explain::in_mlflow;

use super::{
    Effect, Msg, Screen, findings,
    matrix::Progress,
    remote::Remote,
    state::{Discovery, GroupRow, Modal, State},
};
use crate::{
    domain::Failure,
    probe::{Event, Report, VerifyOptions},
};

/// Takes in what happened.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => keys::pressed(state, key),
        Msg::Resized => Vec::new(),
        Msg::Tick => {
            state.spin = state.spin.wrapping_add(1);
            Vec::new()
        }
        Msg::Terminate => leave(state),
        Msg::NotConnected(failure) => {
            state.discovery = Discovery::NotConnected(failure);
            Vec::new()
        }
        Msg::Discovered(item) => {
            item.apply(&mut state.deployment);
            Vec::new()
        }
        Msg::LeftBehind(left) => {
            state.left_behind = left;
            Vec::new()
        }
        Msg::DiscoveryDone(at) => {
            state.discovery = Discovery::Done(at);
            let mut effects = enter(state, state.screen);
            if state.screen == Screen::Overview {
                // The findings stand there, and the matrix is at hand when it is asked for.
                effects.push(predict());
            }
            effects
        }
        Msg::Users(ticket, page) => {
            state.users.part(ticket, |users| users.extend(page));
            Vec::new()
        }
        Msg::UsersDone(ticket, result) => {
            state.users.part(ticket, |users| {
                users.sort_by(|a, b| (a.label(), &a.username).cmp(&(b.label(), &b.username)));
            });
            let now = result.as_ref().ok().copied();
            finish(&mut state.users, ticket, result);
            judge_people(state, now);
            Vec::new()
        }
        Msg::Group(ticket, group, mut members) => {
            members.sort();
            state
                .groups
                .part(ticket, |rows| rows.push(GroupRow { group, members }));
            Vec::new()
        }
        Msg::GroupsDone(ticket, result) => {
            let now = result.as_ref().ok().copied();
            finish(&mut state.groups, ticket, result);
            judge_people(state, now);
            Vec::new()
        }
        Msg::Verify { live, event } => {
            verifying(state, live, *event);
            Vec::new()
        }
        Msg::Verified { live, result } => {
            verified(state, live, result);
            Vec::new()
        }
    }
}

/// A list of people is complete as of `now`, or not to be had.
fn judge_people(state: &mut State, now: Option<jiff::Timestamp>) {
    if let Some(now) = now {
        state.people_findings = findings::people(state, now);
    }
}

/// What the first frame asks for.
pub fn begin() -> Vec<Effect> {
    vec![Effect::Discover]
}

fn finish<T: Default>(
    remote: &mut Remote<T>,
    ticket: super::remote::Ticket,
    result: Result<jiff::Timestamp, Failure>,
) {
    match result {
        Ok(at) => remote.done(ticket, at),
        Err(failure) => remote.fail(ticket, failure),
    }
}

/// Goes to a screen; what it shows is asked for when it is first seen.
fn enter(state: &mut State, screen: Screen) -> Vec<Effect> {
    state.screen = screen;
    if !matches!(state.discovery, Discovery::Done(_)) {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if matches!(screen, Screen::Users | Screen::Groups) && matches!(state.groups, Remote::Idle) {
        effects.push(load_groups(state));
    }
    if screen == Screen::Users && matches!(state.users, Remote::Idle) {
        effects.push(load_users(state));
    }
    if screen == Screen::Matrix && state.matrix.cells.is_empty() && state.verify_failure.is_none() {
        effects.push(predict());
    }
    effects
}

/// Looks again at what the screen shows.
fn refresh(state: &mut State) -> Vec<Effect> {
    if state.discovery == Discovery::Running {
        return Vec::new();
    }
    match state.screen {
        Screen::Users if matches!(state.discovery, Discovery::Done(_)) => {
            vec![load_groups(state), load_users(state)]
        }
        Screen::Groups if matches!(state.discovery, Discovery::Done(_)) => vec![load_groups(state)],
        Screen::Matrix if matches!(state.discovery, Discovery::Done(_)) => {
            if state.matrix.live.is_some() {
                state.toast = Some("a verify runs; its verdicts come in by themselves".to_owned());
                return Vec::new();
            }
            state.verify_failure = None;
            vec![predict()]
        }
        _ => {
            state.discovery = Discovery::Running;
            state.deployment.problems.clear();
            vec![Effect::Discover]
        }
    }
}

fn load_users(state: &mut State) -> Effect {
    let ticket = state.next_ticket();
    state.users.begin(ticket);
    Effect::LoadUsers(ticket)
}

fn load_groups(state: &mut State) -> Effect {
    let ticket = state.next_ticket();
    state.groups.begin(ticket);
    Effect::LoadGroups(ticket)
}

fn predict() -> Effect {
    Effect::Verify(VerifyOptions {
        predicted_only: true,
        ..VerifyOptions::default()
    })
}

/// Starts a live verify.
fn verify(state: &mut State, grant_trust: bool) -> Vec<Effect> {
    state.modal = None;
    state.verify_failure = None;
    state.notes.clear();
    state.matrix.summary = None;
    state.matrix.live = Some(Progress::default());
    vec![Effect::Verify(VerifyOptions {
        grant_trust,
        ..VerifyOptions::default()
    })]
}

/// Ends the console: at once, or as soon as the verify has given back what it borrowed.
fn leave(state: &mut State) -> Vec<Effect> {
    state.leaving = true;
    state.modal = None;
    if state.matrix.live.is_some() {
        state.toast = Some("giving back what the verify borrowed…".to_owned());
        vec![Effect::CancelVerify]
    } else {
        Vec::new()
    }
}

fn verifying(state: &mut State, live: bool, event: Event) {
    // Predictions that come in while a live verify runs are of yesterday.
    if !live && state.matrix.live.is_some() {
        return;
    }
    match event {
        Event::Note(note) => {
            if live {
                state.notes.push(note);
            }
        }
        Event::Planned(cells) => {
            let roles = state.roles().to_vec();
            if let Some(progress) = &mut state.matrix.live {
                progress.planned = cells.len();
            }
            state.matrix.plan(cells, &state.declared, &roles);
            choose_principal(state);
        }
        Event::Cell(index, cell) => {
            if let Some(progress) = &mut state.matrix.live {
                progress.done += 1;
            }
            state.matrix.set(index, *cell);
        }
        Event::Finished(_) => {}
    }
}

/// Puts the cursor on the column of the principal that the console was started with.
fn choose_principal(state: &mut State) {
    if let Some(principal) = state.principal.take()
        && let Some(at) = state
            .matrix
            .columns
            .iter()
            .position(|column| column.principal == principal)
    {
        state.matrix_column = at;
    }
}

fn verified(state: &mut State, live: bool, result: Result<Box<Report>, Failure>) {
    if live {
        state.matrix.live = None;
        if matches!(state.modal, Some(Modal::Stop { .. })) {
            state.modal = None;
        }
    } else if state.matrix.live.is_some() {
        return;
    }
    match result {
        Ok(report) => {
            let report = *report;
            let roles = state.roles().to_vec();
            state.matrix.plan(report.cells, &state.declared, &roles);
            state.findings = report.findings;
            if live {
                state.matrix.summary = Some(report.summary);
                // A verify removes first what earlier runs left behind.
                state.left_behind.clear();
                state.notes.extend(
                    report
                        .not_given_back
                        .iter()
                        .map(|failure| format!("{failure}; {}", failure.next_step())),
                );
                state.toast = Some(if report.cancelled {
                    "verify stopped; what was borrowed is given back".to_owned()
                } else {
                    let summary = report.summary;
                    format!(
                        "{} cells proved by {} requests in {:.1} s",
                        summary.cells - summary.inconclusive,
                        summary.requests,
                        std::time::Duration::from_millis(summary.elapsed_ms).as_secs_f64(),
                    )
                });
            }
        }
        Err(failure) => state.verify_failure = Some(failure),
    }
}

#[cfg(test)]
mod tests;
