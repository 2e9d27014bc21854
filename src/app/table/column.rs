//! What a list shows of its rows, as data: columns with their names, widths and accessors.

use std::{borrow::Cow, cmp::Ordering};

use jiff::Timestamp;
use serde::Serialize;

use crate::app::tone::Tone;

/// A thing that stands in a table, one a row.
pub trait Record: Serialize + Send + Sync + Sized + 'static {
    /// What its cells need besides the row itself, for example who is in which group.
    type Context: Default + Send + Sync + 'static;
    /// What one row is, and what several are: `user`, `users`.
    const NOUNS: (&'static str, &'static str);
    /// The identity, unique in the table; cursor and marks stay with it.
    fn id(&self) -> &str;
    /// The columns from left to right. The first is frozen.
    fn columns() -> &'static [Column<Self>];
    /// What the column at a place is headed by, where its own name does not say it; none hides
    /// the column.
    fn title(_context: &Self::Context, place: usize) -> Option<Cow<'_, str>> {
        Some(Self::columns().get(place)?.name.into())
    }
}

/// What a cell is made from besides its row.
#[derive(Debug)]
pub struct Scope<'a, C> {
    /// What the whole table shares.
    pub context: &'a C,
    /// The time that ages are counted to.
    pub now: Timestamp,
}

// By hand: a derive would ask the same of the context.
impl<C> Clone for Scope<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Scope<'_, C> {}

/// One column.
pub struct Column<R: Record> {
    /// The head, `STATUS`, and the name in a filter: `status:confirmed`.
    pub name: &'static str,
    /// How wide.
    pub width: Width,
    /// Where short texts stand.
    pub align: Align,
    /// Whether plain words of a filter look into it.
    pub searchable: bool,
    /// The text shown.
    pub cell: for<'a> fn(&'a R, Scope<'a, R::Context>) -> Cell<'a>,
    /// What rows are sorted and compared by.
    pub key: for<'a> fn(&'a R, Scope<'a, R::Context>) -> Key<'a>,
}

/// How wide a column wants to be, in cells of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// Below this it is rather scrolled out of sight.
    pub min: u16,
    /// What shows nearly all of its texts whole.
    pub ideal: u16,
    /// Its share of what is left when every column has its ideal width; 0 takes none.
    pub weight: u16,
}

impl Width {
    /// Always `width` wide.
    pub const fn fixed(width: u16) -> Self {
        Self {
            min: width,
            ideal: width,
            weight: 0,
        }
    }

    /// Between `min` and `ideal`, never wider.
    pub const fn between(min: u16, ideal: u16) -> Self {
        Self {
            min,
            ideal,
            weight: 0,
        }
    }

    /// At least `min`, better `ideal`, and `weight` shares of what is left.
    pub const fn fill(min: u16, ideal: u16, weight: u16) -> Self {
        Self { min, ideal, weight }
    }
}

/// Where a text stands in a wider cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    #[default]
    Left,
    /// At the right: numbers.
    Right,
}

/// One cell's text and its meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The text as it came, untrusted: whoever draws it cleans it.
    pub text: Cow<'a, str>,
    /// What it says about its row.
    pub tone: Tone,
}

impl<'a> Cell<'a> {
    /// A plain text.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Tone::Text)
    }

    /// A text with a meaning.
    pub fn new(text: impl Into<Cow<'a, str>>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}

/// What a row is sorted and compared by in one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Key<'a> {
    /// There is none: last in either direction, and no comparison holds.
    None,
    /// No or yes.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Any number.
    Real(f64),
    /// A time; compared with a duration it stands for its age.
    Time(Timestamp),
    /// A text, ordered without regard to case.
    Text(Cow<'a, str>),
}

impl<'a> Key<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A time, where there is one.
    pub fn time(time: Option<Timestamp>) -> Self {
        time.map_or(Self::None, Self::Time)
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The order of two keys, smallest first. Keys of different kinds are ordered by kind.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => without_case(a, b).then_with(|| a.cmp(b)),
            _ => match (self.real(), other.real()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => self.kind().cmp(&other.kind()),
            },
        }
    }

    /// The number, where it is one.
    pub(super) fn real(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "counts and sizes far below 2^53"
            )]
            Self::Number(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Number(_) | Self::Real(_) => 1,
            Self::Time(_) => 2,
            Self::Text(_) => 3,
            Self::None => 4,
        }
    }
}

fn without_case(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        return a
            .bytes()
            .map(|byte| byte.to_ascii_lowercase())
            .cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    a.chars()
        .flat_map(char::to_lowercase)
        .cmp(b.chars().flat_map(char::to_lowercase))
}
