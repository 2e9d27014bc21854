//! Whole people: who they are, how they join, how they leave.

use std::collections::HashMap;

use super::{
    answer::ask,
    plans::{self, Question},
    user_forms, users,
};
use crate::{
    app::{
        Effect,
        dialog::{Field, Form, Severity, Text, Values},
        findings::People,
        layer::Purpose,
        lists::PersonRow,
        remote::Remote,
        state::State,
        tone::Tone,
    },
    domain::{Person, Principal, email},
    plan::{
        Passwords,
        offboard::{Leaving, offboard},
        onboard::{self, House, Welcome},
        roster::{Newcomer, ProfileWish},
    },
};

/// A person of the list, by key.
pub(super) fn find<'a>(state: &'a State, key: &str) -> Option<&'a Person> {
    state.data.people.find(key).map(|row| &row.person)
}

/// Everybody, to be judged and put together off the UI task; none before both lists are
/// complete.
pub(super) fn everybody(state: &State) -> Option<People> {
    let data = &state.data;
    let (Remote::Ready(users), Remote::Ready(groups)) = (data.users.remote(), data.groups.remote())
    else {
        return None;
    };
    Some(People {
        users: users.value.clone(),
        memberships: data.users.context().clone(),
        groups: groups.value.iter().map(|row| row.group.clone()).collect(),
        studio: data.studio.complete().cloned(),
        rule: data.label.rule.clone(),
        matrix: data.declared.clone(),
        roles: data.execution_roles().to_vec(),
        version: data
            .deployment
            .mlflow_version
            .as_ref()
            .map(|found| found.value.clone()),
        rules: data.rules.clone(),
        at: state.now,
    })
}

/// Shows the people as they were put together.
pub(super) fn joined(state: &mut State, people: Vec<Person>) {
    let ticket = state.data.next_ticket();
    let now = state.now;
    let list = &mut state.data.people;
    list.begin(ticket);
    let matrix = &state.data.declared;
    let rows = people
        .into_iter()
        .map(|person| PersonRow::of(person, matrix))
        .collect();
    list.part(ticket, rows);
    list.done(ticket, now);
}

/// Asks for everything that the list of people is made from and that nobody asked for yet.
pub(super) fn load(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if matches!(state.data.people.remote(), Remote::Idle) {
        let ticket = state.data.next_ticket();
        state.data.people.begin(ticket);
    }
    if matches!(state.data.groups.remote(), Remote::Idle) {
        effects.push(super::load_groups(state));
    }
    if matches!(state.data.users.remote(), Remote::Idle) {
        effects.push(super::load_users(state));
    }
    if matches!(state.data.studio, Remote::Idle) {
        effects.push(super::load_studio(state));
    }
    effects
}

/// Asks who joins.
pub(super) fn ask_to_onboard(state: &mut State) {
    let studio = state.data.deployment.domain_id.is_some();
    let mut fields = vec![
        Field::text("email", "E-mail")
            .required()
            .help("the name to sign in with; who is there already gets what is missing")
            .check(email::check),
        Field::many("groups", "Groups", users::group_choices(state), &[])
            .help(state.data.rules.contract().choice_in_words()),
        user_forms::welcome_field(),
    ];
    if studio {
        fields.push(
            Field::flag("profile", "Studio profile", true)
                .help("with the execution role of the group"),
        );
    }
    fields.push(Field::text("name", "Name").help("the attribute `name`; may stay empty"));
    let form = Form::new("Onboard", fields)
        .verb("Preview")
        .consequence(users::becomes(state, "This person"));
    ask(state, form, Purpose::Onboard);
}

/// The form of [`ask_to_onboard`] was sent.
pub(super) fn onboarded(state: &mut State, values: &Values) {
    let address = values.text("email").trim().to_owned();
    join(state, &address, values, true);
}

/// Plans that somebody joins, by a form with groups, an invitation, perhaps a profile; `whole`
/// where what they may do is to be proved, too.
pub(super) fn join(state: &mut State, address: &str, values: &Values, whole: bool) {
    let mut newcomer = Newcomer {
        line: 0,
        email: address.to_owned(),
        groups: values.many("groups").to_vec(),
        profile: values.flag("profile").then_some(ProfileWish::Derived),
        attributes: indexmap::IndexMap::new(),
    };
    let name = values.text("name").trim();
    if !name.is_empty() {
        newcomer
            .attributes
            .insert("name".to_owned(), name.to_owned());
    }
    let welcome = match values.text("welcome") {
        "shown" => Welcome::Shown,
        "silent" => Welcome::Silent,
        _ => Welcome::Mail,
    };
    let Some(people) = everybody(state).map(|everybody| everybody.put_together()) else {
        state.hint("the users and groups are not all read yet: try again in a moment");
        return;
    };
    if newcomer.profile.is_some() && state.data.studio.complete().is_none() {
        state.hint("the Studio profiles are not all read yet: try again in a moment");
        return;
    }
    let groups: Vec<String> = state
        .data
        .groups
        .rows()
        .iter()
        .map(|row| row.group.name.clone())
        .collect();
    let house = House {
        place: plans::place(state),
        people: &people,
        groups: &groups,
        roles: state.data.execution_roles(),
        matrix: &state.data.declared,
        contract: state.data.rules.contract(),
        rule: &state.data.label.rule,
        named_by_address: true,
    };
    let draft = onboard::onboard(std::slice::from_ref(&newcomer), welcome, &house);
    if let Some(refused) = draft.refused.first() {
        state.warn(format!("{}: {}", refused.subject, refused.why));
        return;
    }
    if draft.plan.steps() == 0 {
        state.hint(format!("{address} has all of it already"));
        return;
    }
    let mut notes: Vec<Text> = draft
        .notes
        .into_iter()
        .map(|note| Text::new(Tone::Warning, note))
        .collect();
    if welcome == Welcome::Shown {
        notes.push(Text::from(
            "The temporary password is shown once, when it is set.",
        ));
    }
    let prove = if whole {
        provable(state, &people, address, &newcomer.groups)
    } else {
        Vec::new()
    };
    plans::confirm(
        state,
        Question {
            plan: draft.plan,
            verb: "onboard".to_owned(),
            severity: Severity::Enter,
            notes,
            passwords: Passwords::default(),
            prove,
        },
    );
}

/// Who stands for somebody who joins these groups: somebody made for a moment who is in all of
/// them, where the authorizer knows one of them at all.
fn provable(state: &State, people: &[Person], address: &str, joins: &[String]) -> Vec<Principal> {
    if state.data.deployment.api_url.is_none() {
        return Vec::new();
    }
    let key = email::key(address);
    let there = people
        .iter()
        .find(|person| email::key(person.label()) == key);
    let mut groups = there.map_or_else(Vec::new, |person| person.groups.clone());
    groups.extend(joins.iter().cloned());
    groups.sort();
    groups.dedup();
    if state.data.rules.contract().knows(&groups) {
        vec![Principal::in_groups(&groups)]
    } else {
        Vec::new()
    }
}

/// The people that an action is about: the marked rows, else the one under the cursor.
fn targets(state: &State) -> Vec<Person> {
    let Some(listing) = state.data.listing(state.screen()) else {
        return Vec::new();
    };
    let keys = listing.targets();
    if state.screen() == crate::app::Screen::People {
        return keys
            .iter()
            .filter_map(|key| find(state, key).cloned())
            .collect();
    }
    let Some(everybody) = everybody(state) else {
        return Vec::new();
    };
    let mut people: HashMap<String, Person> = everybody
        .put_together()
        .into_iter()
        .filter_map(|person| Some((person.user.as_ref()?.username.clone(), person)))
        .collect();
    keys.iter().filter_map(|name| people.remove(name)).collect()
}

/// Asks what the marked people are to lose besides the right to sign in.
pub(super) fn ask_to_offboard(state: &mut State) {
    let people = targets(state);
    if people.is_empty() {
        state.hint("the users, groups and profiles are not all read yet, or nobody is here");
        return;
    }
    if state.data.studio.complete().is_none() && state.data.deployment.domain_id.is_some() {
        state.hint("the Studio profiles are not all read yet: try again in a moment");
        return;
    }
    let any = |has: fn(&Person) -> bool| people.iter().any(has);
    let mut fields = Vec::new();
    if any(|person| !person.groups.is_empty()) {
        fields.push(Field::flag("groups", "Groups", true).help("take them out of their groups"));
    }
    if any(|person| !person.apps.is_empty()) {
        fields.push(Field::flag("apps", "Apps", true).help("delete those that run"));
    }
    if any(|person| !person.spaces.is_empty()) {
        fields
            .push(Field::flag("spaces", "Spaces", false).help("delete them with what is in them"));
    }
    if any(|person| person.profile.is_some()) {
        fields.push(
            Field::flag("profile", "Profile", false)
                .help("delete the Studio profile, with its apps and spaces"),
        );
    }
    if any(|person| person.user.is_some()) {
        fields.push(Field::flag("user", "User", false).help("delete the Cognito user for good"));
    }
    let whom = match people.as_slice() {
        [one] => one.label().to_owned(),
        several => format!("{} people", several.len()),
    };
    let mut note = format!("{whom} is stopped from signing in and signed out at once.");
    if people.len() > 1 {
        note = format!("{whom} are stopped from signing in and signed out at once.");
    }
    if people.iter().all(|person| person.user.is_none()) {
        "There is no user who could sign in.".clone_into(&mut note);
    }
    let form = Form::new(format!("Offboard {whom}"), fields)
        .note(note)
        .verb("Preview");
    ask(state, form, Purpose::Offboard(people));
}

/// The form of [`ask_to_offboard`] was sent.
pub(super) fn offboarded(state: &mut State, people: &[Person], values: &Values) {
    let leaving = Leaving {
        groups: values.flag("groups"),
        apps: values.flag("apps"),
        spaces: values.flag("spaces"),
        profile: values.flag("profile"),
        user: values.flag("user"),
    };
    let plan = offboard(people, leaving, plans::place(state));
    if plan.steps() == 0 {
        state.hint("there is nothing left to take");
        return;
    }
    let severity = match people {
        [one] => Severity::TypeName(one.label().to_owned()),
        several => Severity::TypeName(format!("offboard {} people", several.len())),
    };
    plans::confirm(
        state,
        Question {
            plan,
            verb: "offboard".to_owned(),
            severity,
            notes: Vec::new(),
            passwords: Passwords::default(),
            prove: Vec::new(),
        },
    );
}
