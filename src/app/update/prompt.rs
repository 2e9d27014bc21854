//! The line being typed at the bottom: a filter, a command, a search.

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::{Input, InputRequest};

use super::{command, keys::edit};
use crate::app::{
    Effect, Screen,
    command::{Completion, Sources, complete},
    layer::Layer,
    state::{Prompt, State},
};

pub(super) fn pressed(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match &state.prompt {
        Some(Prompt::Filter { .. }) => in_filter(state, key),
        Some(Prompt::Command { .. }) => in_command(state, key),
        Some(Prompt::Search(_)) => in_search(state, key),
        None => Vec::new(),
    }
}

pub(super) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    let line: String = text
        .chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect();
    if let Some(
        Prompt::Filter { input, .. } | Prompt::Command { input, .. } | Prompt::Search(input),
    ) = &mut state.prompt
    {
        for character in line.trim().chars() {
            input.handle(InputRequest::InsertChar(character));
        }
    }
    typed(state);
    Vec::new()
}

/// What is typed takes effect at once.
fn typed(state: &mut State) {
    match &mut state.prompt {
        Some(Prompt::Filter { input, .. }) => {
            let text = input.value().to_owned();
            state.set_filter(&text);
        }
        Some(Prompt::Command { chosen, .. }) => {
            *chosen = None;
            state.history.rest();
        }
        Some(Prompt::Search(input)) => {
            let text = input.value().to_owned();
            if let Some(Layer::Detail { detail, .. }) = state.layers.last_mut() {
                detail.search(&text);
            }
        }
        None => {}
    }
}

/// Begins to type a filter.
pub(super) fn filter(state: &mut State) {
    let before = state.filter().to_owned();
    state.prompt = Some(Prompt::Filter {
        input: Input::new(before.clone()),
        before,
    });
}

fn in_filter(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => {
            if let Some(Prompt::Filter { before, .. }) = state.prompt.take() {
                state.set_filter(&before);
            }
        }
        KeyCode::Enter => state.prompt = None,
        KeyCode::Down | KeyCode::Up => {
            // The rows can be walked while they are narrowed.
            let motion = if key.code == KeyCode::Down {
                crate::app::table::Motion::Down
            } else {
                crate::app::table::Motion::Up
            };
            super::movement::go(state, motion);
        }
        _ => {
            if let Some(Prompt::Filter { input, .. }) = &mut state.prompt
                && edit(input, key)
            {
                typed(state);
            }
        }
    }
    Vec::new()
}

fn in_search(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => {
            state.prompt = None;
            if let Some(Layer::Detail { detail, .. }) = state.layers.last_mut() {
                detail.search("");
            }
        }
        KeyCode::Enter => state.prompt = None,
        _ => {
            if let Some(Prompt::Search(input)) = &mut state.prompt
                && edit(input, key)
            {
                typed(state);
            }
        }
    }
    Vec::new()
}

fn in_command(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(Prompt::Command { input, chosen }) = &state.prompt else {
        return Vec::new();
    };
    let (text, chosen) = (input.value().to_owned(), *chosen);
    let set = |state: &mut State, text: String, chosen| {
        state.prompt = Some(Prompt::Command {
            input: Input::new(text),
            chosen,
        });
    };
    match key.code {
        KeyCode::Esc => state.prompt = None,
        KeyCode::Backspace if text.is_empty() => state.prompt = None,
        KeyCode::Enter => {
            let line = chosen
                .and_then(|at| offered(state, &text).into_iter().nth(at))
                .map_or(text, |completion| completion.line);
            state.prompt = None;
            return command::run(state, &line);
        }
        KeyCode::Tab => {
            let offers = offered(state, &text);
            match (chosen, offers.as_slice()) {
                (_, []) => {}
                (None, [only]) => set(state, only.line.clone(), None),
                (None, _) => set(state, text, Some(0)),
                (Some(at), several) => {
                    let next = (at + 1) % several.len();
                    set(state, text, Some(next));
                }
            }
        }
        KeyCode::BackTab => {
            let count = offered(state, &text).len();
            if let (Some(at), true) = (chosen, count > 0) {
                set(state, text, Some((at + count - 1) % count));
            }
        }
        KeyCode::Up => {
            if let Some(line) = state.history.back(&text) {
                set(state, line, None);
            }
        }
        KeyCode::Down => {
            if let Some(line) = state.history.forward() {
                set(state, line, None);
            }
        }
        // What is chosen is taken as soon as the line goes on.
        KeyCode::Char(_) | KeyCode::Right if chosen.is_some() => {
            let line = offered(state, &text)
                .into_iter()
                .nth(chosen.unwrap_or(0))
                .map_or(text, |completion| completion.line);
            set(state, line, None);
            if let (Some(Prompt::Command { input, .. }), KeyCode::Char(_)) =
                (&mut state.prompt, key.code)
            {
                // A command's completion ends with a space already.
                if !(key.code == KeyCode::Char(' ') && input.value().ends_with(' ')) {
                    edit(input, key);
                }
            }
        }
        _ => {
            if let Some(Prompt::Command { input, .. }) = &mut state.prompt
                && edit(input, key)
            {
                typed(state);
            }
        }
    }
    Vec::new()
}

/// The ways to go on with a command.
pub(crate) fn offered(state: &State, text: &str) -> Vec<Completion> {
    complete(text, &sources(state, text))
}

/// What there is to name, as far as this line may name it.
fn sources(state: &State, text: &str) -> Sources {
    let word = text.split(' ').next().unwrap_or_default();
    let Some(words) = crate::app::command::find(word).filter(|_| text.contains(' ')) else {
        return Sources::default();
    };
    let data = &state.data;
    let mut sources = Sources {
        contexts: state.places.contexts.clone(),
        profiles: state.places.profiles.clone(),
        regions: super::places::regions()
            .iter()
            .map(|&region| region.to_owned())
            .collect(),
        themes: state.themes.clone(),
        stories: super::stories::names(state),
        ..Sources::default()
    };
    let screen = Screen::ALL
        .into_iter()
        .find(|screen| screen.name() == words.name)
        .unwrap_or(state.screen());
    if let Some(listing) = data.listing(screen) {
        sources.columns = listing
            .heads()
            .iter()
            .map(|head| head.name.to_lowercase())
            .collect();
    }
    for column in &data.matrix.columns {
        let name = column.principal.to_string();
        if !sources.principals.contains(&name) {
            sources.principals.push(name);
        }
    }
    if words
        .arguments
        .contains(&crate::app::command::Argument::Principal)
    {
        let users = data
            .users
            .remote()
            .shown()
            .into_iter()
            .flat_map(|rows| rows.iter());
        // As many as anybody walks through; the rest is found by typing on.
        let typed = text.rsplit(' ').next().unwrap_or_default().to_lowercase();
        sources.principals.extend(
            users
                .map(|user| format!("user:{}", user.label()))
                .filter(|name| name.to_lowercase().contains(&typed))
                .take(50),
        );
    }
    for permission in &data.matrix.permissions {
        sources.permissions.push(permission.name.clone());
    }
    if words.name == "why" {
        let mut routes: Vec<String> = data
            .matrix
            .cells
            .iter()
            .map(|cell| format!("{} {}", cell.method, cell.path))
            .collect();
        routes.sort();
        routes.dedup();
        sources.routes = routes;
    }
    sources
}
