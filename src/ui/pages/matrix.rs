//! Groups and roles × permissions, both schemes side by side, verdicts as they arrive.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line as Text, Span},
    widgets::Paragraph,
};

use crate::{
    app::{
        State,
        matrix::{Column, Line, Mark, Shown},
    },
    domain::Principal,
    ui::{Role, Theme, chrome::spinner},
};

/// The width of a column of cells.
const CELL: u16 = 8;

pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let [standing, heads, body, legend] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(self::standing(state, theme)), standing);
    if let (Some(failure), true) = (&state.verify_failure, state.matrix.cells.is_empty()) {
        let text = vec![
            Text::styled(format!(" {failure}"), theme.get(Role::Danger)),
            Text::styled(
                format!(" {} {}", theme.sign("→", "->"), failure.next_step()),
                theme.get(Role::Warning),
            ),
        ];
        frame.render_widget(Paragraph::new(text), body);
        return;
    }
    let grid = Grid::lay_out(state, area.width, body.height);
    frame.render_widget(Paragraph::new(grid.heads(state, theme)), heads);
    frame.render_widget(Paragraph::new(grid.rows(state, theme)), body);
    frame.render_widget(Paragraph::new(self::legend(state, theme)), legend);
}

/// What is shown: predicted, live with progress, or proved.
fn standing(state: &State, theme: &Theme) -> Text<'static> {
    let matrix = &state.matrix;
    let mut line = match (&matrix.live, &matrix.summary) {
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
    let counts = state.matrix.counts();
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
        let count = counts.get(&mark).copied().unwrap_or(0);
        if count == 0 {
            continue;
        }
        line.push_span(Span::styled(sign, style));
        line.push_span(Span::styled(
            format!(" {word} {count}  "),
            theme.get(Role::Dim),
        ));
    }
    if state
        .matrix
        .cells
        .iter()
        .any(|cell| cell.observed.is_none())
    {
        line.push_span(Span::styled("~ predicted", theme.get(Role::Dim)));
    }
    line
}

/// Which rows and columns are in the window.
struct Grid {
    lines: Vec<Line>,
    cursor: usize,
    first_line: usize,
    height: usize,
    name: u16,
    first_column: usize,
    columns: usize,
}

impl Grid {
    fn lay_out(state: &State, width: u16, height: u16) -> Self {
        let matrix = &state.matrix;
        let lines = matrix.lines(state.filter());
        let cursor = state
            .matrix_line
            .and_then(|line| lines.iter().position(|other| *other == line))
            .unwrap_or(0);
        let height = usize::from(height).max(1);
        let name = (width * 2 / 5)
            .clamp(20, 46)
            .min(width.saturating_sub(1 + 6 * CELL).max(30));
        // One place is kept for the sign that there is more to the right.
        let fit = usize::from((width.saturating_sub(name + 1)) / CELL).max(1);
        let first_column = (state.matrix_column + 1).saturating_sub(fit);
        Self {
            cursor,
            first_line: (cursor + 1).saturating_sub(height),
            lines,
            height,
            name,
            first_column,
            columns: fit.min(matrix.columns.len().saturating_sub(first_column)),
        }
    }

    fn columns<'a>(&self, state: &'a State) -> impl Iterator<Item = (usize, &'a Column)> {
        state
            .matrix
            .columns
            .iter()
            .enumerate()
            .skip(self.first_column)
            .take(self.columns)
    }

    /// Two lines: the access levels, and under each its schemes.
    fn heads(&self, state: &State, theme: &Theme) -> Vec<Text<'static>> {
        let name = usize::from(self.name);
        let cell = usize::from(CELL);
        let more = if self.first_column > 0 {
            theme.sign("‹", "<")
        } else {
            ""
        };
        let mut levels = Text::raw(format!("{more:<name$}"));
        let mut schemes = Text::styled(
            format!(" {:<1$}", "PERMISSION", name - 1),
            theme.get(Role::Column),
        );
        let mut before = None;
        let columns: Vec<_> = self.columns(state).collect();
        for (place, (index, column)) in columns.iter().enumerate() {
            let level = level(column);
            // A level's name runs over all of its columns.
            if before != Some(&column.level) || column.level.is_empty() {
                let span = columns
                    .iter()
                    .skip(place)
                    .take_while(|(_, other)| other.level == column.level && !other.level.is_empty())
                    .count()
                    .max(1);
                let width = span * cell;
                levels.push_span(Span::styled(
                    format!("{:<width$}", cut(&level, width - 1)),
                    theme.get(Role::Column),
                ));
            }
            before = Some(&column.level);
            let style = if *index == state.matrix_column {
                theme.get(Role::Title)
            } else {
                theme.get(Role::Dim)
            };
            schemes.push_span(Span::styled(
                format!("{:<cell$}", column.scheme.as_str()),
                style,
            ));
        }
        if self.first_column + self.columns < state.matrix.columns.len() {
            levels.push_span(Span::styled(theme.sign("›", ">"), theme.get(Role::Column)));
        }
        vec![levels, schemes]
    }

    fn rows(&self, state: &State, theme: &Theme) -> Vec<Text<'static>> {
        self.lines
            .iter()
            .enumerate()
            .skip(self.first_line)
            .take(self.height)
            .map(|(at, line)| {
                let here = at == self.cursor;
                let mut text = Text::from(self.name(*line, state, theme));
                for (index, _) in self.columns(state) {
                    let under = here && index == state.matrix_column;
                    text.push_span(cell(state.matrix.shown(*line, index), under, theme));
                }
                if here {
                    text.style(theme.get(Role::Cursor))
                } else {
                    text
                }
            })
            .collect()
    }

    fn name(&self, line: Line, state: &State, theme: &Theme) -> Span<'static> {
        let width = usize::from(self.name);
        let (text, style) = match line {
            Line::Permission(at) => {
                let Some(permission) = state.matrix.permissions.get(at) else {
                    return Span::raw("");
                };
                let open = state.matrix.expanded.contains(&permission.name);
                let sign = if open {
                    theme.sign("▾", "-")
                } else {
                    theme.sign("▸", "+")
                };
                (
                    format!(" {sign} {}", permission.name),
                    theme.get(Role::Text),
                )
            }
            Line::Operation(at, index) => {
                let operation = state
                    .matrix
                    .permissions
                    .get(at)
                    .and_then(|permission| permission.operations.get(index));
                let Some(operation) = operation else {
                    return Span::raw("");
                };
                let path = operation.path.as_str();
                let path = path.strip_prefix("mlflow/").unwrap_or(path);
                let room = width.saturating_sub(13);
                (
                    format!("     {:<6} {}", operation.method, cut_start(path, room)),
                    theme.get(Role::Dim),
                )
            }
        };
        Span::styled(format!("{:<width$}", cut(&text, width - 1)), style)
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

fn cell(shown: Option<Shown>, under: bool, theme: &Theme) -> Span<'static> {
    let width = usize::from(CELL);
    let (text, style) = match shown {
        None => (String::new(), Style::new()),
        Some(shown) => {
            let (sign, style) = theme.mark(shown.mark);
            let predicted = if shown.observed { "" } else { "~" };
            let text = if shown.mixed {
                format!("{predicted}{sign}{}", theme.mark(Mark::Denied).0)
            } else if shown.count < shown.of {
                format!("{predicted}{sign} {}/{}", shown.count, shown.of)
            } else {
                format!("{predicted}{sign}")
            };
            (text, style)
        }
    };
    let style = if under {
        style.patch(theme.get(Role::CellCursor))
    } else {
        style
    };
    Span::styled(format!("{:<width$}", cut(&text, width)), style)
}

/// A text of at most `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A text of at most `width` characters; what is cut is its start, since paths differ at
/// their ends.
fn cut_start(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        return text.to_owned();
    }
    let end: String = text.chars().skip(count + 1 - width).collect();
    format!("…{end}")
}
