//! Evaluation datasets (MLflow 3).

use std::borrow::Cow;

use serde::Serialize;

use super::{Watched, aged, beside, dim, moment, tags, text, time_key, watched};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Column, Key, Record, Width},
    },
    mlflow::models::EvaluationDataset,
};

/// An evaluation dataset, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DatasetRow {
    /// The dataset.
    #[serde(flatten)]
    pub dataset: EvaluationDataset,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl Watched for DatasetRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for DatasetRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("evaluation dataset", "evaluation datasets");

    fn id(&self) -> &str {
        &self.dataset.dataset_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<DatasetRow>; 9] = [
    Column {
        name: "DATASET",
        width: Width::fill(14, 24, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.dataset.name.as_str()),
        key: |row, _| Key::text(row.dataset.name.as_str()),
    },
    beside(),
    Column {
        name: "RECORDS",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, _| match row.dataset.records() {
            Some(number) => text(number.to_string()),
            None => dim("none"),
        },
        key: |row, _| Key::Number(row.dataset.records().unwrap_or_default()),
    },
    Column {
        name: "CHANGED",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.dataset.last_update_time)),
        key: |row, _| time_key(row.dataset.last_update_time),
    },
    Column {
        name: "CREATED",
        width: Width::fixed(8),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.dataset.created_time)),
        key: |row, _| time_key(row.dataset.created_time),
    },
    Column {
        name: "BY",
        width: Width::between(4, 12),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.dataset.created_by.as_str()),
        key: |row, _| Key::text(row.dataset.created_by.as_str()),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.dataset.tags())),
        key: |row, _| Key::text(tags(&row.dataset.tags())),
    },
    Column {
        name: "DIGEST",
        width: Width::fixed(8),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.dataset.digest.as_str()),
        key: |row, _| Key::text(row.dataset.digest.as_str()),
    },
    Column {
        name: "ID",
        width: Width::between(8, 34),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.dataset.dataset_id.as_str()),
        key: |row, _| Key::text(row.dataset.dataset_id.as_str()),
    },
];
