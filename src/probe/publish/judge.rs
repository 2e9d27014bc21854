//! Two looks at the authorizer compared. Pure.

use std::{collections::HashMap, fmt};

use serde::{Deserialize, Serialize};

use super::look::{Answer, Groups, Look, Reading};
use crate::{
    access::{Catalog, Contract, Effect, Method, Route, route},
    domain::AuthScheme,
    probe::{Cell, Verdict},
};

/// A decision that a publication made worse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worse {
    /// Who: a group, several with `+` between, or nobody's.
    pub who: String,
    /// The route's method.
    pub method: Method,
    /// The route's path template.
    pub path: String,
    /// What got worse, in words.
    pub why: String,
}

impl fmt::Display for Worse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            who,
            method,
            path,
            why,
        } = self;
        write!(f, "{who} {method} {path}: {why}")
    }
}

/// What a publication changes for a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The group.
    pub group: String,
    /// How many routes it may use as deployed.
    pub may: usize,
    /// The routes that it gains, as `METHOD /path`.
    pub gains: Vec<String>,
    /// The routes that it loses.
    pub loses: Vec<String>,
}

/// What rules would change for every group, against what the deployed authorizer answers.
pub fn changes(look: &Look, contract: &Contract) -> Vec<Change> {
    look.of_groups()
        .map(|(group, answer)| {
            let caller = contract.caller(&[group.to_owned()]);
            look.change(group, answer, |method, path| caller.effect(method, path))
        })
        .collect()
}

/// What rules would change for these groups, against other rules.
pub(super) fn changes_of(
    now: &Contract,
    then: &Contract,
    groups: &[String],
    catalog: &Catalog,
) -> Vec<Change> {
    let of_group = |group: &String| {
        let own = std::slice::from_ref(group);
        let (now, then) = (now.caller(own), then.caller(own));
        change(
            group,
            catalog,
            |method, path| now.effect(method, path),
            |method, path| then.effect(method, path),
        )
    };
    groups.iter().map(of_group).collect()
}

/// What changed for every group between two looks.
pub fn changes_between(before: &Look, after: &Look) -> Vec<Change> {
    before
        .of_groups()
        .map(|(group, answer)| {
            let then = after.answers.get(&vec![group.to_owned()]);
            let then = then.map(|answer| after.reading(answer));
            before.change(group, answer, |method, path| {
                then.as_ref()
                    .map_or(Effect::Deny, |reading| reading.decide(method, path))
            })
        })
        .collect()
}

impl Look {
    /// What changes for a group that has this answer now, and that decision then.
    fn change(
        &self,
        group: &str,
        answer: &Answer,
        then: impl Fn(Method, &str) -> Effect,
    ) -> Change {
        let reading = self.reading(answer);
        let now = |method: Method, path: &str| reading.decide(method, path);
        change(group, &self.catalog, now, then)
    }
}

/// What changes for a group between two ways to decide.
fn change(
    group: &str,
    catalog: &Catalog,
    now: impl Fn(Method, &str) -> Effect,
    then: impl Fn(Method, &str) -> Effect,
) -> Change {
    let mut change = Change {
        group: group.to_owned(),
        ..Change::default()
    };
    for route in bearer(catalog) {
        let (method, path) = (route.method, route.path.as_str());
        let now = now(method, path);
        change.may += usize::from(now == Effect::Allow);
        match (now, then(method, path)) {
            (Effect::Deny, Effect::Allow) => change.gains.push(format!("{method} {path}")),
            (Effect::Allow, Effect::Deny) => change.loses.push(format!("{method} {path}")),
            _ => {}
        }
    }
    change
}

/// The routes that the authorizer is asked about.
fn bearer(catalog: &Catalog) -> impl Iterator<Item = &Route> {
    catalog
        .routes()
        .iter()
        .filter(|route| route.scheme() == AuthScheme::Bearer && route::has_method(&route.path))
}

/// Where the authorizer's own answers are not what the rules say, and live answers not what the
/// authorizer says: a package that does not do what it was put there for.
pub(super) fn not_as_asked(after: &Look, contract: Option<&Contract>) -> Vec<Worse> {
    let mut worse = Vec::new();
    if let Some(contract) = contract {
        for (groups, answer) in &after.answers {
            worse.extend(not_as_ruled(after, groups, answer, contract));
        }
    }
    worse.extend(disagreeing(after));
    worse
}

/// The live cells that are worse than they were: as declared before and not now, or open where
/// that is neither declared nor was so.
pub(super) fn worse(before: &Look, after: &Look) -> Vec<Worse> {
    let earlier: HashMap<_, &Cell> = cells(before).map(|cell| (key(cell), cell)).collect();
    cells(after)
        .filter_map(|cell| {
            let why = got_worse(earlier.get(&key(cell)).copied(), cell)?;
            Some(of_cell(cell, why))
        })
        .collect()
}

/// Why a live cell is worse than it was, where it is.
fn got_worse(was: Option<&Cell>, is: &Cell) -> Option<String> {
    let allowed = |cell: &Cell| cell.observed_effect() == Some(Effect::Allow);
    if allowed(is) && is.expected != Some(Effect::Allow) && !was.is_some_and(allowed) {
        return Some("it is allowed now, and was not".to_owned());
    }
    let was_fine = was.is_some_and(|was| was.verdict == Verdict::Ok);
    (was_fine && is.verdict != Verdict::Ok).then(|| {
        format!(
            "it was as declared, and is {} now: {}",
            is.verdict, is.reason
        )
    })
}

/// Where the authorizer's own answer to somebody is not what the rules say.
fn not_as_ruled(after: &Look, groups: &Groups, answer: &Answer, contract: &Contract) -> Vec<Worse> {
    let reading = after.reading(answer);
    let caller = contract.caller(groups);
    let of_route = |route: &Route| {
        let (method, path) = (route.method, route.path.as_str());
        let asked = caller.effect(method, path);
        let is = reading.decide(method, path);
        let why = match answer.fault() {
            Some(fault) => fault.to_owned(),
            None if asked == is => return None,
            None => format!("the rules say {asked}, and the authorizer {is}"),
        };
        Some(Worse {
            who: named(groups),
            method,
            path: path.to_owned(),
            why,
        })
    };
    // What is no policy at all is the same for every route.
    let most = answer.fault().map_or(usize::MAX, |_| 1);
    bearer(&after.catalog)
        .filter_map(of_route)
        .take(most)
        .collect()
}

/// Live answers that are not what the authorizer itself says.
fn disagreeing(after: &Look) -> Vec<Worse> {
    let of_group: HashMap<String, Reading<'_>> = after
        .of_groups()
        .map(|(group, answer)| (format!("group:{group}"), after.reading(answer)))
        .collect();
    cells(after)
        .filter_map(|cell| {
            let reading = of_group.get(&cell.principal.to_string())?;
            let says = reading.decide(cell.method, &cell.path);
            // An answer that decides nothing says nothing against the authorizer.
            let seen = cell.observed_effect().filter(|seen| *seen != says)?;
            let why = format!("the authorizer says {says}, and the gateway {seen}");
            Some(of_cell(cell, why))
        })
        .collect()
}

/// Where two looks differ: the authorizer's answers first, then the live ones.
pub(super) fn differences(before: &Look, back: &Look) -> Vec<Worse> {
    let mut other = Vec::new();
    for (groups, was) in &before.answers {
        if back.answers.get(groups) != Some(was) {
            other.push(Worse {
                who: named(groups),
                method: Method::Get,
                path: "/".to_owned(),
                why: "the authorizer's policy is another one".to_owned(),
            });
        }
    }
    let now: HashMap<_, &Cell> = cells(back).map(|cell| (key(cell), cell)).collect();
    for was in cells(before) {
        let is = now.get(&key(was)).and_then(|cell| cell.observed_effect());
        if was.observed_effect().is_some() && is != was.observed_effect() {
            other.push(of_cell(was, "it was decided otherwise".to_owned()));
        }
    }
    other
}

fn cells(look: &Look) -> impl Iterator<Item = &Cell> {
    look.report.cells.iter()
}

fn key(cell: &Cell) -> (String, Method, &str) {
    (cell.principal.to_string(), cell.method, cell.path.as_str())
}

fn of_cell(cell: &Cell, why: String) -> Worse {
    Worse {
        who: cell.principal.to_string(),
        method: cell.method,
        path: cell.path.clone(),
        why,
    }
}

/// Who is in these groups.
fn named(groups: &Groups) -> String {
    if groups.is_empty() {
        "somebody in no group".to_owned()
    } else {
        format!("group:{}", groups.join("+"))
    }
}
