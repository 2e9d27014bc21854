//! Cognito's ways to say no, in Cognito's own words.

use http::StatusCode;

use crate::sandbox::call::Reply;

/// An error answer; always status 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The exception's name.
    pub(super) code: &'static str,
    /// The message.
    pub(super) message: String,
}

/// What an operation gives: the answer's body, or the refusal.
pub(super) type Answer<T = serde_json::Value> = Result<T, Refusal>;

impl Refusal {
    /// A refusal of any kind.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// `InvalidParameterException`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    /// `NotAuthorizedException`.
    pub(super) fn not_authorized(message: impl Into<String>) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    /// `ResourceNotFoundException`.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new("ResourceNotFoundException", message)
    }

    /// The wrong password, and whatever must look like one.
    pub(super) fn wrong_password() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    /// There is no such user.
    pub(super) fn no_user() -> Self {
        Self::new("UserNotFoundException", "User does not exist.")
    }

    /// The user was disabled.
    pub(super) fn disabled() -> Self {
        Self::not_authorized("User is disabled.")
    }

    /// There is no such group.
    pub(super) fn no_group() -> Self {
        Self::not_found("Group not found.")
    }

    /// The refusal on the wire.
    pub(super) fn reply(&self) -> Reply {
        Reply::json_error(StatusCode::BAD_REQUEST, self.code, &self.message)
    }
}
