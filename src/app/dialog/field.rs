//! A form's field.

use std::{fmt, ops::Range, sync::Arc};

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::{
    Aid, Assistant, Item, Mark, SecretInput, Value,
    assist::{Wish, cursor_at},
    typing,
};

/// Says what is wrong with a text, as a short sentence without a full stop.
pub type Check = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// What kind of value a field takes, with the value that it has.
#[derive(Debug)]
pub enum Kind {
    /// A line of text.
    Text(Input),
    /// A line that is not shown.
    Secret(SecretInput),
    /// One of the options.
    Choice {
        /// What there is to choose from.
        options: Vec<Item>,
        /// The place of the chosen one.
        chosen: Option<usize>,
    },
    /// Any number of the options.
    Many {
        /// What there is to choose from.
        options: Vec<Item>,
        /// For each option whether it is marked.
        marked: Vec<bool>,
    },
    /// Yes or no.
    Flag(bool),
}

/// A field: its name in the values, what the user reads, and its value.
pub struct Field {
    /// Its name in [`super::Values`].
    pub name: String,
    /// What stands before it.
    pub label: String,
    /// One sentence shown while it has the focus.
    pub help: Option<String>,
    /// Whether it must not be empty.
    pub required: bool,
    /// Its kind and value.
    pub kind: Kind,
    check: Option<Check>,
    aid: Option<Aid>,
    /// What was found wrong, with the text that it was said of.
    mark: Option<(Mark, String)>,
    touched: bool,
    problem: Option<String>,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

impl Field {
    fn new(name: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            help: None,
            required: false,
            kind,
            check: None,
            aid: None,
            mark: None,
            touched: false,
            problem: None,
        }
    }

    /// A line of text.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Text(Input::default()))
    }

    /// A line that is not shown.
    pub fn secret(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Secret(SecretInput::default()))
    }

    /// One of `options`; `chosen` is the id of the one to start with.
    pub fn choice(
        name: impl Into<String>,
        label: impl Into<String>,
        options: Vec<Item>,
        chosen: Option<&str>,
    ) -> Self {
        let chosen = chosen.and_then(|id| options.iter().position(|option| option.id == id));
        Self::new(name, label, Kind::Choice { options, chosen })
    }

    /// Any number of `options`; `marked` are the ids to start with.
    pub fn many(
        name: impl Into<String>,
        label: impl Into<String>,
        options: Vec<Item>,
        marked: &[&str],
    ) -> Self {
        let marked = options
            .iter()
            .map(|option| marked.contains(&option.id.as_str()))
            .collect();
        Self::new(name, label, Kind::Many { options, marked })
    }

    /// Yes or no.
    pub fn flag(name: impl Into<String>, label: impl Into<String>, on: bool) -> Self {
        Self::new(name, label, Kind::Flag(on))
    }

    /// The same field with a text to start with; only for a line of text.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        if let Kind::Text(input) = &mut self.kind {
            *input = Input::new(typing::flatten(value));
        }
        self.look();
        self
    }

    /// The same field with a sentence of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same field, which must not be empty.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same field with a check of what is typed. It is not asked about an empty text.
    #[must_use]
    pub fn check(
        mut self,
        check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// The same field with help for what is typed; only for a line of text.
    #[must_use]
    pub fn assisted(mut self, assistant: impl Assistant + 'static) -> Self {
        self.aid = Some(Aid::new(Arc::new(assistant)));
        self.look();
        self
    }

    /// The same field with something found wrong with its text, and the cursor there; only for
    /// a line of text.
    #[must_use]
    pub fn marked(mut self, mark: Mark) -> Self {
        if let Kind::Text(input) = &mut self.kind {
            let text = input.value().to_owned();
            if let Some(range) = &mark.range {
                *input = Input::new(text.clone()).with_cursor(cursor_at(&text, range));
            }
            self.mark = Some((mark, text));
        }
        self.look();
        self
    }

    /// The help for what is being typed.
    pub fn aid(&self) -> Option<&Aid> {
        self.aid.as_ref()
    }

    /// What was found wrong with the text, and whether the text is still that one.
    pub fn mark(&self) -> Option<(&Mark, bool)> {
        let (mark, about) = self.mark.as_ref()?;
        let same = matches!(&self.kind, Kind::Text(input) if input.value() == about);
        Some((mark, same))
    }

    /// The bytes of the text that are wrong, as long as it is the text that this was said of.
    pub fn wrong(&self) -> Option<&Range<usize>> {
        let (mark, same) = self.mark()?;
        mark.range.as_ref().filter(|_| same)
    }

    /// Takes an offer of the help; whether there was one.
    pub(super) fn take(&mut self, offer: usize) -> bool {
        let wrong = self.wrong().cloned();
        let (Kind::Text(input), Some(aid)) = (&mut self.kind, &self.aid) else {
            return false;
        };
        match aid.taken(input, wrong.as_ref(), offer) {
            Some(line) => *input = line,
            None => return false,
        }
        self.look();
        true
    }

    /// Lets the help see the text and the cursor.
    pub(super) fn look(&mut self) {
        let wrong = self.wrong().cloned();
        if let (Kind::Text(input), Some(aid)) = (&self.kind, &mut self.aid) {
            aid.look(input, wrong.as_ref());
        }
    }

    /// Lets a key work the help: whether it was one for that.
    fn helped(&mut self, key: KeyEvent) -> bool {
        let (Kind::Text(input), Some(aid)) = (&self.kind, &mut self.aid) else {
            return false;
        };
        match Wish::of(key, input) {
            Some(Wish::Turn(forward)) => aid.turn(forward),
            Some(Wish::Take) => {
                let chosen = aid.chosen();
                self.take(chosen);
            }
            None => return false,
        }
        true
    }

    /// What is wrong with the value, once the user has been there.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref().filter(|_| self.touched)
    }

    pub(super) fn touch(&mut self) {
        self.touched = true;
        self.validate();
    }

    /// Whether the value is wrong, shown or not.
    pub(super) fn invalid(&self) -> bool {
        self.problem.is_some()
    }

    pub(super) fn validate(&mut self) {
        let (empty, typed) = match &self.kind {
            Kind::Text(input) => (input.value().trim().is_empty(), Some(input.value().trim())),
            Kind::Secret(input) => (input.is_empty(), Some(input.exposed())),
            Kind::Choice { chosen, .. } => (chosen.is_none(), None),
            Kind::Many { marked, .. } => (!marked.contains(&true), None),
            Kind::Flag(_) => (false, None),
        };
        self.problem = if empty {
            self.required.then(|| match self.kind {
                Kind::Choice { .. } => "choose one".to_owned(),
                Kind::Many { .. } => "choose at least one".to_owned(),
                _ => "must not be empty".to_owned(),
            })
        } else {
            match (&self.check, typed) {
                (Some(check), Some(typed)) => check(typed).err(),
                _ => None,
            }
        };
    }

    /// The value; a text without the blanks around it.
    pub(super) fn current(&self) -> Value {
        match &self.kind {
            Kind::Text(input) => Value::Text(input.value().trim().to_owned()),
            Kind::Secret(input) => Value::Secret(input.secret()),
            Kind::Choice { options, chosen } => Value::Text(
                chosen
                    .and_then(|at| options.get(at))
                    .map(|option| option.id.clone())
                    .unwrap_or_default(),
            ),
            Kind::Many { options, marked } => Value::Many(
                options
                    .iter()
                    .zip(marked)
                    .filter(|(_, marked)| **marked)
                    .map(|(option, _)| option.id.clone())
                    .collect(),
            ),
            Kind::Flag(on) => Value::Flag(*on),
        }
    }

    /// Lets a key change the value: whether it was one for this kind of field.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        if self.helped(key) {
            return true;
        }
        match (&mut self.kind, key.code) {
            (Kind::Text(input), _) => {
                let applied = typing::apply(input, key);
                self.look();
                applied
            }
            (Kind::Secret(input), _) => input.apply(key),
            (Kind::Choice { .. }, KeyCode::Left) => {
                self.turn(false);
                true
            }
            (Kind::Choice { .. }, KeyCode::Right) => {
                self.turn(true);
                true
            }
            (Kind::Flag(on), KeyCode::Char(' ') | KeyCode::Left | KeyCode::Right) => {
                *on = !*on;
                true
            }
            (Kind::Flag(on), KeyCode::Char('y')) => {
                *on = true;
                true
            }
            (Kind::Flag(on), KeyCode::Char('n')) => {
                *on = false;
                true
            }
            _ => false,
        }
    }

    /// Chooses the option beside the chosen one, past those that cannot be chosen.
    pub(super) fn turn(&mut self, forward: bool) {
        let Kind::Choice { options, chosen } = &mut self.kind else {
            return;
        };
        let count = options.len();
        let start = match (*chosen, forward) {
            (Some(at), _) => at,
            (None, true) => count.saturating_sub(1),
            (None, false) => 0,
        };
        let next = (1..=count)
            .map(|step| {
                let step = if forward { step } else { count - step };
                (start + step) % count
            })
            .find(|at| {
                options
                    .get(*at)
                    .is_some_and(|option| option.disabled.is_none())
            });
        *chosen = next.or(*chosen);
    }
}
