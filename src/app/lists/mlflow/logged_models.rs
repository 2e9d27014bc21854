//! Logged models (MLflow 3).

use std::borrow::Cow;

use serde::Serialize;

use super::{Watched, aged, beside, dim, moment, tags, text, time_key, toned, watched};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::LoggedModel,
};

/// A logged model, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LoggedModelRow {
    /// The model.
    #[serde(flatten)]
    pub model: LoggedModel,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl Watched for LoggedModelRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for LoggedModelRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("logged model", "logged models");

    fn id(&self) -> &str {
        &self.model.info.model_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<LoggedModelRow>; 8] = [
    Column {
        name: "MODEL",
        width: Width::fill(12, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.model.info.name.as_str()),
        key: |row, _| Key::text(row.model.info.name.as_str()),
    },
    beside(),
    Column {
        name: "STATUS",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: false,
        cell: |row, _| match row.model.info.status.as_str() {
            "LOGGED_MODEL_READY" => toned("✓ ready", Tone::Good),
            "LOGGED_MODEL_PENDING" => toned("… pending", Tone::Warning),
            "LOGGED_MODEL_UPLOAD_FAILED" => toned("✗ failed", Tone::Danger),
            other => text(other),
        },
        key: |row, _| Key::text(row.model.info.status.as_str()),
    },
    Column {
        name: "TYPE",
        width: Width::between(4, 12),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.model.info.model_type.as_str()),
        key: |row, _| Key::text(row.model.info.model_type.as_str()),
    },
    Column {
        name: "CREATED",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.model.info.creation_timestamp_ms)),
        key: |row, _| time_key(row.model.info.creation_timestamp_ms),
    },
    Column {
        name: "RUN",
        width: Width::between(8, 32),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.model.info.source_run_id.as_str()),
        key: |row, _| Key::text(row.model.info.source_run_id.as_str()),
    },
    Column {
        name: "ID",
        width: Width::between(8, 34),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.model.info.model_id.as_str()),
        key: |row, _| Key::text(row.model.info.model_id.as_str()),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 16, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.model.info.tags)),
        key: |row, _| Key::text(tags(&row.model.info.tags)),
    },
];
