//! The sandbox's Cognito against clients that others wrote: the AWS SDK, an SRP client,
//! a JWT library and a TOTP generator.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
    sync::Arc,
    time::SystemTime,
};

use aws_cognito_srp::{SrpClient, User as SrpUser};
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    error::{ProvideErrorMetadata, SdkError},
    operation::respond_to_auth_challenge::RespondToAuthChallengeOutput,
    types::{
        AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType,
        ExplicitAuthFlowsType, MessageActionType, PreventUserExistenceErrorTypes,
        SoftwareTokenMfaConfigType, SoftwareTokenMfaSettingsType, TimeUnitsType,
        TokenValidityUnitsType, UserPoolMfaType, UserStatusType,
    },
};
use aws_smithy_async::time::TimeSource;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use mlwarden::sandbox::{Options, Sandbox, world};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::Sha256;

const POOL: &str = world::POOL_ID;
const CLIENT: &str = world::CLIENT_ID;
const READER: &str = "mlflow-reader@example.com";

/// An error's code and message.
type Refusal = (String, String);

struct Bench {
    sandbox: Sandbox,
    cognito: Client,
}

impl Bench {
    async fn start(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let cognito = client(&sandbox);
        Self { sandbox, cognito }
    }

    /// Invites somebody; returns the user name.
    async fn invite(&self, email: &str, password: &str) -> String {
        self.cognito
            .admin_create_user()
            .user_pool_id(POOL)
            .username(email)
            .temporary_password(password)
            .message_action(MessageActionType::Suppress)
            .send()
            .await
            .unwrap()
            .user
            .unwrap()
            .username
            .unwrap()
    }

    async fn new_client(
        &self,
        flows: &[ExplicitAuthFlowsType],
        secret: bool,
        hide: bool,
    ) -> (String, Option<String>) {
        let client = self
            .cognito
            .create_user_pool_client()
            .user_pool_id(POOL)
            .client_name("another")
            .generate_secret(secret)
            .set_explicit_auth_flows(Some(flows.to_vec()))
            .prevent_user_existence_errors(if hide {
                PreventUserExistenceErrorTypes::Enabled
            } else {
                PreventUserExistenceErrorTypes::Legacy
            })
            .send()
            .await
            .unwrap()
            .user_pool_client
            .unwrap();
        (client.client_id.unwrap(), client.client_secret)
    }

    /// One SRP sign-in: the answer to the proof, or the error's code and message.
    async fn srp(
        &self,
        client: (&str, Option<&str>),
        username: &str,
        password: &str,
    ) -> Result<RespondToAuthChallengeOutput, Refusal> {
        let (id, secret) = client;
        let srp = SrpClient::new(SrpUser::new(POOL, username, password), id, secret);
        let start = srp.get_auth_parameters();
        let mut request = self
            .cognito
            .initiate_auth()
            .client_id(id)
            .auth_flow(AuthFlowType::UserSrpAuth)
            .auth_parameters("USERNAME", start.username)
            .auth_parameters("SRP_A", start.a);
        if let Some(hash) = srp.get_secret_hash() {
            request = request.auth_parameters("SECRET_HASH", hash);
        }
        let challenge = request.send().await.map_err(refusal)?;
        assert_eq!(
            challenge.challenge_name,
            Some(ChallengeNameType::PasswordVerifier)
        );
        assert_eq!(
            challenge.session, None,
            "a real SRP challenge carries no session"
        );
        let given = challenge.challenge_parameters.unwrap();
        let user_id = &given["USER_ID_FOR_SRP"];
        let proof = srp
            .verify(
                &given["SECRET_BLOCK"],
                user_id,
                &given["SALT"],
                &given["SRP_B"],
            )
            .unwrap();
        let mut answer = self
            .cognito
            .respond_to_auth_challenge()
            .client_id(id)
            .challenge_name(ChallengeNameType::PasswordVerifier)
            .challenge_responses("USERNAME", user_id)
            .challenge_responses(
                "PASSWORD_CLAIM_SECRET_BLOCK",
                proof.password_claim_secret_block,
            )
            .challenge_responses("PASSWORD_CLAIM_SIGNATURE", proof.password_claim_signature)
            .challenge_responses("TIMESTAMP", proof.timestamp);
        if let Some(secret) = secret {
            answer = answer.challenge_responses("SECRET_HASH", secret_hash(secret, user_id, id));
        }
        answer.send().await.map_err(refusal)
    }

    async fn tokens(&self, username: &str, password: &str) -> AuthenticationResultType {
        self.srp((CLIENT, None), username, password)
            .await
            .unwrap()
            .authentication_result
            .unwrap()
    }

    /// The claims of a token, verified against the served JWKS.
    async fn verified(&self, token: &str) -> Value {
        let url = format!("{}{POOL}/.well-known/jwks.json", self.sandbox.url());
        let jwks: jsonwebtoken::jwk::JwkSet =
            reqwest::get(url).await.unwrap().json().await.unwrap();
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        validation.validate_aud = false;
        jsonwebtoken::decode::<Value>(token, &key, &validation)
            .unwrap()
            .claims
    }
}

/// The sandbox's time, so that requests are signed when they are sent.
#[derive(Debug)]
struct SandboxTime(Arc<world::World>);

impl TimeSource for SandboxTime {
    fn now(&self) -> SystemTime {
        self.0.clock.now().into()
    }
}

fn client(sandbox: &Sandbox) -> Client {
    let environment = sandbox.environment();
    Client::from_conf(
        aws_sdk_cognitoidentityprovider::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(environment["AWS_REGION"].clone()))
            .endpoint_url(&environment["AWS_ENDPOINT_URL"])
            .time_source(SandboxTime(Arc::clone(sandbox.world())))
            .retry_config(aws_sdk_cognitoidentityprovider::config::retry::RetryConfig::disabled())
            .credentials_provider(Credentials::new(
                &environment["AWS_ACCESS_KEY_ID"],
                &environment["AWS_SECRET_ACCESS_KEY"],
                None,
                None,
                "test",
            ))
            .build(),
    )
}

fn secret_hash(secret: &str, username: &str, client: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(username.as_bytes());
    mac.update(client.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The code and message of a service's error.
#[expect(
    clippy::needless_pass_by_value,
    reason = "made for map_err, which gives the error away"
)]
fn refusal<E: ProvideErrorMetadata + Debug, R: Debug>(error: SdkError<E, R>) -> Refusal {
    let Some(service) = error.as_service_error() else {
        panic!("the service did not answer: {error:?}");
    };
    (
        service.code().unwrap_or_default().to_owned(),
        service.message().unwrap_or_default().to_owned(),
    )
}

fn said(code: &str, message: &str) -> Refusal {
    (code.to_owned(), message.to_owned())
}

fn wrong_password() -> Refusal {
    said("NotAuthorizedException", "Incorrect username or password.")
}

fn attribute(name: &str, value: &str) -> AttributeType {
    AttributeType::builder()
        .name(name)
        .value(value)
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_samples_people_sign_in_by_srp_and_their_tokens_verify() {
    let bench = Bench::start(Options::default()).await;
    for (email, group) in [
        ("mlflow-admin@example.com", "admins"),
        (READER, "readers"),
        ("mlflow-model-approver@example.com", "model-approvers"),
    ] {
        let tokens = bench.tokens(email, world::PASSWORD).await;
        assert_eq!(tokens.expires_in, 3600);
        let id = bench.verified(&tokens.id_token.unwrap()).await;
        assert_eq!(id["aud"], CLIENT);
        assert_eq!(id["token_use"], "id");
        assert_eq!(id["email"], email);
        assert_eq!(id["cognito:groups"], json!([group]));
        assert_eq!(id["cognito:username"], id["sub"]);
        assert_eq!(
            id["iss"],
            format!("https://cognito-idp.us-west-2.amazonaws.com/{POOL}")
        );
        assert_eq!(
            id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(),
            3600
        );
        let access = bench.verified(&tokens.access_token.unwrap()).await;
        assert_eq!(access.get("aud"), None);
        assert_eq!(access["client_id"], CLIENT);
        assert_eq!(access["token_use"], "access");
    }
}

#[tokio::test]
async fn many_srp_sign_ins_succeed_and_no_wrong_password_does() {
    let bench = Bench::start(Options::default()).await;
    for round in 0..12 {
        assert!(
            bench
                .srp((CLIENT, None), READER, world::PASSWORD)
                .await
                .is_ok()
        );
        let wrong = format!("{}{round}", world::PASSWORD);
        assert_eq!(
            bench.srp((CLIENT, None), READER, &wrong).await.unwrap_err(),
            wrong_password()
        );
    }
}

#[tokio::test]
async fn a_proof_cannot_be_used_twice_nor_a_foreign_block() {
    let bench = Bench::start(Options::default()).await;
    let srp = SrpClient::new(SrpUser::new(POOL, READER, world::PASSWORD), CLIENT, None);
    let start = srp.get_auth_parameters();
    let challenge = bench
        .cognito
        .initiate_auth()
        .client_id(CLIENT)
        .auth_flow(AuthFlowType::UserSrpAuth)
        .auth_parameters("USERNAME", READER)
        .auth_parameters("SRP_A", start.a)
        .send()
        .await
        .unwrap();
    let given = challenge.challenge_parameters.unwrap();
    let proof = srp
        .verify(
            &given["SECRET_BLOCK"],
            &given["USER_ID_FOR_SRP"],
            &given["SALT"],
            &given["SRP_B"],
        )
        .unwrap();
    let answer = |timestamp: &str| {
        bench
            .cognito
            .respond_to_auth_challenge()
            .client_id(CLIENT)
            .challenge_name(ChallengeNameType::PasswordVerifier)
            .challenge_responses("USERNAME", &given["USER_ID_FOR_SRP"])
            .challenge_responses("PASSWORD_CLAIM_SECRET_BLOCK", &given["SECRET_BLOCK"])
            .challenge_responses("PASSWORD_CLAIM_SIGNATURE", &proof.password_claim_signature)
            .challenge_responses("TIMESTAMP", timestamp)
            .send()
    };
    let malformed = answer("2026-11-23T09:00:00Z").await.map_err(refusal);
    assert_eq!(malformed.unwrap_err().0, "InvalidParameterException");
    assert!(answer(&proof.timestamp).await.is_ok());
    assert_eq!(
        answer(&proof.timestamp).await.map_err(refusal).unwrap_err(),
        wrong_password()
    );
}

#[tokio::test]
async fn only_the_flows_a_client_allows_are_open() {
    let bench = Bench::start(Options::default()).await;
    let password_flow = |client: String| {
        bench
            .cognito
            .initiate_auth()
            .client_id(client)
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", READER)
            .auth_parameters("PASSWORD", world::PASSWORD)
            .send()
    };
    assert_eq!(
        password_flow(CLIENT.to_owned())
            .await
            .map_err(refusal)
            .unwrap_err(),
        said(
            "InvalidParameterException",
            "USER_PASSWORD_AUTH flow not enabled for this client"
        )
    );
    let admin_flow = |client: String| {
        bench
            .cognito
            .admin_initiate_auth()
            .user_pool_id(POOL)
            .client_id(client)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .auth_parameters("USERNAME", READER)
            .auth_parameters("PASSWORD", world::PASSWORD)
            .send()
    };
    assert_eq!(
        admin_flow(CLIENT.to_owned())
            .await
            .map_err(refusal)
            .unwrap_err()
            .0,
        "InvalidParameterException"
    );
    let (open, _) = bench
        .new_client(
            &[
                ExplicitAuthFlowsType::AllowUserPasswordAuth,
                ExplicitAuthFlowsType::AllowAdminUserPasswordAuth,
            ],
            false,
            false,
        )
        .await;
    assert!(password_flow(open.clone()).await.is_ok());
    assert!(admin_flow(open.clone()).await.is_ok());
    assert_eq!(
        bench
            .srp((&open, None), READER, world::PASSWORD)
            .await
            .unwrap_err(),
        said(
            "InvalidParameterException",
            "USER_SRP_AUTH is not enabled for the client."
        )
    );
}

#[tokio::test]
async fn an_invited_person_sets_a_password_before_anything_else() {
    let bench = Bench::start(Options::default()).await;
    let username = bench.invite("new@example.com", "Temp-0rary!").await;
    let challenge = bench
        .srp((CLIENT, None), "new@example.com", "Temp-0rary!")
        .await
        .unwrap();
    assert_eq!(
        challenge.challenge_name,
        Some(ChallengeNameType::NewPasswordRequired)
    );
    assert!(challenge.authentication_result.is_none());
    let session = challenge.session.unwrap();
    let answer = |password: &str| {
        bench
            .cognito
            .respond_to_auth_challenge()
            .client_id(CLIENT)
            .challenge_name(ChallengeNameType::NewPasswordRequired)
            .session(&session)
            .challenge_responses("USERNAME", &username)
            .challenge_responses("NEW_PASSWORD", password)
            .send()
    };
    assert_eq!(
        answer("short").await.map_err(refusal).unwrap_err(),
        said(
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough"
        )
    );
    assert!(
        answer("Chosen-1-myself")
            .await
            .unwrap()
            .authentication_result
            .is_some()
    );
    assert_eq!(
        answer("Chosen-2-myself")
            .await
            .map_err(refusal)
            .unwrap_err(),
        said("NotAuthorizedException", "Invalid session for the user.")
    );
    bench.tokens("new@example.com", "Chosen-1-myself").await;
    let user = bench
        .cognito
        .admin_get_user()
        .user_pool_id(POOL)
        .username("new@example.com")
        .send()
        .await
        .unwrap();
    assert_eq!(user.user_status, Some(UserStatusType::Confirmed));
    assert_eq!(user.username, username);
}

#[tokio::test]
async fn an_expired_invitation_needs_a_new_one() {
    let bench = Bench::start(Options::default()).await;
    bench.invite("late@example.com", "Temp-0rary!").await;
    bench
        .sandbox
        .world()
        .clock
        .advance(SignedDuration::from_hours(7 * 24 + 1));
    assert_eq!(
        bench
            .srp((CLIENT, None), "late@example.com", "Temp-0rary!")
            .await
            .unwrap_err(),
        said(
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator."
        )
    );
    let forgot = bench
        .cognito
        .forgot_password()
        .client_id(CLIENT)
        .username("late@example.com")
        .send()
        .await
        .map_err(refusal);
    assert_eq!(
        forgot.unwrap_err(),
        said(
            "NotAuthorizedException",
            "User password cannot be reset in the current state."
        )
    );
    bench
        .cognito
        .admin_create_user()
        .user_pool_id(POOL)
        .username("late@example.com")
        .message_action(MessageActionType::Resend)
        .temporary_password("An0ther-temp!")
        .send()
        .await
        .unwrap();
    let challenge = bench
        .srp((CLIENT, None), "late@example.com", "An0ther-temp!")
        .await
        .unwrap();
    assert_eq!(
        challenge.challenge_name,
        Some(ChallengeNameType::NewPasswordRequired)
    );
}

#[tokio::test]
async fn totp_is_asked_for_and_each_code_is_good_once() {
    let bench = Bench::start(Options::default()).await;
    bench
        .cognito
        .set_user_pool_mfa_config()
        .user_pool_id(POOL)
        .mfa_configuration(UserPoolMfaType::Optional)
        .software_token_mfa_configuration(
            SoftwareTokenMfaConfigType::builder().enabled(true).build(),
        )
        .send()
        .await
        .unwrap();
    let access = bench
        .tokens(READER, world::PASSWORD)
        .await
        .access_token
        .unwrap();
    let secret = bench
        .cognito
        .associate_software_token()
        .access_token(&access)
        .send()
        .await
        .unwrap()
        .secret_code
        .unwrap();
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(&secret).unwrap())
        .build()
        .unwrap();
    let clock = &bench.sandbox.world().clock;
    let code = || {
        totp.generate(u64::try_from(clock.now().as_second()).unwrap())
            .to_string()
    };
    bench
        .cognito
        .verify_software_token()
        .access_token(&access)
        .user_code(code())
        .send()
        .await
        .unwrap();
    bench
        .cognito
        .admin_set_user_mfa_preference()
        .user_pool_id(POOL)
        .username(READER)
        .software_token_mfa_settings(
            SoftwareTokenMfaSettingsType::builder()
                .enabled(true)
                .preferred_mfa(true)
                .build(),
        )
        .send()
        .await
        .unwrap();
    let challenge = bench
        .srp((CLIENT, None), READER, world::PASSWORD)
        .await
        .unwrap();
    assert_eq!(
        challenge.challenge_name,
        Some(ChallengeNameType::SoftwareTokenMfa)
    );
    let session = challenge.session.unwrap();
    let answer = |code: String| {
        bench
            .cognito
            .respond_to_auth_challenge()
            .client_id(CLIENT)
            .challenge_name(ChallengeNameType::SoftwareTokenMfa)
            .session(&session)
            .challenge_responses("USERNAME", READER)
            .challenge_responses("SOFTWARE_TOKEN_MFA_CODE", code)
            .send()
    };
    let used = answer(code()).await.map_err(refusal).unwrap_err();
    assert_eq!(used.0, "ExpiredCodeException");
    clock.advance(SignedDuration::from_secs(60));
    let right = code();
    let wrong = if right == "000000" {
        "111111"
    } else {
        "000000"
    };
    let refused = answer(wrong.to_owned()).await.map_err(refusal).unwrap_err();
    assert_eq!(refused.0, "CodeMismatchException");
    assert!(answer(right).await.unwrap().authentication_result.is_some());
}

#[tokio::test]
async fn a_client_with_a_secret_wants_its_hash_in_every_step() {
    let bench = Bench::start(Options::default()).await;
    let (id, secret) = bench
        .new_client(
            &[
                ExplicitAuthFlowsType::AllowUserSrpAuth,
                ExplicitAuthFlowsType::AllowRefreshTokenAuth,
            ],
            true,
            false,
        )
        .await;
    let secret = secret.unwrap();
    let tokens = bench
        .srp((&id, Some(&secret)), READER, world::PASSWORD)
        .await
        .unwrap()
        .authentication_result
        .unwrap();
    assert_eq!(
        bench
            .srp((&id, None), READER, world::PASSWORD)
            .await
            .unwrap_err(),
        said(
            "NotAuthorizedException",
            &format!("Client {id} is configured with secret but SECRET_HASH was not received")
        )
    );
    assert_eq!(
        bench
            .srp((&id, Some("wrong")), READER, world::PASSWORD)
            .await
            .unwrap_err(),
        said(
            "NotAuthorizedException",
            &format!("Unable to verify secret hash for client {id}")
        )
    );
    let username = bench.verified(tokens.id_token.as_ref().unwrap()).await["sub"]
        .as_str()
        .unwrap()
        .to_owned();
    let refresh = |name: &str| {
        bench
            .cognito
            .initiate_auth()
            .client_id(&id)
            .auth_flow(AuthFlowType::RefreshTokenAuth)
            .auth_parameters("REFRESH_TOKEN", tokens.refresh_token.as_ref().unwrap())
            .auth_parameters("SECRET_HASH", secret_hash(&secret, name, &id))
            .send()
    };
    assert!(refresh(&username).await.is_ok());
    assert!(refresh("somebody").await.is_err());
}

#[tokio::test]
async fn who_exists_is_told_or_hidden_as_the_client_says() {
    let bench = Bench::start(Options::default()).await;
    assert_eq!(
        bench
            .srp((CLIENT, None), "nobody@example.com", "Whatever-1")
            .await
            .unwrap_err(),
        said("UserNotFoundException", "User does not exist.")
    );
    let (hiding, _) = bench
        .new_client(&[ExplicitAuthFlowsType::AllowUserSrpAuth], false, true)
        .await;
    let challenge = |username: &'static str| {
        let srp = SrpClient::new(SrpUser::new(POOL, username, "x"), &hiding, None);
        bench
            .cognito
            .initiate_auth()
            .client_id(&hiding)
            .auth_flow(AuthFlowType::UserSrpAuth)
            .auth_parameters("USERNAME", username)
            .auth_parameters("SRP_A", srp.get_auth_parameters().a)
            .send()
    };
    let shape = |given: &HashMap<String, String>| {
        let names: BTreeSet<String> = given.keys().cloned().collect();
        (
            names,
            given["SALT"].len(),
            given["SECRET_BLOCK"].len(),
            given["USER_ID_FOR_SRP"].len(),
        )
    };
    let nobody = challenge("nobody@example.com")
        .await
        .unwrap()
        .challenge_parameters
        .unwrap();
    let again = challenge("nobody@example.com")
        .await
        .unwrap()
        .challenge_parameters
        .unwrap();
    let somebody = challenge(READER)
        .await
        .unwrap()
        .challenge_parameters
        .unwrap();
    assert_eq!(shape(&nobody), shape(&somebody));
    assert_eq!(nobody["SALT"], again["SALT"]);
    assert_eq!(nobody["USER_ID_FOR_SRP"], again["USER_ID_FOR_SRP"]);
    for username in ["nobody@example.com", READER] {
        assert_eq!(
            bench
                .srp((&hiding, None), username, "Wrong-passw0rd")
                .await
                .unwrap_err(),
            wrong_password()
        );
    }
}

#[tokio::test]
async fn refresh_gives_new_tokens_with_the_groups_of_now() {
    let bench = Bench::start(Options::default()).await;
    let tokens = bench.tokens(READER, world::PASSWORD).await;
    bench
        .cognito
        .admin_add_user_to_group()
        .user_pool_id(POOL)
        .username(READER)
        .group_name("model-approvers")
        .send()
        .await
        .unwrap();
    bench
        .cognito
        .update_group()
        .user_pool_id(POOL)
        .group_name("readers")
        .precedence(5)
        .send()
        .await
        .unwrap();
    let refresh = || {
        bench
            .cognito
            .initiate_auth()
            .client_id(CLIENT)
            .auth_flow(AuthFlowType::RefreshTokenAuth)
            .auth_parameters("REFRESH_TOKEN", tokens.refresh_token.as_ref().unwrap())
            .send()
    };
    let fresh = refresh().await.unwrap().authentication_result.unwrap();
    assert_eq!(fresh.refresh_token, None);
    let id = bench.verified(&fresh.id_token.unwrap()).await;
    assert_eq!(
        id["cognito:groups"],
        json!(["readers", "model-approvers"]),
        "by precedence, then by name"
    );
    bench
        .sandbox
        .world()
        .clock
        .advance(SignedDuration::from_hours(24 * 31));
    assert_eq!(
        refresh().await.map_err(refusal).unwrap_err(),
        said("NotAuthorizedException", "Refresh Token has expired")
    );
}

#[tokio::test]
async fn signing_out_everywhere_ends_access_and_refresh_but_not_id_tokens() {
    let bench = Bench::start(Options::default()).await;
    let tokens = bench.tokens(READER, world::PASSWORD).await;
    let access = tokens.access_token.unwrap();
    let whoami = || bench.cognito.get_user().access_token(&access).send();
    assert!(whoami().await.is_ok());
    bench
        .cognito
        .admin_user_global_sign_out()
        .user_pool_id(POOL)
        .username(READER)
        .send()
        .await
        .unwrap();
    assert_eq!(
        whoami().await.map_err(refusal).unwrap_err(),
        said("NotAuthorizedException", "Access Token has been revoked")
    );
    let refresh = bench
        .cognito
        .initiate_auth()
        .client_id(CLIENT)
        .auth_flow(AuthFlowType::RefreshTokenAuth)
        .auth_parameters("REFRESH_TOKEN", tokens.refresh_token.unwrap())
        .send()
        .await
        .map_err(refusal);
    assert_eq!(refresh.unwrap_err().0, "NotAuthorizedException");
    bench.verified(&tokens.id_token.unwrap()).await;
    let again = bench
        .tokens(READER, world::PASSWORD)
        .await
        .access_token
        .unwrap();
    assert!(
        bench
            .cognito
            .get_user()
            .access_token(again)
            .send()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn disabled_unconfirmed_and_reset_people_are_told_why() {
    let bench = Bench::start(Options {
        demo: true,
        ..Options::default()
    })
    .await;
    let refused = async |email: &str| {
        bench
            .srp((CLIENT, None), email, world::PASSWORD)
            .await
            .unwrap_err()
    };
    assert_eq!(
        refused("marco.bianchi@example.com").await,
        said("NotAuthorizedException", "User is disabled.")
    );
    assert_eq!(
        refused("sam.okafor@example.com").await,
        said("UserNotConfirmedException", "User is not confirmed.")
    );
    assert!(
        refused("lena.fischer@example.com")
            .await
            .1
            .contains("expired")
    );
    bench
        .cognito
        .admin_reset_user_password()
        .user_pool_id(POOL)
        .username(READER)
        .send()
        .await
        .unwrap();
    assert_eq!(refused(READER).await.0, "PasswordResetRequiredException");
    let code = bench
        .sandbox
        .world()
        .cognito
        .lock()
        .code(POOL, READER)
        .unwrap();
    bench
        .cognito
        .confirm_forgot_password()
        .client_id(CLIENT)
        .username(READER)
        .confirmation_code(code)
        .password("Brand-new-1")
        .send()
        .await
        .unwrap();
    bench.tokens(READER, "Brand-new-1").await;
}

#[tokio::test]
async fn a_person_in_no_group_has_no_group_claim() {
    let bench = Bench::start(Options {
        demo: true,
        ..Options::default()
    })
    .await;
    let tokens = bench
        .tokens("noor.haddad@example.com", world::PASSWORD)
        .await;
    let id = bench.verified(&tokens.id_token.unwrap()).await;
    assert_eq!(id.get("cognito:groups"), None);
}

#[tokio::test]
async fn a_person_who_signs_up_alone_waits_for_an_administrator() {
    let bench = Bench::start(Options::default()).await;
    let sign_up = || {
        bench
            .cognito
            .sign_up()
            .client_id(CLIENT)
            .username("self@example.com")
            .password("Self-made-1")
            .send()
    };
    let signed = sign_up().await.unwrap();
    assert!(!signed.user_confirmed);
    assert_eq!(
        sign_up().await.map_err(refusal).unwrap_err(),
        said(
            "UsernameExistsException",
            "An account with the given email already exists."
        )
    );
    let confirmed = bench
        .cognito
        .confirm_sign_up()
        .client_id(CLIENT)
        .username("self@example.com")
        .confirmation_code("123456")
        .send()
        .await
        .map_err(refusal);
    assert_eq!(confirmed.unwrap_err().0, "ExpiredCodeException");
    bench
        .cognito
        .admin_confirm_sign_up()
        .user_pool_id(POOL)
        .username("self@example.com")
        .send()
        .await
        .unwrap();
    bench.tokens("self@example.com", "Self-made-1").await;
}

#[tokio::test]
async fn lists_page_at_sixty_and_give_everybody_once() {
    let bench = Bench::start(Options {
        users: 500,
        ..Options::default()
    })
    .await;
    let mut seen = BTreeSet::new();
    let mut token = None;
    let mut pages = 0;
    loop {
        let page = bench
            .cognito
            .list_users()
            .user_pool_id(POOL)
            .set_pagination_token(token)
            .send()
            .await
            .unwrap();
        pages += 1;
        for user in page.users.unwrap() {
            assert!(user.user_create_date.is_some());
            assert!(seen.insert(user.username.unwrap()));
        }
        token = page.pagination_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (503, 9));
    let too_many = bench
        .cognito
        .list_users()
        .user_pool_id(POOL)
        .limit(61)
        .send()
        .await
        .map_err(refusal);
    assert_eq!(
        too_many.unwrap_err(),
        said(
            "InvalidParameterException",
            "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: \
             Member must have value less than or equal to 60"
        )
    );
    let mut members = 0;
    let mut pages = bench
        .cognito
        .list_users_in_group()
        .user_pool_id(POOL)
        .group_name("readers")
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let users = page.unwrap().users.unwrap();
        assert!(users.len() <= 60);
        members += users.len();
    }
    assert!(members > 60, "{members}");
}

/// The names a filter gives, all pages.
async fn filtered(bench: &Bench, filter: &str) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    let mut pages = bench
        .cognito
        .list_users()
        .user_pool_id(POOL)
        .filter(filter)
        .limit(7)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        for user in page.map_err(refusal)?.users.unwrap() {
            names.push(user.username.unwrap());
        }
    }
    Ok(names)
}

#[tokio::test]
async fn disjoint_prefixes_read_the_whole_pool_side_by_side() {
    let bench = Bench::start(Options {
        users: 200,
        ..Options::default()
    })
    .await;
    let mut seen = BTreeSet::new();
    for digit in "0123456789abcdef".chars() {
        for name in filtered(&bench, &format!("sub ^= \"{digit}\""))
            .await
            .unwrap()
        {
            assert!(seen.insert(name));
        }
    }
    assert_eq!(seen.len(), 203);
    let everybody = filtered(&bench, "email ^= \"\"").await.unwrap();
    assert_eq!(everybody.len(), 203);
}

#[rstest]
#[case("email = \"mlflow-reader@example.com\"", 1)]
#[case("email ^= \"mlflow-\"", 3)]
#[case("username ^= \"mlflow-\"", 0)]
#[case("cognito:user_status = \"confirmed\"", 6)]
#[case("cognito:user_status = \"UNCONFIRMED\"", 1)]
#[case("status = \"Disabled\"", 1)]
#[case("status = \"Enabled\"", 8)]
#[case("email = \"MLFLOW-READER@example.com\"", 0)]
#[tokio::test]
async fn a_filter_finds_whom_it_names(#[case] filter: &str, #[case] count: usize) {
    let bench = Bench::start(Options {
        demo: true,
        ..Options::default()
    })
    .await;
    assert_eq!(filtered(&bench, filter).await.unwrap().len(), count);
}

#[tokio::test]
async fn a_filter_cognito_refuses_is_refused() {
    let bench = Bench::start(Options::default()).await;
    for filter in ["custom:team = \"a\"", "email = a", "nonsense"] {
        assert_eq!(
            filtered(&bench, filter).await.unwrap_err().0,
            "InvalidParameterException"
        );
    }
}

#[tokio::test]
async fn an_address_belongs_to_one_person() {
    let bench = Bench::start(Options::default()).await;
    let invited = bench
        .cognito
        .admin_create_user()
        .user_pool_id(POOL)
        .username(READER)
        .send()
        .await
        .map_err(refusal);
    assert_eq!(invited.unwrap_err().0, "UsernameExistsException");
    let username = bench.invite("other@example.com", "Temp-0rary!").await;
    let rename = |email: &str| {
        bench
            .cognito
            .admin_update_user_attributes()
            .user_pool_id(POOL)
            .username(&username)
            .user_attributes(attribute("email", email))
            .send()
    };
    assert_eq!(
        rename(READER).await.map_err(refusal).unwrap_err().0,
        "AliasExistsException"
    );
    rename("renamed@example.com").await.unwrap();
    let verified = bench
        .cognito
        .admin_update_user_attributes()
        .user_pool_id(POOL)
        .username(&username)
        .user_attributes(attribute("email_verified", "True"))
        .send();
    verified.await.unwrap();
    let get = |name: &str| {
        bench
            .cognito
            .admin_get_user()
            .user_pool_id(POOL)
            .username(name)
            .send()
    };
    assert_eq!(get("renamed@example.com").await.unwrap().username, username);
    assert_eq!(
        get("other@example.com")
            .await
            .map_err(refusal)
            .unwrap_err()
            .0,
        "UserNotFoundException"
    );
}

#[tokio::test]
async fn groups_come_change_and_go_with_their_memberships() {
    let bench = Bench::start(Options::default()).await;
    let cognito = &bench.cognito;
    let create = || {
        cognito
            .create_group()
            .user_pool_id(POOL)
            .group_name("auditors")
            .description("look, do not touch")
            .precedence(1)
            .send()
    };
    create().await.unwrap();
    assert_eq!(
        create().await.map_err(refusal).unwrap_err().0,
        "GroupExistsException"
    );
    let join = |group: &str| {
        cognito
            .admin_add_user_to_group()
            .user_pool_id(POOL)
            .username(READER)
            .group_name(group)
            .send()
    };
    join("auditors").await.unwrap();
    join("auditors").await.unwrap();
    assert_eq!(
        join("no-such-group").await.map_err(refusal).unwrap_err(),
        said("ResourceNotFoundException", "Group not found.")
    );
    let groups = async || {
        let answer = cognito
            .admin_list_groups_for_user()
            .user_pool_id(POOL)
            .username(READER)
            .send()
            .await
            .unwrap();
        answer
            .groups
            .unwrap()
            .into_iter()
            .map(|group| group.group_name.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(groups().await, ["auditors", "readers"]);
    cognito
        .delete_group()
        .user_pool_id(POOL)
        .group_name("auditors")
        .send()
        .await
        .unwrap();
    assert_eq!(groups().await, ["readers"]);
    let gone = bench.invite("gone@example.com", "Temp-0rary!").await;
    cognito
        .admin_add_user_to_group()
        .user_pool_id(POOL)
        .username(&gone)
        .group_name("admins")
        .send()
        .await
        .unwrap();
    cognito
        .admin_delete_user()
        .user_pool_id(POOL)
        .username(&gone)
        .send()
        .await
        .unwrap();
    let admins = cognito
        .list_users_in_group()
        .user_pool_id(POOL)
        .group_name("admins")
        .send()
        .await
        .unwrap();
    assert_eq!(admins.users.unwrap().len(), 1);
}

#[tokio::test]
async fn the_deployment_is_the_samples() {
    let bench = Bench::start(Options::default()).await;
    let pools = bench
        .cognito
        .list_user_pools()
        .max_results(60)
        .send()
        .await
        .unwrap();
    let pool = &pools.user_pools.unwrap()[0];
    assert_eq!(pool.name(), Some("mlflow-user-pool"));
    let described = bench
        .cognito
        .describe_user_pool()
        .user_pool_id(pool.id().unwrap())
        .send()
        .await
        .unwrap()
        .user_pool
        .unwrap();
    let policy = described.policies.unwrap().password_policy.unwrap();
    assert_eq!(policy.minimum_length, Some(8));
    let clients = bench
        .cognito
        .list_user_pool_clients()
        .user_pool_id(POOL)
        .send()
        .await
        .unwrap();
    assert_eq!(
        clients.user_pool_clients.unwrap()[0].client_name(),
        Some("mlflow-app-client")
    );
    let client = bench
        .cognito
        .describe_user_pool_client()
        .user_pool_id(POOL)
        .client_id(CLIENT)
        .send()
        .await
        .unwrap()
        .user_pool_client
        .unwrap();
    assert_eq!(client.client_secret(), None);
    assert!(
        !client
            .explicit_auth_flows()
            .iter()
            .any(|flow| flow.as_str().contains("PASSWORD"))
    );
    let missing = bench
        .cognito
        .describe_user_pool()
        .user_pool_id("us-west-2_nothere")
        .send()
        .await
        .map_err(refusal);
    assert_eq!(
        missing.unwrap_err(),
        said(
            "ResourceNotFoundException",
            "User pool us-west-2_nothere does not exist."
        )
    );
}

#[tokio::test]
async fn the_same_seed_makes_the_same_people() {
    let mut pools = Vec::new();
    for _ in 0..2 {
        let bench = Bench::start(Options {
            users: 40,
            seed: 9,
            ..Options::default()
        })
        .await;
        pools.push(filtered(&bench, "email ^= \"\"").await.unwrap());
    }
    assert_eq!(pools[0], pools[1]);
}

#[tokio::test]
async fn token_lifetimes_follow_the_client() {
    let bench = Bench::start(Options::default()).await;
    let update = |minutes: i32| {
        bench
            .cognito
            .update_user_pool_client()
            .user_pool_id(POOL)
            .client_id(CLIENT)
            .id_token_validity(minutes)
            .access_token_validity(minutes)
            .token_validity_units(
                TokenValidityUnitsType::builder()
                    .id_token(TimeUnitsType::Minutes)
                    .access_token(TimeUnitsType::Minutes)
                    .build(),
            )
            .send()
    };
    assert_eq!(
        update(4).await.map_err(refusal).unwrap_err().0,
        "InvalidParameterException"
    );
    update(5).await.unwrap();
    let tokens = bench.tokens(READER, world::PASSWORD).await;
    assert_eq!(tokens.expires_in, 300);
    let access = tokens.access_token.unwrap();
    bench
        .sandbox
        .world()
        .clock
        .advance(SignedDuration::from_mins(6));
    let expired = bench
        .cognito
        .get_user()
        .access_token(access)
        .send()
        .await
        .map_err(refusal);
    assert_eq!(
        expired.unwrap_err(),
        said("NotAuthorizedException", "Access Token has expired")
    );
}
