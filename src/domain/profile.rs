//! A SageMaker Studio user profile.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A Studio user profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The domain it belongs to.
    pub domain_id: String,
    /// The name.
    pub name: String,
    /// The ARN, once described.
    pub arn: Option<String>,
    /// SageMaker's status word (`InService`, `Pending`, …).
    pub status: String,
    /// The effective execution role's ARN, once described.
    pub execution_role: Option<String>,
    /// True where the role is the domain's default, not the profile's own.
    pub role_from_domain: bool,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub modified_at: Option<Timestamp>,
}
