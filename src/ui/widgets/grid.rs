//! Draws a grid in a window both ways: lines of heads stay at the top, names at the left.
//!
//! The numbers of rows and columns do not matter: only what is in sight is asked for.

use std::{borrow::Cow, ops::Range};

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::scrollbar;
use crate::{
    app::table::keep_in_view,
    ui::{Role, Theme, text},
};

/// A text and its style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content<'a> {
    /// The text, untrusted.
    pub text: Cow<'a, str>,
    /// The style.
    pub style: Style,
    /// Whether a text without room loses its start, for texts that differ at their ends.
    pub cut_start: bool,
}

impl<'a> Content<'a> {
    /// A text in a style.
    pub fn new(text: impl Into<Cow<'a, str>>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
            cut_start: false,
        }
    }
}

/// One head of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GridHead<'a> {
    /// What it says.
    pub content: Content<'a>,
    /// Columns side by side with the same number share one head, which spans them.
    pub group: Option<usize>,
}

/// What a grid shows.
pub trait Grid {
    /// How many rows there are.
    fn rows(&self) -> usize;
    /// How many columns, without the names.
    fn columns(&self) -> usize;
    /// How many lines of heads.
    fn head_lines(&self) -> u16;
    /// How wide the names are, at most, in an area this wide.
    fn name_width(&self, area: u16) -> u16;
    /// How wide every column is, with the space after it.
    fn column_width(&self) -> u16;
    /// What stands over the names in a line of heads.
    fn corner(&self, line: u16) -> Content<'_>;
    /// The head of a column in a line.
    fn head(&self, line: u16, column: usize) -> GridHead<'_>;
    /// A row's name, with what is before it as its indent and sign (never cut).
    fn name(&self, row: usize) -> (Cow<'_, str>, Content<'_>);
    /// A cell.
    fn cell(&self, row: usize, column: usize) -> Content<'_>;
    /// The cursor's row and column.
    fn cursor(&self) -> (usize, usize);
    /// The first row and column when it was last drawn ([`GridSeen::first`]).
    fn first(&self) -> (usize, usize);
}

/// What was laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GridSeen {
    /// Where rows are drawn, names and cells.
    pub body: Rect,
    /// The first row and column in sight: to be given back by [`Grid::first`].
    pub first: (usize, usize),
    /// How many rows are in sight.
    pub rows: usize,
    /// Where the names stand.
    pub names: Range<u16>,
    /// Where each column in sight stands, and its place.
    pub columns: Vec<(Range<u16>, usize)>,
    /// The scrollbar, where there is one.
    pub scrollbar: Option<Rect>,
}

impl GridSeen {
    /// The row and, unless it is the name, the column at a place of the screen.
    pub fn at(&self, x: u16, y: u16) -> Option<(usize, Option<usize>)> {
        let row = usize::from(y.checked_sub(self.body.y)?);
        if row >= self.rows || !(self.body.x..self.body.right()).contains(&x) {
            return None;
        }
        let column = self.columns.iter().find(|(range, _)| range.contains(&x));
        Some((self.first.0 + row, column.map(|(_, column)| *column)))
    }
}

/// Draws it.
pub fn draw(grid: &dyn Grid, theme: &Theme, buffer: &mut Buffer, area: Rect) -> GridSeen {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return GridSeen::default();
    }
    let lines = grid.head_lines().min(area.height);
    let mut body = Rect {
        y: area.y + lines,
        height: area.height - lines,
        ..area
    };
    let height = usize::from(body.height);
    let (row, column) = grid.cursor();
    let (first_row, first_column) = grid.first();
    let first_row = keep_in_view(first_row, height, row, grid.rows());
    let mut bar = None;
    if grid.rows() > height && height > 0 && body.width > 1 {
        let track = Rect {
            x: body.right() - 1,
            width: 1,
            ..body
        };
        scrollbar::draw(buffer, track, theme, first_row, height, grid.rows());
        bar = Some(track);
        body.width -= 1;
    }
    let wide = grid.column_width().max(1);
    let name = grid.name_width(body.width).min(body.width);
    // One cell is kept for the sign that there is more.
    let fit = usize::from(body.width.saturating_sub(name + 1) / wide).max(1);
    let first_column = keep_in_view(first_column, fit, column, grid.columns());
    let left = body.x + name;
    let end = grid.columns().min(first_column + fit);
    let columns: Vec<(Range<u16>, usize)> = (first_column..end)
        .zip(0_u16..)
        .map(|(column, at)| {
            let from = left.saturating_add(at.saturating_mul(wide));
            let to = from.saturating_add(wide).min(body.right());
            (from.min(to)..to, column)
        })
        .collect();
    let seen = GridSeen {
        first: (first_row, first_column),
        rows: height.min(grid.rows().saturating_sub(first_row)),
        names: body.x..left,
        columns,
        body,
        scrollbar: bar,
    };
    for (line, y) in (0..lines).zip(area.y..) {
        draw_heads(grid, theme, buffer, &seen, line, y);
    }
    let title = theme.get(Role::Title);
    if lines > 0 && first_column > 0 {
        buffer.set_stringn(
            left.saturating_sub(1).max(body.x),
            area.y,
            theme.sign("‹", "<"),
            1,
            title,
        );
    }
    if lines > 0 && end < grid.columns() {
        buffer.set_stringn(body.right() - 1, area.y, theme.sign("›", ">"), 1, title);
    }
    for (row, y) in (first_row..first_row + seen.rows).zip(body.y..) {
        draw_row(grid, theme, buffer, &seen, row, y);
    }
    seen
}

fn draw_heads(
    grid: &dyn Grid,
    theme: &Theme,
    buffer: &mut Buffer,
    seen: &GridSeen,
    line: u16,
    y: u16,
) {
    put(
        buffer,
        theme,
        seen.names.clone(),
        y,
        &grid.corner(line),
        Style::new(),
    );
    let mut columns = seen.columns.iter().peekable();
    while let Some((range, column)) = columns.next() {
        let head = grid.head(line, *column);
        let mut range = range.clone();
        if head.group.is_some() {
            // A head that begins left of the window is said again where the window begins.
            while let Some((next, _)) =
                columns.next_if(|(_, next)| grid.head(line, *next).group == head.group)
            {
                range.end = next.end;
            }
        }
        put(buffer, theme, range, y, &head.content, Style::new());
    }
}

fn draw_row(
    grid: &dyn Grid,
    theme: &Theme,
    buffer: &mut Buffer,
    seen: &GridSeen,
    row: usize,
    y: u16,
) {
    let (cursor_row, cursor_column) = grid.cursor();
    let mut base = Style::new();
    if row == cursor_row {
        base = theme.get(Role::Cursor);
        let line = Rect {
            y,
            height: 1,
            ..seen.body
        };
        buffer.set_style(line, base);
    }
    let (before, name) = grid.name(row);
    let before = Content::new(before, name.style);
    let indent = u16::try_from(text::width(&text::clean(&before.text))).unwrap_or(u16::MAX);
    let start = seen.names.start.saturating_add(indent).min(seen.names.end);
    put(
        buffer,
        theme,
        seen.names.start..start.saturating_add(1),
        y,
        &before,
        base,
    );
    put(buffer, theme, start..seen.names.end, y, &name, base);
    for (range, column) in &seen.columns {
        let under = row == cursor_row && *column == cursor_column;
        let content = grid.cell(row, *column);
        if under {
            let cell = Rect::new(range.start, y, range.end - range.start, 1);
            buffer.set_style(cell, theme.get(Role::CellCursor));
            let base = base.patch(content.style).patch(theme.get(Role::CellCursor));
            let content = Content {
                style: Style::new(),
                ..content
            };
            put(buffer, theme, range.clone(), y, &content, base);
        } else {
            put(buffer, theme, range.clone(), y, &content, base);
        }
    }
}

/// Writes a text into a range of a line, leaving its last cell free.
fn put(
    buffer: &mut Buffer,
    theme: &Theme,
    range: Range<u16>,
    y: u16,
    content: &Content<'_>,
    base: Style,
) {
    let room = usize::from(range.end.saturating_sub(range.start)).saturating_sub(1);
    let clean = text::clean(&content.text);
    let sign = theme.sign("…", "~");
    let text = if content.cut_start {
        text::fit_end(&clean, room, sign)
    } else {
        text::fit(&clean, room, sign)
    };
    buffer.set_stringn(range.start, y, &text, room, base.patch(content.style));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Levels {
        cursor: (usize, usize),
        first: (usize, usize),
    }

    impl Grid for Levels {
        fn rows(&self) -> usize {
            50
        }
        fn columns(&self) -> usize {
            10
        }
        fn head_lines(&self) -> u16 {
            2
        }
        fn name_width(&self, _: u16) -> u16 {
            12
        }
        fn column_width(&self) -> u16 {
            6
        }
        fn corner(&self, line: u16) -> Content<'_> {
            Content::new(if line == 1 { "NAME" } else { "" }, Style::new())
        }
        fn head(&self, line: u16, column: usize) -> GridHead<'_> {
            if line == 0 {
                GridHead {
                    content: Content::new(format!("level {}", column / 2), Style::new()),
                    group: Some(column / 2),
                }
            } else {
                GridHead {
                    content: Content::new(format!("c{column}"), Style::new()),
                    group: None,
                }
            }
        }
        fn name(&self, row: usize) -> (Cow<'_, str>, Content<'_>) {
            let path = Content {
                cut_start: true,
                ..Content::new(format!("/a/long/path/{row}"), Style::new())
            };
            ("+ ".into(), path)
        }
        fn cell(&self, row: usize, column: usize) -> Content<'_> {
            Content::new(format!("{row}.{column}\u{1b}"), Style::new())
        }
        fn cursor(&self) -> (usize, usize) {
            self.cursor
        }
        fn first(&self) -> (usize, usize) {
            self.first
        }
    }

    fn drawn(grid: &Levels, width: u16, height: u16) -> (GridSeen, Vec<String>) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let seen = draw(grid, &Theme::plain(), &mut buffer, area);
        let lines = (0..height)
            .map(|y| {
                let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
                line.trim_end().to_owned()
            })
            .collect();
        (seen, lines)
    }

    #[test]
    fn heads_span_their_columns_and_names_stay() {
        let grid = Levels {
            cursor: (0, 0),
            first: (0, 0),
        };
        let (seen, lines) = drawn(&grid, 40, 5);
        assert_eq!(lines[0], "            level 0     level 1       ›");
        assert_eq!(lines[1], "NAME        c0    c1    c2    c3");
        assert!(lines[2].starts_with("+ …g/path/0 0.0␛"), "{}", lines[2]);
        assert_eq!(seen.rows, 3);
        assert_eq!(seen.at(13, 3), Some((1, Some(0))));
        assert_eq!(seen.at(3, 2), Some((0, None)));
        assert_eq!(seen.at(13, 1), None);
    }

    #[test]
    fn the_window_follows_the_cursor_both_ways_and_stays_where_it_was() {
        let grid = Levels {
            cursor: (20, 7),
            first: (0, 0),
        };
        let (seen, lines) = drawn(&grid, 40, 12);
        assert_eq!(seen.first, (11, 4));
        assert!(lines[0].contains('‹') && lines[0].contains('›'));
        assert!(lines.iter().any(|line| line.contains("20.7")));
        let back = Levels {
            cursor: (15, 5),
            first: seen.first,
        };
        assert_eq!(drawn(&back, 40, 12).0.first, seen.first);
    }

    #[test]
    fn no_size_breaks_it() {
        for width in 0..30 {
            for height in 0..6 {
                let grid = Levels {
                    cursor: (49, 9),
                    first: (49, 9),
                };
                drawn(&grid, width, height);
            }
        }
    }
}
