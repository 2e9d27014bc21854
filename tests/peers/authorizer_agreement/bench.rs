//! A user pool's key with its JWKS on loopback, and the drop-in authorizer under real Python.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::support::venv::Venv;

pub const POOL: &str = "us-west-2_Agreement";
pub const CLIENT: &str = "theappclient";
/// The JWT libraries that a package may carry.
pub const LIBRARIES: [&str; 3] = ["jose", "jose-alone", "pyjwt"];

/// A key of a user pool.
pub struct Issuer {
    pair: KeyPair,
    kid: &'static str,
}

impl Issuer {
    pub fn new(kid: &'static str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        Self { pair, kid }
    }

    /// The public key as a JWK.
    pub fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "alg": "RS256",
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "kid": self.kid,
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "use": "sig",
        })
    }

    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({"kid": self.kid, "alg": "RS256"});
        self.sign_as(&header, claims, &RSA_PKCS1_SHA256)
    }

    pub fn sign_512(&self, claims: &Value) -> String {
        let header = json!({"kid": self.kid, "alg": "RS512"});
        self.sign_as(&header, claims, &RSA_PKCS1_SHA512)
    }

    pub fn sign_as(
        &self,
        header: &Value,
        claims: &Value,
        encoding: &'static dyn RsaEncoding,
    ) -> String {
        let message = message(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                encoding,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Header and claims of a token, without a signature.
pub fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// The claims of a good ID token.
pub fn claims(groups: &[String]) -> Value {
    let now = Timestamp::now().as_second();
    json!({
        "sub": "5f0c1b6e-aaaa-bbbb-cccc-000000000001",
        "cognito:username": "eve",
        "cognito:groups": groups,
        "email": "eve@example.com",
        "iss": format!("https://cognito-idp.us-west-2.amazonaws.com/{POOL}"),
        "aud": CLIENT,
        "token_use": "id",
        "at_hash": "notchecked",
        "iat": now,
        "exp": now + 3600,
    })
}

/// What API Gateway hands to a REQUEST authorizer.
pub fn event(token: &str) -> Value {
    json!({
        "type": "REQUEST",
        "headers": {"authorization": format!("Bearer {token}")},
        "methodArn": "arn:aws:execute-api:us-west-2:123456789012:abcdef1234/prod/GET/whatever",
    })
}

/// A server that hands out the keys.
pub async fn serve_keys(issuers: &[&Issuer]) -> MockServer {
    let server = MockServer::start().await;
    hand_out(&server, issuers).await;
    server
}

/// From now on these are the keys.
pub async fn hand_out(server: &MockServer, issuers: &[&Issuer]) {
    let keys: Vec<Value> = issuers.iter().map(|issuer| issuer.jwk()).collect();
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "keys": keys })))
        .mount(server)
        .await;
}

/// What Python answered, and what it wrote into its log.
pub struct Answers {
    /// For each line what came of each event: `{"policy": …}` or `{"raised": "Exception: Unauthorized"}`.
    pub lines: Vec<Vec<Value>>,
    pub log: String,
}

/// Runs the drop-in authorizer with one of [`LIBRARIES`], each line a cold start.
pub async fn run(library: &'static str, keys_url: &str, lines: Vec<Value>) -> Answers {
    let keys_url = keys_url.to_owned();
    tokio::task::spawn_blocking(move || run_now(library, &keys_url, &lines))
        .await
        .unwrap()
}

fn run_now(library: &str, keys_url: &str, lines: &[Value]) -> Answers {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let mut python = Command::new(Venv::prepare("authorizer").python())
        .arg(root.join("tests/peers/authorizer_driver.py"))
        .arg(root.join("assets/authorizer/index.py"))
        .arg(library)
        .arg(folder.path())
        .env("REGION", "us-west-2")
        .env("ACCOUNT", "123456789012")
        .env("REST_API_ID", "abcdef1234")
        .env("COGNITO_USER_POOL_ID", POOL)
        .env("APP_CLIENT_ID", CLIENT)
        .env("COGNITO_KEYS_URL", keys_url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let text = lines.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = python.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    writer
        .join()
        .unwrap()
        .unwrap_or_else(|error| panic!("{error}: {log}"));
    assert!(output.status.success(), "{log}");
    let lines: Vec<Vec<Value>> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    Answers { lines, log }
}
