//! What will be done, and whether to do it.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    text,
    window::{Areas, Button as Drawn, Head, Typed, Window, typed},
};
use crate::{
    app::{
        dialog::{Button, Confirm, Focus, Severity, Target, Toggle},
        tone::Tone,
    },
    ui::{Role, Theme},
};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, confirm: &Confirm, theme: &Theme) -> Areas {
    let go = match confirm.severity() {
        Severity::Enter => ("enter", "start"),
        Severity::YesNo => ("y", "yes"),
        Severity::TypeName(_) => ("enter", "once typed"),
    };
    let stop = match confirm.severity() {
        Severity::YesNo => ("n esc", "no"),
        _ => ("esc", "cancel"),
    };
    let tone = match confirm.severity() {
        Severity::TypeName(_) => Some(Tone::Danger),
        _ => None,
    };
    let head = Head {
        title: &confirm.title,
        tone,
        keys: &[("tab", "next"), ("↑↓", "scroll"), go, stop],
    };
    let ascii_head = Head {
        keys: &[("tab", "next"), ("up/down", "scroll"), go, stop],
        ..head
    };
    let head = if theme.sign("↑", "").is_empty() {
        &ascii_head
    } else {
        &head
    };
    let body = confirm.body();
    let fixed = confirm.fixed_rows();
    let gap = usize::from(usize::from(area.height) > body.lines().len() + fixed + 2);
    let wanted = body.lines().len() + gap + fixed;
    let mut window = Window::open(frame, area, theme, head, wanted);
    let height = usize::from(window.inner.height);
    // From below: what asks must be in view, what is read can be scrolled.
    let rows = height.saturating_sub(fixed);
    window.prose(body, rows);
    let skip = fixed.saturating_sub(height);
    let mut part = 0;
    let mut next = || {
        let row = (part >= skip).then(|| rows + part - skip);
        part += 1;
        row
    };
    for (at, toggle) in confirm.options().iter().enumerate() {
        if let Some(row) = next() {
            let line = option(toggle, confirm.focus() == Focus::Toggle(at), theme);
            window.line(row, &line);
            window.target(row, 0, window.width(), Target::Toggle(at));
        }
    }
    let prompt = confirm.prompt();
    for line in &prompt {
        if let Some(row) = next() {
            let line = text::clean(line).into_owned();
            window.line(row, &Line::styled(line, theme.get(Role::Warning)));
        }
    }
    if !prompt.is_empty()
        && let Some(row) = next()
    {
        name(&mut window, row, confirm);
    }
    if let Some(row) = next() {
        buttons(&mut window, row, confirm);
    }
    window.areas
}

fn option(toggle: &Toggle, focused: bool, theme: &Theme) -> Line<'static> {
    let mark = if toggle.on { "[x]" } else { "[ ]" };
    let style = match (&toggle.disabled, toggle.on) {
        (Some(_), _) => theme.get(Role::Dim),
        (None, true) => theme.get(Role::Warning),
        (None, false) => theme.get(Role::Text),
    };
    let sign = if focused { theme.sign("▸", ">") } else { " " };
    let mut spans = vec![
        Span::styled(sign, theme.get(Role::HintKey)),
        Span::styled(mark, style),
        Span::styled(format!(" {}  ", toggle.key), theme.get(Role::HintKey)),
        Span::styled(text::clean(&toggle.label).into_owned(), style),
    ];
    if let Some(reason) = &toggle.disabled {
        let reason = text::clean(reason);
        spans.push(Span::styled(format!(" ({reason})"), theme.get(Role::Dim)));
    }
    Line::from(spans)
}

fn name(window: &mut Window<'_, '_>, row: usize, confirm: &Confirm) {
    let theme = window.theme;
    let Typed {
        shown,
        cursor: column,
        ..
    } = typed(confirm.name(), window.width().saturating_sub(4));
    let (sign, role) = if confirm.is_ready() {
        (theme.sign("✓ ", "+ "), Role::Ok)
    } else {
        (theme.sign("› ", "> "), Role::Text)
    };
    window.line(
        row,
        &Line::from(vec![
            Span::styled(sign, theme.get(role)),
            Span::styled(shown, theme.get(role)),
        ]),
    );
    window.target(row, 0, window.width(), Target::Field(0));
    if confirm.focus() == Focus::Name {
        window.cursor(row, 2 + column);
    }
}

fn buttons(window: &mut Window<'_, '_>, row: usize, confirm: &Confirm) {
    let theme = window.theme;
    let no = match confirm.severity() {
        Severity::YesNo => "No",
        _ => "Cancel",
    };
    let yes: Style = theme.get(match (confirm.is_ready(), confirm.severity()) {
        (false, _) => Role::Dim,
        (true, Severity::Enter) => Role::Text,
        (true, _) => Role::Danger,
    });
    window.buttons(
        row,
        &[
            Drawn {
                label: no,
                target: Target::Dismiss,
                focused: confirm.focus() == Focus::Button(Button::No),
                style: theme.get(Role::Text),
            },
            Drawn {
                label: &confirm.verb,
                target: Target::Accept,
                focused: confirm.focus() == Focus::Button(Button::Yes),
                style: yes,
            },
        ],
    );
}
