//! Everything the built-in MLflow remembers, and the fingerprint that shows it did not change.

use std::collections::BTreeMap;

use bytes::Bytes;
use indexmap::IndexMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fault::Fault;

/// The state of the built-in MLflow: experiments, runs, registered models and artifacts.
#[derive(Debug, Default)]
pub struct Store {
    pub(super) experiments: IndexMap<String, Experiment>,
    pub(super) runs: IndexMap<String, Run>,
    pub(super) models: BTreeMap<String, Model>,
    pub(super) artifacts: BTreeMap<String, Bytes>,
    changes: u64,
}

impl Store {
    /// How many changes were made since the start; a refused or a reading call adds none.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// SHA-256 (hex) over every table and artifact: equal before and after means unchanged.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let tables = json!({
            "experiments": self.experiments,
            "runs": self.runs,
            "models": self.models,
        });
        hash.update(tables.to_string());
        for (path, content) in &self.artifacts {
            hash.update(path);
            hash.update([0]);
            hash.update(content);
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }

    /// Counts a change; called by whatever changes anything.
    pub(super) fn changed(&mut self) {
        self.changes = self.changes.saturating_add(1);
    }

    pub(super) fn experiment(&self, id: &str) -> Result<&Experiment, Fault> {
        self.experiments.get(id).ok_or_else(|| no_experiment(id))
    }

    pub(super) fn experiment_mut(&mut self, id: &str) -> Result<&mut Experiment, Fault> {
        self.experiments
            .get_mut(id)
            .ok_or_else(|| no_experiment(id))
    }

    pub(super) fn run(&self, id: &str) -> Result<&Run, Fault> {
        self.runs.get(id).ok_or_else(|| no_run(id))
    }

    pub(super) fn run_mut(&mut self, id: &str) -> Result<&mut Run, Fault> {
        self.runs.get_mut(id).ok_or_else(|| no_run(id))
    }

    /// A run that may be changed: there, and not deleted.
    pub(super) fn active_run(&mut self, id: &str) -> Result<&mut Run, Fault> {
        let run = self.run_mut(id)?;
        if run.lifecycle == Lifecycle::Deleted {
            return Err(Fault::invalid(format!(
                "The run {id} must be in the 'active' state. Current state is deleted."
            )));
        }
        Ok(run)
    }

    pub(super) fn model(&self, name: &str) -> Result<&Model, Fault> {
        self.models.get(name).ok_or_else(|| no_model(name))
    }

    pub(super) fn model_mut(&mut self, name: &str) -> Result<&mut Model, Fault> {
        self.models.get_mut(name).ok_or_else(|| no_model(name))
    }

    pub(super) fn version(&self, name: &str, version: &str) -> Result<&Version, Fault> {
        let number = version_number(version)?;
        self.models
            .get(name)
            .and_then(|model| model.versions.get(&number))
            .ok_or_else(|| no_version(name, version))
    }

    pub(super) fn version_mut(&mut self, name: &str, version: &str) -> Result<&mut Version, Fault> {
        let number = version_number(version)?;
        self.models
            .get_mut(name)
            .and_then(|model| model.versions.get_mut(&number))
            .ok_or_else(|| no_version(name, version))
    }
}

fn no_experiment(id: &str) -> Fault {
    Fault::missing(format!("No Experiment with id={id} exists"))
}

fn no_run(id: &str) -> Fault {
    Fault::missing(format!("Run with id={id} not found"))
}

fn no_model(name: &str) -> Fault {
    Fault::missing(format!("Registered Model with name={name} not found"))
}

fn no_version(name: &str, version: &str) -> Fault {
    Fault::missing(format!(
        "Model Version (name={name}, version={version}) not found"
    ))
}

fn version_number(version: &str) -> Result<u64, Fault> {
    version
        .parse()
        .map_err(|_| Fault::invalid(format!("Model version must be an integer, got '{version}'")))
}

/// Whether a thing is in use or in the bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Lifecycle {
    #[default]
    Active,
    Deleted,
}

impl Lifecycle {
    /// Whether `view` (`ACTIVE_ONLY`, `DELETED_ONLY`, `ALL`) shows it.
    pub(super) fn shown_in(self, view: &str) -> bool {
        match view {
            "ALL" | "3" => true,
            "DELETED_ONLY" | "2" => self == Self::Deleted,
            _ => self == Self::Active,
        }
    }
}

/// Tags, sorted by key as MLflow's answers are.
pub(super) type Tags = BTreeMap<String, String>;

/// `[{"key": …, "value": …}, …]`.
pub(super) fn pairs(tags: &Tags) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect()
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Experiment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) lifecycle: Lifecycle,
    pub(super) artifact_location: String,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) tags: Tags,
}

impl Experiment {
    pub(super) fn wire(&self) -> Value {
        let mut wire = json!({
            "experiment_id": self.id,
            "name": self.name,
            "artifact_location": self.artifact_location,
            "lifecycle_stage": self.lifecycle,
            "last_update_time": self.updated,
            "creation_time": self.created,
        });
        put(&mut wire, "tags", pairs(&self.tags));
        wire
    }
}

/// One measured value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Point {
    #[serde(serialize_with = "finite_or_text")]
    pub(super) value: f64,
    pub(super) timestamp: i64,
    pub(super) step: i64,
}

impl Point {
    pub(super) fn wire(&self, key: &str) -> Value {
        json!({"key": key, "value": wire_number(self.value), "timestamp": self.timestamp, "step": self.step})
    }
}

/// Protobuf's JSON writes what is not finite as text.
pub(super) fn wire_number(value: f64) -> Value {
    if value.is_finite() {
        return json!(value);
    }
    Value::String(
        match value {
            value if value.is_nan() => "NaN",
            value if value > 0.0 => "Infinity",
            _ => "-Infinity",
        }
        .to_owned(),
    )
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn finite_or_text<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    wire_number(*value).serialize(serializer)
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) experiment: String,
    pub(super) name: String,
    pub(super) user: String,
    pub(super) status: String,
    pub(super) started: i64,
    pub(super) ended: Option<i64>,
    pub(super) artifact_uri: String,
    pub(super) lifecycle: Lifecycle,
    pub(super) metrics: BTreeMap<String, Vec<Point>>,
    pub(super) params: Tags,
    pub(super) tags: Tags,
    pub(super) inputs: Vec<Value>,
}

impl Run {
    pub(super) fn info(&self) -> Value {
        let mut info = json!({
            "run_uuid": self.id,
            "experiment_id": self.experiment,
            "run_name": self.name,
            "user_id": self.user,
            "status": self.status,
            "start_time": self.started,
        });
        if let (Some(map), Some(ended)) = (info.as_object_mut(), self.ended) {
            map.insert("end_time".to_owned(), json!(ended));
        }
        put(&mut info, "artifact_uri", json!(self.artifact_uri));
        put(&mut info, "lifecycle_stage", json!(self.lifecycle));
        put(&mut info, "run_id", json!(self.id));
        info
    }

    fn data(&self) -> Value {
        let mut data = json!({});
        let metrics: Vec<Value> = self
            .metrics
            .keys()
            .filter_map(|key| Some(self.latest(key)?.wire(key)))
            .collect();
        put(&mut data, "metrics", Value::Array(metrics));
        put(&mut data, "params", pairs(&self.params));
        put(&mut data, "tags", pairs(&self.tags));
        data
    }

    /// The run as `runs/create` answers it.
    pub(super) fn created(&self) -> Value {
        json!({"info": self.info(), "data": self.data()})
    }

    /// The run as `runs/get` and `runs/search` answer it.
    pub(super) fn wire(&self) -> Value {
        let mut inputs = json!({});
        put(
            &mut inputs,
            "dataset_inputs",
            Value::Array(self.inputs.clone()),
        );
        json!({"info": self.info(), "data": self.data(), "inputs": inputs})
    }

    /// A metric's current value: highest step, then latest, then largest.
    pub(super) fn latest(&self, key: &str) -> Option<&Point> {
        self.metrics.get(key)?.iter().max_by(|left, right| {
            (left.step, left.timestamp)
                .cmp(&(right.step, right.timestamp))
                .then(left.value.total_cmp(&right.value))
        })
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) description: String,
    pub(super) tags: Tags,
    pub(super) aliases: BTreeMap<String, u64>,
    pub(super) versions: BTreeMap<u64, Version>,
}

impl Model {
    /// The newest version of each stage, oldest first.
    pub(super) fn latest(&self) -> Vec<&Version> {
        self.versions
            .values()
            .filter(|version| {
                !self
                    .versions
                    .values()
                    .any(|other| other.stage == version.stage && other.number > version.number)
            })
            .collect()
    }

    pub(super) fn wire(&self) -> Value {
        let mut wire = json!({
            "name": self.name,
            "creation_timestamp": self.created,
            "last_updated_timestamp": self.updated,
        });
        put(&mut wire, "description", json!(self.description));
        let latest: Vec<Value> = self.latest().iter().map(|version| version.wire()).collect();
        put(&mut wire, "latest_versions", Value::Array(latest));
        put(&mut wire, "tags", pairs(&self.tags));
        let aliases = self
            .aliases
            .iter()
            .map(|(alias, version)| json!({"alias": alias, "version": version.to_string()}))
            .collect();
        put(&mut wire, "aliases", aliases);
        wire
    }

    /// A version with the aliases that point at it, as `model-versions/get` answers it.
    pub(super) fn version_wire(&self, version: &Version) -> Value {
        let mut wire = version.wire();
        let aliases: Vec<Value> = self
            .aliases
            .iter()
            .filter(|(_, number)| **number == version.number)
            .map(|(alias, _)| json!(alias))
            .collect();
        put(&mut wire, "aliases", Value::Array(aliases));
        wire
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Version {
    pub(super) name: String,
    pub(super) number: u64,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) stage: String,
    pub(super) description: String,
    pub(super) source: String,
    pub(super) run_id: String,
    pub(super) run_link: String,
    pub(super) tags: Tags,
}

impl Version {
    pub(super) fn wire(&self) -> Value {
        let mut wire = json!({
            "name": self.name,
            "version": self.number.to_string(),
            "creation_timestamp": self.created,
            "last_updated_timestamp": self.updated,
            "current_stage": self.stage,
            "description": self.description,
            "source": self.source,
            "run_id": self.run_id,
            "status": "READY",
        });
        put(&mut wire, "tags", pairs(&self.tags));
        if let Some(map) = wire.as_object_mut() {
            map.insert("run_link".to_owned(), json!(self.run_link));
        }
        wire
    }
}

/// Sets a field unless its value is empty, as protobuf's JSON leaves out what is not set.
fn put(wire: &mut Value, name: &str, value: Value) {
    let empty = match &value {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Null => true,
        _ => false,
    };
    if let (false, Some(map)) = (empty, wire.as_object_mut()) {
        map.insert(name.to_owned(), value);
    }
}
