//! The commands typed before. They hold no secret: none can be typed there.

use serde::{Deserialize, Serialize};

use super::{Argument, find};

/// How many are kept.
const KEPT: usize = 200;

/// The commands typed before, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History {
    lines: Vec<String>,
    /// Where walking back has come to, and what was being typed when it began.
    #[serde(skip)]
    walk: Option<(usize, String)>,
}

impl History {
    /// A command was given.
    pub fn push(&mut self, line: &str) {
        self.walk = None;
        let line = line.trim();
        if line.is_empty() || self.lines.last().is_some_and(|last| last == line) {
            return;
        }
        self.lines.push(line.to_owned());
        if self.lines.len() > KEPT {
            self.lines.remove(0);
        }
    }

    /// The command before the one shown, among those that begin as what was typed.
    pub fn back(&mut self, typed: &str) -> Option<String> {
        let (at, beginning) = self
            .walk
            .clone()
            .unwrap_or_else(|| (self.lines.len(), typed.to_owned()));
        let found = self
            .lines
            .iter()
            .take(at)
            .rposition(|line| line.starts_with(&beginning))?;
        self.walk = Some((found, beginning));
        self.lines.get(found).cloned()
    }

    /// The command after the one shown; at the end what was being typed.
    pub fn forward(&mut self) -> Option<String> {
        let (at, beginning) = self.walk.clone()?;
        let found = self
            .lines
            .iter()
            .enumerate()
            .skip(at + 1)
            .find(|(_, line)| line.starts_with(&beginning));
        if let Some((found, line)) = found {
            self.walk = Some((found, beginning));
            Some(line.clone())
        } else {
            self.walk = None;
            Some(beginning)
        }
    }

    /// Forgets the lines that may name somebody of a deployment: questions and filters.
    pub fn forget_questions(&mut self) {
        self.walk = None;
        self.lines.retain(|line| {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let names = |argument: &Argument| {
                matches!(
                    argument,
                    Argument::Filter | Argument::Principal | Argument::Permission | Argument::Route
                )
            };
            rest.is_empty() || !find(word).is_some_and(|words| words.arguments.iter().any(names))
        });
    }

    /// Something was typed: walking begins anew.
    pub fn rest(&mut self) {
        self.walk = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_back_finds_what_begins_alike_and_comes_back_to_what_was_typed() {
        let mut history = History::default();
        for line in ["users", "apps type:x", "users a", "users a", "log"] {
            history.push(line);
        }
        assert_eq!(history.back("us").as_deref(), Some("users a"));
        assert_eq!(history.back("users a").as_deref(), Some("users"));
        assert_eq!(history.back("users"), None);
        assert_eq!(history.forward().as_deref(), Some("users a"));
        assert_eq!(history.forward().as_deref(), Some("us"));
        assert_eq!(history.forward(), None);
    }

    #[test]
    fn what_names_somebody_is_forgotten_the_rest_is_not() {
        let mut history = History::default();
        for line in ["users ada", "theme nord", "can user:ada", "log"] {
            history.push(line);
        }
        history.forget_questions();
        assert_eq!(history.lines, ["theme nord", "log"]);
    }

    #[test]
    fn it_never_grows_without_end() {
        let mut history = History::default();
        for number in 0..1_000 {
            history.push(&number.to_string());
        }
        assert_eq!(history.lines.len(), KEPT);
        assert_eq!(history.back("").as_deref(), Some("999"));
    }
}
