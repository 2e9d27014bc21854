//! The execution roles: as given, else the profiles', else those whose policies name the API.

use futures::{StreamExt, stream};

use super::{Discovered, Known, Ledger, call, studio::OfProfiles};
use crate::{
    aws::{Cloud, iam::RoleSummary},
    domain::{ErrorClass, ExecutionRole, Failure, Found, Origin},
};

/// Roles whose policies are read side by side.
const SIDE_BY_SIDE: usize = 4;

pub(super) async fn find(
    cloud: &Cloud,
    known: &Known,
    account: Option<&str>,
    api: Option<&str>,
    of_profiles: OfProfiles,
    ledger: &Ledger<'_>,
) {
    let found = if let Some(given) = &known.execution_roles {
        Found::new(
            as_given(&given.value, account, &of_profiles.roles, ledger),
            given.origin.clone(),
        )
    } else if !of_profiles.roles.is_empty() {
        let mut roles = of_profiles.roles;
        if !of_profiles.complete
            && let Some(api) = api
        {
            // What no profile that was looked at has.
            match by_policy(cloud, api, ledger).await {
                Ok(more) => {
                    let new = |role: &ExecutionRole| roles.iter().all(|one| one.arn != role.arn);
                    let more: Vec<_> = more.into_iter().filter(new).collect();
                    roles.extend(more);
                }
                Err(failure) => ledger.problem("execution_roles", failure),
            }
        }
        Found::new(roles, call("sagemaker:DescribeUserProfile"))
    } else if let Some(api) = api {
        match by_policy(cloud, api, ledger).await {
            Ok(roles) if !roles.is_empty() => Found::new(
                roles,
                Origin::Derived("the roles whose policies name the API".into()),
            ),
            Ok(_) => {
                return ledger.problem(
                    "execution_roles",
                    Failure::new(
                        ErrorClass::NotFound,
                        "looking for the execution roles",
                        "no profile has one, and no role's policies name the API",
                    )
                    .advise("give the execution roles by name or ARN"),
                );
            }
            Err(failure) => return ledger.problem("execution_roles", failure),
        }
    } else {
        return ledger.problem(
            "execution_roles",
            Failure::new(
                ErrorClass::NotFound,
                "looking for the execution roles",
                "neither the Studio domain nor the API is known",
            )
            .advise("give the execution roles by name or ARN"),
        );
    };
    ledger.tell(Discovered::ExecutionRoles(found));
}

/// The last part of a role's ARN (or of a path).
pub(super) fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The given roles, with their profiles where those are known.
fn as_given(
    given: &[String],
    account: Option<&str>,
    of_profiles: &[ExecutionRole],
    ledger: &Ledger<'_>,
) -> Vec<ExecutionRole> {
    given
        .iter()
        .filter_map(|role| {
            let known = of_profiles
                .iter()
                .find(|known| known.arn == *role || known.name == *role);
            if let Some(known) = known {
                return Some(known.clone());
            }
            let arn = if role.starts_with("arn:") {
                role.clone()
            } else if let Some(account) = account {
                format!("arn:aws:iam::{account}:role/{role}")
            } else {
                ledger.problem(
                    "execution_roles",
                    Failure::invalid(
                        format!("making the ARN of role {role}"),
                        "the account is not known",
                    )
                    .advise("give the role's ARN"),
                );
                return None;
            };
            Some(ExecutionRole {
                name: name_of(&arn).to_owned(),
                arn,
                profiles: Vec::new(),
            })
        })
        .collect()
}

/// The roles that `SageMaker` may assume and whose policies name the API. Reading every
/// role's policies would take two calls and more for each role of the account.
async fn by_policy(
    cloud: &Cloud,
    api: &str,
    ledger: &Ledger<'_>,
) -> Result<Vec<ExecutionRole>, Failure> {
    let mut roles = cloud.iam.roles().await?;
    roles.retain(|role| role.trust.contains("sagemaker.amazonaws.com"));
    let mut refused: Option<Failure> = None;
    let mut found: Vec<ExecutionRole> = Vec::new();
    let mut checked = stream::iter(roles)
        .map(|role| async {
            let names_it = names_api(cloud, &role, api).await;
            (role, names_it)
        })
        .buffered(SIDE_BY_SIDE);
    while let Some((role, names_it)) = checked.next().await {
        match names_it {
            Ok(true) => found.push(ExecutionRole {
                name: role.name,
                arn: role.arn,
                profiles: Vec::new(),
            }),
            Ok(false) => {}
            Err(failure) => refused = Some(refused.unwrap_or(failure)),
        }
    }
    match refused {
        Some(failure) if found.is_empty() => return Err(failure),
        Some(failure) => ledger.problem("execution_roles", failure),
        None => {}
    }
    found.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(found)
}

async fn names_api(cloud: &Cloud, role: &RoleSummary, api: &str) -> Result<bool, Failure> {
    let policies = cloud.iam.inline_policies(&role.name).await?;
    Ok(policies
        .iter()
        .any(|policy| policy.document.contains("execute-api") && policy.document.contains(api)))
}
