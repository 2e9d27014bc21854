//! The answer to a question about the matrix: its cells as a list.

use std::{borrow::Cow, sync::Arc};

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
    domain::Principal,
    probe::Cell,
};

/// A cell with its identity.
#[derive(Clone, Debug)]
pub struct CellRow {
    id: String,
    principal: String,
    /// The cell; of several routes together, the one of the first that is allowed.
    pub cell: Arc<Cell>,
    /// What it says of several routes together.
    together: Option<Together>,
}

/// What a row says of several routes together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// How many are allowed.
    pub allowed: usize,
    /// How many there are.
    pub of: usize,
    /// What is to be said of the principal; may be empty.
    pub remarks: String,
    /// Whether it is a side door and no way through the gateway.
    pub is_around: bool,
}

impl CellRow {
    /// A row of somebody whose way is also others'.
    pub fn shared(principal: &Principal, cell: Arc<Cell>, together: Together) -> Self {
        let principal = principal.to_string();
        let around = if together.is_around { "around " } else { "" };
        Self {
            id: format!("{around}{principal} {} {}", cell.method, cell.path),
            principal,
            cell,
            together: Some(together),
        }
    }

    /// The cell as the principal's own; none where it is no request at all.
    pub fn own(&self) -> Option<Cell> {
        if self.is_around() {
            return None;
        }
        Some(Cell {
            principal: self.principal.parse().ok()?,
            ..Cell::clone(&self.cell)
        })
    }

    /// Whether it is a side door.
    pub fn is_around(&self) -> bool {
        self.together.as_ref().is_some_and(|one| one.is_around)
    }

    /// Several routes, counted; none where it is one.
    fn several(&self) -> Option<&Together> {
        self.together.as_ref().filter(|one| one.of > 1)
    }

    /// The path, or how many routes are meant.
    fn path(&self) -> Cow<'_, str> {
        match self.several() {
            Some(one) if one.allowed == one.of => format!("all {} routes", one.of).into(),
            Some(one) => format!("{} of {} routes", one.allowed, one.of).into(),
            None => self.cell.path.as_str().into(),
        }
    }

    /// Why, in words.
    fn why(&self) -> String {
        let by = match (&self.cell.predicted, self.is_around()) {
            (_, true) => String::new(),
            (Some(decision), _) => decision.explain(),
            (None, _) => self.cell.reason.clone(),
        };
        match &self.together {
            Some(one) if !one.remarks.is_empty() && by.is_empty() => one.remarks.clone(),
            Some(one) if !one.remarks.is_empty() => format!("{}; {by}", one.remarks),
            _ => by,
        }
    }
}

impl From<Cell> for CellRow {
    fn from(cell: Cell) -> Self {
        let principal = cell.principal.to_string();
        Self {
            id: format!("{principal} {} {}", cell.method, cell.path),
            principal,
            cell: Arc::new(cell),
            together: None,
        }
    }
}

impl Serialize for CellRow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = value(self);
        if let (Some(one), Some(fields)) = (&self.together, value.as_object_mut()) {
            fields.insert("routes_allowed".to_owned(), json!(one.allowed));
            fields.insert("routes".to_owned(), json!(one.of));
            fields.insert("remarks".to_owned(), json!(one.remarks));
            fields.insert("side_door".to_owned(), json!(one.is_around));
        }
        value.serialize(serializer)
    }
}

/// A row as `can` prints a cell.
fn value(row: &CellRow) -> Value {
    let cell = &row.cell;
    json!({
        "principal": row.principal,
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
        cell: |row, _| dim(method(row)),
        key: |row, _| Key::Text(method(row).into()),
    },
    Column {
        name: "PATH",
        width: Width::fill(24, 36, 4),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.path()),
        key: |row, _| Key::Text(row.path()),
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
        cell: |row, _| dim(row.why()),
        key: |_, _| Key::None,
    },
];

/// The method, where one route is meant.
fn method(row: &CellRow) -> &'static str {
    if row.several().is_some() || row.is_around() {
        ""
    } else {
        row.cell.method.as_str()
    }
}

/// What was observed, else what is predicted.
fn effect(row: &CellRow) -> &'static str {
    if row.is_around() {
        return "around";
    }
    row.cell
        .observed_effect()
        .or(row.cell.predicted_effect())
        .map_or("unknown", Effect::as_str)
}

fn answer<'a>(row: &'a CellRow, _: crate::app::table::Scope<'a, ()>) -> Shown<'a> {
    let tone = match mark(&row.cell) {
        _ if row.is_around() => Tone::Danger,
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
