//! What stands behind a record of an evaluation dataset.

use serde_json::Value;

use super::{Fields, Sheet, span::in_words};
use crate::{
    app::{state::State, tone::Tone},
    mlflow::models::in_line,
};

/// A record in words.
pub(super) fn record(state: &State, id: &str) -> Option<(String, Fields)> {
    let mlflow = &state.data.mlflow;
    let record = &mlflow.records.find(id)?.record;
    let mut sheet = Sheet::default();
    let values = [
        ("inputs", &record.inputs),
        ("outputs", &record.outputs),
        ("expectations", &record.expectations),
    ];
    for (name, value) in values {
        fields(&mut sheet, name, value);
    }
    for tag in record.tags() {
        sheet.toned("tag", format!("{} = {}", tag.key, tag.value), Tone::Dim);
    }
    sheet.add("source", record.origin());
    let data = record.source.get("source_data").unwrap_or(&Value::Null);
    if !in_line(data).is_empty() {
        sheet.toned("", in_words(data), Tone::Dim);
    }
    for (name, at, by) in [
        ("created", record.created_time, &record.created_by),
        ("changed", record.last_update_time, &record.last_updated_by),
    ] {
        sheet.time(name, jiff::Timestamp::from_millisecond(at).ok());
        if !by.is_empty() {
            sheet.toned("", format!("by {by}"), Tone::Dim);
        }
    }
    sheet.toned("record id", id, Tone::Dim);
    if let Some(dataset) = &mlflow.at_dataset {
        let about = format!("{} ({})", dataset.name, dataset.dataset_id);
        sheet.toned("dataset", about, Tone::Dim);
    }
    Some((format!("Record {id}"), sheet.0))
}

/// What an object holds, a line a field; another value as a whole; nothing of what is empty.
fn fields(sheet: &mut Sheet, name: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (at, (key, value)) in fields.iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                sheet.add(name, format!("{key} = {}", in_words(value)));
            }
        }
        Value::Null => {}
        value => sheet.add(name, in_words(value)),
    }
}
