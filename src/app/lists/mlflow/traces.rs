//! Traces (MLflow 3).

use jiff::Timestamp;
use serde::Serialize;

use super::{aged, dim, text, toned};
use crate::{
    app::{
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::TraceInfo,
};

/// A trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TraceRow(
    /// What it is about.
    pub TraceInfo,
);

impl TraceRow {
    fn name(&self) -> &str {
        self.0
            .tags
            .get("mlflow.traceName")
            .map_or("", String::as_str)
    }

    fn at(&self) -> Option<Timestamp> {
        self.0.request_time.parse().ok()
    }
}

impl Record for TraceRow {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("trace", "traces");

    fn id(&self) -> &str {
        &self.0.trace_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<TraceRow>; 7] = [
    Column {
        name: "TRACE",
        width: Width::fill(12, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.name()),
        key: |row, _| Key::text(row.name()),
    },
    Column {
        name: "STATE",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: false,
        cell: |row, _| match row.0.state.as_str() {
            "OK" => toned("✓ ok", Tone::Good),
            "ERROR" => toned("✗ error", Tone::Danger),
            "IN_PROGRESS" => toned("● running", Tone::Accent),
            other => text(other),
        },
        key: |row, _| Key::text(row.0.state.as_str()),
    },
    Column {
        name: "BEGAN",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, row.at()),
        key: |row, _| Key::time(row.at()),
    },
    Column {
        name: "TOOK",
        width: Width::fixed(9),
        align: Align::Right,
        searchable: false,
        cell: |row, _| text(row.0.execution_duration.as_str()),
        key: |row, _| {
            let seconds = row.0.execution_duration.trim_end_matches('s').parse();
            seconds.map_or(Key::None, Key::Real)
        },
    },
    Column {
        name: "REQUEST",
        width: Width::fill(10, 30, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.0.request_preview.as_str()),
        key: |row, _| Key::text(row.0.request_preview.as_str()),
    },
    Column {
        name: "RESPONSE",
        width: Width::fill(10, 30, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.0.response_preview.as_str()),
        key: |row, _| Key::text(row.0.response_preview.as_str()),
    },
    Column {
        name: "ID",
        width: Width::between(8, 35),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.0.trace_id.as_str()),
        key: |row, _| Key::text(row.0.trace_id.as_str()),
    },
];
