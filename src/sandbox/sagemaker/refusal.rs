//! SageMaker's ways to say no.

use http::StatusCode;
use serde_json::Value;

use crate::sandbox::call::Reply;

/// An error answer; always status 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: &'static str,
    message: String,
}

/// What an operation gives: the answer's body, or the refusal.
pub(super) type Answer<T = Value> = Result<T, Refusal>;

impl Refusal {
    /// `ValidationException`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            code: "ValidationException",
            message: message.into(),
        }
    }

    /// `ResourceNotFound`.
    pub(super) fn not_found(kind: &str) -> Self {
        Self {
            code: "ResourceNotFound",
            message: format!("{kind} does not exist."),
        }
    }

    /// `ResourceInUse`.
    pub(super) fn in_use(message: impl Into<String>) -> Self {
        Self {
            code: "ResourceInUse",
            message: message.into(),
        }
    }

    /// A member of the wrong type.
    pub(super) fn malformed(member: &str) -> Self {
        Self {
            code: "SerializationException",
            message: format!("Unexpected type for {member}."),
        }
    }

    /// The refusal on the wire.
    pub(super) fn reply(&self) -> Reply {
        Reply::json_error(StatusCode::BAD_REQUEST, self.code, &self.message)
    }
}
