//! What was entered into a form.

use indexmap::IndexMap;
use secrecy::SecretString;

/// One field's value. A secret does not show when formatted.
#[derive(Clone, Debug)]
pub enum Value {
    /// A typed text, or the id of the chosen option; empty where nothing was given.
    Text(String),
    /// A typed secret.
    Secret(SecretString),
    /// The ids of the options marked, in the order of the options.
    Many(Vec<String>),
    /// Yes or no.
    Flag(bool),
}

/// A form's values by the fields' names.
#[derive(Clone, Debug, Default)]
pub struct Values(IndexMap<String, Value>);

impl Values {
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of the field `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The text typed, or the id chosen; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The secret typed.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        match self.get(name) {
            Some(Value::Secret(secret)) => Some(secret),
            _ => None,
        }
    }

    /// The ids marked.
    pub fn many(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Value::Many(ids)) => ids,
            _ => &[],
        }
    }

    /// Whether the flag is on.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Flag(true)))
    }

    /// All values, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}
