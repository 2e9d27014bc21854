//! What MLflow's filters may name and compare, by kind of search and by version.

use crate::mlflow::models::PROMPT;

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Experiments.
    Experiments,
    /// Runs.
    Runs,
    /// Registered models.
    Models,
    /// Versions of registered models.
    Versions,
    /// Logged models, which MLflow 3 has.
    LoggedModels,
    /// Traces, which MLflow 3 has.
    Traces,
    /// Evaluation datasets, which MLflow 3 has.
    Datasets,
}

/// The filters of one kind of search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Language {
    /// What is searched for.
    pub kind: Kind,
    /// Whether MLflow is 3 or newer, which knows more.
    pub newer: bool,
}

/// What a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Entity {
    /// What each has.
    Attribute,
    /// A metric's last value.
    Metric,
    /// A parameter.
    Param,
    /// A tag.
    Tag,
    /// A dataset that a run used.
    Dataset,
    /// What was recorded beside a trace.
    Metadata,
}

/// What a field is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// A number.
    Number,
    /// A whole number: a version, or a time in milliseconds since 1970. MLflow 3 refuses others
    /// for a version.
    Whole,
    /// A text.
    Text,
    /// A text or a list of them; `without` says whether `NOT IN` is known too.
    List {
        /// Whether `NOT IN` is known.
        without: bool,
    },
    /// A text; it may also be missing.
    Missing,
    /// A number as a text, or a list of them: it is not compared by its letters.
    Id,
}

use Takes::{Id, List, Missing, Number, Text, Whole};

const NUMBER: &[&str] = &["=", "!=", ">", ">=", "<", "<="];
const TEXT: &[&str] = &["=", "!=", "LIKE", "ILIKE"];
const SOME_OF: &[&str] = &["=", "!=", "LIKE", "ILIKE", "IN"];
const SOME_OR_NONE_OF: &[&str] = &["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"];
const ID: &[&str] = &["=", "!=", "IN", "NOT IN"];
const MISSING: &[&str] = &["=", "!=", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL"];

impl Takes {
    /// Whether it is a number of either kind.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Number | Whole)
    }

    /// The operators.
    pub(super) fn operators(self) -> &'static [&'static str] {
        match self {
            Number | Whole => NUMBER,
            Text => TEXT,
            List { without: false } => SOME_OF,
            List { without: true } => SOME_OR_NONE_OF,
            Missing => MISSING,
            Id => ID,
        }
    }
}

const BOTH: Takes = List { without: true };

/// A whole comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    /// What it finds.
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) written: &'static str,
}

impl Language {
    /// The attributes that can be searched for, with what they are compared with.
    pub(super) fn attributes(self) -> &'static [(&'static str, Takes)] {
        match (self.kind, self.newer) {
            (Kind::Experiments, false) => &[
                ("name", Text),
                ("creation_time", Whole),
                ("last_update_time", Whole),
            ],
            (Kind::Experiments, true) => &[
                ("name", Text),
                ("experiment_id", Id),
                ("creation_time", Whole),
                ("last_update_time", Whole),
            ],
            (Kind::Runs, _) => &[
                ("run_name", Text),
                ("status", Text),
                ("start_time", Whole),
                ("end_time", Whole),
                ("user_id", Text),
                ("run_id", BOTH),
                ("artifact_uri", Text),
            ],
            (Kind::Models, false) => &[("name", Text)],
            (Kind::Models, true) => &[("name", List { without: false })],
            (Kind::Versions, false) => &[
                ("name", Text),
                ("version_number", Whole),
                ("run_id", List { without: false }),
                ("source_path", Text),
            ],
            (Kind::Versions, true) => &[
                ("name", List { without: false }),
                ("version_number", Whole),
                ("run_id", BOTH),
                ("source_path", Text),
            ],
            // A status is a number in MLflow's database, so that nothing matches it.
            (Kind::LoggedModels, _) => &[
                ("name", BOTH),
                ("model_id", BOTH),
                ("model_type", BOTH),
                ("source_run_id", BOTH),
                ("creation_timestamp", Whole),
                ("last_updated_timestamp", Whole),
            ],
            (Kind::Traces, _) => &[
                ("name", Text),
                ("status", BOTH),
                ("timestamp_ms", Whole),
                ("execution_time_ms", Whole),
                ("end_time_ms", Whole),
                ("request_id", BOTH),
                ("client_request_id", BOTH),
                ("run_id", Text),
            ],
            (Kind::Datasets, _) => &[
                ("name", List { without: false }),
                ("created_time", Whole),
                ("last_update_time", Whole),
                ("created_by", Text),
                ("last_updated_by", Text),
            ],
        }
    }

    /// What else than attributes a field may belong to.
    pub(super) fn entities(self) -> &'static [Entity] {
        match self.kind {
            Kind::Runs => &[Entity::Metric, Entity::Param, Entity::Tag, Entity::Dataset],
            Kind::LoggedModels => &[Entity::Metric, Entity::Param, Entity::Tag],
            Kind::Traces => &[Entity::Tag, Entity::Metadata],
            Kind::Experiments | Kind::Models | Kind::Versions | Kind::Datasets => &[Entity::Tag],
        }
    }

    /// What a field is compared with; nothing for an attribute that there is not.
    pub(super) fn takes(self, entity: Entity, key: &str) -> Option<Takes> {
        match entity {
            Entity::Attribute => self
                .attributes()
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, takes)| *takes),
            Entity::Metric => Some(Number),
            Entity::Dataset => Some(BOTH),
            Entity::Metadata => Some(Missing),
            Entity::Param | Entity::Tag if self.kind == Kind::LoggedModels => Some(BOTH),
            Entity::Param => Some(if self.newer { Missing } else { Text }),
            Entity::Tag => {
                let always = matches!(self.kind, Kind::Models | Kind::Versions | Kind::Datasets);
                let missing = self.newer && !always;
                Some(if missing { Missing } else { Text })
            }
        }
    }
}

impl Entity {
    /// What comes before the dot.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Attribute => "attributes",
            Self::Metric => "metrics",
            Self::Param => "params",
            Self::Tag => "tags",
            Self::Dataset => "datasets",
            Self::Metadata => "metadata",
        }
    }

    /// The entity of a word before a dot, whichever of MLflow's names for it.
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "attribute" | "attributes" | "attr" | "run" => Some(Self::Attribute),
            "metric" | "metrics" => Some(Self::Metric),
            "param" | "params" | "parameter" | "parameters" => Some(Self::Param),
            "tag" | "tags" => Some(Self::Tag),
            "dataset" | "datasets" => Some(Self::Dataset),
            "metadata" | "request_metadata" => Some(Self::Metadata),
            _ => None,
        }
    }

    /// The keys that there are without any row seen.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Dataset => &["name", "digest", "context"],
            _ => &[],
        }
    }
}

impl Language {
    /// What is known of a text's values without any row seen.
    pub(super) fn values(self, entity: Entity, key: &str) -> &'static [&'static str] {
        match (self.kind, entity, key) {
            (Kind::Runs, Entity::Attribute, "status") => {
                &["FINISHED", "RUNNING", "FAILED", "SCHEDULED", "KILLED"]
            }
            (Kind::Traces, Entity::Attribute, "status") => &["OK", "ERROR", "IN_PROGRESS"],
            (Kind::Models, Entity::Tag, PROMPT) if self.newer => &["true"],
            _ => &[],
        }
    }

    /// Whole comparisons that are worth offering. MLflow 3 leaves prompts out of the registered
    /// models unless they are asked for.
    pub(super) fn phrases(self) -> &'static [Phrase] {
        match (self.kind, self.newer) {
            (Kind::Models, true) => &[Phrase {
                name: "prompts",
                written: "tags.`mlflow.prompt.is_prompt` = 'true'",
            }],
            _ => &[],
        }
    }
}
