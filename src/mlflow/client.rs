//! Sending one request, and reading no more of the answer than is wanted.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, RANGE, SET_COOKIE,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::Call;
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl ApiRequest {
    /// The request's URL below `base` as it is shown, also where it would not be sent.
    pub fn url_text(&self, base: &Url) -> String {
        self.url(base).map_or_else(
            |_| format!("{}{}", base.as_str().trim_end_matches('/'), self.path),
            Into::into,
        )
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
    /// The headers, in the order they came; what authenticates is not in them.
    pub headers: Vec<(String, String)>,
    /// The request's headers, as they may be shown.
    pub sent: Vec<(String, String)>,
    /// The body, as much of it as was wanted.
    pub body: Bytes,
    /// Whether there is more of it.
    pub cut: bool,
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

/// An answer whose body is still on its way.
#[derive(Debug)]
pub struct Incoming {
    /// What the request did, as a phrase.
    doing: String,
    /// Everything but the body.
    pub head: Answer,
    response: reqwest::Response,
}

impl Incoming {
    /// The next part of the body; none at its end.
    ///
    /// # Errors
    /// `Network` where it breaks off before its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        self.response
            .chunk()
            .await
            .map_err(|error| network(&self.doing, error))
    }

    /// The answer with its body, of which `keep` bytes are read at most. Letting go of the rest
    /// closes the connection, so a huge answer costs no more.
    ///
    /// # Errors
    /// `Network` where the body breaks off.
    pub async fn whole(mut self, keep: usize) -> Result<Answer, Failure> {
        let mut body = BytesMut::new();
        let mut cut = false;
        while let Some(chunk) = self.chunk().await? {
            let room = keep - body.len();
            if let Some(fits) = chunk.get(..room).filter(|_| chunk.len() > room) {
                body.extend_from_slice(fits);
                cut = true;
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            body: body.freeze(),
            cut,
            ..self.head
        })
    }
}

fn network(doing: &str, error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let said = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        crate::aws::failure::chain(&error)
    };
    Failure::new(ErrorClass::Network, doing, said)
}

/// Headers as they may be shown: what authenticates is left out.
fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let secret = value.is_sensitive()
                || *name == AUTHORIZATION
                || *name == SET_COOKIE
                || *name == COOKIE
                || name.as_str() == "x-amz-security-token";
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let shown = match value.split_once(' ') {
                _ if !secret => value,
                Some((scheme, _)) if *name == AUTHORIZATION => format!("{scheme} (not shown)"),
                _ => "(not shown)".to_owned(),
            };
            (name.as_str().to_owned(), shown)
        })
        .collect()
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

    /// Sends a typed request and reads its answer.
    ///
    /// # Errors
    /// As [`Client::send`], and what the answer says where it is no success.
    pub async fn call<T>(&self, call: &Call<T>, credential: &Credential) -> Result<T, Failure> {
        let answer = self.send_whole(&call.request, credential).await?;
        call.value(&answer)
    }

    /// Sends one request and keeps as much of the answer as a typed one may have: 16 MiB.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_whole(
        &self,
        request: &ApiRequest,
        credential: &Credential,
    ) -> Result<Answer, Failure> {
        self.exchange(request, credential, READ).await
    }

    /// Sends one request and hands over its answer before its body: for what is too large to
    /// hold. `range` asks for the bytes from the first to the last of it; whether it was heeded,
    /// the status says.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn open(
        &self,
        request: &ApiRequest,
        credential: &Credential,
        range: Option<(u64, u64)>,
    ) -> Result<Incoming, Failure> {
        let mut request = self.prepare(request, credential)?;
        if let Some((first, last)) = range {
            let value = HeaderValue::from_str(&format!("bytes={first}-{last}"))
                .map_err(|error| Failure::invalid("asking for a part", error.to_string()))?;
            request.headers_mut().insert(RANGE, value);
        }
        let doing = format!("calling {} {}", request.method(), request.url().path());
        let sent = shown(request.headers());
        let start = Instant::now();
        let response = self
            .http
            .execute(request)
            .await
            .map_err(|error| network(&doing, error))?;
        let latency = start.elapsed();
        let headers = response.headers();
        let head = Answer {
            status: response.status().as_u16(),
            error_type: text(headers, "x-amzn-errortype")
                .map(|kind| kind.split(':').next().unwrap_or_default().to_owned()),
            request_id: text(headers, "x-amzn-requestid")
                .or_else(|| text(headers, "x-amz-apigw-id"))
                .map(ToOwned::to_owned),
            content_type: text(headers, "content-type").map(ToOwned::to_owned),
            headers: shown(headers),
            sent,
            body: Bytes::new(),
            cut: true,
            latency,
        };
        Ok(Incoming {
            doing,
            head,
            response,
        })
    }

    async fn exchange(
        &self,
        request: &ApiRequest,
        credential: &Credential,
        keep: usize,
    ) -> Result<Answer, Failure> {
        self.open(request, credential, None)
            .await?
            .whole(keep)
            .await
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
        let search = crate::mlflow::Search::default();
        let (root, view) = (crate::mlflow::Root::Ajax, crate::mlflow::View::Active);
        let all = crate::mlflow::experiments::search(root, view, &search);
        let failure = client(&server.uri())
            .call(&all, &Credential::Anonymous)
            .await
            .unwrap_err();
        assert_eq!(failure.class, class);
        assert!(failure.message.contains(says), "{failure}");
    }
}
