//! Where a key goes: to the window on top, to the line being typed, or to the page.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use super::{act, answer, enabled, prompt};
use crate::app::{
    Effect,
    actions::{Action, Context},
    keymap::{Key, Lookup},
    layer::Layer,
    state::State,
};

pub(super) fn pressed(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    state.data.log.hush();
    let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    if interrupt {
        state.prompt = None;
        state.pending.clear();
        return act::quit(state);
    }
    if state.prompt.is_some() {
        return prompt::pressed(state, key);
    }
    match state.layers.last_mut() {
        Some(Layer::Dialog(dialog, _)) => {
            let outcome = dialog.key(key);
            answer::outcome(state, outcome)
        }
        Some(Layer::Palette(_)) => in_palette(state, key),
        Some(Layer::Help { .. }) => in_help(state, key),
        Some(layer) => match layer.contexts() {
            Some(contexts) => chord(state, key, contexts),
            None => Vec::new(),
        },
        None => {
            let contexts = Context::of(state.screen());
            chord(state, key, contexts)
        }
    }
}

/// A text was pasted: it goes into what is being typed, and is never taken for keys.
pub(super) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    if state.prompt.is_some() {
        return prompt::pasted(state, text);
    }
    match state.layers.last_mut() {
        Some(Layer::Dialog(dialog, _)) => {
            let outcome = dialog.paste(text);
            answer::outcome(state, outcome)
        }
        Some(Layer::Palette(palette)) => {
            for character in text.chars().filter(|c| !c.is_control()) {
                palette.input.handle(InputRequest::InsertChar(character));
            }
            palette.search();
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// A key of the keymap, alone or as part of a chord.
fn chord(state: &mut State, key: KeyEvent, contexts: &[Context]) -> Vec<Effect> {
    let Some(key) = Key::of(key) else {
        return Vec::new();
    };
    let begun = !state.pending.is_empty();
    if begun && key.to_string() == "esc" {
        state.pending.clear();
        return Vec::new();
    }
    state.pending.push(key);
    match state.keymap.lookup(contexts, &state.pending) {
        Lookup::Prefix(_) => Vec::new(),
        Lookup::Action(action) => {
            state.pending.clear();
            choose(state, action)
        }
        Lookup::None => {
            let pressed: Vec<String> = state.pending.drain(..).map(|key| key.to_string()).collect();
            if begun {
                state.hint(format!("nothing is on {}", pressed.join(" ")));
            }
            Vec::new()
        }
    }
}

/// Does an action if it can be done now, else says why not.
pub(super) fn choose(state: &mut State, action: Action) -> Vec<Effect> {
    if let Err(reason) = enabled(state, action) {
        state.hint(reason);
        return Vec::new();
    }
    act::act(state, action)
}

fn in_help(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(Layer::Help { scroll }) = state.layers.last_mut() else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => *scroll += 1,
        KeyCode::Char('k') | KeyCode::Up => *scroll = scroll.saturating_sub(1),
        KeyCode::PageDown | KeyCode::Char(' ') => *scroll += state.page.max(2) - 1,
        KeyCode::PageUp => *scroll = scroll.saturating_sub(state.page),
        KeyCode::Char('g') | KeyCode::Home => *scroll = 0,
        _ => {
            state.layers.pop();
        }
    }
    Vec::new()
}

fn in_palette(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(Layer::Palette(palette)) = state.layers.last_mut() else {
        return Vec::new();
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Esc => {
            state.layers.pop();
        }
        KeyCode::Enter => {
            let chosen = palette.chosen().cloned();
            state.layers.pop();
            if let Some(item) = chosen {
                state.recent.retain(|name| *name != item.name);
                state.recent.insert(0, item.name);
                state.recent.truncate(10);
                return choose(state, item.action);
            }
        }
        KeyCode::Down | KeyCode::Tab => palette.step(true),
        KeyCode::Up | KeyCode::BackTab => palette.step(false),
        KeyCode::Char('n' | 'j') if control => palette.step(true),
        KeyCode::Char('p' | 'k') if control => palette.step(false),
        _ => {
            if edit(&mut palette.input, key) {
                palette.search();
            }
        }
    }
    Vec::new()
}

/// Edits a line; says whether its text changed.
pub(super) fn edit(input: &mut Input, key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let request = match key.code {
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        KeyCode::Char('a') if control => InputRequest::GoToStart,
        KeyCode::Char('e') if control => InputRequest::GoToEnd,
        KeyCode::Char('u') if control => InputRequest::DeleteLine,
        KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
        KeyCode::Char('h') if control => InputRequest::DeletePrevChar,
        KeyCode::Char(_) if control || key.modifiers.contains(KeyModifiers::ALT) => return false,
        KeyCode::Char(character) => InputRequest::InsertChar(character),
        _ => return false,
    };
    input.handle(request).is_some_and(|change| change.value)
}
