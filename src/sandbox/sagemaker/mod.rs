//! Studio domains, profiles, spaces, apps and their tags, awsJson 1.1.
//!
//! This file finds the operation; what each does stands beside the thing it is about:
//! `domain`, `profile`, `space`, `app`, `tag`. How things come and go stands in `life`.

mod app;
mod domain;
mod input;
mod life;
mod list;
mod profile;
mod refusal;
mod sample;
mod space;
mod tag;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

use self::{
    app::App,
    life::Life,
    profile::Profile,
    refusal::{Answer, Refusal},
    space::Space,
};
use super::{
    World,
    call::{Call, Reply},
    world::{ACCOUNT, DOMAIN_ID, REGION, Seed},
};

pub use life::Pace;

/// What the service holds: one Studio domain.
#[derive(Debug)]
pub struct State {
    created: Timestamp,
    life: Life,
    default_role: String,
    pace: Pace,
    profiles: BTreeMap<String, Profile>,
    spaces: BTreeMap<String, Space>,
    apps: Vec<App>,
    /// Tags by ARN.
    tags: BTreeMap<String, IndexMap<String, String>>,
}

impl State {
    /// As the sample deploys it.
    pub fn sample(seed: &Seed) -> Self {
        sample::state(seed)
    }

    /// Gives a profile another execution role.
    pub fn set_role(&mut self, profile: &str, role_arn: &str) {
        if let Some(found) = self.profiles.get_mut(profile) {
            found.role = Some(role_arn.to_owned());
        }
    }

    /// Starts an app again, as its user does who opens a notebook; true where there was one.
    pub fn start_app(&mut self, owner: &str, name: &str, now: Timestamp) -> bool {
        let pace = self.pace;
        let mut apps = self.apps.iter_mut();
        let found = apps.find(|app| app.key.name == name && app.key.is_of(owner));
        found.is_some_and(|app| {
            app.life = Life::begun(now, pace);
            app.created = now;
            true
        })
    }

    /// Lets an app that is there end as one that never came up; true where it was there.
    pub fn fail_app(&mut self, owner: &str, name: &str) -> bool {
        let mut apps = self.apps.iter_mut();
        let found = apps.find(|app| app.key.name == name && app.key.is_of(owner));
        found.is_some_and(|app| {
            app.life = Life::Failed;
            true
        })
    }

    /// Lets things come and go at another pace from now on.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Takes out what is gone for good.
    fn sweep(&mut self, now: Timestamp) {
        let tags = &mut self.tags;
        self.profiles.retain(|name, profile| {
            let stays = !profile.life.is_gone(now);
            if !stays {
                tags.remove(&profile::arn(name));
            }
            stays
        });
        self.spaces.retain(|name, space| {
            let stays = !space.life.is_gone(now);
            if !stays {
                tags.remove(&space::arn(name));
            }
            stays
        });
        self.apps.retain(|app| {
            let stays = !app.is_forgotten(now);
            if !stays {
                tags.remove(&app.key.arn());
            }
            stays
        });
    }

    /// Whether something of this ARN is there, and may have tags.
    fn holds(&self, arn: &str) -> bool {
        arn == domain::arn()
            || self.profiles.keys().any(|name| profile::arn(name) == arn)
            || self.spaces.keys().any(|name| space::arn(name) == arn)
            || self.apps.iter().any(|app| app.key.arn() == arn)
    }
}

/// Answers one call.
pub(crate) fn handle(world: &World, call: &Call) -> Reply {
    let input = match call.json() {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let now = world.clock.now();
    let mut state = world.sagemaker.lock();
    state.sweep(now);
    // Nothing is made or changed in a domain that is on its way out.
    let fills = ["Create", "Update"]
        .iter()
        .any(|verb| call.operation.starts_with(verb));
    let open = if fills {
        domain::in_service(&state, now)
    } else {
        Ok(())
    };
    match open.and_then(|()| answer(&mut state, &call.operation, &input, now)) {
        Ok(Some(answer)) => Reply::json(&answer),
        Ok(None) => Reply::unknown_operation(),
        Err(refusal) => refusal.reply(),
    }
}

/// `None` where there is no such operation.
fn answer(
    state: &mut State,
    operation: &str,
    input: &Value,
    now: Timestamp,
) -> Answer<Option<Value>> {
    match operation {
        "ListDomains" => domain::list(state, input, now),
        "DescribeDomain" => domain::describe(state, input, now),
        "UpdateDomain" => domain::update(state, input, now),
        "DeleteDomain" => domain::delete(state, input, now),
        "ListUserProfiles" => profile::list(state, input, now),
        "DescribeUserProfile" => profile::describe(state, input, now),
        "CreateUserProfile" => profile::create(state, input, now),
        "UpdateUserProfile" => profile::update(state, input, now),
        "DeleteUserProfile" => profile::delete(state, input, now),
        "ListSpaces" => space::list(state, input, now),
        "DescribeSpace" => space::describe(state, input, now),
        "CreateSpace" => space::create(state, input, now),
        "DeleteSpace" => space::delete(state, input, now),
        "ListApps" => app::list(state, input, now),
        "DescribeApp" => app::describe(state, input, now),
        "CreateApp" => app::create(state, input, now),
        "DeleteApp" => app::delete(state, input, now),
        "AddTags" => tag::add(state, input),
        "ListTags" => tag::list(state, input),
        "DeleteTags" => tag::delete(state, input),
        _ => return Ok(None),
    }
    .map(Some)
}

/// The ARN that an operation is about, as policies name it; for lists everything.
pub(crate) fn resource(operation: &str, input: &Value) -> String {
    let text = |member: &str| input[member].as_str().unwrap_or("*");
    let domain = text("DomainId");
    let of = |kind: &str| {
        operation
            .strip_suffix(kind)
            .is_some_and(|verb| matches!(verb, "Create" | "Describe" | "Update" | "Delete"))
    };
    if matches!(operation, "AddTags" | "ListTags" | "DeleteTags") {
        text("ResourceArn").to_owned()
    } else if of("UserProfile") {
        arn("user-profile", &[domain, text("UserProfileName")])
    } else if of("Space") {
        arn("space", &[domain, text("SpaceName")])
    } else if of("App") {
        let owner = input["UserProfileName"]
            .as_str()
            .unwrap_or_else(|| text("SpaceName"));
        let kind = text("AppType").to_lowercase();
        arn("app", &[domain, owner, &kind, text("AppName")])
    } else if of("Domain") {
        arn("domain", &[domain])
    } else {
        arn("*", &[])
    }
}

fn arn(kind: &str, names: &[&str]) -> String {
    let mut arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}");
    for name in names {
        arn.push('/');
        arn.push_str(name);
    }
    arn
}

/// Refuses a domain that is not there.
fn known_domain(id: &str) -> Answer<()> {
    if id == DOMAIN_ID {
        Ok(())
    } else {
        Err(Refusal::not_found("Domain"))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Request, StatusCode};
    use serde_json::json;
    use url::Url;

    use super::*;
    use crate::sandbox::Options;

    const OPERATIONS: [&str; 20] = [
        "ListDomains",
        "DescribeDomain",
        "UpdateDomain",
        "DeleteDomain",
        "ListUserProfiles",
        "DescribeUserProfile",
        "CreateUserProfile",
        "UpdateUserProfile",
        "DeleteUserProfile",
        "ListSpaces",
        "DescribeSpace",
        "CreateSpace",
        "DeleteSpace",
        "ListApps",
        "DescribeApp",
        "CreateApp",
        "DeleteApp",
        "AddTags",
        "ListTags",
        "DeleteTags",
    ];

    fn world() -> World {
        let url = Url::parse("http://127.0.0.1:1").unwrap();
        World::new(url, &Options::default())
    }

    fn ask(world: &World, operation: &str, body: &str) -> (StatusCode, Value) {
        let call = Call {
            parts: Request::new(()).into_parts().0,
            body: Bytes::copy_from_slice(body.as_bytes()),
            operation: operation.to_owned(),
            caller: None,
        };
        let reply = handle(world, &call);
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }

    #[test]
    fn odd_values_are_refused_by_every_operation() {
        let world = world();
        let mut bodies = vec!["[]".to_owned(), "null".to_owned(), "{".to_owned()];
        for odd in [json!(7), json!("é\u{0}\""), json!([{}]), json!({"a": 1})] {
            let mut body = json!({});
            for name in [
                "DomainId",
                "DomainIdEquals",
                "UserProfileName",
                "SpaceName",
                "AppName",
                "AppType",
                "ResourceArn",
                "Tags",
                "TagKeys",
                "UserSettings",
                "OwnershipSettings",
                "NextToken",
                "MaxResults",
            ] {
                body[name] = odd.clone();
            }
            bodies.push(body.to_string());
        }
        for operation in OPERATIONS {
            for body in &bodies {
                let (status, answer) = ask(&world, operation, body);
                assert_eq!(status, StatusCode::BAD_REQUEST, "{operation} {body}");
                let kind = answer["__type"].as_str().unwrap_or_default();
                assert!(
                    ["SerializationException", "ValidationException"].contains(&kind),
                    "{operation} {body}: {answer}"
                );
            }
        }
        let (_, answer) = ask(&world, "ListUserProfiles", "{}");
        assert_eq!(answer["UserProfiles"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn policies_name_a_thing_by_its_arn() {
        let input = json!({
            "DomainId": "d-1", "UserProfileName": "ada", "AppType": "JupyterServer",
            "AppName": "default",
        });
        for (operation, wanted) in [
            ("DeleteUserProfile", "user-profile/d-1/ada"),
            ("DescribeDomain", "domain/d-1"),
            ("DeleteApp", "app/d-1/ada/jupyterserver/default"),
            ("ListUserProfiles", "*"),
        ] {
            assert_eq!(resource(operation, &input), arn(wanted, &[]), "{operation}");
        }
    }
}
