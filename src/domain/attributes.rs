//! A user's attributes, small: a pool has a hundred thousand users with the same few names.
//!
//! The names are kept once for all users that have the same ones, the values side by side
//! in one text. In JSON it is an object of texts, in Cognito's order.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Names = Arc<[Box<str>]>;

/// Every combination of names that was seen.
static SEEN: LazyLock<Mutex<HashSet<Names>>> = LazyLock::new(Mutex::default);

/// Attributes by name, in order, each name once.
#[derive(Clone, PartialEq, Eq)]
pub struct Attributes {
    names: Names,
    /// Where each value ends among the values.
    ends: Box<[u32]>,
    values: Box<str>,
}

impl Attributes {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut from = 0;
        self.names.iter().zip(&self.ends).map(move |(name, end)| {
            let end = *end as usize;
            let value = self.values.get(from..end).unwrap_or_default();
            from = end;
            (name.as_ref(), value)
        })
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(_, value)| value)
    }

    /// Changes them as a map.
    pub fn edit(&mut self, change: impl FnOnce(&mut IndexMap<String, String>)) {
        let mut attributes = self
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        change(&mut attributes);
        *self = attributes.into();
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl Default for Attributes {
    fn default() -> Self {
        IndexMap::<String, String>::default().into()
    }
}

impl From<IndexMap<String, String>> for Attributes {
    fn from(attributes: IndexMap<String, String>) -> Self {
        let mut names = Vec::with_capacity(attributes.len());
        let mut ends = Vec::with_capacity(attributes.len());
        let mut values = String::with_capacity(attributes.values().map(String::len).sum());
        for (name, value) in attributes {
            names.push(name.into_boxed_str());
            values.push_str(&value);
            // Far below that: Cognito's values have 2,048 characters at most.
            ends.push(u32::try_from(values.len()).unwrap_or(u32::MAX));
        }
        Self {
            names: kept(names),
            ends: ends.into(),
            values: values.into(),
        }
    }
}

/// These names, as they are kept for everybody.
fn kept(names: Vec<Box<str>>) -> Names {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = seen.get(names.as_slice()) {
        return Arc::clone(kept);
    }
    let names = Names::from(names);
    seen.insert(Arc::clone(&names));
    names
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(attributes: I) -> Self {
        attributes
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect::<IndexMap<String, String>>()
            .into()
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IndexMap::<String, String>::deserialize(deserializer).map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_comes_out_in_order_and_in_json() {
        let given = [("sub", "1-2"), ("name", ""), ("custom:team", "Größe 🦀")];
        let attributes: Attributes = given.into_iter().collect();
        assert_eq!(attributes.iter().collect::<Vec<_>>(), given);
        assert_eq!(attributes.get("name"), Some(""));
        assert_eq!(attributes.get("custom:team"), Some("Größe 🦀"));
        assert_eq!(attributes.get("email"), None);
        let json = serde_json::to_string(&attributes).unwrap();
        assert_eq!(json, r#"{"sub":"1-2","name":"","custom:team":"Größe 🦀"}"#);
        assert_eq!(
            serde_json::from_str::<Attributes>(&json).unwrap(),
            attributes
        );
    }

    #[test]
    fn the_last_value_of_a_name_counts() {
        let attributes: Attributes = [("a", "1"), ("b", "2"), ("a", "3")].into_iter().collect();
        assert_eq!(
            attributes.iter().collect::<Vec<_>>(),
            [("a", "3"), ("b", "2")]
        );
    }

    #[test]
    fn users_alike_share_their_names() {
        let one: Attributes = [("sub", "1"), ("shared", "x")].into_iter().collect();
        let other: Attributes = [("sub", "2"), ("shared", "y")].into_iter().collect();
        assert!(Arc::ptr_eq(&one.names, &other.names));
        assert_ne!(one, other);
    }
}
