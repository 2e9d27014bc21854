//! The sandbox's disturbances, as the AWS SDK and a plain HTTP client meet them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aws_sdk_cognitoidentityprovider::{
    Client as Cognito,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use mlwarden::sandbox::{Options, Sandbox, world};
use rstest::rstest;

async fn start(spec: &str) -> Sandbox {
    Sandbox::start(Options {
        faults: Some(spec.parse().unwrap()),
        ..Options::default()
    })
    .await
    .unwrap()
}

fn cognito(sandbox: &Sandbox, retry: RetryConfig) -> Cognito {
    Cognito::from_conf(
        aws_sdk_cognitoidentityprovider::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(world::REGION))
            .endpoint_url(sandbox.url().as_str())
            .retry_config(retry)
            .credentials_provider(Credentials::new(
                world::ACCESS_KEY_ID,
                world::SECRET_ACCESS_KEY,
                None,
                None,
                "test",
            ))
            .build(),
    )
}

/// What a row of calls ends in, one word each.
async fn outcomes(spec: &str, calls: usize) -> Vec<String> {
    let sandbox = start(spec).await;
    let cognito = cognito(&sandbox, RetryConfig::disabled());
    let mut outcomes = Vec::new();
    for _ in 0..calls {
        let outcome = cognito
            .describe_user_pool()
            .user_pool_id(world::POOL_ID)
            .send()
            .await;
        outcomes.push(match outcome {
            Ok(_) => "ok".to_owned(),
            Err(error) => match error.code() {
                Some(code) => code.to_owned(),
                None => match error {
                    SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => "cut".to_owned(),
                    other => format!("{other:?}"),
                },
            },
        });
    }
    outcomes
}

#[tokio::test]
async fn the_same_seed_disturbs_the_same_calls() {
    let spec = "throttle=0.2,error=0.2,cut=0.2,expire=0.2,seed=";
    let first = outcomes(&format!("{spec}7"), 40).await;
    assert_eq!(first, outcomes(&format!("{spec}7"), 40).await);
    assert_ne!(first, outcomes(&format!("{spec}8"), 40).await);
    for kind in [
        "ok",
        "cut",
        "TooManyRequestsException",
        "InternalErrorException",
        "ExpiredTokenException",
    ] {
        assert!(first.iter().any(|outcome| outcome == kind), "{kind}");
    }
}

#[tokio::test]
async fn the_sdks_own_retries_get_through_throttling() {
    let sandbox = start("throttle=0.3,seed=3").await;
    let cognito = cognito(
        &sandbox,
        RetryConfig::standard()
            .with_max_attempts(8)
            .with_initial_backoff(std::time::Duration::from_millis(1)),
    );
    for _ in 0..10 {
        cognito
            .list_groups()
            .user_pool_id(world::POOL_ID)
            .send()
            .await
            .unwrap();
    }
}

#[rstest]
#[case("throttle=1", 429, "TooManyRequestsException")]
#[case("error=1", 502, "InternalServerErrorException")]
#[case("expire=1", 401, "UnauthorizedException")]
#[tokio::test]
async fn the_protected_api_is_disturbed_in_the_gateways_shape(
    #[case] spec: &str,
    #[case] status: u16,
    #[case] kind: &str,
) {
    let sandbox = start(spec).await;
    let url = sandbox
        .url()
        .join("prod/ajax-api/2.0/mlflow/experiments/search")
        .unwrap();
    let answer = reqwest::Client::new()
        .get(url)
        .bearer_auth("some.token.here")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["x-amzn-errortype"], kind);
}

#[tokio::test]
async fn a_cut_answer_breaks_off_in_the_middle() {
    let sandbox = start("cut=1").await;
    let path = format!("{}/.well-known/jwks.json", world::POOL_ID);
    let answer = reqwest::get(sandbox.url().join(&path).unwrap())
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn what_is_above_a_quota_is_refused_and_counted() {
    let sandbox = start("quota=user-list:1").await;
    let cognito = cognito(&sandbox, RetryConfig::disabled());
    let calls = (0..20).map(|_| cognito.list_users().user_pool_id(world::POOL_ID).send());
    let answers = futures::future::join_all(calls).await;
    let refused = answers
        .iter()
        .filter_map(|answer| answer.as_ref().err()?.code())
        .filter(|code| *code == "TooManyRequestsException")
        .count();
    assert!((1..20).contains(&refused), "{refused}");
    let count = sandbox.world().traffic.lock().count("ListUsers");
    assert_eq!((count.calls, count.refused), (20, refused as u64));
    let groups = cognito.list_groups().user_pool_id(world::POOL_ID).send();
    groups.await.unwrap();
}
