//! Registered models.

use std::borrow::Cow;

use serde::Serialize;

use super::{Watched, aged, beside, dim, moment, tags, text, time_key, toned, watched};
use crate::{
    app::{
        mlflow::Seen,
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    mlflow::models::{PROMPT, RegisteredModel, value_of},
};

/// A registered model, and who sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModelRow {
    /// The model.
    #[serde(flatten)]
    pub model: RegisteredModel,
    /// Who of two identities sees it.
    #[serde(skip)]
    pub seen: Seen,
}

impl ModelRow {
    fn newest(&self) -> Option<i64> {
        self.model
            .latest_versions
            .iter()
            .filter_map(|version| version.version.parse().ok())
            .max()
    }

    /// Which version is in which stage, those in none left out.
    fn stages(&self) -> String {
        let mut stages: Vec<String> = self
            .model
            .latest_versions
            .iter()
            .filter(|version| !matches!(version.current_stage.as_str(), "" | "None"))
            .map(|version| format!("{} {}", version.current_stage, version.version))
            .collect();
        stages.sort();
        stages.join(", ")
    }

    fn aliases(&self) -> String {
        let aliases: Vec<String> = self
            .model
            .aliases
            .iter()
            .map(|alias| format!("@{} {}", alias.alias, alias.version))
            .collect();
        aliases.join(", ")
    }

    fn is_prompt(&self) -> bool {
        value_of(&self.model.tags, PROMPT) == Some("true")
    }
}

impl Watched for ModelRow {
    fn seen(&self) -> Seen {
        self.seen
    }
}

impl Record for ModelRow {
    /// Whether somebody else looks too.
    type Context = bool;
    const NOUNS: (&'static str, &'static str) = ("registered model", "registered models");

    fn id(&self) -> &str {
        &self.model.name
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn title(somebody_else: &bool, place: usize) -> Option<Cow<'_, str>> {
        watched::<Self>(*somebody_else, place)
    }
}

static COLUMNS: [Column<ModelRow>; 9] = [
    Column {
        name: "MODEL",
        width: Width::fill(14, 26, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.model.name.as_str()),
        key: |row, _| Key::text(row.model.name.as_str()),
    },
    beside(),
    Column {
        name: "KIND",
        width: Width::fixed(6),
        align: Align::Left,
        searchable: false,
        cell: |row, _| {
            if row.is_prompt() {
                toned("prompt", Tone::Accent)
            } else {
                dim("model")
            }
        },
        key: |row, _| Key::text(if row.is_prompt() { "prompt" } else { "model" }),
    },
    Column {
        name: "LATEST",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |row, _| {
            text(
                row.newest()
                    .map_or_else(String::new, |newest| newest.to_string()),
            )
        },
        key: |row, _| row.newest().map_or(Key::None, Key::Number),
    },
    Column {
        name: "STAGES",
        width: Width::fill(8, 24, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.stages()),
        key: |row, _| Key::text(row.stages()),
    },
    Column {
        name: "ALIASES",
        width: Width::fill(8, 16, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.aliases()),
        key: |row, _| Key::text(row.aliases()),
    },
    Column {
        name: "CHANGED",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, scope| aged(scope.now, moment(row.model.last_updated_timestamp)),
        key: |row, _| time_key(row.model.last_updated_timestamp),
    },
    Column {
        name: "TAGS",
        width: Width::fill(8, 16, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(tags(&row.model.tags)),
        key: |row, _| Key::text(tags(&row.model.tags)),
    },
    Column {
        name: "DESCRIPTION",
        width: Width::fill(11, 24, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.model.description.as_str()),
        key: |row, _| Key::text(row.model.description.as_str()),
    },
];
