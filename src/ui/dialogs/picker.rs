//! A list to pick from.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    text,
    window::{Areas, Head, Typed, Window, typed},
};
use crate::{
    app::dialog::{Item, Picker, Target},
    ui::{Role, Theme},
};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, picker: &Picker, theme: &Theme) -> Areas {
    let many: &[_] = &[
        ("ctrl-a", "all"),
        ("space", "mark"),
        ("enter", "take"),
        ("esc", "cancel"),
    ];
    let one: &[_] = &[("type", "search"), ("enter", "choose"), ("esc", "cancel")];
    let head = Head {
        title: &picker.title,
        tone: None,
        keys: if picker.is_many() { many } else { one },
    };
    let wanted = picker.total().max(1) + Picker::FIXED_ROWS;
    let mut window = Window::open(frame, area, theme, &head, wanted);
    let Typed {
        shown,
        cursor: column,
        ..
    } = typed(picker.query(), window.width().saturating_sub(2));
    window.line(
        0,
        &Line::from(vec![
            Span::styled("/ ", theme.get(Role::HintKey)),
            Span::styled(shown, theme.get(Role::Input)),
        ]),
    );
    window.cursor(0, 2 + column);
    let rows = usize::from(window.inner.height).saturating_sub(Picker::FIXED_ROWS);
    let places = picker.visible(rows);
    let highlights = picker.highlights(places.clone());
    // Details stand below each other, unless that would leave them no room.
    let column = places
        .clone()
        .filter_map(|place| picker.item(place))
        .map(|item| text::width(&text::clean(&item.label)))
        .max()
        .unwrap_or(0)
        .min(window.width() / 2);
    for ((row, place), (label, detail)) in (1..).zip(places).zip(highlights) {
        if let Some(item) = picker.item(place) {
            let found = (label.as_slice(), detail.as_slice());
            draw_item(&mut window, row, picker, (place, item), found, column);
        }
    }
    if picker.found() == 0 {
        let says = if picker.total() == 0 {
            "there is nothing to choose from"
        } else {
            "nothing matches"
        };
        window.line(1, &Line::styled(says, theme.get(Role::Dim)));
    }
    window.line(rows + 1, &count(picker, theme));
    window.areas
}

fn count(picker: &Picker, theme: &Theme) -> Line<'static> {
    let mut says = format!("{} of {}", picker.found(), picker.total());
    if picker.is_many() {
        says = format!("{says}, {} marked", picker.marked());
    }
    let mut spans = vec![Span::styled(says, theme.get(Role::Dim))];
    let reason = picker
        .item(picker.cursor())
        .and_then(|item| item.disabled.as_deref());
    if let Some(reason) = reason {
        let reason = text::clean(reason);
        spans.push(Span::styled(
            format!("  not this one: {reason}"),
            theme.get(Role::Warning),
        ));
    }
    Line::from(spans)
}

fn draw_item(
    window: &mut Window<'_, '_>,
    row: usize,
    picker: &Picker,
    (place, item): (usize, &Item),
    (label, detail): (&[usize], &[usize]),
    column: usize,
) {
    let theme = window.theme;
    let here = place == picker.cursor();
    let plain = theme.get(if item.disabled.is_some() {
        Role::Dim
    } else {
        Role::Text
    });
    let mut spans = vec![Span::styled(
        if here { theme.sign("▸", ">") } else { " " },
        theme.get(Role::HintKey),
    )];
    if picker.is_many() {
        let mark = match (&item.disabled, picker.is_marked(item)) {
            (Some(_), _) => "[-] ",
            (None, true) => "[x] ",
            (None, false) => "[ ] ",
        };
        spans.push(Span::styled(mark, plain));
    } else {
        let mark = match (&item.disabled, picker.is_current(item)) {
            (Some(_), _) => "- ",
            (None, true) => theme.sign("● ", "* "),
            (None, false) => "  ",
        };
        spans.push(Span::styled(mark, theme.get(Role::Ok)));
    }
    spans.extend(marked(&item.label, label, plain, theme));
    if !item.detail.is_empty() {
        let wide = text::width(&text::clean(&item.label));
        spans.push(Span::raw(" ".repeat(column.saturating_sub(wide) + 2)));
        spans.extend(marked(&item.detail, detail, theme.get(Role::Dim), theme));
    }
    let width = window.width();
    let mut line = Line::from(spans);
    if here {
        let used = line.width();
        line.spans
            .push(Span::raw(" ".repeat(width.saturating_sub(used))));
        let cursor = theme.get(Role::Selection);
        for span in &mut line.spans {
            span.style = span.style.patch(cursor);
        }
    }
    window.line(row, &line);
    window.target(row, 0, width, Target::Item(place));
    if picker.is_many() {
        window.target(row, 0, 5, Target::ItemMark(place));
    }
}

/// `content` with the characters at `places` standing out.
fn marked(content: &str, places: &[usize], plain: Style, theme: &Theme) -> Vec<Span<'static>> {
    let found = theme.get(Role::Match);
    let mut spans: Vec<(bool, String)> = Vec::new();
    for (at, letter) in content.chars().enumerate() {
        let hit = places.contains(&at);
        match spans.last_mut() {
            Some((last, text)) if *last == hit => text.push(letter),
            _ => spans.push((hit, letter.to_string())),
        }
    }
    spans
        .into_iter()
        .map(|(hit, part)| {
            let style = if hit { plain.patch(found) } else { plain };
            Span::styled(text::clean(&part).into_owned(), style)
        })
        .collect()
}
