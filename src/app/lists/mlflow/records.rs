//! The records of an evaluation dataset (MLflow 3).

use std::borrow::Cow;

use serde::Serialize;

use super::{Watched, aged, beside, dim, moment, tags, text, time_key, watched};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Column, Key, Record, Width},
    },
    mlflow::models::{DatasetRecord, in_line},
};

/// A record, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RecordRow {
    /// The record.
    #[serde(flatten)]
    pub record: DatasetRecord,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl Watched for RecordRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for RecordRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("record", "records");

    fn id(&self) -> &str {
        &self.record.dataset_record_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<RecordRow>; 8] = [
    Column {
        name: "INPUTS",
        width: Width::fill(16, 36, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(in_line(&row.record.inputs)),
        key: |row, _| Key::text(in_line(&row.record.inputs)),
    },
    beside(),
    Column {
        name: "EXPECTATIONS",
        width: Width::fill(12, 30, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(in_line(&row.record.expectations)),
        key: |row, _| Key::text(in_line(&row.record.expectations)),
    },
    Column {
        name: "SOURCE",
        width: Width::between(6, 20),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.record.origin().to_lowercase()),
        key: |row, _| Key::text(row.record.origin()),
    },
    Column {
        name: "CREATED",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.record.created_time)),
        key: |row, _| time_key(row.record.created_time),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 16, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.record.tags())),
        key: |row, _| Key::text(tags(&row.record.tags())),
    },
    Column {
        name: "OUTPUTS",
        width: Width::fill(8, 16, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(in_line(&row.record.outputs)),
        key: |row, _| Key::text(in_line(&row.record.outputs)),
    },
    Column {
        name: "ID",
        width: Width::between(8, 35),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.record.dataset_record_id.as_str()),
        key: |row, _| Key::text(row.record.dataset_record_id.as_str()),
    },
];
