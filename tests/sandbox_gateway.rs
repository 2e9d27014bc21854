//! The sandbox's protected API: who gets through to MLflow, what the others are told, and that
//! a request reaches a real server byte for byte.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{net::SocketAddr, time::Duration};

use aws_cognito_srp::{SrpClient, User as SrpUser};
use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider::{
    Client as Cognito,
    types::{AuthFlowType, AuthenticationResultType, ChallengeNameType},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use mlwarden::{
    access::authorizer::Rule,
    identity::signing,
    sandbox::{Options, Sandbox, world},
};
use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, HeaderMap},
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const ADMIN: &str = "mlflow-admin@example.com";
const READER: &str = "mlflow-reader@example.com";
const APPROVER: &str = "mlflow-model-approver@example.com";
/// In `readers` and in `model-approvers`.
const BOTH: &str = "dana.whitfield@example.com";
/// In no group.
const NOBODY: &str = "noor.haddad@example.com";
const API: &str = "/ajax-api/2.0/mlflow/";

/// A sandbox and what a test needs to talk to it.
struct Bench {
    sandbox: Sandbox,
    http: reqwest::Client,
}

/// One answer, read whole.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    fn error_type(&self) -> Option<&str> {
        Some(self.headers.get("x-amzn-errortype")?.to_str().unwrap())
    }

    /// Status, error type and body, as the gateway's refusals are told apart.
    fn shape(&self) -> (u16, Option<&str>, Value) {
        (self.status.as_u16(), self.error_type(), self.json())
    }

    /// Whether MLflow itself answered, whatever it said.
    fn is_mlflows(&self) -> bool {
        self.error_type().is_none() && !self.status.is_server_error()
    }
}

impl Bench {
    async fn start() -> Self {
        Self::with(None).await
    }

    async fn with(mlflow: Option<SocketAddr>) -> Self {
        let options = Options {
            demo: true,
            mlflow: mlflow.map(|addr| format!("http://{addr}").parse().unwrap()),
            ..Options::default()
        };
        Self {
            sandbox: Sandbox::start(options).await.unwrap(),
            http: reqwest::Client::new(),
        }
    }

    async fn sign_in(&self, username: &str) -> AuthenticationResultType {
        let config = aws_sdk_cognitoidentityprovider::Config::builder()
            .behavior_version_latest()
            .endpoint_url(self.sandbox.url().as_str())
            .region(aws_sdk_cognitoidentityprovider::config::Region::new(
                world::REGION,
            ))
            .build();
        let cognito = Cognito::from_conf(config);
        let user = SrpUser::new(world::POOL_ID, username, world::PASSWORD);
        let srp = SrpClient::new(user, world::CLIENT_ID, None);
        let start = srp.get_auth_parameters();
        let challenge = cognito
            .initiate_auth()
            .client_id(world::CLIENT_ID)
            .auth_flow(AuthFlowType::UserSrpAuth)
            .auth_parameters("USERNAME", start.username)
            .auth_parameters("SRP_A", start.a)
            .send()
            .await
            .unwrap();
        let asked = challenge.challenge_parameters.unwrap();
        let proof = srp
            .verify(
                &asked["SECRET_BLOCK"],
                &asked["USER_ID_FOR_SRP"],
                &asked["SALT"],
                &asked["SRP_B"],
            )
            .unwrap();
        cognito
            .respond_to_auth_challenge()
            .client_id(world::CLIENT_ID)
            .challenge_name(ChallengeNameType::PasswordVerifier)
            .challenge_responses("USERNAME", &asked["USER_ID_FOR_SRP"])
            .challenge_responses(
                "PASSWORD_CLAIM_SECRET_BLOCK",
                proof.password_claim_secret_block,
            )
            .challenge_responses("PASSWORD_CLAIM_SIGNATURE", proof.password_claim_signature)
            .challenge_responses("TIMESTAMP", proof.timestamp)
            .send()
            .await
            .unwrap()
            .authentication_result
            .unwrap()
    }

    async fn id_token(&self, username: &str) -> String {
        self.sign_in(username).await.id_token.unwrap()
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> reqwest::RequestBuilder {
        let url = format!("{}prod{path}", self.sandbox.url());
        let request = self.http.request(method.parse().unwrap(), url);
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    async fn bearer(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = (method != "GET").then_some(&body);
        self.send(self.request(method, path, body).bearer_auth(token))
            .await
    }
}

/// The three execution roles, by a part of their names.
const ROLE_PARTS: [(&str, &str); 3] = [
    ("admin", "mlflowadminrole"),
    ("reader", "mlflowreaderrole"),
    ("approver", "mlflowmodelaprov"),
];

impl Bench {
    fn role(&self, short: &str) -> String {
        let (_, part) = ROLE_PARTS.iter().find(|(name, _)| *name == short).unwrap();
        let iam = self.sandbox.world().iam.lock();
        iam.role_names()
            .find(|name| name.contains(part))
            .unwrap()
            .to_owned()
    }

    /// A session of an execution role, once its trust policy names the administrator.
    async fn assume(&self, short: &str) -> Credentials {
        let role = self.role(short);
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": world::ADMIN_ARN},
        }]});
        let iam = &self.sandbox.world().iam;
        iam.lock().set_trust(&role, &trust.to_string());
        let administrator =
            Credentials::from_keys(world::ACCESS_KEY_ID, world::SECRET_ACCESS_KEY, None);
        let config = aws_sdk_sts::Config::builder()
            .behavior_version_latest()
            .endpoint_url(self.sandbox.url().as_str())
            .region(aws_sdk_sts::config::Region::new(world::REGION))
            .credentials_provider(administrator)
            .build();
        let assumed = aws_sdk_sts::Client::from_conf(config)
            .assume_role()
            .role_arn(format!("arn:aws:iam::{}:role/{role}", world::ACCOUNT))
            .role_session_name("test")
            .send()
            .await
            .unwrap()
            .credentials
            .unwrap();
        Credentials::from_keys(
            assumed.access_key_id,
            assumed.secret_access_key,
            Some(assumed.session_token),
        )
    }

    async fn signed(
        &self,
        credentials: &Credentials,
        method: &str,
        path: &str,
        body: Value,
    ) -> Answer {
        let body = (method != "GET").then_some(&body);
        let mut request = self.request(method, path, body).build().unwrap();
        signing::sign(&mut request, credentials, world::REGION).unwrap();
        let response = self.http.execute(request).await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }
}

fn denied() -> (u16, Option<&'static str>, Value) {
    let message = "User is not authorized to access this resource";
    (
        403,
        Some("AccessDeniedException"),
        json!({"Message": message}),
    )
}

fn crash() -> (u16, Option<&'static str>, Value) {
    (
        500,
        Some("AuthorizerConfigurationException"),
        json!({"message": null}),
    )
}

fn unauthorized() -> (u16, Option<&'static str>, Value) {
    (
        401,
        Some("UnauthorizedException"),
        json!({"message": "Unauthorized"}),
    )
}

fn missing_token() -> (u16, Option<&'static str>, Value) {
    (
        403,
        Some("MissingAuthenticationTokenException"),
        json!({"message": "Missing Authentication Token"}),
    )
}

#[tokio::test]
async fn the_lambda_answers_every_kind_of_token_as_the_sample_does() {
    let bench = Bench::start().await;
    let signed_in = bench.sign_in(READER).await;
    let token = signed_in.id_token.unwrap();
    let search = format!("{API}experiments/search?max_results=5");

    let answer = bench.bearer(&token, "GET", &search, json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["experiments"].as_array().unwrap().len(), 4);
    assert!(answer.headers.contains_key("x-amzn-requestid"));
    assert!(answer.headers.contains_key("x-amz-apigw-id"));

    // The prefix is stripped where it is, exactly as written, and not asked for.
    let bare = bench.request("GET", &search, None);
    let answer = bench.send(bare.header(AUTHORIZATION, &token)).await;
    assert_eq!(answer.status, 200);
    let lower = bench.request("GET", &search, None);
    let lower = lower.header(AUTHORIZATION, format!("bearer {token}"));
    assert_eq!(bench.send(lower).await.shape(), crash());

    let none = bench.send(bench.request("GET", &search, None)).await;
    assert_eq!(none.shape(), unauthorized());
    assert!(none.headers.contains_key("x-amz-apigw-id"));

    let access = signed_in.access_token.unwrap();
    let (header, rest) = token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let altered = |edit: fn(&mut Value)| {
        let mut value: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        edit(&mut value);
        let claims = URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{header}.{claims}.{signature}")
    };
    let keyless = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"x"}"#);
    for (what, token, expected) in [
        ("an access token", access, crash()),
        ("no token at all", "hello".to_owned(), crash()),
        ("two dots and nothing", "..".to_owned(), crash()),
        (
            "no key id",
            format!("{keyless}.{claims}.{signature}"),
            crash(),
        ),
        (
            "unknown key",
            format!("{unsigned}.{claims}."),
            unauthorized(),
        ),
        (
            "no signature",
            format!("{header}.{claims}."),
            unauthorized(),
        ),
        (
            "a reader who says admin",
            altered(|claims| claims["cognito:groups"] = json!(["admins"])),
            unauthorized(),
        ),
    ] {
        let answer = bench.bearer(&token, "GET", &search, json!({})).await;
        assert_eq!(answer.shape(), expected, "{what}");
    }
}

#[tokio::test]
async fn a_token_lasts_until_its_expiry_whatever_happens_to_its_user() {
    let bench = Bench::start().await;
    let token = bench.id_token(READER).await;
    let path = format!("{API}experiments/get?experiment_id=1");
    let get = || bench.bearer(&token, "GET", &path, json!({}));
    assert_eq!(get().await.status, 200);
    let clock = &bench.sandbox.world().clock;
    clock.advance(SignedDuration::from_mins(59));
    assert_eq!(get().await.status, 200);
    clock.advance(SignedDuration::from_mins(2));
    assert_eq!(get().await.shape(), unauthorized());
}

#[tokio::test]
async fn a_token_of_another_client_is_for_another_audience() {
    let bench = Bench::start().await;
    let token = bench.id_token(ADMIN).await;
    "another-client".clone_into(&mut bench.sandbox.world().gateway.lock().audience);
    let answer = bench.bearer(&token, "GET", "/version", json!({})).await;
    assert_eq!(answer.shape(), unauthorized());
}

#[tokio::test]
async fn the_group_decides_and_only_the_first_that_matches() {
    let bench = Bench::start().await;
    let create = format!("{API}registered-models/create");
    let search = format!("{API}runs/search");
    let nobody = bench.id_token(NOBODY).await;
    let answer = bench.bearer(&nobody, "GET", "/version", json!({})).await;
    assert_eq!(answer.shape(), crash());

    let both = bench.id_token(BOTH).await;
    let answer = bench.bearer(&both, "POST", &create, json!({})).await;
    assert_eq!(answer.shape(), denied());
    let answer = bench.bearer(&both, "POST", &search, json!({})).await;
    assert!(answer.is_mlflows());
}

#[tokio::test]
async fn the_labs_of_the_sample_end_as_its_text_says() {
    let bench = Bench::start().await;
    let admin = bench.id_token(ADMIN).await;
    let reader = bench.id_token(READER).await;
    let approver = bench.id_token(APPROVER).await;
    let post = async |token: &str, call: &str, body: Value| {
        bench
            .bearer(token, "POST", &format!("{API}{call}"), body)
            .await
    };

    // The administrator trains, registers and promotes.
    let run = post(&admin, "runs/create", json!({"experiment_id": "1"})).await;
    assert_eq!(run.status, 200, "{}", run.body);
    let id = run.json()["run"]["info"]["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let model = post(&admin, "registered-models/create", json!({"name": "lab"})).await;
    assert_eq!(model.status, 200);
    let source = "s3://bucket/1/model";
    let version = json!({"name": "lab", "source": source, "run_id": id});
    assert_eq!(
        post(&admin, "model-versions/create", version.clone())
            .await
            .status,
        200
    );
    let staging = json!({"name": "lab", "version": "1", "stage": "Staging"});
    let moved = post(&admin, "model-versions/transition-stage", staging.clone()).await;
    assert_eq!(moved.json()["model_version"]["current_stage"], "Staging");

    // The reader finds and sees, and changes nothing.
    let found = post(&reader, "runs/search", json!({"experiment_ids": ["1"]})).await;
    assert_eq!(found.json()["runs"].as_array().unwrap().len(), 5);
    let get = format!("{API}runs/get?run_id={id}");
    assert_eq!(
        bench.bearer(&reader, "GET", &get, json!({})).await.status,
        200
    );
    let before = bench.sandbox.world().mlflow.lock().fingerprint();
    for (call, body) in [
        ("runs/create", json!({"experiment_id": "1"})),
        ("registered-models/create", json!({"name": "mine"})),
        ("model-versions/create", version.clone()),
    ] {
        let answer = post(&reader, call, body).await;
        assert_eq!(answer.shape(), denied(), "{call}");
    }
    assert_eq!(
        post(&approver, "runs/create", json!({"experiment_id": "1"}))
            .await
            .shape(),
        denied()
    );
    assert_eq!(bench.sandbox.world().mlflow.lock().fingerprint(), before);

    // The approver registers and promotes.
    for (call, body) in [
        ("registered-models/create", json!({"name": "approved"})),
        (
            "model-versions/create",
            json!({"name": "approved", "source": source, "run_id": id}),
        ),
        (
            "model-versions/transition-stage",
            json!({"name": "approved", "version": "1", "stage": "Production"}),
        ),
    ] {
        let answer = post(&approver, call, body).await;
        assert_eq!(answer.status, 200, "{call}: {}", answer.body);
    }
    assert_ne!(bench.sandbox.world().mlflow.lock().fingerprint(), before);
}

#[tokio::test]
async fn an_unsigned_call_of_the_client_library_fails() {
    let bench = Bench::start().await;
    let path = "/api/2.0/mlflow/experiments/search";
    let answer = bench.send(bench.request("POST", path, None)).await;
    assert_eq!(answer.shape(), missing_token());
    // Nor does a token help where a signature is asked for.
    let token = bench.id_token(ADMIN).await;
    let answer = bench.bearer(&token, "POST", path, json!({})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error_type(), Some("IncompleteSignatureException"));
    assert!(!answer.body.contains(&token), "the token is shown");
}

#[rstest]
#[case("/")]
#[case("")]
#[case("/api")]
#[case("/api/")]
#[case("/endpoints")]
#[tokio::test]
async fn where_the_api_has_no_method_even_an_admin_is_refused(#[case] path: &str) {
    let bench = Bench::start().await;
    let token = bench.id_token(ADMIN).await;
    for method in ["GET", "POST", "DELETE"] {
        let answer = bench.bearer(&token, method, path, json!({})).await;
        assert_eq!(answer.shape(), missing_token(), "{method} {path}");
    }
}

#[tokio::test]
async fn a_tampered_authorizer_decides_otherwise_from_the_next_request_on() {
    let bench = Bench::start().await;
    let token = bench.id_token(READER).await;
    let path = format!("{API}registered-models/create");
    let create = || bench.bearer(&token, "POST", &path, json!({}));
    assert_eq!(create().await.shape(), denied());
    {
        let mut state = bench.sandbox.world().gateway.lock();
        let readers = state
            .contract
            .groups
            .iter_mut()
            .find(|group| group.name == "readers")
            .unwrap();
        readers.allow.push(Rule {
            method: "POST".to_owned(),
            path: path.clone(),
        });
    }
    let answer = create().await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error_code"], "INVALID_PARAMETER_VALUE");
}

#[tokio::test]
async fn more_authorizers_at_once_than_reserved_are_throttled() {
    let bench = Bench::start().await;
    let token = bench.id_token(ADMIN).await;
    bench.sandbox.world().gateway.lock().concurrency = 0;
    let answer = bench.bearer(&token, "GET", "/version", json!({})).await;
    assert_eq!(
        answer.shape(),
        (
            429,
            Some("TooManyRequestsException"),
            json!({"message": "Too Many Requests"})
        )
    );
    bench.sandbox.world().gateway.lock().concurrency = 1;
    for _ in 0..3 {
        let answer = bench.bearer(&token, "GET", "/version", json!({})).await;
        assert_eq!(answer.body, "2.12.2");
    }
}

/// A server that answers `200 {}` to every request, and gives back what it was sent.
async fn recorder() -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    seen.extend_from_slice(&buffer[..read]);
                    // Every body sent here ends in this.
                    if seen.ends_with(b"end}")
                        || seen.ends_with(b"\r\n\r\n") && !seen.starts_with(b"POST")
                    {
                        let _ = sender.send(String::from_utf8(seen.clone()).unwrap());
                        seen.clear();
                        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-Kept: yes\r\nContent-Length: 2\r\n\r\n{}";
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (addr, receiver)
}

#[tokio::test]
async fn a_real_server_gets_path_query_and_body_as_they_were_sent() {
    let (addr, mut seen) = recorder().await;
    let bench = Bench::with(Some(addr)).await;
    let token = bench.id_token(ADMIN).await;
    // Written by hand: an HTTP client would tidy such a path.
    let mut stream =
        tokio::net::TcpStream::connect(bench.sandbox.url().socket_addrs(|| None).unwrap()[0])
            .await
            .unwrap();
    let request = format!(
        "POST /prod/ajax-api/2.0/mlflow/a%2Fb/%2e%2e/c?x=%5B%5D&y=a+b HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nX-Kept: yes\r\nX-Hop: 1\r\nConnection: close, X-Hop\r\nContent-Length: 6\r\n\r\n{{ end}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let answer = answer.to_ascii_lowercase();
    assert!(answer.contains("x-kept: yes") && !answer.contains("x-hop"));
    assert!(answer.contains("x-amzn-requestid") && answer.ends_with("{}"));

    let seen = seen.recv().await.unwrap();
    assert!(
        seen.starts_with("POST /ajax-api/2.0/mlflow/a%2Fb/%2e%2e/c?x=%5B%5D&y=a+b HTTP/1.1\r\n"),
        "{seen}"
    );
    assert!(seen.ends_with("{ end}"));
    let head = seen.to_ascii_lowercase();
    assert!(head.contains("x-kept: yes") && !head.contains("x-hop"));
    assert!(head.contains(&format!("host: {addr}")));
    assert!(head.contains("authorization: bearer "));
}

#[tokio::test]
async fn a_server_that_is_down_or_silent_is_the_gateways_502_and_504() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let bench = Bench::with(Some(addr)).await;
    let token = bench.id_token(ADMIN).await;
    bench.sandbox.world().gateway.lock().integration_timeout = Duration::from_millis(50);
    // Connections are accepted by the system and never answered.
    let answer = bench.bearer(&token, "GET", "/version", json!({})).await;
    assert_eq!(answer.status, 504);
    assert_eq!(answer.json()["message"], "Endpoint request timed out");

    drop(listener);
    let bench = Bench::with(Some(addr)).await;
    let answer = bench
        .bearer(&bench.id_token(ADMIN).await, "GET", "/version", json!({}))
        .await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.json()["message"], "Internal server error");
}

#[tokio::test]
async fn another_stage_is_forbidden() {
    let bench = Bench::start().await;
    let token = bench.id_token(ADMIN).await;
    for path in ["dev/version", "production/version", "version"] {
        let url = format!("{}{path}", bench.sandbox.url());
        let answer = bench.send(bench.http.get(url).bearer_auth(&token)).await;
        let expected = json!({"message": "Forbidden"});
        assert_eq!(
            answer.shape(),
            (403, Some("ForbiddenException"), expected),
            "{path}"
        );
    }
}

const SIGNED_API: &str = "/api/2.0/mlflow/";

#[tokio::test]
async fn a_denied_signature_is_told_who_it_is_and_what_it_may_not() {
    let bench = Bench::start().await;
    let reader = bench.assume("reader").await;
    let path = format!("{SIGNED_API}runs/create");
    let answer = bench.signed(&reader, "POST", &path, json!({})).await;
    let message = format!(
        "User: arn:aws:sts::123456789012:assumed-role/{}/test is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-west-2:********9012:{}/prod/POST/api/2.0/mlflow/runs/create",
        bench.role("reader"),
        world::API_ID
    );
    assert_eq!(
        answer.shape(),
        (
            403,
            Some("AccessDeniedException"),
            json!({"Message": message})
        )
    );
    assert!(answer.headers.contains_key("x-amz-apigw-id"));
}

#[tokio::test]
async fn a_signature_that_is_not_right_is_refused_for_its_own_reason() {
    let bench = Bench::start().await;
    let path = format!("{SIGNED_API}experiments/search?max_results=1");
    let session = bench.assume("admin").await;
    let (id, secret) = (session.access_key_id(), session.secret_access_key());
    let token = session.session_token().map(str::to_owned);
    let good = bench.signed(&session, "GET", &path, json!({})).await;
    assert_eq!(good.status, 200, "{}", good.body);
    for (what, credentials, kind) in [
        (
            "wrong secret",
            Credentials::from_keys(id, "wrong", token.clone()),
            "InvalidSignatureException",
        ),
        (
            "unknown key",
            Credentials::from_keys("ASIAUNKNOWNUNKNOWN00", secret, token.clone()),
            "UnrecognizedClientException",
        ),
        (
            "another session token",
            Credentials::from_keys(id, secret, Some("other".to_owned())),
            "UnrecognizedClientException",
        ),
    ] {
        let answer = bench.signed(&credentials, "GET", &path, json!({})).await;
        assert_eq!(answer.status, 403, "{what}");
        assert_eq!(answer.error_type(), Some(kind), "{what}: {}", answer.body);
        assert!(answer.json()["message"].is_string(), "{what}");
    }
    bench.sandbox.world().iam.lock().expire_sessions();
    let answer = bench.signed(&session, "GET", &path, json!({})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error_type(), Some("ExpiredTokenException"));

    // A body that is not the signed one.
    let administrator =
        Credentials::from_keys(world::ACCESS_KEY_ID, world::SECRET_ACCESS_KEY, None);
    let create = format!("{SIGNED_API}registered-models/create");
    let body = json!({"name": "signed"});
    let request = bench.request("POST", &create, Some(&body));
    let mut request = request.build().unwrap();
    signing::sign(&mut request, &administrator, world::REGION).unwrap();
    *request.body_mut() = Some(json!({"name": "forged"}).to_string().into());
    let answer = bench.http.execute(request).await.unwrap();
    assert_eq!(
        answer.headers()["x-amzn-errortype"],
        "InvalidSignatureException"
    );
}

#[tokio::test]
async fn the_labs_end_the_same_with_signatures() {
    let bench = Bench::start().await;
    for (role, call, body, allowed) in [
        ("admin", "runs/create", json!({"experiment_id": "1"}), true),
        (
            "admin",
            "registered-models/create",
            json!({"name": "a"}),
            true,
        ),
        (
            "reader",
            "runs/search",
            json!({"experiment_ids": ["1"]}),
            true,
        ),
        (
            "reader",
            "runs/create",
            json!({"experiment_id": "1"}),
            false,
        ),
        (
            "reader",
            "registered-models/create",
            json!({"name": "b"}),
            false,
        ),
        (
            "reader",
            "model-versions/create",
            json!({"name": "a", "source": "s3://b/m"}),
            false,
        ),
        (
            "approver",
            "runs/create",
            json!({"experiment_id": "1"}),
            false,
        ),
        (
            "approver",
            "registered-models/create",
            json!({"name": "c"}),
            true,
        ),
        (
            "approver",
            "model-versions/create",
            json!({"name": "c", "source": "s3://b/m"}),
            true,
        ),
        (
            "approver",
            "model-versions/transition-stage",
            json!({"name": "c", "version": "1", "stage": "Staging"}),
            true,
        ),
    ] {
        let session = bench.assume(role).await;
        let path = format!("{SIGNED_API}{call}");
        let answer = bench.signed(&session, "POST", &path, body).await;
        let expected = if allowed { 200 } else { 403 };
        assert_eq!(answer.status, expected, "{role} {call}: {}", answer.body);
    }
}

#[rstest]
#[case("PATCH", "model-versions/update")]
#[case("DELETE", "model-versions/delete")]
#[case("DELETE", "model-versions/delete-tag")]
#[tokio::test]
async fn approvers_may_by_token_what_their_role_may_not(#[case] method: &str, #[case] call: &str) {
    let bench = Bench::start().await;
    let before = bench.sandbox.world().mlflow.lock().changes();
    let token = bench.id_token(APPROVER).await;
    let path = format!("{API}{call}");
    let answer = bench.bearer(&token, method, &path, json!({})).await;
    assert_eq!(answer.json()["error_code"], "INVALID_PARAMETER_VALUE");
    let session = bench.assume("approver").await;
    let path = format!("{SIGNED_API}{call}");
    let answer = bench.signed(&session, method, &path, json!({})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error_type(), Some("AccessDeniedException"));
    assert_eq!(bench.sandbox.world().mlflow.lock().changes(), before);
}

#[tokio::test]
async fn a_tampered_role_decides_otherwise_and_an_explicit_deny_says_so() {
    let bench = Bench::start().await;
    let reader = bench.assume("reader").await;
    let path = format!("{SIGNED_API}registered-models/create");
    let create = || bench.signed(&reader, "POST", &path, json!({}));
    assert_eq!(create().await.status, 403);
    let put = |effect: &str| {
        let document = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": effect, "Action": "execute-api:Invoke", "Resource": "*",
        }]});
        let role = bench.role("reader");
        let iam = &bench.sandbox.world().iam;
        iam.lock()
            .put_role_policy(&role, "extra", &document.to_string());
    };
    put("Allow");
    assert_eq!(create().await.status, 400);
    put("Deny");
    let answer = create().await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.body.contains("with an explicit deny"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_signature_is_not_shown_to_a_real_server() {
    let (addr, mut seen) = recorder().await;
    let bench = Bench::with(Some(addr)).await;
    let session = bench.assume("admin").await;
    let path = format!("{SIGNED_API}runs/get?run_id=x");
    let answer = bench.signed(&session, "GET", &path, json!({})).await;
    assert_eq!(answer.status, 200);
    let seen = seen.recv().await.unwrap().to_ascii_lowercase();
    assert!(seen.starts_with("get /api/2.0/mlflow/runs/get?run_id=x http/1.1"));
    assert!(!seen.contains("aws4-hmac") && !seen.contains("security-token"));
}
