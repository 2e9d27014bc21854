//! A profile, a space, an app in words.

use super::{Fields, Sheet};
use crate::{
    app::{state::State, tone::Tone},
    domain::{App, AppOwner, Person},
};

/// A profile with everything that belongs to it.
pub(super) fn profile(state: &State, name: &str) -> Option<(String, Fields)> {
    let row = state.data.profiles.find(name)?;
    let profile = &row.profile;
    let mut sheet = Sheet::default();
    sheet.add("profile", profile.name.clone());
    sheet.add("domain", profile.domain_id.clone());
    sheet.add("status", profile.status.clone());
    owner(&mut sheet, state, name);
    match &profile.execution_role {
        Some(role) => {
            let from = if profile.role_from_domain {
                "the domain's default"
            } else {
                "its own"
            };
            sheet.add("execution role", format!("{role} ({from})"));
            worth(&mut sheet, state, role);
        }
        None if row.described => sheet.toned("execution role", "none", Tone::Warning),
        None => sheet.toned("execution role", "not read yet", Tone::Unknown),
    }
    let spaces = state.data.spaces.rows().iter();
    let spaces: Vec<&str> = spaces
        .filter(|space| space.owner.as_deref() == Some(name))
        .map(|space| space.name.as_str())
        .collect();
    let theirs = |app: &App| match &app.owner {
        AppOwner::Profile(owner) => owner == name,
        AppOwner::Space(space) => spaces.contains(&space.as_str()),
    };
    for row in state.data.apps.rows().iter().filter(|row| theirs(&row.app)) {
        let app = &row.app;
        let tone = if app.is_there() {
            Tone::Text
        } else {
            Tone::Dim
        };
        let text = format!("{} ({})", app.id().described(), app.status.as_str());
        sheet.toned("app", text, tone);
    }
    for space in spaces {
        sheet.add("space", space);
    }
    if let Some(arn) = &profile.arn {
        sheet.toned("ARN", arn.clone(), Tone::Dim);
    }
    sheet.time("created", profile.created_at);
    sheet.time("changed", profile.modified_at);
    Some((profile.name.clone(), sheet.0))
}

/// Whose a profile is, and what does not fit.
fn owner(sheet: &mut Sheet, state: &State, name: &str) {
    let people = state.data.people.remote().complete();
    let Some(people) = people.filter(|_| state.data.studio.complete().is_some()) else {
        return sheet.toned(
            "owner",
            "not known before all users are read",
            Tone::Unknown,
        );
    };
    let is = |person: &Person| {
        let profile = person.profile.as_ref();
        profile.is_some_and(|profile| profile.name == name)
    };
    let Some(person) = people
        .iter()
        .map(|row| &row.person)
        .find(|person| is(person))
    else {
        return sheet.toned("owner", "nobody", Tone::Warning);
    };
    match &person.user {
        Some(user) => sheet.add("owner", user.label()),
        None => sheet.toned("owner", "nobody", Tone::Warning),
    }
    if !person.groups.is_empty() {
        sheet.add("groups", person.groups.join(", "));
    }
    for mismatch in &person.mismatches {
        sheet.toned("mismatch", mismatch.text(), Tone::Warning);
    }
}

/// What a role is worth in MLflow.
fn worth(sheet: &mut Sheet, state: &State, role: &str) {
    let worth = state.data.profiles.context().worth.get(role);
    let Some(worth) = worth else { return };
    match &worth.level {
        Some(level) => sheet.add("in MLflow", level.clone()),
        None => sheet.toned("in MLflow", "no row of the matrix", Tone::Warning),
    }
    match worth.differs {
        None => sheet.toned("policies", "not predicted yet", Tone::Unknown),
        Some(0) => sheet.add("policies", "decide as declared"),
        Some(routes) => sheet.toned(
            "policies",
            match routes {
                1 => "decide 1 route otherwise than declared".to_owned(),
                _ => format!("decide {routes} routes otherwise than declared"),
            },
            Tone::Warning,
        ),
    }
}

/// A space with what runs in it.
pub(super) fn space(state: &State, name: &str) -> Option<(String, Fields)> {
    let space = state.data.spaces.find(name)?;
    let mut sheet = Sheet::default();
    sheet.add("space", space.name.clone());
    sheet.add("domain", space.domain_id.clone());
    sheet.add("status", space.status.clone());
    match &space.owner {
        Some(owner) => sheet.add("owner", format!("profile {owner}")),
        None => sheet.toned("owner", "nobody", Tone::Warning),
    }
    let owner = AppOwner::Space(name.to_owned());
    for row in state
        .data
        .apps
        .rows()
        .iter()
        .filter(|row| row.app.owner == owner)
    {
        let app = &row.app;
        let text = format!("{} {} ({})", app.app_type, app.name, app.status.as_str());
        let tone = if app.is_there() {
            Tone::Text
        } else {
            Tone::Dim
        };
        sheet.toned("app", text, tone);
    }
    sheet.time("created", space.created_at);
    Some((space.name.clone(), sheet.0))
}

/// An app.
pub(super) fn app(state: &State, id: &str) -> Option<(String, Fields)> {
    let app = &state.data.apps.find(id)?.app;
    let mut sheet = Sheet::default();
    sheet.add("app", app.name.clone());
    sheet.add("type", app.app_type.clone());
    sheet.add("owner", app.owner.described());
    sheet.add("domain", app.domain_id.clone());
    sheet.add("status", app.status.as_str());
    sheet.add("instance", app.instance_type.clone().unwrap_or_default());
    sheet.toned("image", app.image.clone().unwrap_or_default(), Tone::Dim);
    sheet.time("created", app.created_at);
    sheet.time("last active", app.active_at);
    Some((app.name.clone(), sheet.0))
}
