//! The help that a field for MLflow's filter gives.

use super::{Completion, Language, Seen, complete};
use crate::app::dialog::{Assistance, Assistant};

/// Helps with the filter of one kind of search.
#[derive(Clone, Debug)]
pub struct Helper {
    language: Language,
    seen: Seen,
}

impl Helper {
    /// Help in this language, with the keys and values that were seen.
    pub fn new(language: Language, seen: Seen) -> Self {
        Self { language, seen }
    }

    fn complete(&self, text: &str, cursor: usize) -> Completion {
        complete(self.language, &self.seen, text, cursor)
    }
}

impl Assistant for Helper {
    fn assist(&self, text: &str, cursor: usize) -> Assistance {
        let Completion {
            expects,
            candidates,
            ..
        } = self.complete(text, cursor);
        Assistance {
            expects: expects.words().to_owned(),
            offers: candidates
                .into_iter()
                .map(|candidate| candidate.shown)
                .collect(),
        }
    }

    fn take(&self, text: &str, cursor: usize, offer: usize) -> Option<(String, usize)> {
        self.complete(text, cursor).apply(text, offer)
    }
}
