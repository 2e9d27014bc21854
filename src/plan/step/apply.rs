//! Making a step: one call, then what it takes to know that it is done.

use std::{collections::HashMap, time::Duration};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::Step;
use crate::{
    aws::{
        Cloud, WriteAccess,
        cognito::{Invitation, NewUser, PasswordPolicy},
        sagemaker::NewProfile,
    },
    domain::{App, AppId, AppStatus, ErrorClass, Failure, User, UserStatus},
    plan::password,
};

/// How long there is between two looks at something that takes its time: at first, and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
/// How much later than its announcement a thing may seem to have been made, where clocks differ.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// How long after its announcement a call of a run that is over may have been carried out, at
/// most: the patience with a service that throttles, and the call itself.
const REACH: SignedDuration = SignedDuration::from_mins(6);

/// What SageMaker says of a profile or a space that is on its way out.
const DELETING: &str = "Deleting";

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
}

impl Applied {
    fn ours() -> Self {
        Self {
            ours: true,
            secret: None,
        }
    }
}

impl Step {
    /// Makes the step. `tries` is when the journal said that it was about to be made, now last:
    /// what was made then is this plan's own.
    ///
    /// # Errors
    /// What the call says. A thing that is gone already counts as deleted.
    pub async fn apply(&self, tools: &Tools, tries: &[Timestamp]) -> Result<Applied, Failure> {
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
                return Ok(Applied { ours: true, secret });
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
            Self::CreateGroup(settings) => {
                let Err(failure) = cognito.create_group(writes, pool, settings).await else {
                    return Ok(Applied::ours());
                };
                if failure.class != ErrorClass::Conflict {
                    return Err(failure);
                }
                let there = cognito.group(pool, &settings.name).await?;
                return Ok(Applied {
                    ours: made_in(there.created_at, tries),
                    secret: None,
                });
            }
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
            Self::CreateProfile { .. }
            | Self::SetProfileRole { .. }
            | Self::DeleteApp(_)
            | Self::DeleteSpace { .. }
            | Self::DeleteProfile { .. } => return self.apply_in_studio(tools, tries).await,
        }
        Ok(Applied::ours())
    }

    async fn apply_in_studio(
        &self,
        tools: &Tools,
        tries: &[Timestamp],
    ) -> Result<Applied, Failure> {
        let (studio, writes) = (&tools.cloud.sagemaker, &tools.writes);
        match self {
            Self::CreateProfile {
                domain,
                name,
                role,
                tags,
            } => {
                let new = NewProfile {
                    name: name.clone(),
                    execution_role: role.clone(),
                    tags: tags.clone(),
                };
                create_profile(tools, tries, domain, &new).await
            }
            Self::SetProfileRole {
                domain,
                name,
                after,
                ..
            } => {
                let set = || studio.set_profile_role(writes, domain, name, after);
                match set().await {
                    Err(failure) if failure.class == ErrorClass::Conflict => {
                        // An earlier change, this one it may be, is not over.
                        in_service(tools, domain, name).await?;
                        set().await?;
                    }
                    other => other?,
                }
                in_service(tools, domain, name).await?;
                Ok(Applied::ours())
            }
            Self::DeleteApp(app) => {
                match studio.delete_app(writes, app).await {
                    Ok(()) => {}
                    Err(failure) if is_gone(&failure) => {}
                    // It is on its way out already, or never came up.
                    Err(failure) => match app_status(tools, app).await? {
                        Some(AppStatus::Deleting) => {}
                        None | Some(AppStatus::Deleted | AppStatus::Failed) => {
                            return Ok(Applied::default());
                        }
                        Some(_) => return Err(failure),
                    },
                }
                tools
                    .until(
                        format!("waiting for the app {} to be gone", app.name),
                        || async {
                            Ok(matches!(
                                app_status(tools, app).await?,
                                None | Some(AppStatus::Deleted | AppStatus::Failed)
                            ))
                        },
                    )
                    .await?;
                Ok(Applied::ours())
            }
            Self::DeleteSpace { domain, name } => {
                let status = async || {
                    let spaces = studio.spaces(domain).await?;
                    let space = spaces.into_iter().find(|space| space.name == *name);
                    Ok::<_, Failure>(space.map(|space| space.status))
                };
                if let Err(failure) = studio.delete_space(writes, domain, name).await
                    && !is_gone(&failure)
                    && status().await?.is_some_and(|status| status != DELETING)
                {
                    return Err(failure);
                }
                tools
                    .until(
                        format!("waiting for the space {name} to be gone"),
                        || async { Ok(status().await?.is_none()) },
                    )
                    .await?;
                Ok(Applied::ours())
            }
            Self::DeleteProfile { domain, name } => {
                let status = async || {
                    let profile = studio.find_profile(domain, name).await?;
                    Ok::<_, Failure>(profile.map(|profile| profile.status))
                };
                if let Err(failure) = studio.delete_profile(writes, domain, name).await
                    && !is_gone(&failure)
                    && status().await?.is_some_and(|status| status != DELETING)
                {
                    return Err(failure);
                }
                tools
                    .until(
                        format!("waiting for the profile {name} to be gone"),
                        || async { Ok(status().await?.is_none()) },
                    )
                    .await?;
                Ok(Applied::ours())
            }
            _ => Ok(Applied::default()),
        }
    }
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

async fn create_profile(
    tools: &Tools,
    tries: &[Timestamp],
    domain: &str,
    new: &NewProfile,
) -> Result<Applied, Failure> {
    let studio = &tools.cloud.sagemaker;
    let mut applied = Applied::ours();
    if let Err(failure) = studio.create_profile(&tools.writes, domain, new).await {
        let there = match failure.class {
            ErrorClass::Conflict | ErrorClass::Invalid => {
                studio.find_profile(domain, &new.name).await?
            }
            _ => None,
        };
        let Some(there) = there else {
            return Err(failure);
        };
        applied.ours = made_in(there.created_at, tries);
        let same = new.execution_role.is_none() || there.execution_role == new.execution_role;
        if !same {
            return Err(failure.advise(
                "a profile of this name with another execution role is there: look at it, then plan again",
            ));
        }
    }
    in_service(tools, domain, &new.name).await?;
    Ok(applied)
}

/// Waits until a profile can be used.
async fn in_service(tools: &Tools, domain: &str, name: &str) -> Result<(), Failure> {
    let doing = format!("waiting for the profile {name}");
    tools
        .until(doing.clone(), || {
            let doing = doing.clone();
            async move {
                let found = tools.cloud.sagemaker.find_profile(domain, name).await?;
                match found.map(|profile| profile.status) {
                    None => Err(Failure::new(
                        ErrorClass::NotFound,
                        doing,
                        "it is gone again",
                    )),
                    Some(status) if status == "InService" => Ok(true),
                    Some(status) if status.contains("Fail") => Err(Failure::new(
                        ErrorClass::Unavailable,
                        doing,
                        format!("SageMaker says {status}"),
                    )
                    .advise("look at the profile's failure reason, delete it, then go on")),
                    Some(_) => Ok(false),
                }
            }
        })
        .await
}

async fn app_status(tools: &Tools, app: &AppId) -> Result<Option<AppStatus>, Failure> {
    let apps: Vec<App> = tools
        .cloud
        .sagemaker
        .apps_of(&app.domain_id, &app.owner)
        .await?;
    // A name may be used again while the one before is still listed as deleted.
    Ok(apps
        .into_iter()
        .filter(|other| other.app_type == app.app_type && other.name == app.name)
        .map(|app| app.status)
        .min_by_key(|status| matches!(status, AppStatus::Deleted | AppStatus::Failed)))
}

impl Tools {
    /// Looks again and again until `done` says so.
    async fn until<F>(&self, doing: String, mut done: impl FnMut() -> F) -> Result<(), Failure>
    where
        F: Future<Output = Result<bool, Failure>>,
    {
        let (mut pause, longest) = LOOK;
        while !done().await? {
            let waited = self
                .cancel
                .run_until_cancelled(tokio::time::sleep(pause))
                .await;
            if waited.is_none() {
                return Err(Failure::new(
                    ErrorClass::Cancelled,
                    doing,
                    "stopped waiting; it goes on by itself",
                ));
            }
            pause = (pause * 3 / 2).min(longest);
        }
        Ok(())
    }
}

/// Whether something was made by one of the tries: since the last, or soon after an earlier one.
fn made_in(created: Option<Timestamp>, tries: &[Timestamp]) -> bool {
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
