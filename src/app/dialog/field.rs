//! A form's field.

use std::{fmt, sync::Arc};

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::{Item, SecretInput, Value, typing};

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
        match (&mut self.kind, key.code) {
            (Kind::Text(input), _) => typing::apply(input, key),
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
