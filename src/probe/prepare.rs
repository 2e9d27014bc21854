//! Principals made ready: signed in, assumed, or left predicted with the reason.

use tokio_util::sync::CancellationToken;

use super::{
    actor::{Actor, Means, SESSION, role_of, sign_in},
    loan::{Loan, Loans},
    options::VerifyOptions,
    probe_user,
    run::{Progress, Verifier, value},
    temporary_trust,
};
use crate::{
    aws::cognito::AppClient,
    domain::{ErrorClass, ExecutionRole, Failure, Principal},
    identity::{
        IdToken,
        roles::{self, AssumeError},
    },
};

impl Verifier {
    /// Makes one principal ready. What cannot be had leaves it predicted, with the reason.
    pub(super) async fn prepare(
        &self,
        options: &VerifyOptions,
        principal: &Principal,
        client: Option<&AppClient>,
        loans: &Loans,
        cancel: &CancellationToken,
    ) -> Result<Actor, Failure> {
        let mut actor = Actor {
            groups: None,
            role: None,
            ..Actor::anonymous()
        };
        actor.principal = principal.clone();
        match principal {
            Principal::Anonymous => return Ok(Actor::anonymous()),
            Principal::Group(group) => {
                let groups = principal.groups().unwrap_or_default();
                actor.means = self
                    .become_group(options, group, &groups, client, loans)
                    .await;
                actor.groups = Some(groups);
            }
            Principal::User(user) => {
                actor.groups = self.groups_of(user).await;
                actor.means = self.become_user(options, user, client).await;
            }
            Principal::Role(_) | Principal::Profile(_) => {
                let role = self.role(principal).await?;
                actor.means = self.become_role(options, &role, loans, cancel).await;
                actor.role = Some(role);
            }
        }
        Ok(actor)
    }

    async fn become_group(
        &self,
        options: &VerifyOptions,
        name: &str,
        groups: &[String],
        client: Option<&AppClient>,
        loans: &Loans,
    ) -> Means {
        if let Some(token) = self.given_token(&Principal::Group(name.to_owned())) {
            return token;
        }
        if options.predicted_only {
            return none("predicted only");
        }
        let (Some(pool), Some(client)) = (value(self.deployment.user_pool_id.as_ref()), client)
        else {
            return none("the user pool or its app client is not known");
        };
        if let Some(means) = self.become_member(pool, groups, client).await {
            return means;
        }
        let Some(writes) = &self.writes else {
            return none(
                "read-only: no probe user is made; give a member's password or token to test it live",
            );
        };
        let made = async {
            let probe = probe_user::announce(&self.journal, self.cloud.region(), pool)?;
            loans.add(Loan::User(probe.clone()));
            probe_user::create(&self.cloud, writes, client, &probe, groups).await
        };
        match made.await {
            Ok(keeper) => Means::SignedIn(keeper),
            Err(failure) => none(format!("no probe user: {failure}; {}", failure.next_step())),
        }
    }

    /// Signs in somebody who is in just these groups and whose password was handed in, if
    /// there is one.
    async fn become_member(
        &self,
        pool: &str,
        groups: &[String],
        client: &AppClient,
    ) -> Option<Means> {
        if self.secrets.passwords.is_empty() {
            return None;
        }
        let members = self
            .cloud
            .cognito
            .members(pool, groups.first()?)
            .await
            .ok()?;
        for member in members {
            let given = [member.label(), member.username.as_str()]
                .into_iter()
                .find_map(|name| self.secrets.passwords.get(name));
            let Some(password) = given else { continue };
            // Whoever is in others too is not what these alone are.
            let has = self.groups_of(&member.username).await?;
            if has.len() == groups.len()
                && groups.iter().all(|group| has.contains(group))
                && let Ok(keeper) =
                    sign_in(&self.cloud, pool, client, &member.username, password).await
            {
                return Some(Means::SignedIn(keeper));
            }
        }
        None
    }

    async fn become_user(
        &self,
        options: &VerifyOptions,
        user: &str,
        client: Option<&AppClient>,
    ) -> Means {
        if let Some(token) = self.given_token(&Principal::User(user.to_owned())) {
            return token;
        }
        if options.predicted_only {
            return none("predicted only");
        }
        let Some(password) = self.secrets.passwords.get(user) else {
            return none("no password was given: predicted only");
        };
        let (Some(pool), Some(client)) = (value(self.deployment.user_pool_id.as_ref()), client)
        else {
            return none("the user pool or its app client is not known");
        };
        match sign_in(&self.cloud, pool, client, user, password).await {
            Ok(keeper) => Means::SignedIn(keeper),
            Err(failure) => none(format!("not signed in: {failure}; {}", failure.next_step())),
        }
    }

    async fn become_role(
        &self,
        options: &VerifyOptions,
        role: &ExecutionRole,
        loans: &Loans,
        cancel: &CancellationToken,
    ) -> Means {
        if options.predicted_only {
            return none("predicted only");
        }
        let session = |credentials| Means::Session {
            role: role.arn.clone(),
            credentials: Box::new(tokio::sync::Mutex::new(credentials)),
        };
        let refused = match roles::assume(&self.cloud.sts, &role.arn, SESSION).await {
            Ok(credentials) => return session(credentials),
            Err(AssumeError::Failed(failure)) => {
                return none(format!("not assumed: {failure}; {}", failure.next_step()));
            }
            Err(AssumeError::Refused(failure)) => failure,
        };
        if !options.grant_trust {
            return none(format!(
                "its trust policy does not let you assume it, so it stays predicted; \
                 --grant-trust lets you in for minutes ({})",
                refused.message
            ));
        }
        let Some(writes) = &self.writes else {
            return none("read-only: no trust is granted, so it stays predicted");
        };
        let (Some(account), Some(caller)) = (
            value(self.deployment.account.as_ref()),
            value(self.deployment.caller_arn.as_ref()),
        ) else {
            return none("the caller's own ARN is not known, so no trust can be granted to it");
        };
        let granted = async {
            let trust =
                temporary_trust::announce(&self.cloud, &self.journal, account, role).await?;
            loans.add(Loan::Trust(trust.clone()));
            temporary_trust::grant(&self.cloud, writes, &trust, role, caller, cancel).await
        };
        match granted.await {
            Ok(credentials) => session(credentials),
            Err(failure) => none(format!("no trust: {failure}; {}", failure.next_step())),
        }
    }

    fn given_token(&self, principal: &Principal) -> Option<Means> {
        let token = self.secrets.tokens.get(principal)?;
        Some(match IdToken::parse(token.clone()) {
            Ok(token) => Means::Token(token),
            Err(failure) => none(format!(
                "the token that was given cannot be used: {failure}"
            )),
        })
    }

    async fn groups_of(&self, user: &str) -> Option<Vec<String>> {
        let pool = value(self.deployment.user_pool_id.as_ref())?;
        let groups = self.cloud.cognito.groups_of(pool, user).await.ok()?;
        Some(groups.into_iter().map(|group| group.name).collect())
    }

    async fn role(&self, principal: &Principal) -> Result<ExecutionRole, Failure> {
        if let Some(role) = role_of(principal, &self.roles()) {
            return Ok(role.clone());
        }
        match principal {
            Principal::Role(name) => {
                let name = name.rsplit('/').next().unwrap_or(name);
                let role = self.cloud.iam.role(name).await?;
                Ok(ExecutionRole {
                    name: role.name,
                    arn: role.arn,
                    profiles: Vec::new(),
                })
            }
            _ => Err(Failure::new(
                ErrorClass::NotFound,
                format!("looking for the execution role of {principal}"),
                "no profile of this domain has this name, or its role is not known",
            )
            .advise("list the profiles with `mlwarden profiles list`")),
        }
    }

    pub(super) async fn app_client(&self, progress: &mut Progress) -> Option<AppClient> {
        let pool = value(self.deployment.user_pool_id.as_ref())?;
        let client = value(self.deployment.client_id.as_ref())?;
        match self.cloud.cognito.describe_client(pool, client).await {
            Ok(client) => Some(client),
            Err(failure) => {
                progress.note(format!("nobody can be signed in: {failure}"));
                None
            }
        }
    }
}

fn none(reason: impl Into<String>) -> Means {
    Means::None {
        reason: reason.into(),
    }
}
