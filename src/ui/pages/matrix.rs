//! Groups and roles × permissions, both schemes side by side, verdicts as they arrive.

use std::borrow::Cow;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line as Text, Span},
    widgets::{Paragraph, Wrap},
};

use crate::{
    app::{
        Screen, State,
        actions::{Action, Context},
        draft::pending,
        matrix::{Column, Line, Mark, MatrixModel, Permission},
    },
    domain::Principal,
    ui::{
        Role, Seen, Theme,
        chrome::spinner,
        text::{clean, fit_line},
        widgets::grid::{self, Content, Grid, GridHead},
    },
};

/// The width of a column of cells.
const CELL: u16 = 8;

pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    theme: &Theme,
    seen: &mut Seen,
) {
    let [standing, body, legend] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    let room = usize::from(area.width);
    let line = fit_line(self::standing(state, theme), room, theme.cut());
    frame.render_widget(Paragraph::new(line), standing);
    if let (Some(failure), true) = (
        &state.data.verify_failure,
        state.data.matrix.cells.is_empty(),
    ) {
        let text = vec![
            Text::styled(
                format!(" {}", clean(&failure.to_string())),
                theme.get(Role::Danger),
            ),
            Text::styled(
                format!(" {} {}", theme.sign("→", "->"), clean(&failure.next_step())),
                theme.get(Role::Warning),
            ),
        ];
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: false }), body);
        return;
    }
    let sheet = Sheet::new(state, theme);
    seen.grid = Some(grid::draw(&sheet, theme, frame.buffer_mut(), body));
    let line = fit_line(self::legend(state, theme), room, theme.cut());
    frame.render_widget(Paragraph::new(line), legend);
}

/// What is shown: predicted, live with progress, or proved.
fn standing(state: &State, theme: &Theme) -> Text<'static> {
    let matrix = &state.data.matrix;
    let doing = state.data.stage();
    let mut line = match (&matrix.live, &matrix.summary) {
        _ if doing.is_some() => Text::styled(
            format!(" {} {}", spinner(state, theme), doing.unwrap_or_default()),
            theme.get(Role::Toast),
        ),
        (Some(progress), _) if progress.planned == 0 => Text::styled(
            format!(" {} making the principals ready", spinner(state, theme)),
            theme.get(Role::Toast),
        ),
        (Some(progress), _) => Text::styled(
            format!(
                " {} verifying live: {} of {} cells",
                spinner(state, theme),
                progress.done,
                progress.planned
            ),
            theme.get(Role::Toast),
        ),
        (None, Some(summary)) => Text::from(vec![
            Span::styled(" proved live: ", theme.get(Role::Title)),
            Span::styled(format!("{} ok  ", summary.ok), theme.get(Role::Ok)),
            Span::styled(
                format!("{} over-granted  ", summary.over_granted),
                theme.get(if summary.over_granted > 0 {
                    Role::Danger
                } else {
                    Role::Dim
                }),
            ),
            Span::styled(
                format!("{} under-granted  ", summary.under_granted),
                theme.get(if summary.under_granted > 0 {
                    Role::Warning
                } else {
                    Role::Dim
                }),
            ),
            Span::styled(
                format!("{} inconclusive", summary.inconclusive),
                theme.get(if summary.inconclusive > 0 {
                    Role::Unknown
                } else {
                    Role::Dim
                }),
            ),
        ]),
        (None, None) if matrix.cells.is_empty() && state.data.verify_failure.is_some() => {
            Text::styled(" not computed", theme.get(Role::Warning))
        }
        (None, None) if matrix.cells.is_empty() => Text::styled(
            format!(" {} computing what is deployed", spinner(state, theme)),
            theme.get(Role::Dim),
        ),
        (None, None) => Text::from(vec![
            Span::styled(" predicted ", theme.get(Role::Title)),
            Span::styled(
                "from the deployed policies; V proves it live",
                theme.get(Role::Dim),
            ),
        ]),
    };
    if state.data.draft.pending() > 0 {
        let keys = |action| {
            state
                .keymap
                .keys(action, Context::of(Screen::Matrix))
                .join(" ")
        };
        let words = format!(
            " {}: {} says what that means, {} takes one back, {} writes ",
            pending(state.data.draft.pending()),
            keys(Action::MatrixMeaning),
            keys(Action::MatrixUndo),
            keys(Action::MatrixSave),
        );
        line.spans
            .insert(0, Span::styled(words, theme.get(Role::Warning)));
    }
    for (on, words) in [
        (matrix.disagreements_only, " disagreements only "),
        (matrix.problems_only, " problems only "),
    ] {
        if on {
            line.spans
                .insert(0, Span::styled(words, theme.get(Role::ReadOnly)));
        }
    }
    line
}

fn legend(state: &State, theme: &Theme) -> Text<'static> {
    let matrix = &state.data.matrix;
    let mut line = Text::raw(" ");
    for (mark, word) in [
        (Mark::Allowed, "allowed"),
        (Mark::Denied, "denied"),
        (Mark::OverGranted, "over"),
        (Mark::UnderGranted, "under"),
        (Mark::Drift, "drift"),
        (Mark::Inconclusive, "undecided"),
    ] {
        let (sign, style) = theme.mark(mark);
        let count = matrix.count(mark);
        if count == 0 {
            continue;
        }
        line.push_span(Span::styled(sign, style));
        line.push_span(Span::styled(
            format!(" {word} {count}  "),
            theme.get(Role::Dim),
        ));
    }
    if matrix.has_predicted() {
        line.push_span(Span::styled("~ predicted", theme.get(Role::Dim)));
    }
    line
}

/// The matrix as a grid.
struct Sheet<'a> {
    state: &'a State,
    theme: &'a Theme,
    lines: Vec<Line>,
    cursor: usize,
}

impl<'a> Sheet<'a> {
    fn new(state: &'a State, theme: &'a Theme) -> Self {
        let data = &state.data;
        let lines = data.matrix.lines(&data.matrix_filter);
        let cursor = data
            .matrix_line
            .and_then(|line| lines.iter().position(|other| *other == line))
            .unwrap_or(0);
        Self {
            state,
            theme,
            lines,
            cursor,
        }
    }

    fn matrix(&self) -> &'a MatrixModel {
        &self.state.data.matrix
    }

    fn permission(&self, at: usize) -> Option<&'a Permission> {
        self.matrix().permissions.get(at)
    }
}

impl Grid for Sheet<'_> {
    fn rows(&self) -> usize {
        self.lines.len()
    }

    fn columns(&self) -> usize {
        self.matrix().columns.len()
    }

    fn head_lines(&self) -> u16 {
        2
    }

    fn name_width(&self, area: u16) -> u16 {
        (area * 2 / 5).clamp(20, 46)
    }

    fn column_width(&self) -> u16 {
        CELL
    }

    fn corner(&self, line: u16) -> Content<'_> {
        let text = if line == 0 { "" } else { " PERMISSION" };
        Content::new(text, self.theme.get(Role::Column))
    }

    fn head(&self, line: u16, column: usize) -> GridHead<'_> {
        let Some(at) = self.matrix().columns.get(column) else {
            return GridHead::default();
        };
        if line > 0 {
            let role = if column == self.state.data.matrix_column {
                Role::Title
            } else {
                Role::Dim
            };
            return GridHead {
                content: Content::new(at.scheme.as_str(), self.theme.get(role)),
                group: None,
            };
        }
        // A level's name runs over all of its columns.
        let first = self
            .matrix()
            .columns
            .iter()
            .position(|other| other.level == at.level);
        GridHead {
            content: Content::new(level(at), self.theme.get(Role::Column)),
            group: first.filter(|_| !at.level.is_empty()),
        }
    }

    fn name(&self, row: usize) -> (Cow<'_, str>, Content<'_>) {
        match self.lines.get(row) {
            Some(Line::Permission(at)) => {
                let Some(permission) = self.permission(*at) else {
                    return Default::default();
                };
                let sign = if self.matrix().expanded.contains(&permission.name) {
                    self.theme.sign(" ▾ ", " - ")
                } else {
                    self.theme.sign(" ▸ ", " + ")
                };
                let style = self.theme.get(Role::Text);
                (sign.into(), Content::new(permission.name.as_str(), style))
            }
            Some(Line::Operation(at, index)) => {
                let operation = self
                    .permission(*at)
                    .and_then(|permission| permission.operations.get(*index));
                let Some(operation) = operation else {
                    return Default::default();
                };
                let path = operation.path.as_str();
                let path = path.strip_prefix("mlflow/").unwrap_or(path);
                (
                    format!("     {:<6} ", operation.method).into(),
                    Content {
                        // Paths differ at their ends.
                        cut_start: true,
                        ..Content::new(path, self.theme.get(Role::Dim))
                    },
                )
            }
            None => Default::default(),
        }
    }

    fn cell(&self, row: usize, column: usize) -> Content<'_> {
        let shown = self
            .lines
            .get(row)
            .and_then(|line| self.matrix().shown(*line, column));
        let Some(shown) = shown else {
            return Content::default();
        };
        let (sign, style) = self.theme.mark(shown.mark);
        let predicted = if shown.observed { "" } else { "~" };
        let text = if shown.mixed {
            format!("{predicted}{sign}{}", self.theme.mark(Mark::Denied).0)
        } else if shown.count < shown.of {
            format!("{predicted}{sign} {}/{}", shown.count, shown.of)
        } else {
            format!("{predicted}{sign}")
        };
        Content::new(text, style)
    }

    fn cursor(&self) -> (usize, usize) {
        (self.cursor, self.state.data.matrix_column)
    }

    fn first(&self) -> (usize, usize) {
        self.state.data.matrix_first
    }
}

fn level(column: &Column) -> String {
    if !column.level.is_empty() {
        return column.level.clone();
    }
    match &column.principal {
        Principal::Anonymous => "nobody".to_owned(),
        principal => principal.name().to_owned(),
    }
}
