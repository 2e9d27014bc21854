//! The terminal's face: draws the state, changes nothing.

mod chrome;
mod modals;
mod pages;
mod theme;
mod widgets;

use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    widgets::Paragraph,
};

pub use theme::{Role, Theme};

use crate::app::{Screen, State};

/// The lines around a page's rows: header, tabs, column heads, status and hints.
pub const CHROME: usize = 6;
/// The smallest size that anything can be read at.
const SMALLEST: (u16, u16) = (40, 8);

/// Draws one frame.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let (width, height) = SMALLEST;
        frame.render_widget(
            Paragraph::new(format!("too small: {width}×{height} at least"))
                .style(theme.get(Role::Warning)),
            area,
        );
        return;
    }
    let [header, tabs, page, status, hints] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    chrome::header(frame, header, state, theme);
    chrome::tabs(frame, tabs, state, theme);
    match state.screen {
        Screen::Overview => pages::overview::draw(frame, page, state, theme),
        Screen::Users => pages::users::draw(frame, page, state, theme),
        Screen::Groups => pages::groups::draw(frame, page, state, theme),
        Screen::Matrix => pages::matrix::draw(frame, page, state, theme),
    }
    chrome::status(frame, status, state, theme);
    chrome::hints(frame, hints, state, theme);
    modals::draw(frame, page, state, theme);
}
