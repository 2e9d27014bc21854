//! A model's description, the file `MLmodel`: what it is made of, what goes in and what comes out.

use std::fmt::Write;

use serde_json::Value;

use super::yaml;
use crate::app::tone::Tone;

/// Names, texts and the texts' tones, as a pane shows them.
type Fields = Vec<(String, String, Tone)>;

/// What stands at the top of the file, with what it is called here.
const NAMED: [(&str, &str); 7] = [
    ("model_id", "model"),
    ("model_uuid", "uuid"),
    ("run_id", "run"),
    ("utc_time_created", "created (UTC)"),
    ("mlflow_version", "MLflow"),
    ("model_size_bytes", "size in bytes"),
    ("artifact_path", "path"),
];

/// What the file says, and all of it; nothing where it is no YAML or no list of names.
pub(super) fn fields(text: &str) -> Option<(Fields, Value)> {
    let file = yaml::read(text).filter(Value::is_object)?;
    let mut fields = Vec::new();
    let mut push = |name: &str, text: String, tone: Tone| {
        fields.push((name.to_owned(), text, tone));
    };
    for (key, name) in NAMED {
        if let Some(value) = file.get(key).filter(|value| !value.is_null()) {
            push(name, plain(value), Tone::Text);
        }
    }
    match file.get("signature").filter(|value| value.is_object()) {
        Some(signature) => {
            for part in ["inputs", "outputs", "params"] {
                match spelled(signature.get(part)) {
                    Some(text) => push(part, text, Tone::Text),
                    None => push(part, "none".to_owned(), Tone::Dim),
                }
            }
        }
        None => push("signature", "none".to_owned(), Tone::Warning),
    }
    let flavors = file.get("flavors").and_then(Value::as_object);
    for (flavor, details) in flavors.into_iter().flatten() {
        push(&format!("flavor {flavor}"), listed(details), Tone::Text);
    }
    let all = ["signature", "flavors"]
        .into_iter()
        .chain(NAMED.map(|(key, _)| key));
    let known: Vec<&str> = all.collect();
    for (key, value) in file.as_object().into_iter().flatten() {
        if !known.contains(&key.as_str()) && !value.is_null() {
            push(key, plain(value), Tone::Dim);
        }
    }
    Some((fields, file))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a flavor says, one thing a line; what is empty left out.
fn listed(details: &Value) -> String {
    let Some(details) = details.as_object() else {
        return plain(details);
    };
    let lines = details
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name}: {}", plain(value)));
    lines.collect::<Vec<_>>().join("\n")
}

/// One side of a signature, one column a line. It is JSON inside of the YAML.
fn spelled(side: Option<&Value>) -> Option<String> {
    let text = side?.as_str()?;
    let Ok(Value::Array(columns)) = serde_json::from_str(text) else {
        return Some(text.to_owned());
    };
    let lines: Vec<String> = columns.iter().map(column).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// `area: double`, `city: string, optional`, `temperature: double, by default 0.5`.
fn column(column: &Value) -> String {
    let mut text = match column.get("name").and_then(Value::as_str) {
        Some(name) => format!("{name}: {}", kind(column)),
        None => kind(column),
    };
    if let Some(shape) = column.get("shape").filter(|shape| !shape.is_null()) {
        let _ = write!(text, " {shape}");
    }
    if column.get("required") == Some(&Value::Bool(false)) {
        text.push_str(", optional");
    }
    if let Some(default) = column.get("default") {
        let _ = write!(text, ", by default {default}");
    }
    text
}

/// `double`, `array of long`, `map of string`, `{a: string, b: double}`, `float32 [-1,10]`.
fn kind(of: &Value) -> String {
    let part = |name: &str| of.get(name).map_or_else(|| "?".to_owned(), kind);
    match of.get("type").and_then(Value::as_str) {
        Some("array") => format!("array of {}", part("items")),
        Some("map") => format!("map of {}", part("values")),
        Some("object") => {
            let properties = of.get("properties").and_then(Value::as_object);
            let named = |(name, property): (&String, &Value)| {
                let optional = property.get("required") == Some(&Value::Bool(false));
                format!(
                    "{name}{}: {}",
                    if optional { "?" } else { "" },
                    kind(property)
                )
            };
            let properties: Vec<String> = properties.into_iter().flatten().map(named).collect();
            format!("{{{}}}", properties.join(", "))
        }
        Some("tensor") => {
            let spec = of.get("tensor-spec");
            let said = |name: &str| spec.and_then(|spec| spec.get(name));
            let kind = said("dtype").map_or_else(|| "tensor".to_owned(), plain);
            let shape = said("shape").map(Value::to_string).unwrap_or_default();
            format!("{kind} {shape}").trim_end().to_owned()
        }
        Some(kind) => kind.to_owned(),
        None => "?".to_owned(),
    }
}
