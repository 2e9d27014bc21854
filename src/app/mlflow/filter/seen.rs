//! What loaded rows have: the keys and values that a filter is completed with.

use std::collections::{BTreeMap, BTreeSet};

use super::language::Entity;
use crate::mlflow::models::{
    EvaluationDataset, Experiment, LoggedModel, ModelVersion, Pair, RegisteredModel, Run, TraceInfo,
};

/// The most keys that are kept of an entity.
const KEYS: usize = 20_000;
/// The most values that are kept of a key.
const VALUES: usize = 20;
/// Longer values are not worth completing, in bytes.
const LONGEST: usize = 80;
/// What says which run a trace was made in.
const SOURCE_RUN: &str = "mlflow.sourceRun";

/// The keys of loaded rows, with some of their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    keys: BTreeMap<Entity, BTreeMap<String, BTreeSet<String>>>,
}

impl Seen {
    /// Notes what a run has.
    pub fn run(&mut self, run: &Run) {
        let info = &run.info;
        self.attribute("run_name", &info.run_name);
        self.attribute("run_id", &info.run_id);
        self.attribute("user_id", &info.user_id);
        for metric in &run.data.metrics {
            self.note(Entity::Metric, &metric.key, None);
        }
        self.pairs(Entity::Param, &run.data.params);
        self.pairs(Entity::Tag, &run.data.tags);
        for input in &run.inputs.dataset_inputs {
            self.note(Entity::Dataset, "name", Some(&input.dataset.name));
            self.note(Entity::Dataset, "digest", Some(&input.dataset.digest));
            for tag in input
                .tags
                .iter()
                .filter(|tag| tag.key == "mlflow.data.context")
            {
                self.note(Entity::Dataset, "context", Some(&tag.value));
            }
        }
    }

    /// Notes what an experiment has.
    pub fn experiment(&mut self, experiment: &Experiment) {
        self.attribute("name", &experiment.name);
        self.attribute("experiment_id", &experiment.experiment_id);
        self.pairs(Entity::Tag, &experiment.tags);
    }

    /// Notes what a registered model has.
    pub fn model(&mut self, model: &RegisteredModel) {
        self.attribute("name", &model.name);
        self.pairs(Entity::Tag, &model.tags);
    }

    /// Notes what a version of a registered model has.
    pub fn version(&mut self, version: &ModelVersion) {
        self.attribute("name", &version.name);
        self.attribute("run_id", &version.run_id);
        self.attribute("source_path", &version.source);
        self.pairs(Entity::Tag, &version.tags);
    }

    /// Notes what a logged model has.
    pub fn logged_model(&mut self, model: &LoggedModel) {
        let info = &model.info;
        self.attribute("name", &info.name);
        self.attribute("model_id", &info.model_id);
        self.attribute("model_type", &info.model_type);
        self.attribute("source_run_id", &info.source_run_id);
        for metric in &model.data.metrics {
            self.note(Entity::Metric, &metric.key, None);
        }
        self.pairs(Entity::Param, &model.data.params);
        self.pairs(Entity::Tag, &info.tags);
    }

    /// Notes what a trace has.
    pub fn trace(&mut self, trace: &TraceInfo) {
        self.attribute("request_id", &trace.trace_id);
        for (key, value) in &trace.tags {
            self.note(Entity::Tag, key, Some(value));
        }
        self.attribute("name", trace.name());
        for (key, value) in &trace.trace_metadata {
            self.note(Entity::Metadata, key, Some(value));
        }
        if let Some(run) = trace.trace_metadata.get(SOURCE_RUN) {
            self.attribute("run_id", run);
        }
    }

    /// Notes what an evaluation dataset has.
    pub fn dataset(&mut self, dataset: &EvaluationDataset) {
        self.attribute("name", &dataset.name);
        self.attribute("created_by", &dataset.created_by);
        self.attribute("last_updated_by", &dataset.last_updated_by);
        self.pairs(Entity::Tag, &dataset.tags());
    }

    /// The keys of an entity, in order.
    pub(super) fn keys(&self, entity: Entity) -> impl Iterator<Item = &str> {
        self.keys
            .get(&entity)
            .into_iter()
            .flat_map(BTreeMap::keys)
            .map(String::as_str)
    }

    /// Some values of a key, in order.
    pub(super) fn values(&self, entity: Entity, key: &str) -> impl Iterator<Item = &str> {
        self.keys
            .get(&entity)
            .and_then(|keys| keys.get(key))
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    fn pairs(&mut self, entity: Entity, pairs: &[Pair]) {
        for pair in pairs {
            self.note(entity, &pair.key, Some(&pair.value));
        }
    }

    fn attribute(&mut self, key: &str, value: &str) {
        self.note(Entity::Attribute, key, Some(value));
    }

    fn note(&mut self, entity: Entity, key: &str, value: Option<&str>) {
        let keys = self.keys.entry(entity).or_default();
        if !keys.contains_key(key) {
            if keys.len() >= KEYS {
                return;
            }
            keys.insert(key.to_owned(), BTreeSet::new());
        }
        let worth = |value: &&str| !value.is_empty() && value.len() <= LONGEST;
        if let (Some(values), Some(value)) = (keys.get_mut(key), value.filter(worth))
            && values.len() < VALUES
            && !values.contains(value)
        {
            values.insert(value.to_owned());
        }
    }
}
