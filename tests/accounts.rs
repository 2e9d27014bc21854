//! One account at a time: how it is confirmed and invited again, its second factors, its
//! devices, and for how long what was issued to it is good.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::net::{IpAddr, Ipv4Addr};

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{BehaviorVersion, Region},
    types::{
        ExplicitAuthFlowsType, SoftwareTokenMfaConfigType, TimeUnitsType, TokenValidityUnitsType,
        UserPoolMfaType,
    },
};
use jiff::SignedDuration;
use mlwarden::{
    aws::{
        Cloud, Cognito, Target, WriteAccess,
        cognito::{Account, Invitation, MfaKind, MfaPreference, NewUser},
    },
    domain::{ErrorClass, Failure, UserStatus},
    identity::{Challenges, NoChallenges, SignIn, Tokens},
    sandbox::{
        Options, Sandbox,
        world::{CLIENT_ID, PASSWORD, POOL_ID, REGION},
    },
};
use rstest::rstest;
use secrecy::{ExposeSecret, SecretString};

const READER: &str = "mlflow-reader@example.com";

struct Stage {
    sandbox: Sandbox,
    people: Cognito,
    write: WriteAccess,
    /// The service itself, for what the console has no business doing.
    raw: Client,
}

impl Stage {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let environment = sandbox.environment();
        let target = Target {
            region: Some(REGION.to_owned()),
            endpoint_url: Some(environment["AWS_ENDPOINT_URL"].clone()),
            ..Target::default()
        };
        let administrator = Credentials::new(
            &environment["AWS_ACCESS_KEY_ID"],
            &environment["AWS_SECRET_ACCESS_KEY"],
            None,
            None,
            "test",
        );
        let raw = Client::from_conf(
            aws_sdk_cognitoidentityprovider::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .endpoint_url(&environment["AWS_ENDPOINT_URL"])
                .credentials_provider(administrator.clone())
                .build(),
        );
        let cloud = Cloud::connect_as(&target, administrator).await.unwrap();
        Self {
            people: cloud.cognito,
            write: WriteAccess::unless_read_only(false).unwrap(),
            raw,
            sandbox,
        }
    }

    async fn account(&self, name: &str) -> Account {
        self.people.account(POOL_ID, name).await.unwrap()
    }

    async fn invite(&self, email: &str) {
        let new = NewUser {
            username: email.to_owned(),
            temporary_password: Some(PASSWORD.into()),
            invitation: Invitation::Suppress,
            ..NewUser::default()
        };
        let made = self.people.create_user(&self.write, POOL_ID, &new).await;
        made.unwrap();
    }

    async fn sign_in(
        &self,
        name: &str,
        password: &str,
        challenges: &mut dyn Challenges,
    ) -> Result<Tokens, Failure> {
        let client = self.people.describe_client(POOL_ID, CLIENT_ID).await?;
        SignIn {
            cognito: &self.people,
            pool: POOL_ID,
            client: &client,
        }
        .password(name, &SecretString::from(password), challenges)
        .await
    }

    async fn set_mfa(&self, name: &str, preference: MfaPreference) -> Result<(), Failure> {
        self.people
            .set_mfa(&self.write, POOL_ID, name, &preference)
            .await
    }

    /// Gives somebody an authenticator app that has shown a code.
    async fn set_up_authenticator(&self, name: &str) {
        self.raw
            .set_user_pool_mfa_config()
            .user_pool_id(POOL_ID)
            .software_token_mfa_configuration(
                SoftwareTokenMfaConfigType::builder().enabled(true).build(),
            )
            .mfa_configuration(UserPoolMfaType::Optional)
            .send()
            .await
            .unwrap();
        let tokens = self.sign_in(name, PASSWORD, &mut NoChallenges).await;
        let tokens = tokens.unwrap();
        let access = tokens.access.expose_secret();
        let secret = self.raw.associate_software_token().access_token(access);
        let secret = secret.send().await.unwrap().secret_code.unwrap();
        let secret = totp_rs::Secret::try_from_base32(&secret).unwrap();
        let authenticator = totp_rs::Builder::new().with_secret(secret).build().unwrap();
        let now = self.sandbox.world().clock.now().as_second();
        self.raw
            .verify_software_token()
            .access_token(access)
            .user_code(
                authenticator
                    .generate(u64::try_from(now).unwrap())
                    .to_string(),
            )
            .send()
            .await
            .unwrap();
    }
}

/// Somebody who chooses a password when asked.
struct Chooses(&'static str);

impl Challenges for Chooses {
    fn new_password(&mut self) -> Option<SecretString> {
        Some(self.0.into())
    }

    fn totp(&mut self) -> Option<SecretString> {
        None
    }
}

#[tokio::test]
async fn who_signed_up_is_confirmed_once() {
    let stage = Stage::new().await;
    let name = "self@example.com";
    stage
        .raw
        .sign_up()
        .client_id(CLIENT_ID)
        .username(name)
        .password(PASSWORD)
        .send()
        .await
        .unwrap();
    let status = async || stage.account(name).await.user.status;
    assert_eq!(status().await, UserStatus::Unconfirmed);
    let confirm = || stage.people.confirm(&stage.write, POOL_ID, name);
    confirm().await.unwrap();
    assert_eq!(status().await, UserStatus::Confirmed);
    let again = confirm().await.unwrap_err();
    assert_eq!(again.class, ErrorClass::Invalid);
    assert!(again.message.contains("CONFIRMED"), "{again}");
}

#[tokio::test]
async fn an_invitation_that_expired_is_renewed_by_sending_it_again() {
    let stage = Stage::new().await;
    let name = "late@example.com";
    stage.invite(name).await;
    let pool = stage.people.describe_pool(POOL_ID).await.unwrap();
    let days = pool.password_policy.unwrap().temporary_days;
    let clock = &stage.sandbox.world().clock;
    clock.advance(SignedDuration::from_hours(24 * i64::from(days)));
    let late = stage.sign_in(name, PASSWORD, &mut NoChallenges).await;
    let late = late.unwrap_err();
    assert!(
        late.message.contains("Temporary password has expired"),
        "{late}"
    );

    stage
        .people
        .resend_invite(&stage.write, POOL_ID, name)
        .await
        .unwrap();
    let username = stage.account(name).await.user.username;
    let sent = {
        let held = stage.sandbox.world().cognito.lock();
        held.password(POOL_ID, &username).unwrap()
    };
    assert_ne!(sent, PASSWORD);
    let mut chooses = Chooses("Now-it-1s-mine!");
    stage.sign_in(name, &sent, &mut chooses).await.unwrap();

    // Who has a password of one's own is not invited any more.
    let again = stage.people.resend_invite(&stage.write, POOL_ID, name);
    let again = again.await.unwrap_err();
    assert_eq!(again.class, ErrorClass::Invalid);
    assert!(again.message.contains("FORCE_CHANGE_PASSWORD"), "{again}");
    let nobody = stage
        .people
        .resend_invite(&stage.write, POOL_ID, "nobody@example.com")
        .await;
    assert_eq!(nobody.unwrap_err().class, ErrorClass::NotFound);
}

#[tokio::test]
async fn a_second_factor_is_turned_on_and_off() {
    let stage = Stage::new().await;
    let on = MfaPreference {
        preferred: Some(MfaKind::SoftwareToken),
        ..MfaPreference::default()
    };
    // Nobody can be made to use what was never set up.
    let early = stage.set_mfa(READER, on).await.unwrap_err();
    assert_eq!(early.class, ErrorClass::Invalid, "{early}");
    stage.set_up_authenticator(READER).await;
    assert_eq!(stage.account(READER).await.mfa, [""; 0]);
    stage.set_mfa(READER, on).await.unwrap();
    let account = stage.account(READER).await;
    let word = MfaKind::SoftwareToken.as_str();
    assert_eq!(account.mfa, [word]);
    assert_eq!(account.preferred_mfa.as_deref(), Some(word));
    let asked = stage.sign_in(READER, PASSWORD, &mut NoChallenges).await;
    assert!(asked.is_err());

    // What is not said stays.
    stage
        .set_mfa(READER, MfaPreference::default())
        .await
        .unwrap();
    assert_eq!(stage.account(READER).await.mfa, [word]);
    let by_text = MfaPreference {
        sms: Some(true),
        ..MfaPreference::default()
    };
    let no_phone = stage.set_mfa(READER, by_text).await.unwrap_err();
    assert!(no_phone.message.contains("SMS_MFA"), "{no_phone}");
    let off = MfaPreference {
        software_token: Some(false),
        ..MfaPreference::default()
    };
    stage.set_mfa(READER, off).await.unwrap();
    assert_eq!(stage.account(READER).await.preferred_mfa, None);
    stage
        .sign_in(READER, PASSWORD, &mut NoChallenges)
        .await
        .unwrap();
}

#[tokio::test]
async fn devices_are_listed_and_forgotten() {
    let stage = Stage::new().await;
    let devices = || stage.people.devices(POOL_ID, READER);
    // The sample's pool does not remember any.
    assert_eq!(devices().await, Ok(Vec::new()));
    let remember = |name: &str| {
        let world = stage.sandbox.world();
        let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
        let mut held = world.cognito.lock();
        held.remember_device(POOL_ID, READER, (name, from), world.clock.now())
            .unwrap()
    };
    let (old, new) = (remember("Old laptop"), remember("New laptop"));
    let mut found = devices().await.unwrap();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    let keys: Vec<_> = found.iter().map(|device| &device.key).collect();
    assert_eq!(keys, [&new, &old]);
    assert_eq!(found[0].name.as_deref(), Some("New laptop"));
    assert_eq!(found[0].last_ip.as_deref(), Some("192.0.2.7"));
    assert!(found[0].created_at.is_some() && found[0].last_authenticated_at.is_some());

    let forget = || {
        let write = &stage.write;
        stage.people.forget_device(write, POOL_ID, READER, &old)
    };
    forget().await.unwrap();
    let left: Vec<_> = devices().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].key, new);
    assert_eq!(forget().await.unwrap_err().class, ErrorClass::NotFound);
    let nobody = stage.people.devices(POOL_ID, "nobody@example.com").await;
    assert_eq!(nobody.unwrap_err().class, ErrorClass::NotFound);
}

#[rstest]
#[case::unsaid(None, None, 3600)]
#[case::hours(Some(8), None, 8 * 3600)]
#[case::minutes(Some(5), Some(TimeUnitsType::Minutes), 300)]
#[case::seconds(Some(900), Some(TimeUnitsType::Seconds), 900)]
#[case::days(Some(1), Some(TimeUnitsType::Days), 24 * 3600)]
#[tokio::test]
async fn the_client_says_how_long_an_id_token_is_good(
    #[case] validity: Option<i32>,
    #[case] unit: Option<TimeUnitsType>,
    #[case] seconds: u64,
) {
    let stage = Stage::new().await;
    let units = TokenValidityUnitsType::builder().set_id_token(unit).build();
    let made = stage
        .raw
        .create_user_pool_client()
        .user_pool_id(POOL_ID)
        .client_name("another")
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth)
        .set_id_token_validity(validity)
        .token_validity_units(units)
        .send()
        .await
        .unwrap()
        .user_pool_client
        .unwrap();
    let client = stage
        .people
        .describe_client(POOL_ID, &made.client_id.unwrap())
        .await
        .unwrap();
    assert_eq!(client.id_token_seconds, seconds);
    // And so it is.
    let tokens = SignIn {
        cognito: &stage.people,
        pool: POOL_ID,
        client: &client,
    }
    .password(READER, &SecretString::from(PASSWORD), &mut NoChallenges)
    .await
    .unwrap();
    let claims = tokens.id.claims();
    assert_eq!(claims.exp - claims.iat, i64::try_from(seconds).unwrap());
}
