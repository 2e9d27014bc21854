//! Why somebody may use a route or not: the chain from the person to the statement, what the
//! matrix declares, and what would have to change to turn the decision around.
//!
//! Everything that is proposed was tried on a copy first: a change that does not turn the
//! decision around is not shown.

mod chain;
mod flip;
mod signature;
mod token;

use serde::Serialize;

pub use flip::{Also, Change, Edit, Flip};

use super::{
    Decision, Matrix, Method, Route,
    audit::{House, Subject},
};
use crate::domain::{AuthScheme, Principal};

/// What a link of the chain is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// The user.
    User,
    /// A group that the token carries.
    Group,
    /// The authorizer, and what it makes of the groups.
    Authorizer,
    /// A rule of the authorizer.
    Rule,
    /// The Studio profile.
    Profile,
    /// The execution role.
    Role,
    /// The permissions boundary.
    Boundary,
    /// A policy statement.
    Statement,
    /// The pattern that the request's ARN matches.
    Pattern,
    /// The API.
    Gateway,
}

impl LinkKind {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Authorizer => "authorizer",
            Self::Rule => "rule",
            Self::Profile => "profile",
            Self::Role => "role",
            Self::Boundary => "boundary",
            Self::Statement => "statement",
            Self::Pattern => "pattern",
            Self::Gateway => "gateway",
        }
    }
}

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it is about.
    pub kind: LinkKind,
    /// Its name: the user's, the group's, the policy's and statement's, the pattern itself.
    pub name: String,
    /// What it does here, in words.
    pub says: String,
}

/// What the matrix declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// Who stands in the row: `group:readers`, `role:NAME`.
    pub of: Principal,
    /// The row's name.
    pub row: String,
    /// What it declares.
    pub effect: super::Effect,
    /// By which entry, in words: `row reader allows *:read`.
    pub says: String,
}

/// Why somebody may use a route or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Who.
    pub principal: Principal,
    /// Whether the groups are only supposed.
    pub supposed: bool,
    /// How the request is authenticated.
    pub scheme: AuthScheme,
    /// The route's method.
    pub method: Method,
    /// The route's path.
    pub path: String,
    /// The permission that it belongs to.
    pub permission: String,
    /// The chain, from the person to the statement.
    pub links: Vec<Link>,
    /// What comes of it; none where it is not known.
    pub decision: Option<Decision>,
    /// What the matrix declares; nothing where the subject stands in no row.
    pub declared: Vec<Declared>,
    /// What would turn the decision around, the smallest change first.
    pub flips: Vec<Flip>,
}

impl Explanation {
    /// The answer in one line.
    pub fn answer(&self) -> String {
        self.decision.as_ref().map_or_else(
            || "unknown: the role's policies are not known".to_owned(),
            |decision| format!("{}: {}", decision.effect, decision.explain()),
        )
    }
}

/// Explains what comes of a request, and what would turn it around.
pub fn explain(
    house: &House<'_>,
    matrix: &Matrix,
    subject: &Subject<'_>,
    route: &Route,
) -> Explanation {
    let decision = house.decide(subject.means(route.scheme()), route);
    let flips = match &decision {
        Some(decision) => flip::flips(house, matrix, subject, route, decision),
        None => Vec::new(),
    };
    Explanation {
        principal: subject.principal.clone(),
        supposed: subject.supposed,
        scheme: route.scheme(),
        method: route.method,
        path: route.path.clone(),
        permission: route.permission.clone(),
        links: chain::links(house, subject, route, decision.as_ref()),
        decision,
        declared: declared(matrix, subject, route),
        flips,
    }
}

/// What the matrix declares for a subject: for each group of a token that stands in a row, or
/// for the role.
pub fn declared(matrix: &Matrix, subject: &Subject<'_>, route: &Route) -> Vec<Declared> {
    let of = |principal: Principal, row: &super::MatrixRow| {
        let said = row.says(route);
        Declared {
            of: principal,
            row: row.name.clone(),
            effect: said.effect,
            says: said.in_words(&row.name),
        }
    };
    match (route.scheme(), &subject.groups, subject.role) {
        (AuthScheme::Bearer, Some(groups), _) => groups
            .iter()
            .filter_map(|group| {
                let principal = Principal::Group(group.clone());
                let row = matrix.row_of(&principal, &[])?;
                Some(of(principal, row))
            })
            .collect(),
        (AuthScheme::SigV4, _, Some(known)) => {
            let roles = std::slice::from_ref(known.role);
            let principal = Principal::Role(known.role.name.clone());
            let row = matrix.row_of(&principal, roles);
            row.map(|row| of(principal, row)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
