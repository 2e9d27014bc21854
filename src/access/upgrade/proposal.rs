//! What of the matrix to change before an upgrade, checked by evaluating it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Danger, Preflight, asked_for, name};
use crate::{
    access::{
        Catalog, Effect, Entry, MatrixRow, Route,
        matrix::{Change, MatrixText},
        route::has_method,
    },
    domain::Failure,
};

/// One change that is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// The row.
    pub row: String,
    /// The permission or the route.
    pub entry: String,
    /// What it is to be.
    pub effect: Effect,
    /// What it is for.
    pub why: String,
}

/// A changed matrix under which every lost job of its rows works again, nothing opens beyond
/// what these jobs need, and what would open silently stays closed.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The changes; none where the matrix says already what is needed, and only has to be put
    /// into effect.
    pub changes: Vec<Proposed>,
    /// What no change of the matrix mends, in words.
    pub unsolved: Vec<String>,
    /// The matrix with the changes made.
    pub text: MatrixText,
}

/// Proposes the changes that an upgrade calls for, the fewest entries that are not wider than
/// needed.
///
/// # Errors
/// As [`MatrixText::change`].
pub fn propose(preflight: &Preflight, text: &MatrixText) -> Result<Proposal, Failure> {
    let before = text.matrix()?;
    let target = Catalog::for_version(preflight.to);
    let mut text = text.clone();
    let mut changes = Vec::new();
    for row in &before.rows {
        let wanted = Wanted::of(preflight, row, &target);
        changes.extend(wanted.allows(row));
        changes.extend(wanted.denies(row, preflight));
    }
    for change in &changes {
        text.change(&Change {
            row: change.row.clone(),
            entry: change.entry.clone(),
            effect: change.effect,
        })?;
    }
    let after = text.matrix()?;
    let mut unsolved = Vec::new();
    for row in &after.rows {
        let old = before.rows.iter().find(|old| old.name == row.name);
        let wanted = Wanted::of(preflight, row, &target);
        unsolved.extend(wanted.faults(old, row, &target));
    }
    for outlook in preflight.lost().filter(|outlook| outlook.row.is_none()) {
        let (principal, words) = (&outlook.principal, outlook.words);
        unsolved.push(format!("{principal} stands in no row, and loses: {words}"));
    }
    for gain in preflight.silent().filter(|gain| gain.row.is_none()) {
        let (principal, route) = (&gain.principal, &gain.route);
        unsolved.push(format!("{principal} stands in no row, and gains {route}"));
    }
    Ok(Proposal {
        changes,
        unsolved,
        text,
    })
}

/// What the version to come wants of a row.
struct Wanted<'p> {
    /// The routes that lost jobs need, and for which of them.
    needed: Vec<(&'p Route, Vec<&'static str>)>,
    /// The new routes that only a wildcard of the row opens, and that are more than reads.
    unwanted: Vec<&'p Route>,
}

impl<'p> Wanted<'p> {
    fn of(preflight: &Preflight, row: &MatrixRow, target: &'p Catalog) -> Self {
        let is_own = |of: &Option<String>| of.as_ref() == Some(&row.name);
        let mut needed: Vec<(&Route, Vec<&'static str>)> = Vec::new();
        for outlook in preflight.lost().filter(|outlook| is_own(&outlook.row)) {
            for missing in &outlook.missing {
                let known = needed
                    .iter()
                    .position(|(route, _)| name(route) == missing.route);
                if let Some((_, jobs)) = known.and_then(|at| needed.get_mut(at)) {
                    jobs.push(outlook.words);
                } else if let Some(route) = route_of(target, &missing.route) {
                    needed.push((route, vec![outlook.words]));
                }
            }
        }
        let unwanted = |route: &&Route| {
            !route.versions.contains(&preflight.from)
                && row.effect_of(route) == Effect::Allow
                && !asked_for(route, row.says(route))
                && !needed.iter().any(|(needed, _)| needed == route)
        };
        let unwanted = if row.is_almighty() {
            Vec::new()
        } else {
            target.routes().iter().filter(unwanted).collect()
        };
        Self { needed, unwanted }
    }

    /// The entries that allow what the row does not: a permission where that opens nothing
    /// else, else the routes themselves.
    fn allows(&self, row: &MatrixRow) -> Vec<Proposed> {
        let closed = |route: &Route| row.effect_of(route) == Effect::Deny;
        let missing = || self.needed.iter().filter(|(route, _)| closed(route));
        let mut proposed: Vec<Proposed> = Vec::new();
        for (route, jobs) in missing() {
            let whole = of_permission(&route.permission)
                .filter(|other| closed(other))
                .all(|other| missing().any(|(needed, _)| *needed == other));
            let entry = if whole {
                route.permission.clone()
            } else {
                name(route)
            };
            if proposed.iter().any(|change| change.entry == entry) {
                continue;
            }
            proposed.push(Proposed {
                row: row.name.clone(),
                entry,
                effect: Effect::Allow,
                why: format!("needed for: {}", jobs.join(", ")),
            });
        }
        proposed
    }

    /// The entries that deny what a wildcard of the row would open: a permission where all of it
    /// is new and more than a read, else the operation under both prefixes.
    fn denies(&self, row: &MatrixRow, preflight: &Preflight) -> Vec<Proposed> {
        let mut seen = BTreeSet::new();
        let mut proposed = Vec::new();
        for route in &self.unwanted {
            let unwanted = |other: &Route| {
                Danger::of(other) != Danger::Read && !other.versions.contains(&preflight.from)
            };
            let wide = [
                of_permission(&route.permission)
                    .all(unwanted)
                    .then(|| route.permission.clone()),
                Some(format!("{} {}", route.method, route.operation())),
            ];
            let harmless = |entry: &String| {
                let mut needed = self.needed.iter();
                !needed.any(|(needed, _)| Entry::matches(entry, needed))
            };
            let wide = wide.into_iter().flatten().find(harmless);
            let entry = wide.unwrap_or_else(|| name(route));
            if seen.insert(entry.clone()) {
                let danger = Danger::of(route).as_str();
                proposed.push(Proposed {
                    row: row.name.clone(),
                    entry,
                    effect: Effect::Deny,
                    why: format!("new and more than a read: {danger}"),
                });
            }
        }
        proposed
    }

    /// What is wrong with a row after the changes.
    fn faults(&self, old: Option<&MatrixRow>, row: &MatrixRow, target: &Catalog) -> Vec<String> {
        let mut faults = Vec::new();
        for (route, jobs) in &self.needed {
            let (route_name, jobs) = (name(route), jobs.join(", "));
            if !has_method(&route.path) {
                faults.push(format!("the API has no {route_name}, needed for: {jobs}"));
            } else if row.effect_of(route) == Effect::Deny {
                faults.push(format!("{} still denies {route_name}: {jobs}", row.name));
            }
        }
        let gained = target.routes().iter().filter(|route| {
            let was = old.map_or(Effect::Deny, |old| old.effect_of(route));
            was == Effect::Deny
                && row.effect_of(route) == Effect::Allow
                && !self.needed.iter().any(|(needed, _)| needed == route)
        });
        let row_name = &row.name;
        faults.extend(
            gained.map(|route| format!("{row_name} would get {} too, by inheritance", name(route))),
        );
        faults
    }
}

fn route_of<'c>(catalog: &'c Catalog, text: &str) -> Option<&'c Route> {
    catalog.routes().iter().find(|route| name(route) == text)
}

/// Every route of a permission, of every version.
fn of_permission(permission: &str) -> impl Iterator<Item = &'static Route> {
    Catalog::every_route().filter(move |route| route.permission == permission)
}
