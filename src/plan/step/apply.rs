//! Making a step: one call, then what it takes to know that it is done.

mod authorizer;
mod role;
mod studio;

pub(crate) use authorizer::fence;

use std::{collections::HashMap, sync::Arc};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::Step;
use crate::{
    aws::{
        Cloud, WriteAccess,
        cognito::{GroupSettings, Invitation, NewUser, PasswordPolicy},
    },
    domain::{ErrorClass, Failure, User, UserStatus},
    plan::{PackageStore, mlflow, mlflow::Caller, password, watch::Watch},
};

/// How much later than its announcement a thing may seem to have been made, where clocks differ.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// How long after its announcement a call of a run that is over may have been carried out, at
/// most: the patience with a service that throttles, and the call itself.
const REACH: SignedDuration = SignedDuration::from_mins(6);

/// Passwords that were handed in, by user. In memory only.
pub type Passwords = HashMap<String, SecretString>;

/// What steps are made with.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The clients.
    pub cloud: Cloud,
    /// The right to write.
    pub writes: WriteAccess,
    /// The user pool's id.
    pub pool: String,
    /// What a password must have; none for every kind of character.
    pub policy: Option<PasswordPolicy>,
    /// Passwords that were handed in.
    pub passwords: Passwords,
    /// Copies of the authorizer's packages.
    pub packages: PackageStore,
    /// Who calls MLflow as somebody; none where no step does.
    pub caller: Option<Arc<dyn Caller>>,
    /// Stops waiting; what is under way is not undone by it.
    pub cancel: CancellationToken,
}

/// What came of a step.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Whether this plan made it; false where it was as wanted already. What was there before
    /// is never taken back.
    pub ours: bool,
    /// A new password, to be told once.
    pub secret: Option<SecretString>,
    /// What it made and only the answer names: a version's number.
    pub made: Option<String>,
}

/// What a step is made amid.
pub struct Making<'a, 't> {
    /// What it is made with.
    pub tools: &'a Tools,
    /// When the journal said that it was about to be made, now last: what was made then is this
    /// plan's own.
    pub tries: &'a [Timestamp],
    /// Looks after what takes its time.
    pub watch: &'a Watch,
    /// The turn at making calls; given up while nothing is to be done but to wait.
    pub turn: &'a mut Turn<'t>,
    /// Hears how the thing stands that is waited for, in the service's word.
    pub say: &'a (dyn Fn(&str) + Sync),
}

/// A turn at making calls.
pub struct Turn<'a> {
    all: &'a Semaphore,
    held: Option<SemaphorePermit<'a>>,
}

impl<'a> Turn<'a> {
    /// One of all turns, not had yet.
    pub fn of(all: &'a Semaphore) -> Self {
        Self { all, held: None }
    }

    /// Waits for the turn, unless it is had already.
    pub async fn take(&mut self) {
        if self.held.is_none() {
            // The turns are never closed.
            self.held = self.all.acquire().await.ok();
        }
    }

    /// Lets somebody else have it.
    pub fn give_up(&mut self) {
        self.held = None;
    }
}

impl Applied {
    pub(in crate::plan) fn ours() -> Self {
        Self {
            ours: true,
            ..Self::default()
        }
    }
}

impl Step {
    /// Makes the step, and waits until it is in effect.
    ///
    /// # Errors
    /// What the call says. A thing that is gone already counts as deleted.
    pub async fn apply(&self, making: &mut Making<'_, '_>) -> Result<Applied, Failure> {
        let (tools, tries) = (making.tools, making.tries);
        let (cognito, writes, pool) = (&tools.cloud.cognito, &tools.writes, tools.pool.as_str());
        match self {
            Self::CreateUser {
                user,
                attributes,
                invite,
            } => return create_user(tools, tries, user, attributes, *invite).await,
            Self::ResendInvite { user } => cognito.resend_invite(writes, pool, user).await?,
            Self::ConfirmUser { user } => cognito.confirm(writes, pool, user).await?,
            Self::SetPassword { user, permanent } => {
                let (password, secret) = if let Some(given) = tools.passwords.get(user) {
                    (given.clone(), None)
                } else {
                    let new = password::suitable(tools.policy.as_ref());
                    (new.clone(), Some(new))
                };
                cognito
                    .set_password(writes, pool, user, &password, *permanent)
                    .await?;
                return Ok(Applied {
                    secret,
                    ..Applied::ours()
                });
            }
            Self::ResetPassword { user } => cognito.reset_password(writes, pool, user).await?,
            Self::EnableUser { user } => cognito.enable_user(writes, pool, user).await?,
            Self::DisableUser { user } => cognito.disable_user(writes, pool, user).await?,
            Self::SignOut { user } => cognito.sign_out(writes, pool, user).await?,
            Self::SetAttributes { user, after, .. } => {
                let set: IndexMap<String, String> = after
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
                    .collect();
                if !set.is_empty() {
                    cognito.update_attributes(writes, pool, user, &set).await?;
                }
                let gone: Vec<String> = after
                    .iter()
                    .filter(|(_, value)| value.is_none())
                    .map(|(name, _)| name.clone())
                    .collect();
                if !gone.is_empty() {
                    cognito.delete_attributes(writes, pool, user, &gone).await?;
                }
            }
            Self::SetMfa { user, preference } => {
                cognito.set_mfa(writes, pool, user, preference).await?;
            }
            Self::DeleteUser { user } => {
                return gone_is_done(cognito.delete_user(writes, pool, user).await);
            }
            Self::CreateGroup(settings) => return create_group(tools, tries, settings).await,
            Self::UpdateGroup { after, .. } => {
                cognito.update_group(writes, pool, after).await?;
            }
            Self::DeleteGroup { before, .. } => {
                // Where the answer got lost it is gone the next time. It was there when this was
                // planned, so it comes back with the plan.
                gone_is_done(cognito.delete_group(writes, pool, &before.name).await)?;
            }
            Self::AddToGroup { user, group } => {
                cognito.add_to_group(writes, pool, user, group).await?;
            }
            Self::RemoveFromGroup { user, group } => {
                return gone_is_done(cognito.remove_from_group(writes, pool, user, group).await);
            }
            Self::PutRolePolicy { .. } | Self::DeleteRolePolicy { .. } => {
                return role::apply(self, tools).await;
            }
            Self::KeepAuthorizer { .. } | Self::UpdateAuthorizer { .. } => {
                return Box::pin(authorizer::apply(self, making)).await;
            }
            Self::AttachRolePolicy { role, arn } => {
                tools
                    .cloud
                    .iam
                    .attach_role_policy(writes, role, arn)
                    .await?;
            }
            Self::DetachRolePolicy { role, arn } => {
                return gone_is_done(tools.cloud.iam.detach_role_policy(writes, role, arn).await);
            }
            Self::Mlflow(step) => return Box::pin(mlflow::apply(step, tools, tries)).await,
            Self::Raw(raw) => return Err(raw.not_again()),
            Self::CreateProfile { .. }
            | Self::SetProfileRole { .. }
            | Self::DeleteApp(_)
            | Self::DeleteSpace { .. }
            | Self::DeleteProfile { .. } => return Box::pin(studio::apply(self, making)).await,
        }
        Ok(Applied::ours())
    }
}

async fn create_group(
    tools: &Tools,
    tries: &[Timestamp],
    settings: &GroupSettings,
) -> Result<Applied, Failure> {
    let (cognito, pool) = (&tools.cloud.cognito, tools.pool.as_str());
    let created = cognito.create_group(&tools.writes, pool, settings).await;
    let Err(failure) = created else {
        return Ok(Applied::ours());
    };
    if failure.class != ErrorClass::Conflict {
        return Err(failure);
    }
    let there = cognito.group(pool, &settings.name).await?;
    Ok(Applied {
        ours: made_in(there.created_at, tries),
        ..Applied::default()
    })
}

async fn create_user(
    tools: &Tools,
    tries: &[Timestamp],
    user: &str,
    attributes: &IndexMap<String, String>,
    invite: bool,
) -> Result<Applied, Failure> {
    let cognito = &tools.cloud.cognito;
    let new = NewUser {
        username: user.to_owned(),
        attributes: attributes.clone(),
        temporary_password: None,
        invitation: if invite {
            Invitation::Send
        } else {
            Invitation::Suppress
        },
    };
    let created = cognito.create_user(&tools.writes, &tools.pool, &new).await;
    let Err(failure) = created else {
        return Ok(Applied::ours());
    };
    if failure.class != ErrorClass::Conflict {
        return Err(failure);
    }
    // The answer to an earlier try was lost, or somebody else was faster. What others made is
    // not touched: the steps after this one would set its password.
    let there = cognito.user(&tools.pool, user).await?;
    if made_in(there.created_at, tries) && is_untouched(&there, attributes) {
        return Ok(Applied::ours());
    }
    Err(failure.advise("somebody made this user meanwhile: look at it, then plan again"))
}

/// Whether something was made by one of the tries: since the last, or soon after an earlier one.
pub(in crate::plan) fn made_in(created: Option<Timestamp>, tries: &[Timestamp]) -> bool {
    let since = |at: &Timestamp| created.map(|created| created.duration_since(*at));
    let (last, earlier) = (tries.last(), tries.split_last());
    last.and_then(since).is_some_and(|since| since > -SKEW)
        || earlier.is_some_and(|(_, earlier)| {
            let mut since = earlier.iter().filter_map(since);
            since.any(|since| since > -SKEW && since < REACH)
        })
}

/// Whether a user is as it was made with these attributes: nobody has changed it.
fn is_untouched(user: &User, attributes: &IndexMap<String, String>) -> bool {
    user.status == UserStatus::ForceChangePassword
        && user.modified_at == user.created_at
        && attributes.iter().all(|(name, value)| {
            user.attributes
                .get(name)
                .is_some_and(|has| has.to_string().eq_ignore_ascii_case(value))
        })
}

fn is_gone(failure: &Failure) -> bool {
    failure.class == ErrorClass::NotFound
}

fn gone_is_done(result: Result<(), Failure>) -> Result<Applied, Failure> {
    match result {
        Ok(()) => Ok(Applied::ours()),
        Err(failure) if is_gone(&failure) => Ok(Applied::default()),
        Err(failure) => Err(failure),
    }
}
