//! Studio profiles: made, given another execution role, deleted.

use super::{
    answer::ask,
    apps::{self, known_apps, typed},
    plans,
    users::propose,
};
use crate::{
    app::{
        Effect, Screen,
        dialog::{Field, Form, Item as Choice, Picker, Severity, Text, Values},
        layer::Purpose,
        state::State,
        tone::Tone,
    },
    domain::{
        Principal, Profile, Space,
        person::{MAX_PROFILE, is_profile_name},
    },
    plan::{
        Item, Step,
        removal::{self, Holdings},
    },
};

/// The choice that stands for the domain's default role.
const DEFAULT: &str = "";

/// The marked profiles, else the one under the cursor.
fn targets(state: &State) -> Vec<Profile> {
    let Some(listing) = state.data.listing(Screen::Profiles) else {
        return Vec::new();
    };
    let found = listing.targets();
    let found = found
        .iter()
        .filter_map(|name| state.data.profiles.find(name));
    found.map(|row| row.profile.clone()).collect()
}

/// The execution roles that were found, with the access level of each.
fn role_choices(state: &State) -> Vec<Choice> {
    state
        .data
        .execution_roles()
        .iter()
        .map(|role| {
            Choice::new(role.arn.clone(), role.name.clone()).detail(
                level(state, &role.arn).unwrap_or_else(|| "no row of the matrix".to_owned()),
            )
        })
        .collect()
}

/// The access level that the matrix has a role at.
fn level(state: &State, arn: &str) -> Option<String> {
    let principal = Principal::Role(arn.to_owned());
    let row = state.data.declared.row_of(&principal, &[])?;
    Some(row.name.clone())
}

/// Asks for a new profile.
pub(super) fn create(state: &mut State) {
    let taken: Vec<String> = state
        .data
        .profiles
        .rows()
        .iter()
        .map(|row| row.profile.name.to_lowercase())
        .collect();
    let name = Field::text("name", "Name")
        .required()
        .help("by it, or by its tag, it is known whose it is; it cannot be changed later")
        .check(move |text| {
            if !is_profile_name(text) {
                return Err(format!(
                    "at most {MAX_PROFILE} of A-Z, a-z, 0-9 and -, a letter or a digit at both ends"
                ));
            }
            if taken.contains(&text.to_lowercase()) {
                return Err("there is a profile of this name".to_owned());
            }
            Ok(())
        });
    let mut roles = role_choices(state);
    roles.insert(0, Choice::new(DEFAULT, "the domain's default role"));
    let role = Field::choice("role", "Execution role", roles, Some(DEFAULT))
        .help("what whoever works there may do in MLflow");
    let form = Form::new("New Studio profile", vec![name, role]).verb("Preview");
    ask(state, form, Purpose::ProfileCreate);
}

/// The form of [`create`] was sent.
pub(super) fn created(state: &mut State, values: &Values) {
    let Some(domain) = domain(state) else { return };
    let name = values.text("name").to_owned();
    let role = Some(values.text("role").to_owned()).filter(|role| role != DEFAULT);
    let title = format!("create the profile {name}");
    let step = Step::CreateProfile {
        domain,
        name: name.clone(),
        role,
        tags: indexmap::IndexMap::new(),
    };
    let items = vec![Item::new(name, vec![step])];
    propose(state, title, "create", Severity::Enter, items, Vec::new());
}

/// The domain's id.
fn domain(state: &State) -> Option<String> {
    let found = state.data.deployment.domain_id.as_ref()?;
    Some(found.value.clone())
}

/// Asks which execution role the marked profiles are to have.
pub(super) fn choose_role(state: &mut State) {
    let profiles = targets(state);
    let (Some(first), roles) = (profiles.first(), role_choices(state)) else {
        return;
    };
    if roles.is_empty() {
        state.hint("no execution role was found: the overview says why");
        return;
    }
    let title = match profiles.as_slice() {
        [one] => format!("Execution role of {}", one.name),
        several => format!("Execution role of {} profiles", several.len()),
    };
    let mut picker = Picker::new(title, roles);
    if let Some(role) = &first.execution_role {
        picker = picker.current(role);
    }
    let names = profiles.into_iter().map(|profile| profile.name).collect();
    ask(state, picker, Purpose::ProfileRole(names));
}

/// A role was chosen for these profiles.
pub(super) fn chose_role(state: &mut State, names: &[String], role: &str) {
    let mut notes = Vec::new();
    let mut items = Vec::new();
    for name in names {
        let Some(row) = state.data.profiles.find(name) else {
            continue;
        };
        let profile = &row.profile;
        let own = profile
            .execution_role
            .clone()
            .filter(|_| !profile.role_from_domain);
        if own.as_deref() == Some(role) {
            continue;
        }
        notes.extend(becomes(state, profile, role));
        items.push(Item::new(
            name.clone(),
            vec![Step::SetProfileRole {
                domain: profile.domain_id.clone(),
                name: name.clone(),
                after: role.to_owned(),
                before: own,
            }],
        ));
    }
    if items.is_empty() {
        state.hint("it is so already");
        return;
    }
    notes.push(Text::new(
        Tone::Dim,
        "Apps that run keep the role they were started with: delete them to have it in effect.",
    ));
    let title = match items.as_slice() {
        [one] => format!("give {} another execution role", one.subject),
        several => format!("give {} profiles another execution role", several.len()),
    };
    propose(state, title, "change", Severity::YesNo, items, notes);
}

/// What a profile is worth in MLflow before and after.
fn becomes(state: &State, profile: &Profile, role: &str) -> Vec<Text> {
    let before = profile.execution_role.as_deref();
    let name = |level: Option<String>| level.unwrap_or_else(|| "no row of the matrix".to_owned());
    let was = name(before.and_then(|arn| level(state, arn)));
    let is = name(level(state, role));
    let mut texts = vec![Text::new(
        Tone::Text,
        format!("{} in MLflow: {is} (was {was})", profile.name),
    )];
    let at = |arn: &str| {
        let principal = Principal::Role(arn.to_owned());
        let row = state.data.declared.row_of(&principal, &[])?;
        Some(row.allow.clone())
    };
    let (old, new) = (
        before.and_then(at).unwrap_or_default(),
        at(role).unwrap_or_default(),
    );
    let only = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter()
            .filter(|one| !others.contains(one))
            .cloned()
            .collect()
    };
    for (word, permissions) in [("gains", only(&new, &old)), ("loses", only(&old, &new))] {
        if !permissions.is_empty() {
            texts.push(Text::new(
                Tone::Dim,
                format!("  {word} {}", permissions.join(", ")),
            ));
        }
    }
    texts
}

/// Asks whether to delete the marked profiles with their apps and spaces.
pub(super) fn delete(state: &mut State) {
    let profiles = targets(state);
    let Some(apps) = known_apps(state) else {
        return;
    };
    let Some(spaces) = state.data.spaces.remote().complete() else {
        state.hint("the spaces are not all read yet: try again in a moment");
        return;
    };
    let spaces: Vec<Space> = spaces.iter().map(|space| Space::clone(space)).collect();
    let holdings = Holdings {
        apps: &apps,
        spaces: &spaces,
    };
    let plan = removal::profiles(&profiles, holdings, plans::place(state));
    if plan.steps() == 0 {
        return;
    }
    let severity = typed(&plan, "profiles");
    apps::ask(state, plan, severity);
}

/// Goes to the apps of the profile under the cursor.
pub(super) fn show_apps(state: &mut State) -> Vec<Effect> {
    let current = state.data.profiles.current();
    let Some(name) = current.map(|row| row.profile.name.clone()) else {
        return Vec::new();
    };
    let effects = super::enter(state, Screen::Apps);
    state.set_filter(&format!("owner:{name}"));
    effects
}
