//! The answer to a question: who may, what may, as a list under the question.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::{
    app::{Screen, State},
    ui::{Role, Seen, Theme},
};

pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    theme: &Theme,
    seen: &mut Seen,
) {
    let [top, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let line = if state.data.question.is_empty() {
        Line::styled(
            " Ask with :can PRINCIPAL, :who PERMISSION, or :why PRINCIPAL METHOD PATH",
            theme.get(Role::Dim),
        )
    } else {
        Line::from(vec![
            Span::styled(format!(" {}", state.data.question), theme.get(Role::Title)),
            Span::styled("  observed, else predicted", theme.get(Role::Dim)),
        ])
    };
    frame.render_widget(Paragraph::new(line), top);
    super::list(frame, rest, Screen::Answers, state, theme, seen);
}
