//! The table: rows as they come in, and what the user made of their order.

mod awaited;
mod listing;

use std::{fmt, sync::Arc};

use jiff::Timestamp;

pub use awaited::Awaited;

use super::{
    Rows,
    arrange::{Arranged, Input, Plan},
    column::{Record, Scope},
    listing::{Listing, Sort},
    marks::Marks,
    query::{Query, QueryError},
};
use crate::{
    app::remote::{Remote, Ticket},
    domain::Failure,
};

/// As much is arranged at once; more is given away.
const AT_ONCE: usize = 2_000;

/// The row under the cursor.
#[derive(Debug, Default)]
struct Cursor {
    /// Its identity; none until there are rows or while it only stays at the top.
    id: Option<String>,
    /// Its place among all rows, where it was last.
    row: u32,
    /// Its place among the rows shown.
    place: usize,
}

/// What is shown: rows and their order, always of the same making.
struct Shown<R: Record> {
    /// What it was made from.
    from: Input<R>,
    /// How many of the rows it was made from.
    covered: usize,
    arranged: Arranged,
}

/// Work that was given away.
struct Asked<R: Record> {
    generation: u64,
    input: Input<R>,
}

/// A list of records.
pub struct Table<R: Record> {
    remote: Remote<Rows<R>>,
    rows_epoch: u64,
    context: Arc<R::Context>,
    context_epoch: u64,
    now: Timestamp,
    query: Arc<Query>,
    filter: String,
    filter_error: Option<QueryError>,
    sort: Option<Sort>,
    shown: Shown<R>,
    /// Whether what is shown is not what is wanted.
    late: bool,
    generation: u64,
    asked: Option<Asked<R>>,
    cursor: Cursor,
    marks: Marks,
    /// How many marked rows are not shown.
    hidden: usize,
    /// The first row in sight when it was last drawn.
    first: usize,
    first_column: usize,
    more_columns: bool,
    widths: Vec<Option<u16>>,
}

impl<R: Record> Default for Table<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Record> fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("noun", &R::NOUNS)
            .field("total", &self.total())
            .field("shown", &self.shown())
            .field("filter", &self.filter)
            .field("sort", &self.sort)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

impl<R: Record> Table<R> {
    /// An empty one that nobody has asked for yet.
    pub fn new() -> Self {
        Self {
            remote: Remote::Idle,
            rows_epoch: 0,
            context: Arc::default(),
            context_epoch: 0,
            now: Timestamp::UNIX_EPOCH,
            query: Arc::default(),
            filter: String::new(),
            filter_error: None,
            sort: None,
            shown: Shown {
                from: Input::default(),
                covered: 0,
                arranged: Arranged::default(),
            },
            late: false,
            generation: 0,
            asked: None,
            cursor: Cursor::default(),
            marks: Marks::default(),
            hidden: 0,
            first: 0,
            first_column: 1,
            more_columns: true,
            widths: vec![None; R::columns().len()],
        }
    }

    /// A request was sent. What is shown stays until the answer is complete.
    pub fn begin(&mut self, ticket: Ticket) {
        if !self.keeps() {
            self.rows_epoch += 1;
        }
        self.remote.begin(ticket);
        self.settle();
    }

    /// Forgets every row: what comes next is the answer to another question.
    pub fn clear(&mut self) {
        self.remote = Remote::Idle;
        self.rows_epoch += 1;
        self.marks = Marks::default();
        self.settle();
    }

    /// Some rows have come.
    pub fn part(&mut self, ticket: Ticket, rows: Vec<R>) {
        let grows = !self.keeps() && self.shown.from.rows_epoch == self.rows_epoch;
        if grows {
            // Nobody else holds them now, so that adding to them copies nothing.
            self.shown.from.rows = Rows::default();
        }
        let before = self.total();
        self.remote.part(ticket, |all| {
            Arc::make_mut(all).extend(rows.into_iter().map(Arc::new));
        });
        if grows {
            if let Some(all) = self.remote.shown() {
                self.shown.from.rows = Arc::clone(all);
                self.marks.look_among(all, before);
            }
            self.settle();
        }
    }

    /// More of a row has come, which is named by its identity.
    pub fn amend(&mut self, ticket: Ticket, id: &str, change: impl FnOnce(&mut R))
    where
        R: Clone,
    {
        let shown = !self.keeps() && self.remote.is_current(ticket);
        let grows = shown && self.shown.from.rows_epoch == self.rows_epoch;
        if grows {
            // Nobody else holds them now, so that the change copies nothing.
            self.shown.from.rows = Rows::default();
        }
        self.remote.part(ticket, |all| {
            let mut rows = Arc::make_mut(all).iter_mut().rev();
            if let Some(row) = rows.find(|row| row.id() == id) {
                change(Arc::make_mut(row));
            }
        });
        if grows && let Some(all) = self.remote.shown() {
            self.shown.from.rows = Arc::clone(all);
        }
        if shown {
            self.rows_epoch += 1;
            self.settle();
        }
    }

    /// More of several rows has come: `change` sees each, and says whether it changed it.
    pub fn amend_all(&mut self, ticket: Ticket, mut change: impl FnMut(&mut R) -> bool)
    where
        R: Clone,
    {
        let shown = !self.keeps() && self.remote.is_current(ticket);
        let grows = shown && self.shown.from.rows_epoch == self.rows_epoch;
        if grows {
            // Nobody else holds them now, so that the changes copy nothing.
            self.shown.from.rows = Rows::default();
        }
        let mut changed = false;
        self.remote.part(ticket, |all| {
            for row in Arc::make_mut(all) {
                changed |= change(Arc::make_mut(row));
            }
        });
        if grows && let Some(all) = self.remote.shown() {
            self.shown.from.rows = Arc::clone(all);
        }
        if shown && changed {
            self.rows_epoch += 1;
            self.settle();
        }
    }

    /// Something was learnt of rows that are all there.
    pub fn revise(&mut self, concerns: impl Fn(&R) -> bool, mut change: impl FnMut(&mut R))
    where
        R: Clone,
    {
        let Remote::Ready(dated) = &mut self.remote else {
            return;
        };
        if self.shown.from.rows_epoch == self.rows_epoch {
            // Nobody else holds them now, so that the changes copy nothing.
            self.shown.from.rows = Rows::default();
        }
        for row in Arc::make_mut(&mut dated.value) {
            if concerns(row) {
                change(Arc::make_mut(row));
            }
        }
        self.shown.from.rows = Arc::clone(&dated.value);
        self.rows_epoch += 1;
        self.settle();
    }

    /// All rows have come.
    pub fn done(&mut self, ticket: Ticket, at: Timestamp) {
        if !self.remote.is_current(ticket) {
            return;
        }
        if self.keeps() {
            self.rows_epoch += 1;
        }
        self.remote.done(ticket, at);
        self.settle();
        self.tidy();
    }

    /// The rows did not come; what was there before stays.
    pub fn fail(&mut self, ticket: Ticket, error: Failure) {
        if !self.remote.is_current(ticket) {
            return;
        }
        if !self.keeps() {
            self.rows_epoch += 1;
        }
        self.remote.fail(ticket, error);
        self.settle();
    }

    /// What the cells need besides their rows.
    pub fn set_context(&mut self, context: R::Context) {
        self.context = Arc::new(context);
        self.context_epoch += 1;
        self.settle();
    }

    /// What the cells need besides their rows, to be shared.
    pub fn context(&self) -> &Arc<R::Context> {
        &self.context
    }

    /// The data and how far it has come.
    pub fn remote(&self) -> &Remote<Rows<R>> {
        &self.remote
    }

    /// All rows at hand, in the order they came.
    pub fn rows(&self) -> &[Arc<R>] {
        self.remote.shown().map_or(&[], |rows| rows.as_slice())
    }

    /// The record at a place of the shown rows.
    pub fn get(&self, place: usize) -> Option<&Arc<R>> {
        let row = self.shown.arranged.order.get(place)?;
        self.shown.from.rows.get(*row as usize)
    }

    /// The record under the cursor.
    pub fn current(&self) -> Option<&Arc<R>> {
        self.get(self.cursor()?)
    }

    /// The record with an identity, whether shown or not.
    pub fn find(&self, id: &str) -> Option<&Arc<R>> {
        self.rows().iter().find(|row| row.id() == id)
    }

    /// Whether there is a complete answer from before.
    fn keeps(&self) -> bool {
        self.remote.at().is_some()
    }

    /// Whether the rows shown are all there are.
    fn is_complete(&self) -> bool {
        self.keeps()
            && !self.late
            && self.asked.is_none()
            && self.shown.from.rows_epoch == self.rows_epoch
    }

    fn input(&self) -> Input<R> {
        Input {
            rows: self.remote.shown().cloned().unwrap_or_default(),
            rows_epoch: self.rows_epoch,
            context: Arc::clone(&self.context),
            context_epoch: self.context_epoch,
            now: self.now,
            sort: self.sort,
            query: Arc::clone(&self.query),
        }
    }

    fn scope(&self) -> Scope<'_, R::Context> {
        Scope {
            context: &self.context,
            now: self.now,
        }
    }

    fn plan(&self, input: &Input<R>) -> Option<Plan<R>> {
        Plan::new(
            &self.shown.from,
            &self.shown.arranged,
            self.shown.covered,
            input,
        )
    }

    /// Something changed: arranges at once what is short, else leaves it to be asked for.
    fn settle(&mut self) {
        let input = self.input();
        match self.plan(&input) {
            None => {
                self.late = false;
                self.asked = None;
                self.shown.from = input;
            }
            Some(plan) if plan.cost() <= AT_ONCE => {
                self.late = false;
                self.asked = None;
                let arranged = plan.run();
                self.adopt(input, arranged);
            }
            Some(_) => self.late = true,
        }
    }

    /// Shows another order, and stays with the cursor's row and the marked ones.
    fn adopt(&mut self, from: Input<R>, arranged: Arranged) {
        let other_rows = from.rows_epoch != self.shown.from.rows_epoch;
        self.shown = Shown {
            covered: from.rows.len(),
            from,
            arranged,
        };
        if self.shown.from.rows_epoch == self.rows_epoch
            && let Some(rows) = self.remote.shown()
        {
            // More may have come meanwhile.
            self.shown.from.rows = Arc::clone(rows);
        }
        if other_rows {
            self.marks.look_again(&self.shown.from.rows);
        }
        self.tidy();
        self.follow();
        self.count_hidden();
    }

    /// Forgets marks of rows that are gone.
    fn tidy(&mut self) {
        if self.is_complete() {
            self.marks.forget_missing();
            self.count_hidden();
            self.attach();
        }
    }

    fn count_hidden(&mut self) {
        self.hidden = if self.marks.is_empty() {
            0
        } else {
            let order = self.shown.arranged.order.iter();
            let seen = order.filter(|row| self.marks.has(**row)).count();
            self.marks.len().saturating_sub(seen)
        };
    }

    /// Finds the cursor's row in the order shown; what is gone leaves its place.
    fn follow(&mut self) {
        let Some(last) = self.shown().checked_sub(1) else {
            // Its row may come back.
            return;
        };
        let before = self.cursor.place;
        let found = self.cursor.id.as_deref().and_then(|id| {
            let row = locate(&self.shown.from.rows, id, self.cursor.row)?;
            let order = self.shown.arranged.order.iter();
            Some((row, order.copied().position(|other| other == row)?))
        });
        if let Some((row, place)) = found {
            self.cursor.row = row;
            self.cursor.place = place;
        } else {
            self.cursor.place = before.min(last);
            // While rows are still to come, its row may be among them.
            if self.cursor.id.is_some() && self.is_complete() {
                self.cursor.id = None;
            }
            self.attach();
        }
        // The cursor stays on its line of the screen.
        self.first = (self.first + self.cursor.place).saturating_sub(before);
    }

    /// Lets the cursor stay with the row in its place, unless it already stays with one. While
    /// rows come for the first time and the cursor was never moved, it stays at the top.
    fn attach(&mut self) {
        if self.cursor.id.is_none() && self.keeps() {
            self.hold(self.cursor.place);
        }
    }

    /// Puts the cursor on a place and lets it stay with the row there.
    fn hold(&mut self, place: usize) {
        let order = &self.shown.arranged.order;
        if let Some(row) = order.get(place).copied()
            && let Some(record) = self.shown.from.rows.get(row as usize)
        {
            self.cursor = Cursor {
                id: Some(record.id().to_owned()),
                row,
                place,
            };
        }
    }

    /// The places of the rows from the one marked last to the cursor.
    fn range(&self) -> (usize, usize) {
        let here = self.cursor.place;
        let from = self
            .marks
            .last()
            .and_then(|id| (0..self.shown()).find(|place| self.id(*place) == Some(id)))
            .unwrap_or(here);
        (from.min(here), from.max(here))
    }

    fn set_mark(&mut self, place: usize, mark: impl FnOnce(bool) -> bool) {
        let Some(row) = self.shown.arranged.order.get(place).copied() else {
            return;
        };
        if let Some(record) = self.shown.from.rows.get(row as usize) {
            let marked = mark(self.marks.has(row));
            self.marks.set(row, record.id(), marked);
        }
    }
}

/// The row with an identity: where it was, else the nearest from there.
fn locate<R: Record>(rows: &[Arc<R>], id: &str, near: u32) -> Option<u32> {
    let near = (near as usize).min(rows.len());
    let (before, after) = rows.split_at_checked(near)?;
    let mut before = before.iter().rev();
    let mut after = after.iter();
    let mut distance = 0;
    loop {
        let (above, below) = (before.next(), after.next());
        if below.is_some_and(|row| row.id() == id) {
            return u32::try_from(near + distance).ok();
        }
        distance += 1;
        if above.is_some_and(|row| row.id() == id) {
            return u32::try_from(near - distance).ok();
        }
        if above.is_none() && below.is_none() {
            return None;
        }
    }
}
