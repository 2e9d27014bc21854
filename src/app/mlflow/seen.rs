//! What two identities see of the same list.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::app::{table::Cell, tone::Tone};

/// Who of the two sees a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Nobody else looks.
    #[default]
    Alone,
    /// Both, and the same.
    Same,
    /// Both, but not the same.
    Differs,
    /// Only the one whose page it is.
    OnlyHere,
    /// Only the other.
    OnlyThere,
}

impl Seen {
    /// As it stands in a table.
    pub fn cell(self) -> Cell<'static> {
        match self {
            Self::Alone => Cell::plain(""),
            Self::Same => Cell::new("= same", Tone::Dim),
            Self::Differs => Cell::new("≠ differs", Tone::Warning),
            Self::OnlyHere => Cell::new("‹ only here", Tone::Warning),
            Self::OnlyThere => Cell::new("› only there", Tone::Warning),
        }
    }
}

/// What the other sees of a list, by the rows' identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside<T> {
    rows: Vec<(String, T)>,
}

impl<T: PartialEq> Beside<T> {
    /// What the other sees.
    pub fn new(rows: Vec<T>, id: impl Fn(&T) -> String) -> Self {
        Self {
            rows: rows.into_iter().map(|row| (id(&row), row)).collect(),
        }
    }

    /// Puts both lists together: the rows seen here in their order, then those only seen there.
    pub fn join(self, here: Vec<T>, id: impl Fn(&T) -> String) -> Vec<(T, Seen)> {
        let mut there: HashMap<String, T> = HashMap::new();
        let mut order = Vec::new();
        for (id, row) in self.rows {
            order.push(id.clone());
            there.insert(id, row);
        }
        let mut joined: Vec<(T, Seen)> = here
            .into_iter()
            .map(|row| {
                let seen = match there.remove(&id(&row)) {
                    None => Seen::OnlyHere,
                    Some(other) if other == row => Seen::Same,
                    Some(_) => Seen::Differs,
                };
                (row, seen)
            })
            .collect();
        for id in order {
            if let Some(row) = there.remove(&id) {
                joined.push((row, Seen::OnlyThere));
            }
        }
        joined
    }
}

/// What is seen here as rows, with what of it somebody else sees, where somebody else looks.
pub fn joined<T: PartialEq, R>(
    here: Vec<T>,
    there: Option<Vec<T>>,
    id: impl Fn(&T) -> String,
    row: impl Fn(T, Seen) -> R,
) -> Vec<R> {
    match there {
        Some(there) => Beside::new(there, &id)
            .join(here, &id)
            .into_iter()
            .map(|(thing, seen)| row(thing, seen))
            .collect(),
        None => here
            .into_iter()
            .map(|thing| row(thing, Seen::Alone))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_of_them_sees_is_marked() {
        let id = |row: &(u8, &'static str)| row.0.to_string();
        let there = Beside::new(vec![(1, "a"), (2, "x"), (4, "d")], id);
        assert_eq!(
            there.join(vec![(3, "c"), (1, "a"), (2, "b")], id),
            [
                ((3, "c"), Seen::OnlyHere),
                ((1, "a"), Seen::Same),
                ((2, "b"), Seen::Differs),
                ((4, "d"), Seen::OnlyThere),
            ]
        );
    }
}
