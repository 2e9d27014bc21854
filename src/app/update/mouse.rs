//! What the mouse does, in terms of what is on the screen.

use super::{act, answer, enter, keys::choose, mlflow, movement};
use crate::app::{
    Effect, Screen, actions::Action, hit::Hit, layer::Layer, state::State, table::Motion,
};

pub(super) fn hit(state: &mut State, hit: &Hit) -> Vec<Effect> {
    match *hit {
        Hit::Wheel(lines) => wheel(state, lines),
        Hit::Dialog(target) => {
            if let Some(Layer::Dialog(dialog, _)) = state.layers.last_mut() {
                let outcome = dialog.click(target);
                return answer::outcome(state, outcome);
            }
            Vec::new()
        }
        // Beside a question nothing happens: it wants an answer.
        Hit::Outside => {
            if !matches!(state.layers.last(), Some(Layer::Dialog(..))) {
                state.layers.pop();
                state.followed = None;
            }
            Vec::new()
        }
        _ if !state.layers.is_empty() => Vec::new(),
        Hit::Tab(screen) => enter(state, screen),
        Hit::Action(action) => choose(state, action),
        Hit::Row(place) => {
            let screen = state.screen();
            let Some(listing) = state.data.listing_mut(screen) else {
                return Vec::new();
            };
            if listing.cursor() == Some(place) {
                return choose(state, Action::Open);
            }
            listing.go(Motion::To(place), 1);
            Vec::new()
        }
        Hit::Cell(line, column) => {
            if state.screen() != Screen::Matrix {
                return Vec::new();
            }
            let data = &mut state.data;
            let lines = data.matrix.lines(&data.matrix_filter);
            let Some(line) = lines.get(line).copied() else {
                return Vec::new();
            };
            let column = column.unwrap_or(data.matrix_column);
            let again = data.matrix_line == Some(line) && data.matrix_column == column;
            data.matrix_line = Some(line);
            data.matrix_column = column.min(data.matrix.columns.len().saturating_sub(1));
            if again {
                return act::act(state, Action::OpenCell);
            }
            Vec::new()
        }
        Hit::Head(column) => choose(state, Action::SortBy(column)),
        Hit::Scrollbar(thousandths) => {
            let count = match state.data.listing(state.screen()) {
                Some(listing) => listing.shown(),
                None => state.data.matrix.lines(&state.data.matrix_filter).len(),
            };
            let place = count
                .saturating_sub(1)
                .saturating_mul(usize::from(thousandths))
                / 1_000;
            movement::go(state, Motion::To(place));
            Vec::new()
        }
    }
}

fn wheel(state: &mut State, lines: i32) -> Vec<Effect> {
    match state.layers.last_mut() {
        Some(Layer::Dialog(dialog, _)) => {
            let outcome = dialog.scroll(lines);
            return answer::outcome(state, outcome);
        }
        Some(Layer::Detail { detail, .. }) => detail.scroll(lines),
        Some(Layer::Chart(chart)) => {
            if lines > 0 {
                chart.zoom_out();
            } else {
                chart.zoom_in();
            }
            return mlflow::look_closer(state);
        }
        Some(Layer::Compare(compare)) => compare.scroll(lines),
        Some(Layer::Preview { preview, .. }) => preview.scroll(lines),
        Some(Layer::Help { scroll }) => {
            *scroll = scroll.saturating_add_signed(isize::try_from(lines).unwrap_or(0));
        }
        Some(Layer::Palette(palette)) => palette.step(lines > 0),
        None => {
            let motion = if lines > 0 { Motion::Down } else { Motion::Up };
            for _ in 0..lines.unsigned_abs().min(10) {
                movement::go(state, motion);
            }
        }
    }
    Vec::new()
}
