//! Which keys do what: the embedded keymap with the user's laid over it.
//!
//! A mistake in the user's file costs the line it stands on and nothing else.

mod key;

use std::{collections::BTreeMap, ops::Range};

use serde::Deserialize;
use toml::Spanned;

pub use key::Key;

use super::actions::{Action, Context, Danger, TABLE};
use crate::config::Problem;

const EMBEDDED: &str = include_str!("../../../assets/keymap.toml");

/// Keys pressed one after the other.
pub type Chord = Vec<Key>;

/// What follows on the keys pressed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Nothing.
    None,
    /// An action.
    Action(Action),
    /// More keys: what each would do.
    Prefix(Vec<(Key, Action)>),
}

/// Which keys do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    chords: BTreeMap<(Context, Action), Vec<Chord>>,
}

/// A keymap as it is written: by context, then by action's name.
type File = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<Keys>>>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Keys {
    One(String),
    Several(Vec<String>),
}

impl Keys {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Several(several) => several,
        }
    }
}

impl Keymap {
    /// The keymap that is part of the program.
    pub fn embedded() -> Self {
        let mut keymap = Self {
            chords: BTreeMap::new(),
        };
        // A test reads it: it has no mistake.
        keymap.overlay(EMBEDDED, "assets/keymap.toml");
        keymap
    }

    /// Lays the user's keys over these. What is wrong is left as it was, and told.
    pub fn overlay(&mut self, text: &str, file: &str) -> Vec<Problem> {
        let parsed: File = match toml::from_str(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let message = format!("{}; the default keys stay", error.message());
                return vec![Problem::at(file, text, at, message)];
            }
        };
        let mut problems = Vec::new();
        let mut problem = |span: Range<usize>, message: String| {
            problems.push(Problem::at(file, text, span.start, message));
        };
        // In the order of the file, so that of two that want one key the first has it.
        let mut wanted = Vec::new();
        for (context_name, actions) in parsed {
            let named = |context: &Context| context.name() == context_name.get_ref();
            let Some(context) = Context::ALL.into_iter().find(named) else {
                let known = Context::ALL.map(Context::name);
                problem(
                    context_name.span(),
                    format!(
                        "there is no context {:?}: use one of {}",
                        context_name.get_ref(),
                        known.join(", ")
                    ),
                );
                continue;
            };
            for (name, keys) in actions {
                let entry = TABLE
                    .iter()
                    .find(|entry| entry.name == name.get_ref() && entry.context == context);
                let Some(entry) = entry else {
                    problem(name.span(), unknown(name.get_ref(), context));
                    continue;
                };
                let span = keys.span();
                let chords: Result<Vec<Chord>, String> = keys
                    .into_inner()
                    .into_vec()
                    .iter()
                    .map(|k| chord(k))
                    .collect();
                match chords {
                    Ok(chords) => wanted.push((span, context, entry, chords)),
                    Err(message) => problem(span, message),
                }
            }
        }
        wanted.sort_by_key(|(span, ..)| span.start);
        // First everything that is renamed lets go of its old keys, so that two can be swapped.
        let before = self.chords.clone();
        for (_, context, entry, _) in &wanted {
            self.chords.remove(&(*context, entry.action));
        }
        for (span, context, entry, chords) in wanted {
            let place = (context, entry.action);
            match self.objection(context, entry.action, entry.danger, &chords) {
                None => {
                    self.chords.insert(place, chords);
                }
                Some(message) => {
                    problem(span, format!("{message}; {} keeps its keys", entry.name));
                    if let Some(old) = before.get(&place)
                        && self
                            .objection(context, entry.action, entry.danger, old)
                            .is_none()
                    {
                        self.chords.insert(place, old.clone());
                    }
                }
            }
        }
        problems
    }

    /// Why these keys cannot be taken, if they cannot.
    fn objection(
        &self,
        context: Context,
        action: Action,
        danger: Danger,
        chords: &[Chord],
    ) -> Option<String> {
        for chord in chords {
            let paging = chord.first().is_some_and(Key::pages);
            if paging && danger != Danger::None {
                return Some(format!(
                    "{} pages: nothing that changes something may be on it",
                    show(chord)
                ));
            }
            for ((other_context, other), others) in &self.chords {
                if (*other_context, *other) == (context, action) || *other_context != context {
                    continue;
                }
                for taken in others {
                    if taken.starts_with(chord) || chord.starts_with(taken) {
                        let name = other.entry().map_or("?", |entry| entry.name);
                        return Some(if taken == chord {
                            format!("{} is {name} already", show(chord))
                        } else {
                            format!("{} and {} ({name}) begin alike", show(chord), show(taken))
                        });
                    }
                }
            }
        }
        None
    }

    /// What the keys pressed so far come to; a more special context goes before a general one.
    pub fn lookup(&self, contexts: &[Context], pressed: &[Key]) -> Lookup {
        for context in contexts {
            let here = || self.chords.iter().filter(|((c, _), _)| c == context);
            let exact = here().find(|(_, chords)| chords.iter().any(|chord| chord == pressed));
            if let Some(((_, action), _)) = exact {
                return Lookup::Action(*action);
            }
            let mut longer: Vec<(Key, Action)> = here()
                .flat_map(|((_, action), chords)| {
                    chords
                        .iter()
                        .filter(|chord| chord.starts_with(pressed))
                        .filter_map(|chord| Some((*chord.get(pressed.len())?, *action)))
                })
                .collect();
            if !longer.is_empty() {
                longer.sort_by_key(|(_, action)| {
                    TABLE.iter().position(|entry| entry.action == *action)
                });
                return Lookup::Prefix(longer);
            }
        }
        Lookup::None
    }

    /// The keys of an action as they are shown, those that another context shadows left out.
    pub fn keys(&self, action: Action, contexts: &[Context]) -> Vec<String> {
        let Some(entry) = action.entry() else {
            return Vec::new();
        };
        self.chords
            .get(&(entry.context, action))
            .into_iter()
            .flatten()
            .filter(|chord| self.lookup(contexts, chord) == Lookup::Action(action))
            .map(|chord| show(chord))
            .collect()
    }

    /// The keys of an action wherever it applies.
    pub fn all_keys(&self, action: Action) -> Vec<String> {
        let place = action.entry().map(|entry| (entry.context, action));
        place
            .and_then(|place| self.chords.get(&place))
            .into_iter()
            .flatten()
            .map(|chord| show(chord))
            .collect()
    }

    /// The table of keys for the README: a line an action that has a key, by context.
    pub fn to_markdown(&self) -> String {
        let mut lines = vec![
            "| where | key | action | |".to_owned(),
            "|---|---|---|---|".to_owned(),
        ];
        for context in Context::ALL {
            for entry in TABLE.iter().filter(|entry| entry.context == context) {
                let keys: Vec<String> = self
                    .all_keys(entry.action)
                    .iter()
                    .map(|key| format!("`{}`", key.replace('|', "\\|")))
                    .collect();
                if !keys.is_empty() {
                    lines.push(format!(
                        "| {} | {} | {} | {} |",
                        context.name(),
                        keys.join(" "),
                        entry.name,
                        entry.doc
                    ));
                }
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn show(chord: &[Key]) -> String {
    let keys: Vec<String> = chord.iter().map(ToString::to_string).collect();
    keys.join(" ")
}

fn chord(text: &str) -> Result<Chord, String> {
    let keys: Chord = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err("a key has no name; an empty list unbinds".to_owned());
    }
    Ok(keys)
}

/// What to say about a name that is none of this context's.
fn unknown(name: &str, context: Context) -> String {
    if let Some(entry) = TABLE.iter().find(|entry| entry.name == name) {
        return format!("{name} belongs under [{}]", entry.context.name());
    }
    let nearest = TABLE
        .iter()
        .filter(|entry| entry.context == context)
        .max_by(|a, b| {
            strsim::jaro_winkler(a.name, name).total_cmp(&strsim::jaro_winkler(b.name, name))
        });
    match nearest {
        Some(entry) => format!("there is no action {name:?}: did you mean {}?", entry.name),
        None => format!("there is no action {name:?}"),
    }
}

#[cfg(test)]
mod tests;
