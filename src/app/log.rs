//! What happened, newest last: the activity log, and the line that tells the newest.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::Failure;

/// How many entries are kept.
const KEPT: usize = 1_000;

/// How much an entry matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Something went wrong.
    Error,
    /// Something to know.
    Warning,
    /// Something happened.
    Info,
}

impl Level {
    /// The word on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number: the row's identity.
    pub number: String,
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// What, in one line.
    pub text: String,
    /// What to do about it.
    pub next_step: Option<String>,
    /// The service's request id, where there is one.
    pub request_id: Option<String>,
}

/// What the bottom line says.
#[derive(Clone, Debug)]
enum Told {
    /// The newest entry.
    Newest,
    /// An answer to a key that is worth no entry.
    Hint(String),
}

/// The log. Ten thousand entries a second cost no more than one.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    count: u64,
    unread_errors: usize,
    /// What the bottom line says, until the next key.
    told: Option<Told>,
    /// Whether something changed since the list was last shown.
    pub changed: bool,
}

impl Log {
    /// Something happened, and is told.
    pub fn tell(&mut self, level: Level, text: impl Into<String>, now: Timestamp) {
        self.push(level, text.into(), None, None, now);
    }

    /// Something failed, and is told with its next step.
    pub fn fail(&mut self, failure: &Failure, now: Timestamp) {
        self.push(
            Level::Error,
            failure.to_string(),
            Some(failure.next_step()),
            failure.request_id.clone(),
            now,
        );
    }

    fn push(
        &mut self,
        level: Level,
        text: String,
        next_step: Option<String>,
        request_id: Option<String>,
        now: Timestamp,
    ) {
        self.count += 1;
        self.told = Some(Told::Newest);
        self.changed = true;
        if level == Level::Error {
            self.unread_errors += 1;
        }
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            number: self.count.to_string(),
            at: now,
            level,
            text,
            next_step,
            request_id,
        });
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// Answers a key in the bottom line; that is worth no entry.
    pub fn hint(&mut self, text: impl Into<String>) {
        self.told = Some(Told::Hint(text.into()));
    }

    /// A key was pressed: the bottom line is free again.
    pub fn hush(&mut self) {
        self.told = None;
    }

    /// What the bottom line says, and how much it matters.
    pub fn toast(&self) -> Option<(Level, &str)> {
        match self.told.as_ref()? {
            Told::Newest => self
                .entries
                .back()
                .map(|entry| (entry.level, entry.text.as_str())),
            Told::Hint(text) => Some((Level::Info, text)),
        }
    }

    /// Errors since the log was last looked at.
    pub fn unread_errors(&self) -> usize {
        self.unread_errors
    }

    /// The log was looked at.
    pub fn read(&mut self) {
        self.unread_errors = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ErrorClass;

    #[test]
    fn ten_thousand_entries_keep_the_newest_thousand_and_count_every_error() {
        let mut log = Log::default();
        for number in 0..10_000 {
            let failure = Failure::new(ErrorClass::Throttled, "listing", number.to_string());
            log.fail(&failure, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(log.entries().len(), KEPT);
        assert_eq!(log.entries().next_back().unwrap().number, "10000");
        assert_eq!(log.unread_errors(), 10_000);
        assert_eq!(log.toast().unwrap().0, Level::Error);
        log.hint("nothing is on x");
        assert_eq!(log.toast(), Some((Level::Info, "nothing is on x")));
        assert_eq!(log.entries().len(), KEPT, "a hint is no entry");
        log.hush();
        assert_eq!(log.toast(), None);
    }
}
