//! What helps below a field: the mark where its text is wrong, and the ways to go on.

use std::ops::Range;

use ratatui::text::{Line, Span};

use super::{
    form::Row,
    text,
    window::{Typed, typed},
};
use crate::{
    app::dialog::{Aid, Field, Kind, Mark, Target, wrap},
    ui::{Role, Theme},
};

/// The most offers in view.
const OFFERS: usize = 6;
/// The most lines of what is said to be wrong.
const SAID: usize = 4;

/// A line being typed in `room` columns, what is wrong in it told apart.
pub(super) fn line(field: &Field, room: usize, theme: &Theme) -> (Vec<Span<'static>>, usize) {
    let Kind::Text(input) = &field.kind else {
        return (Vec::new(), 0);
    };
    let Typed { shown, cursor, .. } = typed(input, room);
    let plain = theme.get(Role::Text);
    let Some(wrong) = letters(field, room) else {
        return (vec![Span::styled(shown, plain)], cursor);
    };
    let part = |from: usize, to: usize| -> String {
        shown
            .chars()
            .skip(from)
            .take(to.saturating_sub(from))
            .collect()
    };
    let spans = vec![
        Span::styled(part(0, wrong.start), plain),
        Span::styled(part(wrong.start, wrong.end), theme.get(Role::Invalid)),
        Span::styled(part(wrong.end, usize::MAX), plain),
    ];
    (spans, cursor)
}

/// Which characters of what is shown are wrong.
fn letters(field: &Field, room: usize) -> Option<Range<usize>> {
    let (Kind::Text(input), Some(wrong)) = (&field.kind, field.wrong()) else {
        return None;
    };
    let hidden = typed(input, room).hidden;
    let place = |byte: usize| {
        let before = input.value().get(..byte)?;
        Some(before.chars().count().saturating_sub(hidden))
    };
    Some(place(wrong.start)?..place(wrong.end)?)
}

/// The columns of what is wrong, as far as they are in view.
fn columns(field: &Field, room: usize) -> Option<Range<usize>> {
    let (Kind::Text(input), Some(wrong)) = (&field.kind, letters(field, room)) else {
        return None;
    };
    let shown = typed(input, room).shown;
    let column = |letters: usize| {
        let before: String = shown.chars().take(letters).collect();
        text::width(&before).min(room)
    };
    let columns = column(wrong.start)..column(wrong.end);
    (!columns.is_empty()).then_some(columns)
}

/// The rows below a field in which something was found wrong: carets below the place, and what
/// it is. The place keeps its row when it is no longer known, so that nothing jumps.
pub(super) fn mark(
    field: &Field,
    (mark, same): (&Mark, bool),
    from: usize,
    width: usize,
    theme: &Theme,
) -> Vec<Row> {
    let style = theme.get(if same { Role::Invalid } else { Role::Dim });
    let mut rows = Vec::new();
    if mark.range.is_some() {
        let carets = columns(field, width.saturating_sub(from)).map_or_else(String::new, |at| {
            format!("{}{}", " ".repeat(from + at.start), "^".repeat(at.len()))
        });
        rows.push(Row::of(Line::styled(carets, style)));
    }
    let says = format!("{} {}", theme.sign("✗", "!"), text::clean(&mark.message));
    let lines = wrap(&says, width.saturating_sub(2), "");
    let more = lines.len() > SAID;
    rows.extend(lines.into_iter().take(SAID).enumerate().map(|(at, line)| {
        let cut = if more && at + 1 == SAID {
            theme.cut()
        } else {
            ""
        };
        let room = width.saturating_sub(2 + text::width(cut));
        let line = text::start(&line, room);
        Row::of(Line::styled(format!("  {line}{cut}"), style))
    }));
    rows
}

/// The rows below a field with help: what belongs at the cursor, and the ways to go on. They
/// are always as many, so that nothing jumps while one types.
pub(super) fn offers(aid: &Aid, from: usize, width: usize, theme: &Theme) -> Vec<Row> {
    let offers = &aid.assistance().offers;
    let first = aid.chosen().saturating_sub(OFFERS - 1);
    let mut rows = vec![Row::of(Line::styled(
        format!("{}{}", " ".repeat(from), expects(aid)),
        theme.get(Role::Dim),
    ))];
    let before = from.saturating_sub(2);
    for at in first..first + OFFERS {
        let Some(offer) = offers.get(at) else {
            rows.push(Row::default());
            continue;
        };
        let here = at == aid.chosen();
        let sign = if here { theme.sign("▸ ", "> ") } else { "  " };
        let offer = text::clean(offer);
        let offer = text::fit(&offer, width.saturating_sub(from), theme.cut()).into_owned();
        let style = theme.get(if here { Role::Title } else { Role::Text });
        rows.push(Row {
            line: Line::from(vec![
                Span::raw(" ".repeat(before)),
                Span::styled(sign, theme.get(Role::HintKey)),
                Span::styled(offer, style),
            ]),
            targets: vec![(before, width.saturating_sub(before), Target::Offer(at))],
            cursor: None,
        });
    }
    rows
}

/// What belongs at the cursor, and how many ways there are to go on where not all are in view.
fn expects(aid: &Aid) -> String {
    let assistance = aid.assistance();
    let count = assistance.offers.len();
    if assistance.expects.is_empty() {
        return "what is before the cursor is not understood".to_owned();
    }
    if count > OFFERS {
        let place = aid.chosen() + 1;
        return format!("next: {} · {place} of {count}", assistance.expects);
    }
    format!("next: {}", assistance.expects)
}
