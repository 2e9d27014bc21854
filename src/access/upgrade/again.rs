//! The pre-flight flown again with the proposal in effect: whether it keeps what would be lost.

use serde::Serialize;

use super::{Outlook, Preflight, Standing, Subject, preflight};
use crate::{
    access::{Api, Catalog, Matrix, contract_of, policy_set, role_policy},
    domain::{ExecutionRole, Principal, Role},
};

/// What the proposal does to what the upgrade takes and opens, once it is in effect for the
/// groups and for the roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Again {
    /// How many of the lost jobs work then.
    pub kept: usize,
    /// The jobs that are lost all the same, in words.
    pub lost: Vec<String>,
    /// The routes that open silently all the same, in words.
    pub open: Vec<String>,
    /// The roles whose policy cannot be written, with the reason.
    pub unwritable: Vec<String>,
}

impl Again {
    /// Whether nothing is lost and nothing opens silently any more.
    pub fn is_clear(&self) -> bool {
        self.lost.is_empty() && self.open.is_empty() && self.unwritable.is_empty()
    }
}

/// Flies again as if `after` were published and applied: groups by the rules that it compiles
/// to, and roles by all their policies with the inline one that it asks for.
pub fn again(
    flight: &Preflight,
    after: &Matrix,
    groups: &[String],
    roles: &[(ExecutionRole, Role)],
    api: &Api,
) -> Again {
    let catalog = Catalog::for_version(flight.to);
    let contract = contract_of(after, &catalog);
    let mut unwritable = Vec::new();
    let policies: Vec<_> = roles
        .iter()
        .map(|(found, role)| {
            let principal = Principal::Role(found.arn.clone());
            let row = after.row_of(&principal, std::slice::from_ref(found));
            let change = row.map(|row| role_policy::change(role, row, api, &catalog));
            let role = match change {
                Some(Ok(change)) => role_policy::written(role, &change.writes),
                Some(Err(failure)) => {
                    unwritable.push(failure.to_string());
                    role.clone()
                }
                None => role.clone(),
            };
            (found, policy_set(&role))
        })
        .collect();
    let mut subjects: Vec<Subject<'_>> = groups
        .iter()
        .map(|group| Subject::group(group, &contract, after))
        .collect();
    for (found, set) in &policies {
        subjects.push(Subject::role(found, set, api, after));
    }
    let then = preflight(flight.from, flight.to, &subjects);
    let recovers = |lost: &Outlook| {
        then.jobs.iter().any(|outlook| {
            outlook.principal == lost.principal
                && outlook.job == lost.job
                && outlook.then == Standing::Works
        })
    };
    let (kept, still): (Vec<&Outlook>, Vec<&Outlook>) =
        flight.lost().partition(|lost| recovers(lost));
    let words = |outlook: &Outlook| format!("{}: {}", outlook.principal, outlook.words);
    Again {
        kept: kept.len(),
        lost: still.into_iter().map(words).collect(),
        open: then
            .silent()
            .map(|gain| format!("{}: {}", gain.principal, gain.route))
            .collect(),
        unwritable,
    }
}
