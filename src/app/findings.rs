//! What an admin should act on, as far as the lists that were read tell it.

use jiff::Timestamp;

use super::state::State;
use crate::access::{Contract, Finding, finding};

/// For how many days Cognito keeps a temporary password where the pool says nothing else.
const INVITATION_DAYS: u16 = 7;

/// The findings about people and groups; none before both lists are complete.
pub(super) fn people(state: &State, now: Timestamp) -> Vec<Finding> {
    let (Some(users), Some(rows), Some(_), Some(_)) = (
        state.users.shown(),
        state.groups.shown(),
        state.users.at(),
        state.groups.at(),
    ) else {
        return Vec::new();
    };
    let contract = Contract::sample();
    let groups_of = |name: &str| -> Vec<String> {
        state
            .groups_of(name)
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let memberships: Vec<Vec<String>> =
        users.iter().map(|user| groups_of(&user.username)).collect();
    let groups: Vec<_> = rows.iter().map(|row| row.group.clone()).collect();
    let mut findings: Vec<Finding> = users
        .iter()
        .zip(&memberships)
        .filter_map(|(user, groups)| finding::several_groups(user, groups, &contract))
        .collect();
    let with_groups = users
        .iter()
        .zip(&memberships)
        .map(|(user, groups)| (user, groups.as_slice()));
    findings.extend(finding::groupless(with_groups, &contract));
    findings.extend(finding::unconfirmed(users));
    findings.extend(finding::expired_invitations(users, now, INVITATION_DAYS));
    findings.extend(finding::authorizer_order(&contract, &groups));
    findings.extend(finding::unknown_groups(&contract, &groups));
    finding::sort(&mut findings);
    findings
}
