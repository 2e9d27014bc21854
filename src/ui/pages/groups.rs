//! Cognito groups with the number of their members.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::Line,
};

use crate::{
    access::Contract,
    app::State,
    ui::{Role, Theme, widgets::table::List},
};

pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let rows = state.shown_groups();
    let columns = [
        ("GROUP", Constraint::Fill(2)),
        ("MEMBERS", Constraint::Length(7)),
        ("PRECEDENCE", Constraint::Length(10)),
        ("AUTHORIZER", Constraint::Length(12)),
        ("DESCRIPTION", Constraint::Fill(3)),
    ];
    let contract = Contract::sample();
    List {
        noun: "groups",
        columns: &columns,
        rows: &rows,
        total: state.groups.shown().map_or(0, Vec::len),
        cursor: &state.groups_cursor,
        id: |row| &row.group.name,
    }
    .draw(frame, area, state, theme, &state.groups, |row| {
        let place = contract
            .groups
            .iter()
            .position(|rules| rules.name == row.group.name);
        vec![
            Line::raw(row.group.name.clone()),
            Line::raw(row.members.len().to_string()).right_aligned(),
            Line::raw(
                row.group
                    .precedence
                    .map_or_else(String::new, |p| p.to_string()),
            )
            .right_aligned(),
            match place {
                Some(place) => Line::raw(format!("looks {}.", place + 1)),
                None => Line::styled("unknown: 500", theme.get(Role::Warning)),
            },
            Line::styled(
                row.group.description.clone().unwrap_or_default(),
                theme.get(Role::Dim),
            ),
        ]
    });
}
