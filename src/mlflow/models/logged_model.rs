//! Logged models (MLflow 3).

use serde::{Deserialize, Serialize};

use super::{Metric, Pair, number::whole};

/// What a logged model is called and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedModelInfo {
    /// The id, `m-…`.
    pub model_id: String,
    /// The experiment it belongs to.
    #[serde(default)]
    pub experiment_id: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub creation_timestamp_ms: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub last_updated_timestamp_ms: i64,
    /// Where its artifacts are.
    #[serde(default)]
    pub artifact_uri: String,
    /// `LOGGED_MODEL_READY` and the like.
    #[serde(default)]
    pub status: String,
    /// What kind of model it is, as its maker said.
    #[serde(default)]
    pub model_type: String,
    /// The run that made it.
    #[serde(default)]
    pub source_run_id: String,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
}

/// What a logged model recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoggedModelData {
    /// Parameters.
    #[serde(default)]
    pub params: Vec<Pair>,
    /// Metrics.
    #[serde(default)]
    pub metrics: Vec<Metric>,
}

/// A logged model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoggedModel {
    /// What it is called and where it stands.
    pub info: LoggedModelInfo,
    /// What it recorded.
    #[serde(default)]
    pub data: LoggedModelData,
}
