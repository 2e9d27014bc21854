//! The one list: draws the visible window of its rows and says how its data stands.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::Line,
    widgets::{Cell, Paragraph, Row, Table, Wrap},
};

use crate::{
    app::{State, remote::Remote, state::Cursor},
    ui::{Role, Theme, chrome::spinner},
};

/// A list's columns and rows; `row` is asked for the visible ones only.
pub(crate) struct List<'a, T> {
    /// What the rows are, in the plural.
    pub noun: &'a str,
    /// Heads and widths.
    pub columns: &'a [(&'a str, Constraint)],
    /// The rows that the filter leaves.
    pub rows: &'a [T],
    /// How many there are without the filter.
    pub total: usize,
    /// The cursor.
    pub cursor: &'a Cursor,
    /// A row's identity.
    pub id: fn(&T) -> &str,
}

impl<T> List<'_, T> {
    /// Draws it, with how its data stands above.
    pub(crate) fn draw<'r, R>(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        state: &State,
        theme: &Theme,
        remote: &Remote<R>,
        row: impl Fn(&T) -> Vec<Line<'r>>,
    ) {
        let [top, rest] =
            ratatui::layout::Layout::vertical([Constraint::Length(1), Constraint::Min(0)])
                .areas(area);
        frame.render_widget(Paragraph::new(self.standing(state, theme, remote)), top);
        if let (Some(error), None) = (remote.error(), remote.shown()) {
            let text = vec![
                Line::styled(error.to_string(), theme.get(Role::Danger)),
                Line::styled(
                    format!("{} {}", theme.sign("→", "->"), error.next_step()),
                    theme.get(Role::Warning),
                ),
            ];
            frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), rest);
            return;
        }
        let at = self
            .cursor
            .id
            .as_deref()
            .and_then(|id| self.rows.iter().position(|row| (self.id)(row) == id))
            .unwrap_or(self.cursor.at)
            .min(self.rows.len().saturating_sub(1));
        let height = usize::from(rest.height.saturating_sub(1)).max(1);
        let first = (at + 1).saturating_sub(height);
        let visible = self.rows.iter().enumerate().skip(first).take(height);
        let table = Table::new(
            visible.map(|(index, item)| {
                let drawn = Row::new(row(item).into_iter().map(Cell::from));
                if index == at {
                    drawn.style(theme.get(Role::Cursor))
                } else {
                    drawn
                }
            }),
            self.columns.iter().map(|(_, width)| *width),
        )
        .column_spacing(2)
        .header(
            Row::new(self.columns.iter().map(|(name, _)| *name)).style(theme.get(Role::Column)),
        );
        frame.render_widget(table, rest);
    }

    /// `12 of 340 users`, loading, or failed with what is kept.
    fn standing<R>(&self, state: &State, theme: &Theme, remote: &Remote<R>) -> Line<'static> {
        let count = if self.rows.len() == self.total {
            format!(" {} {}", self.total, self.noun)
        } else {
            format!(" {} of {} {}", self.rows.len(), self.total, self.noun)
        };
        match remote {
            Remote::Idle => Line::styled(" not asked for yet", theme.get(Role::Dim)),
            Remote::Loading { .. } => Line::styled(
                format!("{count} {} loading", spinner(state, theme)),
                theme.get(Role::Dim),
            ),
            Remote::Failed {
                error,
                last_good: Some(dated),
            } => Line::styled(
                format!(
                    "{count} as of {} UTC; refreshing failed: {error}",
                    dated.at.strftime("%H:%M:%S")
                ),
                theme.get(Role::Warning),
            ),
            Remote::Failed { .. } => Line::styled(" not to be had", theme.get(Role::Danger)),
            Remote::Ready(_) if self.total == 0 => {
                Line::styled(format!(" no {}", self.noun), theme.get(Role::Dim))
            }
            Remote::Ready(_) => Line::styled(count, theme.get(Role::Dim)),
        }
    }
}
