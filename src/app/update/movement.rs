//! The cursor: where a key moves it, and how it stays with its row.

use crate::app::{
    Screen,
    action::Action,
    state::{Cursor, State},
};

/// More lines than an overview ever has.
const OVERVIEW: usize = 500;

/// Moves the cursor of the screen's list.
pub(super) fn to(state: &mut State, action: Action) {
    let half = (state.page / 2).max(1);
    match state.screen {
        // The end is where the text ends, which only the drawing knows.
        Screen::Overview => {
            state.overview_scroll = moved(state.overview_scroll, OVERVIEW, action, half);
        }
        Screen::Users => {
            let ids: Vec<String> = state
                .shown_users()
                .iter()
                .map(|user| user.username.clone())
                .collect();
            list(&mut state.users_cursor, &ids, action, half);
        }
        Screen::Groups => {
            let ids: Vec<String> = state
                .shown_groups()
                .iter()
                .map(|row| row.group.name.clone())
                .collect();
            list(&mut state.groups_cursor, &ids, action, half);
        }
        Screen::Matrix => {
            let last = state.matrix.columns.len().saturating_sub(1);
            match action {
                Action::Left => state.matrix_column = state.matrix_column.saturating_sub(1),
                Action::Right => state.matrix_column = (state.matrix_column + 1).min(last),
                _ => {
                    let lines = state.matrix.lines(state.filter());
                    let at = state
                        .matrix_line
                        .and_then(|line| lines.iter().position(|other| *other == line))
                        .unwrap_or(0);
                    state.matrix_line = lines.get(moved(at, lines.len(), action, half)).copied();
                }
            }
        }
    }
}

/// Puts the cursor back on a row that is there, after rows came or went.
pub(super) fn keep(state: &mut State) {
    if state.screen == Screen::Matrix {
        let lines = state.matrix.lines(state.filter());
        let kept = state.matrix_line.filter(|line| lines.contains(line));
        state.matrix_line = kept.or_else(|| {
            // The row before the one that went.
            let gone = state.matrix_line?;
            lines.iter().rev().find(|line| **line <= gone).copied()
        });
        if state.matrix_line.is_none() {
            state.matrix_line = lines.first().copied();
        }
    } else {
        to(state, Action::Filter);
    }
}

fn list(cursor: &mut Cursor, ids: &[String], action: Action, half: usize) {
    let at = cursor
        .id
        .as_ref()
        .and_then(|id| ids.iter().position(|other| other == id))
        .unwrap_or(cursor.at);
    cursor.at = moved(at, ids.len(), action, half);
    cursor.id = ids.get(cursor.at).cloned();
}

fn moved(at: usize, count: usize, action: Action, half: usize) -> usize {
    let last = count.saturating_sub(1);
    match action {
        Action::Down => at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown => at + half,
        Action::PageUp => at.saturating_sub(half),
        Action::Top => 0,
        Action::Bottom => last,
        _ => at,
    }
    .min(last)
}
