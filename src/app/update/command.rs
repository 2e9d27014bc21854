//! What a command does.

use super::{answer, enter, explain, keys::choose, leave, places};
use crate::{
    access::Method,
    app::{
        Effect, Screen,
        actions::Action,
        command::{Command, parse},
        effect::{Ask, Terminal},
        lists::CellRow,
        start::Choice,
        state::State,
        table::{Direction, Sort},
    },
    domain::Principal,
    probe::Cell,
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
        Command::Can(principal) => can(state, principal),
        Command::Who(what) => who(state, &what),
        Command::Why(principal, method, path) => why(state, &principal, method, &path),
        Command::As(principal) => show_as(state, principal),
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

/// Shows what a principal may do.
fn can(state: &mut State, principal: Principal) -> Vec<Effect> {
    if !state.data.is_found() {
        state.hint("the deployment is not found yet");
        return Vec::new();
    }
    state.data.question = format!("what may {principal} do?");
    let known: Vec<Cell> = cells(state, |cell| cell.principal == principal);
    let effects = enter(state, Screen::Answers);
    state.set_filter("");
    if !known.is_empty() {
        answer_with(state, known);
        return effects;
    }
    let ticket = state.data.next_ticket();
    // The answers to another question are no answers to this one.
    state.data.answers.clear();
    state.data.answers.begin(ticket);
    vec![Effect::Ask(state.epoch, Ask::Can(ticket, principal))]
}

/// Shows who may do something, of the principals on the matrix.
fn who(state: &mut State, what: &str) -> Vec<Effect> {
    let (method, path) = match what.split_once(' ') {
        Some((method, path)) => (method.to_uppercase().parse::<Method>().ok(), path.trim()),
        None => (None, what),
    };
    let found = cells(state, |cell| match method {
        Some(method) => cell.method == method && cell.path == path,
        None => crate::access::permission::covers(what, &cell.permission),
    });
    if found.is_empty() {
        state.hint(if state.data.matrix.cells.is_empty() {
            "the matrix is not computed yet: look at page 4".to_owned()
        } else {
            format!("no permission and no route is called {what:?}: tab shows them")
        });
        return Vec::new();
    }
    state.data.question = format!("who may {what}?");
    let effects = enter(state, Screen::Answers);
    answer_with(state, found);
    state.set_filter("answer:allow");
    effects
}

fn why(state: &mut State, principal: &Principal, method: Method, path: &str) -> Vec<Effect> {
    let found = cells(state, |cell| {
        cell.principal == *principal && cell.method == method && cell.path == path
    });
    let Some(cell) = found.first() else {
        state.hint(format!(
            "the matrix has no cell for {principal} and {method} {path}: `:can {principal}` lists what there is"
        ));
        return Vec::new();
    };
    let layer = explain::explain_cell(state, cell);
    state.push(layer);
    Vec::new()
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
    can(state, principal)
}

fn cells(state: &State, wanted: impl Fn(&Cell) -> bool) -> Vec<Cell> {
    state
        .data
        .matrix
        .cells
        .iter()
        .filter(|cell| wanted(cell))
        .cloned()
        .collect()
}

fn answer_with(state: &mut State, cells: Vec<Cell>) {
    let ticket = state.data.next_ticket();
    let now = state.now;
    let answers = &mut state.data.answers;
    answers.clear();
    answers.begin(ticket);
    answers.part(ticket, cells.into_iter().map(CellRow::from).collect());
    answers.done(ticket, now);
}
