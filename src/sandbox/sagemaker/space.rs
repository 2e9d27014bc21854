//! Spaces: what a profile keeps its files in, and runs apps in.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    State, arn as any_arn,
    input::{Checked, Rule},
    known_domain,
    life::Life,
    list::{Item, Order},
    profile,
    refusal::{Answer, Refusal},
    tag,
};
use crate::sandbox::{wire::epoch, world::DOMAIN_ID};

/// One space.
#[derive(Debug)]
pub(super) struct Space {
    /// The profile that owns it; empty where none does.
    pub(super) owner: String,
    /// Where it is in its life.
    pub(super) life: Life,
    /// When it was made.
    pub(super) created: Timestamp,
    /// When it was last changed.
    pub(super) modified: Timestamp,
}

impl Space {
    fn shown(&self, name: &str, now: Timestamp) -> Value {
        json!({
            "DomainId": DOMAIN_ID,
            "SpaceName": name,
            "Status": self.life.status(now),
            "CreationTime": epoch(self.created),
            "LastModifiedTime": epoch(self.modified),
        })
    }
}

/// A space's ARN.
pub(super) fn arn(name: &str) -> String {
    any_arn("space", &[DOMAIN_ID, name])
}

/// The space that others may refer to: one that is in service.
pub(super) fn in_service<'a>(state: &'a State, name: &str, now: Timestamp) -> Answer<&'a Space> {
    let space = state
        .spaces
        .get(name)
        .ok_or_else(|| Refusal::not_found("Space"))?;
    match space.life.status(now) {
        "InService" => Ok(space),
        status => Err(Refusal::in_use(format!(
            "Space [{}] is in {status} state.",
            arn(name)
        ))),
    }
}

/// `ListSpaces`.
pub(super) fn list(state: &State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let domain = checked.optional("DomainIdEquals", Rule::Domain);
    let part = checked.optional("SpaceNameContains", Rule::Name);
    let order = Order::read(&mut checked, input, &["CreationTime", "LastModifiedTime"])?;
    checked.done()?;
    let wanted = |name: &str| {
        domain.is_none_or(|id| id == DOMAIN_ID) && part.is_none_or(|part| name.contains(part))
    };
    let items = state
        .spaces
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, space)| Item {
            created: space.created,
            modified: space.modified,
            name: name.clone(),
            shown: Box::new(move || {
                let mut shown = space.shown(name, now);
                if !space.owner.is_empty() {
                    shown["OwnershipSettingsSummary"] =
                        json!({"OwnerUserProfileName": space.owner});
                }
                shown
            }),
        });
    Ok(order.page("Spaces", items))
}

/// `DescribeSpace`.
pub(super) fn describe(state: &State, input: &Value, now: Timestamp) -> Answer {
    let name = named(input)?;
    let space = state
        .spaces
        .get(name)
        .ok_or_else(|| Refusal::not_found("Space"))?;
    let mut value = space.shown(name, now);
    value["SpaceArn"] = json!(arn(name));
    if !space.owner.is_empty() {
        value["OwnershipSettings"] = json!({"OwnerUserProfileName": space.owner});
    }
    Ok(value)
}

/// `CreateSpace`.
pub(super) fn create(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let domain = checked.text("DomainId", Rule::Domain);
    let name = checked.text("SpaceName", Rule::Name);
    let owner = checked.optional("OwnershipSettings.OwnerUserProfileName", Rule::Name);
    checked.done()?;
    let tags = tag::read(input)?;
    known_domain(domain)?;
    if let Some(owner) = owner {
        profile::in_service(state, owner, now)?;
    }
    if state.spaces.contains_key(name) {
        return Err(Refusal::in_use(format!(
            "Unable to create Space [{}] because it already exists.",
            arn(name)
        )));
    }
    state.spaces.insert(
        name.to_owned(),
        Space {
            owner: owner.unwrap_or_default().to_owned(),
            life: Life::begun(now, state.pace),
            created: now,
            modified: now,
        },
    );
    tag::put(state, &arn(name), tags);
    Ok(json!({"SpaceArn": arn(name)}))
}

/// `DeleteSpace`: refused while it has apps.
pub(super) fn delete(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let name = named(input)?;
    in_service(state, name, now)?;
    if state
        .apps
        .iter()
        .any(|app| app.key.is_spaces(name) && app.is_in_the_way(now))
    {
        return Err(Refusal::in_use(format!(
            "Unable to delete Space [{}] because App(s) are associated with it.",
            arn(name)
        )));
    }
    let life = Life::ended(now, state.pace);
    if let Some(space) = state.spaces.get_mut(name) {
        space.life = life;
        space.modified = now;
    }
    Ok(json!({}))
}

/// The space that a call names, its domain checked.
fn named(input: &Value) -> Answer<&str> {
    let mut checked = Checked::new(input);
    let domain = checked.text("DomainId", Rule::Domain);
    let name = checked.text("SpaceName", Rule::Name);
    checked.done()?;
    known_domain(domain)?;
    Ok(name)
}
