//! One request and its answer, apart from the connection they travel on.
//!
//! The reply constructors own the shape of each protocol's answers and errors; no
//! handler writes such a header or envelope itself.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request::Parts};
use serde_json::{Value, json};
use uuid::Uuid;

use super::wire::Xml;

/// Who signed a request, as verified by [`super::signature::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The caller's ARN: a user, or an `assumed-role` session.
    pub(crate) arn: String,
    /// The account.
    pub(crate) account: String,
    /// The unique id (`AIDA…`, or `AROA…:session`).
    pub(crate) user_id: String,
    /// The access key used.
    pub(crate) access_key: String,
}

/// The protocol a request speaks, which decides the shape of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// awsJson 1.1: Cognito, SSM, SageMaker.
    Json,
    /// awsQuery: IAM and STS.
    Query,
    /// restJson: API Gateway's control plane, Lambda.
    Rest,
    /// The protected API itself.
    Gateway,
}

impl Protocol {
    /// The protocol of a request: by target, then by the signature's scope.
    pub(crate) fn of(parts: &Parts) -> Self {
        if parts.headers.contains_key("x-amz-target") {
            return Self::Json;
        }
        match signing_service(parts).as_deref() {
            Some("iam" | "sts") => Self::Query,
            Some("apigateway" | "lambda") => Self::Rest,
            Some("cognito-idp" | "ssm" | "sagemaker") => Self::Json,
            _ => Self::Gateway,
        }
    }
}

/// The service in the request's credential scope (`AK/20261123/us-west-2/iam/aws4_request`),
/// from the `Authorization` header or from a presigned query; not verified.
pub(crate) fn signing_service(parts: &Parts) -> Option<String> {
    credential(parts)?.split('/').nth(3).map(str::to_owned)
}

/// The request's credential with its scope, not verified.
pub(crate) fn credential(parts: &Parts) -> Option<String> {
    let header = parts
        .headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if let Some(rest) = header.and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256")) {
        return rest
            .split(',')
            .find_map(|part| part.trim().strip_prefix("Credential="))
            .map(str::to_owned);
    }
    let query = parts.uri.query()?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "X-Amz-Credential")
        .map(|(_, value)| value.into_owned())
}

/// One request, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Method, URI and headers as they came.
    pub(crate) parts: Parts,
    /// The body.
    pub(crate) body: Bytes,
    /// The operation: the part after the dot of `X-Amz-Target`, or `Action=`; empty
    /// for REST calls.
    pub(crate) operation: String,
    /// Who signed it; `None` for operations that need no signature and for the
    /// protected API, which verifies by itself.
    pub(crate) caller: Option<Caller>,
}

impl Call {
    /// The method.
    pub(crate) fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The path as it came, percent-encoding kept.
    pub(crate) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The query string as it came; empty when there is none.
    pub(crate) fn raw_query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// The query's parameters, decoded, in order.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.raw_query().as_bytes())
            .into_owned()
            .collect()
    }

    /// The headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The body's form parameters (awsQuery), decoded, in order.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The body as JSON; an empty body is an empty object.
    pub(crate) fn json(&self) -> Result<Value, Reply> {
        if self.body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&self.body).map_err(|_| {
            Reply::json_error(
                StatusCode::BAD_REQUEST,
                "SerializationException",
                "Start of structure or map found where not expected.",
            )
        })
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers; the server adds a request id and a date. Boxed, since a reply is
    /// often the error of a `Result`.
    pub(crate) headers: Box<HeaderMap>,
    /// The body.
    pub(crate) body: Bytes,
}

/// The header that carries the request id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// The header that carries an error's type.
pub(crate) const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

impl Reply {
    /// An answer of any kind.
    pub(crate) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static(content_type),
        );
        Self {
            status,
            headers: Box::new(headers),
            body: body.into(),
        }
    }

    /// The same answer with one more header; a value that no header can carry is left out.
    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// awsJson 1.1: success.
    pub(crate) fn json(value: &Value) -> Self {
        Self::new(
            StatusCode::OK,
            "application/x-amz-json-1.1",
            value.to_string(),
        )
    }

    /// awsJson 1.1: an error, `code` without a namespace.
    pub(crate) fn json_error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::new(
            status,
            "application/x-amz-json-1.1",
            json!({"__type": code, "message": message}).to_string(),
        )
        .header(ERROR_TYPE, &format!("{code}:"))
        .header(HeaderName::from_static("x-amzn-errormessage"), message)
    }

    /// awsJson 1.1: an operation which is not there.
    pub(crate) fn unknown_operation() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "application/x-amz-json-1.1",
            json!({"__type": "UnknownOperationException"}).to_string(),
        )
        .header(ERROR_TYPE, "UnknownOperationException")
    }

    /// awsQuery: success of `action`; `result` is what stands inside `<ActionResult>`,
    /// `None` for actions without a result.
    pub(crate) fn xml(namespace: &str, action: &str, result: Option<Xml>) -> Self {
        let id = Uuid::new_v4().to_string();
        let mut xml = Xml::default();
        xml.node_with(
            &format!("{action}Response"),
            &[("xmlns", namespace)],
            |xml| {
                if let Some(result) = result {
                    xml.node(&format!("{action}Result"), |xml| xml.append(&result));
                }
                xml.node("ResponseMetadata", |xml| xml.text("RequestId", &id));
            },
        );
        Self::new(StatusCode::OK, "text/xml", xml.into_string()).header(REQUEST_ID, &id)
    }

    /// awsQuery: an error.
    pub(crate) fn xml_error(
        namespace: &str,
        status: StatusCode,
        code: &str,
        message: &str,
    ) -> Self {
        let id = Uuid::new_v4().to_string();
        let who = if status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        let mut xml = Xml::default();
        xml.node_with("ErrorResponse", &[("xmlns", namespace)], |xml| {
            xml.node("Error", |xml| {
                xml.text("Type", who);
                xml.text("Code", code);
                xml.text("Message", message);
            });
            xml.text("RequestId", &id);
        });
        Self::new(status, "text/xml", xml.into_string()).header(REQUEST_ID, &id)
    }

    /// restJson: success.
    pub(crate) fn rest(status: StatusCode, value: &Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }

    /// restJson, and the gateway's lower-case shape: `{"message": …}` with the error's type.
    pub(crate) fn rest_error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::new(
            status,
            "application/json",
            json!({"message": message}).to_string(),
        )
        .header(ERROR_TYPE, code)
    }

    /// An error in the shape of `protocol`.
    pub(crate) fn error(protocol: Protocol, status: StatusCode, code: &str, message: &str) -> Self {
        match protocol {
            Protocol::Json => Self::json_error(status, code, message),
            Protocol::Query => Self::xml_error(
                "https://iam.amazonaws.com/doc/2010-05-08/",
                status,
                code,
                message,
            ),
            Protocol::Rest | Protocol::Gateway => Self::rest_error(status, code, message),
        }
    }
}
