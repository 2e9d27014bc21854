//! Every action by fuzzy search of its name and words.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use tui_input::Input;

use super::actions::Action;

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it does.
    pub action: Action,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub doc: String,
    /// Its keys.
    pub keys: String,
    /// Why it cannot be done now, where it cannot.
    pub disabled: Option<String>,
}

/// The search.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What is typed.
    pub input: Input,
    items: Vec<Item>,
    found: Vec<usize>,
    /// The place of the cursor among what is found.
    pub cursor: usize,
}

impl Palette {
    /// A search among `items`, in this order where nothing is typed.
    pub fn new(items: Vec<Item>) -> Self {
        let mut palette = Self {
            input: Input::default(),
            found: Vec::new(),
            items,
            cursor: 0,
        };
        palette.search();
        palette
    }

    /// What is typed has changed: the best first, what cannot be done now after the rest.
    pub fn search(&mut self) {
        let pattern = Pattern::parse(
            self.input.value(),
            CaseMatching::Ignore,
            Normalization::Smart,
        );
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(usize, u32)> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(at, item)| {
                let by_name = pattern.score(Utf32Str::new(&item.name, &mut buffer), &mut matcher);
                let by_doc = pattern.score(Utf32Str::new(&item.doc, &mut buffer), &mut matcher);
                // A name counts for more than a word in a sentence.
                let score = by_name.map(|score| score * 2).max(by_doc)?;
                Some((at, score))
            })
            .collect();
        scored.sort_by_key(|(at, score)| {
            let disabled = self
                .items
                .get(*at)
                .is_some_and(|item| item.disabled.is_some());
            (disabled, std::cmp::Reverse(*score), *at)
        });
        self.found = scored.into_iter().map(|(at, _)| at).collect();
        self.cursor = 0;
    }

    /// What is found, the best first.
    pub fn found(&self) -> impl Iterator<Item = &Item> {
        self.found.iter().filter_map(|at| self.items.get(*at))
    }

    /// How many are found.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// What the cursor is on.
    pub fn chosen(&self) -> Option<&Item> {
        self.items.get(*self.found.get(self.cursor)?)
    }

    /// Moves the cursor.
    pub fn step(&mut self, down: bool) {
        let last = self.found.len().saturating_sub(1);
        self.cursor = if down {
            (self.cursor + 1).min(last)
        } else {
            self.cursor.saturating_sub(1)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(action: Action, disabled: bool) -> Item {
        let entry = action.entry().unwrap();
        Item {
            action,
            name: entry.name.to_owned(),
            doc: entry.doc.to_owned(),
            keys: String::new(),
            disabled: disabled.then(|| "not now".to_owned()),
        }
    }

    #[test]
    fn the_best_comes_first_and_what_cannot_be_done_comes_last() {
        let mut palette = Palette::new(vec![
            item(Action::Quit, false),
            item(Action::Verify, true),
            item(Action::MarkAll, false),
            item(Action::Refresh, false),
        ]);
        assert_eq!(palette.chosen().unwrap().action, Action::Quit);
        assert_eq!(palette.found().last().unwrap().action, Action::Verify);
        palette.input = Input::new("mkal".into());
        palette.search();
        let found: Vec<_> = palette.found().map(|item| item.action).collect();
        assert_eq!(found, [Action::MarkAll]);
        palette.step(true);
        assert_eq!(palette.cursor, 0);
        palette.input = Input::new("verify".into());
        palette.search();
        assert_eq!(palette.chosen().unwrap().action, Action::Verify);
    }
}
