//! A step in words: what it is made on, what it does, what it loses.

use super::Step;

impl Step {
    /// What it is made on: `user ada@example.com`, `profile ada`.
    pub(super) fn on(&self) -> String {
        match self {
            Self::CreateGroup(settings)
            | Self::UpdateGroup {
                after: settings, ..
            }
            | Self::DeleteGroup {
                before: settings, ..
            } => format!("group {}", settings.name),
            Self::CreateProfile { domain, name, .. }
            | Self::SetProfileRole { domain, name, .. }
            | Self::DeleteProfile { domain, name } => format!("profile {name} of {domain}"),
            Self::PutRolePolicy { role, .. }
            | Self::DeleteRolePolicy { role, .. }
            | Self::AttachRolePolicy { role, .. }
            | Self::DetachRolePolicy { role, .. } => format!("role {role}"),
            Self::KeepAuthorizer { function, .. } | Self::UpdateAuthorizer { function, .. } => {
                format!("function {}", short(function))
            }
            Self::DeleteSpace { domain, name } => format!("space {name} of {domain}"),
            Self::DeleteApp(app) => format!("{} of {}", app.owner.described(), app.domain_id),
            Self::Mlflow(step) => step.on(),
            Self::Raw(raw) => raw.on(),
            other => format!("user {}", other.user().unwrap_or_default()),
        }
    }

    /// What it does, one sentence without an end; `who` is what the person is called.
    pub fn does(&self, who: &str) -> String {
        match self {
            Self::CreateUser { invite: true, .. } => {
                format!("creates {who}, and Cognito sends the invitation by e-mail")
            }
            Self::CreateUser { invite: false, .. } => {
                format!("creates {who}; nobody is written to")
            }
            Self::ResendInvite { .. } => {
                format!("sends {who} the invitation again, with a new temporary password")
            }
            Self::ConfirmUser { .. } => format!("confirms the sign-up of {who}"),
            Self::SetPassword {
                permanent: true, ..
            } => format!("sets the password of {who}, for good"),
            Self::SetPassword {
                permanent: false, ..
            } => format!("sets a temporary password of {who}"),
            Self::ResetPassword { .. } => {
                format!("makes {who} choose a new password, by a code that Cognito sends")
            }
            Self::EnableUser { .. } => format!("lets {who} sign in"),
            Self::DisableUser { .. } => format!("stops {who} from signing in"),
            Self::SignOut { .. } => format!("ends the sessions of {who}"),
            Self::SetAttributes { after, .. } => {
                let changes: Vec<String> = after
                    .iter()
                    .map(|(name, value)| match value {
                        Some(value) => format!("{name} to {value:?}"),
                        None => format!("{name} to nothing"),
                    })
                    .collect();
                format!("sets of {who} {}", changes.join(", "))
            }
            Self::SetMfa { .. } => format!("sets the second factors of {who}"),
            Self::DeleteUser { .. } => {
                format!("deletes {who} with its attributes and memberships")
            }
            Self::CreateGroup(settings) => format!("creates the group {}", settings.name),
            Self::UpdateGroup { after, .. } => format!("changes the group {}", after.name),
            Self::DeleteGroup { before, members } => match members.len() {
                0 => format!("deletes the empty group {}", before.name),
                1 => format!("deletes the group {}, which 1 user is in", before.name),
                count => format!(
                    "deletes the group {}, which {count} users are in",
                    before.name
                ),
            },
            Self::AddToGroup { group, .. } => format!("puts {who} into {group}"),
            Self::RemoveFromGroup { group, .. } => format!("takes {who} out of {group}"),
            Self::CreateProfile { name, role, .. } => match role {
                Some(role) => format!("creates the profile {name} with the role {}", short(role)),
                None => format!("creates the profile {name} with the domain's default role"),
            },
            Self::SetProfileRole { name, after, .. } => {
                format!("gives the profile {name} the role {}", short(after))
            }
            Self::DeleteApp(app) => format!("deletes {}", app.described()),
            Self::DeleteSpace { name, .. } => format!("deletes the space {name} and what is in it"),
            Self::DeleteProfile { name, .. } => format!("deletes the profile {name}"),
            Self::PutRolePolicy { policy, before, .. } => match before {
                Some(_) => format!("replaces the policy {policy}"),
                None => format!("adds the policy {policy}"),
            },
            Self::DeleteRolePolicy { policy, .. } => format!("deletes the policy {policy}"),
            Self::KeepAuthorizer { sha256, .. } => {
                format!("has Lambda keep the package {} as a version", start(sha256))
            }
            Self::UpdateAuthorizer { before, after, .. } => format!(
                "puts the package {} into effect in place of {}",
                start(after),
                start(before)
            ),
            Self::AttachRolePolicy { arn, .. } => {
                format!("attaches the managed policy {}", short(arn))
            }
            Self::DetachRolePolicy { arn, .. } => {
                format!("detaches the managed policy {}", short(arn))
            }
            Self::Mlflow(step) => step.change.does(),
            Self::Raw(raw) => raw.does(),
        }
    }

    /// What is lost for good, one sentence; none where it can be taken back, or where nothing
    /// is lost.
    pub fn loses(&self) -> Option<&'static str> {
        match self {
            Self::DeleteUser { .. } => {
                Some("Attributes, memberships and the password are lost for good.")
            }
            Self::SignOut { .. } => Some("Sessions that are ended stay ended; they sign in again."),
            Self::SetPassword { .. } | Self::ResetPassword { .. } => {
                Some("The password of before is not good any more.")
            }
            Self::ResendInvite { .. } => {
                Some("The temporary password of before is not good any more.")
            }
            Self::DeleteApp(_) => {
                Some("What the app holds in memory is lost; files on its home folder stay.")
            }
            Self::DeleteSpace { .. } => Some("Files on the space's own storage are lost for good."),
            Self::DeleteProfile { .. } => {
                Some("A profile of the same name gets a new, empty home folder.")
            }
            Self::Mlflow(step) => step.loses(),
            Self::Raw(_) => Some("A request that is sent as it was written cannot be taken back."),
            _ => None,
        }
    }
}

/// The last part of an ARN.
fn short(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// The beginning of a hash, enough to tell it from others.
fn start(sha256: &str) -> String {
    sha256.chars().take(12).collect()
}
