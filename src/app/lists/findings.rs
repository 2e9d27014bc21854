//! What an admin should act on.

use serde::Serialize;

use super::{dim, text, toned};
use crate::{
    access::{Finding, Severity},
    app::{
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
};

/// A finding with its identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    #[serde(skip)]
    id: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

impl From<Finding> for FindingRow {
    fn from(finding: Finding) -> Self {
        Self {
            id: format!("{} {} {}", finding.id, finding.subject, finding.title),
            finding,
        }
    }
}

/// How a severity is meant.
pub(super) fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::High => Tone::Danger,
        Severity::Medium => Tone::Warning,
        Severity::Low | Severity::Info => Tone::Dim,
    }
}

impl Record for FindingRow {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("finding", "findings");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<FindingRow>; 5] = [
    Column {
        name: "SEVERITY",
        width: Width::fixed(8),
        align: Align::Left,
        searchable: true,
        cell: |row, _| toned(row.finding.severity.to_string(), tone(row.finding.severity)),
        key: |row, _| Key::Number(row.finding.severity as i64),
    },
    Column {
        name: "FINDING",
        width: Width::fill(26, 40, 4),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.finding.title.as_str()),
        key: |row, _| Key::Text(row.finding.title.as_str().into()),
    },
    Column {
        name: "SUBJECT",
        width: Width::fill(12, 18, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.finding.subject.as_str()),
        key: |row, _| Key::Text(row.finding.subject.as_str().into()),
    },
    Column {
        name: "KIND",
        width: Width::fixed(20),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.finding.id.as_str()),
        key: |row, _| Key::Text(row.finding.id.as_str().into()),
    },
    Column {
        name: "REMEDY",
        width: Width::fill(26, 40, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.finding.remedy.as_str()),
        key: |row, _| Key::Text(row.finding.remedy.as_str().into()),
    },
];
