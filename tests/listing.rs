//! Reading a whole pool: everybody once, whatever the way, and no more calls than needed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod relay;

use aws_credential_types::Credentials;
use futures::StreamExt;
use mlwarden::{
    aws::{Cloud, Target},
    domain::Failure,
    sandbox::{Options, Sandbox, world},
};
use relay::{Instead, Relay, Seen};

async fn pool_of(users: usize, instead: Instead) -> (Sandbox, Relay, Cloud) {
    let sandbox = Sandbox::start(Options {
        users,
        ..Options::default()
    })
    .await
    .unwrap();
    let relay = Relay::start(sandbox.url().as_str(), instead).await;
    let cloud = cloud(&relay.url).await;
    (sandbox, relay, cloud)
}

async fn cloud(endpoint: &str) -> Cloud {
    let target = Target {
        region: Some(world::REGION.to_owned()),
        endpoint_url: Some(endpoint.to_owned()),
        ..Target::default()
    };
    let administrator = Credentials::new(
        world::ACCESS_KEY_ID,
        world::SECRET_ACCESS_KEY,
        None,
        None,
        "test",
    );
    Cloud::connect_as(&target, administrator).await.unwrap()
}

/// Everybody, by the plain pager.
async fn plain(cloud: &Cloud) -> Vec<String> {
    let mut names = Vec::new();
    let mut token = None;
    loop {
        let page = cloud
            .cognito
            .users_page(world::POOL_ID, None, token)
            .await
            .unwrap();
        names.extend(page.items.into_iter().map(|user| user.username));
        token = page.next;
        if token.is_none() {
            names.sort();
            return names;
        }
    }
}

/// Everybody, by the stream.
async fn streamed(cloud: &Cloud) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    let mut pages = Box::pin(cloud.cognito.users(world::POOL_ID));
    while let Some(page) = pages.next().await {
        names.extend(page?.items.into_iter().map(|user| user.username));
    }
    names.sort();
    Ok(names)
}

#[tokio::test]
async fn shards_side_by_side_give_everybody_once() {
    let (sandbox, relay, cloud) = pool_of(1500, |_| None).await;
    let streamed = streamed(&cloud).await.unwrap();
    let calls = relay.operations().len();
    assert_eq!(streamed, plain(&cloud).await);
    assert!(streamed.len() >= 1500);
    // One plain page, and at most one call more for each shard than its users need.
    assert!(calls <= 1 + streamed.len().div_ceil(60) + 16, "{calls}");
    sandbox.stop().await;
}

#[tokio::test]
async fn a_pool_of_one_page_costs_one_call() {
    let (sandbox, relay, cloud) = pool_of(20, |_| None).await;
    assert_eq!(streamed(&cloud).await.unwrap().len(), 23);
    assert_eq!(relay.operations(), ["ListUsers"]);
    sandbox.stop().await;
}

fn refuse_filters(seen: &Seen) -> Option<(u16, String)> {
    seen.body.contains("Filter").then(|| {
        let refusal =
            r#"{"__type":"InvalidParameterException","message":"Error while parsing filter"}"#;
        (400, refusal.to_owned())
    })
}

#[tokio::test]
async fn where_the_filter_is_refused_the_plain_pager_reads_everybody() {
    let (sandbox, _, cloud) = pool_of(200, refuse_filters).await;
    assert_eq!(streamed(&cloud).await.unwrap(), plain(&cloud).await);
    sandbox.stop().await;
}

/// An emulator that does not know filters gives everybody to every shard.
fn ignore_filters(seen: &Seen) -> Option<(u16, String)> {
    seen.body.contains("Filter").then(|| {
        let user = |sub: &str| {
            serde_json::json!({"Username": sub, "Enabled": true,
                "Attributes": [{"Name": "sub", "Value": sub}]})
        };
        let everybody = serde_json::json!({"Users": [user("0a"), user("fe")]});
        (200, everybody.to_string())
    })
}

#[tokio::test]
async fn where_the_filter_is_not_heeded_the_plain_pager_reads_everybody() {
    let (sandbox, _, cloud) = pool_of(200, ignore_filters).await;
    assert_eq!(streamed(&cloud).await.unwrap(), plain(&cloud).await);
    sandbox.stop().await;
}

fn refuse_a_shard(seen: &Seen) -> Option<(u16, String)> {
    seen.body.contains(r#"^= \"7\""#).then(|| {
        let refusal = r#"{"__type":"AccessDeniedException","message":"User: x is not authorized to perform: cognito-idp:ListUsers on resource: y"}"#;
        (400, refusal.to_owned())
    })
}

#[tokio::test]
async fn a_shard_that_fails_is_not_taken_for_the_end() {
    let (sandbox, _, cloud) = pool_of(200, refuse_a_shard).await;
    let failure = streamed(&cloud).await.unwrap_err();
    assert!(
        failure.to_string().contains("cognito-idp:ListUsers"),
        "{failure}"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn throttling_errors_and_cut_connections_lose_nobody() {
    let sandbox = Sandbox::start(Options {
        users: 600,
        faults: Some("throttle=0.3,error=0.05,cut=0.05".parse().unwrap()),
        ..Options::default()
    })
    .await
    .unwrap();
    let cloud = cloud(sandbox.url().as_str()).await;
    let mut names = streamed(&cloud).await.unwrap();
    names.dedup();
    assert_eq!(names.len(), 603);
    sandbox.stop().await;
}
