//! What each key does: in a window on top, in a line being typed, on the page.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use super::{enter, explain, leave, movement, refresh, verify};
use crate::app::{
    Effect, Screen,
    action::{self, Action},
    matrix::Line,
    state::{Discovery, Modal, Prompt, State},
};

pub(super) fn pressed(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    state.toast = None;
    let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    if interrupt {
        state.prompt = None;
        return quit(state);
    }
    if state.modal.is_some() {
        return in_modal(state, key);
    }
    if state.prompt.is_some() {
        return in_prompt(state, key);
    }
    match action::lookup(key, state.screen) {
        Some(action) => act(state, action),
        None => Vec::new(),
    }
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => return quit(state),
        Action::Help => state.modal = Some(Modal::Help { scroll: 0 }),
        Action::Go(screen) => return enter(state, screen),
        Action::NextScreen => return enter(state, beside(state.screen, 1)),
        Action::PreviousScreen => return enter(state, beside(state.screen, Screen::ALL.len() - 1)),
        Action::Refresh => return refresh(state),
        Action::Filter => {
            let current = state.filter().to_owned();
            state.prompt = Some(Prompt::Filter(Input::new(current)));
        }
        Action::Command => state.prompt = Some(Prompt::Command(Input::default())),
        Action::Back => back(state),
        Action::Open => open(state),
        Action::Toggle => toggle(state),
        Action::ToggleAll => toggle_all(state),
        Action::ProblemsOnly => {
            state.matrix.problems_only = !state.matrix.problems_only;
            movement::keep(state);
        }
        Action::DisagreementsOnly => {
            state.matrix.disagreements_only = !state.matrix.disagreements_only;
            movement::keep(state);
        }
        Action::Verify => ask_to_verify(state),
        Action::Copy => {}
        Action::Down
        | Action::Up
        | Action::Left
        | Action::Right
        | Action::PageDown
        | Action::PageUp
        | Action::Top
        | Action::Bottom => movement::to(state, action),
    }
    Vec::new()
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.matrix.live.is_some() && !state.leaving {
        state.modal = Some(Modal::Stop { leave: true });
        return Vec::new();
    }
    leave(state)
}

fn beside(screen: Screen, step: usize) -> Screen {
    let at = Screen::ALL
        .iter()
        .position(|other| *other == screen)
        .unwrap_or(0);
    Screen::ALL
        .get((at + step) % Screen::ALL.len())
        .copied()
        .unwrap_or_default()
}

fn ask_to_verify(state: &mut State) {
    if state.matrix.live.is_some() {
        state.modal = Some(Modal::Stop { leave: false });
    } else if matches!(state.discovery, Discovery::Done(_)) {
        state.modal = Some(Modal::Verify { grant_trust: false });
    } else {
        state.toast = Some("the deployment is not found yet".to_owned());
    }
}

fn back(state: &mut State) {
    if state.filters.remove(state.screen.name()).is_some() {
        movement::keep(state);
    } else if state.matrix.live.is_some() && state.screen == Screen::Matrix {
        state.modal = Some(Modal::Stop { leave: false });
    }
}

fn open(state: &mut State) {
    match state.screen {
        Screen::Overview => {}
        Screen::Users => state.modal = explain::user(state),
        Screen::Groups => state.modal = explain::group(state),
        Screen::Matrix => match state.matrix_line {
            Some(Line::Operation(permission, operation)) => {
                state.modal = explain::cell(state, permission, operation);
                if state.modal.is_none() {
                    state.toast = Some("this principal has no such route".to_owned());
                }
            }
            Some(Line::Permission(_)) => toggle(state),
            None => {}
        },
    }
}

fn toggle(state: &mut State) {
    let (Some(Line::Permission(at) | Line::Operation(at, _)), matrix) =
        (state.matrix_line, &mut state.matrix)
    else {
        return;
    };
    let Some(name) = matrix.permissions.get(at).map(|row| row.name.clone()) else {
        return;
    };
    if matrix.expanded.remove(&name) {
        state.matrix_line = Some(Line::Permission(at));
    } else {
        matrix.expanded.insert(name);
    }
    movement::keep(state);
}

fn toggle_all(state: &mut State) {
    let matrix = &mut state.matrix;
    if matrix.expanded.is_empty() {
        matrix.expanded = matrix
            .permissions
            .iter()
            .map(|row| row.name.clone())
            .collect();
    } else {
        matrix.expanded.clear();
    }
    movement::keep(state);
}

fn in_modal(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(modal) = &mut state.modal else {
        return Vec::new();
    };
    let closes = matches!(key.code, KeyCode::Esc | KeyCode::Char('q'));
    match modal {
        Modal::Help { scroll } => match key.code {
            KeyCode::Char('j' | 'k') | KeyCode::Down | KeyCode::Up => scrolled(scroll, key.code),
            _ => state.modal = None,
        },
        Modal::Verify { grant_trust } => match key.code {
            KeyCode::Char('t') if !state.read_only => *grant_trust = !*grant_trust,
            KeyCode::Enter | KeyCode::Char('y') => {
                let grant_trust = *grant_trust;
                return verify(state, grant_trust);
            }
            _ if closes || key.code == KeyCode::Char('n') => state.modal = None,
            _ => {}
        },
        Modal::Stop { leave: leaving } => match key.code {
            KeyCode::Char('y') => {
                if *leaving {
                    return leave(state);
                }
                state.modal = None;
                state.toast = Some("stopping; giving back what was borrowed…".to_owned());
                return vec![Effect::CancelVerify];
            }
            _ if closes || key.code == KeyCode::Char('n') => state.modal = None,
            _ => {}
        },
        Modal::Explain { scroll, curl, .. } => match key.code {
            KeyCode::Char('c') => {
                if let Some(curl) = curl.clone() {
                    state.toast = Some("copied the request as a curl command".to_owned());
                    return vec![Effect::Copy(curl)];
                }
            }
            KeyCode::Enter => state.modal = None,
            _ if closes => state.modal = None,
            code => scrolled(scroll, code),
        },
        Modal::Detail { scroll, .. } => match key.code {
            KeyCode::Enter => state.modal = None,
            _ if closes => state.modal = None,
            code => scrolled(scroll, code),
        },
    }
    Vec::new()
}

fn scrolled(scroll: &mut u16, code: KeyCode) {
    match code {
        KeyCode::Char('j') | KeyCode::Down => *scroll = scroll.saturating_add(1),
        KeyCode::Char('k') | KeyCode::Up => *scroll = scroll.saturating_sub(1),
        _ => {}
    }
}

fn in_prompt(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    let (Prompt::Filter(input) | Prompt::Command(input)) = prompt;
    let request = match key.code {
        KeyCode::Esc => {
            if matches!(prompt, Prompt::Filter(_)) {
                state.filters.remove(state.screen.name());
            }
            state.prompt = None;
            movement::keep(state);
            return Vec::new();
        }
        KeyCode::Enter => {
            let text = input.value().trim().to_owned();
            let command = matches!(prompt, Prompt::Command(_));
            state.prompt = None;
            return if command {
                run(state, &text)
            } else {
                if text.is_empty() {
                    state.filters.remove(state.screen.name());
                } else {
                    state.filters.insert(state.screen.name(), text);
                }
                movement::keep(state);
                Vec::new()
            };
        }
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            InputRequest::DeleteLine
        }
        KeyCode::Char('w') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            InputRequest::DeletePrevWord
        }
        KeyCode::Char(character) => InputRequest::InsertChar(character),
        _ => return Vec::new(),
    };
    let _ = input.handle(request);
    movement::keep(state);
    Vec::new()
}

fn run(state: &mut State, command: &str) -> Vec<Effect> {
    if matches!(command, "q" | "quit") {
        return quit(state);
    }
    let screen = Screen::ALL
        .into_iter()
        .find(|screen| !command.is_empty() && screen.name().starts_with(command));
    if let Some(screen) = screen {
        return enter(state, screen);
    }
    state.toast = Some(format!(
        "no command {command:?}: use overview, users, groups, matrix or q"
    ));
    Vec::new()
}
