//! What all windows share: the frame, lines of text, buttons, the line being typed.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding},
};
use tui_input::Input;

use super::text;
use crate::{
    app::{
        dialog::{Prose, Room, Target, Text},
        tone::Tone,
    },
    ui::{Role, Theme},
};

/// Where something can be clicked.
pub type Areas = Vec<(Rect, Target)>;

/// A window that is being drawn.
pub(super) struct Window<'a, 'f> {
    pub(super) frame: &'a mut Frame<'f>,
    pub(super) theme: &'a Theme,
    /// The room for text.
    pub(super) inner: Rect,
    pub(super) areas: Areas,
}

/// What a window's frame says.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    pub(super) tone: Option<Tone>,
    /// Keys and what they do, the most needed last: the first ones go where there is no room.
    pub(super) keys: &'a [(&'a str, &'a str)],
}

/// A number of rows or columns as the terminal counts them.
pub(super) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

impl<'a, 'f> Window<'a, 'f> {
    /// Opens a window with room for `rows` rows of text in the middle of `area`.
    pub(super) fn open(
        frame: &'a mut Frame<'f>,
        area: Rect,
        theme: &'a Theme,
        head: &Head<'_>,
        rows: usize,
    ) -> Self {
        let area = area.intersection(frame.area());
        let width = Room::new(area.width, area.height).window_width();
        let height = cells(rows.saturating_add(2)).min(area.height);
        let outer = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + (area.height - height) / 2,
            width,
            height,
        };
        let room = usize::from(width.saturating_sub(4));
        let title = text::clean(head.title);
        let title = format!(
            " {} ",
            text::fit(&title, room.saturating_sub(2), theme.cut())
        );
        let title_style = head
            .tone
            .map_or(theme.get(Role::Title), |tone| theme.tone(tone));
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.get(Role::Border))
            .padding(Padding::horizontal(1))
            .title(Line::styled(title, title_style))
            .title_bottom(keys(head.keys, room, theme).right_aligned());
        let inner = block.inner(outer);
        frame.render_widget(Clear, outer);
        frame.render_widget(block, outer);
        Self {
            frame,
            theme,
            inner,
            areas: vec![(outer, Target::Window)],
        }
    }

    /// The columns for text.
    pub(super) fn width(&self) -> usize {
        usize::from(self.inner.width)
    }

    /// Draws `line` in the row `row`, counted from the top of the text; not below its end.
    pub(super) fn line(&mut self, row: usize, line: &Line<'_>) {
        let Some(area) = self.row(row) else { return };
        self.frame
            .buffer_mut()
            .set_line(area.x, area.y, line, area.width);
    }

    /// The area of the row `row`, if there is one.
    pub(super) fn row(&self, row: usize) -> Option<Rect> {
        let row = u16::try_from(row).ok()?;
        (row < self.inner.height && self.inner.width > 0).then(|| Rect {
            y: self.inner.y + row,
            height: 1,
            ..self.inner
        })
    }

    /// Makes `width` columns from `from` on in a row clickable.
    pub(super) fn target(&mut self, row: usize, from: usize, width: usize, target: Target) {
        if let Some(area) = self.row(row) {
            let from = cells(from).min(area.width);
            let part = Rect {
                x: area.x + from,
                width: cells(width).min(area.width - from),
                ..area
            };
            self.areas.push((part, target));
        }
    }

    /// Puts the terminal's cursor into a row.
    pub(super) fn cursor(&mut self, row: usize, column: usize) {
        if let Some(area) = self.row(row) {
            let column = cells(column).min(area.width.saturating_sub(1));
            self.frame
                .set_cursor_position(Position::new(area.x + column, area.y));
        }
    }

    /// Draws buttons in a row; the one with the focus is marked and not told by colour alone.
    pub(super) fn buttons(&mut self, row: usize, buttons: &[Button<'_>]) {
        let mut spans = Vec::new();
        let mut at = 0;
        for button in buttons {
            let mark = self.theme.sign("▸", ">");
            let label = text::clean(button.label);
            let label = format!("[ {label} ]");
            let width = text::width(&label);
            let mut style = button.style;
            if button.focused {
                style = self.theme.get(Role::Cursor).add_modifier(Modifier::BOLD);
            }
            spans.push(Span::styled(
                if button.focused { mark } else { " " },
                self.theme.get(Role::HintKey),
            ));
            spans.push(Span::styled(label, style));
            spans.push(Span::raw(" "));
            self.target(row, at + 1, width, button.target);
            at += width + 2;
        }
        self.line(row, &Line::from(spans));
    }

    /// Draws the part of `prose` that is in view into `rows` rows from the top. Where not all
    /// fits, the last row says how much is above and below.
    pub(super) fn prose(&mut self, prose: &Prose, rows: usize) {
        let count = prose.lines().len();
        let fits = count <= rows;
        let shown = if fits || rows < 2 { rows } else { rows - 1 };
        let range = prose.visible(shown);
        for (row, text) in prose
            .lines()
            .iter()
            .skip(range.start)
            .take(range.len())
            .enumerate()
        {
            self.text(row, text);
        }
        if shown < rows {
            self.more(shown, range.start, count - range.end);
        }
    }

    /// Draws a text that fits one row.
    pub(super) fn text(&mut self, row: usize, content: &Text) {
        let line = Line::styled(
            text::clean(&content.text).into_owned(),
            self.theme.tone(content.tone),
        );
        self.line(row, &line);
    }

    /// Says how many lines are out of view.
    pub(super) fn more(&mut self, row: usize, above: usize, below: usize) {
        let lines = |count: usize| if count == 1 { "line" } else { "lines" };
        let says = match (above, below) {
            (0, 0) => return,
            (_, 0) => format!(
                "{} {above} more {} above",
                self.theme.sign("▲", "^"),
                lines(above)
            ),
            (0, _) => format!(
                "{} {below} more {} below",
                self.theme.sign("▼", "v"),
                lines(below)
            ),
            _ => format!(
                "{} {above} above, {} {below} below",
                self.theme.sign("▲", "^"),
                self.theme.sign("▼", "v")
            ),
        };
        let line = Line::styled(says, self.theme.get(Role::Dim));
        self.line(row, &line);
    }
}

/// A button.
pub(super) struct Button<'a> {
    pub(super) label: &'a str,
    pub(super) target: Target,
    pub(super) focused: bool,
    pub(super) style: Style,
}

/// The part of a line being typed that is in view.
pub(super) struct Typed {
    /// What is shown of the line.
    pub(super) shown: String,
    /// The cursor's column.
    pub(super) cursor: usize,
    /// How many characters before what is shown are out of view.
    pub(super) hidden: usize,
}

/// A line being typed in `width` columns.
pub(super) fn typed(input: &Input, width: usize) -> Typed {
    let before: String = input.value().chars().take(input.cursor()).collect();
    let after: String = input.value().chars().skip(input.cursor()).collect();
    typed_parts(&before, &after, width)
}

/// The same for a line given as the texts before and after the cursor. Of a line that is too
/// long, what comes after the cursor is in view for half the room.
pub(super) fn typed_parts(before: &str, after: &str, width: usize) -> Typed {
    let before = text::clean(before);
    let after: String = after.chars().take(width).collect();
    let after = text::clean(&after);
    let ahead = text::width(&after).min(width / 2);
    let mut room = width.saturating_sub(ahead.max(1));
    let mut shown: Vec<char> = before
        .chars()
        .rev()
        .take_while(|letter| {
            let columns = text::width(letter.encode_utf8(&mut [0; 4]));
            let fits = columns <= room;
            room = room.saturating_sub(columns);
            fits
        })
        .collect();
    shown.reverse();
    let hidden = before.chars().count() - shown.len();
    let before: String = shown.into_iter().collect();
    Typed {
        cursor: text::width(&before),
        shown: format!("{before}{after}"),
        hidden,
    }
}

fn keys<'a>(keys: &[(&'a str, &'a str)], room: usize, theme: &Theme) -> Line<'a> {
    let wide = |(key, does): &(&str, &str)| text::width(key) + text::width(does) + 3;
    let mut from = 0;
    while from < keys.len() && keys.iter().skip(from).map(wide).sum::<usize>() > room + 1 {
        from += 1;
    }
    let mut spans = Vec::new();
    for (key, does) in keys.iter().skip(from) {
        spans.push(Span::styled(format!(" {key}"), theme.get(Role::HintKey)));
        spans.push(Span::styled(format!(" {does} "), theme.get(Role::Hint)));
    }
    Line::from(spans)
}
