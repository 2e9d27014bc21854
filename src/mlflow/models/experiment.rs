//! Experiments.

use serde::{Deserialize, Serialize};

use super::{Pair, number::whole};

/// An experiment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experiment {
    /// The id.
    pub experiment_id: String,
    /// The name.
    pub name: String,
    /// Where its artifacts are.
    #[serde(default)]
    pub artifact_location: String,
    /// `active` or `deleted`.
    #[serde(default)]
    pub lifecycle_stage: String,
    /// When it was created, in milliseconds since 1970; 0 where MLflow does not know.
    #[serde(default, deserialize_with = "whole")]
    pub creation_time: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub last_update_time: i64,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
    /// The workspace it belongs to, where MLflow has workspaces (MLflow 3).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub workspace: String,
}
