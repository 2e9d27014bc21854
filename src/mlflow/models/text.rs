//! Texts as MLflow sends them.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text that MLflow may also send as nothing.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A value that MLflow sends as a text with JSON in it; as it came where it is something else.
pub(super) fn quoted(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
