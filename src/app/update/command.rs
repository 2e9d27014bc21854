//! What a command does.

use super::{answer, enter, keys::choose, leave, mlflow, places, questions, stories};
use crate::{
    app::{
        Effect, Screen,
        actions::Action,
        command::{Command, parse},
        effect::Terminal,
        mlflow::Mlflow,
        start::Choice,
        state::State,
        table::{Direction, Sort},
    },
    domain::Principal,
};

/// Runs a line that was typed after `:`.
pub(super) fn run(state: &mut State, line: &str) -> Vec<Effect> {
    if line.trim().is_empty() {
        return Vec::new();
    }
    state.history.push(line);
    match parse(line) {
        Ok(command) => obey(state, command),
        Err(message) => {
            state.hint(message);
            Vec::new()
        }
    }
}

fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Go(screen, filter) => {
            let effects = enter(state, screen);
            if let Some(filter) = filter {
                state.set_filter(&filter);
            }
            effects
        }
        Command::Can(principal, groups) => questions::can(state, principal, groups.as_deref()),
        Command::Who(what) => questions::who(state, what),
        Command::Why(principal, groups, what) => {
            questions::why(state, &principal, groups.as_deref(), &what)
        }
        Command::As(principal) if Mlflow::has(state.screen()) => {
            mlflow::chosen(state, &principal.to_string(), false)
        }
        Command::As(principal) => show_as(state, principal),
        Command::Story(name) => stories::named(state, name),
        Command::Context(name) => go(state, |choice| choice.context = Some(name)),
        Command::Profile(name) => go(state, |choice| choice.profile = Some(name)),
        Command::Region(name) => go(state, |choice| choice.region = Some(name)),
        Command::Theme(name) => {
            if !state.themes.contains(&name) {
                let names = state.themes.join(", ");
                state.hint(format!("there is no theme {name:?}: use one of {names}"));
                return Vec::new();
            }
            state.theme_chosen = true;
            vec![Effect::Terminal(Terminal::Theme { name })]
        }
        Command::Filter(text) => {
            state.set_filter(&text);
            Vec::new()
        }
        Command::Sort(column, descending) => {
            sort(state, &column, descending);
            Vec::new()
        }
        Command::Save(file) => answer::save(state, file),
        Command::Picture(file) => vec![Effect::Terminal(Terminal::Picture(file))],
        Command::Act(Action::Quit) if !state.data.jobs.are_active() => leave(state),
        Command::Act(action) => choose(state, action),
    }
}

fn go(state: &mut State, set: impl FnOnce(&mut Choice)) -> Vec<Effect> {
    if state.data.label.demo {
        state.hint("the demo has one deployment only: leave it and start without `demo`");
        return Vec::new();
    }
    let mut choice = Choice::default();
    set(&mut choice);
    places::switch(state, choice)
}

fn sort(state: &mut State, column: &str, descending: bool) {
    let screen = state.screen();
    let Some(listing) = state.data.listing_mut(screen) else {
        state.hint("this page has no list to sort");
        return;
    };
    let heads = listing.heads();
    let found = heads
        .iter()
        .position(|head| head.name.eq_ignore_ascii_case(column));
    let Some(column) = found else {
        let names: Vec<String> = heads.iter().map(|head| head.name.to_lowercase()).collect();
        state.hint(format!(
            "there is no column {column:?}: use one of {}",
            names.join(", ")
        ));
        return;
    };
    let direction = if descending {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    listing.set_sort(Some(Sort { column, direction }));
}

fn show_as(state: &mut State, principal: Principal) -> Vec<Effect> {
    let at = state
        .data
        .matrix
        .columns
        .iter()
        .position(|column| column.principal == principal);
    if let Some(at) = at {
        state.data.matrix_column = at;
        return enter(state, Screen::Matrix);
    }
    if state.data.matrix.cells.is_empty() {
        state.principal = Some(principal);
        return enter(state, Screen::Matrix);
    }
    // Nobody's column: a user, for whom the answer is a list.
    questions::can(state, principal, None)
}
