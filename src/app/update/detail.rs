//! The window that shows one thing in words and as JSON.

use tui_input::Input;

use super::{copy, enter, movement};
use crate::app::{
    Effect,
    actions::{Action, Context},
    detail::Detail,
    layer::Layer,
    state::{Prompt, State},
};

/// Whether the window that shows one thing answers this itself.
pub(super) fn answers(action: Action) -> bool {
    action
        .entry()
        .is_some_and(|entry| entry.context == Context::Detail)
        || movement::is_motion(action)
        || matches!(action, Action::Back | Action::Go(_))
}

/// Moves through it; false where the action is no motion.
pub(super) fn go(detail: &mut Detail, action: Action) -> bool {
    match action {
        Action::Down => detail.down(),
        Action::Up => detail.up(),
        Action::PageDown => detail.page_down(),
        Action::PageUp => detail.page_up(),
        Action::Top => detail.top(),
        Action::Bottom => detail.bottom(),
        Action::Left => detail.left(),
        Action::Right => detail.right(),
        _ => return false,
    }
    true
}

/// Does it.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Layer::Detail { detail, equivalent }) = state.layers.last_mut() else {
        return Vec::new();
    };
    if go(detail, action) {
        return Vec::new();
    }
    match action {
        Action::NextPart => detail.toggle_part(),
        Action::Fold => detail.fold(),
        Action::FoldAll => {
            if detail.tree().len() > 1 {
                detail.fold_all();
            } else {
                detail.unfold_all();
            }
        }
        Action::Search => state.prompt = Some(Prompt::Search(Input::default())),
        Action::SearchNext => detail.next(),
        Action::SearchPrevious => detail.previous(),
        Action::CopyDetail => {
            let whole = detail.whole();
            return copy(state, "it whole", whole);
        }
        Action::CopyValue => {
            if let Some(value) = detail.current_value() {
                return copy(state, "the value", value);
            }
        }
        Action::CopyCommand => {
            if let Some(command) = equivalent.clone() {
                return copy(state, "the command", command);
            }
        }
        Action::Go(screen) => {
            close(state);
            return enter(state, screen);
        }
        _ => close(state),
    }
    Vec::new()
}

/// Closes it.
fn close(state: &mut State) {
    state.layers.pop();
    state.followed = None;
}
