//! A list whatever its rows are: what keys, drawing and export need of it.

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use jiff::Timestamp;

use super::{
    Arranged,
    column::{Align, Cell, Width},
    query::QueryError,
};
use crate::domain::Failure;

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The smallest first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The column's place.
    pub column: usize,
    /// Which way.
    pub direction: Direction,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The name that filters and commands know it by.
    pub name: &'static str,
    /// What it is headed by; none hides the column.
    pub title: Option<String>,
    /// The width it wants.
    pub width: Width,
    /// The width that the user gave it.
    pub set: Option<u16>,
    /// Where short texts stand.
    pub align: Align,
    /// Which way the rows are sorted by it.
    pub sorted: Option<Direction>,
}

/// How the data of a list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Nobody has asked for it yet.
    Idle,
    /// On its way.
    Loading {
        /// Rows that have come so far.
        so_far: usize,
        /// When what is shown meanwhile was complete; none at the first load.
        at: Option<Timestamp>,
    },
    /// Complete.
    Ready {
        /// Since when.
        at: Timestamp,
    },
    /// Refreshing failed, the rows before are shown.
    Stale {
        /// Why it failed.
        error: &'a Failure,
        /// When what is shown was complete.
        at: Timestamp,
    },
    /// The caller lacks a right and there is nothing from before.
    Denied {
        /// The whole answer.
        error: &'a Failure,
        /// The IAM action that is missing, where the service named it.
        action: Option<&'a str>,
    },
    /// It failed and there is nothing from before.
    Failed {
        /// Why.
        error: &'a Failure,
    },
}

/// Why no row is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// There are none.
    Empty,
    /// There are, but the filter leaves none.
    Filtered,
}

/// A movement of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
    /// To a place.
    To(usize),
}

/// How marks are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marking {
    /// Turns the mark of the row under the cursor.
    Toggle,
    /// Marks the rows from the last one marked to the cursor.
    Range,
    /// Marks all rows that the filter leaves.
    All,
    /// Takes every mark away, also of rows not shown.
    Clear,
    /// Turns the marks of the rows that the filter leaves.
    Invert,
}

/// How many rows are marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// In all.
    pub count: usize,
    /// Of these, the ones not shown now.
    pub hidden: usize,
}

/// One row to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowView<'a> {
    /// The identity.
    pub id: &'a str,
    /// A cell a column.
    pub cells: Vec<Cell<'a>>,
    /// For each cell the bytes of its text that the filter found, in order, never
    /// overlapping, from grapheme to grapheme.
    pub matches: Vec<Vec<Range<usize>>>,
    /// Whether it is marked.
    pub marked: bool,
}

/// How a list is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The columns, comma-separated.
    Csv,
    /// The full rows, an array.
    Json,
    /// The columns, a table.
    Markdown,
}

/// Work on a long list that is to run off the UI task.
#[derive(Clone)]
pub struct Arrangement {
    /// Names it: to be given back with what came out.
    pub generation: u64,
    /// The work; takes milliseconds, uses every core.
    pub work: Arc<dyn Fn() -> Arranged + Send + Sync>,
}

impl fmt::Debug for Arrangement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrangement")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Arrangement {
    fn eq(&self, other: &Self) -> bool {
        self.generation == other.generation
    }
}

impl Eq for Arrangement {}

/// A list, whatever its rows are.
///
/// Places count the shown rows from 0; a place that does not exist is answered with nothing.
pub trait Listing {
    /// What one row is, and what several are.
    fn nouns(&self) -> (&'static str, &'static str);
    /// The heads of the columns from left to right; the first is frozen.
    fn heads(&self) -> Vec<Head>;
    /// How many rows the filter leaves.
    fn shown(&self) -> usize;
    /// How many rows there are.
    fn total(&self) -> usize;
    /// How the data stands.
    fn standing(&self) -> Standing<'_>;
    /// Why no row is shown, where none is.
    fn emptiness(&self) -> Option<Emptiness>;

    /// The row at a place.
    fn row(&self, place: usize) -> Option<RowView<'_>>;
    /// The identity of the row at a place; cheaper than the row.
    fn id(&self, place: usize) -> Option<&str>;
    /// The row at a place as JSON, whole.
    fn json(&self, place: usize) -> Option<serde_json::Value>;

    /// The cursor's place; none while no row is shown.
    fn cursor(&self) -> Option<usize>;
    /// Moves the cursor; `page` is how many rows a page has.
    fn go(&mut self, motion: Motion, page: usize);
    /// Puts the cursor on a row by its identity; false if it is not shown.
    fn go_to_id(&mut self, id: &str) -> bool;

    /// The place of the first row in a window of `height` rows: as little away from the
    /// window last seen as keeps the cursor in it.
    fn window(&self, height: usize) -> usize;
    /// What was drawn last: a window of `height` rows, and whether there are columns to the
    /// right of it.
    fn note_seen(&mut self, height: usize, more_columns: bool);
    /// The first column after the frozen one that is in sight.
    fn first_column(&self) -> usize;
    /// Scrolls the columns one to the left.
    fn column_left(&mut self);
    /// Scrolls the columns one to the right.
    fn column_right(&mut self);
    /// Gives a column a width, or lets it have the one it wants.
    fn set_width(&mut self, column: usize, width: Option<u16>);

    /// What the rows are sorted by; none is the order they came in.
    fn sort(&self) -> Option<Sort>;
    /// Sets it outright. A column that does not exist changes nothing.
    fn set_sort(&mut self, sort: Option<Sort>);
    /// Sorts by a column, or turns the direction if that is what it is sorted by.
    fn sort_by(&mut self, column: usize) {
        let direction = match self.sort() {
            Some(sort) if sort.column == column => sort.direction.turned(),
            _ => Direction::default(),
        };
        self.set_sort(Some(Sort { column, direction }));
    }
    /// Turns the direction.
    fn turn_sort(&mut self) {
        if let Some(sort) = self.sort() {
            self.sort_by(sort.column);
        }
    }

    /// Changes marks.
    fn mark(&mut self, marking: Marking);
    /// How many rows are marked.
    fn marked(&self) -> Marked;
    /// What an action works on: the marked rows, else the one under the cursor, by identity.
    /// Marked rows in the order of the list, the ones not shown after them.
    fn targets(&self) -> Vec<String>;

    /// Filters by a text. While it has an error, the last good filter stays in effect.
    fn set_filter(&mut self, text: &str);
    /// The filter as it was typed.
    fn filter(&self) -> &str;
    /// What is wrong with it.
    fn filter_error(&self) -> Option<&QueryError>;

    /// The time that ages are counted to.
    fn now(&self) -> Timestamp;
    /// Sets it.
    fn set_now(&mut self, now: Timestamp);

    /// Work that has to be done off the UI task before the screen is right again; asked for
    /// after anything that changed the list. Every answer goes to [`Listing::arranged`].
    fn wanted(&mut self) -> Option<Arrangement>;
    /// What came out of it; nothing happens if it is no longer wanted.
    fn arranged(&mut self, generation: u64, arranged: Arranged);

    /// All rows that the filter leaves, in the order shown, as work that may run anywhere.
    fn exporter(&self, format: Format) -> Box<dyn FnOnce() -> String + Send>;
    /// All rows that the filter leaves, in the order shown.
    fn export(&self, format: Format) -> String {
        self.exporter(format)()
    }

    /// How many rows are shown of how many: `12 of 340 users`.
    fn count(&self) -> String {
        let (shown, total, (one, several)) = (self.shown(), self.total(), self.nouns());
        let noun = if total == 1 { one } else { several };
        if shown == total {
            format!("{total} {}", numbered(noun, total))
        } else {
            format!("{shown} of {total} {}", numbered(noun, total))
        }
    }
}

/// The noun, given in the plural, as it stands after a number.
pub(crate) fn numbered(noun: &'static str, number: usize) -> Cow<'static, str> {
    match (number, noun.strip_suffix("ies"), noun.strip_suffix('s')) {
        (1, Some(stem), _) => format!("{stem}y").into(),
        (1, None, Some(stem)) => stem.into(),
        _ => noun.into(),
    }
}
