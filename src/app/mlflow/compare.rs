//! Runs side by side: what they have in common is left out, what differs stands in rows.
//!
//! Rows are worked out once; filter, cursor and "differences only" work on places among them.

mod rows;

pub use rows::{Extreme, Head, Row, Section, Value};

use crate::{app::table::keep_in_view, mlflow::models::Run};

/// A line on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The name of a section.
    Section(Section),
    /// A row, by its place among all rows.
    Row(usize),
}

/// Several runs compared.
#[derive(Clone, Debug)]
pub struct Compare {
    heads: Vec<Head>,
    rows: Vec<Row>,
    lines: Vec<Line>,
    differences_only: bool,
    filter: String,
    cursor: (usize, usize),
    first: (usize, usize),
}

impl Compare {
    /// Compares runs, in their order; only differences are shown.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let runs: Vec<&Run> = runs.into_iter().collect();
        let mut compare = Self {
            heads: runs.iter().map(|run| Head::of(run)).collect(),
            rows: rows::of(&runs),
            lines: Vec::new(),
            differences_only: true,
            filter: String::new(),
            cursor: (0, 0),
            first: (0, 0),
        };
        compare.arrange();
        compare
    }

    /// The runs.
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// All rows, shown or not.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The lines shown.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The row shown at a line, unless the name of a section stands there.
    pub fn row(&self, line: usize) -> Option<&Row> {
        match self.lines.get(line)? {
            Line::Section(_) => None,
            Line::Row(row) => self.rows.get(*row),
        }
    }

    /// How many rows of a section there are, and how many of them differ.
    pub fn count(&self, section: Section) -> (usize, usize) {
        let rows = self.rows.iter().filter(|row| row.section == section);
        rows.fold((0, 0), |(all, differing), row| {
            (all + 1, differing + usize::from(row.differs))
        })
    }

    /// How many rows differ, and how many there are.
    pub fn differing(&self) -> (usize, usize) {
        let differing = self.rows.iter().filter(|row| row.differs).count();
        (differing, self.rows.len())
    }

    /// Whether rows that are equal in all runs are left out.
    pub fn differences_only(&self) -> bool {
        self.differences_only
    }

    /// What the names of the rows shown contain.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The line and the run under the cursor.
    pub fn cursor(&self) -> (usize, usize) {
        self.cursor
    }

    /// The first line and run in the window.
    pub fn first(&self) -> (usize, usize) {
        self.first
    }

    /// Leaves out what is equal in all runs, or shows it.
    pub fn toggle_differences(&mut self) {
        self.differences_only = !self.differences_only;
        self.keep_row(Self::arrange);
    }

    /// Shows only rows whose name contains a text, whatever the case.
    pub fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        self.keep_row(Self::arrange);
    }

    /// The cursor by so many lines, down if positive.
    pub fn scroll(&mut self, lines: i32) {
        let steps = usize::try_from(lines.unsigned_abs()).unwrap_or(usize::MAX);
        let (line, column) = self.cursor;
        let line = if lines < 0 {
            line.saturating_sub(steps)
        } else {
            line.saturating_add(steps)
        };
        self.go(line, column);
    }

    /// The cursor by so many runs, to the right if positive.
    pub fn scroll_runs(&mut self, runs: i32) {
        let steps = usize::try_from(runs.unsigned_abs()).unwrap_or(usize::MAX);
        let (line, column) = self.cursor;
        let column = if runs < 0 {
            column.saturating_sub(steps)
        } else {
            column.saturating_add(steps)
        };
        self.go(line, column);
    }

    /// The cursor to a line and a run; to the last where there are fewer.
    pub fn go(&mut self, line: usize, column: usize) {
        self.cursor = (
            line.min(self.lines.len().saturating_sub(1)),
            column.min(self.heads.len().saturating_sub(1)),
        );
    }

    /// Tells how many lines and runs are in the window: whenever that changes, and after
    /// drawing.
    pub fn note_seen(&mut self, lines: usize, runs: usize) {
        let (line, column) = self.cursor;
        self.first = (
            keep_in_view(self.first.0, lines, line, self.lines.len()),
            keep_in_view(self.first.1, runs, column, self.heads.len()),
        );
    }

    /// The cell under the cursor as text; the row's name on the name of a section.
    pub fn current_value(&self) -> Option<String> {
        let (line, column) = self.cursor;
        let value = self.row(line)?.values.get(column)?;
        Some(value.to_string())
    }

    /// Does something and puts the cursor back on its row, or the next one that is left.
    fn keep_row(&mut self, change: impl FnOnce(&mut Self)) {
        let row = self
            .lines
            .iter()
            .skip(self.cursor.0)
            .find_map(|line| match line {
                Line::Row(row) => Some(*row),
                Line::Section(_) => None,
            });
        change(self);
        let at = |line: &Line| matches!((line, row), (Line::Row(at), Some(row)) if *at >= row);
        let line = self.lines.iter().position(at).unwrap_or(0);
        self.go(line, self.cursor.1);
    }

    fn arrange(&mut self) {
        let needle = self.filter.to_lowercase();
        let mut lines = Vec::new();
        let mut section = None;
        for (at, row) in self.rows.iter().enumerate() {
            let found = needle.is_empty() || row.name.to_lowercase().contains(&needle);
            if !found || (self.differences_only && !row.differs) {
                continue;
            }
            if section != Some(row.section) {
                section = Some(row.section);
                lines.push(Line::Section(row.section));
            }
            lines.push(Line::Row(at));
        }
        self.lines = lines;
    }
}

#[cfg(test)]
mod tests;
