//! From an answer to an observation, by the answer's shape and not only by its status.
//!
//! The shapes are those of API Gateway (`x-amzn-ErrorType`, a `Message` or `message`), of
//! MLflow (`error_code`, `FastAPI`'s `detail`, Werkzeug's error pages), and everything else,
//! which is nobody of the deployment and decides nothing.

use jiff::Timestamp;
use serde_json::Value;

use super::verdict::{Layer, Observation, Retry};
use crate::{
    access::Effect,
    domain::{ErrorClass, Failure},
    mlflow::Answer,
};

/// How much of a body an explanation shows, in characters.
const EXCERPT: usize = 600;

/// What an answer to a probe means. `anonymous` says that no credential was sent.
pub fn classify(answer: &Result<Answer, Failure>, anonymous: bool) -> Observation {
    match answer {
        Ok(answer) => of_answer(answer, anonymous),
        Err(failure) => of_failure(failure),
    }
}

fn of_failure(failure: &Failure) -> Observation {
    let retry = match failure.class {
        ErrorClass::Network | ErrorClass::Unavailable => Some(Retry::Failed),
        ErrorClass::Throttled => Some(Retry::Throttled),
        ErrorClass::Expired => Some(Retry::Expired),
        _ => None,
    };
    Observation {
        request_id: failure.request_id.clone(),
        retry,
        ..Observation::none(format!("no answer: {}", failure.message))
    }
}

fn of_answer(answer: &Answer, anonymous: bool) -> Observation {
    let body = answer.json();
    let meaning = match gateway_error(answer, body.as_ref()) {
        Some(error) => of_gateway(&error, answer.status, anonymous),
        None => of_integration(answer, body.as_ref()),
    };
    Observation {
        effect: meaning.effect,
        layer: meaning.layer,
        status: Some(answer.status),
        error_type: answer.error_type.clone(),
        request_id: answer.request_id.clone(),
        latency: answer.latency,
        at: Timestamp::now(),
        reason: meaning.reason,
        body_excerpt: String::from_utf8_lossy(&answer.body)
            .chars()
            .take(EXCERPT)
            .collect(),
        retry: meaning.retry,
    }
}

struct Meaning {
    effect: Option<Effect>,
    layer: Layer,
    reason: String,
    retry: Option<Retry>,
}

impl Meaning {
    fn allow(reason: impl Into<String>) -> Self {
        Self {
            effect: Some(Effect::Allow),
            layer: Layer::Mlflow,
            reason: reason.into(),
            retry: None,
        }
    }

    fn deny(layer: Layer, reason: impl Into<String>) -> Self {
        Self {
            effect: Some(Effect::Deny),
            layer,
            reason: reason.into(),
            retry: None,
        }
    }

    fn undecided(layer: Layer, reason: impl Into<String>, retry: Option<Retry>) -> Self {
        Self {
            effect: None,
            layer,
            reason: reason.into(),
            retry,
        }
    }
}

/// An error that API Gateway itself made.
struct GatewayError {
    kind: String,
    message: String,
}

/// The gateway's error, by its header, else by the message it is known to send: a proxy on
/// the way may drop the header.
fn gateway_error(answer: &Answer, body: Option<&Value>) -> Option<GatewayError> {
    let object = body.and_then(Value::as_object);
    let message = object
        .and_then(|object| object.get("message").or_else(|| object.get("Message")))
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some(kind) = &answer.error_type {
        return Some(GatewayError {
            kind: kind.clone(),
            message: message.to_owned(),
        });
    }
    let object = object?;
    let only_message =
        object.len() == 1 && (object.contains_key("message") || object.contains_key("Message"));
    if !only_message {
        return None;
    }
    let kind = match (answer.status, message) {
        (401, "Unauthorized") => "UnauthorizedException",
        (403, "Missing Authentication Token") => "MissingAuthenticationTokenException",
        (403, "Forbidden") => "ForbiddenException",
        (403, text) if text.contains("not authorized") => "AccessDeniedException",
        (403, text) if text.contains("request signature") => "InvalidSignatureException",
        (403, text) if text.contains("expired") => "ExpiredTokenException",
        (403, text) if text.contains("security token") => "UnrecognizedClientException",
        (429, _) => "TooManyRequestsException",
        (500, "") => "AuthorizerConfigurationException",
        (500.., _) => "IntegrationFailure",
        _ => return None,
    };
    Some(GatewayError {
        kind: kind.to_owned(),
        message: message.to_owned(),
    })
}

fn of_gateway(error: &GatewayError, status: u16, anonymous: bool) -> Meaning {
    let message = &error.message;
    match error.kind.as_str() {
        "AccessDeniedException" if message.contains("is not authorized to perform") => {
            Meaning::deny(
                Layer::Iam,
                "IAM denied it: no statement of the role allows it",
            )
        }
        "AccessDeniedException" => Meaning::deny(
            Layer::Gateway,
            if message.contains("explicit deny") {
                "the authorizer's policy denies it explicitly"
            } else {
                "the authorizer's policy does not allow it"
            },
        ),
        "MissingAuthenticationTokenException" => Meaning::deny(
            Layer::Gateway,
            if anonymous {
                "refused without a signature"
            } else {
                "the API has no method there"
            },
        ),
        "UnauthorizedException" if anonymous => {
            Meaning::deny(Layer::Gateway, "refused without a token")
        }
        "UnauthorizedException" => Meaning::undecided(
            Layer::Authorizer,
            "the authorizer did not accept the token (signature, expiry or audience)",
            Some(Retry::Expired),
        ),
        "AuthorizerConfigurationException" => Meaning::deny(
            Layer::Authorizer,
            "the authorizer crashed, which denies: the caller gets 500",
        ),
        "ExpiredTokenException" => Meaning::undecided(
            Layer::Iam,
            "the session's credentials have expired",
            Some(Retry::Expired),
        ),
        "InvalidSignatureException" | "SignatureDoesNotMatch" => Meaning::undecided(
            Layer::Iam,
            format!("the signature was not accepted (is this machine's clock right?): {message}"),
            None,
        ),
        "UnrecognizedClientException" | "IncompleteSignatureException" => Meaning::undecided(
            Layer::Iam,
            format!("the credentials were not accepted: {message}"),
            Some(Retry::Expired),
        ),
        "TooManyRequestsException" | "LimitExceededException" | "ThrottlingException" => {
            Meaning::undecided(Layer::Gateway, "throttled", Some(Retry::Throttled))
        }
        kind if status >= 500 => Meaning::undecided(
            Layer::Gateway,
            format!("the gateway could not reach MLflow ({status} {kind}): {message}"),
            Some(Retry::Failed),
        ),
        kind => Meaning::undecided(
            Layer::Gateway,
            format!("an answer of the gateway that is no decision ({status} {kind}): {message}"),
            None,
        ),
    }
}

/// What came through the gateway: MLflow, or something else in its place.
fn of_integration(answer: &Answer, body: Option<&Value>) -> Meaning {
    let status = answer.status;
    if let Some(code) = body.and_then(|body| body.get("error_code")?.as_str()) {
        return Meaning::allow(format!("MLflow answered {status} {code}"));
    }
    if body.is_some_and(|body| body.get("detail").is_some()) {
        return Meaning::allow(format!("MLflow answered {status}"));
    }
    let markup = answer.body.trim_ascii_start().first() == Some(&b'<');
    if markup {
        return if is_werkzeug_page(answer) {
            Meaning::allow(format!("MLflow answered {status}"))
        } else {
            Meaning::undecided(
                Layer::Network,
                format!(
                    "an HTML page ({status}) that is neither the gateway's nor MLflow's: a proxy \
                     or a sign-in page on the way?"
                ),
                None,
            )
        };
    }
    // Plain words, or nothing, under an HTML content type are Flask's, and so MLflow's:
    // `/version`, `/health`, what is switched off (503), what is not there (404).
    if answer.is_html() {
        return Meaning::allow(format!("MLflow answered {status}"));
    }
    match status {
        200..=299 => Meaning::allow(format!("MLflow answered {status}")),
        429 => Meaning::undecided(Layer::Gateway, "throttled", Some(Retry::Throttled)),
        502..=504 => Meaning::undecided(
            Layer::Gateway,
            format!("MLflow could not be reached ({status})"),
            Some(Retry::Failed),
        ),
        300..=399 => Meaning::undecided(
            Layer::Network,
            format!("a redirect ({status}): a proxy or a sign-in page on the way?"),
            None,
        ),
        // MLflow's GraphQL and some of its older routes answer errors in shapes of their own.
        400..=499 if body.is_some() => Meaning::allow(format!("MLflow answered {status}")),
        500 if body.is_some() => Meaning::allow("MLflow failed on the request (500)"),
        _ => Meaning::undecided(
            Layer::Network,
            format!("an answer ({status}) in a shape that neither the gateway nor MLflow has"),
            (status >= 500).then_some(Retry::Failed),
        ),
    }
}

/// MLflow's unknown paths and uncaught errors are Werkzeug's pages: a title `404 Not Found`
/// above a heading `Not Found`.
fn is_werkzeug_page(answer: &Answer) -> bool {
    let page = String::from_utf8_lossy(&answer.body);
    let title = page
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| title.trim());
    let heading = page
        .split_once("<h1>")
        .and_then(|(_, rest)| rest.split_once("</h1>"))
        .map(|(heading, _)| heading.trim());
    match (title, heading) {
        (Some(title), Some(heading)) => title == format!("{} {heading}", answer.status),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use rstest::rstest;

    use super::*;

    fn answer(status: u16, error_type: &str, content_type: &str, body: &str) -> Answer {
        Answer {
            status,
            error_type: (!error_type.is_empty()).then(|| error_type.to_owned()),
            request_id: None,
            content_type: Some(content_type.to_owned()),
            headers: Vec::new(),
            sent: Vec::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            cut: false,
            latency: Duration::ZERO,
        }
    }

    const JSON: &str = "application/json";
    const HTML: &str = "text/html; charset=utf-8";
    const IAM: &str = r#"{"Message":"User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: execute-api:Invoke on resource: x"}"#;
    const NOT_FOUND: &str = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found.</p>";

    #[rstest]
    #[case::authorizer_denied(
        403,
        "AccessDeniedException",
        JSON,
        r#"{"Message":"User is not authorized to access this resource"}"#,
        Some(Effect::Deny),
        Layer::Gateway
    )]
    #[case::authorizer_denied_explicitly(
        403,
        "AccessDeniedException",
        JSON,
        r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#,
        Some(Effect::Deny),
        Layer::Gateway
    )]
    #[case::authorizer_crashed(
        500,
        "AuthorizerConfigurationException",
        JSON,
        r#"{"message":null}"#,
        Some(Effect::Deny),
        Layer::Authorizer
    )]
    #[case::authorizer_raised(
        401,
        "UnauthorizedException",
        JSON,
        r#"{"message":"Unauthorized"}"#,
        None,
        Layer::Authorizer
    )]
    #[case::iam_denied(
        403,
        "AccessDeniedException",
        JSON,
        IAM,
        Some(Effect::Deny),
        Layer::Iam
    )]
    #[case::no_method(
        403,
        "MissingAuthenticationTokenException",
        JSON,
        r#"{"message":"Missing Authentication Token"}"#,
        Some(Effect::Deny),
        Layer::Gateway
    )]
    #[case::bad_signature(
        403,
        "InvalidSignatureException",
        JSON,
        r#"{"message":"The request signature we calculated does not match"}"#,
        None,
        Layer::Iam
    )]
    #[case::expired_session(
        403,
        "ExpiredTokenException",
        JSON,
        r#"{"message":"The security token included in the request is expired"}"#,
        None,
        Layer::Iam
    )]
    #[case::unknown_key(
        403,
        "UnrecognizedClientException",
        JSON,
        r#"{"message":"The security token included in the request is invalid."}"#,
        None,
        Layer::Iam
    )]
    #[case::throttled(
        429,
        "TooManyRequestsException",
        JSON,
        r#"{"message":"Too Many Requests"}"#,
        None,
        Layer::Gateway
    )]
    #[case::integration_failed(
        502,
        "",
        JSON,
        r#"{"message":"Internal server error"}"#,
        None,
        Layer::Gateway
    )]
    #[case::integration_timed_out(
        504,
        "",
        JSON,
        r#"{"message":"Endpoint request timed out"}"#,
        None,
        Layer::Gateway
    )]
    #[case::mlflow_refused(
        400,
        "",
        JSON,
        r#"{"error_code":"INVALID_PARAMETER_VALUE","message":"x"}"#,
        Some(Effect::Allow),
        Layer::Mlflow
    )]
    #[case::mlflow_failed(
        500,
        "",
        JSON,
        r#"{"error_code":"INTERNAL_ERROR","message":"x"}"#,
        Some(Effect::Allow),
        Layer::Mlflow
    )]
    #[case::mlflow_answered(200, "", JSON, "{}", Some(Effect::Allow), Layer::Mlflow)]
    #[case::mlflow_text(200, "", "text/plain", "2.12.2", Some(Effect::Allow), Layer::Mlflow)]
    #[case::mlflow_words(200, "", HTML, "OK", Some(Effect::Allow), Layer::Mlflow)]
    #[case::mlflow_switched_off(
        503,
        "",
        HTML,
        "Endpoint: x disabled",
        Some(Effect::Allow),
        Layer::Mlflow
    )]
    #[case::mlflow_empty(404, "", HTML, "", Some(Effect::Allow), Layer::Mlflow)]
    #[case::load_balancer(503, "", "text/plain", "upstream connect error", None, Layer::Gateway)]
    #[case::fastapi(
        422,
        "",
        JSON,
        r#"{"detail":[{"loc":["body"]}]}"#,
        Some(Effect::Allow),
        Layer::Mlflow
    )]
    #[case::mlflow_page(404, "", HTML, NOT_FOUND, Some(Effect::Allow), Layer::Mlflow)]
    #[case::portal(
        200,
        "",
        HTML,
        "<html><title>Sign in</title></html>",
        None,
        Layer::Network
    )]
    #[case::proxy_page(
        403,
        "",
        HTML,
        "<html><title>403 Forbidden</title><h1>Blocked</h1></html>",
        None,
        Layer::Network
    )]
    #[case::redirect(302, "", "text/plain", "", None, Layer::Network)]
    #[case::header_dropped(
        403,
        "",
        JSON,
        r#"{"Message":"User is not authorized to access this resource"}"#,
        Some(Effect::Deny),
        Layer::Gateway
    )]
    #[case::crash_header_dropped(
        500,
        "",
        JSON,
        r#"{"message":null}"#,
        Some(Effect::Deny),
        Layer::Authorizer
    )]
    fn each_shape_has_its_meaning(
        #[case] status: u16,
        #[case] error_type: &str,
        #[case] content_type: &str,
        #[case] body: &str,
        #[case] effect: Option<Effect>,
        #[case] layer: Layer,
    ) {
        let seen = classify(&Ok(answer(status, error_type, content_type, body)), false);
        assert_eq!(
            (seen.effect, seen.layer),
            (effect, layer),
            "{}",
            seen.reason
        );
    }

    #[rstest]
    #[case(401, "UnauthorizedException", r#"{"message":"Unauthorized"}"#)]
    #[case(
        403,
        "MissingAuthenticationTokenException",
        r#"{"message":"Missing Authentication Token"}"#
    )]
    fn for_nobody_a_missing_credential_is_a_deny(
        #[case] status: u16,
        #[case] error_type: &str,
        #[case] body: &str,
    ) {
        let seen = classify(&Ok(answer(status, error_type, JSON, body)), true);
        assert_eq!(seen.effect, Some(Effect::Deny));
    }

    #[test]
    fn a_cut_connection_is_never_a_deny() {
        let failure = Failure::new(ErrorClass::Network, "probing", "connection reset");
        let seen = classify(&Err(failure), false);
        assert_eq!((seen.effect, seen.retry), (None, Some(Retry::Failed)));
    }
}
