//! `mlwarden users`: Cognito users with their groups.

use std::collections::BTreeMap;

use futures::StreamExt;
use serde_json::{Value, json};

use super::{
    args::Global,
    output::{self, Listing},
    session::Session,
};
use crate::domain::{Failure, User};

/// Every user with the groups, by paging the pool and each group's members.
pub(super) async fn list(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let pool = session.pool()?;
    let cognito = &session.cloud.cognito;
    let mut memberships: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in cognito.groups(pool).await? {
        for member in cognito.members(pool, &group.name).await? {
            memberships
                .entry(member.username)
                .or_default()
                .push(group.name.clone());
        }
    }
    let mut users = Vec::new();
    let mut pages = std::pin::pin!(cognito.users(pool));
    while let Some(page) = pages.next().await {
        users.extend(page?.items);
    }
    users.sort_by(|a, b| (a.label(), &a.username).cmp(&(b.label(), &b.username)));
    let none = Vec::new();
    let groups = |user: &User| memberships.get(&user.username).unwrap_or(&none);
    Listing {
        noun: "users",
        context: session.context(),
        columns: &["user", "status", "enabled", "groups", "created"],
        rows: users
            .iter()
            .map(|user| {
                vec![
                    user.label().to_owned(),
                    user.status.as_str().to_owned(),
                    user.enabled.to_string(),
                    groups(user).join(", "),
                    user.created_at.map_or_else(String::new, output::time),
                ]
            })
            .collect(),
        values: users
            .iter()
            .map(|user| value(user, groups(user)))
            .collect::<Result<_, _>>()?,
    }
    .print(global.output)
}

/// One user with everything Cognito says of it.
pub(super) async fn show(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let pool = session.pool()?;
    let cognito = &session.cloud.cognito;
    let user = cognito.user(pool, name).await?;
    let groups: Vec<String> = cognito
        .groups_of(pool, name)
        .await?
        .into_iter()
        .map(|group| group.name)
        .collect();
    output::one(
        session.context(),
        "user",
        value(&user, &groups)?,
        global.output,
    )
}

fn value(user: &User, groups: &[String]) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(user)
        .map_err(|error| Failure::invalid("writing JSON", error.to_string()))?;
    value["groups"] = json!(groups);
    Ok(value)
}
