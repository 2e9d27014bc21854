//! A form.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    assist, picker, text,
    window::{Areas, Button, Head, Typed, Window, typed_parts},
};
use crate::{
    app::dialog::{Field, Form, Kind, Room, SecretInput, Target, Text, at_end, wrap},
    ui::{Role, Theme},
};

/// The widest column of labels.
const LABELS: usize = 24;

/// A row of the form's body.
#[derive(Default)]
pub(super) struct Row {
    pub(super) line: Line<'static>,
    pub(super) targets: Vec<(usize, usize, Target)>,
    pub(super) cursor: Option<usize>,
}

impl Row {
    pub(super) fn of(line: Line<'static>) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }
}

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, form: &Form, theme: &Theme) -> Areas {
    let width = Room::new(area.width, area.height).text_width();
    let (rows, focused) = body(form, width, theme);
    let head = Head {
        title: &form.title,
        tone: None,
        keys: &keys(form, theme),
    };
    let mut window = Window::open(frame, area, theme, &head, rows.len() + 2);
    let height = usize::from(window.inner.height).saturating_sub(1);
    let room = if rows.len() <= height || height < 3 {
        height
    } else {
        height - 1
    };
    // The field with the focus is in view with what is said about it.
    let top = focused.1.saturating_sub(room).min(focused.0);
    let list_open = form.list().is_some();
    for (at, row) in rows.iter().skip(top).take(room).enumerate() {
        window.line(at, &row.line);
        for (from, width, target) in &row.targets {
            window.target(at, *from, *width, *target);
        }
        if let (Some(column), false) = (row.cursor, list_open) {
            window.cursor(at, column);
        }
    }
    if room < height {
        let below = rows.len().saturating_sub(top + room);
        window.more(room, top, below);
    }
    let on_button = form.focus() >= form.fields().len();
    window.buttons(
        height,
        &[
            Button {
                label: &form.verb,
                target: Target::Accept,
                focused: on_button,
                style: theme.get(Role::Text),
            },
            Button {
                label: "Cancel",
                target: Target::Dismiss,
                focused: false,
                style: theme.get(Role::Text),
            },
        ],
    );
    match form.list() {
        // The list lies over the form, and only it takes clicks.
        Some(list) => {
            let mut areas = vec![(area, Target::Window)];
            areas.extend(picker::draw(frame, area, list, theme));
            areas
        }
        None => window.areas,
    }
}

fn keys(form: &Form, theme: &Theme) -> Vec<(&'static str, &'static str)> {
    let field = form.fields().get(form.focus());
    let mut keys = match field.map(|field| &field.kind) {
        Some(Kind::Text(input)) => match field.and_then(Field::aid) {
            Some(aid) if !aid.assistance().offers.is_empty() => {
                let take = if at_end(input) {
                    theme.sign("→", "right")
                } else {
                    "ctrl-space"
                };
                vec![("ctrl-n/p", "choose"), (take, "take"), ("tab", "next")]
            }
            _ => vec![("tab", "next")],
        },
        Some(Kind::Choice { .. }) => vec![("tab", "next"), ("space", "list")],
        Some(Kind::Many { .. }) => vec![("tab", "next"), ("space", "choose")],
        Some(Kind::Flag(_)) => vec![("tab", "next"), ("space", "yes/no")],
        Some(Kind::Secret(_)) | None => vec![("tab", "next")],
    };
    keys.push((if field.is_some() { "ctrl-s" } else { "enter" }, "send"));
    keys.push(("esc", "cancel"));
    keys
}

/// All rows, and from where to where those of the focus go.
fn body(form: &Form, width: usize, theme: &Theme) -> (Vec<Row>, (usize, usize)) {
    let mut rows = Vec::new();
    let mut focused = (0, 0);
    if let Some(note) = &form.note {
        rows.extend(prose(note, width, theme));
        rows.push(Row::default());
    }
    let labels = form
        .fields()
        .iter()
        .map(|field| text::width(&text::clean(&field.label)) + 2)
        .max()
        .unwrap_or(0)
        .min(LABELS)
        .min(width / 2);
    for (at, field) in form.fields().iter().enumerate() {
        let from = rows.len();
        let here = at == form.focus();
        rows.push(field_row(at, field, here, labels, width, theme));
        rows.extend(said(field, here, labels, width, theme));
        if here {
            focused = (from, rows.len());
        }
    }
    if !form.consequences().is_empty() {
        rows.push(Row::default());
        for text in form.consequences() {
            rows.extend(prose(text, width, theme));
        }
    }
    if form.focus() >= form.fields().len() {
        focused = (rows.len(), rows.len());
    }
    (rows, focused)
}

/// What is said below a field: what is wrong, else what helps while it has the focus.
fn said(field: &Field, here: bool, labels: usize, width: usize, theme: &Theme) -> Vec<Row> {
    let says = match field.problem() {
        Some(problem) => Some((Role::Invalid, format!("{} {problem}", theme.sign("✗", "!")))),
        None => field
            .help
            .as_ref()
            .filter(|_| here && field.mark().is_none())
            .map(|help| (Role::Dim, help.clone())),
    };
    let mut rows = Vec::new();
    if let Some(mark) = field.mark() {
        rows.extend(assist::mark(field, mark, 2 + labels, width, theme));
    }
    if let Some((role, says)) = says {
        for line in wrap(&says, width.saturating_sub(2), "") {
            let line = text::clean(&line).into_owned();
            rows.push(Row::of(Line::styled(format!("  {line}"), theme.get(role))));
        }
    }
    if let Some(aid) = field.aid().filter(|_| here) {
        rows.extend(assist::offers(aid, 2 + labels, width, theme));
    }
    rows
}

fn prose(content: &Text, width: usize, theme: &Theme) -> Vec<Row> {
    wrap(&content.text, width, "")
        .iter()
        .map(|line| {
            let line = text::clean(line).into_owned();
            Row::of(Line::styled(line, theme.tone(content.tone)))
        })
        .collect()
}

fn field_row(
    at: usize,
    field: &Field,
    here: bool,
    labels: usize,
    width: usize,
    theme: &Theme,
) -> Row {
    let label = text::clean(&field.label);
    let label = text::fit(&label, labels.saturating_sub(2), theme.cut());
    let pad = " ".repeat(labels.saturating_sub(text::width(&label) + 1));
    let star = if field.required { "*" } else { " " };
    let label_style = theme.get(if here { Role::Title } else { Role::Label });
    let mut spans = vec![
        Span::styled(
            if here { theme.sign("▸ ", "> ") } else { "  " },
            theme.get(Role::HintKey),
        ),
        Span::styled(label.into_owned(), label_style),
        Span::styled(star, theme.get(Role::Warning)),
        Span::raw(pad),
    ];
    let from = 2 + labels;
    let room = width.saturating_sub(from);
    let mut targets = vec![(0, width, Target::Field(at))];
    let mut cursor = None;
    let value = theme.get(Role::Text);
    match &field.kind {
        Kind::Text(_) => {
            let (line, column) = assist::line(field, room, theme);
            cursor = here.then_some(from + column);
            spans.extend(line);
        }
        Kind::Secret(input) => {
            let masked = masked(input, room, theme);
            let (shown, column) = (masked.shown, masked.cursor);
            cursor = here.then_some(from + column);
            spans.push(Span::styled(shown, value));
        }
        Kind::Choice { options, chosen } => {
            let (shown, style) = match chosen.and_then(|at| options.get(at)) {
                Some(option) => (text::clean(&option.label).into_owned(), value),
                None => ("choose".to_owned(), theme.get(Role::Dim)),
            };
            let shown = text::fit(&shown, room.saturating_sub(4), theme.cut()).into_owned();
            let wide = text::width(&shown);
            let arrows = theme.get(Role::HintKey);
            spans.push(Span::styled(theme.sign("‹ ", "< "), arrows));
            spans.push(Span::styled(shown, style));
            spans.push(Span::styled(theme.sign(" ›", " >"), arrows));
            targets.push((from, 2, Target::PreviousOption(at)));
            targets.push((from + 2 + wide, 2, Target::NextOption(at)));
        }
        Kind::Many { options, marked } => {
            let names: Vec<_> = options
                .iter()
                .zip(marked)
                .filter(|(_, marked)| **marked)
                .map(|(option, _)| text::clean(&option.label))
                .collect();
            if names.is_empty() {
                let says = format!("none of {}", options.len());
                spans.push(Span::styled(says, theme.get(Role::Dim)));
            } else {
                let says = format!("{} of {}: {}", names.len(), options.len(), names.join(", "));
                spans.push(Span::styled(
                    text::fit(&says, room, theme.cut()).into_owned(),
                    value,
                ));
            }
        }
        Kind::Flag(on) => {
            let says = if *on { "[x] yes" } else { "[ ] no" };
            spans.push(Span::styled(says, value));
        }
    }
    Row {
        line: Line::from(spans),
        targets,
        cursor,
    }
}

/// A bullet for each character, so that the user sees what typing does.
fn masked(input: &SecretInput, room: usize, theme: &Theme) -> Typed {
    let bullet = theme.sign("•", "*");
    let after = input.len().saturating_sub(input.cursor());
    typed_parts(&bullet.repeat(input.cursor()), &bullet.repeat(after), room)
}
