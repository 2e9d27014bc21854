//! What Studio has: profiles, spaces and apps, part by part, and what belongs together.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

use super::{cleanup, roles};

use crate::{
    access::Effect as Decided,
    app::{
        Effect, Screen,
        effect::Ask,
        lists::{AppRow, Owner, ProfileRow, Running, Workforce, Worth},
        remote::{Remote, Ticket},
        state::State,
        table::Record,
    },
    domain::{
        App, AppOwner, AppStatus, Bill, Cost, ExecutionRole, Failure, Mismatch, Origin, Person,
        Prices, Principal, Usd,
    },
    plan::survey::StudioPart,
    probe::Cell,
};

/// How many apps are looked at for their users' last activity, the oldest first.
const LOOKED_AT: usize = 1_000;

/// Some of what Studio has has come.
pub(super) fn part(state: &mut State, ticket: Ticket, part: StudioPart) {
    match part {
        StudioPart::Profiles(page) => {
            let rows = page.into_iter().map(ProfileRow::listed).collect();
            state.data.profiles.part(ticket, rows);
        }
        StudioPart::Described(profiles) => {
            let mut found: HashMap<String, _> = profiles
                .into_iter()
                .map(|profile| (profile.name.clone(), profile))
                .collect();
            state.data.profiles.amend_all(ticket, |row| {
                let Some(profile) = found.remove(&row.profile.name) else {
                    return false;
                };
                *row = ProfileRow {
                    profile,
                    described: true,
                };
                true
            });
        }
        StudioPart::Spaces(page) => state.data.spaces.part(ticket, page),
        StudioPart::Apps(page) => apps(state, ticket, page),
    }
}

/// Some apps have come.
pub(super) fn apps(state: &mut State, ticket: Ticket, page: Vec<App>) {
    let active = &state.data.active;
    let rows = page
        .into_iter()
        .map(|app| {
            let mut row = AppRow::from(app);
            // Until it is looked at again.
            if row.app.active_at.is_none() {
                row.app.active_at = active.get(row.id()).copied();
            }
            row
        })
        .collect();
    state.data.apps.part(ticket, rows);
}

/// Asks when the users of the apps were last active, once for each reading of them. Nobody
/// waits for it. What costs nothing, and more than is worth a call each, is not looked at.
pub(super) fn look(state: &mut State) -> Option<Effect> {
    let data = &mut state.data;
    let ticket = data.apps_ticket;
    if !matches!(data.apps.remote(), Remote::Ready(_)) || data.looked_at == Some(ticket) {
        return None;
    }
    let prices = Arc::clone(data.apps.context());
    let mut apps: Vec<App> = data
        .apps
        .rows()
        .iter()
        .map(|row| &row.app)
        .filter(|app| app.status == AppStatus::InService)
        .filter(|app| prices.cost(app, state.now).hourly != Some(Usd::default()))
        .cloned()
        .collect();
    apps.sort_by_key(|app| app.created_at);
    apps.truncate(LOOKED_AT);
    data.looked_at = Some(ticket);
    (!apps.is_empty()).then(|| Effect::Ask(state.epoch, Ask::Activity(ticket, apps)))
}

/// Some apps were looked at.
pub(super) fn looked(state: &mut State, ticket: Ticket, apps: Vec<App>) {
    if state.data.apps_ticket != ticket || apps.is_empty() {
        return;
    }
    let found: HashMap<String, App> = apps
        .into_iter()
        .map(|app| (AppRow::from(app.clone()).id().to_owned(), app))
        .collect();
    for (id, app) in &found {
        match app.active_at {
            Some(at) => state.data.active.insert(id.clone(), at),
            None => state.data.active.remove(id),
        };
    }
    state.data.apps.revise(
        |row| found.contains_key(row.id()),
        |row| {
            if let Some(app) = found.get(row.id()) {
                row.app.clone_from(app);
            }
        },
    );
    settle(state);
}

/// All that Studio has has come.
pub(super) fn done(state: &mut State, ticket: Ticket, at: Timestamp) {
    state.data.profiles.done(ticket, at);
    state.data.spaces.done(ticket, at);
    state.data.apps.done(ticket, at);
    employ(state, at);
    settle(state);
}

/// Which profiles use which roles is known now: discovery looks at the first profiles only.
fn employ(state: &mut State, at: Timestamp) {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in state.data.profiles.rows() {
        if let Some(arn) = &row.profile.execution_role {
            let profiles = users.entry(arn.clone()).or_default();
            profiles.push(row.profile.name.clone());
        }
    }
    let data = &mut state.data;
    let Some(found) = &mut data.deployment.execution_roles else {
        return;
    };
    let before = found.value.clone();
    for role in &mut found.value {
        // In the order of the list, which a recording keeps: pseudonyms sort otherwise.
        role.profiles = users.remove(&role.arn).unwrap_or_default();
    }
    // A role that was given is all there is to be known of.
    if !matches!(
        found.origin,
        Origin::Flag(_) | Origin::Environment(_) | Origin::Config(_)
    ) {
        found
            .value
            .extend(users.into_iter().map(|(arn, profiles)| ExecutionRole {
                name: arn.rsplit('/').next().unwrap_or(&arn).to_owned(),
                arn,
                profiles,
            }));
    }
    if found.value != before {
        let roles = found.value.clone();
        let ticket = data.next_ticket();
        data.roles.begin(ticket);
        data.roles.part(ticket, roles);
        data.roles.done(ticket, at);
    }
}

/// Studio could not be read.
pub(super) fn failed(state: &mut State, ticket: Ticket, failure: &Failure) {
    state.data.profiles.fail(ticket, failure.clone());
    state.data.spaces.fail(ticket, failure.clone());
    state.data.apps.fail(ticket, failure.clone());
    state.data.candidates.fail(ticket, failure.clone());
}

/// Brings up to date what the rows of profiles and spaces say of something else.
pub(super) fn settle(state: &mut State) {
    let running = state
        .data
        .apps
        .remote()
        .complete()
        .map(|apps| apps.iter().map(|row| &row.app).filter(|app| app.is_there()));
    let mut of_profiles: HashMap<String, Running> = HashMap::new();
    let prices = prices(state);
    let mut of_spaces: HashMap<String, usize> = HashMap::new();
    let known = running.is_some();
    let owners: HashMap<&str, &str> = state
        .data
        .spaces
        .rows()
        .iter()
        .filter_map(|space| Some((space.name.as_str(), space.owner.as_deref()?)))
        .collect();
    for app in running.into_iter().flatten() {
        let profile = match &app.owner {
            AppOwner::Profile(name) => Some(name.as_str()),
            AppOwner::Space(name) => {
                *of_spaces.entry(name.clone()).or_default() += 1;
                owners.get(name.as_str()).copied()
            }
        };
        if let Some(profile) = profile {
            let running = of_profiles.entry(profile.to_owned()).or_default();
            let monthly = prices.cost(app, state.now).monthly();
            running.apps += 1;
            running.monthly = running.monthly.with(monthly);
            running.active = running.active.max(app.active_at);
        }
    }
    let workforce = Workforce {
        owners: owners_of_profiles(state),
        running: known.then_some(of_profiles),
        worth: worth(state),
    };
    state.data.profiles.set_context(workforce);
    state.data.spaces.set_context(known.then_some(of_spaces));
    if **state.data.apps.context() != prices {
        state.data.apps.set_context(prices);
    }
    bill(state);
    roles::settle(state);
    cleanup::settle(state);
}

/// Adds up what the apps cost.
fn bill(state: &mut State) {
    let (prices, now) = (state.data.apps.context(), state.now);
    let Some(apps) = state.data.apps.remote().complete() else {
        return;
    };
    let costs: Vec<Cost> = apps.iter().map(|row| prices.cost(&row.app, now)).collect();
    let hourly: Bill = costs.iter().map(|cost| cost.hourly).collect();
    let monthly: Bill = costs.into_iter().map(Cost::monthly).collect();
    let mut words = format!("{hourly} an hour, {monthly} a month");
    if let Some(day) = prices.as_of {
        words = format!("{words} (prices of {day})");
    }
    state.data.words.insert(Screen::Apps, words);
}

/// What instances cost here.
pub(super) fn prices(state: &State) -> Prices {
    let region = state.data.deployment.region.as_ref();
    Prices::of(
        region.map_or("", |found| &found.value),
        &state.data.label.prices,
    )
}

fn owners_of_profiles(state: &State) -> Option<HashMap<String, Owner>> {
    state.data.studio.complete()?;
    let people = state.data.people.remote().complete()?;
    let owner = |person: &Person| {
        let profile = person.profile.as_ref()?;
        person.user.as_ref()?;
        let at_odds = |mismatch: &Mismatch| {
            matches!(
                mismatch,
                Mismatch::RoleDiffersFromGroup { .. } | Mismatch::RoleDiffersFromMatrix { .. }
            )
        };
        let owner = Owner {
            label: person.label().to_owned(),
            at_odds: person.mismatches.iter().any(at_odds),
        };
        Some((profile.name.clone(), owner))
    };
    Some(people.iter().filter_map(|row| owner(&row.person)).collect())
}

/// What each role that a profile has is worth in MLflow.
pub(super) fn worth(state: &State) -> HashMap<String, Worth> {
    let mut worth: HashMap<String, Worth> = HashMap::new();
    let profiles = state.data.profiles.rows();
    let arns = profiles
        .iter()
        .filter_map(|row| row.profile.execution_role.clone())
        .chain(
            state
                .data
                .execution_roles()
                .iter()
                .map(|role| role.arn.clone()),
        );
    for arn in arns {
        let level = |arn: &str| {
            let principal = Principal::Role(arn.to_owned());
            let row = state.data.declared.row_of(&principal, &[])?;
            Some(row.name.clone())
        };
        worth.entry(arn).or_insert_with_key(|arn| Worth {
            level: level(arn),
            differs: None,
        });
    }
    let cells = &state.data.matrix.cells;
    for of_one in cells.chunk_by(|one, next| one.principal == next.principal) {
        let Some(Principal::Role(role)) = of_one.first().map(|cell| &cell.principal) else {
            continue;
        };
        let decided: Vec<bool> = of_one.iter().filter_map(differs).collect();
        if decided.is_empty() {
            continue;
        }
        let differing = decided.into_iter().filter(|differs| *differs).count();
        let of_role = |(arn, _): &(&String, &mut Worth)| {
            *arn == role || arn.rsplit('/').next() == Some(role.as_str())
        };
        for (_, worth) in worth.iter_mut().filter(of_role) {
            *worth.differs.get_or_insert(0) += differing;
        }
    }
    worth
}

/// Whether a cell is predicted otherwise than declared; none where either is not known.
fn differs(cell: &Cell) -> Option<bool> {
    let (expected, predicted) = (cell.expected?, cell.predicted_effect()?);
    Some((expected == Decided::Allow) != (predicted == Decided::Allow))
}
