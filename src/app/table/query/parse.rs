//! From what is typed to terms. What is typed only half is no error: it does not count yet.

use std::{iter::Peekable, str::Chars};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Comparison, Kind, Literal, QueryError, Term,
    needle::{Fuzzy, Needle},
};
use crate::domain::Span;

/// How a value is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Has,
    Fuzzy,
    Is,
    Compare(Comparison),
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    fn takes(&mut self, sign: char) -> bool {
        self.0.next_if_eq(&sign).is_some()
    }

    /// What stands in quotes; to the end where they are not closed yet.
    fn quoted(&mut self) -> Option<String> {
        self.0.next_if_eq(&'"')?;
        let mut text = String::new();
        while let Some(char) = self.0.next() {
            match char {
                '"' => break,
                '\\' => text.extend(self.0.next()),
                _ => text.push(char),
            }
        }
        Some(text)
    }

    /// What stands before a space, or before a character that ends it.
    fn word(&mut self, end: Option<char>) -> String {
        let mut text = String::new();
        while let Some(char) = self
            .0
            .next_if(|char| !char.is_whitespace() && Some(*char) != end)
        {
            text.push(char);
        }
        text
    }

    fn sign(&mut self) -> Sign {
        if self.takes('~') {
            Sign::Fuzzy
        } else if self.takes('=') {
            Sign::Is
        } else if self.takes('>') {
            Sign::Compare(if self.takes('=') {
                Comparison::AtLeast
            } else {
                Comparison::Above
            })
        } else if self.takes('<') {
            Sign::Compare(if self.takes('=') {
                Comparison::AtMost
            } else {
                Comparison::Below
            })
        } else {
            Sign::Has
        }
    }
}

/// The terms of a text, for columns by their names.
pub(super) fn terms(text: &str, columns: &[&str]) -> Result<Vec<Term>, QueryError> {
    let mut reader = Reader(text.chars().peekable());
    let mut terms = Vec::new();
    loop {
        while reader.0.next_if(|char| char.is_whitespace()).is_some() {}
        if reader.0.peek().is_none() {
            return Ok(terms);
        }
        let negated = reader.takes('!');
        terms.extend(term(&mut reader, negated, columns)?);
    }
}

fn term(
    reader: &mut Reader<'_>,
    negated: bool,
    columns: &[&str],
) -> Result<Option<Term>, QueryError> {
    let fuzzy = reader.takes('~');
    let quoted = reader.quoted();
    let first = match &quoted {
        Some(text) => text.clone(),
        None if fuzzy => reader.word(None),
        None => reader.word(Some(':')),
    };
    if fuzzy || !reader.takes(':') {
        let kind = match first.as_str() {
            "" => None,
            text if fuzzy => Some(Kind::Fuzzy(Fuzzy::new(text))),
            text => Some(Kind::Has(Needle::new(text))),
        };
        return Ok(kind.map(|kind| Term {
            negated,
            column: None,
            kind,
        }));
    }
    if first.is_empty() && quoted.is_none() {
        // A colon at the start names no column: it is text.
        let text = format!(":{}", reader.word(None));
        return Ok(Some(Term {
            negated,
            column: None,
            kind: Kind::Has(Needle::new(&text)),
        }));
    }
    let name = plain(&first);
    let Some(column) = columns.iter().position(|column| plain(column) == name) else {
        return Err(no_column(&first, columns));
    };
    let sign = reader.sign();
    let quoted = reader.quoted();
    let whole = quoted.is_some();
    let value = quoted.unwrap_or_else(|| reader.word(None));
    let kind = match sign {
        // An empty text in quotes is meant; without them it is still to be typed.
        Sign::Is if whole || !value.is_empty() => Kind::Is(Needle::new(&value)),
        _ if value.is_empty() => return Ok(None),
        Sign::Is | Sign::Has => Kind::Has(Needle::new(&value)),
        Sign::Fuzzy => Kind::Fuzzy(Fuzzy::new(&value)),
        Sign::Compare(comparison) => Kind::Compare(comparison, literal(&value)?),
    };
    Ok(Some(Term {
        negated,
        column: Some(column),
        kind,
    }))
}

/// A column's name as it may be typed: `in-mlflow` for `IN MLFLOW`.
pub(super) fn plain(name: &str) -> String {
    name.to_lowercase().replace([' ', '_'], "-")
}

fn no_column(name: &str, columns: &[&str]) -> QueryError {
    let names: Vec<String> = columns.iter().map(|name| plain(name)).collect();
    QueryError {
        message: format!(
            "no column {name:?}; there are {}; to look for the text, put it in quotes",
            names.join(", ")
        ),
    }
}

fn literal(text: &str) -> Result<Literal, QueryError> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number
        .map(Literal::Number)
        .or_else(|| Some(Literal::Age(text.parse::<Span>().ok()?.seconds())))
        .or_else(|| moment(text).map(Literal::Moment))
        .ok_or_else(|| QueryError {
            message: format!(
                "{text:?} is no number, no age such as 30m, 12h, 2d or 3w, and no date such as 2026-01-31"
            ),
        })
}

/// A date (its first moment, UTC) or a time with its zone.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}
