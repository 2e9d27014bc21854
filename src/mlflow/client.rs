//! Sending one request, and reading no more of the answer than is wanted.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::{
    access::Method,
    domain::{ErrorClass, Failure},
    identity::{Credential, signing},
};

/// How much of an answer is kept.
const KEPT: usize = 64 * 1024;
/// How much of an answer a typed call reads.
const READ: usize = 16 * 1024 * 1024;

/// One request to the API: a path below the base URL, sent as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// The method.
    pub method: Method,
    /// The path, starting with `/`, percent-encoded already where it needs to be.
    pub path: String,
    /// The query's names and values, not encoded.
    pub query: Vec<(String, String)>,
    /// The JSON body.
    pub body: Option<Value>,
}

impl ApiRequest {
    /// A GET of `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            query: Vec::new(),
            body: None,
        }
    }

    /// A POST of `body` to `path`.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self {
            method: Method::Post,
            path: path.into(),
            query: Vec::new(),
            body: Some(body),
        }
    }

    /// The request's URL below `base`.
    ///
    /// # Errors
    /// `Invalid` where the path is not one, or would be sent otherwise than it is written
    /// (`..`, blanks, `#`): a probe must test the path that it names.
    pub fn url(&self, base: &Url) -> Result<Url, Failure> {
        let doing = "making the request's URL";
        let path = format!("{}{}", base.path().trim_end_matches('/'), self.path);
        let mut url = base.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.set_path(&path);
        if !self.path.starts_with('/') || url.path() != path {
            return Err(Failure::invalid(
                doing,
                format!("the path {:?} would be sent as {:?}", self.path, url.path()),
            )
            .advise("write the path from / on, percent-encoded, without . and .. parts"));
        }
        if !self.query.is_empty() {
            let query: Vec<String> = self
                .query
                .iter()
                .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
                .collect();
            url.set_query(Some(&query.join("&")));
        }
        Ok(url)
    }
}

/// A name or value for a query, encoded as `SigV4` counts on: everything but unreserved.
fn encoded(text: &str) -> percent_encoding::PercentEncode<'_> {
    const ESCAPED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(text, ESCAPED)
}

/// What came back, whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The gateway's `x-amzn-ErrorType`, without what follows a `:`.
    pub error_type: Option<String>,
    /// The gateway's request id.
    pub request_id: Option<String>,
    /// The content type, as sent.
    pub content_type: Option<String>,
    /// The body, 64 KiB of it at most.
    pub body: Bytes,
    /// From sending to the end of the headers.
    pub latency: Duration,
}

impl Answer {
    /// The body as JSON, where it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether the body is an HTML page.
    pub fn is_html(&self) -> bool {
        self.content_type
            .as_deref()
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
            || self.body.trim_ascii_start().first() == Some(&b'<')
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A client of one deployment's API.
#[derive(Clone, Debug)]
pub struct Client {
    base: Url,
    http: reqwest::Client,
    region: String,
}

impl Client {
    /// A client of the API at `base` (with the stage, where there is one), whose IAM
    /// requests are signed for `region`. `http` must not follow redirects.
    pub fn new(base: Url, http: reqwest::Client, region: impl Into<String>) -> Self {
        Self {
            base,
            http,
            region: region.into(),
        }
    }

    /// The base URL.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Sends one request as `credential` says. Any status is an answer.
    ///
    /// # Errors
    /// `Network` where nothing came back, `Invalid` where the request could not be made.
    pub async fn send(
        &self,
        request: &ApiRequest,
        credential: &Credential,
    ) -> Result<Answer, Failure> {
        self.exchange(request, credential, KEPT).await
    }

    /// Sends one request and reads the answer's JSON as `T`.
    pub(super) async fn fetch<T: DeserializeOwned>(
        &self,
        doing: &str,
        request: &ApiRequest,
        credential: &Credential,
    ) -> Result<T, Failure> {
        let answer = self.exchange(request, credential, READ + 1).await?;
        if !answer.is_success() {
            return Err(refused(doing, &answer));
        }
        let unusable = |what: String| {
            let mut failure = Failure::new(ErrorClass::Unavailable, doing, what);
            failure.request_id.clone_from(&answer.request_id);
            failure
        };
        if answer.body.len() > READ {
            return Err(
                unusable("the answer is larger than 16 MiB".into()).advise("ask for fewer at once")
            );
        }
        if answer.is_html() {
            return Err(unusable("MLflow answered an HTML page".into())
                .advise("check the API's URL: it must end in the stage, such as /prod/"));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|error| unusable(format!("the answer is not what MLflow sends: {error}")))
    }

    async fn exchange(
        &self,
        request: &ApiRequest,
        credential: &Credential,
        keep: usize,
    ) -> Result<Answer, Failure> {
        let request = self.prepare(request, credential)?;
        let doing = format!("calling {} {}", request.method(), request.url().path());
        let network = |error: reqwest::Error| {
            let error = error.without_url();
            let said = if error.is_timeout() {
                "no answer in time".to_owned()
            } else {
                crate::aws::failure::chain(&error)
            };
            Failure::new(ErrorClass::Network, doing.clone(), said)
        };
        let start = Instant::now();
        let mut response = self.http.execute(request).await.map_err(network)?;
        let latency = start.elapsed();
        let status = response.status().as_u16();
        let headers = response.headers();
        let error_type = text(headers, "x-amzn-errortype")
            .map(|kind| kind.split(':').next().unwrap_or_default().to_owned());
        let request_id = text(headers, "x-amzn-requestid")
            .or_else(|| text(headers, "x-amz-apigw-id"))
            .map(ToOwned::to_owned);
        let content_type = text(headers, "content-type").map(ToOwned::to_owned);
        let mut body = BytesMut::new();
        // Dropping the response closes the connection, so a huge answer costs no more.
        while body.len() < keep {
            let Some(chunk) = response.chunk().await.map_err(network)? else {
                break;
            };
            let room = keep - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        }
        Ok(Answer {
            status,
            error_type,
            request_id,
            content_type,
            body: body.freeze(),
            latency,
        })
    }

    fn prepare(
        &self,
        request: &ApiRequest,
        credential: &Credential,
    ) -> Result<reqwest::Request, Failure> {
        let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes())
            .map_err(|error| Failure::invalid("making the request", error.to_string()))?;
        let mut made = reqwest::Request::new(method, request.url(&self.base)?);
        if let Some(body) = &request.body {
            *made.body_mut() = Some(body.to_string().into());
            made.headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        match credential {
            Credential::Anonymous => {}
            Credential::Bearer(token) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                    .map_err(|_| {
                        Failure::invalid("making the request", "the token is not a header value")
                    })?;
                value.set_sensitive(true);
                made.headers_mut().insert(AUTHORIZATION, value);
            }
            Credential::SigV4(credentials) => {
                signing::sign(&mut made, credentials, &self.region)?;
            }
        }
        Ok(made)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The failure that an answer other than 2xx is, for those who wanted the value.
fn refused(doing: &str, answer: &Answer) -> Failure {
    let body = answer.json().unwrap_or_default();
    let said = ["message", "Message", "detail"]
        .iter()
        .find_map(|key| body.get(key).and_then(Value::as_str))
        .unwrap_or(if answer.is_html() {
            "an HTML page"
        } else {
            "no message"
        });
    let kind = body
        .get("error_code")
        .and_then(Value::as_str)
        .or(answer.error_type.as_deref());
    let class = match (answer.status, kind) {
        (401, _) | (_, Some("ExpiredTokenException")) => ErrorClass::Expired,
        (403, _) => ErrorClass::Denied { action: None },
        (404, _) => ErrorClass::NotFound,
        (409, _) | (_, Some("RESOURCE_ALREADY_EXISTS")) => ErrorClass::Conflict,
        (429, _) => ErrorClass::Throttled,
        (400..=499, _) => ErrorClass::Invalid,
        _ => ErrorClass::Unavailable,
    };
    let kind = kind.map_or_else(String::new, |kind| format!(", {kind}"));
    let mut failure = Failure::new(class, doing, format!("{said} ({}{kind})", answer.status));
    failure.request_id.clone_from(&answer.request_id);
    failure
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;

    fn client(base: &str) -> Client {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Client::new(base.parse().unwrap(), http, "us-west-2")
    }

    #[rstest]
    #[case(
        "https://x/prod/",
        "/api/2.0/mlflow/runs/get",
        Some("/prod/api/2.0/mlflow/runs/get")
    )]
    #[case("https://x", "/get-artifact", Some("/get-artifact"))]
    #[case(
        "https://x/a/b",
        "/mlflow-artifacts/artifacts/",
        Some("/a/b/mlflow-artifacts/artifacts/")
    )]
    #[case("https://x/prod/", "/models/a%2Fb", Some("/prod/models/a%2Fb"))]
    #[case("https://x/prod/", "/a/../../etc", None)]
    #[case("https://x/prod/", "/a/%2e%2e/b", None)]
    #[case("https://x/prod/", "/a b", None)]
    #[case("https://x/prod/", "/a?b", None)]
    #[case("https://x/prod/", "/a#b", None)]
    #[case("https://x/prod/", "a", None)]
    fn a_path_is_sent_as_it_stands_or_not_at_all(
        #[case] base: &str,
        #[case] path: &str,
        #[case] sent: Option<&str>,
    ) {
        let url = ApiRequest::get(path).url(&base.parse().unwrap());
        assert_eq!(url.as_ref().ok().map(Url::path), sent, "{url:?}");
    }

    #[tokio::test]
    async fn a_huge_answer_is_kept_in_part() {
        let server = MockServer::start().await;
        let page = ResponseTemplate::new(500).set_body_bytes(vec![b'x'; 4 * 1024 * 1024]);
        Mock::given(any()).respond_with(page).mount(&server).await;
        let answer = client(&server.uri())
            .send(&ApiRequest::get("/x"), &Credential::Anonymous)
            .await
            .unwrap();
        assert_eq!((answer.status, answer.body.len()), (500, 64 * 1024));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_who_answered_is_kept() {
        let server = MockServer::start().await;
        let elsewhere = ResponseTemplate::new(302)
            .insert_header("location", "http://127.0.0.1:9/")
            .insert_header("x-amzn-ErrorType", "AccessDeniedException:http://internal/")
            .insert_header("x-amzn-RequestId", "r-1");
        Mock::given(any())
            .respond_with(elsewhere)
            .mount(&server)
            .await;
        let answer = client(&server.uri())
            .send(&ApiRequest::get("/x"), &Credential::Anonymous)
            .await
            .unwrap();
        assert_eq!(answer.status, 302);
        assert_eq!(answer.error_type.as_deref(), Some("AccessDeniedException"));
        assert_eq!(answer.request_id.as_deref(), Some("r-1"));
    }

    #[tokio::test]
    async fn nobody_there_is_the_network() {
        let failure = client("http://127.0.0.1:1")
            .send(&ApiRequest::get("/x"), &Credential::Anonymous)
            .await
            .unwrap_err();
        assert_eq!(failure.class, ErrorClass::Network);
        assert!(failure.message.contains("refused"), "{failure}");
    }

    #[rstest]
    #[case(403, r#"{"Message":"User is not authorized"}"#, ErrorClass::Denied { action: None }, "not authorized")]
    #[case(
        400,
        r#"{"error_code":"INVALID_PARAMETER_VALUE","message":"bad filter"}"#,
        ErrorClass::Invalid,
        "bad filter"
    )]
    #[case(
        502,
        r#"{"message":"Internal server error"}"#,
        ErrorClass::Unavailable,
        "502"
    )]
    #[case(
        429,
        r#"{"message":"Too Many Requests"}"#,
        ErrorClass::Throttled,
        "Too Many"
    )]
    #[case(200, "<html>hello</html>", ErrorClass::Unavailable, "HTML")]
    #[case(200, "[1", ErrorClass::Unavailable, "not what MLflow sends")]
    #[tokio::test]
    async fn a_typed_call_tells_what_it_got_instead(
        #[case] status: u16,
        #[case] body: &str,
        #[case] class: ErrorClass,
        #[case] says: &str,
    ) {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        let failure = client(&server.uri())
            .experiments(&crate::mlflow::Search::default(), &Credential::Anonymous)
            .await
            .unwrap_err();
        assert_eq!(failure.class, class);
        assert!(failure.message.contains(says), "{failure}");
    }
}
