//! A Cognito group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How alike two names are that may be one mistyped, from 0 to 1.
const LIKE: f64 = 0.8;

/// The name that is the most like this one, where one is like it at all.
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    names
        .into_iter()
        .map(|known| {
            let like = strsim::jaro_winkler(&known.to_lowercase(), &wanted);
            (like, known)
        })
        .filter(|(like, _)| *like >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

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
