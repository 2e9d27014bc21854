//! What can go wrong with a call, as classes with a next step each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of a failed call; what to do next follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "class")]
pub enum ErrorClass {
    /// The service asked to slow down; retried already.
    Throttled,
    /// The caller lacks a right.
    Denied {
        /// The IAM action that is missing, for example `iam:GetRolePolicy`.
        action: Option<String>,
    },
    /// The thing does not exist.
    NotFound,
    /// The thing exists already, or is in use.
    Conflict,
    /// Credentials or a session ran out.
    Expired,
    /// The request or the input is wrong.
    Invalid,
    /// No connection: DNS, refused, cut, TLS, timeout.
    Network,
    /// The service answered, but not usefully (5xx, HTML, malformed).
    Unavailable,
    /// The user (or a signal) stopped it.
    Cancelled,
    /// The console runs read-only and this would write.
    ReadOnly,
}

/// A failed call: its class, what was being done, and what the service said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class.
    #[serde(flatten)]
    pub class: ErrorClass,
    /// What was being done, as a phrase: `listing the users of pool us-west-2_x`.
    pub doing: String,
    /// What the service, or the system, said. Never contains a secret.
    pub message: String,
    /// What to do instead of the class's usual next step.
    #[serde(skip)]
    pub advice: Option<String>,
    /// The service's request id, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Failure {
    /// A failure of `class` while `doing`, with what was said.
    pub fn new(class: ErrorClass, doing: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class,
            doing: doing.into(),
            message: message.into(),
            advice: None,
            request_id: None,
        }
    }

    /// Wrong input: the message names the field (and file), `advice` the next step.
    pub fn invalid(doing: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Invalid, doing, message)
    }

    /// The same failure with a next step of its own.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// What the user can do about it, one sentence.
    pub fn next_step(&self) -> String {
        if let Some(advice) = &self.advice {
            return advice.clone();
        }
        match &self.class {
            ErrorClass::Throttled => "wait a moment, then try again".into(),
            ErrorClass::Denied {
                action: Some(action),
            } => {
                format!("ask for the IAM action {action}, or give the value yourself")
            }
            ErrorClass::Denied { action: None } => "ask for the right that is missing".into(),
            ErrorClass::NotFound => "check the name, the region and the account".into(),
            ErrorClass::Conflict => "refresh and look at what is there now".into(),
            ErrorClass::Expired => {
                "renew your AWS session, for example with `aws sso login`".into()
            }
            ErrorClass::Invalid => "correct the input and try again".into(),
            ErrorClass::Network => "check the network, the endpoint and the region".into(),
            ErrorClass::Unavailable => "try again; if it stays, look at the service's logs".into(),
            ErrorClass::Cancelled => "run it again to go on".into(),
            ErrorClass::ReadOnly => "start without --read-only to change anything".into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.message)?;
        if let ErrorClass::Denied {
            action: Some(action),
        } = &self.class
        {
            write!(f, " (missing {action})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
