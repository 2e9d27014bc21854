//! How much care a context wants.

use serde::{Deserialize, Serialize};

/// How much care a context wants; the header shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Nothing was said.
    #[default]
    Plain,
    /// Production.
    Red,
    /// Staging.
    Yellow,
    /// Development.
    Green,
}
