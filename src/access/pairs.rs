//! What an authorizer makes of somebody in two groups. Pure.

use serde::{Deserialize, Serialize};

use super::{Caller, Catalog, Contract, Effect, Matrix, Pick, Route, contract_of, cover, route};
use crate::domain::AuthScheme;

/// How two contracts differ for somebody in two groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// The groups.
    pub groups: [String; 2],
    /// Routes that only the second contract allows.
    pub gains: usize,
    /// Routes that only the first contract allows.
    pub loses: usize,
}

/// Where two contracts differ for somebody in two of these groups.
pub fn shifts(
    before: &Contract,
    after: &Contract,
    groups: &[String],
    catalog: &Catalog,
) -> Vec<Shift> {
    let routes = asked(catalog);
    let pairs = pairs(groups).map(|(one, other)| {
        let both = [one.clone(), other.clone()];
        let (old, new) = (before.caller(&both), after.caller(&both));
        let count = |from: &Caller<'_>, to: &Caller<'_>| {
            let moved = |(route, path): &&(&Route, String)| {
                from.effect(route.method, path) == Effect::Deny
                    && to.effect(route.method, path) == Effect::Allow
            };
            routes.iter().filter(moved).count()
        };
        Shift {
            gains: count(&old, &new),
            loses: count(&new, &old),
            groups: both,
        }
    });
    pairs
        .filter(|shift| shift.gains + shift.loses > 0)
        .collect()
}

/// Routes that somebody loses by being in another group as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The group that allows them.
    pub from: String,
    /// The group that denies them.
    pub by: String,
    /// The routes, as `METHOD /path`.
    pub routes: Vec<String>,
}

/// Where the rules of a matrix take from a member of one group what it allows because of another
/// group. Only under `union`, where a deny wins as it does in IAM; and a row's rules hold a deny
/// only for routes that one of its own allowed patterns would match as well.
pub fn taken(matrix: &Matrix, catalog: &Catalog) -> Vec<Taken> {
    if matrix.authorizer.rule != Pick::Union {
        return Vec::new();
    }
    let contract = contract_of(matrix, catalog);
    let routes = asked(catalog);
    let mut all = Vec::new();
    for by in contract
        .groups
        .iter()
        .filter(|group| !group.deny.is_empty())
    {
        for from in contract.groups.iter().filter(|from| from.name != by.name) {
            let alone = contract.caller(std::slice::from_ref(&from.name));
            let both = contract.caller(&[from.name.clone(), by.name.clone()]);
            let lost = routes.iter().filter(|(route, path)| {
                alone.effect(route.method, path) == Effect::Allow
                    && both.effect(route.method, path) == Effect::Deny
            });
            let lost: Vec<String> = lost
                .map(|(route, _)| format!("{} {}", route.method, route.path))
                .collect();
            if !lost.is_empty() {
                all.push(Taken {
                    from: from.name.clone(),
                    by: by.name.clone(),
                    routes: lost,
                });
            }
        }
    }
    all
}

/// The routes that the authorizer is asked about, each with a path.
fn asked(catalog: &Catalog) -> Vec<(&Route, String)> {
    let routes = catalog.routes().iter();
    routes
        .filter(|route| route.scheme() == AuthScheme::Bearer && route::has_method(&route.path))
        .map(|route| (route, cover::concrete(&route.path)))
        .collect()
}

fn pairs(groups: &[String]) -> impl Iterator<Item = (&String, &String)> {
    groups.iter().enumerate().flat_map(move |(at, one)| {
        let others = groups.iter().skip(at + 1);
        others.map(move |other| (one, other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deny_of_one_group_is_told_to_those_who_are_in_another_one_too() {
        let text = |rule: &str| {
            format!(
                "[authorizer]\nrule = \"{rule}\"\n[[row]]\nname = \"all\"\ngroup = \"admins\"\n\
                 allow = [\"*\"]\n[[row]]\nname = \"some\"\ngroup = \"readers\"\n\
                 allow = [\"*\"]\ndeny = [\"GET /ajax-api/3.0/mlflow/traces/batchGet\"]\n"
            )
        };
        let catalog = Catalog::for_version("3.17.2");
        let union = Matrix::parse(&text("union"), "union").unwrap();
        let lost = taken(&union, &catalog);
        let [taken_from_admins] = lost.as_slice() else {
            panic!("{lost:?}");
        };
        assert_eq!(
            (
                taken_from_admins.from.as_str(),
                taken_from_admins.by.as_str()
            ),
            ("admins", "readers")
        );
        let route = "GET /ajax-api/3.0/mlflow/traces/batchGet".to_owned();
        assert!(taken_from_admins.routes.contains(&route), "{lost:?}");
        let first = Matrix::parse(&text("first-match"), "first").unwrap();
        assert_eq!(taken(&first, &catalog), []);
    }

    #[test]
    fn two_contracts_are_compared_for_those_in_two_groups() {
        let catalog = Catalog::for_version("2.12.2");
        let sample = Contract::sample();
        let mut other = sample.clone();
        other.rule = Pick::Union;
        let groups = ["admins", "readers", "model-approvers"].map(str::to_owned);
        assert_eq!(shifts(&sample, &sample, &groups, &catalog), []);
        let told = shifts(&sample, &other, &groups, &catalog);
        // An admin has everything already; an approver who reads too is no reader only any more.
        let [shift] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(
            shift.groups,
            ["readers", "model-approvers"].map(str::to_owned)
        );
        assert!(shift.gains > 0 && shift.loses == 0, "{shift:?}");
    }
}
