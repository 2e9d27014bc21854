//! Errors of the SDK as [`Failure`]s: by error code and status, never by the type of the
//! operation, so that every adapter maps alike.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use jiff::Timestamp;

use super::connect::no_credentials;
use crate::domain::{ErrorClass, Failure};

/// What one call was for: the phrase for the message, and the IAM action it needs.
#[derive(Clone, Debug)]
pub(crate) struct Attempted {
    /// The IAM action, as `service:Action`.
    pub(crate) action: &'static str,
    /// What was being done, as a phrase.
    pub(crate) doing: String,
}

impl Attempted {
    /// A call that needs `action`.
    pub(crate) fn new(action: &'static str, doing: impl Into<String>) -> Self {
        Self {
            action,
            doing: doing.into(),
        }
    }

    /// The failure that `error` is.
    pub(crate) fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> Failure
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let request_id = error.request_id().map(ToOwned::to_owned);
        let mut failure = self.classify(error);
        failure.request_id = request_id;
        failure
    }

    /// An answer that lacks what it must have.
    pub(crate) fn incomplete(&self, what: &str) -> Failure {
        Failure::new(
            ErrorClass::Unavailable,
            &self.doing,
            format!("the answer has no {what}"),
        )
    }

    fn classify<E>(&self, error: &SdkError<E, HttpResponse>) -> Failure
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        if let Some(credentials) = cause::<CredentialsError>(error) {
            let mut failure = no_credentials(credentials, None);
            failure.doing.clone_from(&self.doing);
            return failure;
        }
        match error {
            SdkError::ServiceError(service) => {
                let raw = service.raw();
                let status = raw.status().as_u16();
                let meta = service.err().meta();
                let (Some(code), false) = (meta.code(), is_html(raw)) else {
                    return self.without_code(raw, meta.message());
                };
                let message = meta.message().unwrap_or(code);
                self.by_code(code, message, status, raw)
            }
            SdkError::ResponseError(response) => self.without_code(response.raw(), None),
            SdkError::TimeoutError(_) => {
                Failure::new(ErrorClass::Network, &self.doing, "no answer in time")
            }
            SdkError::DispatchFailure(dispatch) => {
                let said = dispatch
                    .as_connector_error()
                    .map_or_else(|| chain(error), |connector| chain(connector));
                Failure::new(ErrorClass::Network, &self.doing, said)
            }
            other => Failure::invalid(&self.doing, chain(other)),
        }
    }

    /// By the service's error code; by status where the code says nothing to us.
    fn by_code(&self, code: &str, message: &str, status: u16, raw: &HttpResponse) -> Failure {
        // XML services send `AccessDenied`, JSON services `AccessDeniedException`.
        let name = code.strip_suffix("Exception").unwrap_or(code);
        if is_skew(name, message) {
            return self.skewed(message, raw);
        }
        let class = match name {
            "Throttling"
            | "Throttled"
            | "TooManyRequests"
            | "LimitExceeded"
            | "RequestLimitExceeded"
            | "SlowDown"
            | "ThrottledException"
            | "RequestThrottled"
            | "BandwidthLimitExceeded" => {
                // `LimitExceeded` is a quota of things at IAM (409), a rate elsewhere.
                if name == "LimitExceeded" && status == 409 {
                    ErrorClass::Conflict
                } else {
                    ErrorClass::Throttled
                }
            }
            "AccessDenied" | "Forbidden" | "UnauthorizedOperation" | "AuthorizationError" => {
                self.denied(message)
            }
            "NotAuthorized" if message.contains("not authorized to perform") => {
                self.denied(message)
            }
            "ExpiredToken"
            | "RequestExpired"
            | "UnrecognizedClient"
            | "InvalidClientTokenId"
            | "InvalidToken"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "InvalidSignature"
            | "SignatureDoesNotMatch"
            | "InvalidAccessKeyId" => ErrorClass::Expired,
            "ResourceNotFound" | "NotFound" | "NoSuchEntity" | "UserNotFound"
            | "ParameterNotFound" => ErrorClass::NotFound,
            "Validation" if is_gone(message) => ErrorClass::NotFound,
            "ResourceInUse"
            | "ResourceLimitExceeded"
            | "ResourceConflict"
            | "Conflict"
            | "EntityAlreadyExists"
            | "DeleteConflict"
            | "ConcurrentModification"
            | "PreconditionFailed"
            | "UsernameExists"
            | "GroupExists"
            | "AliasExists" => ErrorClass::Conflict,
            _ => match status {
                401 | 403 => self.denied(message),
                404 => ErrorClass::NotFound,
                409 => ErrorClass::Conflict,
                429 => ErrorClass::Throttled,
                400..=499 => ErrorClass::Invalid,
                _ => ErrorClass::Unavailable,
            },
        };
        let message = if message == code {
            code.to_owned()
        } else {
            format!("{message} ({code})")
        };
        Failure::new(class, &self.doing, message)
    }

    fn denied(&self, message: &str) -> ErrorClass {
        let action = missing_action(message).unwrap_or(self.action).to_owned();
        ErrorClass::Denied {
            action: Some(action),
        }
    }

    /// An answer that is not of the protocol: a proxy's page, a cut body, a bare status.
    fn without_code(&self, raw: &HttpResponse, message: Option<&str>) -> Failure {
        let status = raw.status().as_u16();
        let kind = if is_html(raw) {
            "an HTML page"
        } else {
            "something that is not an answer of the service"
        };
        let class = if status == 429 {
            ErrorClass::Throttled
        } else {
            ErrorClass::Unavailable
        };
        let said = message.map_or_else(String::new, |message| format!(": {message}"));
        Failure::new(
            class,
            &self.doing,
            format!("the endpoint answered {status} with {kind}{said}"),
        )
        .advise("look for a proxy or a wrong endpoint URL between here and AWS")
    }

    fn skewed(&self, message: &str, raw: &HttpResponse) -> Failure {
        let difference = raw
            .headers()
            .get("date")
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .map(|theirs| theirs.timestamp().as_second() - Timestamp::now().as_second());
        let clock = match difference {
            Some(seconds) if seconds.abs() > 60 => format!(
                "this machine's clock is {} {} AWS's",
                in_words(seconds.abs()),
                if seconds > 0 { "behind" } else { "ahead of" }
            ),
            _ => "this machine's clock differs from AWS's".to_owned(),
        };
        Failure::new(
            ErrorClass::Expired,
            &self.doing,
            format!("{clock}: {message}"),
        )
        .advise("set this machine's clock (NTP), then try again")
    }
}

/// Whether an error speaks of the clock.
fn is_skew(name: &str, message: &str) -> bool {
    matches!(name, "RequestTimeTooSkewed" | "RequestInTheFuture")
        || (matches!(
            name,
            "InvalidSignature" | "SignatureDoesNotMatch" | "AuthFailure" | "RequestExpired"
        ) && ["Signature expired", "Signature not yet current", "skew"]
            .iter()
            .any(|sign| message.contains(sign)))
}

/// Whether a validation error says that the thing is not there any more: SageMaker has no
/// code of its own for an app that was deleted, or taken away when it failed.
fn is_gone(message: &str) -> bool {
    ["has already been deleted", "was automatically deleted"]
        .iter()
        .any(|sign| message.contains(sign))
}

/// The action in "… is not authorized to perform: ACTION on resource …".
pub(crate) fn missing_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform:")?;
    let action = rest.split_whitespace().next()?;
    let action = action.trim_end_matches(['.', ',', ';']);
    action.contains(':').then_some(action)
}

fn in_words(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", (seconds + 30) / 60),
        _ => format!("{} hours", (seconds + 1800) / 3600),
    }
}

fn is_html(raw: &HttpResponse) -> bool {
    let declared = raw
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.contains("html"));
    declared
        || raw.body().bytes().is_some_and(|body| {
            let start: Vec<u8> = body
                .iter()
                .skip_while(|byte| byte.is_ascii_whitespace())
                .take(9)
                .map(u8::to_ascii_lowercase)
                .collect();
            start.starts_with(b"<html") || start.starts_with(b"<!doctype")
        })
}

/// The first cause of type `T`.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// An error and its causes, without saying anything twice.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !text.is_empty() && !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    said.join(": ")
}
