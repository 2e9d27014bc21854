//! Spans: the parts of a trace.
//!
//! MLflow's server sends what a span recorded as OpenTelemetry does, a list of keys with typed
//! values; the files of older traces hold an object whose values are texts with JSON in them.
//! Ids are base64 in both.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    number::whole,
    text::{quoted, text},
};

/// What kind of work a span is.
const KIND: &str = "mlflow.spanType";
/// What it was given.
const INPUTS: &str = "mlflow.spanInputs";
/// What it gave back.
const OUTPUTS: &str = "mlflow.spanOutputs";
/// The trace that it belongs to, which the answer says anyway.
const TRACE: &str = "mlflow.traceRequestId";
/// Values that hold others do so no deeper than this.
const DEEPEST: usize = 64;

/// One part of a trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The id within the trace.
    #[serde(default, deserialize_with = "text")]
    pub span_id: String,
    /// The span that it is a part of; empty for the outermost.
    #[serde(default, deserialize_with = "text")]
    pub parent_span_id: String,
    /// The name.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// When it began, in nanoseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub start_time_unix_nano: i64,
    /// When it ended; 0 while it runs.
    #[serde(default, deserialize_with = "whole")]
    pub end_time_unix_nano: i64,
    /// What it recorded, as MLflow sends it.
    #[serde(default)]
    pub attributes: Value,
    /// What happened in it, as MLflow sends it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub events: Value,
    /// How it ended, as MLflow sends it.
    #[serde(default)]
    pub status: Value,
}

/// How a span stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanState {
    /// It ended well.
    Ok,
    /// It failed.
    Error,
    /// It has not ended.
    Running,
    /// It ended, and nobody said how.
    Unset,
}

impl SpanState {
    /// MLflow's word without what all of them begin with, in small letters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Running => "running",
            Self::Unset => "unset",
        }
    }
}

/// Something that happened in a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// What it is called: `exception`, for one.
    pub name: String,
    /// When, in nanoseconds since 1970.
    pub at: i64,
    /// What was recorded of it.
    pub attributes: Vec<(String, Value)>,
}

impl Span {
    /// What kind of work it is: `LLM`, `TOOL`, ….
    pub fn kind(&self) -> String {
        match self.attribute(KIND) {
            Some(Value::String(kind)) => match quoted(&kind) {
                Value::String(kind) => kind,
                _ => kind,
            },
            _ => String::new(),
        }
    }

    /// What it was given.
    pub fn inputs(&self) -> Option<Value> {
        self.attribute(INPUTS)
    }

    /// What it gave back.
    pub fn outputs(&self) -> Option<Value> {
        self.attribute(OUTPUTS)
    }

    /// What else it recorded.
    pub fn others(&self) -> Vec<(String, Value)> {
        let mut others = pairs(&self.attributes);
        others.retain(|(key, _)| ![KIND, INPUTS, OUTPUTS, TRACE].contains(&key.as_str()));
        others
    }

    /// How it stands.
    pub fn state(&self) -> SpanState {
        let code = self.status.get("code").and_then(Value::as_str);
        match code.map(|code| code.trim_start_matches("STATUS_CODE_")) {
            Some("ERROR") => SpanState::Error,
            Some("OK") => SpanState::Ok,
            _ if self.end_time_unix_nano == 0 => SpanState::Running,
            _ => SpanState::Unset,
        }
    }

    /// Why it failed, as it says; empty where it says nothing.
    pub fn message(&self) -> &str {
        let message = self.status.get("message");
        message.and_then(Value::as_str).unwrap_or_default()
    }

    /// What happened in it, in the order in which MLflow sends it.
    pub fn events(&self) -> Vec<SpanEvent> {
        let events = self.events.as_array().map(Vec::as_slice);
        let event = |event: &Value| SpanEvent {
            name: event
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            at: ["time_unix_nano", "timestamp"]
                .iter()
                .find_map(|name| whole(event.get(*name)?).ok())
                .unwrap_or_default(),
            attributes: event.get("attributes").map_or_else(Vec::new, pairs),
        };
        events.unwrap_or_default().iter().map(event).collect()
    }

    /// How long it took, in nanoseconds; none while it runs, or where it ended before it began.
    pub fn took(&self) -> Option<i64> {
        let ended = Some(self.end_time_unix_nano).filter(|end| *end != 0)?;
        let took = ended.checked_sub(self.start_time_unix_nano)?;
        (took >= 0).then_some(took)
    }

    /// One of what it recorded; the others, which may be large, are not looked into.
    fn attribute(&self, name: &str) -> Option<Value> {
        match &self.attributes {
            Value::Array(list) => {
                let named = |one: &&Value| one.get("key").and_then(Value::as_str) == Some(name);
                let (_, value) = pair(list.iter().find(named)?, 0)?;
                Some(value)
            }
            Value::Object(fields) => fields.get(name).map(unquoted),
            _ => None,
        }
    }
}

/// An id of a span or a trace as MLflow's own client writes it: hexadecimal. What is no such id
/// stays as it is.
pub fn hex_id(id: &str) -> String {
    match BASE64_STANDARD.decode(id) {
        Ok(bytes) if matches!(bytes.len(), 8 | 16) => hex::encode(bytes),
        _ => id.to_owned(),
    }
}

/// Names with plain values, whichever way they were sent.
fn pairs(sent: &Value) -> Vec<(String, Value)> {
    match sent {
        Value::Array(list) => list.iter().filter_map(|one| pair(one, 0)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), unquoted(value)))
            .collect(),
        _ => Vec::new(),
    }
}

/// A value as a file holds it: a text with JSON in it, most often.
fn unquoted(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), quoted)
}

/// A key with its typed value.
fn pair(sent: &Value, depth: usize) -> Option<(String, Value)> {
    let key = sent.get("key")?.as_str()?.to_owned();
    let value = sent.get("value").unwrap_or(&Value::Null);
    Some((key, plain(value, depth)))
}

/// What OpenTelemetry writes as `{"int_value": 12}`.
fn plain(sent: &Value, depth: usize) -> Value {
    let field = |name: &str| sent.get(name);
    let list = |value: &Value| -> Vec<Value> {
        let values = value.get("values").and_then(Value::as_array);
        values.cloned().unwrap_or_default()
    };
    if depth > DEEPEST {
        return sent.clone();
    }
    if let Some(values) = field("array_value") {
        return list(values)
            .iter()
            .map(|value| plain(value, depth + 1))
            .collect();
    }
    if let Some(values) = field("kvlist_value") {
        let fields: Map<String, Value> = list(values)
            .iter()
            .filter_map(|value| pair(value, depth + 1))
            .collect();
        return fields.into();
    }
    ["string_value", "int_value", "double_value", "bool_value"]
        .iter()
        .chain(&["bytes_value"])
        .find_map(|name| field(name))
        .map_or(Value::Null, Value::clone)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn span(sent: Value) -> Span {
        serde_json::from_value(sent).unwrap()
    }

    #[test]
    fn both_ways_of_sending_a_span_say_the_same() {
        let of_server = span(json!({
            "name": "ask",
            "end_time_unix_nano": 12,
            "attributes": [
                {"key": "mlflow.traceRequestId", "value": {"string_value": "tr-1"}},
                {"key": "mlflow.spanType", "value": {"string_value": "LLM"}},
                {"key": "mlflow.spanInputs", "value": {"kvlist_value": {"values": [
                    {"key": "k", "value": {"int_value": 3}},
                    {"key": "of", "value": {"array_value": {"values": [
                        {"string_value": "a"}, {"double_value": 0.5}, {"bool_value": true}, {},
                    ]}}},
                ]}}},
                {"key": "mlflow.spanOutputs", "value": {"string_value": "done"}},
                {"key": "model", "value": {"string_value": "12"}},
            ],
            "status": {"code": "STATUS_CODE_OK"},
        }));
        let of_file = span(json!({
            "name": "ask",
            "parent_span_id": null,
            "end_time_unix_nano": "12",
            "attributes": {
                "mlflow.traceRequestId": "\"tr-1\"",
                "mlflow.spanType": "\"LLM\"",
                "mlflow.spanInputs": "{\"k\": 3, \"of\": [\"a\", 0.5, true, null]}",
                "mlflow.spanOutputs": "\"done\"",
                "model": "\"12\"",
            },
            "events": [],
            "status": {"code": "STATUS_CODE_OK", "message": ""},
        }));
        for span in [of_server, of_file] {
            assert_eq!(span.kind(), "LLM");
            let inputs = json!({"k": 3, "of": ["a", 0.5, true, null]});
            assert_eq!(span.inputs(), Some(inputs));
            assert_eq!(span.outputs(), Some(json!("done")));
            assert_eq!(span.others(), [("model".to_owned(), json!("12"))]);
            assert_eq!(span.state(), SpanState::Ok);
            assert_eq!(span.took(), Some(12));
        }
    }

    #[test]
    fn what_happened_in_a_span_is_told_with_its_time() {
        let failed = span(json!({
            "events": [
                {"name": "exception", "time_unix_nano": "5",
                 "attributes": [{"key": "exception.type", "value": {"string_value": "E"}}]},
                {"name": "old", "timestamp": 7, "attributes": {"n": "1"}},
                "odd",
            ],
            "status": {"code": "STATUS_CODE_ERROR", "message": "E: no"},
        }));
        assert_eq!(failed.state(), SpanState::Error);
        assert_eq!(failed.message(), "E: no");
        let events = failed.events();
        let told: Vec<(&str, i64, usize)> = events
            .iter()
            .map(|event| (event.name.as_str(), event.at, event.attributes.len()))
            .collect();
        assert_eq!(told, [("exception", 5, 1), ("old", 7, 1), ("", 0, 0)]);
    }

    #[rstest]
    #[case(json!({}), SpanState::Running, None)]
    #[case(json!({"end_time_unix_nano": 3, "status": {"code": "STATUS_CODE_UNSET"}}), SpanState::Unset, Some(3))]
    #[case(json!({"start_time_unix_nano": 9, "end_time_unix_nano": 3, "status": 7}), SpanState::Unset, None)]
    #[case(json!({"start_time_unix_nano": i64::MIN, "end_time_unix_nano": i64::MAX}), SpanState::Unset, None)]
    fn odd_times_and_states_are_no_trouble(
        #[case] sent: Value,
        #[case] state: SpanState,
        #[case] took: Option<i64>,
    ) {
        let span = span(sent);
        assert_eq!((span.state(), span.took()), (state, took));
        assert_eq!((span.kind(), span.inputs()), (String::new(), None));
    }

    #[rstest]
    #[case("2cj2im9V0rk=", "d9c8f68a6f55d2b9")]
    #[case("bJsVmYZscbxWrKXEgiEvYw==", "6c9b1599866c71bc56aca5c482212f63")]
    #[case("d9c8f68a6f55d2b9", "d9c8f68a6f55d2b9")]
    #[case("\u{1b}[31m", "\u{1b}[31m")]
    #[case("", "")]
    fn ids_are_written_as_mlflows_client_does(#[case] sent: &str, #[case] shown: &str) {
        assert_eq!(hex_id(sent), shown);
    }
}
