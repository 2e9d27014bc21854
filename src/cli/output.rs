//! Results on standard output: a table, one JSON object, CSV or Markdown.

use std::io::{ErrorKind, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{OK, args::Output};
use crate::domain::{ErrorClass, Failure, spreadsheet::neutral};

/// The version of every JSON object's shape.
const SCHEMA: u32 = 1;

/// A list to print: the same items as rows for a person and as values for a script.
pub(super) struct Listing<'a> {
    /// The plural noun, the name of the list in JSON.
    pub noun: &'a str,
    /// The deployment it is about.
    pub context: Value,
    /// The headers of the rows.
    pub columns: &'a [&'a str],
    /// The items for a person.
    pub rows: Vec<Vec<String>>,
    /// The items for a script.
    pub values: Vec<Value>,
}

impl Listing<'_> {
    /// Prints it.
    pub fn print(self, output: Output) -> Result<u8, Failure> {
        match output {
            Output::Json => object(self.context, self.noun, Value::Array(self.values)),
            Output::Csv => print(&self.csv()?),
            Output::Md => print(&self.markdown()),
            Output::Table => print(&self.table()),
            Output::Junit => Err(no_junit()),
            Output::Sarif => Err(no_sarif()),
        }
    }

    fn table(&self) -> String {
        let mut table = crate::probe::report::table(self.columns);
        for row in &self.rows {
            table.add_row(row);
        }
        format!("{}\n", table.trim_fmt())
    }

    fn csv(&self) -> Result<String, Failure> {
        let failed = |error: String| Failure::invalid("writing CSV", error);
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record(self.columns)
            .map_err(|error| failed(error.to_string()))?;
        for row in &self.rows {
            writer
                .write_record(row.iter().map(|text| neutral(text)))
                .map_err(|error| failed(error.to_string()))?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|error| failed(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
    }

    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.columns.iter().map(|&name| name.to_owned()).collect());
        text.push_str(&line(
            self.columns.iter().map(|_| "---".to_owned()).collect(),
        ));
        for row in &self.rows {
            text.push_str(&line(
                row.iter()
                    .map(|cell| crate::probe::report::escaped(cell))
                    .collect(),
            ));
        }
        text
    }
}

/// Prints one thing: as a JSON object under its noun, else field by field.
pub(super) fn one(context: Value, noun: &str, value: Value, output: Output) -> Result<u8, Failure> {
    if output == Output::Json {
        return object(context, noun, value);
    }
    let Value::Object(fields) = value else {
        return Err(Failure::invalid(
            format!("printing the {noun}"),
            "it has no fields",
        ));
    };
    Listing {
        noun,
        context,
        columns: &["field", "value"],
        rows: fields
            .into_iter()
            .map(|(name, value)| vec![name, words(&value)])
            .collect(),
        values: Vec::new(),
    }
    .print(output)
}

/// A value for a person: no quotes, one item a line.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name}: {}", words(value)))
            .collect::<Vec<_>>()
            .join("\n"),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Prints one JSON object: schema, context, then `value` under its noun.
pub(super) fn object(context: Value, noun: &str, value: Value) -> Result<u8, Failure> {
    objects(context, [(noun, value)])
}

/// Prints one JSON object: schema, context, then each value under its name.
pub(super) fn objects<'a>(
    context: Value,
    values: impl IntoIterator<Item = (&'a str, Value)>,
) -> Result<u8, Failure> {
    let mut object = Map::new();
    object.insert("schema".to_owned(), json!(SCHEMA));
    object.insert("context".to_owned(), context);
    for (name, value) in values {
        object.insert(name.to_owned(), value);
    }
    print_json(&Value::Object(object))
}

/// Prints a JSON value on its own.
pub(super) fn print_json(value: &Value) -> Result<u8, Failure> {
    print(&format!("{value:#}\n"))
}

/// Prints text. A reader that has gone is no failure: it has seen what it wanted.
pub(super) fn print(text: &str) -> Result<u8, Failure> {
    print_bytes(text.as_bytes())
}

/// Prints bytes as they are, as [`print()`] does text.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<u8, Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
            ErrorClass::Unavailable,
            "writing to standard output",
            error.to_string(),
        )),
        _ => Ok(OK),
    }
}

/// A time for a person: whole seconds, UTC. JSON has it whole.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Says something to the person, beside the data.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// `JUnit` is a form for verdicts and findings only.
pub(super) fn no_junit() -> Failure {
    Failure::invalid(
        "choosing the output",
        "-o junit is for verify and findings only",
    )
    .advise("use -o table, json, csv or md")
}

/// SARIF is a form for findings only.
pub(super) fn no_sarif() -> Failure {
    Failure::invalid("choosing the output", "-o sarif is for findings only")
        .advise("use -o table, json, csv or md")
}
