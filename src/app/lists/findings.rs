//! What an admin should act on.

use std::borrow::Cow;

use serde::Serialize;

use super::{dim, toned};
use crate::{
    access::{
        Finding, Severity,
        finding::{Suppressed, Suppression},
    },
    app::{
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
};

/// A finding with its identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    /// The same for the same trap at every look.
    #[serde(rename = "fingerprint")]
    id: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// What leaves it as it is, where something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
}

impl From<Finding> for FindingRow {
    fn from(finding: Finding) -> Self {
        Self {
            id: finding.fingerprint(),
            finding,
            suppression: None,
        }
    }
}

impl From<Suppressed> for FindingRow {
    fn from(suppressed: Suppressed) -> Self {
        Self {
            suppression: Some(suppressed.suppression),
            ..suppressed.finding.into()
        }
    }
}

impl FindingRow {
    /// How the row's text is meant: what is left as it is stands back.
    fn text_tone(&self) -> Tone {
        if self.suppression.is_some() {
            Tone::Dim
        } else {
            Tone::Text
        }
    }

    /// What to do about it, or why and until when nothing is done.
    fn what_to_do(&self) -> Cow<'_, str> {
        match &self.suppression {
            Some(by) => format!("suppressed until {}: {}", by.until, by.reason).into(),
            None => self.finding.remedy.as_str().into(),
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
        cell: |row, _| match row.suppression {
            Some(_) => dim(format!("({})", row.finding.severity)),
            None => toned(row.finding.severity.to_string(), tone(row.finding.severity)),
        },
        key: |row, _| Key::Number(row.finding.severity as i64),
    },
    Column {
        name: "FINDING",
        width: Width::fill(26, 40, 4),
        align: Align::Left,
        searchable: true,
        cell: |row, _| toned(row.finding.title.as_str(), row.text_tone()),
        key: |row, _| Key::Text(row.finding.title.as_str().into()),
    },
    Column {
        name: "SUBJECT",
        width: Width::fill(12, 18, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| toned(row.finding.subject.as_str(), row.text_tone()),
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
        cell: |row, _| dim(row.what_to_do()),
        key: |row, _| Key::Text(row.what_to_do()),
    },
];
