//! User profiles.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    State, arn as any_arn,
    input::{Checked, Rule},
    known_domain,
    life::Life,
    list::{Item, Order},
    refusal::{Answer, Refusal},
    tag,
};
use crate::sandbox::{wire::epoch, world::DOMAIN_ID};

/// One user profile.
#[derive(Debug)]
pub(super) struct Profile {
    /// The execution role's ARN; none takes the domain's default.
    pub(super) role: Option<String>,
    /// Where it is in its life.
    pub(super) life: Life,
    /// When it was made.
    pub(super) created: Timestamp,
    /// When it was last changed.
    pub(super) modified: Timestamp,
}

impl Profile {
    fn shown(&self, name: &str, now: Timestamp) -> Value {
        json!({
            "DomainId": DOMAIN_ID,
            "UserProfileName": name,
            "Status": self.life.status(now),
            "CreationTime": epoch(self.created),
            "LastModifiedTime": epoch(self.modified),
        })
    }
}

/// A profile's ARN.
pub(super) fn arn(name: &str) -> String {
    any_arn("user-profile", &[DOMAIN_ID, name])
}

/// The profile that others may refer to: one that is in service.
pub(super) fn in_service<'a>(state: &'a State, name: &str, now: Timestamp) -> Answer<&'a Profile> {
    let profile = state
        .profiles
        .get(name)
        .ok_or_else(|| Refusal::not_found("UserProfile"))?;
    match profile.life.status(now) {
        "InService" => Ok(profile),
        status => Err(Refusal::in_use(format!(
            "UserProfile [{}] is in {status} state.",
            arn(name)
        ))),
    }
}

/// `ListUserProfiles`.
pub(super) fn list(state: &State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let domain = checked.optional("DomainIdEquals", Rule::Domain);
    let part = checked.optional("UserProfileNameContains", Rule::Name);
    let order = Order::read(&mut checked, input, &["CreationTime", "LastModifiedTime"])?;
    checked.done()?;
    let wanted = |name: &str| {
        domain.is_none_or(|id| id == DOMAIN_ID) && part.is_none_or(|part| name.contains(part))
    };
    let items = state
        .profiles
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, profile)| Item {
            created: profile.created,
            modified: profile.modified,
            name: name.clone(),
            shown: Box::new(move || profile.shown(name, now)),
        });
    Ok(order.page("UserProfiles", items))
}

/// `DescribeUserProfile`.
pub(super) fn describe(state: &State, input: &Value, now: Timestamp) -> Answer {
    let name = named(input)?;
    let profile = state
        .profiles
        .get(name)
        .ok_or_else(|| Refusal::not_found("UserProfile"))?;
    let mut value = profile.shown(name, now);
    value["UserProfileArn"] = json!(arn(name));
    if let Some(role) = &profile.role {
        value["UserSettings"] = json!({"ExecutionRole": role});
    }
    Ok(value)
}

/// `CreateUserProfile`.
pub(super) fn create(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let domain = checked.text("DomainId", Rule::Domain);
    let name = checked.text("UserProfileName", Rule::Name);
    let role = checked.optional("UserSettings.ExecutionRole", Rule::Role);
    checked.done()?;
    let tags = tag::read(input)?;
    known_domain(domain)?;
    if state.profiles.contains_key(name) {
        return Err(Refusal::in_use(format!(
            "Unable to create UserProfile [{}] because it already exists.",
            arn(name)
        )));
    }
    state.profiles.insert(
        name.to_owned(),
        Profile {
            role: role.map(str::to_owned),
            life: Life::begun(now, state.pace),
            created: now,
            modified: now,
        },
    );
    tag::put(state, &arn(name), tags);
    Ok(json!({"UserProfileArn": arn(name)}))
}

/// `UpdateUserProfile`: the execution role changes also while apps run; they keep theirs.
pub(super) fn update(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let domain = checked.text("DomainId", Rule::Domain);
    let name = checked.text("UserProfileName", Rule::Name);
    let role = checked.optional("UserSettings.ExecutionRole", Rule::Role);
    checked.done()?;
    known_domain(domain)?;
    in_service(state, name, now)?;
    let life = Life::changed(now, state.pace);
    if let Some(profile) = state.profiles.get_mut(name) {
        if let Some(role) = role {
            profile.role = Some(role.to_owned());
        }
        profile.life = life;
        profile.modified = now;
    }
    Ok(json!({"UserProfileArn": arn(name)}))
}

/// `DeleteUserProfile`: refused while anything is the profile's.
pub(super) fn delete(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let name = named(input)?;
    in_service(state, name, now)?;
    let unable = |why: &str| {
        Refusal::in_use(format!(
            "Unable to delete UserProfile [{}] because {why} are associated with it.",
            arn(name)
        ))
    };
    if state
        .apps
        .iter()
        .any(|app| app.key.is_profiles(name) && app.is_in_the_way(now))
    {
        return Err(unable("App(s)"));
    }
    if state.spaces.values().any(|space| space.owner == name) {
        return Err(unable("Space(s)"));
    }
    let life = Life::ended(now, state.pace);
    if let Some(profile) = state.profiles.get_mut(name) {
        profile.life = life;
        profile.modified = now;
    }
    Ok(json!({}))
}

/// The profile that a call names, its domain checked.
fn named(input: &Value) -> Answer<&str> {
    let mut checked = Checked::new(input);
    let domain = checked.text("DomainId", Rule::Domain);
    let name = checked.text("UserProfileName", Rule::Name);
    checked.done()?;
    known_domain(domain)?;
    Ok(name)
}
