//! The pre-flight of an upgrade of MLflow: what each group and role loses or silently gains.
//!
//! Pure: what is deployed is decided for the routes of the version that runs and of the one
//! that is to come, job by job.

mod again;
mod job;
mod proposal;

use serde::Serialize;

pub use again::{Again, again};
pub use job::{By, Job, jobs};
pub use proposal::{Proposal, Proposed, propose};

use super::{
    Api, Catalog, Context, Contract, Decision, Effect, INVOKE, Kind, Matrix, MatrixRow, PolicySet,
    Route, catalog, cover,
    matrix::Said,
    route::{has_method, operation_of},
};
use crate::domain::{AuthScheme, ExecutionRole, Principal};

/// Parts of an operation that say that reading it tells a secret, or where one is kept.
const SECRETS: [&str; 2] = ["mlflow/webhooks", "mlflow/gateway/secrets"];

/// Somebody who is decided for: a group by its token, or a role by its signature.
pub struct Subject<'a> {
    principal: Principal,
    scheme: AuthScheme,
    row: Option<&'a MatrixRow>,
    decide: Box<dyn Fn(&Route) -> Decision + 'a>,
}

impl<'a> Subject<'a> {
    /// A group, as the authorizer decides for its members.
    pub fn group(name: &str, contract: &'a Contract, matrix: &'a Matrix) -> Self {
        let caller = contract.caller(&[name.to_owned()]);
        let principal = Principal::Group(name.to_owned());
        Self {
            row: matrix.row_of(&principal, &[]),
            principal,
            scheme: AuthScheme::Bearer,
            decide: Box::new(move |route| {
                caller.decide(route.method, &cover::concrete(&route.path))
            }),
        }
    }

    /// An execution role, as its policies decide.
    pub fn role(
        role: &ExecutionRole,
        policies: &'a PolicySet,
        api: &'a Api,
        matrix: &'a Matrix,
    ) -> Self {
        let invoke = policies.for_action(INVOKE);
        let by_arn = Principal::Role(role.arn.clone());
        Self {
            row: matrix.row_of(&by_arn, std::slice::from_ref(role)),
            principal: Principal::Role(role.name.clone()),
            scheme: AuthScheme::SigV4,
            decide: Box::new(move |route| {
                let arn = api.arn(route.method, &cover::concrete(&route.path));
                invoke.evaluate(&arn, &Context::new())
            }),
        }
    }

    fn row_name(&self) -> Option<String> {
        self.row.map(|row| row.name.clone())
    }
}

/// How a job stands in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Everything that it needs is allowed.
    Works,
    /// Something that it needs is refused.
    Refused,
    /// The version does not have it.
    Absent,
}

/// A route that a job needs and that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// `METHOD /path`.
    pub route: String,
    /// What refuses it, in words.
    pub why: String,
}

/// One job of one principal, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// Whose.
    pub principal: Principal,
    /// The row of the matrix that the principal stands in.
    pub row: Option<String>,
    /// The job's name.
    pub job: &'static str,
    /// The job in words.
    pub words: &'static str,
    /// What does it.
    pub by: By,
    /// How its routes in the version to come were learned.
    pub measured: Option<&'static str>,
    /// How it stands now.
    pub now: Standing,
    /// How it stands after the upgrade.
    pub then: Standing,
    /// What of it is refused after the upgrade.
    pub missing: Vec<Missing>,
}

impl Outlook {
    /// Whether it works now, and will not.
    pub fn lost(&self) -> bool {
        self.now == Standing::Works && self.then != Standing::Works
    }
}

/// What a route that opens may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// It reads.
    Read,
    /// It reads a secret, or where one is sent.
    Secret,
    /// It creates or changes.
    Write,
    /// It deletes.
    Delete,
}

impl Danger {
    /// What a route may do.
    pub fn of(route: &Route) -> Self {
        let operation = operation_of(&route.path);
        let secret = || SECRETS.iter().any(|part| operation.contains(part));
        match route.kind {
            Kind::Delete => Self::Delete,
            Kind::Write => Self::Write,
            Kind::Read if secret() => Self::Secret,
            Kind::Read => Self::Read,
        }
    }

    /// The word for outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Secret => "secret",
            Self::Write => "write",
            Self::Delete => "delete",
        }
    }
}

/// A route of the version to come that something which is deployed opens already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gain {
    /// For whom.
    pub principal: Principal,
    /// The row of the matrix that the principal stands in.
    pub row: Option<String>,
    /// `METHOD /path`.
    pub route: String,
    /// Its permission.
    pub permission: String,
    /// What it may do.
    pub danger: Danger,
    /// What opens it, in words.
    pub by: String,
    /// Whether nobody asked for it: the row does not allow it, or it is more than a read and
    /// only a wildcard of the row allows it.
    pub silent: bool,
}

/// What an upgrade means for everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preflight {
    /// The known version that stands for what runs.
    pub from: &'static str,
    /// The known version that stands for what is to come.
    pub to: &'static str,
    /// Every job of every principal.
    pub jobs: Vec<Outlook>,
    /// What opens. Who may do everything by the matrix gains nothing here.
    pub gains: Vec<Gain>,
    /// Routes that the version to come does not have any more, as `METHOD /path`.
    pub gone: Vec<String>,
}

impl Preflight {
    /// The jobs that are lost.
    pub fn lost(&self) -> impl Iterator<Item = &Outlook> {
        self.jobs.iter().filter(|outlook| outlook.lost())
    }

    /// The routes that open and that nobody asked for.
    pub fn silent(&self) -> impl Iterator<Item = &Gain> {
        self.gains.iter().filter(|gain| gain.silent)
    }

    /// Whether nothing is lost and nothing opens silently.
    pub fn is_clear(&self) -> bool {
        self.lost().next().is_none() && self.silent().next().is_none()
    }
}

/// Holds what is deployed against the version that runs and the one that is to come.
pub fn preflight(now: &str, target: &str, subjects: &[Subject<'_>]) -> Preflight {
    let (from, to) = (catalog::known(now), catalog::known(target));
    let (before, after) = (Catalog::for_version(from), Catalog::for_version(to));
    let gone = before.routes().iter();
    let gone = gone.filter(|route| !route.versions.contains(&to)).map(name);
    Preflight {
        from,
        to,
        jobs: subjects
            .iter()
            .flat_map(|subject| outlooks(subject, (from, &before), (to, &after)))
            .collect(),
        gains: subjects
            .iter()
            .flat_map(|subject| gains(subject, from, &after))
            .collect(),
        gone: gone.collect(),
    }
}

/// `METHOD /path`.
fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

type Version<'c> = (&'static str, &'c Catalog);

fn outlooks(
    subject: &Subject<'_>,
    (from, before): Version<'_>,
    (to, after): Version<'_>,
) -> Vec<Outlook> {
    let own = jobs().iter();
    let own = own.filter(|job| job.by.scheme() == subject.scheme);
    own.map(|job| {
        let (now, _) = standing(subject, job.needs(from, before));
        let (then, missing) = standing(subject, job.needs(to, after));
        Outlook {
            principal: subject.principal.clone(),
            row: subject.row_name(),
            job: &job.name,
            words: &job.words,
            by: job.by,
            measured: job.measured(to),
            now,
            then,
            missing,
        }
    })
    .collect()
}

fn standing(subject: &Subject<'_>, needs: Option<Vec<Vec<&Route>>>) -> (Standing, Vec<Missing>) {
    let Some(needs) = needs else {
        return (Standing::Absent, Vec::new());
    };
    let mut missing = Vec::new();
    for alternatives in needs {
        let decide = |route: &&Route| (subject.decide)(route);
        if alternatives.iter().any(|route| decide(route).is_allow()) {
            continue;
        }
        missing.extend(alternatives.first().map(|route| Missing {
            route: name(route),
            why: decide(route).explain(),
        }));
    }
    if missing.is_empty() {
        (Standing::Works, missing)
    } else {
        (Standing::Refused, missing)
    }
}

fn gains(subject: &Subject<'_>, from: &str, after: &Catalog) -> Vec<Gain> {
    if subject.row.is_some_and(MatrixRow::is_almighty) {
        return Vec::new();
    }
    let new = after.routes().iter().filter(|route| {
        !route.versions.contains(&from)
            && route.scheme() == subject.scheme
            && has_method(&route.path)
    });
    new.filter_map(|route| {
        let decision = (subject.decide)(route);
        decision.is_allow().then(|| Gain {
            principal: subject.principal.clone(),
            row: subject.row_name(),
            route: name(route),
            permission: route.permission.clone(),
            danger: Danger::of(route),
            by: decision.explain(),
            silent: !subject
                .row
                .is_some_and(|row| asked_for(route, row.says(route))),
        })
    })
    .collect()
}

/// Whether a row allows a route on purpose: reads may come by a wildcard, nothing else.
fn asked_for(route: &Route, said: Said<'_>) -> bool {
    let named = said.entry.is_some_and(|entry| !entry.contains(['*', '?']));
    said.effect == Effect::Allow && (named || Danger::of(route) == Danger::Read)
}

#[cfg(test)]
mod tests;
