//! Giving execution roles what the matrix declares, as one plan. Pure.

use super::{Item, Place, Plan, Step};
use crate::access::{
    door::Replacement,
    role_policy::{PolicyWrite, RolePolicyChange},
};

/// Plans these changes, a role an item. What gives rights comes before what takes them, so that
/// nobody is without them in between.
pub fn role_policies<'a>(
    changes: impl IntoIterator<Item = &'a RolePolicyChange>,
    place: Place,
) -> Plan {
    let items: Vec<Item> = changes
        .into_iter()
        .filter(|change| !change.writes.is_empty())
        .map(|change| Item::new(change.role.clone(), steps(&change.role, &change.writes)))
        .collect();
    let title = match items.as_slice() {
        [one] => format!("change the MLflow policy of {}", one.subject),
        several => format!("change the MLflow policies of {} roles", several.len()),
    };
    Plan::new(title, place, items)
}

/// Plans what closes a role's side doors. The policies that give come first, then the managed
/// ones are detached, so that the role is never without what it keeps; taking it back goes the
/// other way round.
pub fn close_doors(change: &Replacement, place: Place) -> Plan {
    let mut steps = steps(&change.role, &change.writes);
    steps.extend(change.detaches.iter().map(|arn| Step::DetachRolePolicy {
        role: change.role.clone(),
        arn: arn.clone(),
    }));
    let items = if steps.is_empty() {
        Vec::new()
    } else {
        vec![Item::new(change.role.clone(), steps)]
    };
    Plan::new(
        format!("close the side doors of {}", change.role),
        place,
        items,
    )
}

fn steps(role: &str, writes: &[PolicyWrite]) -> Vec<Step> {
    let mut writes: Vec<&PolicyWrite> = writes.iter().collect();
    writes.sort_by_key(|write| write.after.is_none());
    writes
        .into_iter()
        .filter_map(|write| {
            let (role, policy) = (role.to_owned(), write.name.clone());
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
