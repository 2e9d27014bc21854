//! `mlwarden matrix apply`: every execution role is given what its row declares.

use crate::{
    access::role_policy::{self, RolePolicyChange},
    cli::{
        OK,
        args::Global,
        carry_out::{self, Proposal},
        output, roles,
        session::Session,
    },
    domain::{ExecutionRole, Failure},
    plan::{Place, Refused, role_policy::role_policies},
};

/// Plans the policies of all roles as one, shows them, writes them, and proves them.
pub(super) async fn run(global: &Global, no_proof: bool) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let yardstick = roles::Yardstick::of(global, &session)?;
    let mut proposal = Proposal::default();
    let mut changes: Vec<(ExecutionRole, RolePolicyChange)> = Vec::new();
    for (found, read) in session
        .cloud
        .iam
        .documents(session.deployment.roles())
        .await
    {
        let Some(row) = yardstick.row(&found) else {
            proposal.notes.push(format!(
                "{} stands in no row of the matrix and stays as it is",
                found.name
            ));
            continue;
        };
        let change = read
            .and_then(|role| role_policy::change(&role, row, &yardstick.api, &yardstick.catalog));
        match change {
            Ok(change) if change.writes.is_empty() => proposal.complete.push(found.name.clone()),
            Ok(change) => {
                proposal.notes.extend(roles::consequences(&change));
                if !global.dry_run && !global.yes {
                    for write in &change.writes {
                        output::note(role_policy::diff(write).trim_end());
                    }
                }
                changes.push((found, change));
            }
            Err(failure) => proposal.refused.push(Refused {
                subject: found.name.clone(),
                line: 0,
                why: failure.to_string(),
            }),
        }
    }
    proposal.plan = Some(role_policies(
        changes.iter().map(|(_, change)| change),
        Place::of(&session.deployment),
    ));
    let carried = carry_out::carry(global, &session, proposal).await?;
    if no_proof || carried.code != OK {
        return Ok(carried.code);
    }
    let mut worst = OK;
    for (found, _) in &changes {
        let made = carried.made.iter().any(|item| item.subject == found.name);
        if made {
            worst = worst.max(roles::prove(global, &session, found).await?);
        }
    }
    Ok(worst)
}
