//! What somebody can do.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;

use super::{House, Subject};
use crate::{
    access::{Basis, Decision, Route, route},
    domain::AuthScheme,
};

/// How much of something is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// Routes that are allowed.
    pub allowed: usize,
    /// Routes in all.
    pub of: usize,
    /// Routes of which it is not known.
    pub unknown: usize,
}

impl Extent {
    /// How much of these is allowed.
    pub fn of<'d>(decisions: impl IntoIterator<Item = Option<&'d Decision>>) -> Self {
        let mut extent = Self::default();
        for decision in decisions {
            extent.of += 1;
            match decision {
                Some(decision) if decision.is_allow() => extent.allowed += 1,
                Some(_) => {}
                None => extent.unknown += 1,
            }
        }
        extent
    }

    /// Whether everything is allowed.
    pub fn is_all(&self) -> bool {
        self.of > 0 && self.allowed == self.of
    }
}

impl fmt::Display for Extent {
    /// `allow`, `deny`, `2 of 5`, or `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { of: 0, .. } => f.pad("-"),
            Self { unknown: 1.., .. } => f.pad("unknown"),
            Self { allowed: 0, .. } => f.pad("deny"),
            Self { allowed, of, .. } if allowed == of => f.pad("allow"),
            Self { allowed, of, .. } => f.pad(&format!("{allowed} of {of}")),
        }
    }
}

/// What somebody can do of one permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionRights {
    /// The permission.
    pub permission: String,
    /// With a token; no routes where it has none for a token, or the subject no token.
    pub bearer: Extent,
    /// With a signature, likewise.
    pub sigv4: Extent,
    /// What decides, in words, by scheme, of the first route that is allowed, else of the first;
    /// nothing where no statement and no rule speaks of it.
    pub by: Vec<(AuthScheme, String)>,
}

/// What somebody can do.
#[derive(Clone, Debug)]
pub struct Rights<'a> {
    /// By permission, in the catalog's order.
    pub permissions: Vec<PermissionRights>,
    /// Route by route, in the catalog's order; no decision where it is not known.
    pub routes: Vec<(&'a Route, Option<Decision>)>,
}

impl<'a> House<'a> {
    /// What somebody can do of the routes that are asked about, both schemes together.
    pub fn can(&self, subject: &Subject<'_>, wanted: impl Fn(&Route) -> bool) -> Rights<'a> {
        let schemes = subject.schemes();
        let [bearer, sigv4] = [AuthScheme::Bearer, AuthScheme::SigV4]
            .map(|scheme| self.decider(subject.means(scheme)));
        let decide = |route: &Route| match route.scheme() {
            AuthScheme::Bearer => bearer.decide(route),
            AuthScheme::SigV4 => sigv4.decide(route),
        };
        let routes: Vec<(&'a Route, Option<Decision>)> = self
            .catalog
            .routes()
            .iter()
            .filter(|route| route::has_method(&route.path) && wanted(route))
            .filter(|route| schemes.contains(&route.scheme()))
            .map(|route| (route, decide(route)))
            .collect();
        let mut by_permission: IndexMap<&str, Vec<usize>> = IndexMap::new();
        for permission in self.catalog.permissions() {
            by_permission.insert(permission, Vec::new());
        }
        for (at, (route, _)) in routes.iter().enumerate() {
            by_permission.entry(&route.permission).or_default().push(at);
        }
        let permissions = by_permission
            .into_iter()
            .filter(|(_, places)| !places.is_empty())
            .map(|(permission, places)| {
                let of = places.iter().filter_map(|at| routes.get(*at));
                of_permission(permission, &of.collect::<Vec<_>>())
            })
            .collect();
        Rights {
            permissions,
            routes,
        }
    }
}

fn of_permission(permission: &str, routes: &[&(&Route, Option<Decision>)]) -> PermissionRights {
    let extent = |scheme| {
        let of = routes.iter().filter(|(route, _)| route.scheme() == scheme);
        Extent::of(of.map(|(_, decision)| decision.as_ref()))
    };
    let by = AuthScheme::ALL.into_iter().filter_map(|scheme| {
        let mut decided = routes
            .iter()
            .filter(|(route, _)| route.scheme() == scheme)
            .filter_map(|(_, decision)| decision.as_ref());
        let first = decided.clone().next()?;
        // What is granted says more than what is not, and where nothing speaks of it the
        // extent says it all.
        let telling = decided
            .find(|decision| decision.is_allow())
            .unwrap_or(first);
        (telling.basis != Basis::NoStatement).then(|| (scheme, telling.explain()))
    });
    PermissionRights {
        permission: permission.to_owned(),
        bearer: extent(AuthScheme::Bearer),
        sigv4: extent(AuthScheme::SigV4),
        by: by.collect(),
    }
}
