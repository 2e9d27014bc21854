//! The terminal's face: draws the state, changes nothing, and says what it drew where.

mod chrome;
pub mod detail;
pub mod dialogs;
pub mod export;
mod layers;
mod pages;
mod seen;
pub mod text;
mod theme;
pub mod widgets;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Color,
    widgets::Paragraph,
};

pub use seen::Seen;
pub use theme::{Depth, Role, Theme, ThemeSource};

use crate::app::{Screen, State};

/// The smallest size that anything can be read at.
const SMALLEST: (u16, u16) = (40, 8);

/// Draws one frame; says what is where.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) -> Seen {
    let seen = foreground(frame, state, theme);
    ground(frame, theme);
    if theme.is_ascii() {
        in_ascii(frame);
    }
    seen
}

fn foreground(frame: &mut Frame<'_>, state: &State, theme: &Theme) -> Seen {
    let area = frame.area();
    let mut seen = Seen::default();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let (width, height) = SMALLEST;
        frame.render_widget(
            Paragraph::new(format!("too small: {width}×{height} at least"))
                .style(theme.get(Role::Warning)),
            area,
        );
        return seen;
    }
    let [header, tabs, page, status, hints] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    seen.page = page;
    chrome::header(frame, header, state, theme);
    chrome::tabs(frame, tabs, state, theme, &mut seen);
    draw_page(frame, page, state, theme, &mut seen);
    chrome::status(frame, status, state, theme);
    chrome::hints(frame, hints, state, theme, &mut seen);
    layers::draw(frame, page, state, theme, &mut seen);
    chrome::popups(frame, page, state, theme);
    seen
}

fn draw_page(frame: &mut Frame<'_>, page: Rect, state: &State, theme: &Theme, seen: &mut Seen) {
    match state.screen() {
        Screen::Overview => pages::overview::draw(frame, page, state, theme, seen),
        Screen::Matrix => pages::matrix::draw(frame, page, state, theme, seen),
        Screen::Answers => pages::answers::draw(frame, page, state, theme, seen),
        screen => pages::list(frame, page, screen, state, theme, seen),
    }
}

/// Puts the theme's ground behind everything that has none of its own: windows and widgets
/// need not know it.
fn ground(frame: &mut Frame<'_>, theme: &Theme) {
    let (ground, text) = (theme.get(Role::Background).bg, theme.get(Role::Text).fg);
    if ground.is_none() && text.is_none() {
        return;
    }
    for cell in &mut frame.buffer_mut().content {
        if let (Color::Reset, Some(ground)) = (cell.bg, ground) {
            cell.bg = ground;
        }
        if let (Color::Reset, Some(text)) = (cell.fg, text) {
            cell.fg = text;
        }
    }
}

/// Leaves nothing that a terminal without Unicode would show as something else: frames and
/// signs become their likeness, any other character a question mark.
fn in_ascii(frame: &mut Frame<'_>) {
    for cell in &mut frame.buffer_mut().content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let plain = match symbol {
            "│" | "┃" | "║" => "|",
            "─" | "━" | "═" => "-",
            "╭" | "╮" | "╯" | "╰" | "┌" | "┐" | "└" | "┘" => "+",
            "…" => "~",
            "•" | "●" => "*",
            "↑" | "▲" => "^",
            "↓" | "▼" => "v",
            "▸" | "›" | "→" => ">",
            "‹" => "<",
            "·" => ".",
            "×" => "x",
            _ => "?",
        };
        cell.set_symbol(plain);
    }
}
