//! Artifacts.

use serde::{Deserialize, Serialize};

use super::number::whole;

/// A file or folder of a run's artifacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The path below the run's artifacts, parted by `/`.
    pub path: String,
    /// Whether it is a folder.
    #[serde(default)]
    pub is_dir: bool,
    /// The size in bytes; 0 for a folder.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "is_zero")]
    pub file_size: i64,
}

/// One folder's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifacts {
    /// Where the run's artifacts are.
    #[serde(default)]
    pub root_uri: String,
    /// What the folder holds.
    #[serde(default)]
    pub files: Vec<Artifact>,
    /// What to ask for the next page with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(size: &i64) -> bool {
    *size == 0
}
