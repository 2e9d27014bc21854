//! What came, on standard output: MLflow's own field names in JSON, cells elsewhere.

use std::fmt::Write;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    browse::Listed,
    cli::{
        args::Output,
        output::{self, Listing},
    },
    domain::{ErrorClass, Failure},
    mlflow::models::Pair,
    ui::text::clean,
};

/// The version of every JSON object's shape.
const SCHEMA: u32 = 1;

/// Prints a list: under its noun in JSON, else as rows of these columns.
pub(super) fn list<T: Serialize>(
    format: Output,
    noun: &str,
    listed: &Listed<T>,
    columns: &[&str],
    row: impl Fn(&T) -> Vec<String>,
) -> Result<u8, Failure> {
    if format == Output::Json {
        return object([(noun, value(&listed.items)?), ("more", json!(listed.more))]);
    }
    rows(format, noun, columns, listed.items.iter().map(row))
}

/// Prints one thing: under its noun in JSON, else field by field.
pub(super) fn one<T: Serialize>(
    format: Output,
    noun: &str,
    thing: &T,
    fields: impl IntoIterator<Item = (String, String)>,
) -> Result<u8, Failure> {
    if format == Output::Json {
        return object([(noun, value(thing)?)]);
    }
    let fields = fields
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| vec![name, text]);
    rows(format, noun, &["field", "value"], fields)
}

fn rows(
    format: Output,
    noun: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<u8, Failure> {
    let columns: Vec<String> = columns
        .iter()
        .map(|name| clean(name).into_owned())
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let cells = rows.map(|row| row.iter().map(|cell| clean(cell).into_owned()).collect());
    Listing {
        noun,
        context: Value::Null,
        columns: &columns,
        rows: cells.collect(),
        values: Vec::new(),
    }
    .print(format)
}

/// Prints one JSON object: the schema, then each value under its name.
pub(super) fn object<'a>(
    values: impl IntoIterator<Item = (&'a str, Value)>,
) -> Result<u8, Failure> {
    let mut object = Map::new();
    object.insert("schema".to_owned(), json!(SCHEMA));
    for (name, value) in values {
        object.insert(name.to_owned(), value);
    }
    let text = format!("{:#}\n", Value::Object(object));
    output::print(&escaped(&text))
}

/// The same JSON, with what a terminal would obey or turn around written as `\u202e`. Such
/// characters stand in strings only.
pub(super) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for char in json.chars() {
        if char == '\n' || clean(char.encode_utf8(&mut [0; 4])).starts_with(char) {
            text.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            // Writing to a text cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

/// A value as JSON.
pub(super) fn value<T: Serialize + ?Sized>(thing: &T) -> Result<Value, Failure> {
    serde_json::to_value(thing)
        .map_err(|error| Failure::new(ErrorClass::Unavailable, "writing JSON", error.to_string()))
}

/// Milliseconds since 1970 as a time; nothing where MLflow knows none.
pub(super) fn time(milliseconds: i64) -> String {
    if milliseconds == 0 {
        return String::new();
    }
    Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| milliseconds.to_string(), output::time)
}

/// Tags or parameters in one cell.
pub(super) fn pairs(pairs: &[Pair]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|pair| format!("{}={}", pair.key, pair.value))
        .collect();
    pairs.join(", ")
}

/// Tags or parameters as fields of one thing.
pub(super) fn fields<'a>(
    kind: &'a str,
    pairs: &'a [Pair],
) -> impl Iterator<Item = (String, String)> + use<'a> {
    pairs
        .iter()
        .map(move |pair| (format!("{kind}.{}", pair.key), pair.value.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_json_reaches_the_terminal_as_it_is() {
        let sent = json!({"name": "\u{202e}evil\u{9b}31m \u{1b}[0m 中文 é 🦊 \u{e0041}"});
        let printed = escaped(&sent.to_string());
        assert!(
            printed.contains("\\u202e") && printed.contains("\\u009b31m"),
            "{printed}"
        );
        assert!(printed.contains("中文 é 🦊 \\udb40\\udc41"), "{printed}");
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), sent);
    }

    #[test]
    fn a_time_that_mlflow_does_not_know_is_empty() {
        assert_eq!(time(0), "");
        assert_eq!(time(1_760_000_000_123), "2025-10-09T08:53:20Z");
        assert_eq!(time(i64::MAX), i64::MAX.to_string());
    }
}
