//! Registered models and their versions.

use serde::{Deserialize, Serialize};

use super::{Pair, number::whole};

/// A name for a version of a registered model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The name.
    pub alias: String,
    /// The version, a number as text.
    #[serde(default)]
    pub version: String,
}

/// A version of a registered model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Why registration failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status_message: String,
    /// Where it came from.
    #[serde(default)]
    pub source: String,
    /// The run that made it; empty where there is none.
    #[serde(default)]
    pub run_id: String,
    /// Where that run is shown, as its maker said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run_link: String,
    /// The logged model that it is made of (MLflow 3).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model_id: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user_id: String,
    /// The description.
    #[serde(default)]
    pub description: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub creation_timestamp: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub last_updated_timestamp: i64,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
    /// Its aliases; a search leaves them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A registered model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredModel {
    /// The name.
    pub name: String,
    /// The description.
    #[serde(default)]
    pub description: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub creation_timestamp: i64,
    /// When it was last changed, in milliseconds since 1970.
    #[serde(default, deserialize_with = "whole")]
    pub last_updated_timestamp: i64,
    /// The newest version of each stage.
    #[serde(default)]
    pub latest_versions: Vec<ModelVersion>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Pair>,
    /// Names for versions.
    #[serde(default)]
    pub aliases: Vec<Alias>,
}
