//! From what happened to the next state and what is to be done: pure and synchronous.

mod act;
mod adopt;
mod answer;
mod apply;
mod apps;
mod cleanup;
mod command;
mod detail;
mod enabled;
mod explain;
mod findings;
mod groups;
mod jobs;
mod keys;
mod matrix;
mod mlflow;
mod mouse;
mod movement;
mod news;
mod people;
mod places;
mod plans;
mod profiles;
mod prompt;
mod publish;
mod questions;
mod review;
mod roles;
mod rules;
mod settle;
mod stages;
mod stories;
mod studio;
mod user_forms;
mod users;
mod verify;
mod windows;

pub use enabled::enabled;
pub(crate) use prompt::offered;
pub use settle::settle;

use super::{
    Effect, Msg, Screen,
    effect::{Ask, Terminal},
    remote::{Remote, Ticket},
    state::State,
};

/// Takes in what happened.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    if matches!(msg, Msg::Key(_) | Msg::Mouse(_)) {
        settle::follow(state);
    }
    match msg {
        Msg::Key(key) => keys::pressed(state, key),
        Msg::Mouse(hit) => mouse::hit(state, &hit),
        Msg::Paste(text) => keys::pasted(state, &text),
        Msg::Judged(epoch, findings, people) => {
            if epoch == state.epoch {
                let people = people.or_else(|| Some(people::everybody(state)?.put_together()));
                people::joined(state, people.unwrap_or_default());
                studio::settle(state);
                state.data.people_findings = findings;
                findings::settle(state);
                return questions::again(state);
            }
            Vec::new()
        }
        Msg::Answered(epoch, ticket, rows) => {
            if epoch == state.epoch {
                questions::answered(state, ticket, rows);
            }
            Vec::new()
        }
        Msg::Tick => {
            state.spin = state.spin.wrapping_add(1);
            Vec::new()
        }
        Msg::Terminate => leave(state),
        // What an old deployment tells is not shown in the new one.
        Msg::News(epoch, news) if epoch == state.epoch => news::hear(state, news),
        Msg::News(..) | Msg::Resized | Msg::Resumed | Msg::Pointer(_) => Vec::new(),
        Msg::Places(places) => {
            state.places = places;
            Vec::new()
        }
        Msg::Arranged(epoch, screen, generation, arranged) => {
            if epoch == state.epoch
                && let Some(listing) = state.data.listing_mut(screen)
            {
                listing.arranged(generation, arranged);
            }
            Vec::new()
        }
        Msg::Done(Ok(text)) => {
            state.tell(text);
            Vec::new()
        }
        Msg::Done(Err(failure)) => {
            state.fail(&failure);
            Vec::new()
        }
        Msg::MatrixWritten(file, result) => {
            matrix::written(state, *file, result);
            Vec::new()
        }
        Msg::Theme(name, problems) => {
            state.theme = name;
            state.tell_problems(&problems);
            Vec::new()
        }
    }
}

/// What the first frame asks for.
pub fn begin(state: &State) -> Vec<Effect> {
    vec![Effect::Ask(state.epoch, Ask::Discover), Effect::FindPlaces]
}

/// Puts the matrix's cursor back on a row that is there.
pub(super) fn keep_matrix_cursor(state: &mut State) {
    movement::keep(&mut state.data);
}

/// Goes to a screen; what it shows is asked for when it is first seen.
fn enter(state: &mut State, screen: Screen) -> Vec<Effect> {
    state.nav.go(screen);
    seen(state)
}

/// The page is in sight: asks for what it shows, where nobody has yet.
fn seen(state: &mut State) -> Vec<Effect> {
    let screen = state.screen();
    if screen == Screen::Log {
        state.data.log.read();
    }
    if !state.data.is_found() {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if matches!(screen, Screen::Users | Screen::Groups)
        && matches!(state.data.groups.remote(), Remote::Idle)
    {
        effects.push(load_groups(state));
    }
    if screen == Screen::Users && matches!(state.data.users.remote(), Remote::Idle) {
        effects.push(load_users(state));
    }
    if matches!(screen, Screen::People | Screen::Profiles) {
        effects.extend(people::load(state));
    }
    if screen == Screen::Spaces && matches!(state.data.studio, Remote::Idle) {
        effects.push(load_studio(state));
    }
    if matches!(screen, Screen::Apps | Screen::Cleanup) {
        if matches!(state.data.apps.remote(), Remote::Idle) {
            effects.push(load_apps(state));
        }
        effects.extend(studio::look(state));
    }
    if screen == Screen::Roles {
        effects.extend(roles::read(state));
    }
    if screen == Screen::Findings {
        effects.extend(findings::load(state));
    }
    effects.extend(mlflow::seen(state));
    if screen == Screen::Matrix
        && state.data.matrix.cells.is_empty()
        && state.data.verify_failure.is_none()
    {
        effects.push(Effect::Ask(state.epoch, Ask::Predict));
    }
    effects
}

/// Looks again at what the screen shows.
fn refresh(state: &mut State) -> Vec<Effect> {
    if state.screen() == Screen::Roles {
        state.data.role_documents.clear();
    }
    if !state.data.is_found()
        || state.screen() == Screen::Overview
        || state.screen() == Screen::Roles
    {
        return rediscover(state);
    }
    match state.screen() {
        Screen::Users => vec![rules::load(state), load_groups(state), load_users(state)],
        Screen::Groups => vec![rules::load(state), load_groups(state)],
        Screen::People => vec![
            rules::load(state),
            load_groups(state),
            load_users(state),
            load_studio(state),
        ],
        Screen::Profiles | Screen::Spaces => vec![load_studio(state)],
        Screen::Apps | Screen::Cleanup => vec![load_apps(state)],
        screen if super::mlflow::Mlflow::has(screen) => mlflow::refresh(state),
        Screen::Matrix | Screen::Findings => {
            if state.data.matrix.live.is_some() {
                state.hint("a verify runs; its verdicts come in by themselves");
                return Vec::new();
            }
            state.data.verify_failure = None;
            state.data.matrix.forget();
            let mut effects = vec![rules::load(state), Effect::Ask(state.epoch, Ask::Predict)];
            if state.screen() == Screen::Findings {
                effects.extend(findings::look_again(state));
            }
            effects
        }
        _ => Vec::new(),
    }
}

fn rediscover(state: &mut State) -> Vec<Effect> {
    if state.data.discovery == super::data::Discovery::Running {
        return Vec::new();
    }
    state.data.discovery = super::data::Discovery::Running;
    state.data.deployment.problems.clear();
    vec![Effect::Ask(state.epoch, Ask::Discover)]
}

fn load_users(state: &mut State) -> Effect {
    let ticket = state.data.next_ticket();
    state.data.users.begin(ticket);
    Effect::Ask(state.epoch, Ask::Users(ticket))
}

fn load_groups(state: &mut State) -> Effect {
    let ticket = state.data.next_ticket();
    state.data.groups.begin(ticket);
    Effect::Ask(state.epoch, Ask::Groups(ticket))
}

fn load_studio(state: &mut State) -> Effect {
    let ticket = state.data.next_ticket();
    state.data.studio.begin(ticket);
    state.data.profiles.begin(ticket);
    state.data.spaces.begin(ticket);
    begin_apps(state, ticket);
    Effect::Ask(state.epoch, Ask::Studio(ticket))
}

/// Reads Studio again, as far as it was read before.
fn reload_studio(state: &mut State) -> Option<Effect> {
    if !matches!(state.data.studio, Remote::Idle) {
        return Some(load_studio(state));
    }
    let read = !matches!(state.data.apps.remote(), Remote::Idle);
    read.then(|| load_apps(state))
}

fn load_apps(state: &mut State) -> Effect {
    let ticket = state.data.next_ticket();
    begin_apps(state, ticket);
    Effect::Ask(state.epoch, Ask::Apps(ticket))
}

/// The apps are on their way, and with them what is forgotten of them.
fn begin_apps(state: &mut State, ticket: Ticket) {
    state.data.apps.begin(ticket);
    state.data.candidates.begin(ticket);
    state.data.apps_ticket = ticket;
}

/// Ends the console: at once, or as soon as every job has come to a stop.
fn leave(state: &mut State) -> Vec<Effect> {
    state.leaving = true;
    state.layers.clear();
    state.prompt = None;
    if state.data.jobs.are_active() {
        state.tell("stopping what runs; what was borrowed is given back first…");
    } else if !state.data.mlflow.been.is_empty() {
        state.tell("giving back what was borrowed for MLflow; without a network that takes 15 s…");
    }
    stop_jobs(state)
}

/// Asks every job to stop.
fn stop_jobs(state: &mut State) -> Vec<Effect> {
    let ids: Vec<_> = state
        .data
        .jobs
        .all()
        .iter()
        .filter(|job| job.stage.is_active())
        .map(|job| job.id)
        .collect();
    ids.into_iter()
        .map(|id| {
            if let Some(job) = state.data.jobs.active(id) {
                job.stage = super::job::Stage::Stopping;
            }
            Effect::Ask(state.epoch, Ask::Cancel(id))
        })
        .collect()
}

/// Puts a text on the clipboard and says what it was.
fn copy(state: &mut State, what: &str, text: String) -> Vec<Effect> {
    state.hint(format!("copied {what}"));
    vec![Effect::Terminal(Terminal::Copy(text))]
}

#[cfg(test)]
mod tests;
