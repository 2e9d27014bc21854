//! Groups and their members.

use std::{collections::BTreeSet, ops::Bound};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    input::{self, Input, constraint},
    pool::Pool,
    refusal::{Answer, Refusal},
};
use crate::sandbox::wire::epoch;

/// One group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The name.
    pub(super) name: String,
    /// What it is for.
    pub(super) description: Option<String>,
    /// The IAM role of its members' identities, where one is set.
    pub(super) role: Option<String>,
    /// The smaller, the earlier in a token; last where missing.
    pub(super) precedence: Option<i64>,
    created: Timestamp,
    modified: Timestamp,
    /// The members' user names.
    pub(super) members: BTreeSet<String>,
}

impl Group {
    /// A group without members.
    pub(super) fn new(name: &str, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            role: None,
            precedence: None,
            created: now,
            modified: now,
            members: BTreeSet::new(),
        }
    }

    /// The group's place in a token.
    pub(super) fn rank(&self) -> (i64, &str) {
        (self.precedence.unwrap_or(i64::MAX), &self.name)
    }

    fn take(&mut self, input: &Input) -> Answer<()> {
        if let Some(description) = input.optional("Description")? {
            self.description = Some(description.to_owned());
        }
        if let Some(role) = input.optional("RoleArn")? {
            self.role = Some(role.to_owned());
        }
        if let Some(precedence) = input.number("Precedence", 0..=i64::from(i32::MAX))? {
            self.precedence = Some(precedence);
        }
        Ok(())
    }

    fn described(&self, pool: &str) -> Value {
        let mut shape = serde_json::Map::new();
        shape.insert("GroupName".to_owned(), self.name.as_str().into());
        shape.insert("UserPoolId".to_owned(), pool.into());
        if let Some(description) = &self.description {
            shape.insert("Description".to_owned(), description.as_str().into());
        }
        if let Some(role) = &self.role {
            shape.insert("RoleArn".to_owned(), role.as_str().into());
        }
        if let Some(precedence) = self.precedence {
            shape.insert("Precedence".to_owned(), precedence.into());
        }
        shape.insert("LastModifiedDate".to_owned(), epoch(self.modified));
        shape.insert("CreationDate".to_owned(), epoch(self.created));
        Value::Object(shape)
    }
}

fn name(input: &Input) -> Answer<&str> {
    let name = input.text("GroupName")?;
    if name.chars().count() > 128 {
        return Err(constraint(
            name,
            "GroupName",
            "Member must have length less than or equal to 128",
        ));
    }
    if name
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control())
    {
        return Err(constraint(
            name,
            "GroupName",
            "Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        ));
    }
    Ok(name)
}

fn existing<'a>(pool: &'a mut Pool, name: &str) -> Answer<&'a mut Group> {
    pool.groups.get_mut(name).ok_or_else(Refusal::no_group)
}

/// `ListGroups`.
pub(super) fn list(pool: &Pool, input: &Input) -> Answer {
    page(pool, input, pool.groups.values())
}

/// `AdminListGroupsForUser`.
pub(super) fn list_for_user(pool: &Pool, input: &Input) -> Answer {
    let user = pool.user(input.text("Username")?)?;
    page(
        pool,
        input,
        user.groups.iter().filter_map(|name| pool.groups.get(name)),
    )
}

/// A page of groups that come by name.
fn page<'a>(pool: &Pool, input: &Input, groups: impl Iterator<Item = &'a Group>) -> Answer {
    let limit = input.limit("Limit")?;
    let after = input.after("NextToken")?;
    let rest = groups.skip_while(|group| after.as_ref().is_some_and(|after| group.name <= *after));
    Ok(input::page(
        ("Groups", "NextToken"),
        limit,
        rest,
        |group| group.name.clone(),
        |group| group.described(&pool.id),
    ))
}

/// `GetGroup`.
pub(super) fn get(pool: &Pool, input: &Input) -> Answer {
    let group = pool
        .groups
        .get(name(input)?)
        .ok_or_else(Refusal::no_group)?;
    Ok(json!({"Group": group.described(&pool.id)}))
}

/// `CreateGroup`.
pub(super) fn create(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let name = name(input)?;
    if pool.groups.contains_key(name) {
        return Err(Refusal::new(
            "GroupExistsException",
            "A group with the name already exists.",
        ));
    }
    let mut group = Group::new(name, now);
    group.take(input)?;
    let answer = json!({"Group": group.described(&pool.id)});
    pool.groups.insert(name.to_owned(), group);
    Ok(answer)
}

/// `UpdateGroup`.
pub(super) fn update(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let pool_id = pool.id.clone();
    let group = existing(pool, name(input)?)?;
    group.take(input)?;
    group.modified = now;
    Ok(json!({"Group": group.described(&pool_id)}))
}

/// `DeleteGroup`; its members stay.
pub(super) fn delete(pool: &mut Pool, input: &Input) -> Answer {
    let name = name(input)?;
    let group = pool.groups.remove(name).ok_or_else(Refusal::no_group)?;
    for member in &group.members {
        pool.users.change(member, |user| user.groups.remove(name));
    }
    Ok(json!({}))
}

/// `AdminAddUserToGroup`; being in it already is no error.
pub(super) fn add(pool: &mut Pool, input: &Input) -> Answer {
    let username = pool.user(input.text("Username")?)?.username.clone();
    join(pool, &username, name(input)?)?;
    Ok(json!({}))
}

/// Puts a user into a group.
pub(super) fn join(pool: &mut Pool, username: &str, group: &str) -> Answer<()> {
    existing(pool, group)?.members.insert(username.to_owned());
    pool.users
        .change(username, |user| user.groups.insert(group.to_owned()));
    Ok(())
}

/// `AdminRemoveUserFromGroup`; not being in it is no error.
pub(super) fn remove(pool: &mut Pool, input: &Input) -> Answer {
    let username = pool.user(input.text("Username")?)?.username.clone();
    let name = name(input)?;
    existing(pool, name)?.members.remove(&username);
    pool.users
        .change(&username, |user| user.groups.remove(name));
    Ok(json!({}))
}

/// `ListUsersInGroup`.
pub(super) fn members(pool: &Pool, input: &Input) -> Answer {
    let group = pool
        .groups
        .get(name(input)?)
        .ok_or_else(Refusal::no_group)?;
    let limit = input.limit("Limit")?;
    let from = input
        .after("NextToken")?
        .map_or(Bound::Unbounded, Bound::Excluded);
    let rest = group
        .members
        .range((from, Bound::Unbounded))
        .filter_map(|name| pool.users.get(name));
    Ok(input::page(
        ("Users", "NextToken"),
        limit,
        rest,
        |user| user.username.clone(),
        |user| user.listed(None),
    ))
}
