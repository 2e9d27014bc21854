//! `mlwarden groups`: Cognito groups with their members, and every change of them.

use std::{collections::BTreeMap, sync::Arc};

use futures::StreamExt;
use serde_json::{Value, json};

use super::{
    args::{Global, GroupFlags, GroupsCommand},
    carry_out,
    output::{self, Listing},
    session::Session,
    users::{self, Change},
};
use crate::{
    aws::cognito::GroupSettings,
    domain::{ErrorClass, Failure, Group, User, group::nearest},
    plan::{
        Item, Place, Plan, Step,
        survey::{Extent, Survey},
    },
};

/// Runs one of them.
pub(super) async fn run(global: &Global, command: GroupsCommand) -> Result<u8, Failure> {
    match command {
        GroupsCommand::List => list(global).await,
        GroupsCommand::Show { name } => show(global, &name).await,
        GroupsCommand::Create { name, settings } => create(global, name, settings).await,
        GroupsCommand::Update { name, settings } => update(global, &name, settings).await,
        GroupsCommand::Delete { name } => delete(global, &name).await,
        GroupsCommand::Add { group, users } => {
            let session = Session::open(global).await?;
            exists(&session, &group).await?;
            let change = Change::of(&session, &users).await?;
            let proposal = change
                .proposal(&format!("add to {group}:"), |user| {
                    let has = change.survey.groups_of(&user.username).contains(&group);
                    let add = Step::AddToGroup {
                        user: user.username.clone(),
                        group: group.clone(),
                    };
                    if has { Vec::new() } else { vec![add] }
                })
                .await;
            carry_out::propose(global, &session, proposal).await
        }
        GroupsCommand::Remove { group, users } => {
            let session = Session::open(global).await?;
            exists(&session, &group).await?;
            let change = Change::of(&session, &users).await?;
            let proposal = change
                .proposal(&format!("remove from {group}:"), |user| {
                    let has = change.survey.groups_of(&user.username).contains(&group);
                    let remove = Step::RemoveFromGroup {
                        user: user.username.clone(),
                        group: group.clone(),
                    };
                    if has { vec![remove] } else { Vec::new() }
                })
                .await;
            carry_out::propose(global, &session, proposal).await
        }
    }
}

/// Refuses a group that is not there, before anything is asked.
async fn exists(session: &Session, name: &str) -> Result<Group, Failure> {
    let (cognito, pool) = (&session.cloud.cognito, session.pool()?);
    match cognito.group(pool, name).await {
        Err(failure) if failure.class == ErrorClass::NotFound => {
            let groups = cognito.groups(pool).await.unwrap_or_default();
            Err(unknown("looking for the group", name, &groups))
        }
        found => found,
    }
}

/// A group that the pool does not have, with the one that was probably meant.
pub(super) fn unknown(doing: &str, name: &str, groups: &[Group]) -> Failure {
    let names = groups.iter().map(|group| group.name.as_str());
    let failure = Failure::new(
        ErrorClass::NotFound,
        doing,
        format!("the pool has no group {name}"),
    );
    match nearest(names, name) {
        Some(other) => failure.advise(format!("did you mean {other}?")),
        None => failure.advise("`mlwarden groups list` has them all"),
    }
}

/// Refuses settings that Cognito does not take, before anything is asked.
fn checked(settings: &GroupSettings) -> Result<(), Failure> {
    const MAX_NAME: usize = 128;
    const MAX_DESCRIPTION: usize = 2_048;
    let name = &settings.name;
    let wrong = |field: &str, value: &str, why: &str, advice: &str| {
        let doing = format!("checking the group's {field} {value:?}");
        Err(Failure::invalid(doing, why).advise(advice.to_owned()))
    };
    let bad = |char: char| char.is_whitespace() || char.is_control();
    if name.is_empty() || name.contains(bad) || name.chars().count() > MAX_NAME {
        return wrong(
            "name",
            name,
            "Cognito takes 1 to 128 characters without blanks",
            "give another name, such as data-readers",
        );
    }
    if let Some(precedence) = settings.precedence.filter(|number| *number < 0) {
        return wrong(
            "precedence",
            &precedence.to_string(),
            "it is below 0",
            "give a whole number from 0 on",
        );
    }
    if let Some(role) = &settings.role_arn
        && !role.starts_with("arn:")
    {
        return wrong(
            "role",
            role,
            "it is no ARN",
            "give one such as arn:aws:iam::123456789012:role/name",
        );
    }
    if let Some(text) = &settings.description
        && text.chars().count() > MAX_DESCRIPTION
    {
        return wrong(
            "description",
            "",
            "it is too long",
            "give 2048 characters at most",
        );
    }
    Ok(())
}

/// Every group with the number of its members.
async fn list(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let pool = session.pool()?;
    let cognito = &session.cloud.cognito;
    let mut groups: BTreeMap<String, (Arc<Group>, usize)> = BTreeMap::new();
    let mut parts = std::pin::pin!(cognito.memberships(pool));
    while let Some(part) = parts.next().await.transpose()? {
        let (_, members) = groups
            .entry(part.group.name.clone())
            .or_insert((part.group, 0));
        *members += part.users.len();
    }
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (group, members) in groups.into_values() {
        rows.push(vec![
            group.name.clone(),
            members.to_string(),
            group.precedence.map_or_else(String::new, |p| p.to_string()),
            group.description.clone().unwrap_or_default(),
        ]);
        let mut value = value(&group)?;
        value["member_count"] = json!(members);
        values.push(value);
    }
    Listing {
        noun: "groups",
        context: session.context(),
        columns: &["group", "members", "precedence", "description"],
        rows,
        values,
    }
    .print(global.output)
}

/// One group with its members.
async fn show(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let group = exists(&session, name).await?;
    let members = session.cloud.cognito.members(session.pool()?, name).await?;
    let mut value = value(&group)?;
    value["members"] = json!(members.iter().map(User::label).collect::<Vec<_>>());
    output::one(session.context(), "group", value, global.output)
}

fn value(group: &Group) -> Result<Value, Failure> {
    serde_json::to_value(group).map_err(|error| Failure::invalid("writing JSON", error.to_string()))
}

async fn create(global: &Global, name: String, flags: GroupFlags) -> Result<u8, Failure> {
    let settings = GroupSettings {
        name,
        description: flags.description,
        precedence: flags.precedence,
        role_arn: flags.role,
    };
    checked(&settings)?;
    let session = Session::open(global).await?;
    let there = session.cloud.cognito.groups(session.pool()?).await?;
    if there.iter().any(|group| group.name == settings.name) {
        return Err(Failure::invalid(
            format!("creating the group {}", settings.name),
            "there is a group of this name",
        )
        .advise("change it by `mlwarden groups update`"));
    }
    let title = format!("create the group {}", settings.name);
    one(global, &session, title, Step::CreateGroup(settings)).await
}

async fn update(global: &Global, name: &str, flags: GroupFlags) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let before = GroupSettings::of(&exists(&session, name).await?);
    let after = GroupSettings {
        name: before.name.clone(),
        description: flags.description.or(before.description.clone()),
        precedence: flags.precedence.or(before.precedence),
        role_arn: flags.role.or(before.role_arn.clone()),
    };
    checked(&after)?;
    if after == before {
        output::note("the group is so already");
        return Ok(super::OK);
    }
    let title = format!("change the group {name}");
    one(global, &session, title, Step::UpdateGroup { after, before }).await
}

async fn delete(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let group = exists(&session, name).await?;
    let place = Place::of(&session.deployment);
    let rule = &session.effective.rule;
    let members = session.cloud.cognito.members(session.pool()?, name).await?;
    let names: Vec<String> = members.into_iter().map(|user| user.username).collect();
    // The members' other groups say what they will be afterwards.
    let survey = if names.is_empty() {
        Survey::default()
    } else if names.len() <= 60 {
        let contract = session.contract().await;
        Survey::of(&session.cloud, &place, &names, Extent::Pool, rule, contract).await?
    } else {
        Survey::everybody(&session.cloud, &place, Extent::Pool, rule).await?
    };
    let labels: Vec<&str> = names
        .iter()
        .map(|name| survey.user(name).map_or(name.as_str(), User::label))
        .collect();
    if !labels.is_empty() {
        output::note(&format!("members: {}", labels.join(", ")));
    }
    let item = Item::new(
        name.to_owned(),
        vec![Step::DeleteGroup {
            before: GroupSettings::of(&group),
            members: names.clone(),
        }],
    );
    let plan = Plan::new(format!("delete the group {name}"), place, vec![item]);
    let proposal = users::with_consequences(&session, &survey, plan, Vec::new()).await;
    carry_out::propose(global, &session, proposal).await
}

async fn one(global: &Global, session: &Session, title: String, step: Step) -> Result<u8, Failure> {
    let subject = match &step {
        Step::CreateGroup(settings)
        | Step::UpdateGroup {
            after: settings, ..
        } => settings.name.clone(),
        _ => String::new(),
    };
    let steps = vec![step];
    let place = Place::of(&session.deployment);
    let plan = Plan::new(title, place, vec![Item::new(subject, steps)]);
    let proposal = carry_out::Proposal {
        plan: Some(plan),
        ..carry_out::Proposal::default()
    };
    carry_out::propose(global, session, proposal).await
}
