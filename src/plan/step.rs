//! One call that changes something, with all that it needs but secrets.
//!
//! A step is written to the journal before it is made, so it must say everything that a later
//! process needs to make it, to make it again, or to take it back. Making it twice is as making
//! it once.

mod apply;
mod command;
mod inverse;
mod state;
mod words;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{
    PlannedCall,
    mlflow::{MlflowStep, RawRequest},
};
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
    /// Send MLflow a request as it was written, as somebody: once, by whoever wrote it.
    Raw(RawRequest),
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
            Self::Raw(raw) => raw.call(),
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
