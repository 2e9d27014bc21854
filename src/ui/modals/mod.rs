//! Windows on top of a page.

use indexmap::IndexMap;
use ratatui::{
    Frame,
    layout::{Constraint, Flex, Layout, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Padding, Paragraph, Wrap},
};

use super::{Role, Theme};
use crate::{
    app::{State, action::TABLE, state::Modal},
    domain::Principal,
    probe::{VerifyOptions, plan::borrowings},
};

/// Draws the window that is open, if one is.
pub(super) fn draw(frame: &mut Frame<'_>, page: Rect, state: &State, theme: &Theme) {
    let Some(modal) = &state.modal else { return };
    match modal {
        Modal::Help { scroll } => window(
            frame,
            page,
            theme,
            "Keys",
            "j k scroll  any other key closes",
            help(state, theme),
            *scroll,
        ),
        Modal::Verify { grant_trust } => window(
            frame,
            page,
            theme,
            "Verify live",
            if state.read_only {
                "enter starts  esc closes"
            } else {
                "enter starts  t trust  esc closes"
            },
            verify(state, theme, *grant_trust),
            0,
        ),
        Modal::Stop { leave } => {
            let what = if *leave {
                "A verify is running. Stop it and leave?"
            } else {
                "Stop the verify?"
            };
            let lines = vec![
                Line::raw(what),
                Line::styled(
                    "What it borrowed is given back first.",
                    theme.get(Role::Dim),
                ),
            ];
            window(frame, page, theme, "Stop", "y yes  n no", lines, 0);
        }
        Modal::Explain {
            title,
            fields,
            scroll,
            ..
        } => window(
            frame,
            page,
            theme,
            title,
            "c copy as curl  j k scroll  esc closes",
            named(fields, theme),
            *scroll,
        ),
        Modal::Detail {
            title,
            fields,
            scroll,
        } => window(
            frame,
            page,
            theme,
            title,
            "j k scroll  esc closes",
            named(fields, theme),
            *scroll,
        ),
    }
}

fn named(fields: &[(&'static str, String)], theme: &Theme) -> Vec<Line<'static>> {
    fields
        .iter()
        .map(|(name, text)| {
            Line::from(vec![
                Span::styled(format!("{name:<12}"), theme.get(Role::Label)),
                Span::styled(text.clone(), theme.get(Role::Text)),
            ])
        })
        .collect()
}

fn help(state: &State, theme: &Theme) -> Vec<Line<'static>> {
    TABLE
        .iter()
        .filter(|entry| entry.applies(state.screen))
        .map(|entry| {
            Line::from(vec![
                Span::styled(
                    format!("{:<16}", entry.keys.join(" ")),
                    theme.get(Role::HintKey),
                ),
                Span::styled(entry.doc, theme.get(Role::Text)),
            ])
        })
        .collect()
}

fn verify(state: &State, theme: &Theme, grant_trust: bool) -> Vec<Line<'static>> {
    let text = |text: &str| Line::styled(text.to_owned(), theme.get(Role::Text));
    let mut lines = vec![
        text("Every cell by a request which the gateway authorises and MLflow refuses:"),
        text("nothing in MLflow changes."),
        Line::default(),
    ];
    if state.read_only {
        lines.push(Line::styled(
            "Read-only: nobody is created, so groups and roles stay predicted.",
            theme.get(Role::Warning),
        ));
        return lines;
    }
    lines.push(Line::styled(
        "Borrowed, and given back at the end (or at the next start):",
        theme.get(Role::Title),
    ));
    for (call, does) in borrowed(state, grant_trust) {
        lines.push(Line::from(vec![
            Span::styled(format!("{call}  "), theme.get(Role::HintKey)),
            Span::styled(does, theme.get(Role::Text)),
        ]));
    }
    lines.push(Line::default());
    lines.push(if grant_trust {
        Line::styled(
            "[x] t  let me into the execution roles for 15 minutes",
            theme.get(Role::Warning),
        )
    } else {
        Line::styled(
            "[ ] t  let me into the execution roles; without it they stay predicted",
            theme.get(Role::Dim),
        )
    });
    lines
}

/// The calls that change something, those of one kind together: the call, and what it does
/// to whom.
fn borrowed(state: &State, grant_trust: bool) -> Vec<(String, String)> {
    let options = VerifyOptions {
        grant_trust,
        ..VerifyOptions::default()
    };
    let pool = state
        .deployment
        .user_pool_id
        .as_ref()
        .map_or("?", |found| &found.value);
    let mut principals: Vec<Principal> = Vec::new();
    for column in &state.matrix.columns {
        if !principals.contains(&column.principal) {
            principals.push(column.principal.clone());
        }
    }
    let mut calls: IndexMap<String, Vec<String>> = IndexMap::new();
    for principal in &principals {
        for call in borrowings(&options, pool, std::slice::from_ref(principal)) {
            calls
                .entry(call.call)
                .or_default()
                .push(principal.name().to_owned());
        }
    }
    calls
        .into_iter()
        .map(|(call, names)| {
            let does = match call.as_str() {
                "cognito-idp:AdminCreateUser" => {
                    format!("a probe user of {}; nobody is invited", names.join(", "))
                }
                _ => format!(
                    "you alone may assume {} for 15 minutes",
                    if names.len() == 1 {
                        names.join("")
                    } else {
                        format!("the {} execution roles", names.len())
                    }
                ),
            };
            (call, does)
        })
        .collect()
}

fn window(
    frame: &mut Frame<'_>,
    page: Rect,
    theme: &Theme,
    title: &str,
    keys: &'static str,
    lines: Vec<Line<'static>>,
    scroll: u16,
) {
    let width = page.width.saturating_sub(4).min(100);
    let inner = usize::from(width.saturating_sub(4)).max(1);
    let wanted: usize = lines
        .iter()
        .map(|line| line.width().div_ceil(inner).max(1))
        .sum();
    let height = u16::try_from(wanted + 2)
        .unwrap_or(u16::MAX)
        .min(page.height);
    let [column] = Layout::horizontal([Constraint::Length(width)])
        .flex(Flex::Center)
        .areas(page);
    let [area] = Layout::vertical([Constraint::Length(height)])
        .flex(Flex::Center)
        .areas(column);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.get(Role::Border))
        .padding(Padding::horizontal(1))
        .title(Line::styled(format!(" {title} "), theme.get(Role::Title)))
        .title_bottom(Line::styled(format!(" {keys} "), theme.get(Role::Hint)).right_aligned());
    frame.render_widget(Clear, area);
    frame.render_widget(
        Paragraph::new(lines)
            .block(block)
            .wrap(Wrap { trim: false })
            .scroll((scroll, 0)),
        area,
    );
}
