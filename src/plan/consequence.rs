//! What follows from a plan for what people may do in MLflow, and what must not happen by
//! accident: the last administrator gone, oneself locked out. Pure.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{Plan, Step};
use crate::{
    access::{Catalog, Contract, Effect, Pick, authorizer::GroupRules},
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
    /// The group that decided before, where the authorizer knew one; where several decide
    /// together, all of them with a `+` between.
    pub before: Option<String>,
    /// The group that decides afterwards, or those.
    pub after: Option<String>,
    /// Whether the plan makes the person: there was no before.
    pub is_new: bool,
    /// Permissions of which more routes are allowed than before.
    pub gains: Vec<String>,
    /// Permissions of which fewer routes are allowed than before.
    pub loses: Vec<String>,
    /// What the authorizer makes of the groups, one phrase.
    #[serde(skip)]
    is: String,
    /// Whether the groups promise more than that.
    #[serde(skip)]
    trap: bool,
}

impl AccessChange {
    /// Whether the groups promise more than the authorizer gives: see [`Contract::is_trap`].
    pub fn is_trap(&self) -> bool {
        self.trap
    }

    /// One sentence about what the person will be.
    pub fn text(&self) -> String {
        let mut text = format!("{} in MLflow: {}", self.who, self.is);
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

/// What the authorizer makes of somebody in these groups.
fn made_of(contract: &Contract, groups: &[String], after: Option<&str>) -> String {
    let refusal = contract.refusal();
    match (after, contract.rule) {
        (None, _) if groups.is_empty() => {
            format!("in no group: the authorizer answers {refusal} to everything")
        }
        (None, _) => format!(
            "in {}, which the authorizer does not know: it answers {refusal} to everything",
            groups.join(", ")
        ),
        (Some(group), Pick::FirstMatch) if groups.len() > 1 => format!(
            "{group} alone, although in {}: the authorizer takes the first that it knows",
            groups.join(", ")
        ),
        (Some(known), Pick::Union) if contract.is_trap(groups) => format!(
            "{known}, although in {}: the authorizer does not know the others",
            groups.join(", ")
        ),
        (Some(group), _) => group.to_owned(),
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
            let (gains, loses) = scopes.difference(&person.before, &person.groups);
            let after = contract.acts_as(&person.groups);
            AccessChange {
                is: made_of(contract, &person.groups, after.as_deref()),
                trap: contract.is_trap(&person.groups),
                who: person.who,
                before: contract.acts_as(&person.before),
                after,
                groups: person.groups,
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
        let in_before = contract.knows(&person.before);
        let in_after = !person.gone && contract.knows(&person.groups);
        let all = |groups: &[String]| is_almighty(contract, groups);
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

/// The groups that may do everything.
pub fn almighty(contract: &Contract) -> impl Iterator<Item = &str> {
    contract
        .groups
        .iter()
        .filter(|rules| rules.allow_everything())
        .map(|rules| rules.name.as_str())
}

/// Whether whoever is in these groups may do everything: one of those that decide says so.
pub fn is_almighty(contract: &Contract, groups: &[String]) -> bool {
    let mut deciding = contract.rules_for(groups).into_iter();
    deciding.any(GroupRules::allow_everything)
}

/// How many routes of each permission the groups that decide together may use; computed once for
/// each such set.
struct Scopes<'a> {
    contract: &'a Contract,
    catalog: &'a Catalog,
    known: HashMap<Vec<String>, BTreeMap<&'a str, usize>>,
}

impl<'a> Scopes<'a> {
    fn new(contract: &'a Contract, catalog: &'a Catalog) -> Self {
        Self {
            contract,
            catalog,
            known: HashMap::new(),
        }
    }

    fn of(&mut self, deciding: Vec<String>) -> BTreeMap<&'a str, usize> {
        if let Some(scope) = self.known.get(&deciding) {
            return scope.clone();
        }
        let view = self.contract.caller(&deciding);
        let mut scope = BTreeMap::new();
        for route in self.catalog.routes() {
            if route.scheme() == AuthScheme::Bearer
                && view.effect(route.method, &route.path) == Effect::Allow
            {
                *scope.entry(route.permission.as_str()).or_default() += 1;
            }
        }
        self.known.insert(deciding, scope.clone());
        scope
    }

    /// Those of these groups that decide.
    fn deciding(&self, groups: &[String]) -> Vec<String> {
        let rules = self.contract.rules_for(groups).into_iter();
        rules.map(|rules| rules.name.clone()).collect()
    }

    /// The permissions of which whoever changes from these groups to those may use more routes,
    /// and those of which fewer.
    fn difference(&mut self, before: &[String], after: &[String]) -> (Vec<String>, Vec<String>) {
        let (before, after) = (self.deciding(before), self.deciding(after));
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
    use crate::access::Nobody;
    use crate::plan::{Item, Place};

    fn groups(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn plan(user: &str, steps: Vec<Step>) -> Plan {
        let item = Item::new(user.to_owned(), steps);
        Plan::new("test".to_owned(), Place::default(), vec![item])
    }

    fn user(name: &str) -> User {
        User {
            username: name.to_owned(),
            email: Some(format!("{name}@example.com")),
            status: crate::domain::UserStatus::Confirmed,
            enabled: true,
            created_at: None,
            modified_at: None,
            attributes: indexmap::IndexMap::new().into(),
        }
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

    /// The sample's groups, all of a caller's counting together; whoever is in none is denied.
    fn together() -> Contract {
        Contract {
            rule: Pick::Union,
            nobody: Nobody::Deny,
            ..Contract::sample()
        }
    }

    #[test]
    fn where_groups_count_together_who_joins_one_more_gains_its_rights() {
        let readers = groups(&["readers"]);
        let pool = Pool {
            groups: HashMap::from([("ada", readers.as_slice())]),
            ..Pool::default()
        };
        let changed = |steps| {
            let catalog = Catalog::for_version("2.12.2");
            let changes = access_changes(&plan("ada", steps), &pool, &together(), &catalog);
            <[_; 1]>::try_from(changes).unwrap()
        };
        let [joined] = changed(vec![add("ada", "model-approvers")]);
        assert!(
            joined
                .gains
                .contains(&"registered-models:register".to_owned())
                && joined.loses.is_empty()
                && !joined.is_trap(),
            "{joined:?}"
        );
        let [stranger] = changed(vec![add("ada", "interns")]);
        assert!(
            stranger.is_trap() && stranger.text().contains("does not know the others"),
            "{}",
            stranger.text()
        );
        let [left] = changed(vec![remove("ada", "readers")]);
        assert!(
            left.text()
                .contains("in no group: the authorizer answers 403 to everything"),
            "{}",
            left.text()
        );
    }

    #[test]
    fn under_union_groups_add_up_and_whoever_may_do_everything_by_one_of_them_is_guarded() {
        let contract = Contract {
            rule: Pick::Union,
            nobody: Nobody::Deny,
            ..Contract::sample()
        };
        let (both, readers) = (groups(&["admins", "readers"]), groups(&["readers"]));
        let user = user("ada");
        let pool = Pool {
            groups: [("ada", both.as_slice()), ("bob", readers.as_slice())].into(),
            caller: Some(&user),
            ..Pool::default()
        };
        let joins = plan("bob", vec![add("bob", "model-approvers")]);
        let catalog = Catalog::for_version("2.12.2");
        let [change] = &access_changes(&joins, &pool, &contract, &catalog)[..] else {
            panic!("one person is touched");
        };
        assert!(!change.is_trap() && !change.gains.is_empty(), "{change:?}");
        assert!(
            change.text().contains("readers + model-approvers"),
            "{change:?}"
        );
        let leaves = plan("ada", vec![remove("ada", "admins")]);
        let guards = guards(&leaves, &pool, &contract);
        assert!(
            guards
                .iter()
                .any(|guard| matches!(guard, Guard::OwnWayIn { .. })),
            "{guards:?}"
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
        let me = user("me");
        let pool = Pool {
            groups: HashMap::from([("me", admins.as_slice()), ("ada", admins.as_slice())]),
            caller: Some(&me),
            ..Pool::default()
        };
        let contract = Contract::sample();
        // Readers come before admins nowhere: joining them would not matter, leaving admins does.
        let both = groups(&["admins", "readers"]);
        let in_both = Pool {
            groups: HashMap::from([("me", both.as_slice()), ("ada", admins.as_slice())]),
            ..pool.clone()
        };
        let leave = plan("me", vec![remove("me", "admins")]);
        let found = guards(&leave, &in_both, &together());
        assert_eq!(found.len(), 1, "also where groups count together");
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
