//! Draws any list: how its data stands, heads, the visible window of its rows, a scrollbar.
//!
//! What it costs depends on the size of the window, never on the number of rows.

use std::{borrow::Cow, ops::Range};

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::{Paragraph, Widget, Wrap},
};

use super::{
    columns::{self, Columns},
    scrollbar,
};
use crate::{
    app::table::{Align, Cell, Direction, Emptiness, Head, Listing, RowView, Standing},
    domain::Failure,
    ui::{Role, Theme, text},
};

/// Before the first column: the mark and a space.
const GUTTER: u16 = 2;
/// A cell holds no more bytes than this on any screen; the rest is not even looked at.
const LONGEST: usize = 4_096;

/// A list and how to draw it.
pub struct List<'a> {
    /// What is to be said of all rows together.
    pub words: Option<&'a str>,
    /// Why there are no rows, where that is known.
    pub nothing: Option<&'a str>,
    /// The list.
    pub listing: &'a dyn Listing,
    /// The styles and signs.
    pub theme: &'a Theme,
    /// The spinner's picture while something loads.
    pub spinner: &'a str,
    /// Whether keys go to it; else its cursor row is only hinted at.
    pub focused: bool,
}

/// What was laid out: where a click hits, and what the list is to note
/// ([`Listing::note_seen`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Where rows are drawn.
    pub body: Rect,
    /// The line of the heads.
    pub head: Rect,
    /// The place of the row at the top of it.
    pub first_row: usize,
    /// How many rows are drawn.
    pub rows: usize,
    /// Where each column stands on the screen, and its place in the list.
    pub heads: Vec<(Range<u16>, usize)>,
    /// Whether there are columns to the right of it.
    pub more_columns: bool,
    /// The scrollbar, where there is one.
    pub scrollbar: Option<Rect>,
}

impl List<'_> {
    /// Draws it.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect) -> Seen {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return Seen::default();
        }
        let line = |y: u16| Rect {
            y: area.y.saturating_add(y),
            height: area.height.saturating_sub(y).min(1),
            ..area
        };
        self.standing_line(line(0).width).render(line(0), buffer);
        let head = line(1);
        let mut body = Rect {
            y: area.y.saturating_add(2).min(area.bottom()),
            height: area.height.saturating_sub(2),
            ..area
        };
        if self.listing.shown() == 0 {
            self.draw_nothing(buffer, body);
            return Seen {
                body,
                head,
                ..Seen::default()
            };
        }
        let height = usize::from(body.height);
        let shown = self.listing.shown();
        let first_row = self.listing.window(height);
        let mut scrollbar = None;
        if shown > height && body.width > 1 && height > 0 {
            let track = Rect {
                x: body.right() - 1,
                width: 1,
                ..body
            };
            scrollbar::draw(buffer, track, self.theme, first_row, height, shown);
            scrollbar = Some(track);
            // A free column, so that texts do not run into it.
            body.width = body.width.saturating_sub(2);
        }
        let heads = self.listing.heads();
        let left = body.x.saturating_add(GUTTER).min(body.right());
        let columns = columns::deal(&heads, self.listing.first_column(), body.right() - left);
        self.draw_heads(buffer, head, left, body.right(), &heads, &columns);
        let mut rows = 0;
        for (y, place) in (body.top()..body.bottom()).zip(first_row..) {
            let Some(row) = self.listing.row(place) else {
                break;
            };
            let line = Rect {
                y,
                height: 1,
                ..body
            };
            let under = self.listing.cursor() == Some(place);
            self.draw_row(buffer, line, left, &heads, &columns, &row, under);
            rows += 1;
        }
        Seen {
            body,
            head,
            first_row,
            rows,
            heads: columns
                .seen
                .iter()
                .map(|(range, place)| (left + range.start..left + range.end, *place))
                .collect(),
            more_columns: columns.more_right,
            scrollbar,
        }
    }

    fn draw_heads(
        &self,
        buffer: &mut Buffer,
        line: Rect,
        left: u16,
        right: u16,
        heads: &[Head],
        columns: &Columns,
    ) {
        if line.is_empty() {
            return;
        }
        let style = self.theme.get(Role::Column);
        for (range, place) in &columns.seen {
            let Some(head) = heads.get(*place) else {
                continue;
            };
            let arrow = match head.sorted {
                Some(Direction::Ascending) => self.theme.sign("▲", "^"),
                Some(Direction::Descending) => self.theme.sign("▼", "v"),
                None => "",
            };
            let room = usize::from(range.end - range.start);
            let title = text::clean(head.title.as_deref().unwrap_or_default());
            let name = text::fit(
                &title,
                room.saturating_sub(text::width(arrow)),
                self.cut_sign(),
            );
            let name = format!("{name}{arrow}");
            let pad = indent(head.align, room, text::width(&name));
            buffer.set_stringn(left + range.start + pad, line.y, &name, room, style);
        }
        let title = self.theme.get(Role::Title);
        if columns.more_left
            && let Some((range, _)) = columns.seen.get(1)
        {
            let x = (left + range.start).saturating_sub(1);
            buffer.set_stringn(x, line.y, self.theme.sign("‹", "<"), 1, title);
        }
        if columns.more_right && right > left {
            buffer.set_stringn(right - 1, line.y, self.theme.sign("›", ">"), 1, title);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "where, how and what, each once")]
    fn draw_row(
        &self,
        buffer: &mut Buffer,
        line: Rect,
        left: u16,
        heads: &[Head],
        columns: &Columns,
        row: &RowView<'_>,
        under: bool,
    ) {
        let base = match (under, self.focused) {
            (true, true) => self.theme.get(Role::Cursor),
            (true, false) => Style::new().add_modifier(Modifier::BOLD),
            _ => Style::new(),
        };
        buffer.set_style(line, base);
        let marked = self.theme.get(Role::Marked);
        if row.marked {
            let sign = self.theme.sign("●", "*");
            buffer.set_stringn(line.x, line.y, sign, 1, base.patch(marked));
        }
        for (range, place) in &columns.seen {
            let (Some(head), Some(cell)) = (heads.get(*place), row.cells.get(*place)) else {
                continue;
            };
            let found = row.matches.get(*place).map_or(&[][..], Vec::as_slice);
            let mut style = base.patch(self.theme.tone(cell.tone));
            if row.marked && *place == 0 {
                style = style.patch(marked);
            }
            let room = usize::from(range.end - range.start);
            let pieces = pieces(cell, found);
            let wide: usize = pieces.iter().map(|(piece, _)| text::width(piece)).sum();
            let mut x = left + range.start + indent(head.align, room, wide);
            let end = left + range.end;
            let cut = wide > room;
            let last = if cut { end - 1 } else { end };
            for (piece, hit) in pieces {
                let style = if hit {
                    style
                        .patch(self.theme.get(Role::Match))
                        .add_modifier(Modifier::UNDERLINED)
                } else {
                    style
                };
                let room = usize::from(last.saturating_sub(x));
                let fits = text::start(&piece, room);
                (x, _) = buffer.set_stringn(x, line.y, fits, room, style);
                if fits.len() < piece.len() {
                    break;
                }
            }
            if cut {
                buffer.set_stringn(x, line.y, self.cut_sign(), 1, style);
            }
        }
    }

    /// What stands where there are no rows.
    fn draw_nothing(&self, buffer: &mut Buffer, area: Rect) {
        let noun = self.listing.nouns().1;
        let dim = self.theme.get(Role::Dim);
        let lines = match (self.listing.standing(), self.listing.emptiness()) {
            (Standing::Denied { error, action }, _) => {
                let missing = match action {
                    Some(action) => format!("Not allowed: {action} is missing."),
                    None => "Not allowed.".to_owned(),
                };
                self.failure(&missing, error)
            }
            (Standing::Failed { error }, _) => self.failure("This failed.", error),
            (Standing::Idle, _) => {
                let first = format!("The {noun} were not asked for yet.");
                self.with_reason(Line::styled(first, dim))
            }
            (Standing::Loading { at: None, .. }, Some(Emptiness::Empty)) => {
                vec![Line::styled(
                    format!("{} loading {noun}", self.spinner),
                    dim,
                )]
            }
            (_, Some(Emptiness::Filtered)) => vec![
                Line::styled(
                    format!("None of {} {noun} matches the filter", self.listing.total()),
                    self.theme.get(Role::Text),
                ),
                Line::styled(
                    text::clean(self.listing.filter()).into_owned(),
                    self.theme.get(Role::HintKey),
                ),
            ],
            _ => self.with_reason(Line::styled(format!("There are no {noun}."), dim)),
        };
        let inner = Rect {
            x: area.x.saturating_add(GUTTER).min(area.right()),
            width: area.width.saturating_sub(GUTTER),
            ..area
        };
        Paragraph::new(lines)
            .wrap(Wrap { trim: true })
            .render(inner, buffer);
    }

    /// What is said, and why it is so, where that is known.
    fn with_reason(&self, said: Line<'static>) -> Vec<Line<'static>> {
        let style = self.theme.get(Role::Text);
        let why = self.nothing.map(text::clean);
        let why = why.map(|why| Line::styled(why.into_owned(), style));
        std::iter::once(said).chain(why).collect()
    }

    fn failure(&self, title: &str, error: &Failure) -> Vec<Line<'static>> {
        let next = text::clean(&error.next_step()).into_owned();
        vec![
            Line::styled(
                text::clean(title).into_owned(),
                self.theme.get(Role::Danger),
            ),
            Line::styled(
                text::clean(&error.to_string()).into_owned(),
                self.theme.get(Role::Text),
            ),
            Line::styled(
                format!("{} {next}", self.theme.sign("→", "->")),
                self.theme.get(Role::Warning),
            ),
        ]
    }

    /// `12 of 340 users · 3 marked, 1 hidden · by NAME ▲`, and what is wrong.
    fn standing_line(&self, width: u16) -> Line<'static> {
        let theme = self.theme;
        let (dim, warning) = (theme.get(Role::Dim), theme.get(Role::Warning));
        let mut parts: Vec<Span<'static>> = Vec::new();
        let loading = matches!(self.listing.standing(), Standing::Loading { .. });
        if !matches!(
            self.listing.standing(),
            Standing::Idle | Standing::Denied { .. } | Standing::Failed { .. }
        ) {
            parts.push(Span::styled(
                self.listing.count(),
                if loading { dim } else { theme.get(Role::Text) },
            ));
        }
        if let Some(words) = self.words {
            // However long the words are, that the rows are old is seen.
            if let Standing::Stale { at, .. } = self.listing.standing() {
                let words = format!("as of {}; refreshing failed", clock(at));
                parts.push(Span::styled(words, warning));
            }
            parts.push(Span::styled(text::clean(words).into_owned(), dim));
        }
        let marked = self.listing.marked();
        if marked.count > 0 {
            let hidden = match marked.hidden {
                0 => String::new(),
                hidden => format!(", {hidden} hidden"),
            };
            let words = format!("{} marked{hidden}", marked.count);
            parts.push(Span::styled(words, theme.get(Role::Marked)));
        }
        // What is wrong comes before what is only good to know.
        if let Some(error) = self.listing.filter_error() {
            let words = text::clean(&error.message).into_owned();
            parts.push(Span::styled(format!("filter: {words}"), warning));
        }
        match self.listing.standing() {
            Standing::Idle => parts.push(Span::styled("not asked for yet", dim)),
            Standing::Loading { so_far, at } => {
                let mut words = format!("{} loading", self.spinner);
                if let Some(at) = at {
                    words = format!(
                        "{} refreshing, {so_far} so far, as of {}",
                        self.spinner,
                        clock(at)
                    );
                }
                parts.push(Span::styled(words, dim));
            }
            Standing::Ready { .. } => {}
            Standing::Stale { error, at } => {
                let mut words = text::clean(&error.to_string()).into_owned();
                if self.words.is_none() {
                    words = format!("as of {}; refreshing failed: {words}", clock(at));
                }
                parts.push(Span::styled(words, warning));
            }
            Standing::Denied { .. } => parts.push(Span::styled(
                format!("{}: not allowed", self.listing.nouns().1),
                theme.get(Role::Danger),
            )),
            Standing::Failed { .. } => parts.push(Span::styled(
                format!("{}: failed", self.listing.nouns().1),
                theme.get(Role::Danger),
            )),
        }
        if let Some(sort) = self.listing.sort()
            && let Some(head) = self.listing.heads().get(sort.column)
        {
            let arrow = match sort.direction {
                Direction::Ascending => theme.sign("▲", "^"),
                Direction::Descending => theme.sign("▼", "v"),
            };
            parts.push(Span::styled(
                format!("by {} {arrow}", head.title.as_deref().unwrap_or(head.name)),
                dim,
            ));
        }
        let mut line = Line::raw(" ");
        let last = parts.len().saturating_sub(1);
        for (at, mut part) in parts.into_iter().enumerate() {
            let room = usize::from(width).saturating_sub(line.width());
            part.content = Cow::Owned(text::fit(&part.content, room, self.cut_sign()).into_owned());
            line.push_span(part);
            if at < last {
                line.push_span(Span::styled(theme.sign(" · ", " - "), dim));
            }
        }
        line
    }

    fn cut_sign(&self) -> &'static str {
        self.theme.sign("…", "~")
    }
}

fn clock(at: jiff::Timestamp) -> String {
    format!("{} UTC", at.strftime("%H:%M:%S"))
}

fn indent(align: Align, room: usize, wide: usize) -> u16 {
    match align {
        Align::Left => 0,
        Align::Right => u16::try_from(room.saturating_sub(wide)).unwrap_or(0),
    }
}

/// A cell's text as clean pieces, each found by the filter or not.
fn pieces<'a>(cell: &'a Cell<'_>, found: &[Range<usize>]) -> Vec<(Cow<'a, str>, bool)> {
    let whole: &'a str = &cell.text;
    let end = whole.floor_char_boundary(LONGEST);
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |range: Range<usize>, hit: bool| {
        if let Some(piece) = whole.get(range).filter(|piece| !piece.is_empty()) {
            pieces.push((text::clean(piece), hit));
        }
    };
    for range in found.iter().filter(|range| range.end <= end) {
        push(at..range.start, false);
        push(range.clone(), true);
        at = range.end;
    }
    push(at..end, false);
    pieces
}

#[cfg(test)]
mod tests;
