//! The sandbox's Lambda, as the AWS SDK and the program's own adapter use it, and how the
//! gateway follows the package in effect.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/sandboxed.rs"]
mod sandboxed;

use std::io::{Cursor, Write};

use aws_sdk_lambda::{
    Client,
    config::{Credentials, Region},
    error::ProvideErrorMetadata,
    primitives::Blob,
};
use jiff::SignedDuration;
use mlwarden::{
    access::{Contract, Nobody, authorizer::RULES_FILE},
    aws::{
        WriteAccess,
        lambda::{FunctionArn, LastUpdate},
    },
    domain::ErrorClass,
    plan::package::{self, HANDLER, Package},
    probe::{Verifier, actor::sign_in},
    sandbox::{Options, Sandbox, lambda::State, world},
};
use secrecy::{ExposeSecret, SecretString};

struct Stage {
    sandbox: Sandbox,
    verifier: Verifier,
    _state: tempfile::TempDir,
}

impl Stage {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        sandbox.world().lambda.lock().takes = SignedDuration::ZERO;
        let state = tempfile::tempdir().unwrap();
        let verifier = sandboxed::verifier(&sandbox, state.path()).await;
        Self {
            sandbox,
            verifier,
            _state: state,
        }
    }

    /// The SDK's own client, with the administrator's credentials or others.
    fn client(&self, key: &str, secret: &str) -> Client {
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version_latest()
            .endpoint_url(self.sandbox.url().as_str())
            .region(Region::new(world::REGION))
            .credentials_provider(Credentials::new(key, secret, None, None, "test"))
            .build();
        Client::from_conf(config)
    }

    fn administrator(&self) -> Client {
        self.client(world::ACCESS_KEY_ID, world::SECRET_ACCESS_KEY)
    }

    /// A user's ID token.
    async fn token(&self, user: &str) -> SecretString {
        let cloud = &self.verifier.cloud;
        let client = cloud
            .cognito
            .describe_client(world::POOL_ID, world::CLIENT_ID)
            .await
            .unwrap();
        let password = SecretString::from(world::PASSWORD);
        let keeper = sign_in(cloud, world::POOL_ID, &client, user, &password)
            .await
            .unwrap();
        keeper.id_token().await.unwrap().secret().clone()
    }

    /// What the API answers to a GET of a token's bearer.
    async fn get(&self, token: &str, path: &str) -> u16 {
        let url = format!("{}prod{path}", self.sandbox.url());
        let answer = reqwest::Client::new().get(url).bearer_auth(token).send();
        answer.await.unwrap().status().as_u16()
    }

    fn deploy(&self, zip: Vec<u8>) {
        let world = self.sandbox.world();
        assert!(world.lambda.lock().deploy(zip, world.clock.now()));
    }
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const READ: &str = "/ajax-api/2.0/mlflow/runs/get";

#[tokio::test(flavor = "multi_thread")]
async fn the_function_is_found_by_discovery_and_described() {
    let stage = Stage::start().await;
    let found = stage.verifier.deployment.authorizer_function.clone();
    assert_eq!(found.unwrap().value, State::arn());
    let lambda = &stage.verifier.cloud.lambda;
    let function = lambda.configuration(&State::arn()).await.unwrap();
    assert_eq!(function.handler.as_deref(), Some("index.handler"));
    assert_eq!(function.runtime.as_deref(), Some("python3.9"));
    assert_eq!(function.version, "$LATEST");
    assert_eq!(function.last_update, LastUpdate::Successful);
    let environment = function.environment.as_ref().unwrap();
    assert!(environment.contains("APP_CLIENT_ID"));
    assert!(function.modified_at.is_some() && function.revision.is_some());
    let bytes = lambda.package(&State::arn(), None).await.unwrap();
    assert_eq!(package::sha256(&bytes), function.code_sha256);
    assert_eq!(bytes.len() as u64, function.code_size);
    let package = Package::read(bytes, &function).unwrap();
    assert!(!package.is_drop_in());
    assert_eq!(
        FunctionArn::parse(&function.arn).unwrap().name(),
        function.name
    );
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::similar_names, reason = "a stage and what is stale on it")]
async fn an_update_is_under_way_then_in_effect_and_a_stale_revision_is_refused() {
    let stage = Stage::start().await;
    let world = stage.sandbox.world();
    world.lambda.lock().takes = SignedDuration::from_mins(1);
    let (lambda, arn) = (&stage.verifier.cloud.lambda, State::arn());
    let writes = WriteAccess::unless_read_only(false).unwrap();
    let before = lambda.configuration(&arn).await.unwrap();
    let new = zip(&[("index.py", "x"), ("jose/__init__.py", "")]);
    let revision = before.revision.as_deref();
    lambda
        .update_code(&writes, &arn, &new, revision)
        .await
        .unwrap();
    let during = lambda.configuration(&arn).await.unwrap();
    assert_eq!(during.last_update, LastUpdate::InProgress);
    assert_eq!(during.code_sha256, package::sha256(&new));
    let busy = lambda
        .update_code(&writes, &arn, &new, None)
        .await
        .unwrap_err();
    assert_eq!(busy.class, ErrorClass::Unavailable, "{busy}");
    world.clock.advance(SignedDuration::from_mins(1));
    let after = lambda.configuration(&arn).await.unwrap();
    assert_eq!(after.last_update, LastUpdate::Successful);
    let stale = lambda
        .update_code(&writes, &arn, &new, revision)
        .await
        .unwrap_err();
    assert_eq!(stale.class, ErrorClass::Conflict, "{stale}");
    let broken = lambda
        .update_code(&writes, &arn, b"no zip", None)
        .await
        .unwrap_err();
    assert_eq!(broken.class, ErrorClass::Invalid, "{broken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_kept_once_each_and_their_packages_come_back() {
    let stage = Stage::start().await;
    let (lambda, arn) = (&stage.verifier.cloud.lambda, State::arn());
    let writes = WriteAccess::unless_read_only(false).unwrap();
    let first = lambda.configuration(&arn).await.unwrap();
    let keep = |sha256: String| {
        let (arn, writes) = (arn.clone(), writes.clone());
        async move { lambda.publish_version(&writes, &arn, &sha256).await }
    };
    assert_eq!(keep(first.code_sha256.clone()).await.unwrap(), "1");
    assert_eq!(keep(first.code_sha256.clone()).await.unwrap(), "1");
    let other = keep(package::sha256(b"other")).await.unwrap_err();
    assert_eq!(other.class, ErrorClass::Conflict, "{other}");
    for at in 0..60 {
        let new = zip(&[("index.py", &at.to_string())]);
        lambda.update_code(&writes, &arn, &new, None).await.unwrap();
        assert_eq!(
            keep(package::sha256(&new)).await.unwrap(),
            (at + 2).to_string()
        );
    }
    let versions = lambda.versions(&arn).await.unwrap();
    assert_eq!(versions.len(), 62);
    assert_eq!(
        (versions[0].version.as_str(), versions[1].version.as_str()),
        ("$LATEST", "1")
    );
    assert_eq!(versions[1].arn, format!("{arn}:1"));
    let bytes = lambda.package(&arn, Some("1")).await.unwrap();
    assert_eq!(package::sha256(&bytes), first.code_sha256);
    let none = lambda.package(&arn, Some("99")).await.unwrap_err();
    assert_eq!(none.class, ErrorClass::NotFound, "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_package_is_good_for_ten_minutes_and_needs_no_signature() {
    let stage = Stage::start().await;
    let got = stage
        .administrator()
        .get_function()
        .function_name(State::arn());
    let location = got.send().await.unwrap().code.unwrap().location.unwrap();
    let get = || reqwest::get(location.clone());
    assert_eq!(get().await.unwrap().status(), 200);
    let forged = location.replace("X-Amz-Signature=", "X-Amz-Signature=0");
    assert_eq!(reqwest::get(forged).await.unwrap().status(), 403);
    stage
        .sandbox
        .world()
        .clock
        .advance(SignedDuration::from_mins(10));
    assert_eq!(get().await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_takes_its_own_right_on_the_function() {
    let stage = Stage::start().await;
    let arn = State::arn();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"lambda:GetFunctionConfiguration","Resource":"{arn}"}}}}"#
    );
    let (key, secret) = stage.sandbox.world().iam.lock().add_user("some", &policy);
    let client = stage.client(&key, &secret);
    let by_name = FunctionArn::parse(&arn).unwrap().name().to_owned();
    let read = client.get_function_configuration().function_name(by_name);
    assert_eq!(read.send().await.unwrap().version(), Some("$LATEST"));
    let update = client.update_function_code().function_name(&arn);
    let denied = update
        .zip_file(Blob::new(zip(&[])))
        .send()
        .await
        .unwrap_err();
    assert_eq!(denied.code(), Some("AccessDeniedException"));
    assert!(
        denied
            .message()
            .unwrap()
            .contains("lambda:UpdateFunctionCode")
    );
    let download = client.get_function().function_name(&arn).send().await;
    assert!(
        download
            .unwrap_err()
            .message()
            .unwrap()
            .contains("lambda:GetFunction ")
    );
    let administrator = stage.administrator();
    let other = administrator
        .get_function()
        .function_name("no-such")
        .send()
        .await;
    assert_eq!(other.unwrap_err().code(), Some("ResourceNotFoundException"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_decides_by_the_package_in_effect() {
    let stage = Stage::start().await;
    let world = stage.sandbox.world();
    let reader = stage.token("mlflow-reader@example.com").await;
    let reader = reader.expose_secret();
    assert_ne!(stage.get(reader, READ).await, 403);
    // The sample's authorizer crashes on what is no token.
    assert_eq!(stage.get("nonsense", READ).await, 500);

    let mut rules = Contract::sample();
    rules.groups.retain(|group| group.name == "admins");
    rules.nobody = Nobody::Crash;
    let rules = rules.to_json().unwrap();
    let drop_in = |rules: &str| {
        zip(&[
            ("index.py", HANDLER),
            (RULES_FILE, rules),
            ("jose/__init__.py", ""),
        ])
    };
    stage.deploy(drop_in(&rules));
    assert_eq!(stage.get(reader, READ).await, 403, "denied, and no crash");
    assert_eq!(stage.get("nonsense", READ).await, 401);
    let admin = stage.token("mlflow-admin@example.com").await;
    assert_ne!(stage.get(admin.expose_secret(), READ).await, 403);

    stage.deploy(drop_in("{"));
    assert_eq!(
        stage.get(admin.expose_secret(), READ).await,
        403,
        "unreadable rules deny"
    );
    stage.deploy(zip(&[("index.py", "def other(): ...")]));
    assert_eq!(stage.get(admin.expose_secret(), READ).await, 500);
    stage.deploy(zip(&[("main.py", HANDLER)]));
    assert_eq!(stage.get(admin.expose_secret(), READ).await, 500);

    // What fails, or is still under way, changes nothing.
    {
        let now = world.clock.now();
        let mut lambda = world.lambda.lock();
        lambda.deploy(drop_in(&rules), now);
        lambda.next_fails = true;
    }
    let writes = WriteAccess::unless_read_only(false).unwrap();
    let broken = zip(&[("index.py", "")]);
    let client = &stage.verifier.cloud.lambda;
    client
        .update_code(&writes, &State::arn(), &broken, None)
        .await
        .unwrap();
    let failed = client.configuration(&State::arn()).await.unwrap();
    assert_eq!(failed.last_update, LastUpdate::Failed);
    assert!(failed.last_update_reason.is_some());
    assert_eq!(stage.get(reader, READ).await, 403);
}
