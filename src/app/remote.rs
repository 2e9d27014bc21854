//! Data that lives elsewhere, and how far it has come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::Failure;

/// Names one request, so that a late answer to an older one changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ticket(u64);

impl Ticket {
    /// The ticket after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A value with the time it was complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated<T> {
    /// The value.
    pub value: T,
    /// When it was complete.
    pub at: Timestamp,
}

/// Data that lives elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Remote<T> {
    /// Nobody has asked for it yet.
    #[default]
    Idle,
    /// On its way, part by part.
    Loading {
        /// The request.
        ticket: Ticket,
        /// What has come so far.
        partial: T,
        /// What is shown until all of it is there: the answer before.
        last_good: Option<Dated<T>>,
    },
    /// There.
    Ready(Dated<T>),
    /// Not to be had; what was there before is kept.
    Failed {
        /// Why.
        error: Failure,
        /// The answer before.
        last_good: Option<Dated<T>>,
    },
}

impl<T: Default> Remote<T> {
    /// A request was sent.
    pub fn begin(&mut self, ticket: Ticket) {
        let last_good = match std::mem::take(self) {
            Self::Idle => None,
            Self::Ready(dated) => Some(dated),
            Self::Loading { last_good, .. } | Self::Failed { last_good, .. } => last_good,
        };
        *self = Self::Loading {
            ticket,
            partial: T::default(),
            last_good,
        };
    }

    /// A part has come. Parts of another request change nothing.
    pub fn part(&mut self, ticket: Ticket, add: impl FnOnce(&mut T)) {
        if let Self::Loading {
            ticket: current,
            partial,
            ..
        } = self
            && *current == ticket
        {
            add(partial);
        }
    }

    /// All of it has come.
    pub fn done(&mut self, ticket: Ticket, at: Timestamp) {
        if self.is_current(ticket)
            && let Self::Loading { partial, .. } = std::mem::take(self)
        {
            *self = Self::Ready(Dated { value: partial, at });
        }
    }

    /// It did not come; what was there before is kept.
    pub fn fail(&mut self, ticket: Ticket, error: Failure) {
        if self.is_current(ticket)
            && let Self::Loading { last_good, .. } = std::mem::take(self)
        {
            *self = Self::Failed { error, last_good };
        }
    }

    /// It did not come, and what was there before is as good as it was; a failure where nothing
    /// was.
    pub fn keep(&mut self, ticket: Ticket, error: Failure) {
        if self.is_current(ticket) {
            *self = match std::mem::take(self) {
                Self::Loading {
                    last_good: Some(dated),
                    ..
                } => Self::Ready(dated),
                _ => Self::Failed {
                    error,
                    last_good: None,
                },
            };
        }
    }
}

impl<T> Remote<T> {
    /// Whether this is the request that is under way.
    pub fn is_current(&self, ticket: Ticket) -> bool {
        matches!(self, Self::Loading { ticket: current, .. } if *current == ticket)
    }

    /// What to show: all of it; while it loads for the first time what has come so far;
    /// else the answer before.
    pub fn shown(&self) -> Option<&T> {
        match self {
            Self::Idle => None,
            Self::Ready(dated)
            | Self::Loading {
                last_good: Some(dated),
                ..
            } => Some(&dated.value),
            Self::Loading { partial, .. } => Some(partial),
            Self::Failed { last_good, .. } => last_good.as_ref().map(|dated| &dated.value),
        }
    }

    /// The newest whole answer.
    pub fn complete(&self) -> Option<&T> {
        match self {
            Self::Idle => None,
            Self::Ready(dated) => Some(&dated.value),
            Self::Loading { last_good, .. } | Self::Failed { last_good, .. } => {
                last_good.as_ref().map(|dated| &dated.value)
            }
        }
    }

    /// When what is shown was complete.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Ready(dated) => Some(dated.at),
            Self::Loading { last_good, .. } | Self::Failed { last_good, .. } => {
                last_good.as_ref().map(|dated| dated.at)
            }
            Self::Idle => None,
        }
    }

    /// Why it is not there, where it is not.
    pub fn error(&self) -> Option<&Failure> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether it is on its way.
    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ErrorClass;

    fn failure() -> Failure {
        Failure::new(ErrorClass::Throttled, "listing", "slow down")
    }

    #[test]
    fn an_answer_to_an_older_request_changes_nothing() {
        let (old, new) = (Ticket::default().next(), Ticket::default().next().next());
        let mut rows: Remote<Vec<u8>> = Remote::Idle;
        rows.begin(old);
        rows.part(old, |rows| rows.push(1));
        rows.begin(new);
        rows.part(old, |rows| rows.push(2));
        rows.done(old, Timestamp::UNIX_EPOCH);
        rows.fail(old, failure());
        assert!(rows.is_loading());
        assert_eq!(rows.shown(), Some(&vec![]));
    }

    #[test]
    fn a_failed_refresh_keeps_the_last_good_rows_and_their_time() {
        let first = Ticket::default().next();
        let mut rows: Remote<Vec<u8>> = Remote::Idle;
        rows.begin(first);
        rows.part(first, |rows| rows.push(1));
        rows.done(first, Timestamp::UNIX_EPOCH);
        let second = first.next();
        rows.begin(second);
        assert_eq!(rows.shown(), Some(&vec![1]), "shown while refreshing");
        rows.fail(second, failure());
        assert_eq!(rows.shown(), Some(&vec![1]));
        assert_eq!(rows.at(), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(rows.error(), Some(&failure()));
    }

    #[test]
    fn a_refused_question_leaves_the_answer_to_the_one_before_as_it_was() {
        let first = Ticket::default().next();
        let mut rows: Remote<Vec<u8>> = Remote::Idle;
        rows.begin(first);
        rows.keep(first, failure());
        assert_eq!(rows.error(), Some(&failure()), "there was none before");
        rows.begin(first);
        rows.part(first, |rows| rows.push(1));
        rows.done(first, Timestamp::UNIX_EPOCH);
        let (second, third) = (first.next(), first.next().next());
        rows.begin(third);
        rows.keep(second, failure());
        assert!(rows.is_loading(), "an older question changes nothing");
        rows.keep(third, failure());
        assert_eq!((rows.shown(), rows.error()), (Some(&vec![1]), None));
        assert!(!rows.is_loading());
    }
}
