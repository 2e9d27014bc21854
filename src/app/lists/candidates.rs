//! Apps that were forgotten: why, and what is saved without them.

use serde::Serialize;

use super::{
    aged,
    apps::{amount, idle, money, owner},
    text,
};
use crate::{
    app::table::{Align, Column, Key, Record, Width},
    plan::cleanup::Candidate,
};

/// A forgotten app; it is called as on the page of apps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CandidateRow {
    #[serde(skip)]
    id: String,
    /// The app, and why it is forgotten.
    #[serde(flatten)]
    pub candidate: Candidate,
}

impl From<Candidate> for CandidateRow {
    fn from(candidate: Candidate) -> Self {
        let row = super::AppRow::from(candidate.app.clone());
        Self {
            id: row.id().to_owned(),
            candidate,
        }
    }
}

impl Record for CandidateRow {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("forgotten app", "forgotten apps");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<CandidateRow>; 9] = [
    Column {
        name: "APP",
        width: Width::fill(14, 22, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.candidate.app.name.as_str()),
        key: |row, _| Key::Text(row.candidate.app.name.as_str().into()),
    },
    Column {
        name: "TYPE",
        width: Width::fixed(14),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.candidate.app.app_type.as_str()),
        key: |row, _| Key::Text(row.candidate.app.app_type.as_str().into()),
    },
    Column {
        name: "OWNER",
        width: Width::fill(10, 14, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(owner(&row.candidate.app.owner).1),
        key: |row, _| Key::Text(owner(&row.candidate.app.owner).1.into()),
    },
    Column {
        name: "AGE",
        width: Width::fixed(5),
        align: Align::Right,
        searchable: false,
        cell: |row, around| aged(around.now, row.candidate.app.created_at),
        key: |row, _| Key::time(row.candidate.app.created_at),
    },
    Column {
        name: "IDLE",
        width: Width::fixed(5),
        align: Align::Right,
        searchable: false,
        cell: |row, around| idle(&row.candidate.app, around.now),
        key: |row, _| Key::time(row.candidate.app.active_at),
    },
    Column {
        name: "SAVES",
        width: Width::fixed(9),
        align: Align::Right,
        searchable: false,
        cell: |row, _| money(&row.candidate.app, row.candidate.cost.monthly()),
        key: |row, _| amount(row.candidate.cost.monthly()),
    },
    Column {
        name: "SO FAR",
        width: Width::fixed(9),
        align: Align::Right,
        searchable: false,
        cell: |row, _| money(&row.candidate.app, row.candidate.cost.so_far),
        key: |row, _| amount(row.candidate.cost.so_far),
    },
    Column {
        name: "WHY",
        width: Width::fill(14, 26, 5),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.candidate.why.as_str()),
        key: |row, _| Key::Text(row.candidate.why.as_str().into()),
    },
    Column {
        name: "POLICY",
        width: Width::between(6, 14),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.candidate.rule.as_str()),
        key: |row, _| Key::Text(row.candidate.rule.as_str().into()),
    },
];
