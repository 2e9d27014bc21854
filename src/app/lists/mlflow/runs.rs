//! Runs, with columns that are chosen from what they recorded.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    Watched, aged, beside, dim, lifecycle, moment, nested, tags, text, time_key, toned, watched,
};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Cell, Column, Key, Record, Scope, Width},
        tone::Tone,
    },
    domain::Span,
    mlflow::models::{Run, value_of},
};

/// Columns that can be chosen.
pub const SLOTS: usize = 8;
/// The place of the first of them.
const FIRST: usize = 6;

/// A run, how deep it is nested, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunRow {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// How many runs it stands below.
    #[serde(skip)]
    pub depth: usize,
    /// Whether it has runs below it, and whether they are shown.
    #[serde(skip)]
    pub unfolded: Option<bool>,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

/// What the columns show: `metrics.auc`, `params.depth`, `tags.team`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The keys, at most as many as there are slots.
    pub keys: Vec<String>,
    /// Whether somebody else looks too.
    pub beside: bool,
}

impl RunRow {
    /// The value of `metrics.auc`, `params.depth` or `tags.team`.
    fn value(&self, key: &str) -> Option<Value<'_>> {
        let (kind, name) = key.split_once('.')?;
        let data = &self.run.data;
        match kind {
            "metrics" => data
                .metrics
                .iter()
                .find(|metric| metric.key == name)
                .map(|metric| Value::Number(metric.value.0)),
            "params" => value_of(&data.params, name).map(Value::Text),
            "tags" => value_of(&data.tags, name).map(Value::Text),
            _ => None,
        }
    }
}

enum Value<'a> {
    Number(f64),
    Text(&'a str),
}

impl Watched for RunRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for RunRow {
    type Context = Chosen;
    const NOUNS: (&'static str, &'static str) = ("run", "runs");

    fn id(&self) -> &str {
        &self.run.info.run_id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(chosen: &Chosen, place: usize) -> Option<Cow<'_, str>> {
        match place.checked_sub(FIRST) {
            Some(slot) if slot < SLOTS => {
                let key = chosen.keys.get(slot)?;
                // Which of the three kinds it is, its values tell.
                let name = key.split_once('.').map_or(key.as_str(), |(_, name)| name);
                Some(name.into())
            }
            _ => watched::<Self>(chosen.beside, place),
        }
    }
}

const fn slot(
    name: &'static str,
    cell: for<'a> fn(&'a RunRow, Scope<'a, Chosen>) -> Cell<'a>,
    key: for<'a> fn(&'a RunRow, Scope<'a, Chosen>) -> Key<'a>,
) -> Column<RunRow> {
    Column {
        name,
        width: Width::fill(9, 14, 1),
        align: Align::Right,
        searchable: true,
        cell,
        key,
    }
}

fn chosen<'a>(row: &'a RunRow, scope: Scope<'a, Chosen>, slot: usize) -> Cell<'a> {
    match scope.context.keys.get(slot).and_then(|key| row.value(key)) {
        Some(Value::Number(number)) => text(crate::mlflow::models::Number(number).to_string()),
        Some(Value::Text(value)) => text(value),
        None => dim(""),
    }
}

fn chosen_key<'a>(row: &'a RunRow, scope: Scope<'a, Chosen>, slot: usize) -> Key<'a> {
    match scope.context.keys.get(slot).and_then(|key| row.value(key)) {
        Some(Value::Number(number)) if !number.is_nan() => Key::Real(number),
        Some(Value::Text(value)) => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => Key::Real(number),
            _ => Key::text(value),
        },
        _ => Key::None,
    }
}

/// How a run stands, with a sign.
pub(super) fn status(status: &str) -> Cell<'_> {
    match status {
        "FINISHED" => toned("✓ finished", Tone::Good),
        "FAILED" => toned("✗ failed", Tone::Danger),
        "KILLED" => toned("✗ killed", Tone::Warning),
        "RUNNING" => toned("● running", Tone::Accent),
        "SCHEDULED" => toned("○ scheduled", Tone::Dim),
        other => text(other),
    }
}

fn lasted(row: &RunRow) -> Option<String> {
    let (start, end) = (
        moment(row.run.info.start_time)?,
        moment(row.run.info.end_time)?,
    );
    let time = end.duration_since(start);
    if time.as_secs() == 0 {
        return Some(format!("{}ms", time.as_millis()));
    }
    Some(Span::between(start, end).rough())
}

static COLUMNS: [Column<RunRow>; 16] = [
    Column {
        name: "RUN",
        width: Width::fill(14, 24, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| {
            let name = match row.run.info.run_name.as_str() {
                "" => row.run.info.run_id.as_str(),
                name => name,
            };
            nested(row.depth, row.unfolded, name)
        },
        key: |row, _| Key::text(row.run.info.run_name.as_str()),
    },
    beside(),
    Column {
        name: "STATUS",
        width: Width::fixed(11),
        align: Align::Left,
        searchable: false,
        cell: |row, _| {
            if row.run.info.lifecycle_stage == "deleted" {
                lifecycle(&row.run.info.lifecycle_stage)
            } else {
                status(&row.run.info.status)
            }
        },
        key: |row, _| Key::text(row.run.info.status.as_str()),
    },
    Column {
        name: "STARTED",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.run.info.start_time)),
        key: |row, _| time_key(row.run.info.start_time),
    },
    Column {
        name: "TOOK",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |row, _| dim(lasted(row).unwrap_or_default()),
        key: |row, _| match row.run.info.end_time {
            0 => Key::None,
            end => Key::Number(end.saturating_sub(row.run.info.start_time)),
        },
    },
    Column {
        name: "USER",
        width: Width::between(4, 12),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.run.info.user_id.as_str()),
        key: |row, _| Key::text(row.run.info.user_id.as_str()),
    },
    slot(
        "C1",
        |row, scope| chosen(row, scope, 0),
        |row, scope| chosen_key(row, scope, 0),
    ),
    slot(
        "C2",
        |row, scope| chosen(row, scope, 1),
        |row, scope| chosen_key(row, scope, 1),
    ),
    slot(
        "C3",
        |row, scope| chosen(row, scope, 2),
        |row, scope| chosen_key(row, scope, 2),
    ),
    slot(
        "C4",
        |row, scope| chosen(row, scope, 3),
        |row, scope| chosen_key(row, scope, 3),
    ),
    slot(
        "C5",
        |row, scope| chosen(row, scope, 4),
        |row, scope| chosen_key(row, scope, 4),
    ),
    slot(
        "C6",
        |row, scope| chosen(row, scope, 5),
        |row, scope| chosen_key(row, scope, 5),
    ),
    slot(
        "C7",
        |row, scope| chosen(row, scope, 6),
        |row, scope| chosen_key(row, scope, 6),
    ),
    slot(
        "C8",
        |row, scope| chosen(row, scope, 7),
        |row, scope| chosen_key(row, scope, 7),
    ),
    Column {
        name: "ID",
        width: Width::between(8, 32),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.run.info.run_id.as_str()),
        key: |row, _| Key::text(row.run.info.run_id.as_str()),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 20, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.run.data.tags)),
        key: |row, _| Key::text(tags(&row.run.data.tags)),
    },
];
