//! Region, credentials, timeouts and retries, found once at the start.

use std::{error::Error, time::Duration};

use aws_config::{
    BehaviorVersion, SdkConfig, default_provider::credentials::DefaultCredentialsChain,
    environment::EnvironmentVariableRegionProvider, imds, meta::region::ProvideRegion,
    profile::ProfileFileRegionProvider, provider_config::ProviderConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError},
};
use aws_types::region::Region;

use super::Target;
use crate::domain::{ErrorClass, Failure, Origin};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(4);
/// How long one attempt may take, answer included.
const ATTEMPT: Duration = Duration::from_secs(15);
/// How long a call may take with all its attempts.
const CALL: Duration = Duration::from_secs(45);
/// Attempts for one call. Throttling is normal here (FACTS §4).
const ATTEMPTS: u32 = 5;
/// What the metadata service of a cloud machine gets to answer; elsewhere nobody does.
const METADATA: Duration = Duration::from_millis(500);

/// Finds region and credentials (unless they are given) and sets timeouts and retries.
/// Also says where the region came from.
pub(super) async fn load(
    target: &Target,
    credentials: Option<Credentials>,
) -> Result<(SdkConfig, Origin), Failure> {
    let metadata = imds::Client::builder()
        .max_attempts(1)
        .connect_timeout(METADATA)
        .read_timeout(METADATA)
        .build();
    let (region, origin) = region(target, metadata.clone()).await?;

    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(Duration::from_millis(200))
                .with_max_backoff(Duration::from_secs(5)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(CALL)
                .build(),
        );
    if let Some(profile) = &target.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &target.endpoint_url {
        url::Url::parse(url).map_err(|error| {
            Failure::invalid(
                "reading the endpoint URL",
                format!("{url:?} is no URL: {error}"),
            )
            .advise("give --endpoint-url as http://HOST:PORT")
        })?;
        loader = loader.endpoint_url(url);
    }
    if let Some(credentials) = credentials {
        return Ok((
            loader.credentials_provider(credentials).load().await,
            origin,
        ));
    }
    let mut chain = DefaultCredentialsChain::builder()
        .configure(ProviderConfig::default().with_region(Some(region.clone())))
        .region(region)
        .imds_client(metadata);
    if let Some(profile) = &target.profile {
        chain = chain.profile_name(profile);
    }
    let config = loader
        .credentials_provider(chain.build().await)
        .load()
        .await;
    let profile = profile_of(target);
    if let Some(provider) = config.credentials_provider() {
        provider
            .provide_credentials()
            .await
            .map_err(|error| no_credentials(&error, profile.as_deref()))?;
    }
    Ok((config, origin))
}

/// The client for the protected API. Redirects are not followed: the answer itself is
/// what is looked at, and a credential must not travel on. Names of headers go out
/// capitalised, as API Gateway's own clients send them.
pub(super) fn http_client() -> Result<reqwest::Client, Failure> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(Duration::from_secs(35)) // API Gateway itself gives up after 29 s
        .pool_idle_timeout(Duration::from_secs(30))
        .http1_only()
        .http1_title_case_headers()
        .user_agent(concat!("mlwarden/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| {
            Failure::new(
                ErrorClass::Unavailable,
                "preparing the HTTP client",
                error.to_string(),
            )
        })
}

/// The region, and where it came from: given, else the environment, the AWS profile, the
/// machine's own.
async fn region(target: &Target, metadata: imds::Client) -> Result<(Region, Origin), Failure> {
    if let Some(region) = &target.region {
        return Ok((Region::new(region.clone()), Origin::Flag("--region".into())));
    }
    if let Some(region) = EnvironmentVariableRegionProvider::new().region().await {
        return Ok((region, Origin::Environment("AWS_REGION".into())));
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &target.profile {
        profile = profile.profile_name(name);
    }
    if let Some(region) = profile.build().region().await {
        return Ok((region, Origin::Derived("the AWS profile".into())));
    }
    let own = imds::region::ImdsRegionProvider::builder()
        .imds_client(metadata)
        .build();
    if let Some(region) = own.region().await {
        return Ok((region, Origin::Derived("this machine's metadata".into())));
    }
    Err(Failure::invalid(
        "looking for the region",
        "no region is given by --region, AWS_REGION or the AWS profile",
    )
    .advise(format!(
        "give --region us-west-2, set AWS_REGION, or run `{}`",
        aws_command("configure", profile_of(target).as_deref())
    )))
}

/// The AWS profile in force, for what the user is told.
fn profile_of(target: &Target) -> Option<String> {
    let named = || std::env::var("AWS_PROFILE").ok();
    target
        .profile
        .clone()
        .or_else(named)
        .filter(|profile| !profile.is_empty())
}

fn aws_command(command: &str, profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("aws {command} --profile {profile}"),
        None => format!("aws {command}"),
    }
}

/// What a provider said about missing or outdated credentials, with the command that helps.
pub(super) fn no_credentials(error: &CredentialsError, profile: Option<&str>) -> Failure {
    let doing = "looking for AWS credentials";
    let login = aws_command("sso login", profile);
    let configure = aws_command("configure", profile);
    let text = innermost(error);
    // The last provider of the chain is the machine's metadata service: where it is the one
    // that refused, nobody had credentials.
    let nobody_has =
        matches!(error, CredentialsError::CredentialsNotLoaded(_)) || text.contains("IMDS");
    let (class, said) = match error {
        _ if nobody_has => {
            let of = profile.map_or_else(String::new, |profile| format!(" {profile:?}"));
            (
                ErrorClass::Expired,
                format!(
                    "there are none in the environment, in the AWS profile{of}, or from this \
                     machine's role"
                ),
            )
        }
        CredentialsError::InvalidConfiguration(_) => (ErrorClass::Invalid, text),
        CredentialsError::ProviderTimedOut(_) => (ErrorClass::Network, text),
        // The SSO token is a file that only a login makes.
        _ if text.contains("No such file") => (
            ErrorClass::Expired,
            "the AWS profile signs in by SSO and there is no session".to_owned(),
        ),
        _ => (ErrorClass::Expired, text),
    };
    // A role that asks for a second factor cannot be taken by a program on its own.
    if said.contains("AssumeRole") || said.to_lowercase().contains("mfa") {
        let session = aws_command(
            "sts get-session-token --serial-number MFA-DEVICE-ARN --token-code CODE",
            profile,
        );
        return Failure::new(class, doing, said).advise(format!(
            "if the profile asks for a second factor, run `{session}` and export what it prints; \
             else `{login}`"
        ));
    }
    Failure::new(class, doing, said).advise(format!("run `{login}` or `{configure}`"))
}

/// The deepest cause of an error, which is what a person can act on.
fn innermost(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
