//! A SageMaker Studio space.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A Studio space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// The domain it belongs to.
    pub domain_id: String,
    /// The name.
    pub name: String,
    /// SageMaker's status word.
    pub status: String,
    /// The profile that owns it.
    pub owner: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
}
