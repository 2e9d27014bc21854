//! A thing of MLflow's that is to be changed, as it was last seen.

use crate::{
    browse::Seen,
    mlflow::models::{Experiment, ModelVersion, NOTE, Pair, RegisteredModel, Run, value_of},
};

/// A thing, as it was last seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// An experiment.
    Experiment(Box<Experiment>),
    /// A run.
    Run(Box<Run>),
    /// A registered model.
    Model(Box<RegisteredModel>),
    /// A version.
    Version(Box<ModelVersion>),
}

impl Held {
    /// The same, lent.
    pub fn seen(&self) -> Seen<'_> {
        match self {
            Self::Experiment(experiment) => Seen::Experiment(experiment),
            Self::Run(run) => Seen::Run(run),
            Self::Model(model) => Seen::Model(model),
            Self::Version(version) => Seen::Version(version),
        }
    }

    fn pairs(&self) -> &[Pair] {
        match self {
            Self::Experiment(experiment) => &experiment.tags,
            Self::Run(run) => &run.data.tags,
            Self::Model(model) => &model.tags,
            Self::Version(version) => &version.tags,
        }
    }

    /// The names of its tags.
    pub fn tags(&self) -> Vec<String> {
        self.pairs().iter().map(|pair| pair.key.clone()).collect()
    }

    /// The names that it, or its versions, have.
    pub fn aliases(&self) -> Vec<String> {
        match self {
            Self::Model(model) => model
                .aliases
                .iter()
                .map(|alias| alias.alias.clone())
                .collect(),
            Self::Version(version) => version.aliases.clone(),
            Self::Experiment(_) | Self::Run(_) => Vec::new(),
        }
    }

    /// Its description.
    pub fn description(&self) -> String {
        match self {
            Self::Model(model) => model.description.clone(),
            Self::Version(version) => version.description.clone(),
            Self::Experiment(_) | Self::Run(_) => {
                value_of(self.pairs(), NOTE).unwrap_or_default().to_owned()
            }
        }
    }

    /// Its name.
    pub fn name(&self) -> String {
        match self {
            Self::Experiment(experiment) => experiment.name.clone(),
            Self::Run(run) => run.info.run_name.clone(),
            Self::Model(model) => model.name.clone(),
            Self::Version(version) => version.version.clone(),
        }
    }

    /// Where a model that it made usually is.
    pub fn source(&self) -> String {
        match self {
            Self::Run(run) => format!("{}/model", run.info.artifact_uri),
            _ => String::new(),
        }
    }
}
