//! What stands behind a span: what it was given, what it gave back, what happened in it.

use jiff::Timestamp;
use serde_json::Value;

use super::{Fields, Sheet};
use crate::{
    app::{
        lists::{SpanRow, lasted},
        state::State,
        tone::Tone,
    },
    mlflow::models::{SpanEvent, SpanState, hex_id},
};

/// Bytes of a value that are shown in words; the JSON beside has all of it.
const MOST: usize = 16_384;

/// A span in words.
pub(super) fn span(state: &State, id: &str) -> Option<(String, Fields)> {
    let mlflow = &state.data.mlflow;
    let row = mlflow.trace.find(id)?;
    let span = &row.span;
    let mut sheet = Sheet::default();
    sheet.add("span", row.name());
    let kind = span.kind();
    if !kind.is_empty() {
        sheet.add("type", kind);
    }
    let tone = match span.state() {
        SpanState::Ok => Tone::Good,
        SpanState::Error => Tone::Danger,
        SpanState::Running => Tone::Accent,
        SpanState::Unset => Tone::Dim,
    };
    sheet.toned("state", span.state().word(), tone);
    if !span.message().is_empty() {
        sheet.toned("message", in_words(&span.message().into()), Tone::Danger);
    }
    times(&mut sheet, row);
    for (name, value) in [("inputs", span.inputs()), ("outputs", span.outputs())] {
        if let Some(value) = value {
            sheet.add(name, in_words(&value));
        }
    }
    for (key, value) in span.others() {
        sheet.toned(
            "attribute",
            format!("{key} = {}", in_words(&value)),
            Tone::Dim,
        );
    }
    for event in span.events() {
        happened(&mut sheet, row, &event);
    }
    sheet.toned("span id", hex_id(&span.span_id), Tone::Dim);
    if !span.parent_span_id.is_empty() {
        let parent = hex_id(&span.parent_span_id);
        let mut spans = mlflow.loaded_spans.iter();
        let found = spans.find(|other| other.span.span_id == span.parent_span_id);
        match found {
            Some(found) => sheet.toned("parent", format!("{} ({parent})", found.name()), Tone::Dim),
            None => sheet.toned(
                "parent",
                format!("{parent}, which is not among the spans"),
                Tone::Warning,
            ),
        }
    }
    if let Some(trace) = &mlflow.at_trace_id {
        sheet.toned("trace", trace.clone(), Tone::Dim);
    }
    Some((row.name().into_owned(), sheet.0))
}

/// When it began, and how long it took.
fn times(sheet: &mut Sheet, row: &SpanRow) {
    let began = row.span.start_time_unix_nano;
    let at = Timestamp::from_nanosecond(i128::from(began)).map_or_else(
        |_| began.to_string(),
        |at| format!("{} UTC", at.strftime("%Y-%m-%d %H:%M:%S%.3f")),
    );
    sheet.add(
        "began",
        format!("{at}, {} into the trace", lasted(row.after())),
    );
    match row.span.took() {
        Some(took) => sheet.add("took", lasted(took)),
        None if row.span.end_time_unix_nano == 0 => sheet.toned("took", "it runs", Tone::Accent),
        None => sheet.toned("took", "it ended before it began", Tone::Unknown),
    }
}

/// Something that happened in it, with what was recorded of that.
fn happened(sheet: &mut Sheet, row: &SpanRow, event: &SpanEvent) {
    let after = event.at.saturating_sub(row.span.start_time_unix_nano);
    let tone = if event.name == "exception" {
        Tone::Danger
    } else {
        Tone::Text
    };
    sheet.toned(
        "event",
        format!("{}, {} into the span", event.name, lasted(after)),
        tone,
    );
    for (key, value) in &event.attributes {
        sheet.toned("", format!("{key} = {}", in_words(value)), Tone::Dim);
    }
}

/// A value to be read: a text as it is, else JSON; no more of it than anybody reads here.
pub(super) fn in_words(value: &Value) -> String {
    let mut text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
        other => other.to_string(),
    };
    if text.len() > MOST {
        let more = text.len() - MOST;
        text.truncate(text.floor_char_boundary(MOST));
        text = format!("{text}\n… and {more} bytes more, which the JSON has");
    }
    text
}
