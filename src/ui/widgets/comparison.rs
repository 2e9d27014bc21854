//! Draws runs side by side: rows are what they have, columns are runs.

use std::borrow::Cow;

use ratatui::{buffer::Buffer, layout::Rect};

use super::grid::{self, Content, Grid, GridHead, GridSeen};
use crate::{
    app::mlflow::compare::{Compare, Extreme, Line, Value},
    ui::{Role, Theme},
};

/// The width of a run's column.
const COLUMN: u16 = 18;
/// No more of a value than this is looked at.
const LONGEST: usize = 256;

/// Draws it; what was laid out is to be noted ([`Compare::note_seen`]).
pub fn draw(compare: &Compare, theme: &Theme, buffer: &mut Buffer, area: Rect) -> GridSeen {
    grid::draw(&Sheet { compare, theme }, theme, buffer, area)
}

struct Sheet<'a> {
    compare: &'a Compare,
    theme: &'a Theme,
}

impl Grid for Sheet<'_> {
    fn rows(&self) -> usize {
        self.compare.lines().len()
    }

    fn columns(&self) -> usize {
        self.compare.heads().len()
    }

    fn head_lines(&self) -> u16 {
        1
    }

    fn name_width(&self, area: u16) -> u16 {
        (area / 3).clamp(12, 40)
    }

    fn column_width(&self) -> u16 {
        COLUMN
    }

    fn corner(&self, _: u16) -> Content<'_> {
        let (differing, all) = self.compare.differing();
        let words = if self.compare.differences_only() {
            format!(" {differing} OF {all} DIFFER")
        } else {
            format!(" ALL {all}, {differing} DIFFER")
        };
        Content::new(words, self.theme.get(Role::Column))
    }

    fn head(&self, _: u16, column: usize) -> GridHead<'_> {
        let Some(head) = self.compare.heads().get(column) else {
            return GridHead::default();
        };
        let role = if column == self.compare.cursor().1 {
            Role::Title
        } else {
            Role::Column
        };
        GridHead {
            content: Content::new(head.name.as_str(), self.theme.get(role)),
            group: None,
        }
    }

    fn name(&self, line: usize) -> (Cow<'_, str>, Content<'_>) {
        match self.compare.lines().get(line) {
            Some(Line::Section(section)) => {
                let (all, differing) = self.compare.count(*section);
                let words = format!("{} {differing} of {all}", section.word());
                (" ".into(), Content::new(words, self.theme.get(Role::Label)))
            }
            Some(Line::Row(_)) => {
                let row = self.compare.row(line);
                let differs = row.is_some_and(|row| row.differs);
                let role = if differs { Role::Text } else { Role::Dim };
                let sign = if differs {
                    self.theme.sign("≠", "#")
                } else {
                    "="
                };
                let name = row.map_or("", |row| &row.name);
                (
                    format!(" {sign} ").into(),
                    Content {
                        // Keys of the same kind begin the same.
                        cut_start: true,
                        ..Content::new(name, self.theme.get(role))
                    },
                )
            }
            None => Default::default(),
        }
    }

    fn cell(&self, line: usize, column: usize) -> Content<'_> {
        let Some(row) = self.compare.row(line) else {
            return Content::default();
        };
        let text = match row.values.get(column) {
            None => return Content::default(),
            Some(Value::None) => {
                return Content::new(self.theme.sign("–", "-"), self.theme.get(Role::Unknown));
            }
            Some(Value::Text(text)) => Cow::Borrowed(
                text.get(..text.floor_char_boundary(LONGEST))
                    .unwrap_or_default(),
            ),
            Some(Value::Number(number)) if self.theme.is_ascii() => {
                Cow::Owned(number.to_string().replace('∞', "inf"))
            }
            Some(Value::Number(number)) => Cow::Owned(number.to_string()),
        };
        let (sign, role) = match row.extreme(column) {
            Some(Extreme::Lowest) => (self.theme.sign("▼ ", "v "), Role::Accent),
            Some(Extreme::Highest) => (self.theme.sign("▲ ", "^ "), Role::Accent),
            None if row.differs => ("  ", Role::Text),
            None => ("  ", Role::Dim),
        };
        Content::new(format!("{sign}{text}"), self.theme.get(role))
    }

    fn cursor(&self) -> (usize, usize) {
        self.compare.cursor()
    }

    fn first(&self) -> (usize, usize) {
        self.compare.first()
    }
}

#[cfg(test)]
mod tests;
