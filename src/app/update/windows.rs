//! Windows that have keys of their own: a chart, runs compared, a file looked at.

use crate::app::{
    Effect,
    actions::{Action, Context},
    layer::Layer,
    mlflow::preview::Body,
    state::State,
    update::{copy, detail, mlflow, movement::is_motion},
};

/// Columns that the cursor of a chart goes at a time, and with a page's key.
const STEP: (i32, i32) = (1, 10);

/// Whether the window on top answers an action itself.
pub(super) fn answers(state: &State, action: Action) -> bool {
    let Some(context) = state.layers.last().and_then(Layer::context) else {
        return false;
    };
    let of_its_own = action.entry().is_some_and(|entry| entry.context == context);
    // The window that shows one thing answers by itself.
    context != Context::Detail
        && (of_its_own || is_motion(action) || matches!(action, Action::Back | Action::Copy))
}

/// Does it.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::Back {
        let dropped = match state.layers.last_mut() {
            Some(Layer::Chart(chart)) => chart.drop_cursor(),
            _ => false,
        };
        if !dropped {
            state.layers.pop();
        }
        return Vec::new();
    }
    match state.layers.last_mut() {
        Some(Layer::Chart(_)) => {
            chart(state, action);
            return mlflow::look_closer(state);
        }
        Some(Layer::Compare(_)) => return compare(state, action),
        Some(Layer::Preview { .. }) => return preview(state, action),
        _ => {}
    }
    Vec::new()
}

fn chart(state: &mut State, action: Action) {
    let Some(Layer::Chart(chart)) = state.layers.last_mut() else {
        return;
    };
    match action {
        Action::Left => chart.move_cursor(-STEP.0),
        Action::Right => chart.move_cursor(STEP.0),
        Action::PageUp => chart.move_cursor(-STEP.1),
        Action::PageDown => chart.move_cursor(STEP.1),
        Action::Top => chart.cursor_first(),
        Action::Bottom => chart.cursor_last(),
        Action::Up | Action::ChartZoomIn => chart.zoom_in(),
        Action::Down | Action::ChartZoomOut => chart.zoom_out(),
        Action::ChartPanLeft => chart.pan_left(),
        Action::ChartPanRight => chart.pan_right(),
        Action::ChartAll => chart.show_all(),
        Action::ChartAcross => chart.toggle_across(),
        Action::ChartLog => chart.toggle_log(),
        Action::ChartSmooth => chart.smoother(),
        _ => {}
    }
}

fn compare(state: &mut State, action: Action) -> Vec<Effect> {
    let page = i32::try_from(state.page.max(2) / 2).unwrap_or(i32::MAX);
    let Some(Layer::Compare(compare)) = state.layers.last_mut() else {
        return Vec::new();
    };
    match action {
        Action::Down => compare.scroll(1),
        Action::Up => compare.scroll(-1),
        Action::PageDown => compare.scroll(page),
        Action::PageUp => compare.scroll(-page),
        Action::Top => compare.scroll(i32::MIN + 1),
        Action::Bottom => compare.scroll(i32::MAX),
        Action::Left => compare.scroll_runs(-1),
        Action::Right => compare.scroll_runs(1),
        Action::CompareAll => compare.toggle_differences(),
        Action::Copy => {
            if let Some(value) = compare.current_value() {
                return copy(state, "the value", value);
            }
        }
        _ => {}
    }
    Vec::new()
}

fn preview(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Layer::Preview { preview, .. }) = state.layers.last_mut() else {
        return Vec::new();
    };
    if let Some(detail) = preview.detail_mut() {
        if detail::go(detail, action) {
            return Vec::new();
        }
        match action {
            Action::PreviewPart => detail.toggle_part(),
            Action::PreviewFold => detail.fold(),
            Action::Copy => {
                let whole = detail.whole();
                return copy(state, "it whole", whole);
            }
            Action::PreviewDownload => mlflow::ask_to_download(state),
            _ => {}
        }
        return Vec::new();
    }
    match action {
        Action::Down => preview.scroll(1),
        Action::Up => preview.scroll(-1),
        Action::PageDown => preview.page_down(),
        Action::PageUp => preview.page_up(),
        Action::Top => preview.first_line(),
        Action::Bottom => preview.last_line(),
        Action::Left => preview.go_left(),
        Action::Right => preview.go_right(),
        Action::Copy => {
            if let Body::Lines(lines) = preview.body() {
                let text = lines.join("\n");
                return copy(state, "the text", text);
            }
        }
        Action::PreviewDownload => mlflow::ask_to_download(state),
        _ => {}
    }
    Vec::new()
}
