//! What a verify will do: its cells, its order, and the calls it borrows things with.

use std::{collections::HashMap, ops::Range};

use serde::{Deserialize, Serialize};

use super::{
    actor::Actor,
    options::VerifyOptions,
    verdict::{Cell, Verdict},
};
use crate::{
    access::{Catalog, Effect, Matrix, MatrixRow, Method, Probe, Route, policy::glob, route},
    domain::{AuthScheme, ExecutionRole, Principal},
    plan::PlannedCall,
};

/// A route that is not probed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The route's method.
    pub method: Method,
    /// The route's path template.
    pub path: String,
    /// The permission it belongs to.
    pub permission: String,
    /// Why it has no safe request.
    pub reason: String,
}

/// The auth schemes that a principal can use at all.
pub fn schemes_of(principal: &Principal) -> &'static [AuthScheme] {
    match principal {
        Principal::Group(_) | Principal::User(_) => &[AuthScheme::Bearer],
        Principal::Role(_) | Principal::Profile(_) => &[AuthScheme::SigV4],
        Principal::Anonymous => &AuthScheme::ALL,
    }
}

/// Whether the options ask for a route at all.
fn wanted(options: &VerifyOptions, route: &Route) -> bool {
    options.scheme.is_none_or(|scheme| scheme == route.scheme())
        && options
            .permission
            .as_deref()
            .is_none_or(|pattern| glob::matches(pattern, &route.permission))
}

/// Where the cells of each principal stand, which stand side by side.
pub(super) fn places(cells: &[Cell]) -> HashMap<Principal, Range<usize>> {
    let mut places = HashMap::new();
    let mut start = 0;
    for of_one in cells.chunk_by(|one, next| one.principal == next.principal) {
        let end = start + of_one.len();
        if let Some(first) = of_one.first() {
            places.insert(first.principal.clone(), start..end);
        }
        start = end;
    }
    places
}

/// What is declared for an actor: for somebody in several groups, what any of them is meant to
/// give.
pub(super) fn expected(
    matrix: &Matrix,
    roles: &[ExecutionRole],
    actor: &Actor,
    route: &Route,
) -> Option<Effect> {
    Standing::of(matrix, roles, actor).effect_of(route)
}

/// Where an actor stands in a matrix.
enum Standing<'a> {
    /// May do nothing: nobody, or somebody in no group.
    Nothing,
    /// In these rows; in none where nothing is declared.
    Rows(Vec<&'a MatrixRow>),
}

impl<'a> Standing<'a> {
    fn of(matrix: &'a Matrix, roles: &[ExecutionRole], actor: &Actor) -> Self {
        let row = |principal: &Principal| matrix.row_of(principal, roles);
        match (&actor.principal, &actor.groups) {
            (Principal::User(_) | Principal::Group(_), Some(groups)) if groups.is_empty() => {
                Self::Nothing
            }
            (Principal::User(_) | Principal::Group(_), Some(groups)) => {
                let groups = groups.iter().cloned().map(Principal::Group);
                Self::Rows(groups.filter_map(|group| row(&group)).collect())
            }
            (Principal::Anonymous, _) => Self::Nothing,
            (principal, _) => Self::Rows(row(principal).into_iter().collect()),
        }
    }

    /// What is declared for a route: what any of the rows gives.
    fn effect_of(&self, route: &Route) -> Option<Effect> {
        let rows = match self {
            Self::Nothing => return Some(Effect::Deny),
            Self::Rows(rows) if rows.is_empty() => return None,
            Self::Rows(rows) => rows,
        };
        let allows = |row: &&MatrixRow| row.effect_of(route) == Effect::Allow;
        let allowed = rows.iter().any(allows);
        Some(if allowed { Effect::Allow } else { Effect::Deny })
    }
}

/// Why a route is not probed, where it is not.
fn reason_to_skip(route: &Route) -> Option<&str> {
    if !route::has_method(&route.path) {
        return Some("the API has no method there: refused for everybody");
    }
    match &route.probe {
        Probe::Safe(_) => None,
        Probe::None { reason } => Some(reason),
    }
}

/// The cells of a verify, by principal, then in the catalog's order; nothing is known of
/// them yet but what the matrix declares. With them the routes that are passed over.
pub fn cells(
    options: &VerifyOptions,
    catalog: &Catalog,
    matrix: &Matrix,
    roles: &[ExecutionRole],
    actors: &[Actor],
) -> (Vec<Cell>, Vec<Skipped>) {
    let mut cells = Vec::new();
    for actor in actors {
        let principal = &actor.principal;
        let standing = Standing::of(matrix, roles, actor);
        let schemes = schemes_of(principal);
        for route in catalog.routes() {
            if !wanted(options, route) || !schemes.contains(&route.scheme()) {
                continue;
            }
            if reason_to_skip(route).is_some() {
                continue;
            }
            cells.push(Cell {
                principal: principal.clone(),
                scheme: route.scheme(),
                permission: route.permission.clone(),
                method: route.method,
                path: route.path.clone(),
                expected: standing.effect_of(route),
                predicted: None,
                observed: None,
                verdict: Verdict::Inconclusive,
                reason: "not tested yet".to_owned(),
            });
        }
    }
    let skipped = catalog
        .routes()
        .iter()
        .filter(|route| wanted(options, route))
        .filter_map(|route| {
            Some(Skipped {
                method: route.method,
                path: route.path.clone(),
                permission: route.permission.clone(),
                reason: reason_to_skip(route)?.to_owned(),
            })
        })
        .collect();
    (cells, skipped)
}

/// The call that makes whom an authorizer is asked about, where it is to be learned what it does.
pub fn learning(pool: &str) -> PlannedCall {
    probe_user(
        pool,
        "makes a probe user that goes through the groups, to learn what the authorizer does",
    )
}

fn probe_user(pool: &str, does: &str) -> PlannedCall {
    PlannedCall {
        call: "cognito-idp:AdminCreateUser".to_owned(),
        on: format!("pool {pool}"),
        does: format!("{does}; nobody is invited"),
        undone_by: Some("cognito-idp:AdminDeleteUser at the end, or at the next start".to_owned()),
    }
}

/// The calls that a verify would change something with, in order: what a preview shows.
/// Empty where nothing is borrowed.
pub fn borrowings(
    options: &VerifyOptions,
    pool: &str,
    principals: &[Principal],
) -> Vec<PlannedCall> {
    if options.predicted_only {
        return Vec::new();
    }
    let mut calls = Vec::new();
    for principal in principals {
        match principal {
            Principal::Group(group) if options.scheme != Some(AuthScheme::SigV4) => {
                calls.push(probe_user(pool, &format!("makes a probe user of {group}")));
            }
            Principal::Role(_) | Principal::Profile(_)
                if options.grant_trust && options.scheme != Some(AuthScheme::Bearer) =>
            {
                calls.push(PlannedCall {
                    call: "iam:UpdateAssumeRolePolicy".to_owned(),
                    on: principal.to_string(),
                    does:
                        "lets you alone assume the role, if its trust does not yet, for 15 minutes"
                            .to_owned(),
                    undone_by: Some(
                        "iam:UpdateAssumeRolePolicy at the end, or at the next start".to_owned(),
                    ),
                });
            }
            _ => {}
        }
    }
    calls
}
