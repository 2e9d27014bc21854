//! IAM: roles with their documents, trust, and the service's own simulator.
//!
//! IAM returns policy documents percent-encoded and the SDK leaves them so; here they
//! are decoded.

use aws_config::SdkConfig;
use aws_sdk_iam::types::ContextKeyTypeEnum;
use futures::{StreamExt, TryStreamExt, stream};
use percent_encoding::percent_decode_str;

use super::{Page, WriteAccess, all_pages, failure::Attempted};
use crate::domain::{ErrorClass, ExecutionRole, Failure, PolicySource, Role, RolePolicy};

/// Calls for one role's documents side by side.
const SIDE_BY_SIDE: usize = 4;
/// Roles that are read at the same time.
const ROLES_AT_ONCE: usize = 8;

/// A role as a list gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSummary {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The trust policy, percent-decoded JSON text.
    pub trust: String,
}

/// What the simulator decided for one action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// `allowed`, `explicitDeny` or `implicitDeny`, in IAM's words.
    pub decision: String,
    /// The ids of the policies whose statements matched.
    pub matched: Vec<String>,
    /// Condition keys that the policies ask for and the request does not give.
    pub missing_context: Vec<String>,
}

/// The IAM adapter.
#[derive(Clone, Debug)]
pub struct Iam {
    client: aws_sdk_iam::Client,
}

impl Iam {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_iam::Client::new(config),
        }
    }

    /// These roles with their documents, in their order, each for itself: see [`Self::role`].
    pub async fn documents(
        &self,
        found: &[ExecutionRole],
    ) -> Vec<(ExecutionRole, Result<Role, Failure>)> {
        stream::iter(found.to_vec())
            .map(|found| async move {
                let role = self.role(&found.name).await;
                (found, role)
            })
            .buffered(ROLES_AT_ONCE)
            .collect()
            .await
    }

    /// A role with its trust, its inline and managed policies and its boundary.
    ///
    /// Calls: one for the role, one for each list, one for each inline policy, two for
    /// each managed one (and for the boundary).
    pub async fn role(&self, name: &str) -> Result<Role, Failure> {
        let attempted = Attempted::new("iam:GetRole", format!("reading the role {name}"));
        let (role, inline, managed) = futures::try_join!(
            async {
                self.client
                    .get_role()
                    .role_name(name)
                    .send()
                    .await
                    .map_err(|error| attempted.failed(&error))?
                    .role
                    .ok_or_else(|| attempted.incomplete("role"))
            },
            Box::pin(self.inline_policies(name)),
            Box::pin(self.managed_policies(name)),
        )?;
        let mut policies = inline;
        policies.extend(managed);
        let boundary = role
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn);
        if let Some(arn) = boundary {
            policies.push(RolePolicy {
                document: self.managed_document(&arn).await?,
                source: PolicySource::Boundary(arn),
            });
        }
        Ok(Role {
            name: role.role_name,
            arn: role.arn,
            trust: decoded(role.assume_role_policy_document.as_deref()),
            policies,
        })
    }

    /// One page of the account's roles.
    pub async fn roles_page(&self, token: Option<String>) -> Result<Page<RoleSummary>, Failure> {
        let attempted = Attempted::new("iam:ListRoles", "listing the roles");
        let answer = self
            .client
            .list_roles()
            .max_items(1000)
            .set_marker(token)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(Page {
            items: answer
                .roles
                .into_iter()
                .map(|role| RoleSummary {
                    name: role.role_name,
                    arn: role.arn,
                    trust: decoded(role.assume_role_policy_document.as_deref()),
                })
                .collect(),
            next: answer.marker.filter(|_| answer.is_truncated),
        })
    }

    /// Every role of the account.
    pub async fn roles(&self) -> Result<Vec<RoleSummary>, Failure> {
        all_pages(|token| self.roles_page(token)).await
    }

    /// The inline policies of a role, in the order IAM lists them.
    pub async fn inline_policies(&self, role: &str) -> Result<Vec<RolePolicy>, Failure> {
        let attempted = Attempted::new(
            "iam:ListRolePolicies",
            format!("listing the inline policies of role {role}"),
        );
        let names = all_pages(|token| async {
            let answer = self
                .client
                .list_role_policies()
                .role_name(role)
                .set_marker(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            Ok(Page {
                items: answer.policy_names,
                next: answer.marker.filter(|_| answer.is_truncated),
            })
        })
        .await?;
        stream::iter(names)
            .map(|name| self.inline_policy(role, name))
            .buffered(SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    /// The document of one inline policy, percent-decoded; none where there is none.
    ///
    /// # Errors
    /// `NotFound` where there is no such role is none here: it has no such policy either.
    pub async fn find_inline_policy(
        &self,
        role: &str,
        name: &str,
    ) -> Result<Option<String>, Failure> {
        match self.inline_policy(role, name.to_owned()).await {
            Ok(policy) => Ok(Some(policy.document)),
            Err(failure) if failure.class == ErrorClass::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Puts an inline policy into a role, in place of one with the same name.
    ///
    /// # Errors
    /// `NotFound` where there is no such role, `Invalid` where IAM does not take the document,
    /// or where the role's inline policies would be too large together.
    pub async fn put_role_policy(
        &self,
        _: &WriteAccess,
        role: &str,
        name: &str,
        document: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "iam:PutRolePolicy",
            format!("writing the policy {name} of role {role}"),
        );
        self.client
            .put_role_policy()
            .role_name(role)
            .policy_name(name)
            .policy_document(document)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Deletes an inline policy of a role.
    ///
    /// # Errors
    /// `NotFound` where there is no such role, or no such policy.
    pub async fn delete_role_policy(
        &self,
        _: &WriteAccess,
        role: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "iam:DeleteRolePolicy",
            format!("deleting the policy {name} of role {role}"),
        );
        self.client
            .delete_role_policy()
            .role_name(role)
            .policy_name(name)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Attaches a managed policy to a role; one that is attached already stays so.
    ///
    /// # Errors
    /// `NotFound` where there is no such role, or no such policy.
    pub async fn attach_role_policy(
        &self,
        _: &WriteAccess,
        role: &str,
        arn: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "iam:AttachRolePolicy",
            format!("attaching the policy {arn} to role {role}"),
        );
        self.client
            .attach_role_policy()
            .role_name(role)
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Detaches a managed policy from a role.
    ///
    /// # Errors
    /// `NotFound` where there is no such role, or the policy is not attached to it.
    pub async fn detach_role_policy(
        &self,
        _: &WriteAccess,
        role: &str,
        arn: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "iam:DetachRolePolicy",
            format!("detaching the policy {arn} from role {role}"),
        );
        self.client
            .detach_role_policy()
            .role_name(role)
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    async fn inline_policy(&self, role: &str, name: String) -> Result<RolePolicy, Failure> {
        let attempted = Attempted::new(
            "iam:GetRolePolicy",
            format!("reading the inline policy {name} of role {role}"),
        );
        let answer = self
            .client
            .get_role_policy()
            .role_name(role)
            .policy_name(&name)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(RolePolicy {
            source: PolicySource::Inline(name),
            document: decoded(Some(&answer.policy_document)),
        })
    }

    /// The managed policies attached to a role, with their default versions' documents.
    pub async fn managed_policies(&self, role: &str) -> Result<Vec<RolePolicy>, Failure> {
        let attempted = Attempted::new(
            "iam:ListAttachedRolePolicies",
            format!("listing the managed policies of role {role}"),
        );
        let arns = all_pages(|token| async {
            let answer = self
                .client
                .list_attached_role_policies()
                .role_name(role)
                .set_marker(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            let more = answer.marker.filter(|_| answer.is_truncated);
            Ok(Page::of(answer.attached_policies, more, |policy| {
                policy.policy_arn
            }))
        })
        .await?;
        stream::iter(arns)
            .map(|arn| async move {
                Ok(RolePolicy {
                    document: self.managed_document(&arn).await?,
                    source: PolicySource::Managed(arn),
                })
            })
            .buffered(SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    async fn managed_document(&self, arn: &str) -> Result<String, Failure> {
        let attempted = Attempted::new("iam:GetPolicy", format!("reading the policy {arn}"));
        let version = self
            .client
            .get_policy()
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?
            .policy
            .and_then(|policy| policy.default_version_id)
            .ok_or_else(|| attempted.incomplete("default version"))?;
        let attempted = Attempted::new(
            "iam:GetPolicyVersion",
            format!("reading version {version} of the policy {arn}"),
        );
        let answer = self
            .client
            .get_policy_version()
            .policy_arn(arn)
            .version_id(version)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        let document = answer
            .policy_version
            .and_then(|version| version.document)
            .ok_or_else(|| attempted.incomplete("document"))?;
        Ok(decoded(Some(&document)))
    }

    /// Replaces a role's trust policy.
    pub async fn set_trust(
        &self,
        _: &WriteAccess,
        role: &str,
        document: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "iam:UpdateAssumeRolePolicy",
            format!("changing the trust of role {role}"),
        );
        self.client
            .update_assume_role_policy()
            .role_name(role)
            .policy_document(document)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// What IAM itself says a principal may do. No session is made, nothing is called.
    /// Results come in the order of actions, then resources.
    pub async fn simulate(
        &self,
        principal_arn: &str,
        actions: &[String],
        resources: &[String],
        context: &[(String, Vec<String>)],
    ) -> Result<Vec<Simulated>, Failure> {
        let attempted = Attempted::new(
            "iam:SimulatePrincipalPolicy",
            format!("simulating the policies of {principal_arn}"),
        );
        let entries: Vec<_> = context
            .iter()
            .map(|(key, values)| {
                aws_sdk_iam::types::ContextEntry::builder()
                    .context_key_name(key)
                    .set_context_key_values(Some(values.clone()))
                    .context_key_type(ContextKeyTypeEnum::StringList)
                    .build()
            })
            .collect();
        all_pages(|token| async {
            let answer = self
                .client
                .simulate_principal_policy()
                .policy_source_arn(principal_arn)
                .set_action_names(Some(actions.to_vec()))
                .set_resource_arns(Some(resources.to_vec()))
                .set_context_entries((!entries.is_empty()).then(|| entries.clone()))
                .set_marker(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            Ok(Page {
                items: answer
                    .evaluation_results
                    .unwrap_or_default()
                    .into_iter()
                    .flat_map(simulated)
                    .collect(),
                next: answer.marker.filter(|_| answer.is_truncated),
            })
        })
        .await
    }
}

/// One result for each resource: with several resources IAM nests them.
fn simulated(found: aws_sdk_iam::types::EvaluationResult) -> Vec<Simulated> {
    let ids = |statements: Option<Vec<aws_sdk_iam::types::Statement>>| {
        statements
            .unwrap_or_default()
            .into_iter()
            .filter_map(|statement| statement.source_policy_id)
            .collect()
    };
    let action = found.eval_action_name;
    let nested = found.resource_specific_results.unwrap_or_default();
    if nested.is_empty() {
        return vec![Simulated {
            action,
            resource: found.eval_resource_name.unwrap_or_default(),
            decision: found.eval_decision.as_str().to_owned(),
            matched: ids(found.matched_statements),
            missing_context: found.missing_context_values.unwrap_or_default(),
        }];
    }
    nested
        .into_iter()
        .map(|result| Simulated {
            action: action.clone(),
            resource: result.eval_resource_name,
            decision: result.eval_resource_decision.as_str().to_owned(),
            matched: ids(result.matched_statements),
            missing_context: result.missing_context_values.unwrap_or_default(),
        })
        .collect()
}

/// A document as JSON text. What does not decode stays as it came.
fn decoded(document: Option<&str>) -> String {
    let document = document.unwrap_or_default();
    // A document that is JSON already (some emulators) may hold a literal `%`.
    if document.trim_start().starts_with('{') {
        return document.to_owned();
    }
    percent_decode_str(document)
        .decode_utf8()
        .map_or_else(|_| document.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn documents_are_decoded_once_and_plain_ones_left_alone() {
        assert_eq!(
            decoded(Some("%7B%22a%22%3A%22b%2525%20c%22%7D")),
            "{\"a\":\"b%25 c\"}"
        );
        assert_eq!(decoded(Some("{\"a\":\"%20\"}")), "{\"a\":\"%20\"}");
        assert_eq!(decoded(Some("%FF")), "%FF");
        assert_eq!(decoded(None), "");
    }
}
