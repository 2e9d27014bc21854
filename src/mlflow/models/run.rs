//! Runs with what they recorded.

use serde::{Deserialize, Serialize};

use super::{Number, Pair, number::whole};

/// One metric's last value, or one point of its history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The name.
    pub key: String,
    /// The value.
    #[serde(default)]
    pub value: Number,
    /// When, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub timestamp: i64,
    /// The step.
    #[serde(default, deserialize_with = "whole")]
    pub step: i64,
    /// The run, where several were asked for at once.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run_id: String,
}

/// What a run is called and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default, deserialize_with = "whole")]
    pub start_time: i64,
    /// When it ended, in milliseconds since 1970; 0 while it runs.
    #[serde(default, deserialize_with = "whole")]
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

/// A dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// The name.
    #[serde(default)]
    pub name: String,
    /// What its content comes to, as a short hash.
    #[serde(default)]
    pub digest: String,
    /// What kind of place it came from.
    #[serde(default)]
    pub source_type: String,
    /// Where it came from.
    #[serde(default)]
    pub source: String,
    /// Its columns, as JSON.
    #[serde(default)]
    pub schema: String,
    /// Counts and the like, as JSON.
    #[serde(default)]
    pub profile: String,
}

/// A dataset as a run used it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetInput {
    /// What for: the tag `mlflow.data.context` says `training`, for example.
    #[serde(default)]
    pub tags: Vec<Pair>,
    /// The dataset.
    #[serde(default)]
    pub dataset: Dataset,
}

/// A logged model that a run used or made (MLflow 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInput {
    /// Its id.
    #[serde(default)]
    pub model_id: String,
    /// The step at which it was made; a model that was only used has none.
    #[serde(default, deserialize_with = "whole")]
    pub step: i64,
}

/// What a run used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInputs {
    /// Datasets.
    #[serde(default)]
    pub dataset_inputs: Vec<DatasetInput>,
    /// Logged models (MLflow 3).
    #[serde(default)]
    pub model_inputs: Vec<ModelInput>,
}

/// What a run made (MLflow 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOutputs {
    /// Logged models.
    #[serde(default)]
    pub model_outputs: Vec<ModelInput>,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What it is called and where it stands.
    pub info: RunInfo,
    /// What it recorded.
    #[serde(default)]
    pub data: RunData,
    /// What it used.
    #[serde(default)]
    pub inputs: RunInputs,
    /// What it made.
    #[serde(default)]
    pub outputs: RunOutputs,
}

/// A dataset that runs of an experiment used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSummary {
    /// The experiment.
    #[serde(default)]
    pub experiment_id: String,
    /// The dataset's name.
    #[serde(default)]
    pub name: String,
    /// Its digest.
    #[serde(default)]
    pub digest: String,
    /// What for.
    #[serde(default)]
    pub context: String,
}
