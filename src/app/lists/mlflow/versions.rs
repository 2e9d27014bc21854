//! Versions of a registered model.

use std::borrow::Cow;

use serde::Serialize;

use super::{Watched, aged, beside, dim, moment, tags, text, time_key, toned, watched};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Cell, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::{ModelVersion, RegisteredModel},
};

/// A version, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VersionRow {
    /// The version.
    #[serde(flatten)]
    pub version: ModelVersion,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl VersionRow {
    /// A version of `model`, with the names that the model has for it: a search of versions
    /// leaves them out.
    pub fn new(mut version: ModelVersion, model: &RegisteredModel, seen: Seen) -> Self {
        for alias in &model.aliases {
            if alias.version == version.version && !version.aliases.contains(&alias.alias) {
                version.aliases.push(alias.alias.clone());
            }
        }
        Self { version, seen }
    }

    fn aliases(&self) -> String {
        let aliases: Vec<String> = self
            .version
            .aliases
            .iter()
            .map(|alias| format!("@{alias}"))
            .collect();
        aliases.join(" ")
    }
}

impl Watched for VersionRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for VersionRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("version", "versions");

    fn id(&self) -> &str {
        &self.version.version
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

fn stage(stage: &str) -> Cell<'_> {
    match stage {
        "Production" => toned("● Production", Tone::Good),
        "Staging" => toned("○ Staging", Tone::Accent),
        "Archived" => toned("· Archived", Tone::Dim),
        other => dim(other),
    }
}

static COLUMNS: [Column<VersionRow>; 9] = [
    Column {
        name: "VERSION",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: true,
        cell: |row, _| text(row.version.version.as_str()),
        key: |row, _| match row.version.version.parse() {
            Ok(number) => Key::Number(number),
            Err(_) => Key::text(row.version.version.as_str()),
        },
    },
    beside(),
    Column {
        name: "STAGE",
        width: Width::fixed(12),
        align: Align::Left,
        searchable: true,
        cell: |row, _| stage(&row.version.current_stage),
        key: |row, _| Key::text(row.version.current_stage.as_str()),
    },
    Column {
        name: "ALIASES",
        width: Width::fill(8, 14, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.aliases()),
        key: |row, _| Key::text(row.aliases()),
    },
    Column {
        name: "STATUS",
        width: Width::between(5, 10),
        align: Align::Left,
        searchable: false,
        cell: |row, _| match row.version.status.as_str() {
            "READY" => toned("✓ ready", Tone::Good),
            "FAILED_REGISTRATION" => toned("✗ failed", Tone::Danger),
            "PENDING_REGISTRATION" => toned("… pending", Tone::Warning),
            other => text(other),
        },
        key: |row, _| Key::text(row.version.status.as_str()),
    },
    Column {
        name: "CREATED",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.version.creation_timestamp)),
        key: |row, _| time_key(row.version.creation_timestamp),
    },
    Column {
        name: "RUN",
        width: Width::between(8, 32),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.version.run_id.as_str()),
        key: |row, _| Key::text(row.version.run_id.as_str()),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 16, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.version.tags)),
        key: |row, _| Key::text(tags(&row.version.tags)),
    },
    Column {
        name: "DESCRIPTION",
        width: Width::fill(11, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.version.description.as_str()),
        key: |row, _| Key::text(row.version.description.as_str()),
    },
];
