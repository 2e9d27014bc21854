//! MLflow's own shapes, with its field names. Only what the program shows; fields that it
//! does not know are left out of the type and lost.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A name with its value: a tag or a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The name.
    pub key: String,
    /// The value.
    #[serde(default)]
    pub value: String,
}

/// One metric's last value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The name.
    pub key: String,
    /// The value; `NaN` and the infinities come as text.
    pub value: Value,
    /// When, in milliseconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub timestamp: i64,
    /// The step.
    #[serde(default, deserialize_with = "number")]
    pub step: i64,
}

/// An experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default, deserialize_with = "number")]
    pub creation_time: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub last_update_time: i64,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
}

/// What a run is called and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The id.
    pub run_id: String,
    /// The name.
    #[serde(default)]
    pub run_name: String,
    /// The experiment it belongs to.
    #[serde(default)]
    pub experiment_id: String,
    /// `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`.
    #[serde(default)]
    pub status: String,
    /// Who made it, as the client said.
    #[serde(default)]
    pub user_id: String,
    /// When it started, in milliseconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub start_time: i64,
    /// When it ended, in milliseconds since 1970; 0 while it runs.
    #[serde(default, deserialize_with = "number")]
    pub end_time: i64,
    /// Where its artifacts are.
    #[serde(default)]
    pub artifact_uri: String,
    /// `active` or `deleted`.
    #[serde(default)]
    pub lifecycle_stage: String,
}

/// What a run recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunData {
    /// Last values of its metrics.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Parameters.
    #[serde(default)]
    pub params: Vec<Pair>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What it is called and where it stands.
    pub info: RunInfo,
    /// What it recorded.
    #[serde(default)]
    pub data: RunData,
}

/// A version of a registered model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelVersion {
    /// The registered model's name.
    pub name: String,
    /// The version, a number as text.
    pub version: String,
    /// The stage (`None`, `Staging`, `Production`, `Archived`).
    #[serde(default)]
    pub current_stage: String,
    /// `PENDING_REGISTRATION`, `FAILED_REGISTRATION` or `READY`.
    #[serde(default)]
    pub status: String,
    /// Where it came from.
    #[serde(default)]
    pub source: String,
    /// The run that made it; empty where there is none.
    #[serde(default)]
    pub run_id: String,
    /// The description.
    #[serde(default)]
    pub description: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub creation_timestamp: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub last_updated_timestamp: i64,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
}

/// A registered model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredModel {
    /// The name.
    pub name: String,
    /// The description.
    #[serde(default)]
    pub description: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub creation_timestamp: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub last_updated_timestamp: i64,
    /// The newest version of each stage.
    #[serde(default)]
    pub latest_versions: Vec<ModelVersion>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
}

/// A number that MLflow sends as one or, as protobuf does with 64 bits, as text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
        Nothing(()),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
        Either::Nothing(()) => Ok(0),
    }
}
