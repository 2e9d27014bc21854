//! The matrix's cursor: where a key moves it, and how it stays with its row.

use crate::app::{actions::Action, data::Data, state::State, table::Motion};

/// Moves the cursor of the page: the list's, the matrix's, or the overview's text.
pub(super) fn go(state: &mut State, motion: Motion) {
    let (screen, page) = (state.screen(), state.page);
    if let Some(listing) = state.data.listing_mut(screen) {
        listing.go(motion, page);
    } else if screen == crate::app::Screen::Matrix {
        let data = &mut state.data;
        let lines = data.matrix.lines(&data.matrix_filter);
        let at = data
            .matrix_line
            .and_then(|line| lines.iter().position(|other| *other == line))
            .unwrap_or(0);
        data.matrix_line = lines.get(moved(at, lines.len(), motion, page)).copied();
    } else {
        // Where the text ends, only the drawing knows: it stops there by itself.
        let at = state.data.overview_scroll;
        state.data.overview_scroll = moved(at, OVERVIEW, motion, page);
    }
}

/// Whether an action moves a cursor or scrolls.
pub(super) fn is_motion(action: Action) -> bool {
    matches!(
        action,
        Action::Down
            | Action::Up
            | Action::PageDown
            | Action::PageUp
            | Action::Top
            | Action::Bottom
            | Action::Left
            | Action::Right
    )
}

/// More lines than an overview ever has.
const OVERVIEW: usize = 500;

/// One column to the left or to the right.
pub(super) fn sideways(state: &mut State, right: bool) {
    let screen = state.screen();
    if let Some(listing) = state.data.listing_mut(screen) {
        if right {
            listing.column_right();
        } else {
            listing.column_left();
        }
    } else if screen == crate::app::Screen::Matrix {
        let last = state.data.matrix.columns.len().saturating_sub(1);
        let column = &mut state.data.matrix_column;
        *column = if right {
            (*column + 1).min(last)
        } else {
            column.saturating_sub(1)
        };
    }
}

/// Puts the cursor back on a row that is there, after rows came or went.
pub(super) fn keep(data: &mut Data) {
    let lines = data.matrix.lines(&data.matrix_filter);
    let kept = data.matrix_line.filter(|line| lines.contains(line));
    data.matrix_line = kept.or_else(|| {
        // The row before the one that went.
        let gone = data.matrix_line?;
        lines.iter().rev().find(|line| **line <= gone).copied()
    });
    if data.matrix_line.is_none() {
        data.matrix_line = lines.first().copied();
    }
    let last = data.matrix.columns.len().saturating_sub(1);
    data.matrix_column = data.matrix_column.min(last);
}

fn moved(at: usize, count: usize, motion: Motion, page: usize) -> usize {
    let half = (page / 2).max(1);
    let last = count.saturating_sub(1);
    match motion {
        Motion::Down => at + 1,
        Motion::Up => at.saturating_sub(1),
        Motion::PageDown => at + half,
        Motion::PageUp => at.saturating_sub(half),
        Motion::Top => 0,
        Motion::Bottom => last,
        Motion::To(place) => place,
    }
    .min(last)
}
