//! The help that a field for MLflow's filter or order gives.

use super::{Completion, Language, Seen, complete, complete_order};
use crate::app::dialog::{Assistance, Assistant};

/// Helps with the filter or the order of one kind of search.
#[derive(Clone, Debug)]
pub struct Helper {
    part: Part,
    language: Language,
    seen: Seen,
}

/// What is being typed.
#[derive(Clone, Copy, Debug)]
enum Part {
    Filter,
    Order,
}

impl Helper {
    /// Help with a filter in this language, with the keys and values that were seen.
    pub fn of_filter(language: Language, seen: Seen) -> Self {
        Self {
            part: Part::Filter,
            language,
            seen,
        }
    }

    /// Help with an order of what this language finds, with the keys that were seen.
    pub fn of_order(language: Language, seen: Seen) -> Self {
        Self {
            part: Part::Order,
            language,
            seen,
        }
    }

    fn complete(&self, text: &str, cursor: usize) -> Completion {
        match self.part {
            Part::Filter => complete(self.language, &self.seen, text, cursor),
            Part::Order => complete_order(self.language, &self.seen, text, cursor),
        }
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
