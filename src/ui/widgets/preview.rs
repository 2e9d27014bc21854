//! Draws what a file looks like.

use std::fmt::Write;

use ratatui::{
    Frame,
    layout::{Margin, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Clear},
};

use super::{picture, scrollbar};
use crate::{
    app::mlflow::preview::{Body, Preview, Sheet},
    ui::{Role, Theme, detail, text},
};

/// Between two columns of a table.
const GAP: usize = 2;
/// No more of a line than this is looked at, in bytes.
const LONGEST: usize = 16_384;

/// Draws it; says where each line of JSON or of a model is, for
/// [`Detail::click`](crate::app::detail::Detail::click).
pub fn draw(
    preview: &Preview,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) -> Vec<(Rect, usize)> {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return Vec::new();
    }
    if let Body::Detail(pane) = preview.body() {
        let lines = detail::draw(frame, area, pane, theme);
        note(preview, theme, frame, area);
        return lines;
    }
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.get(Role::Border))
        .title(heading(preview, theme, usize::from(area.width)));
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    note(preview, theme, frame, area);
    let inner = inner.inner(Margin::new(1, 0));
    if inner.is_empty() {
        return Vec::new();
    }
    match preview.body() {
        Body::Lines(lines) => {
            let seen = lines.iter().skip(preview.top());
            for (line, y) in seen.zip(inner.top()..inner.bottom()) {
                let line = scrolled(line, preview.left(), usize::from(inner.width), theme);
                put(frame, inner, y, &line, theme.get(Role::Text));
            }
        }
        Body::Bytes(_) => {
            for (at, y) in (preview.top()..).zip(inner.top()..inner.bottom()) {
                let Some(line) = preview.dumped(at) else {
                    break;
                };
                put(frame, inner, y, &line, theme.get(Role::Text));
            }
        }
        Body::Sheet(sheet) => table(preview, sheet, theme, frame, inner),
        Body::Picture(shown) => {
            picture::draw(shown, theme, frame.buffer_mut(), inner);
        }
        Body::Detail(_) => {}
    }
    let height = usize::from(inner.height) - usize::from(matches!(preview.body(), Body::Sheet(_)));
    if preview.count() > height && height > 0 {
        let track = Rect::new(area.right() - 1, inner.y, 1, inner.height);
        let total = preview.count();
        scrollbar::draw(
            frame.buffer_mut(),
            track,
            theme,
            preview.top(),
            height,
            total,
        );
    }
    Vec::new()
}

fn heading(preview: &Preview, theme: &Theme, width: usize) -> Line<'static> {
    let room = width.saturating_sub(6);
    let kind = if theme.is_ascii() {
        preview.kind.replace('×', "x")
    } else {
        preview.kind.clone()
    };
    let title = text::clean(&preview.title);
    let left = room.saturating_sub(text::width(&kind) + 2);
    let title = text::fit_end(&title, left, theme.cut());
    let mut line = Line::from(Span::styled(format!(" {title} "), theme.get(Role::Title)));
    if room > text::width(&kind) + 2 {
        line.push_span(Span::styled(format!("{kind} "), theme.get(Role::Dim)));
    }
    line
}

/// What else is to be said, in the lower border.
fn note(preview: &Preview, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width.saturating_sub(4));
    let Some(note) = preview
        .note
        .as_ref()
        .filter(|_| room > 2 && area.height > 1)
    else {
        return;
    };
    let note = text::clean(note);
    let note = if theme.is_ascii() {
        note.replace('×', "x")
    } else {
        note.into_owned()
    };
    let note = format!(" {} ", text::fit(&note, room - 2, theme.cut()));
    let (x, y) = (area.x + 2, area.bottom() - 1);
    let style = theme.get(Role::Warning);
    frame.buffer_mut().set_stringn(x, y, &note, room, style);
}

/// A line from a column on; a character that is cut in half leaves a blank.
fn scrolled(line: &str, left: usize, width: usize, theme: &Theme) -> String {
    let line = line
        .get(..line.floor_char_boundary(LONGEST))
        .unwrap_or(line);
    let clean = text::clean(line);
    let hidden = text::start(&clean, left);
    let rest = clean.get(hidden.len()..).unwrap_or_default();
    let half = left - text::width(hidden);
    if half > 0 && !rest.is_empty() {
        let cut: String = rest.chars().skip(1).collect();
        return text::fit(&format!(" {cut}"), width, theme.cut()).into_owned();
    }
    text::fit(rest, width, theme.cut()).into_owned()
}

fn table(preview: &Preview, sheet: &Sheet, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let heads = row(sheet, sheet.heads(), preview.left(), theme);
    put(frame, area, area.y, &heads, theme.get(Role::Column));
    let body = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let seen = sheet.rows().iter().skip(preview.top());
    for (cells, y) in seen.zip(body.top()..body.bottom()) {
        let line = row(sheet, cells, preview.left(), theme);
        put(frame, body, y, &line, theme.get(Role::Text));
    }
}

/// Cells in their columns, numbers at the right.
fn row(sheet: &Sheet, cells: &[String], first: usize, theme: &Theme) -> String {
    let mut line = String::new();
    for (column, width) in sheet.widths().iter().enumerate().skip(first) {
        let cell = cells.get(column).map_or("", String::as_str);
        let cell = cell
            .get(..cell.floor_char_boundary(LONGEST))
            .unwrap_or(cell);
        let cell = text::clean(cell);
        let cell = text::fit(&cell, *width, theme.cut());
        let pad = " ".repeat(width - text::width(&cell));
        let (before, after) = if sheet.is_number(column) {
            (pad.as_str(), "")
        } else {
            ("", pad.as_str())
        };
        let _ = write!(line, "{before}{cell}{after}{:GAP$}", "");
    }
    line
}

fn put(frame: &mut Frame<'_>, area: Rect, y: u16, line: &str, style: Style) {
    let room = usize::from(area.width);
    frame.buffer_mut().set_stringn(area.x, y, line, room, style);
}

#[cfg(test)]
mod tests;
