//! The steps that take a step back.

use super::Step;

impl Step {
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
            | Self::DeleteProfile { .. }
            | Self::Raw(_) => Vec::new(),
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
}
