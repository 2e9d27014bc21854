//! One call that changes something, with all that it needs but secrets.
//!
//! A step is written to the journal before it is made, so it must say everything that a later
//! process needs to make it, to make it again, or to take it back. Making it twice is as making
//! it once.

mod apply;
mod command;
mod state;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{PlannedCall, mlflow::MlflowStep};
use crate::{
    aws::cognito::{GroupSettings, MfaPreference},
    domain::{AppId, User},
};

pub use crate::domain::shell_quoted;
pub(crate) use apply::fence;
pub(super) use apply::made_in;
pub use apply::{Applied, Making, Passwords, Tools, Turn};

/// Attributes by Cognito name; none where the attribute is not there.
pub type Attributes = IndexMap<String, Option<String>>;

/// One call that changes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// Make a user. Where nobody is invited, Cognito makes up a password that nobody knows.
    CreateUser {
        /// The name to create it by: the address, in pools that sign in by e-mail.
        user: String,
        /// Attributes by Cognito name.
        attributes: IndexMap<String, String>,
        /// Whether Cognito sends the invitation.
        invite: bool,
    },
    /// Send the invitation again, with a new temporary password.
    ResendInvite {
        /// The user.
        user: String,
    },
    /// Confirm a user who signed up.
    ConfirmUser {
        /// The user.
        user: String,
    },
    /// Set a password: the one handed in, else a new one, which is told once.
    SetPassword {
        /// The user.
        user: String,
        /// Whether it stays; a temporary one must be changed at the first sign-in.
        permanent: bool,
    },
    /// Make the user choose a new password, by a code that Cognito sends.
    ResetPassword {
        /// The user.
        user: String,
    },
    /// Let the user sign in.
    EnableUser {
        /// The user.
        user: String,
    },
    /// Stop the user from signing in.
    DisableUser {
        /// The user.
        user: String,
    },
    /// End the user's sessions.
    SignOut {
        /// The user.
        user: String,
    },
    /// Set and remove attributes.
    SetAttributes {
        /// The user.
        user: String,
        /// What they are to be.
        after: Attributes,
        /// What they are.
        before: Attributes,
    },
    /// Say which second factors the user has.
    SetMfa {
        /// The user.
        user: String,
        /// What they are to be.
        preference: MfaPreference,
    },
    /// Remove the user for good.
    DeleteUser {
        /// The user.
        user: String,
    },
    /// Make a group.
    CreateGroup(GroupSettings),
    /// Change a group's settings.
    UpdateGroup {
        /// What they are to be.
        after: GroupSettings,
        /// What they are.
        before: GroupSettings,
    },
    /// Remove a group.
    DeleteGroup {
        /// What it is.
        before: GroupSettings,
        /// The user names of its members.
        members: Vec<String>,
    },
    /// Put a user into a group.
    AddToGroup {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// Take a user out of a group.
    RemoveFromGroup {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// Make a Studio profile, and wait until it can be used.
    CreateProfile {
        /// The domain.
        domain: String,
        /// The name.
        name: String,
        /// The execution role's ARN; none takes the domain's default.
        role: Option<String>,
        /// Tags.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        tags: IndexMap<String, String>,
    },
    /// Give a Studio profile another execution role.
    SetProfileRole {
        /// The domain.
        domain: String,
        /// The name.
        name: String,
        /// The role's ARN.
        after: String,
        /// The role's ARN before, where it had one of its own.
        before: Option<String>,
    },
    /// Delete a Studio app, and wait until it is gone.
    DeleteApp(AppId),
    /// Delete a Studio space, and wait until it is gone.
    DeleteSpace {
        /// The domain.
        domain: String,
        /// The name.
        name: String,
    },
    /// Write an inline policy of a role, and read it back.
    PutRolePolicy {
        /// The role's name.
        role: String,
        /// The policy's name.
        policy: String,
        /// The document as it is to be.
        after: String,
        /// The document as it is; none where there is no such policy.
        before: Option<String>,
    },
    /// Delete an inline policy of a role.
    DeleteRolePolicy {
        /// The role's name.
        role: String,
        /// The policy's name.
        policy: String,
        /// The document as it is.
        before: String,
    },
    /// Have Lambda keep the package of the authorizer's function as a version.
    KeepAuthorizer {
        /// The function's ARN.
        function: String,
        /// The package's SHA-256, as Lambda tells it.
        sha256: String,
    },
    /// Hand another package of the authorizer's function over, and wait until it is in effect.
    UpdateAuthorizer {
        /// The function's ARN.
        function: String,
        /// The SHA-256 of the package that is there, as Lambda tells it.
        before: String,
        /// The SHA-256 of the package that is to be there; a copy of it is kept.
        after: String,
    },
    /// Attach a managed policy to a role.
    AttachRolePolicy {
        /// The role's name.
        role: String,
        /// The policy's ARN.
        arn: String,
    },
    /// Detach a managed policy from a role.
    DetachRolePolicy {
        /// The role's name.
        role: String,
        /// The policy's ARN.
        arn: String,
    },
    /// Delete a Studio profile, and wait until it is gone.
    DeleteProfile {
        /// The domain.
        domain: String,
        /// The name.
        name: String,
    },
    /// Change what MLflow holds, as somebody.
    Mlflow(MlflowStep),
}

impl Step {
    /// Sets those of these attributes that are not so yet; none where all are.
    pub fn attributes(user: &User, wanted: &Attributes) -> Option<Self> {
        let mut after = Attributes::new();
        let mut before = Attributes::new();
        for (name, value) in wanted {
            let has = user.attributes.get(name).map(ToString::to_string);
            if has != *value {
                after.insert(name.clone(), value.clone());
                before.insert(name.clone(), has);
            }
        }
        (!after.is_empty()).then(|| Self::SetAttributes {
            user: user.username.clone(),
            after,
            before,
        })
    }

    /// The call, as `service:Action`.
    pub fn call(&self) -> &'static str {
        match self {
            Self::CreateUser { .. } | Self::ResendInvite { .. } => "cognito-idp:AdminCreateUser",
            Self::ConfirmUser { .. } => "cognito-idp:AdminConfirmSignUp",
            Self::SetPassword { .. } => "cognito-idp:AdminSetUserPassword",
            Self::ResetPassword { .. } => "cognito-idp:AdminResetUserPassword",
            Self::EnableUser { .. } => "cognito-idp:AdminEnableUser",
            Self::DisableUser { .. } => "cognito-idp:AdminDisableUser",
            Self::SignOut { .. } => "cognito-idp:AdminUserGlobalSignOut",
            Self::SetAttributes { .. } => "cognito-idp:AdminUpdateUserAttributes",
            Self::SetMfa { .. } => "cognito-idp:AdminSetUserMFAPreference",
            Self::DeleteUser { .. } => "cognito-idp:AdminDeleteUser",
            Self::CreateGroup(_) => "cognito-idp:CreateGroup",
            Self::UpdateGroup { .. } => "cognito-idp:UpdateGroup",
            Self::DeleteGroup { .. } => "cognito-idp:DeleteGroup",
            Self::AddToGroup { .. } => "cognito-idp:AdminAddUserToGroup",
            Self::RemoveFromGroup { .. } => "cognito-idp:AdminRemoveUserFromGroup",
            Self::CreateProfile { .. } => "sagemaker:CreateUserProfile",
            Self::SetProfileRole { .. } => "sagemaker:UpdateUserProfile",
            Self::DeleteApp(_) => "sagemaker:DeleteApp",
            Self::DeleteSpace { .. } => "sagemaker:DeleteSpace",
            Self::DeleteProfile { .. } => "sagemaker:DeleteUserProfile",
            Self::PutRolePolicy { .. } => "iam:PutRolePolicy",
            Self::DeleteRolePolicy { .. } => "iam:DeleteRolePolicy",
            Self::KeepAuthorizer { .. } => "lambda:PublishVersion",
            Self::UpdateAuthorizer { .. } => "lambda:UpdateFunctionCode",
            Self::AttachRolePolicy { .. } => "iam:AttachRolePolicy",
            Self::DetachRolePolicy { .. } => "iam:DetachRolePolicy",
            Self::Mlflow(step) => step.call(),
        }
    }

    /// The user it changes, by the name that Cognito knows.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::CreateUser { user, .. }
            | Self::ResendInvite { user }
            | Self::ConfirmUser { user }
            | Self::SetPassword { user, .. }
            | Self::ResetPassword { user }
            | Self::EnableUser { user }
            | Self::DisableUser { user }
            | Self::SignOut { user }
            | Self::SetAttributes { user, .. }
            | Self::SetMfa { user, .. }
            | Self::DeleteUser { user }
            | Self::AddToGroup { user, .. }
            | Self::RemoveFromGroup { user, .. } => Some(user),
            _ => None,
        }
    }

    /// What it is made on: `user ada@example.com`, `profile ada`.
    fn on(&self) -> String {
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
        }
    }

    /// The steps that take it back, in order; none where it cannot be taken back. `made` is what
    /// it made, where only its answer named that.
    pub fn inverse_of(&self, made: Option<&str>) -> Vec<Self> {
        match self {
            Self::Mlflow(step) => {
                let back = step.inverse(made).into_iter();
                back.map(Self::Mlflow).collect()
            }
            _ => self.inverse(),
        }
    }

    /// The steps that take it back, in order; none where it cannot be taken back, or where that
    /// takes what only its answer will name.
    pub fn inverse(&self) -> Vec<Self> {
        let one = |step| vec![step];
        match self {
            Self::CreateUser { user, .. } => one(Self::DeleteUser { user: user.clone() }),
            Self::EnableUser { user } => one(Self::DisableUser { user: user.clone() }),
            Self::DisableUser { user } => one(Self::EnableUser { user: user.clone() }),
            Self::SetAttributes {
                user,
                after,
                before,
            } => one(Self::SetAttributes {
                user: user.clone(),
                after: before.clone(),
                before: after.clone(),
            }),
            Self::CreateGroup(settings) => one(Self::DeleteGroup {
                before: settings.clone(),
                members: Vec::new(),
            }),
            Self::UpdateGroup { after, before } => one(Self::UpdateGroup {
                after: before.clone(),
                before: after.clone(),
            }),
            Self::DeleteGroup { before, members } => {
                std::iter::once(Self::CreateGroup(before.clone()))
                    .chain(members.iter().map(|user| Self::AddToGroup {
                        user: user.clone(),
                        group: before.name.clone(),
                    }))
                    .collect()
            }
            Self::AddToGroup { user, group } => one(Self::RemoveFromGroup {
                user: user.clone(),
                group: group.clone(),
            }),
            Self::RemoveFromGroup { user, group } => one(Self::AddToGroup {
                user: user.clone(),
                group: group.clone(),
            }),
            Self::CreateProfile { domain, name, .. } => one(Self::DeleteProfile {
                domain: domain.clone(),
                name: name.clone(),
            }),
            Self::SetProfileRole {
                domain,
                name,
                after,
                before: Some(before),
            } => one(Self::SetProfileRole {
                domain: domain.clone(),
                name: name.clone(),
                after: before.clone(),
                before: Some(after.clone()),
            }),
            Self::UpdateAuthorizer {
                function,
                before,
                after,
            } => one(Self::UpdateAuthorizer {
                function: function.clone(),
                before: after.clone(),
                after: before.clone(),
            }),
            Self::PutRolePolicy { .. }
            | Self::DeleteRolePolicy { .. }
            | Self::AttachRolePolicy { .. }
            | Self::DetachRolePolicy { .. } => self.of_role_inverse().into_iter().collect(),
            Self::Mlflow(_) => self.inverse_of(None),
            Self::ResendInvite { .. }
            | Self::ConfirmUser { .. }
            | Self::SetPassword { .. }
            | Self::ResetPassword { .. }
            | Self::SignOut { .. }
            | Self::KeepAuthorizer { .. }
            | Self::SetMfa { .. }
            | Self::DeleteUser { .. }
            | Self::SetProfileRole { before: None, .. }
            | Self::DeleteApp(_)
            | Self::DeleteSpace { .. }
            | Self::DeleteProfile { .. } => Vec::new(),
        }
    }

    /// The step that takes back one about a role's policies.
    fn of_role_inverse(&self) -> Option<Self> {
        match self {
            Self::PutRolePolicy {
                role,
                policy,
                after,
                before: Some(before),
            } => Some(Self::PutRolePolicy {
                role: role.clone(),
                policy: policy.clone(),
                after: before.clone(),
                before: Some(after.clone()),
            }),
            Self::PutRolePolicy {
                role,
                policy,
                after,
                before: None,
            } => Some(Self::DeleteRolePolicy {
                role: role.clone(),
                policy: policy.clone(),
                before: after.clone(),
            }),
            Self::DeleteRolePolicy {
                role,
                policy,
                before,
            } => Some(Self::PutRolePolicy {
                role: role.clone(),
                policy: policy.clone(),
                after: before.clone(),
                before: None,
            }),
            Self::AttachRolePolicy { role, arn } => Some(Self::DetachRolePolicy {
                role: role.clone(),
                arn: arn.clone(),
            }),
            Self::DetachRolePolicy { role, arn } => Some(Self::AttachRolePolicy {
                role: role.clone(),
                arn: arn.clone(),
            }),
            _ => None,
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
            _ => None,
        }
    }

    /// As a preview shows it.
    pub fn planned(&self, who: &str) -> PlannedCall {
        let undone_by = match self {
            Self::Mlflow(step) => step.undone_by(),
            _ => self.inverse().first().map(Self::call),
        };
        PlannedCall {
            call: self.call().to_owned(),
            on: self.on(),
            does: self.does(who),
            undone_by: undone_by.map(ToOwned::to_owned),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_twice_is_as_it_was() {
        let user = || "u".to_owned();
        let steps = [
            Step::DisableUser { user: user() },
            Step::AddToGroup {
                user: user(),
                group: "readers".into(),
            },
            Step::SetAttributes {
                user: user(),
                after: Attributes::from([("name".to_owned(), Some("Ada".to_owned()))]),
                before: Attributes::from([("name".to_owned(), None)]),
            },
            Step::SetProfileRole {
                domain: "d".into(),
                name: "p".into(),
                after: "new".into(),
                before: Some("old".into()),
            },
        ];
        let steps = steps.into_iter().chain([
            Step::PutRolePolicy {
                role: "r".into(),
                policy: "p".into(),
                after: "{}".into(),
                before: None,
            },
            Step::PutRolePolicy {
                role: "r".into(),
                policy: "p".into(),
                after: "{}".into(),
                before: Some("[]".into()),
            },
            Step::UpdateAuthorizer {
                function: "f".into(),
                before: "old".into(),
                after: "new".into(),
            },
        ]);
        for step in steps {
            let [back] = <[Step; 1]>::try_from(step.inverse()).unwrap();
            assert_ne!(back, step);
            assert_eq!(back.inverse(), [step]);
        }
    }

    #[test]
    fn a_group_that_comes_back_has_its_members_again() {
        let step = Step::DeleteGroup {
            before: GroupSettings {
                name: "readers".into(),
                ..GroupSettings::default()
            },
            members: vec!["a".into(), "b".into()],
        };
        let calls: Vec<_> = step.inverse().iter().map(Step::call).collect();
        assert_eq!(
            calls,
            [
                "cognito-idp:CreateGroup",
                "cognito-idp:AdminAddUserToGroup",
                "cognito-idp:AdminAddUserToGroup"
            ]
        );
    }

    #[test]
    fn what_can_neither_be_taken_back_nor_is_harmless_says_what_is_lost() {
        let delete = Step::DeleteUser { user: "u".into() };
        assert!(delete.inverse().is_empty() && delete.loses().is_some());
    }
}
