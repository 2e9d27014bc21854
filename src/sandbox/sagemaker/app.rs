//! Apps: what runs, and costs.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    State, arn as any_arn,
    input::{Checked, Rule},
    known_domain,
    life::{Life, after},
    list::{Item, Order},
    profile,
    refusal::{Answer, Refusal},
    space, tag,
};
use crate::sandbox::{wire::epoch, world::DOMAIN_ID};

/// For how long a deleted app is still listed.
const LISTED_AFTERWARDS: SignedDuration = SignedDuration::from_hours(24);

/// How many seconds lie between two checks of an app's health.
const CHECKED_EVERY: i64 = 300;

/// Whose an app is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A profile's.
    Profile(String),
    /// A space's.
    Space(String),
}

/// What names an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Whose it is.
    pub(super) owner: Owner,
    /// The type.
    pub(super) kind: String,
    /// The name.
    pub(super) name: String,
}

impl Key {
    /// The ARN; the type stands in it in small letters.
    pub(super) fn arn(&self) -> String {
        let (Owner::Profile(owner) | Owner::Space(owner)) = &self.owner;
        any_arn(
            "app",
            &[DOMAIN_ID, owner, &self.kind.to_lowercase(), &self.name],
        )
    }

    /// Whether it is that of this profile or space.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.is_profiles(name) || self.is_spaces(name)
    }

    /// Whether it is this profile's.
    pub(super) fn is_profiles(&self, name: &str) -> bool {
        matches!(&self.owner, Owner::Profile(owner) if owner == name)
    }

    /// Whether it is this space's.
    pub(super) fn is_spaces(&self, name: &str) -> bool {
        matches!(&self.owner, Owner::Space(owner) if owner == name)
    }
}

/// One app.
#[derive(Debug)]
pub(super) struct App {
    /// What names it.
    pub(super) key: Key,
    /// Where it is in its life.
    pub(super) life: Life,
    /// The instance type.
    pub(super) instance: String,
    /// The image it runs, as an ARN; empty where it runs the system's own.
    pub(super) image: String,
    /// When it was made.
    pub(super) created: Timestamp,
    /// When its user last did something. Where nobody noticed, the health checks alone count.
    pub(super) active: Option<Timestamp>,
}

impl App {
    /// Whether its owner cannot go because of it.
    pub(super) fn is_in_the_way(&self, now: Timestamp) -> bool {
        !matches!(self.life.status(now), "Deleted" | "Failed")
    }

    /// Whether it is deleted for so long that it is not listed any more.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        self.life
            .gone_since(now)
            .is_some_and(|since| after(since, LISTED_AFTERWARDS) <= now)
    }

    /// When its health was last checked.
    fn last_check(&self, now: Timestamp) -> Timestamp {
        let since = now.as_second().saturating_sub(self.created.as_second());
        Timestamp::from_second(now.as_second() - since.rem_euclid(CHECKED_EVERY)).unwrap_or(now)
    }

    fn shown(&self, now: Timestamp) -> Value {
        let mut value = json!({
            "DomainId": DOMAIN_ID,
            "AppType": self.key.kind,
            "AppName": self.key.name,
            "Status": self.life.status(now),
            "CreationTime": epoch(self.created),
            "ResourceSpec": {"InstanceType": self.instance},
        });
        match &self.key.owner {
            Owner::Profile(name) => value["UserProfileName"] = json!(name),
            Owner::Space(name) => value["SpaceName"] = json!(name),
        }
        if !self.image.is_empty() {
            value["ResourceSpec"]["SageMakerImageArn"] = json!(self.image);
        }
        value
    }
}

/// `ListApps`.
pub(super) fn list(state: &State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let domain = checked.optional("DomainIdEquals", Rule::Domain);
    let profile = checked.optional("UserProfileNameEquals", Rule::Name);
    let space = checked.optional("SpaceNameEquals", Rule::Name);
    let order = Order::read(&mut checked, input, &["CreationTime"])?;
    checked.done()?;
    if profile.is_some() && space.is_some() {
        return Err(Refusal::invalid(
            "UserProfileNameEquals and SpaceNameEquals cannot be set together.",
        ));
    }
    let wanted = |key: &Key| {
        domain.is_none_or(|id| id == DOMAIN_ID)
            && profile.is_none_or(|name| key.is_profiles(name))
            && space.is_none_or(|name| key.is_spaces(name))
    };
    let items = state
        .apps
        .iter()
        .filter(|app| wanted(&app.key))
        .map(|app| Item {
            created: app.created,
            modified: app.created,
            name: app.key.arn(),
            shown: Box::new(move || app.shown(now)),
        });
    Ok(order.page("Apps", items))
}

/// `DescribeApp`.
pub(super) fn describe(state: &State, input: &Value, now: Timestamp) -> Answer {
    let key = named(Checked::new(input))?;
    let app = state
        .apps
        .iter()
        .find(|app| app.key == key)
        .ok_or_else(|| Refusal::not_found("App"))?;
    let mut value = app.shown(now);
    value["AppArn"] = json!(app.key.arn());
    if app.life.status(now) == "InService" {
        // A health check counts as activity, unless somebody was noticed.
        let checked = app.last_check(now);
        value["LastHealthCheckTimestamp"] = epoch(checked);
        value["LastUserActivityTimestamp"] = epoch(app.active.unwrap_or(checked));
    }
    if app.life.status(now) == "Failed" {
        value["FailureReason"] = json!("InternalFailure");
    }
    Ok(value)
}

/// `CreateApp`.
pub(super) fn create(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let mut checked = Checked::new(input);
    let instance = checked.optional(
        "ResourceSpec.InstanceType",
        Rule::OneOf(&[
            "system",
            "ml.t3.micro",
            "ml.t3.small",
            "ml.t3.medium",
            "ml.t3.large",
            "ml.t3.xlarge",
            "ml.m5.large",
            "ml.m5.xlarge",
            "ml.m5.2xlarge",
            "ml.c5.large",
            "ml.c5.xlarge",
            "ml.g4dn.xlarge",
            "ml.g4dn.2xlarge",
        ]),
    );
    let image = checked.optional("ResourceSpec.SageMakerImageArn", Rule::Arn);
    let key = named(checked)?;
    let tags = tag::read(input)?;
    match &key.owner {
        Owner::Profile(name) => profile::in_service(state, name, now).map(drop)?,
        Owner::Space(name) => space::in_service(state, name, now).map(drop)?,
    }
    if let Some(held) = state.apps.iter().find(|app| app.key == key)
        && held.is_in_the_way(now)
    {
        return Err(Refusal::in_use(format!(
            "Unable to create App [{}] because it already exists.",
            key.arn()
        )));
    }
    let arn = key.arn();
    state.apps.retain(|app| app.key != key);
    state.apps.push(App {
        instance: instance.unwrap_or("system").to_owned(),
        key,
        life: Life::begun(now, state.pace),
        image: image.unwrap_or_default().to_owned(),
        created: now,
        active: None,
    });
    tag::put(state, &arn, tags);
    Ok(json!({"AppArn": arn}))
}

/// `DeleteApp`: a deleted app stays listed for a day, and one that failed is gone already.
pub(super) fn delete(state: &mut State, input: &Value, now: Timestamp) -> Answer {
    let key = named(Checked::new(input))?;
    let life = Life::ended(now, state.pace);
    let app = state
        .apps
        .iter_mut()
        .find(|app| app.key == key)
        .ok_or_else(|| Refusal::not_found("App"))?;
    let arn = key.arn();
    match app.life.status(now) {
        "InService" => {
            app.life = life;
            Ok(json!({}))
        }
        "Deleted" => Err(Refusal::invalid(format!(
            "App [{arn}] has already been deleted."
        ))),
        "Failed" => Err(Refusal::invalid(format!(
            "App [{arn}] previously failed and was automatically deleted."
        ))),
        status => Err(Refusal::in_use(format!(
            "Unable to delete App [{arn}] because it is in {status} state."
        ))),
    }
}

/// The app that a call names, its domain checked, with whatever else was checked before.
fn named(mut checked: Checked<'_>) -> Answer<Key> {
    let domain = checked.text("DomainId", Rule::Domain);
    let profile = checked.optional("UserProfileName", Rule::Name);
    let space = checked.optional("SpaceName", Rule::Name);
    let kind = checked.text("AppType", Rule::AppType);
    let name = checked.text("AppName", Rule::Name);
    checked.done()?;
    known_domain(domain)?;
    let owner = match (profile, space) {
        (Some(name), None) => Owner::Profile(name.to_owned()),
        (None, Some(name)) => Owner::Space(name.to_owned()),
        _ => {
            return Err(Refusal::invalid(
                "Exactly one of UserProfileName and SpaceName must be given.",
            ));
        }
    };
    Ok(Key {
        owner,
        kind: kind.to_owned(),
        name: name.to_owned(),
    })
}
