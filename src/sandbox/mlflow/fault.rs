//! What MLflow says when it refuses: an error code, a message and the status that goes with them.

use serde_json::json;

/// A refusal in MLflow's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    code: &'static str,
    message: String,
}

impl Fault {
    /// The input is wrong: 400 `INVALID_PARAMETER_VALUE`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("INVALID_PARAMETER_VALUE", message)
    }

    /// The thing is not there: 404 `RESOURCE_DOES_NOT_EXIST`.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new("RESOURCE_DOES_NOT_EXIST", message)
    }

    /// The thing is there already: 400 `RESOURCE_ALREADY_EXISTS`.
    pub(super) fn exists(message: impl Into<String>) -> Self {
        Self::new("RESOURCE_ALREADY_EXISTS", message)
    }

    /// A refusal with any of MLflow's error codes.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The HTTP status MLflow 2.12.2 sends with this error code.
    pub(super) fn status(&self) -> u16 {
        match self.code {
            "RESOURCE_DOES_NOT_EXIST" => 404,
            "INTERNAL_ERROR" => 500,
            "NOT_IMPLEMENTED" => 501,
            _ => 400,
        }
    }

    /// The body, spaced as Python's `json.dumps` does.
    pub(super) fn body(&self) -> String {
        format!(
            "{{\"error_code\": \"{}\", \"message\": {}}}",
            self.code,
            json!(self.message)
        )
    }
}
