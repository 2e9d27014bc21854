//! Filter and sort: pure work over shared rows.
//!
//! The sorted order of all rows is kept apart from what the filter leaves of it, so that a
//! keystroke in the filter sorts nothing; a filter that only narrows looks at what the one
//! before it left; rows that were added are put in their places.

use std::{cmp::Ordering, panic, sync::Arc, thread};

use jiff::Timestamp;

use super::{
    Rows,
    column::{Key, Record, Scope},
    listing::{Direction, Sort},
    query::{Query, Scratch},
};

/// Rows that one thread gets at least.
const CHUNK: usize = 4_096;

/// Filtered and sorted rows, as their places among all rows.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// All of them, sorted.
    pub(super) sorted: Arc<Vec<u32>>,
    /// What the filter leaves, sorted.
    pub(super) order: Arc<Vec<u32>>,
}

/// What rows are arranged from and by.
pub(super) struct Input<R: Record> {
    pub(super) rows: Rows<R>,
    /// Rows of the same epoch were only added to.
    pub(super) rows_epoch: u64,
    pub(super) context: Arc<R::Context>,
    pub(super) context_epoch: u64,
    pub(super) now: Timestamp,
    pub(super) sort: Option<Sort>,
    pub(super) query: Arc<Query>,
}

impl<R: Record> Default for Input<R> {
    fn default() -> Self {
        Self {
            rows: Rows::default(),
            rows_epoch: 0,
            context: Arc::default(),
            context_epoch: 0,
            now: Timestamp::UNIX_EPOCH,
            sort: None,
            query: Arc::default(),
        }
    }
}

impl<R: Record> Clone for Input<R> {
    fn clone(&self) -> Self {
        Self {
            rows: Arc::clone(&self.rows),
            context: Arc::clone(&self.context),
            query: Arc::clone(&self.query),
            ..*self
        }
    }
}

impl<R: Record> Input<R> {
    pub(super) fn scope(&self) -> Scope<'_, R::Context> {
        Scope {
            context: &self.context,
            now: self.now,
        }
    }

    /// Whether the user wants the same of the same rows.
    pub(super) fn same_wish(&self, other: &Self) -> bool {
        self.rows_epoch == other.rows_epoch && self.sort == other.sort && self.query == other.query
    }

    fn key(&self, row: u32, column: usize) -> Key<'_> {
        match (self.rows.get(row as usize), R::columns().get(column)) {
            (Some(row), Some(column)) => (column.key)(row, self.scope()),
            _ => Key::None,
        }
    }

    /// Sorts rows by their places. Equal ones stay as they came.
    fn sort(&self, rows: &mut Vec<u32>) {
        let Some(sort) = self.sort else {
            return;
        };
        let runs = in_parallel(rows, |chunk| {
            let mut run: Vec<(Key<'_>, u32)> = chunk
                .iter()
                .map(|row| (self.key(*row, sort.column), *row))
                .collect();
            run.sort_by(|a, b| compare(a, b, sort.direction));
            run
        });
        let mut all = runs.concat();
        // Finds the runs and merges them.
        all.sort_by(|a, b| compare(a, b, sort.direction));
        rows.clear();
        rows.extend(all.into_iter().map(|(_, row)| row));
    }

    /// What the filter leaves of some rows, in their order.
    fn filter(&self, rows: &[u32]) -> Vec<u32> {
        if self.query.is_empty() {
            return rows.to_vec();
        }
        let parts = in_parallel(rows, |chunk| {
            let mut scratch = Scratch::default();
            let finds = |row: &u32| self.finds(*row, &mut scratch);
            chunk.iter().copied().filter(finds).collect::<Vec<u32>>()
        });
        parts.concat()
    }

    /// What the filter leaves of all rows. They are looked at as they lie in memory, which
    /// is several times as fast as in a sorted order.
    fn filter_all(&self, sorted: &[u32]) -> Vec<u32> {
        if self.sort.is_none() {
            return self.filter(sorted);
        }
        let all = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let mut found = vec![false; self.rows.len()];
        for row in self.filter(&(0..all).collect::<Vec<u32>>()) {
            if let Some(found) = found.get_mut(row as usize) {
                *found = true;
            }
        }
        let is_found = |row: &u32| found.get(*row as usize).copied().unwrap_or(false);
        sorted.iter().copied().filter(is_found).collect()
    }

    fn finds(&self, row: u32, scratch: &mut Scratch) -> bool {
        let row = self.rows.get(row as usize);
        row.is_some_and(|row| self.query.finds(&**row, self.scope(), scratch))
    }

    /// Puts rows that were added at the end into an order.
    fn insert(&self, base: Vec<u32>, mut added: Vec<u32>) -> Vec<u32> {
        let Some(sort) = self.sort else {
            let mut base = base;
            base.append(&mut added);
            return base;
        };
        self.sort(&mut added);
        let mut merged = Vec::with_capacity(base.len() + added.len());
        let mut rest = base.as_slice();
        for row in added {
            let new = (self.key(row, sort.column), row);
            let place = rest.partition_point(|old| {
                let old = (self.key(*old, sort.column), *old);
                compare(&old, &new, sort.direction) == Ordering::Less
            });
            let (before, after) = rest.split_at(place);
            merged.extend_from_slice(before);
            merged.push(row);
            rest = after;
        }
        merged.extend_from_slice(rest);
        merged
    }
}

/// The order of two rows: by key, what has none last either way, else as they came.
fn compare((a, at): &(Key<'_>, u32), (b, bt): &(Key<'_>, u32), direction: Direction) -> Ordering {
    let keys = match (a.is_none(), b.is_none(), direction) {
        (false, false, Direction::Ascending) => a.order(b),
        (false, false, Direction::Descending) => b.order(a),
        (none, other, _) => none.cmp(&other),
    };
    keys.then(at.cmp(bt))
}

/// Runs `work` over parts of `rows`, on every core where there are enough of them.
fn in_parallel<T: Send>(rows: &[u32], work: impl Fn(&[u32]) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let parts = cores.min(rows.len().div_ceil(CHUNK)).max(1);
    if parts == 1 {
        return vec![work(rows)];
    }
    thread::scope(|scope| {
        let mut chunks = rows.chunks(rows.len().div_ceil(parts));
        let own = chunks.next();
        let others: Vec<_> = chunks
            .map(|chunk| {
                let work = &work;
                // Where the system has no thread left, the work is done here.
                thread::Builder::new()
                    .spawn_scoped(scope, move || work(chunk))
                    .map_err(|_| chunk)
            })
            .collect();
        let mut results: Vec<T> = own.into_iter().map(&work).collect();
        for other in others {
            results.push(match other {
                Ok(handle) => handle
                    .join()
                    .unwrap_or_else(|lost| panic::resume_unwind(lost)),
                Err(chunk) => work(chunk),
            });
        }
        results
    })
}

/// What the filter has to look at again.
enum Look {
    /// Nothing: these are right.
    Keep(Arc<Vec<u32>>),
    /// These, which hold all that it can find.
    Narrow(Arc<Vec<u32>>),
    /// All.
    All,
}

/// What is to be done to come from what is arranged to what is wanted.
pub(super) struct Plan<R: Record> {
    input: Input<R>,
    sorted: Option<Arc<Vec<u32>>>,
    look: Look,
    /// Rows before this one are in what was arranged before.
    covered: usize,
}

impl<R: Record> Plan<R> {
    /// The least work from `old`, which was made from the first `covered` rows of `from`;
    /// none if nothing is to be done.
    pub(super) fn new(
        from: &Input<R>,
        old: &Arranged,
        covered: usize,
        input: &Input<R>,
    ) -> Option<Self> {
        let grown = from.rows_epoch == input.rows_epoch && covered <= input.rows.len();
        let same_context = from.context_epoch == input.context_epoch;
        let same_order = grown && from.sort == input.sort && (same_context || input.sort.is_none());
        let unmoved = !input.query.uses_now() || from.now == input.now;
        let look = if !same_order {
            Look::All
        } else if from.query == input.query && (input.query.is_empty() || (same_context && unmoved))
        {
            Look::Keep(Arc::clone(&old.order))
        } else if same_context && unmoved && input.query.narrows(&from.query) {
            Look::Narrow(Arc::clone(&old.order))
        } else {
            Look::All
        };
        if matches!(look, Look::Keep(_)) && covered == input.rows.len() {
            return None;
        }
        Some(Self {
            input: input.clone(),
            sorted: same_order.then(|| Arc::clone(&old.sorted)),
            look,
            covered: if same_order { covered } else { 0 },
        })
    }

    /// How many rows have to be looked at.
    pub(super) fn cost(&self) -> usize {
        let all = self.input.rows.len();
        let added = all - self.covered.min(all);
        let sorting = match (&self.sorted, self.input.sort) {
            (_, None) => 0,
            (Some(_), Some(_)) => added,
            (None, Some(_)) => all,
        };
        let looking = match &self.look {
            _ if self.input.query.is_empty() => 0,
            Look::Keep(_) => added,
            Look::Narrow(rows) => rows.len() + added,
            Look::All => all,
        };
        sorting + looking
    }

    /// Does it.
    pub(super) fn run(&self) -> Arranged {
        let input = &self.input;
        let all = u32::try_from(input.rows.len()).unwrap_or(u32::MAX);
        let covered = u32::try_from(self.covered).unwrap_or(u32::MAX);
        let sorted = match &self.sorted {
            Some(sorted) if covered == all => Arc::clone(sorted),
            Some(sorted) => Arc::new(input.insert(sorted.to_vec(), (covered..all).collect())),
            None => {
                let mut rows = (0..all).collect();
                input.sort(&mut rows);
                Arc::new(rows)
            }
        };
        let added = || input.filter(&(covered..all).collect::<Vec<u32>>());
        let order = match &self.look {
            _ if input.query.is_empty() => Arc::clone(&sorted),
            Look::Keep(order) => Arc::new(input.insert(order.to_vec(), added())),
            Look::Narrow(order) => Arc::new(input.insert(input.filter(order), added())),
            Look::All => Arc::new(input.filter_all(&sorted)),
        };
        Arranged { sorted, order }
    }
}
