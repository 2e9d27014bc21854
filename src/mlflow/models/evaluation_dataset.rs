//! Evaluation datasets (MLflow 3): questions with what a good answer to them is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Pair,
    number::whole,
    text::{quoted, text},
};

/// An evaluation dataset. Its tags, schema and profile are JSON in texts, as MLflow sends them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationDataset {
    /// The id, `d-…`.
    pub dataset_id: String,
    /// The name.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// Tags: an object.
    #[serde(default, deserialize_with = "text")]
    pub tags: String,
    /// Which fields its records have, and of which types: an object.
    #[serde(default, deserialize_with = "text")]
    pub schema: String,
    /// How many records it has: an object.
    #[serde(default, deserialize_with = "text")]
    pub profile: String,
    /// What its content comes to, as a short hash.
    #[serde(default, deserialize_with = "text")]
    pub digest: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub created_time: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub last_update_time: i64,
    /// Who created it, as the client said.
    #[serde(default, deserialize_with = "text")]
    pub created_by: String,
    /// Who last changed it, as the client said.
    #[serde(default, deserialize_with = "text")]
    pub last_updated_by: String,
}

impl EvaluationDataset {
    /// How many records it has, where it says so; one that never had any says nothing.
    pub fn records(&self) -> Option<i64> {
        quoted(&self.profile).get("num_records")?.as_i64()
    }

    /// Its tags as pairs.
    pub fn tags(&self) -> Vec<Pair> {
        pairs(&quoted(&self.tags))
    }
}

/// One record of an evaluation dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DatasetRecord {
    /// The id, `dr-…`.
    pub dataset_record_id: String,
    /// The dataset that it belongs to.
    #[serde(default, deserialize_with = "text")]
    pub dataset_id: String,
    /// What is asked.
    #[serde(default)]
    pub inputs: Value,
    /// What was answered, where that was kept; an empty object where it was not.
    #[serde(default)]
    pub outputs: Value,
    /// What a good answer is.
    #[serde(default)]
    pub expectations: Value,
    /// Tags.
    #[serde(default)]
    pub tags: Value,
    /// Where it comes from, as MLflow sends it.
    #[serde(default)]
    pub source: Value,
    /// `HUMAN`, `TRACE`, `DOCUMENT` or `CODE`.
    #[serde(default, deserialize_with = "text")]
    pub source_type: String,
    /// Which of them, such as the trace.
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "String::is_empty"
    )]
    pub source_id: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub created_time: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub last_update_time: i64,
    /// Who created it, as the client said.
    #[serde(default, deserialize_with = "text")]
    pub created_by: String,
    /// Who last changed it, as the client said.
    #[serde(default, deserialize_with = "text")]
    pub last_updated_by: String,
}

impl DatasetRecord {
    /// Its tags as pairs.
    pub fn tags(&self) -> Vec<Pair> {
        pairs(&self.tags)
    }

    /// What kind of place it comes from, and which.
    pub fn origin(&self) -> String {
        format!("{} {}", self.source_type, self.source_id)
            .trim()
            .to_owned()
    }
}

/// A value in one line: a text as it is, nothing for what is empty, else JSON.
pub fn in_line(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(fields) if fields.is_empty() => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The fields of an object as pairs.
fn pairs(object: &Value) -> Vec<Pair> {
    let fields = object.as_object().into_iter().flatten();
    fields
        .map(|(key, value)| Pair {
            key: key.clone(),
            value: in_line(value),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_mlflow_quotes_is_read() {
        let dataset: EvaluationDataset = serde_json::from_value(json!({
            "dataset_id": "d-1",
            "name": "questions",
            "tags": "{\"team\": \"pricing\", \"n\": 3}",
            "profile": "{\"num_records\": 3}",
            "created_time": "1795850487693",
            "created_by": null,
        }))
        .unwrap();
        assert_eq!(dataset.records(), Some(3));
        assert_eq!(dataset.created_time, 1_795_850_487_693);
        let tags: Vec<String> = dataset
            .tags()
            .iter()
            .map(|tag| format!("{}={}", tag.key, tag.value))
            .collect();
        assert_eq!(tags, ["team=pricing", "n=3"]);
    }

    #[test]
    fn odd_values_say_nothing() {
        for odd in ["", "no json", "[1]", "null", "{\"num_records\": \"many\"}"] {
            let dataset = EvaluationDataset {
                tags: odd.to_owned(),
                profile: odd.to_owned(),
                ..EvaluationDataset::default()
            };
            assert_eq!(dataset.records(), None, "{odd}");
            assert!(dataset.tags().len() < 2, "{odd}");
        }
        let record: DatasetRecord = serde_json::from_value(json!({
            "dataset_record_id": "dr-1", "tags": 7, "inputs": [1], "source_type": null,
        }))
        .unwrap();
        assert!(record.tags().is_empty());
        assert_eq!(record.origin(), "");
        assert_eq!(in_line(&record.inputs), "[1]");
        assert_eq!(in_line(&json!({})), "");
    }
}
