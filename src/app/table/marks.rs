//! Marked rows: by identity, with their places among the rows at hand.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::column::Record;

/// The marked rows.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Identities, each with its row where that is at hand.
    ids: HashMap<String, Option<u32>>,
    /// Whether each row is marked.
    rows: Vec<bool>,
    /// The one marked last; a range starts there.
    last: Option<String>,
}

impl Marks {
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    pub(super) fn has(&self, row: u32) -> bool {
        self.rows.get(row as usize).copied().unwrap_or(false)
    }

    pub(super) fn set(&mut self, row: u32, id: &str, marked: bool) {
        let at = row as usize;
        if marked {
            if self.rows.len() <= at {
                self.rows.resize(at + 1, false);
            }
            if let Some(place) = self.rows.get_mut(at) {
                *place = true;
            }
            self.ids.insert(id.to_owned(), Some(row));
            self.last = Some(id.to_owned());
        } else {
            if let Some(place) = self.rows.get_mut(at) {
                *place = false;
            }
            self.ids.remove(id);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Identities whose rows are not among `shown`: by row, then the ones without.
    pub(super) fn not_in(&self, shown: &[u32]) -> Vec<String> {
        let shown: HashSet<u32> = shown.iter().copied().filter(|row| self.has(*row)).collect();
        let mut left: Vec<(Option<u32>, &String)> = self
            .ids
            .iter()
            .filter(|(_, row)| row.is_none_or(|row| !shown.contains(&row)))
            .map(|(id, row)| (*row, id))
            .collect();
        left.sort_by_key(|(row, id)| (row.is_none(), *row, *id));
        left.into_iter().map(|(_, id)| id.clone()).collect()
    }

    /// The rows are other ones now: finds the marked ones among them.
    pub(super) fn look_again<R: Record>(&mut self, rows: &[Arc<R>]) {
        self.rows.clear();
        for (id, row) in &mut self.ids {
            // A refresh mostly leaves rows where they were.
            let stays = row
                .and_then(|row| rows.get(row as usize))
                .is_some_and(|row| row.id() == id);
            if !stays {
                *row = None;
            }
        }
        let found: Vec<u32> = self.ids.values().copied().flatten().collect();
        for row in found {
            self.note(row);
        }
        self.look_among(rows, 0);
    }

    /// Finds what is not at hand yet among the rows from `from` on.
    pub(super) fn look_among<R: Record>(&mut self, rows: &[Arc<R>], from: usize) {
        let mut missing = self.ids.values().filter(|row| row.is_none()).count();
        for (row, record) in (0_u32..).zip(rows).skip(from) {
            if missing == 0 {
                break;
            }
            if let Some(place @ None) = self.ids.get_mut(record.id()) {
                *place = Some(row);
                missing -= 1;
                self.note(row);
            }
        }
    }

    /// The rows are all there are: forgets what is not among them.
    pub(super) fn forget_missing(&mut self) {
        self.ids.retain(|_, row| row.is_some());
    }

    fn note(&mut self, row: u32) {
        let at = row as usize;
        if self.rows.len() <= at {
            self.rows.resize(at + 1, false);
        }
        if let Some(place) = self.rows.get_mut(at) {
            *place = true;
        }
    }
}
