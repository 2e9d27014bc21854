//! Draws the detail pane: a thing in words, or its JSON.

use ratatui::{
    Frame,
    layout::{Margin, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding, Scrollbar, ScrollbarOrientation, ScrollbarState},
};

use super::{Role, Theme, text};
use crate::app::detail::{Described, Detail, Line as Json, Node, Part, Scalar};

/// Draws the pane into `area` and says where each line is: its place, for
/// [`Detail::click`].
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    detail: &Detail,
    theme: &Theme,
) -> Vec<(Rect, usize)> {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return Vec::new();
    }
    let part = match detail.part() {
        Part::Describe => "description",
        Part::Json => "JSON",
    };
    let title = text::clean(&detail.title);
    let room = usize::from(area.width.saturating_sub(6));
    let part_width = text::width(part) + 2;
    let mut title = vec![Span::styled(
        format!(
            " {} ",
            text::fit(&title, room.saturating_sub(part_width), theme.cut())
        ),
        theme.get(Role::Title),
    )];
    if room > part_width {
        title.push(Span::styled(format!("{part} "), theme.get(Role::Dim)));
    }
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.get(Role::Border))
        .padding(Padding::horizontal(1))
        .title(Line::from(title))
        .title_bottom(position(detail, room, theme).right_aligned());
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    let places = detail.visible(usize::from(inner.height));
    let mut areas = Vec::new();
    for (y, place) in (inner.y..inner.bottom()).zip(places.clone()) {
        let width = usize::from(inner.width);
        let line = match detail.part() {
            Part::Describe => detail
                .lines()
                .get(place)
                .map(|line| described(line, detail, theme)),
            Part::Json => detail.tree().at(place).map(|(number, line)| {
                json(line, detail.tree().is_folded(number), detail, width, theme)
            }),
        };
        let Some(mut line) = line else { continue };
        if place == detail.cursor() {
            let gap = width.saturating_sub(line.width());
            line.spans.push(Span::raw(" ".repeat(gap)));
            let cursor = theme.get(Role::Cursor);
            for span in &mut line.spans {
                span.style = span.style.patch(cursor);
            }
        }
        frame.buffer_mut().set_line(inner.x, y, &line, inner.width);
        areas.push((
            Rect {
                y,
                height: 1,
                ..inner
            },
            place,
        ));
    }
    if detail.count() > places.len() && area.height > 2 {
        let mut state = ScrollbarState::new(detail.count().saturating_sub(places.len()))
            .position(places.start)
            .viewport_content_length(places.len());
        let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
            .begin_symbol(None)
            .end_symbol(None)
            .track_symbol(Some(theme.sign("│", "|")))
            .thumb_symbol(theme.sign("█", "#"))
            .style(theme.get(Role::Border));
        frame.render_stateful_widget(bar, area.inner(Margin::new(0, 1)), &mut state);
    }
    areas
}

/// What the search found, and where the cursor is.
fn position(detail: &Detail, room: usize, theme: &Theme) -> Line<'static> {
    let place = format!(
        " line {} of {} ",
        (detail.cursor() + 1).min(detail.count()),
        detail.count()
    );
    let mut spans = Vec::new();
    if !detail.query().is_empty() {
        let found = match detail.matched() {
            (_, 0) => "no match".to_owned(),
            (Some(at), count) => format!("{at} of {count}"),
            (None, 1) => "1 match".to_owned(),
            (None, count) => format!("{count} matches"),
        };
        let query = text::clean(detail.query());
        let left = room.saturating_sub(text::width(&place) + text::width(&found) + 3);
        let role = if detail.matched().1 == 0 {
            Role::Warning
        } else {
            Role::Hint
        };
        spans.push(Span::styled(
            format!(" /{} {found} ", text::fit(&query, left, theme.cut())),
            theme.get(role),
        ));
    }
    spans.push(Span::styled(place, theme.get(Role::Dim)));
    Line::from(spans)
}

fn described(line: &Described, detail: &Detail, theme: &Theme) -> Line<'static> {
    let names = detail.names_width();
    let name = text::clean(&line.name);
    let name = text::fit(&name, names.saturating_sub(1), theme.cut());
    let pad = " ".repeat(names.saturating_sub(text::width(&name)));
    let mut spans = found(&name, detail.query(), theme.get(Role::Label), theme);
    spans.push(Span::raw(pad));
    spans.extend(found(
        &line.text,
        detail.query(),
        theme.tone(line.tone),
        theme,
    ));
    Line::from(spans)
}

fn json(line: &Json, folded: bool, detail: &Detail, width: usize, theme: &Theme) -> Line<'static> {
    let dim = theme.get(Role::Dim);
    let mark = match (&line.node, folded) {
        (Node::Open { .. }, true) => theme.sign("▸ ", "+ "),
        (Node::Open { .. }, false) => theme.sign("▾ ", "- "),
        _ => "  ",
    };
    // No more of a long text than can be seen.
    let reach = detail.column().saturating_add(width);
    let mut parts = vec![(" ".repeat(line.depth.saturating_mul(2).min(reach)), dim)];
    if let Some(name) = line.name() {
        parts.push((name.chars().take(reach).collect(), theme.get(Role::Label)));
        parts.push((": ".to_owned(), dim));
    }
    let brackets = |array: bool| if array { ("[", "]") } else { ("{", "}") };
    match &line.node {
        Node::Open { array, count, .. } => {
            let (open, close) = brackets(*array);
            if folded {
                let more = theme.sign("…", "...");
                parts.push((
                    format!("{open} {more} {count} {close}"),
                    theme.get(Role::Text),
                ));
            } else {
                parts.push((open.to_owned(), theme.get(Role::Text)));
            }
        }
        Node::Close { array } => {
            parts.push((brackets(*array).1.to_owned(), theme.get(Role::Text)));
        }
        Node::Leaf(scalar, text) => {
            let role = match scalar {
                Scalar::Text => Role::Ok,
                Scalar::Number => Role::HintKey,
                Scalar::Word => Role::Unknown,
            };
            parts.push((text.chars().take(reach).collect(), theme.get(role)));
        }
    }
    if line.comma && (folded || !matches!(line.node, Node::Open { .. })) {
        parts.push((",".to_owned(), dim));
    }
    let mut spans = vec![Span::styled(mark, theme.get(Role::HintKey))];
    let mut skip = detail.column();
    for (part, style) in parts {
        let length = part.chars().count();
        let part: String = part.chars().skip(skip).collect();
        skip = skip.saturating_sub(length);
        spans.extend(found(&part, detail.query(), style, theme));
    }
    Line::from(spans)
}

/// `content`, cleaned, with what is searched for standing out.
fn found(content: &str, query: &str, plain: Style, theme: &Theme) -> Vec<Span<'static>> {
    let query: Vec<char> = query.chars().flat_map(char::to_lowercase).collect();
    let letters: Vec<char> = content.chars().collect();
    // Letters that become several in lower case cannot be told apart here; they stay plain.
    let lower: Vec<char> = letters
        .iter()
        .map(|letter| letter.to_lowercase().next().unwrap_or(*letter))
        .collect();
    let style = plain.patch(theme.get(Role::Title));
    let mut spans = Vec::new();
    let mut from = 0;
    let mut at = 0;
    let push = |spans: &mut Vec<Span<'static>>, range: std::ops::Range<usize>, style| {
        let part: String = letters.iter().skip(range.start).take(range.len()).collect();
        if !part.is_empty() {
            spans.push(Span::styled(text::clean(&part).into_owned(), style));
        }
    };
    while !query.is_empty() && at + query.len() <= lower.len() {
        if lower.iter().skip(at).take(query.len()).eq(query.iter()) {
            push(&mut spans, from..at, plain);
            push(&mut spans, at..at + query.len(), style);
            at += query.len();
            from = at;
        } else {
            at += 1;
        }
    }
    push(&mut spans, from..letters.len(), plain);
    spans
}
