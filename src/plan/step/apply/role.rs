//! An inline policy of a role: written over what was seen and nothing else, then read back.

use std::time::Duration;

use super::{Applied, Step, Tools};
use crate::{
    access::role_policy::same_document,
    domain::{ErrorClass, Failure},
};

/// How often a policy is read back: IAM shows a change everywhere after some seconds only.
const LOOKS: u32 = 10;
/// How long there is between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Makes a step that changes a policy of a role.
pub(super) async fn apply(step: &Step, tools: &Tools) -> Result<Applied, Failure> {
    let change = match step {
        Step::PutRolePolicy {
            role,
            policy,
            after,
            before,
        } => Change {
            role,
            policy,
            before: before.as_deref(),
            after: Some(after),
        },
        Step::DeleteRolePolicy {
            role,
            policy,
            before,
        } => Change {
            role,
            policy,
            before: Some(before),
            after: None,
        },
        _ => return Ok(Applied::default()),
    };
    change.apply(tools).await
}

/// A change of one policy.
struct Change<'a> {
    /// The role's name.
    role: &'a str,
    /// The policy's name.
    policy: &'a str,
    /// What was seen when this was planned; none where there was no such policy.
    before: Option<&'a str>,
    /// What it is to be; none where it goes.
    after: Option<&'a str>,
}

impl Change<'_> {
    /// Makes it, unless it is so already.
    async fn apply(&self, tools: &Tools) -> Result<Applied, Failure> {
        let (iam, writes) = (&tools.cloud.iam, &tools.writes);
        let there = iam.find_inline_policy(self.role, self.policy).await?;
        let same = |document: Option<&str>| match (there.as_deref(), document) {
            (Some(there), Some(document)) => same_document(there, document),
            (there, document) => there == document,
        };
        if same(self.after) {
            // It was planned since it was not so: this plan made it, and its answer got lost.
            return Ok(Applied::ours());
        }
        if !same(self.before) {
            return Err(Failure::new(
                ErrorClass::Conflict,
                format!("changing the policy {} of role {}", self.policy, self.role),
                "somebody changed it meanwhile",
            )
            .advise("look at what it is now, then plan again"));
        }
        match self.after {
            Some(document) => {
                iam.put_role_policy(writes, self.role, self.policy, document)
                    .await?;
            }
            None => {
                iam.delete_role_policy(writes, self.role, self.policy)
                    .await?;
            }
        }
        self.read_back(tools).await?;
        Ok(Applied::ours())
    }

    /// Looks until the change is seen.
    async fn read_back(&self, tools: &Tools) -> Result<(), Failure> {
        for _ in 0..LOOKS {
            let there = tools
                .cloud
                .iam
                .find_inline_policy(self.role, self.policy)
                .await?;
            let seen = match (there.as_deref(), self.after) {
                (Some(there), Some(document)) => same_document(there, document),
                (None, None) => true,
                _ => false,
            };
            if seen {
                return Ok(());
            }
            let pause = tokio::time::sleep(PAUSE);
            if tools.cancel.run_until_cancelled(pause).await.is_none() {
                break;
            }
        }
        Err(Failure::new(
            ErrorClass::Unavailable,
            format!(
                "reading back the policy {} of role {}",
                self.policy, self.role
            ),
            "IAM took the change and does not show it yet",
        )
        .advise("wait some seconds, then go on with the plan"))
    }
}
