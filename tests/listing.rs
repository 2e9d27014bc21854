//! Reading a whole pool: everybody once, whatever the way, and no more calls than needed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod relay;

use std::{collections::BTreeSet, num::NonZeroU32};

use aws_credential_types::Credentials;
use futures::StreamExt;
use indexmap::IndexMap;
use mlwarden::{
    aws::{
        Cloud, Quotas, Target, WriteAccess,
        cognito::{Invitation, NewUser},
    },
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

async fn sandbox(users: usize, faults: &str) -> Sandbox {
    Sandbox::start(Options {
        users,
        faults: Some(faults.parse().unwrap()),
        ..Options::default()
    })
    .await
    .unwrap()
}

async fn cloud(endpoint: &str) -> Cloud {
    cloud_of(endpoint, Quotas::default()).await
}

/// Quotas that let a test go on.
fn plenty() -> Quotas {
    let plenty = NonZeroU32::new(5000).unwrap();
    Quotas {
        user_list: plenty,
        user_update: plenty,
        user_creation: plenty,
        ..Quotas::default()
    }
}

async fn cloud_of(endpoint: &str, quotas: Quotas) -> Cloud {
    let target = Target {
        region: Some(world::REGION.to_owned()),
        endpoint_url: Some(endpoint.to_owned()),
        quotas,
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
    let sandbox = sandbox(3000, "throttle=0.2,error=0.05,cut=0.02").await;
    let cloud = cloud_of(sandbox.url().as_str(), plenty()).await;
    let mut names = streamed(&cloud).await.unwrap();
    assert_eq!(names.len(), 3003);
    names.dedup();
    assert_eq!(names.len(), 3003);
    sandbox.stop().await;
}

#[tokio::test]
async fn who_comes_and_goes_meanwhile_costs_nobody_else_the_place() {
    let sandbox = sandbox(3000, "latency=1ms..9ms").await;
    let cloud = cloud_of(sandbox.url().as_str(), plenty()).await;
    let (cognito, pool) = (&cloud.cognito, world::POOL_ID);
    let mut staying: BTreeSet<String> = plain(&cloud).await.into_iter().collect();
    let writes = WriteAccess::unless_read_only(false).unwrap();
    let mut seen = Vec::new();
    let mut pages = Box::pin(cognito.users(pool));
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        // One who was read already goes, one who was perhaps not read yet goes, one changes,
        // and one comes, before the next page is taken.
        let gone = [
            page.items.first().map(|user| user.username.clone()),
            staying.iter().nth(seen.len() % staying.len()).cloned(),
        ];
        let changed = page.items.last().map(|user| user.username.clone());
        seen.extend(page.items.into_iter().map(|user| user.username));
        for name in gone.into_iter().flatten() {
            if staying.remove(&name) {
                cognito.delete_user(&writes, pool, &name).await.unwrap();
            }
        }
        if let Some(name) = changed.filter(|name| staying.contains(name)) {
            let name_of = IndexMap::from([("name".to_owned(), "Another".to_owned())]);
            let change = cognito.update_attributes(&writes, pool, &name, &name_of);
            change.await.unwrap();
        }
        let new = NewUser {
            username: format!("new-{}@example.com", seen.len()),
            invitation: Invitation::Suppress,
            ..NewUser::default()
        };
        let new = NewUser {
            attributes: IndexMap::from([("email".to_owned(), new.username.clone())]),
            ..new
        };
        cognito.create_user(&writes, pool, &new).await.unwrap();
    }
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len(), "nobody twice");
    assert!(staying.len() > 2500);
    let missed: Vec<_> = staying.difference(&once).collect();
    assert!(missed.is_empty(), "{missed:?}");
    sandbox.stop().await;
}

#[tokio::test]
async fn nothing_is_refused_where_the_service_keeps_its_quotas() {
    let sandbox = sandbox(1500, "quota=aws").await;
    let cloud = cloud(sandbox.url().as_str()).await;
    let (users, members) = tokio::join!(streamed(&cloud), everybodys_groups(&cloud));
    assert_eq!(users.unwrap().len(), 1503);
    assert!(members.len() > 1000);
    {
        let traffic = sandbox.world().traffic.lock();
        assert_eq!(traffic.refused(), 0, "{}", traffic.summary());
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn where_others_use_the_quota_too_it_takes_longer() {
    let sandbox = sandbox(300, "quota=user-list:8").await;
    let cloud = cloud_of(sandbox.url().as_str(), plenty()).await;
    assert_eq!(streamed(&cloud).await.unwrap().len(), 303);
    assert!(sandbox.world().traffic.lock().refused() > 0);
    sandbox.stop().await;
}

/// User and group of every membership.
async fn everybodys_groups(cloud: &Cloud) -> BTreeSet<(String, String)> {
    let mut memberships = BTreeSet::new();
    let mut parts = Box::pin(cloud.cognito.memberships(world::POOL_ID));
    while let Some(part) = parts.next().await {
        let part = part.unwrap();
        for user in part.users {
            let new = memberships.insert((user.username, part.group.name.clone()));
            assert!(new, "nobody twice");
        }
    }
    memberships
}

#[tokio::test]
async fn memberships_are_read_by_the_groups_pages() {
    let sandbox = sandbox(1000, "latency=1ms").await;
    let cloud = cloud_of(sandbox.url().as_str(), plenty()).await;
    let found = everybodys_groups(&cloud).await;
    let mut expected = BTreeSet::new();
    for group in cloud.cognito.groups(world::POOL_ID).await.unwrap() {
        let members = cloud.cognito.members(world::POOL_ID, &group.name);
        for user in members.await.unwrap() {
            expected.insert((user.username, group.name.clone()));
        }
    }
    assert_eq!(found, expected);
    assert!(found.len() > 600);
    let traffic = sandbox.world().traffic.lock();
    let pages = traffic.count("ListUsersInGroup").calls;
    // Twice: the stream, and one group after the other.
    assert!(pages <= 2 * (found.len() as u64 / 60 + 3), "{pages}");
    assert_eq!(traffic.count("AdminListGroupsForUser").calls, 0);
}
