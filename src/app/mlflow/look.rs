//! What is looked at in MLflow, and what is found there.

use crate::{
    domain::{Failure, Principal},
    mlflow::{
        Search, SearchRuns, View,
        models::{
            Artifacts, DatasetRecord, EvaluationDataset, Experiment, LoggedModel, ModelVersion,
            RegisteredModel, Run, Trace, TraceInfo,
        },
    },
};

/// One look: at what, as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// As whom.
    pub principal: Principal,
    /// At what.
    pub page: Page,
}

/// What can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Experiments.
    Experiments(View, Search),
    /// Runs of some experiments.
    Runs(SearchRuns),
    /// One run.
    Run(String),
    /// A folder of a run's artifacts, and all folders in it that are open.
    Artifacts {
        /// The run.
        run: String,
        /// The folders whose content is shown; the root is always.
        folders: Vec<String>,
    },
    /// Registered models.
    Models(Search),
    /// Versions of a registered model, the newest first.
    Versions(String, Search),
    /// Logged models of some experiments.
    LoggedModels(Vec<String>, Search),
    /// Traces of some experiments.
    Traces(Vec<String>, Search),
    /// One trace with its spans.
    Trace(String),
    /// Evaluation datasets of some experiments.
    Datasets(Vec<String>, Search),
    /// The records of an evaluation dataset, the oldest first.
    Records(String, Search),
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Experiments.
    Experiments(Vec<Experiment>),
    /// Runs.
    Runs(Vec<Run>),
    /// One run.
    Run(Box<Run>),
    /// The content of folders, by their paths.
    Artifacts(Vec<(String, Artifacts)>),
    /// Registered models.
    Models(Vec<RegisteredModel>),
    /// Versions with the model that they are of.
    Versions(Box<RegisteredModel>, Vec<ModelVersion>),
    /// Logged models.
    LoggedModels(Vec<LoggedModel>),
    /// Traces.
    Traces(Vec<TraceInfo>),
    /// One trace.
    Trace(Box<Trace>),
    /// Evaluation datasets.
    Datasets(Vec<EvaluationDataset>),
    /// Records with the dataset that they are of.
    Records(Box<EvaluationDataset>, Vec<DatasetRecord>),
}

/// What was seen of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// What was found.
    pub found: Found,
    /// What the next page begins with.
    pub next: Option<String>,
    /// What somebody else found in the same place, or why nothing.
    pub beside: Option<Result<Found, Failure>>,
}
