//! Lambda's ways to say no.

use http::StatusCode;
use serde_json::json;

use crate::sandbox::call::{ERROR_TYPE, Reply};

/// An error answer in Lambda's shape: `{"Type":"User","Message":…}`.
pub(super) fn refusal(status: StatusCode, code: &str, message: &str) -> Reply {
    Reply::new(
        status,
        "application/json",
        json!({"Type": "User", "Message": message}).to_string(),
    )
    .header(ERROR_TYPE, code)
}

/// There is no such function, or no such version of it.
pub(super) fn not_found(arn: &str) -> Reply {
    refusal(
        StatusCode::NOT_FOUND,
        "ResourceNotFoundException",
        &format!("Function not found: {arn}"),
    )
}

/// A parameter has a value that it cannot have.
pub(super) fn invalid(message: &str) -> Reply {
    refusal(
        StatusCode::BAD_REQUEST,
        "InvalidParameterValueException",
        message,
    )
}

/// The function is not what the caller has seen.
pub(super) fn changed() -> Reply {
    refusal(
        StatusCode::PRECONDITION_FAILED,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the \
         GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
}

/// Another change is under way.
pub(super) fn busy(arn: &str) -> Reply {
    refusal(
        StatusCode::CONFLICT,
        "ResourceConflictException",
        &format!(
            "The operation cannot be performed at this time. An update is in progress for \
             resource: {arn}"
        ),
    )
}
