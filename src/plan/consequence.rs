//! What follows from a plan for what people may do in MLflow, and what must not happen by
//! accident: the last administrator gone, oneself locked out. Pure.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{Plan, Step};
use crate::{
    access::{Catalog, Contract},
    domain::{AuthScheme, User},
};

/// How many permissions a text names before it only counts them.
const NAMED: usize = 4;

/// Who is in which groups now, and who may sign in. What is not known is empty.
#[derive(Clone, Debug, Default)]
pub struct Pool<'a> {
    /// The groups of each user, by user name.
    pub groups: HashMap<&'a str, &'a [String]>,
    /// What users are called, by user name.
    pub labels: HashMap<&'a str, &'a str>,
    /// Users that may not sign in, or never could: they are no administrators to rely on.
    pub inactive: Vec<&'a str>,
    /// The user that the caller is, where that is known.
    pub caller: Option<&'a User>,
}

/// What a plan changes for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessChange {
    /// What the person is called.
    pub who: String,
    /// The groups after it.
    pub groups: Vec<String>,
    /// The group that decided before, where the authorizer knew one.
    pub before: Option<String>,
    /// The group that decides afterwards.
    pub after: Option<String>,
    /// Whether the plan makes the person: there was no before.
    pub is_new: bool,
    /// Permissions of which more routes are allowed than before.
    pub gains: Vec<String>,
    /// Permissions of which fewer routes are allowed than before.
    pub loses: Vec<String>,
}

impl AccessChange {
    /// Whether the groups promise more than the authorizer gives: it goes by the first group
    /// that it knows, or knows none of them.
    pub fn is_trap(&self) -> bool {
        self.after.is_none() || self.groups.len() > 1
    }

    /// One sentence about what the person will be.
    pub fn text(&self) -> String {
        let is = match &self.after {
            None if self.groups.is_empty() => {
                "in no group: the authorizer answers 500 to everything".to_owned()
            }
            None => format!(
                "in {}, which the authorizer does not know: it answers 500 to everything",
                self.groups.join(", ")
            ),
            Some(group) if self.groups.len() > 1 => format!(
                "{group} alone, although in {}: the authorizer takes the first that it knows",
                self.groups.join(", ")
            ),
            Some(group) => group.clone(),
        };
        let mut text = format!("{} in MLflow: {is}", self.who);
        if !self.is_new
            && self.before == self.after
            && self.gains.is_empty()
            && self.loses.is_empty()
        {
            text.push_str(" (as before)");
        }
        for (word, permissions) in [("gains", &self.gains), ("loses", &self.loses)] {
            if !permissions.is_empty() {
                text.push_str("; ");
                text.push_str(word);
                text.push(' ');
                text.push_str(&some(permissions));
            }
        }
        text
    }
}

fn some(names: &[String]) -> String {
    match names.get(..NAMED) {
        Some(first) if names.len() > NAMED => {
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
        _ => names.join(", "),
    }
}

/// Something that a plan would do and that must be typed out to be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "guard")]
pub enum Guard {
    /// Nobody who may sign in is left in a group that may do everything.
    LastAdministrator {
        /// The group.
        group: String,
    },
    /// The caller's own user loses the right to do everything, or to sign in.
    OwnWayIn {
        /// The caller's user.
        user: String,
    },
}

impl Guard {
    /// What it warns of, one sentence.
    pub fn text(&self) -> String {
        match self {
            Self::LastAdministrator { group } => {
                format!(
                    "Nobody who can sign in is left in {group}: nobody may do everything in MLflow any more."
                )
            }
            Self::OwnWayIn { user } => {
                format!("{user} is you: this takes your own way in.")
            }
        }
    }

    /// What must be typed to go on all the same.
    pub fn phrase(&self) -> String {
        match self {
            Self::LastAdministrator { group } => format!("empty {group}"),
            Self::OwnWayIn { user } => user.clone(),
        }
    }
}

/// Whether a user is who a session is called after: its user name, its address, or what stands
/// before the address's `@`.
pub fn is_caller(user: &User, session: &str) -> bool {
    let label = user.label();
    let local = label.split('@').next().unwrap_or_default();
    user.username == session
        || label.eq_ignore_ascii_case(session)
        || local.eq_ignore_ascii_case(session)
}

/// What a plan changes for each person whose groups it touches.
pub fn access_changes(
    plan: &Plan,
    pool: &Pool<'_>,
    contract: &Contract,
    catalog: &Catalog,
) -> Vec<AccessChange> {
    let mut scopes = Scopes::new(contract, catalog);
    outcomes(plan, pool)
        .into_iter()
        .filter(|(_, person)| person.touched && !person.gone)
        .map(|(_, person)| {
            let before = deciding(contract, &person.before);
            let after = deciding(contract, &person.groups);
            let (gains, loses) = scopes.difference(before.as_deref(), after.as_deref());
            AccessChange {
                who: person.who,
                groups: person.groups,
                before,
                after,
                is_new: person.is_new,
                gains,
                loses,
            }
        })
        .collect()
}

/// What a plan would do that must be typed out.
pub fn guards(plan: &Plan, pool: &Pool<'_>, contract: &Contract) -> Vec<Guard> {
    let outcomes = outcomes(plan, pool);
    let mut guards = Vec::new();
    for group in almighty(contract) {
        let active = |user: &str| !pool.inactive.contains(&user);
        let mut members = pool
            .groups
            .iter()
            .filter(|(user, groups)| groups.iter().any(|name| name == group) && active(user))
            .peekable();
        let somebody = members.peek().is_some();
        let left = members.any(|(user, _)| match outcomes.get(*user) {
            Some(person) => person.is_in(group),
            None => true,
        });
        let joins = outcomes
            .iter()
            .any(|(user, person)| person.is_in(group) && active(user));
        if somebody && !left && !joins {
            guards.push(Guard::LastAdministrator {
                group: group.to_owned(),
            });
        }
    }
    if let Some(caller) = pool.caller
        && let Some(person) = outcomes.get(caller.username.as_str())
    {
        let all = |groups: &[String]| {
            deciding(contract, groups)
                .is_some_and(|group| almighty(contract).any(|name| name == group))
        };
        let in_before = deciding(contract, &person.before).is_some();
        let in_after = !person.gone && deciding(contract, &person.groups).is_some();
        if (in_before && !in_after) || (all(&person.before) && !all(&person.groups)) {
            guards.push(Guard::OwnWayIn {
                user: caller.label().to_owned(),
            });
        }
    }
    guards
}

/// What a person is when the plan is done.
struct Person {
    who: String,
    before: Vec<String>,
    groups: Vec<String>,
    /// Deleted, or not let in any more.
    gone: bool,
    /// Its groups are changed.
    touched: bool,
    /// It is made.
    is_new: bool,
}

impl Person {
    fn is_in(&self, group: &str) -> bool {
        !self.gone && self.groups.iter().any(|name| name == group)
    }
}

/// What becomes of everybody whom the plan touches, by user name.
fn outcomes(plan: &Plan, pool: &Pool<'_>) -> BTreeMap<String, Person> {
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for item in &plan.items {
        for step in &item.steps {
            if let Step::DeleteGroup { before, members } = step {
                for user in members {
                    let who = pool.labels.get(user.as_str()).copied().unwrap_or(user);
                    let person = person(&mut people, pool, user, who);
                    person.groups.retain(|group| *group != before.name);
                    person.touched = true;
                }
            }
            let Some(user) = step.user() else { continue };
            let person = person(&mut people, pool, user, &item.subject);
            match step {
                Step::CreateUser { .. } => {
                    person.touched = true;
                    person.is_new = true;
                }
                Step::AddToGroup { group, .. } => {
                    if !person.groups.contains(group) {
                        person.groups.push(group.clone());
                        person.groups.sort();
                    }
                    person.touched = true;
                }
                Step::RemoveFromGroup { group, .. } => {
                    person.groups.retain(|name| name != group);
                    person.touched = true;
                }
                Step::DisableUser { .. } | Step::DeleteUser { .. } => person.gone = true,
                Step::EnableUser { .. } => person.gone = false,
                _ => {}
            }
        }
    }
    people
}

fn person<'a>(
    people: &'a mut BTreeMap<String, Person>,
    pool: &Pool<'_>,
    user: &str,
    who: &str,
) -> &'a mut Person {
    people.entry(user.to_owned()).or_insert_with(|| {
        let groups = pool.groups.get(user).copied().unwrap_or_default().to_vec();
        Person {
            who: who.to_owned(),
            before: groups.clone(),
            groups,
            gone: false,
            touched: false,
            is_new: false,
        }
    })
}

fn deciding(contract: &Contract, groups: &[String]) -> Option<String> {
    contract.acts_as(groups)
}

/// The groups that may do everything.
pub fn almighty(contract: &Contract) -> impl Iterator<Item = &str> {
    contract
        .groups
        .iter()
        .filter(|rules| rules.allow_everything())
        .map(|rules| rules.name.as_str())
}

/// How many routes of each permission each group may use; computed once a group.
struct Scopes<'a> {
    contract: &'a Contract,
    catalog: &'a Catalog,
    known: HashMap<String, BTreeMap<&'a str, usize>>,
}

impl<'a> Scopes<'a> {
    fn new(contract: &'a Contract, catalog: &'a Catalog) -> Self {
        Self {
            contract,
            catalog,
            known: HashMap::new(),
        }
    }

    fn of(&mut self, group: Option<&str>) -> BTreeMap<&'a str, usize> {
        let Some(group) = group else {
            return BTreeMap::new();
        };
        if let Some(scope) = self.known.get(group) {
            return scope.clone();
        }
        let groups = [group.to_owned()];
        let mut scope = BTreeMap::new();
        for route in self.catalog.routes() {
            if route.scheme() == AuthScheme::Bearer
                && self
                    .contract
                    .decide(&groups, route.method, &route.path)
                    .is_allow()
            {
                *scope.entry(route.permission.as_str()).or_default() += 1;
            }
        }
        self.known.insert(group.to_owned(), scope.clone());
        scope
    }

    fn difference(
        &mut self,
        before: Option<&str>,
        after: Option<&str>,
    ) -> (Vec<String>, Vec<String>) {
        if before == after {
            return (Vec::new(), Vec::new());
        }
        let (before, after) = (self.of(before), self.of(after));
        let more = |of: &BTreeMap<&str, usize>, than: &BTreeMap<&str, usize>| -> Vec<String> {
            of.iter()
                .filter(|(name, count)| **count > than.get(*name).copied().unwrap_or_default())
                .map(|(name, _)| (*name).to_owned())
                .collect()
        };
        (more(&after, &before), more(&before, &after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Item, Place};

    fn groups(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn plan(user: &str, steps: Vec<Step>) -> Plan {
        let item = Item::new(user.to_owned(), steps);
        Plan::new("test".to_owned(), Place::default(), vec![item])
    }

    fn add(user: &str, group: &str) -> Step {
        Step::AddToGroup {
            user: user.to_owned(),
            group: group.to_owned(),
        }
    }

    fn remove(user: &str, group: &str) -> Step {
        Step::RemoveFromGroup {
            user: user.to_owned(),
            group: group.to_owned(),
        }
    }

    fn changes(plan: &Plan, pool: &Pool<'_>) -> Vec<AccessChange> {
        access_changes(
            plan,
            pool,
            &Contract::sample(),
            &Catalog::for_version("2.12.2"),
        )
    }

    #[test]
    fn a_reader_who_joins_the_approvers_stays_a_reader_and_is_told_so() {
        let readers = groups(&["readers"]);
        let pool = Pool {
            groups: HashMap::from([("ada", readers.as_slice())]),
            ..Pool::default()
        };
        let [change] = <[_; 1]>::try_from(changes(
            &plan("ada", vec![add("ada", "model-approvers")]),
            &pool,
        ))
        .unwrap();
        assert!(change.is_trap());
        assert_eq!(change.gains, [""; 0]);
        assert!(
            change
                .text()
                .contains("readers alone, although in model-approvers, readers"),
            "{}",
            change.text()
        );

        let moved = plan(
            "ada",
            vec![remove("ada", "readers"), add("ada", "model-approvers")],
        );
        let [change] = <[_; 1]>::try_from(changes(&moved, &pool)).unwrap();
        assert!(!change.is_trap());
        assert!(
            change
                .gains
                .contains(&"registered-models:register".to_owned())
        );
    }

    #[test]
    fn whoever_leaves_the_last_group_gets_500() {
        let readers = groups(&["readers"]);
        let pool = Pool {
            groups: HashMap::from([("ada", readers.as_slice())]),
            ..Pool::default()
        };
        let [change] =
            <[_; 1]>::try_from(changes(&plan("ada", vec![remove("ada", "readers")]), &pool))
                .unwrap();
        assert!(change.text().contains("500") && !change.loses.is_empty());
    }

    #[test]
    fn the_last_administrator_is_guarded_also_by_disabling_and_by_deleting_the_group() {
        let admins = groups(&["admins"]);
        let pool = Pool {
            groups: HashMap::from([("ada", admins.as_slice()), ("bob", admins.as_slice())]),
            inactive: vec!["bob"],
            ..Pool::default()
        };
        let contract = Contract::sample();
        for step in [
            remove("ada", "admins"),
            Step::DisableUser { user: "ada".into() },
            Step::DeleteUser { user: "ada".into() },
            Step::DeleteGroup {
                before: crate::aws::cognito::GroupSettings {
                    name: "admins".into(),
                    ..crate::aws::cognito::GroupSettings::default()
                },
                members: vec!["ada".into(), "bob".into()],
            },
        ] {
            let found = guards(&plan("ada", vec![step.clone()]), &pool, &contract);
            assert_eq!(found.len(), 1, "{step:?}");
            assert_eq!(found[0].phrase(), "empty admins");
        }
        let both = Pool {
            inactive: Vec::new(),
            ..pool
        };
        assert_eq!(
            guards(
                &plan("ada", vec![remove("ada", "admins")]),
                &both,
                &contract
            ),
            []
        );
        let swap = Plan::new(
            "swap".into(),
            Place::default(),
            vec![
                Item::new("ada", vec![remove("ada", "admins")]),
                Item::new("eve", vec![add("eve", "admins")]),
            ],
        );
        let one = Pool {
            groups: HashMap::from([("ada", admins.as_slice())]),
            ..Pool::default()
        };
        assert_eq!(
            guards(&swap, &one, &contract),
            [],
            "somebody else takes over"
        );
    }

    #[test]
    fn taking_ones_own_way_in_is_guarded() {
        let admins = groups(&["admins"]);
        let me = User {
            username: "me".into(),
            email: Some("me@example.com".into()),
            status: crate::domain::UserStatus::Confirmed,
            enabled: true,
            created_at: None,
            modified_at: None,
            attributes: indexmap::IndexMap::new().into(),
        };
        let pool = Pool {
            groups: HashMap::from([("me", admins.as_slice()), ("ada", admins.as_slice())]),
            caller: Some(&me),
            ..Pool::default()
        };
        let contract = Contract::sample();
        // Readers come before admins nowhere: joining them would not matter, leaving admins does.
        let found = guards(&plan("me", vec![remove("me", "admins")]), &pool, &contract);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].phrase(), "me@example.com");
        assert_eq!(
            guards(
                &plan("ada", vec![remove("ada", "admins")]),
                &pool,
                &contract
            ),
            []
        );
    }
}
