//! Traces (MLflow 3).

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::{Watched, aged, beside, dim, text, toned, watched};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::TraceInfo,
};

/// A trace, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TraceRow {
    /// What it is about.
    #[serde(flatten)]
    pub trace: TraceInfo,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl TraceRow {
    fn at(&self) -> Option<Timestamp> {
        self.trace.request_time.parse().ok()
    }
}

impl Watched for TraceRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for TraceRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("trace", "traces");

    fn id(&self) -> &str {
        &self.trace.trace_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<TraceRow>; 8] = [
    Column {
        name: "TRACE",
        width: Width::fill(12, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.trace.name()),
        key: |row, _| Key::text(row.trace.name()),
    },
    beside(),
    Column {
        name: "STATE",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: false,
        cell: |row, _| match row.trace.state.as_str() {
            "OK" => toned("✓ ok", Tone::Good),
            "ERROR" => toned("✗ error", Tone::Danger),
            "IN_PROGRESS" => toned("● running", Tone::Accent),
            other => text(other),
        },
        key: |row, _| Key::text(row.trace.state.as_str()),
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
        cell: |row, _| text(row.trace.execution_duration.as_str()),
        key: |row, _| {
            let seconds = row.trace.execution_duration.trim_end_matches('s').parse();
            seconds.map_or(Key::None, Key::Real)
        },
    },
    Column {
        name: "REQUEST",
        width: Width::fill(10, 30, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.trace.request_preview.as_str()),
        key: |row, _| Key::text(row.trace.request_preview.as_str()),
    },
    Column {
        name: "RESPONSE",
        width: Width::fill(10, 30, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.trace.response_preview.as_str()),
        key: |row, _| Key::text(row.trace.response_preview.as_str()),
    },
    Column {
        name: "ID",
        width: Width::between(8, 35),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.trace.trace_id.as_str()),
        key: |row, _| Key::text(row.trace.trace_id.as_str()),
    },
];
