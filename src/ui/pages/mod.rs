//! One file a page; pages that are a list alone share one drawing.

pub(super) mod answers;
pub(super) mod matrix;
pub(super) mod overview;

use ratatui::{Frame, layout::Rect};

use super::{Seen, Theme, chrome::spinner, widgets::list::List};
use crate::app::{Screen, State};

/// A page that is a list.
pub(super) fn list(
    frame: &mut Frame<'_>,
    area: Rect,
    screen: Screen,
    state: &State,
    theme: &Theme,
    seen: &mut Seen,
) {
    let Some(listing) = state.data.listing(screen) else {
        return;
    };
    let list = List {
        words: state.data.words.get(&screen).map(String::as_str),
        nothing: state.data.mlflow.why_nothing(screen),
        listing,
        theme,
        spinner: spinner(state, theme),
        focused: state.layers.is_empty(),
    };
    seen.list = Some(list.draw(frame.buffer_mut(), area));
}
