//! The filter's language.
//!
//! Words stand for themselves and all have to be found: `anna confirmed`. A word is looked for
//! without regard to case unless it has capitals.
//!
//! | typed | finds rows |
//! |---|---|
//! | `word`, `"two words"` | that hold it in a searchable column |
//! | `~word` | that hold its letters in this order |
//! | `!term` | that the term does not find |
//! | `column:value`, `column:~value` | that hold it in this column |
//! | `column:=value`, `column:=""` | that have just this there |
//! | `column:>10` `>=` `<` `<=` | with such a number there |
//! | `column:>2d` (s, m, h, d, w) | that are older there |
//! | `column:>2026-01-31` | that are later there |

mod needle;
mod parse;

use std::{ops::Range, slice};

use jiff::Timestamp;
use unicode_segmentation::UnicodeSegmentation;

use super::column::{Column, Key, Record, Scope};
pub use needle::Scratch;
use needle::{Fuzzy, Needle};

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What, and what would be right, one line.
    pub message: String,
}

/// How a key is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Comparison {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Above => left > right,
            Self::AtLeast => left >= right,
            Self::Below => left < right,
            Self::AtMost => left <= right,
        }
    }
}

/// What a key is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Literal {
    Number(f64),
    /// In seconds.
    Age(i64),
    Moment(Timestamp),
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Has(Needle),
    Fuzzy(Fuzzy),
    Is(Needle),
    Compare(Comparison, Literal),
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    /// The only column it looks into; else all that are searchable.
    column: Option<usize>,
    kind: Kind,
}

impl Term {
    fn looks_into<R: Record>(&self, place: usize, column: &Column<R>) -> bool {
        self.column.map_or(column.searchable, |only| only == place)
    }

    fn holds<R: Record>(
        &self,
        column: &Column<R>,
        row: &R,
        scope: Scope<'_, R::Context>,
        scratch: &mut Scratch,
    ) -> bool {
        let text = || (column.cell)(row, scope).text;
        match &self.kind {
            Kind::Has(needle) => needle.is_in(&text()),
            Kind::Fuzzy(fuzzy) => fuzzy.is_in(&text(), scratch),
            Kind::Is(needle) => {
                needle.is(&text())
                    || (needle.text().parse().ok()).is_some_and(|number: f64| {
                        let key = (column.key)(row, scope).real();
                        key.is_some_and(|key| key.total_cmp(&number).is_eq())
                    })
            }
            Kind::Compare(comparison, literal) => {
                compares(*comparison, *literal, &(column.key)(row, scope), scope.now)
            }
        }
    }

    /// Whether every row that this term finds is found by `other`.
    fn implies(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        if self.negated || other.negated || self.column != other.column {
            return false;
        }
        match (&self.kind, &other.kind) {
            (Kind::Has(new), Kind::Has(old)) => new.implies(old),
            (Kind::Fuzzy(new), Kind::Fuzzy(old)) => new.implies(old),
            _ => false,
        }
    }
}

fn compares(comparison: Comparison, literal: Literal, key: &Key<'_>, now: Timestamp) -> bool {
    match (literal, key) {
        (Literal::Number(number), key) => key
            .real()
            .is_some_and(|key| comparison.holds(&key, &number)),
        (Literal::Age(seconds), Key::Time(time)) => {
            comparison.holds(&(now.as_second() - time.as_second()), &seconds)
        }
        (Literal::Moment(moment), Key::Time(time)) => comparison.holds(time, &moment),
        _ => false,
    }
}

/// A parsed filter: terms that all have to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

impl Query {
    /// Reads a filter for the columns of `R`. Fails where it names a column that there is not
    /// or compares with what is no number, age or date.
    pub fn parse<R: Record>(text: &str) -> Result<Self, QueryError> {
        let names: Vec<&str> = R::columns().iter().map(|column| column.name).collect();
        Ok(Self {
            terms: parse::terms(text, &names)?,
        })
    }

    /// Whether it finds everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether what it finds changes as time goes by.
    pub fn uses_now(&self) -> bool {
        let age = |term: &Term| matches!(term.kind, Kind::Compare(_, Literal::Age(_)));
        self.terms.iter().any(age)
    }

    /// Whether it finds no row that `other` does not find.
    pub fn narrows(&self, other: &Self) -> bool {
        let mut old = other.terms.iter();
        old.all(|old| self.terms.iter().any(|new| new.implies(old)))
    }

    /// Whether it finds a row.
    pub fn finds<R: Record>(
        &self,
        row: &R,
        scope: Scope<'_, R::Context>,
        scratch: &mut Scratch,
    ) -> bool {
        self.terms.iter().all(|term| {
            let columns = match term.column {
                Some(only) => R::columns().get(only).map_or(&[][..], slice::from_ref),
                None => R::columns(),
            };
            let found = columns
                .iter()
                .filter(|column| term.column.is_some() || column.searchable)
                .any(|column| term.holds(column, row, scope, scratch));
            found != term.negated
        })
    }

    /// The bytes of a cell's text in which it finds something: in order, apart from each
    /// other, from grapheme to grapheme.
    pub fn ranges<R: Record>(
        &self,
        place: usize,
        text: &str,
        scratch: &mut Scratch,
    ) -> Vec<Range<usize>> {
        let Some(column) = R::columns().get(place) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let terms = self.terms.iter().filter(|term| !term.negated);
        for term in terms.filter(|term| term.looks_into(place, column)) {
            match &term.kind {
                Kind::Has(needle) => {
                    let mut from = 0;
                    while let Some(range) =
                        needle.find(text, from).filter(|range| !range.is_empty())
                    {
                        from = range.end;
                        found.push(range);
                    }
                }
                Kind::Fuzzy(fuzzy) => found.extend(fuzzy.ranges(text, scratch)),
                Kind::Is(needle) if needle.is(text) => found.push(0..text.len()),
                Kind::Is(_) | Kind::Compare(..) => {}
            }
        }
        whole_graphemes(text, found)
    }
}

/// The graphemes that the ranges touch, those side by side as one range.
fn whole_graphemes(text: &str, mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    if found.is_empty() {
        return found;
    }
    found.sort_by_key(|range| (range.start, range.end));
    // Overlapping ones become one, so that none hides behind a shorter.
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    let mut whole: Vec<Range<usize>> = Vec::new();
    let mut found = merged.into_iter().peekable();
    for (at, grapheme) in text.grapheme_indices(true) {
        let end = at + grapheme.len();
        while found.next_if(|range| range.end <= at).is_some() {}
        let touched = found.peek().is_some_and(|range| range.start < end);
        if !touched {
            continue;
        }
        match whole.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => whole.push(at..end),
        }
    }
    whole
}

#[cfg(test)]
mod tests;
