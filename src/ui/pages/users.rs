//! Cognito users with their groups, and what the authorizer makes of them.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::Line,
};

use crate::{
    app::{State, in_mlflow},
    domain::UserStatus,
    ui::{Role, Theme, widgets::table::List},
};

pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let rows = state.shown_users();
    let wide = area.width >= 100;
    let mut columns = vec![
        ("USER", Constraint::Fill(3)),
        ("STATUS", Constraint::Length(if wide { 22 } else { 12 })),
        ("ENABLED", Constraint::Length(7)),
        ("GROUPS", Constraint::Fill(2)),
    ];
    if wide {
        columns.push(("IN MLFLOW", Constraint::Fill(2)));
    }
    let groups_known = state.groups.shown().is_some() && !state.groups.is_loading();
    List {
        noun: "users",
        columns: &columns,
        rows: &rows,
        total: state.users.shown().map_or(0, Vec::len),
        cursor: &state.users_cursor,
        id: |user| &user.username,
    }
    .draw(frame, area, state, theme, &state.users, |user| {
        let groups = state.groups_of(&user.username);
        let status = match &user.status {
            UserStatus::Confirmed => theme.get(Role::Ok),
            UserStatus::Unconfirmed
            | UserStatus::ForceChangePassword
            | UserStatus::ResetRequired => theme.get(Role::Warning),
            _ => theme.get(Role::Dim),
        };
        let status_text = match (&user.status, wide) {
            (UserStatus::ForceChangePassword, false) => "INVITED",
            (status, _) => status.as_str(),
        };
        let enabled = if user.enabled {
            Line::styled("yes", theme.get(Role::Text))
        } else {
            Line::styled("no", theme.get(Role::Warning))
        };
        let mut cells = vec![
            Line::raw(user.label().to_owned()),
            Line::styled(status_text.to_owned(), status),
            enabled,
            Line::raw(if groups_known || !groups.is_empty() {
                groups.join(", ")
            } else {
                "…".to_owned()
            }),
        ];
        if wide {
            let known = in_mlflow(&groups);
            let role = if !groups_known {
                Role::Dim
            } else if known.starts_with("500") || groups.len() > 1 {
                Role::Warning
            } else {
                Role::Text
            };
            let text = if groups_known {
                known
            } else {
                "…".to_owned()
            };
            cells.push(Line::styled(text, theme.get(role)));
        }
        cells
    });
}
