//! MLflow's own shapes, with its field names: one file a noun. Only what the program shows;
//! fields that it does not know are left out of the type and lost.
//!
//! Everything that MLflow may leave out has a default, since it leaves out whatever is empty.

mod artifact;
mod evaluation_dataset;
mod experiment;
mod logged_model;
mod number;
mod registry;
mod run;
mod span;
mod text;
mod trace;

use serde::{Deserialize, Serialize};

pub use artifact::{Artifact, Artifacts};
pub use evaluation_dataset::{DatasetRecord, EvaluationDataset, in_line};
pub use experiment::Experiment;
pub use logged_model::{LoggedModel, LoggedModelData, LoggedModelInfo};
pub use number::Number;
pub use registry::{Alias, ModelVersion, RegisteredModel};
pub use run::{
    Dataset, DatasetInput, DatasetSummary, Metric, ModelInput, Run, RunData, RunInfo, RunInputs,
    RunOutputs,
};
pub use span::{Span, SpanEvent, SpanState, hex_id};
pub use trace::{Trace, TraceInfo};

/// A name with its value: a tag or a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The name.
    pub key: String,
    /// The value.
    #[serde(default)]
    pub value: String,
}

/// The value of a tag or parameter.
pub fn value_of<'a>(pairs: &'a [Pair], key: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|pair| pair.key == key)
        .map(|pair| pair.value.as_str())
}

/// The tag that holds the description of an experiment or a run.
pub const NOTE: &str = "mlflow.note.content";
/// The tag that names a run's parent.
pub const PARENT: &str = "mlflow.parentRunId";
/// The tag that makes a registered model a prompt.
pub const PROMPT: &str = "mlflow.prompt.is_prompt";
