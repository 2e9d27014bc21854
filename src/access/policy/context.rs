//! The condition keys of a request.

/// The condition keys of a request: case-insensitive names, each with its values.
///
/// A key with no values counts as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Lower-case key, values.
    keys: Vec<(String, Vec<String>)>,
}

impl Context {
    /// No keys, for statics.
    pub(super) const EMPTY: Self = Self { keys: Vec::new() };

    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same context with `key` set to `values`; an earlier setting is replaced.
    #[must_use]
    pub fn with<I>(mut self, key: &str, values: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.set(key, values);
        self
    }

    /// Sets `key` to `values`; an earlier setting is replaced.
    pub fn set<I>(&mut self, key: &str, values: I)
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let key = key.to_ascii_lowercase();
        self.keys.retain(|(known, _)| *known != key);
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if !values.is_empty() {
            self.keys.push((key, values));
        }
    }

    /// The values of a key, none where it is absent.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.keys
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(key))
            .map(|(_, values)| values.as_slice())
    }

    /// The value of a key that has exactly one; policy variables can name no other.
    pub(super) fn single(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some([value]) => Some(value),
            _ => None,
        }
    }
}

/// What is known of the condition keys of a request that nobody has made: some have values, some
/// are known to be absent, and of every other nobody knows whether it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartialContext {
    known: Context,
    /// Lower-case keys; one that ends in `*` stands for all that begin so.
    absent: Vec<String>,
}

impl PartialContext {
    /// These keys have these values; nothing else is known.
    pub fn new(known: Context) -> Self {
        Self {
            known,
            absent: Vec::new(),
        }
    }

    /// The same, where these keys are known to be absent; one that ends in `*` stands for all
    /// that begin so.
    #[must_use]
    pub fn without<'k>(mut self, keys: impl IntoIterator<Item = &'k str>) -> Self {
        let keys = keys.into_iter().map(str::to_ascii_lowercase);
        self.absent.extend(keys);
        self
    }

    /// The same with `key` set to `values`.
    #[must_use]
    pub fn with<I>(mut self, key: &str, values: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.known.set(key, values);
        self
    }

    /// The keys that have values.
    pub(super) fn known(&self) -> &Context {
        &self.known
    }

    /// Whether it is known what a key's values are, or that it has none.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.known.get(key).is_some()
            || self
                .absent
                .iter()
                .any(|absent| match absent.strip_suffix('*') {
                    Some(start) => key
                        .split_at_checked(start.len())
                        .is_some_and(|(head, _)| head.eq_ignore_ascii_case(start)),
                    None => absent.eq_ignore_ascii_case(key),
                })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_case_insensitive_and_the_last_setting_counts() {
        let context = Context::new()
            .with("aws:SourceIp", ["10.0.0.1"])
            .with("AWS:sourceip", ["10.0.0.2"]);
        assert_eq!(
            context.get("aws:SOURCEIP"),
            Some(["10.0.0.2".to_owned()].as_slice())
        );
    }

    #[test]
    fn a_key_without_values_is_absent() {
        let context = Context::new().with("aws:TagKeys", Vec::<String>::new());
        assert_eq!(context.get("aws:TagKeys"), None);
    }
}
