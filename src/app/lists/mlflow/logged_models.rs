//! Logged models (MLflow 3).

use serde::Serialize;

use super::{aged, dim, moment, tags, text, time_key, toned};
use crate::{
    app::{
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::LoggedModel,
};

/// A logged model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LoggedModelRow(
    /// The model.
    pub LoggedModel,
);

impl Record for LoggedModelRow {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("logged model", "logged models");

    fn id(&self) -> &str {
        &self.0.info.model_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<LoggedModelRow>; 7] = [
    Column {
        name: "MODEL",
        width: Width::fill(12, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.0.info.name.as_str()),
        key: |row, _| Key::text(row.0.info.name.as_str()),
    },
    Column {
        name: "STATUS",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: false,
        cell: |row, _| match row.0.info.status.as_str() {
            "LOGGED_MODEL_READY" => toned("✓ ready", Tone::Good),
            "LOGGED_MODEL_PENDING" => toned("… pending", Tone::Warning),
            "LOGGED_MODEL_UPLOAD_FAILED" => toned("✗ failed", Tone::Danger),
            other => text(other),
        },
        key: |row, _| Key::text(row.0.info.status.as_str()),
    },
    Column {
        name: "TYPE",
        width: Width::between(4, 12),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.0.info.model_type.as_str()),
        key: |row, _| Key::text(row.0.info.model_type.as_str()),
    },
    Column {
        name: "CREATED",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.0.info.creation_timestamp_ms)),
        key: |row, _| time_key(row.0.info.creation_timestamp_ms),
    },
    Column {
        name: "RUN",
        width: Width::between(8, 32),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.0.info.source_run_id.as_str()),
        key: |row, _| Key::text(row.0.info.source_run_id.as_str()),
    },
    Column {
        name: "ID",
        width: Width::between(8, 34),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.0.info.model_id.as_str()),
        key: |row, _| Key::text(row.0.info.model_id.as_str()),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 16, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.0.info.tags)),
        key: |row, _| Key::text(tags(&row.0.info.tags)),
    },
];
