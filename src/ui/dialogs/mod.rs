//! Draws dialogs: windows in the middle of an area, with the places that can be clicked.

mod assist;
mod confirm;
mod form;
mod message;
mod picker;
mod secret;
mod window;

use ratatui::{Frame, layout::Rect};

use super::{Theme, text};
use crate::app::dialog::{Dialog, Target};

pub use window::Areas;

/// Draws a dialog in the middle of `area` and says what can be clicked where: the last of the
/// areas that hold a position is on top. Where the dialog takes text, the terminal's cursor is
/// put into it.
pub fn draw(frame: &mut Frame<'_>, area: Rect, dialog: &Dialog, theme: &Theme) -> Areas {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return Vec::new();
    }
    match dialog {
        Dialog::Form(form) => form::draw(frame, area, form, theme),
        Dialog::Picker(picker) => picker::draw(frame, area, picker, theme),
        Dialog::Confirm(confirm) => confirm::draw(frame, area, confirm, theme),
        Dialog::Secret(note) => secret::draw(frame, area, note, theme),
        Dialog::Message(message) => message::draw(frame, area, message, theme),
    }
}

/// What is on top at a position.
pub fn hit(areas: &[(Rect, Target)], column: u16, row: u16) -> Option<Target> {
    let position = ratatui::layout::Position::new(column, row);
    areas
        .iter()
        .rev()
        .find(|(area, _)| area.contains(position))
        .map(|(_, target)| *target)
}
