//! A dialog on a terminal that exists only in memory.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlwarden::{
    app::{
        detail::Detail,
        dialog::{Dialog, Outcome, Room, Target},
    },
    ui::{Theme, detail, dialogs},
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    layout::{Position, Rect},
};

pub struct Screen {
    pub dialog: Dialog,
    pub theme: Theme,
    width: u16,
    height: u16,
}

pub struct Drawn {
    pub text: String,
    pub areas: Vec<(Rect, Target)>,
    pub cursor: Option<Position>,
}

impl Screen {
    pub fn new(dialog: impl Into<Dialog>, width: u16, height: u16) -> Self {
        let mut dialog = dialog.into();
        dialog.resize(Room::new(width, height));
        Self {
            dialog,
            theme: Theme::plain(),
            width,
            height,
        }
    }

    /// Keys as a user would name them; any other text is typed letter by letter.
    pub fn keys(&mut self, keys: &[&str]) -> Outcome {
        let mut outcome = Outcome::Stay;
        for name in keys {
            for key in keys_of(name) {
                outcome = self.dialog.key(key);
            }
        }
        outcome
    }

    pub fn draw(&self) -> Drawn {
        let mut terminal = Terminal::new(TestBackend::new(self.width, self.height)).unwrap();
        let mut areas = Vec::new();
        let completed = terminal
            .draw(|frame| {
                let area = frame.area();
                areas = dialogs::draw(frame, area, &self.dialog, &self.theme);
            })
            .unwrap();
        let text = text(completed.buffer);
        let cursor = terminal.get_cursor_position().ok();
        Drawn {
            text,
            areas,
            cursor,
        }
    }

    pub fn text(&self) -> String {
        self.draw().text
    }

    /// Clicks in the middle of what was drawn for `target`.
    pub fn click(&mut self, target: Target) -> Outcome {
        let areas = self.draw().areas;
        let (area, _) = areas
            .iter()
            .rev()
            .find(|(_, drawn)| *drawn == target)
            .unwrap_or_else(|| panic!("{target:?} is not drawn:\n{}", self.text()));
        let hit = dialogs::hit(&areas, area.x + area.width / 2, area.y);
        assert_eq!(hit, Some(target), "something else is on top");
        self.dialog.click(target)
    }
}

pub fn detail_text(pane: &Detail, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let theme = Theme::plain();
    let completed = terminal
        .draw(|frame| {
            let area = frame.area();
            detail::draw(frame, area, pane, &theme);
        })
        .unwrap();
    text(completed.buffer)
}

fn text(buffer: &ratatui::buffer::Buffer) -> String {
    let width = usize::from(buffer.area.width.max(1));
    buffer
        .content
        .chunks(width)
        .map(|row| {
            let mut line = String::new();
            let mut skip = 0;
            for cell in row {
                if skip == 0 {
                    line.push_str(cell.symbol());
                    skip = ratatui::text::Span::raw(cell.symbol()).width();
                }
                skip = skip.saturating_sub(1);
            }
            line.trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn keys_of(name: &str) -> Vec<KeyEvent> {
    let plain = |code| vec![KeyEvent::new(code, KeyModifiers::NONE)];
    match name {
        "enter" => plain(KeyCode::Enter),
        "esc" => plain(KeyCode::Esc),
        "tab" => plain(KeyCode::Tab),
        "backtab" => plain(KeyCode::BackTab),
        "up" => plain(KeyCode::Up),
        "down" => plain(KeyCode::Down),
        "left" => plain(KeyCode::Left),
        "right" => plain(KeyCode::Right),
        "home" => plain(KeyCode::Home),
        "end" => plain(KeyCode::End),
        "page-down" => plain(KeyCode::PageDown),
        "page-up" => plain(KeyCode::PageUp),
        "space" => plain(KeyCode::Char(' ')),
        "backspace" => plain(KeyCode::Backspace),
        "ctrl-enter" => vec![KeyEvent::new(KeyCode::Enter, KeyModifiers::CONTROL)],
        _ => match name.strip_prefix("ctrl-") {
            Some(letter) => letter
                .chars()
                .map(|letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
                .collect(),
            None => name
                .chars()
                .map(|letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE))
                .collect(),
        },
    }
}

/// Compares what is drawn with what is on file, at both sizes.
pub fn snapshot(name: &str, make: impl Fn(u16, u16) -> Screen) {
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("{name}_{width}x{height}"),
            make(width, height).text()
        );
    }
}
