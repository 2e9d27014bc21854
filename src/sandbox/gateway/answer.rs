//! What API Gateway itself answers, in its own shapes.

use http::{HeaderName, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::sandbox::call::{ERROR_TYPE, REQUEST_ID, Reply};

/// The header with API Gateway's extended request id.
const EXTENDED_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");

/// `{"message": …}`, the shape of everything but a denied authorization.
pub(super) fn refusal(status: StatusCode, kind: &str, message: &str) -> Reply {
    Reply::rest_error(status, kind, message)
}

/// No token where one is asked for, or the authorizer raised `Unauthorized`.
pub(super) fn unauthorized() -> Reply {
    refusal(
        StatusCode::UNAUTHORIZED,
        "UnauthorizedException",
        "Unauthorized",
    )
}

/// The authorizer crashed or returned nothing usable: 500 with a null message.
pub(super) fn authorizer_crash() -> Reply {
    Reply::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "application/json",
        json!({"message": null}).to_string(),
    )
    .header(ERROR_TYPE, "AuthorizerConfigurationException")
}

/// A policy does not allow it: 403 with an upper-case `Message`.
pub(super) fn denied(message: &str) -> Reply {
    Reply::new(
        StatusCode::FORBIDDEN,
        "application/json",
        json!({"Message": message}).to_string(),
    )
    .header(ERROR_TYPE, "AccessDeniedException")
}

/// Not signed, or no method there.
pub(super) fn missing_token() -> Reply {
    refusal(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )
}

/// No such stage.
pub(super) fn forbidden() -> Reply {
    refusal(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden")
}

/// The authorizer's function runs as often at once as its reserved concurrency allows.
pub(super) fn throttled() -> Reply {
    refusal(
        StatusCode::TOO_MANY_REQUESTS,
        "TooManyRequestsException",
        "Too Many Requests",
    )
}

/// The integration could not be reached or answered nonsense.
pub(super) fn integration_failed() -> Reply {
    refusal(
        StatusCode::BAD_GATEWAY,
        "InternalServerErrorException",
        "Internal server error",
    )
}

/// The integration did not answer in time.
pub(super) fn integration_timeout() -> Reply {
    refusal(
        StatusCode::GATEWAY_TIMEOUT,
        "InternalServerErrorException",
        "Endpoint request timed out",
    )
}

/// Adds the two ids every answer of the gateway carries.
pub(super) fn with_ids(reply: Reply) -> Reply {
    let id = Uuid::new_v4();
    let mut extended: String = id.simple().to_string().chars().take(15).collect();
    extended.push('=');
    reply
        .header(REQUEST_ID, &id.to_string())
        .header(EXTENDED_ID, &extended)
}
