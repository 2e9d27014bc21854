//! Being someone: every way of signing in, against a user pool that checks for itself,
//! and what a person is told when it does not work.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider::types::{
    ExplicitAuthFlowsType as Flow, SoftwareTokenMfaSettingsType,
};
use jiff::{SignedDuration, Timestamp};
use mlwarden::{
    aws::{
        Cloud, Target, WriteAccess,
        cognito::{AppClient, Invitation, NewUser},
    },
    domain::{ErrorClass, Failure},
    identity::{Challenges, Credential, IdToken, NoChallenges, SignIn, TokenKeeper, Tokens},
    sandbox::{Options, Sandbox, world},
};
use secrecy::{ExposeSecret, SecretString};

const NEW_PASSWORD: &str = "Another-Passw0rd!";

/// Somebody at the keyboard.
#[derive(Default)]
struct Person {
    new_password: Option<&'static str>,
    totp: Option<String>,
}

impl Challenges for Person {
    fn new_password(&mut self) -> Option<SecretString> {
        self.new_password.map(SecretString::from)
    }

    fn totp(&mut self) -> Option<SecretString> {
        self.totp.clone().map(SecretString::from)
    }
}

struct Stage {
    sandbox: Sandbox,
    cloud: Cloud,
    write: WriteAccess,
}

impl Stage {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Options {
            demo: true,
            ..Options::default()
        })
        .await
        .unwrap();
        let cloud = cloud(sandbox.url().as_str()).await;
        let write = WriteAccess::unless_read_only(false).unwrap();
        Self {
            sandbox,
            cloud,
            write,
        }
    }

    async fn sample_client(&self) -> AppClient {
        self.cloud
            .cognito
            .describe_client(world::POOL_ID, world::CLIENT_ID)
            .await
            .unwrap()
    }

    /// The service itself, for what the console has no business doing.
    fn raw(&self) -> aws_sdk_cognitoidentityprovider::Client {
        aws_sdk_cognitoidentityprovider::Client::from_conf(
            aws_sdk_cognitoidentityprovider::Config::builder()
                .behavior_version_latest()
                .region(aws_sdk_cognitoidentityprovider::config::Region::new(
                    world::REGION,
                ))
                .credentials_provider(administrator())
                .endpoint_url(self.sandbox.url().as_str())
                .build(),
        )
    }

    async fn client(&self, flows: &[Flow], secret: bool) -> AppClient {
        let made = self
            .raw()
            .create_user_pool_client()
            .user_pool_id(world::POOL_ID)
            .client_name("another")
            .generate_secret(secret)
            .set_explicit_auth_flows(Some(flows.to_vec()))
            .send()
            .await
            .unwrap()
            .user_pool_client
            .unwrap();
        self.cloud
            .cognito
            .describe_client(world::POOL_ID, &made.client_id.unwrap())
            .await
            .unwrap()
    }

    async fn invite(&self, email: &str) {
        let user = NewUser {
            username: email.to_owned(),
            attributes: [("email", email), ("email_verified", "true")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            temporary_password: Some(world::PASSWORD.into()),
            invitation: Invitation::Suppress,
        };
        self.cloud
            .cognito
            .create_user(&self.write, world::POOL_ID, &user)
            .await
            .unwrap();
    }

    async fn sign_in(
        &self,
        client: &AppClient,
        username: &str,
        password: &str,
        challenges: &mut dyn Challenges,
    ) -> Result<Tokens, Failure> {
        SignIn {
            cognito: &self.cloud.cognito,
            pool: world::POOL_ID,
            client,
        }
        .password(username, &password.into(), challenges)
        .await
    }

    async fn refused(&self, username: &str, password: &str) -> Failure {
        let client = self.sample_client().await;
        self.sign_in(&client, username, password, &mut NoChallenges)
            .await
            .unwrap_err()
    }
}

fn administrator() -> Credentials {
    Credentials::new(
        world::ACCESS_KEY_ID,
        world::SECRET_ACCESS_KEY,
        None,
        None,
        "test",
    )
}

async fn cloud(endpoint: &str) -> Cloud {
    let target = Target {
        region: Some(world::REGION.to_owned()),
        endpoint_url: Some(endpoint.to_owned()),
        ..Target::default()
    };
    Cloud::connect_as(&target, administrator()).await.unwrap()
}

#[tokio::test]
async fn everybody_of_the_sample_signs_in_by_srp_and_carries_their_group() {
    let stage = Stage::new().await;
    let client = stage.sample_client().await;
    for (email, group) in [
        ("mlflow-admin@example.com", "admins"),
        ("mlflow-reader@example.com", "readers"),
        ("mlflow-model-approver@example.com", "model-approvers"),
    ] {
        let tokens = stage
            .sign_in(&client, email, world::PASSWORD, &mut NoChallenges)
            .await
            .unwrap();
        let claims = tokens.id.claims();
        assert_eq!(claims.groups, [group]);
        assert_eq!(claims.email.as_deref(), Some(email));
        assert_eq!(claims.aud.as_deref(), Some(world::CLIENT_ID));
        assert_eq!(claims.token_use, "id");
        assert!(tokens.refresh.is_some());
        assert!(tokens.expires_at > Timestamp::now());
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_wrong_input_and_never_repeated() {
    let stage = Stage::new().await;
    for user in ["mlflow-reader@example.com", "nobody@example.com"] {
        let failure = stage.refused(user, "not-The-Passw0rd").await;
        assert_eq!(failure.class, ErrorClass::Invalid);
        let said = format!("{failure} {failure:?} {}", failure.next_step());
        assert!(said.contains(user), "{said}");
        assert!(!said.contains("not-The-Passw0rd"), "{said}");
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn each_reason_for_not_getting_in_has_its_own_next_step() {
    let stage = Stage::new().await;
    let disabled = stage
        .refused("marco.bianchi@example.com", world::PASSWORD)
        .await;
    assert_eq!(disabled.class, ErrorClass::Denied { action: None });
    assert!(disabled.next_step().contains("enable"), "{disabled}");

    let unconfirmed = stage
        .refused("sam.okafor@example.com", world::PASSWORD)
        .await;
    assert_eq!(unconfirmed.class, ErrorClass::Denied { action: None });
    assert!(unconfirmed.next_step().contains("confirm"), "{unconfirmed}");

    let expired = stage
        .refused("lena.fischer@example.com", world::PASSWORD)
        .await;
    assert_eq!(expired.class, ErrorClass::Expired);
    assert!(expired.next_step().contains("resend-invite"), "{expired}");

    let reader = "mlflow-reader@example.com";
    stage
        .cloud
        .cognito
        .reset_password(&stage.write, world::POOL_ID, reader)
        .await
        .unwrap();
    let reset = stage.refused(reader, world::PASSWORD).await;
    assert_eq!(reset.class, ErrorClass::Expired);
    assert!(reset.next_step().contains("reset"), "{reset}");
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn an_unknown_client_points_at_the_pool_and_the_region() {
    let stage = Stage::new().await;
    let mut client = stage.sample_client().await;
    client.id = "0nosuchclient0".to_owned();
    let failure = stage
        .sign_in(
            &client,
            "mlflow-reader@example.com",
            world::PASSWORD,
            &mut NoChallenges,
        )
        .await
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::NotFound);
    assert!(failure.next_step().contains("region"), "{failure}");
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_temporary_password_is_changed_at_the_first_sign_in() {
    let stage = Stage::new().await;
    let client = stage.sample_client().await;
    let email = "first.time@example.com";
    stage.invite(email).await;

    let alone = stage
        .sign_in(&client, email, world::PASSWORD, &mut NoChallenges)
        .await
        .unwrap_err();
    assert_eq!(alone.class, ErrorClass::Invalid);
    assert!(alone.message.contains("temporary"), "{alone}");

    let mut person = Person {
        new_password: Some(NEW_PASSWORD),
        ..Person::default()
    };
    stage
        .sign_in(&client, email, world::PASSWORD, &mut person)
        .await
        .unwrap();
    stage
        .sign_in(&client, email, NEW_PASSWORD, &mut NoChallenges)
        .await
        .unwrap();
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_new_password_that_does_not_suit_the_pool_is_called_so() {
    let stage = Stage::new().await;
    let client = stage.sample_client().await;
    stage.invite("first.time@example.com").await;
    let mut person = Person {
        new_password: Some("short"),
        ..Person::default()
    };
    let failure = stage
        .sign_in(
            &client,
            "first.time@example.com",
            world::PASSWORD,
            &mut person,
        )
        .await
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(failure.next_step().contains("policy"), "{failure}");
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn an_authenticator_code_is_asked_for_and_checked() {
    let stage = Stage::new().await;
    let client = stage.sample_client().await;
    let email = "mlflow-reader@example.com";
    let authenticator = set_up_authenticator(&stage, &client, email).await;
    // A code is good once, so the next one is needed.
    stage
        .sandbox
        .world()
        .clock
        .advance(SignedDuration::from_mins(2));
    let now = u64::try_from(stage.sandbox.world().clock.now().as_second()).unwrap();
    let right = authenticator.generate(now).to_string();
    let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);

    let nobody = stage
        .sign_in(&client, email, world::PASSWORD, &mut NoChallenges)
        .await
        .unwrap_err();
    assert!(nobody.message.contains("code"), "{nobody}");

    let mut person = Person {
        totp: Some(wrong),
        ..Person::default()
    };
    let failure = stage
        .sign_in(&client, email, world::PASSWORD, &mut person)
        .await
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(failure.next_step().contains("clock"), "{failure}");

    person.totp = Some(right);
    stage
        .sign_in(&client, email, world::PASSWORD, &mut person)
        .await
        .unwrap();
    stage.sandbox.stop().await;
}

async fn set_up_authenticator(stage: &Stage, client: &AppClient, email: &str) -> totp_rs::Totp {
    let raw = stage.raw();
    raw.set_user_pool_mfa_config()
        .user_pool_id(world::POOL_ID)
        .software_token_mfa_configuration(
            aws_sdk_cognitoidentityprovider::types::SoftwareTokenMfaConfigType::builder()
                .enabled(true)
                .build(),
        )
        .mfa_configuration(aws_sdk_cognitoidentityprovider::types::UserPoolMfaType::Optional)
        .send()
        .await
        .unwrap();
    let tokens = stage
        .sign_in(client, email, world::PASSWORD, &mut NoChallenges)
        .await
        .unwrap();
    let access = tokens.access.expose_secret();
    let secret = raw
        .associate_software_token()
        .access_token(access)
        .send()
        .await
        .unwrap()
        .secret_code
        .unwrap();
    let authenticator = authenticator(&secret);
    let now = u64::try_from(stage.sandbox.world().clock.now().as_second()).unwrap();
    raw.verify_software_token()
        .access_token(access)
        .user_code(authenticator.generate(now).to_string())
        .send()
        .await
        .unwrap();
    raw.set_user_mfa_preference()
        .access_token(access)
        .software_token_mfa_settings(
            SoftwareTokenMfaSettingsType::builder()
                .enabled(true)
                .preferred_mfa(true)
                .build(),
        )
        .send()
        .await
        .unwrap();
    authenticator
}

fn authenticator(secret: &str) -> totp_rs::Totp {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    totp_rs::Builder::new().with_secret(secret).build().unwrap()
}

#[tokio::test]
async fn every_flow_works_with_and_without_a_client_secret() {
    let stage = Stage::new().await;
    for secret in [false, true] {
        for flow in [
            Flow::AllowUserSrpAuth,
            Flow::AllowAdminUserPasswordAuth,
            Flow::AllowUserPasswordAuth,
        ] {
            let client = stage
                .client(&[flow.clone(), Flow::AllowRefreshTokenAuth], secret)
                .await;
            assert_eq!(client.secret.is_some(), secret);
            let tokens = stage
                .sign_in(
                    &client,
                    "mlflow-reader@example.com",
                    world::PASSWORD,
                    &mut NoChallenges,
                )
                .await
                .unwrap_or_else(|failure| panic!("{flow:?}, secret {secret}: {failure}"));
            let sign_in = SignIn {
                cognito: &stage.cloud.cognito,
                pool: world::POOL_ID,
                client: &client,
            };
            let refresh = tokens.refresh.unwrap();
            let renewed = sign_in
                .refresh(&tokens.id.claims().username, &refresh)
                .await
                .unwrap_or_else(|failure| panic!("{flow:?}, secret {secret}: {failure}"));
            assert_eq!(renewed.id.claims().groups, ["readers"]);
            assert!(renewed.refresh.is_some(), "the refresh token stays");
        }
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_challenge_is_answered_in_the_flow_that_brought_it_also_with_a_secret() {
    let stage = Stage::new().await;
    for (index, flow) in [
        Flow::AllowUserSrpAuth,
        Flow::AllowAdminUserPasswordAuth,
        Flow::AllowUserPasswordAuth,
    ]
    .into_iter()
    .enumerate()
    {
        let client = stage.client(&[flow], true).await;
        let email = format!("first.time.{index}@example.com");
        stage.invite(&email).await;
        let mut person = Person {
            new_password: Some(NEW_PASSWORD),
            ..Person::default()
        };
        stage
            .sign_in(&client, &email, world::PASSWORD, &mut person)
            .await
            .unwrap();
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_client_without_a_password_flow_says_which_flows_it_has() {
    let stage = Stage::new().await;
    let client = stage
        .client(&[Flow::AllowCustomAuth, Flow::AllowRefreshTokenAuth], false)
        .await;
    let failure = stage
        .sign_in(
            &client,
            "mlflow-reader@example.com",
            world::PASSWORD,
            &mut NoChallenges,
        )
        .await
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(failure.message.contains("ALLOW_CUSTOM_AUTH"), "{failure}");
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_flow_that_the_client_refuses_after_all_is_named() {
    let stage = Stage::new().await;
    let mut client = stage.sample_client().await;
    client.flows = vec!["ALLOW_USER_PASSWORD_AUTH".to_owned()];
    let failure = stage
        .sign_in(
            &client,
            "mlflow-reader@example.com",
            world::PASSWORD,
            &mut NoChallenges,
        )
        .await
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(failure.next_step().contains("flow"), "{failure}");
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_once_however_many_ask() {
    let stage = Stage::new().await;
    let client = stage.sample_client().await;
    let mut tokens = stage
        .sign_in(
            &client,
            "mlflow-reader@example.com",
            world::PASSWORD,
            &mut NoChallenges,
        )
        .await
        .unwrap();
    let first = tokens.id.clone();
    tokens.expires_at = Timestamp::now();
    let keeper = TokenKeeper::new(
        stage.cloud.cognito.clone(),
        world::POOL_ID.to_owned(),
        client,
        tokens,
    );
    let renewed = futures::future::join_all((0..20).map(|_| keeper.id_token())).await;
    let renewed: Vec<IdToken> = renewed.into_iter().map(Result::unwrap).collect();
    // Every token has an id of its own, so one refresh is one token.
    assert_ne!(renewed[0].expose(), first.expose());
    assert!(
        renewed
            .iter()
            .all(|token| token.expose() == renewed[0].expose())
    );

    // The gateway may call a token expired before we do.
    let second = renewed[0].clone();
    let again = futures::future::join_all((0..20).map(|_| keeper.renewed(&second))).await;
    let again: Vec<IdToken> = again.into_iter().map(Result::unwrap).collect();
    assert_ne!(again[0].expose(), second.expose());
    assert!(
        again
            .iter()
            .all(|token| token.expose() == again[0].expose())
    );
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_refresh_token_that_was_signed_out_is_expired() {
    let stage = Stage::new().await;
    let client = stage.sample_client().await;
    let email = "mlflow-reader@example.com";
    let mut tokens = stage
        .sign_in(&client, email, world::PASSWORD, &mut NoChallenges)
        .await
        .unwrap();
    stage
        .cloud
        .cognito
        .sign_out(&stage.write, world::POOL_ID, email)
        .await
        .unwrap();
    tokens.expires_at = Timestamp::now();
    let without_refresh = Tokens {
        refresh: None,
        ..tokens.clone()
    };
    for tokens in [tokens, without_refresh] {
        let keeper = TokenKeeper::new(
            stage.cloud.cognito.clone(),
            world::POOL_ID.to_owned(),
            client.clone(),
            tokens,
        );
        let failure = keeper.id_token().await.unwrap_err();
        assert_eq!(failure.class, ErrorClass::Expired);
        assert!(failure.next_step().contains("sign in again"), "{failure}");
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn no_secret_shows_in_what_is_printed_for_debugging() {
    let stage = Stage::new().await;
    let client = stage.client(&[Flow::AllowUserSrpAuth], true).await;
    let tokens = stage
        .sign_in(
            &client,
            "mlflow-reader@example.com",
            world::PASSWORD,
            &mut NoChallenges,
        )
        .await
        .unwrap();
    let printed = format!(
        "{client:?} {tokens:?} {:?} {:?} {}",
        Credential::Bearer(tokens.id.clone()),
        Credential::SigV4(administrator()),
        tokens.id.decoded().unwrap(),
    );
    let signature = tokens.id.expose().rsplit('.').next().unwrap();
    for secret in [
        client.secret.as_ref().unwrap().expose_secret(),
        tokens.id.expose(),
        signature,
        tokens.access.expose_secret(),
        tokens.refresh.as_ref().unwrap().expose_secret(),
        world::SECRET_ACCESS_KEY,
    ] {
        assert!(!printed.contains(secret));
    }
    // What is shown of the token is what it says.
    assert!(printed.contains("readers"));
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn a_challenge_that_is_not_known_ends_the_sign_in_with_its_name() {
    let server = wiremock::MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(
            wiremock::ResponseTemplate::new(200).set_body_json(serde_json::json!({
                "ChallengeName": "SMS_MFA", "Session": "s", "ChallengeParameters": {}
            })),
        )
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri()).await;
    let client = AppClient {
        id: "x".into(),
        name: "x".into(),
        secret: None,
        flows: vec!["ALLOW_USER_PASSWORD_AUTH".into()],
        id_token_seconds: 3600,
    };
    let failure = SignIn {
        cognito: &cloud.cognito,
        pool: world::POOL_ID,
        client: &client,
    }
    .password("a@example.com", &"x".into(), &mut NoChallenges)
    .await
    .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Invalid);
    assert!(failure.message.contains("SMS_MFA"), "{failure}");
}

#[tokio::test]
async fn a_challenge_without_end_ends() {
    let server = wiremock::MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(
            wiremock::ResponseTemplate::new(200).set_body_json(serde_json::json!({
                "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s", "ChallengeParameters": {}
            })),
        )
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri()).await;
    let client = AppClient {
        id: "x".into(),
        name: "x".into(),
        secret: None,
        flows: vec!["ALLOW_USER_PASSWORD_AUTH".into()],
        id_token_seconds: 3600,
    };
    let mut person = Person {
        totp: Some("000000".into()),
        ..Person::default()
    };
    let sign_in = SignIn {
        cognito: &cloud.cognito,
        pool: world::POOL_ID,
        client: &client,
    };
    let password = SecretString::from("x");
    let endless = sign_in.password("a@example.com", &password, &mut person);
    let failure = tokio::time::timeout(Duration::from_mins(1), endless)
        .await
        .expect("it must end by itself")
        .unwrap_err();
    assert_eq!(failure.class, ErrorClass::Unavailable);
}
