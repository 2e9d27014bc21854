//! A table as a list that is asked for anew.

use jiff::Timestamp;

use super::Table;
use crate::{
    app::{
        remote::Ticket,
        table::{Listing, Record},
    },
    domain::Failure,
};

/// A list that is asked for anew and may not come, whatever its rows are.
pub trait Awaited: Listing {
    /// A request was sent.
    fn begin(&mut self, ticket: Ticket);
    /// Forgets every row.
    fn clear(&mut self);
    /// The rows did not come; whether anybody waits for them.
    fn fail(&mut self, ticket: Ticket, error: Failure) -> bool;
    /// The answer to another question did not come, and the one before stays as good as it was.
    fn keep(&mut self, ticket: Ticket, error: Failure);
    /// Whether this is the request that is under way.
    fn awaits(&self, ticket: Ticket) -> bool;
    /// When what is shown was complete.
    fn at(&self) -> Option<Timestamp>;
}

impl<R: Record> Awaited for Table<R> {
    fn begin(&mut self, ticket: Ticket) {
        Self::begin(self, ticket);
    }

    fn clear(&mut self) {
        Self::clear(self);
    }

    fn fail(&mut self, ticket: Ticket, error: Failure) -> bool {
        let current = self.remote.is_current(ticket);
        Self::fail(self, ticket, error);
        current
    }

    fn keep(&mut self, ticket: Ticket, error: Failure) {
        if self.keeps() {
            self.remote.keep(ticket, error);
            self.settle();
        } else {
            Self::fail(self, ticket, error);
        }
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.remote.is_current(ticket)
    }

    fn at(&self) -> Option<Timestamp> {
        self.remote.at()
    }
}
