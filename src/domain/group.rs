//! A Cognito group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A Cognito group of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name, as it stands in the token's `cognito:groups`.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// Cognito's precedence (lower wins there; the sample's authorizer ignores it).
    pub precedence: Option<i32>,
    /// The IAM role of the group, where one is set.
    pub role_arn: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub modified_at: Option<Timestamp>,
}
