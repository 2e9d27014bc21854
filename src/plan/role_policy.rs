//! Giving execution roles what the matrix declares, as one plan. Pure.

use super::{Item, Place, Plan, Step};
use crate::access::role_policy::{PolicyWrite, RolePolicyChange};

/// Plans these changes, a role an item. What gives rights comes before what takes them, so that
/// nobody is without them in between.
pub fn role_policies<'a>(
    changes: impl IntoIterator<Item = &'a RolePolicyChange>,
    place: Place,
) -> Plan {
    let items: Vec<Item> = changes
        .into_iter()
        .filter(|change| !change.writes.is_empty())
        .map(|change| Item::new(change.role.clone(), steps(change)))
        .collect();
    let title = match items.as_slice() {
        [one] => format!("change the MLflow policy of {}", one.subject),
        several => format!("change the MLflow policies of {} roles", several.len()),
    };
    Plan::new(title, place, items)
}

fn steps(change: &RolePolicyChange) -> Vec<Step> {
    let mut writes: Vec<&PolicyWrite> = change.writes.iter().collect();
    writes.sort_by_key(|write| write.after.is_none());
    writes
        .into_iter()
        .filter_map(|write| {
            let (role, policy) = (change.role.clone(), write.name.clone());
            Some(match (&write.after, &write.before) {
                (Some(after), before) => Step::PutRolePolicy {
                    role,
                    policy,
                    after: after.clone(),
                    before: before.clone(),
                },
                (None, Some(before)) => Step::DeleteRolePolicy {
                    role,
                    policy,
                    before: before.clone(),
                },
                (None, None) => return None,
            })
        })
        .collect()
}
