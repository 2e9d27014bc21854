//! Experiments.

use std::borrow::Cow;

use serde::Serialize;

use super::{Watched, aged, beside, dim, lifecycle, moment, tags, text, time_key, watched};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Column, Key, Record, Width},
    },
    mlflow::models::{Experiment, NOTE, value_of},
};

/// An experiment, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ExperimentRow {
    /// The experiment.
    #[serde(flatten)]
    pub experiment: Experiment,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl Watched for ExperimentRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for ExperimentRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("experiment", "experiments");

    fn id(&self) -> &str {
        &self.experiment.experiment_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<ExperimentRow>; 8] = [
    Column {
        name: "EXPERIMENT",
        width: Width::fill(14, 24, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.experiment.name.as_str()),
        key: |row, _| Key::text(row.experiment.name.as_str()),
    },
    beside(),
    Column {
        name: "ID",
        width: Width::between(4, 18),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.experiment.experiment_id.as_str()),
        key: |row, _| match row.experiment.experiment_id.parse() {
            Ok(number) => Key::Number(number),
            Err(_) => Key::text(row.experiment.experiment_id.as_str()),
        },
    },
    Column {
        name: "STATE",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: false,
        cell: |row, _| lifecycle(&row.experiment.lifecycle_stage),
        key: |row, _| Key::text(row.experiment.lifecycle_stage.as_str()),
    },
    Column {
        name: "CHANGED",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.experiment.last_update_time)),
        key: |row, _| time_key(row.experiment.last_update_time),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.experiment.tags)),
        key: |row, _| Key::text(tags(&row.experiment.tags)),
    },
    Column {
        name: "DESCRIPTION",
        width: Width::fill(11, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(value_of(&row.experiment.tags, NOTE).unwrap_or_default()),
        key: |row, _| Key::text(value_of(&row.experiment.tags, NOTE).unwrap_or_default()),
    },
    Column {
        name: "ARTIFACTS",
        width: Width::fill(12, 24, 1),
        align: Align::Left,
        searchable: false,
        cell: |row, _| dim(row.experiment.artifact_location.as_str()),
        key: |row, _| Key::text(row.experiment.artifact_location.as_str()),
    },
];
