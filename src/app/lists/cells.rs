//! The answer to a question about the matrix: its cells as a list.

use serde::Serialize;
use serde_json::{Value, json};

use super::{dim, text, toned};
use crate::{
    access::Effect,
    app::{
        matrix::{Mark, mark},
        table::{Align, Cell as Shown, Column, Key, Record, Width},
        tone::Tone,
    },
    probe::Cell,
};

/// A cell with its identity.
#[derive(Clone, Debug)]
pub struct CellRow {
    id: String,
    principal: String,
    /// The cell.
    pub cell: Cell,
}

impl From<Cell> for CellRow {
    fn from(cell: Cell) -> Self {
        let principal = cell.principal.to_string();
        Self {
            id: format!("{principal} {} {}", cell.method, cell.path),
            principal,
            cell,
        }
    }
}

impl Serialize for CellRow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        value(&self.cell).serialize(serializer)
    }
}

/// A cell as `can` prints it.
fn value(cell: &Cell) -> Value {
    json!({
        "principal": cell.principal.to_string(),
        "scheme": cell.scheme.as_str(),
        "permission": cell.permission,
        "method": cell.method.as_str(),
        "path": cell.path,
        "expected": cell.expected.map(Effect::as_str),
        "predicted": cell.predicted_effect().map(Effect::as_str),
        "observed": cell.observed_effect().map(Effect::as_str),
        "verdict": cell.verdict.to_string(),
        "reason": cell.reason,
        "why": cell.predicted.as_ref().map(crate::access::Decision::explain),
    })
}

impl Record for CellRow {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("answer", "answers");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<CellRow>; 8] = [
    Column {
        name: "PRINCIPAL",
        width: Width::fill(12, 18, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.principal.as_str()),
        key: |row, _| Key::Text(row.principal.as_str().into()),
    },
    Column {
        name: "ANSWER",
        width: Width::fixed(7),
        align: Align::Left,
        searchable: true,
        cell: answer,
        key: |row, _| Key::Text(effect(row).into()),
    },
    Column {
        name: "PERMISSION",
        width: Width::fixed(26),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.cell.permission.as_str()),
        key: |row, _| Key::Text(row.cell.permission.as_str().into()),
    },
    Column {
        name: "METHOD",
        width: Width::fixed(6),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.cell.method.as_str()),
        key: |row, _| Key::Text(row.cell.method.as_str().into()),
    },
    Column {
        name: "PATH",
        width: Width::fill(24, 36, 4),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.cell.path.as_str()),
        key: |row, _| Key::Text(row.cell.path.as_str().into()),
    },
    Column {
        name: "SCHEME",
        width: Width::fixed(6),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.cell.scheme.as_str()),
        key: |row, _| Key::Text(row.cell.scheme.as_str().into()),
    },
    Column {
        name: "VERDICT",
        width: Width::fixed(13),
        align: Align::Left,
        searchable: true,
        cell: verdict,
        key: |row, _| Key::Text(row.cell.verdict.as_str().into()),
    },
    Column {
        name: "WHY",
        width: Width::fill(20, 30, 3),
        align: Align::Left,
        searchable: false,
        cell: |row, _| {
            dim(row
                .cell
                .predicted
                .as_ref()
                .map_or_else(|| row.cell.reason.clone(), crate::access::Decision::explain))
        },
        key: |_, _| Key::None,
    },
];

/// What was observed, else what is predicted.
fn effect(row: &CellRow) -> &'static str {
    row.cell
        .observed_effect()
        .or(row.cell.predicted_effect())
        .map_or("unknown", Effect::as_str)
}

fn answer<'a>(row: &'a CellRow, _: crate::app::table::Scope<'a, ()>) -> Shown<'a> {
    let tone = match mark(&row.cell) {
        Mark::OverGranted | Mark::Drift => Tone::Danger,
        Mark::UnderGranted => Tone::Warning,
        Mark::Inconclusive | Mark::Unknown => Tone::Unknown,
        Mark::Allowed => Tone::Good,
        Mark::Denied => Tone::Dim,
    };
    toned(effect(row), tone)
}

fn verdict<'a>(row: &'a CellRow, _: crate::app::table::Scope<'a, ()>) -> Shown<'a> {
    let word = match (row.cell.observed.is_some(), mark(&row.cell)) {
        (true, _) => row.cell.verdict.as_str(),
        (false, Mark::OverGranted) => "~over-granted",
        (false, Mark::UnderGranted) => "~under-granted",
        (false, Mark::Allowed | Mark::Denied) => "~ok",
        (false, _) => "",
    };
    dim(word)
}
