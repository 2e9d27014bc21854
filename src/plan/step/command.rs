//! A step as the command that would do the same.

use std::fmt::Write;

use super::{Attributes, Step};
use crate::{
    aws::cognito::GroupSettings,
    domain::{AppOwner, shell_quoted},
    plan::package::file_name,
};

/// The command that attaches or detaches a managed policy.
fn managed(verb: &str, role: &str, arn: &str) -> String {
    format!(
        "aws iam {verb}-role-policy --role-name {} --policy-arn {}",
        shell_quoted(role),
        shell_quoted(arn)
    )
}

impl Step {
    /// The same as `aws` commands, or `curl` ones for MLflow. Passwords stand as `"$PASSWORD"`.
    #[expect(
        clippy::too_many_lines,
        reason = "one line a case, which belong together"
    )]
    pub fn commands(&self, region: &str, pool: &str) -> Vec<String> {
        let cognito = |name: &str, more: &str| {
            format!("aws cognito-idp {name} --region {region} --user-pool-id {pool}{more}")
        };
        let on_user = |name: &str, more: &str| {
            let user = shell_quoted(self.user().unwrap_or_default());
            cognito(name, &format!(" --username {user}{more}"))
        };
        let one = |command: String| vec![command];
        match self {
            Self::CreateUser {
                attributes, invite, ..
            } => {
                let mut more = String::new();
                if !attributes.is_empty() {
                    let pairs = attributes
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str()));
                    more = format!(" --user-attributes {}", pairs_quoted(pairs));
                }
                if !invite {
                    more.push_str(" --message-action SUPPRESS");
                }
                one(on_user("admin-create-user", &more))
            }
            Self::ResendInvite { .. } => {
                one(on_user("admin-create-user", " --message-action RESEND"))
            }
            Self::ConfirmUser { .. } => one(on_user("admin-confirm-sign-up", "")),
            Self::SetPassword { permanent, .. } => {
                let kind = if *permanent {
                    "--permanent"
                } else {
                    "--no-permanent"
                };
                one(on_user(
                    "admin-set-user-password",
                    &format!(" --password \"$PASSWORD\" {kind}"),
                ))
            }
            Self::ResetPassword { .. } => one(on_user("admin-reset-user-password", "")),
            Self::EnableUser { .. } => one(on_user("admin-enable-user", "")),
            Self::DisableUser { .. } => one(on_user("admin-disable-user", "")),
            Self::SignOut { .. } => one(on_user("admin-user-global-sign-out", "")),
            Self::SetAttributes { after, .. } => attribute_commands(after, on_user),
            Self::SetMfa { preference, .. } => one(on_user(
                "admin-set-user-mfa-preference",
                &preference.flags(),
            )),
            Self::DeleteUser { .. } => one(on_user("admin-delete-user", "")),
            Self::CreateGroup(settings) => one(cognito("create-group", &group_flags(settings))),
            Self::UpdateGroup { after, .. } => one(cognito("update-group", &group_flags(after))),
            Self::DeleteGroup { before, .. } => one(cognito(
                "delete-group",
                &format!(" --group-name {}", shell_quoted(&before.name)),
            )),
            Self::AddToGroup { group, .. } => one(on_user(
                "admin-add-user-to-group",
                &format!(" --group-name {}", shell_quoted(group)),
            )),
            Self::RemoveFromGroup { group, .. } => one(on_user(
                "admin-remove-user-from-group",
                &format!(" --group-name {}", shell_quoted(group)),
            )),
            Self::CreateProfile { .. }
            | Self::SetProfileRole { .. }
            | Self::DeleteApp(_)
            | Self::DeleteSpace { .. }
            | Self::DeleteProfile { .. } => self.studio_command(region).into_iter().collect(),
            Self::PutRolePolicy {
                role,
                policy,
                after,
                ..
            } => vec![format!(
                "aws iam put-role-policy --role-name {} --policy-name {} --policy-document {}",
                shell_quoted(role),
                shell_quoted(policy),
                shell_quoted(after)
            )],
            Self::DeleteRolePolicy { role, policy, .. } => vec![format!(
                "aws iam delete-role-policy --role-name {} --policy-name {}",
                shell_quoted(role),
                shell_quoted(policy)
            )],
            Self::KeepAuthorizer { function, sha256 } => vec![format!(
                "aws lambda publish-version --region {region} --function-name {function} \
                 --code-sha256 {}",
                shell_quoted(sha256)
            )],
            Self::UpdateAuthorizer {
                function, after, ..
            } => vec![
                format!(
                    "aws lambda update-function-code --region {region} --function-name {function} \
                     --zip-file {}",
                    shell_quoted(&format!("fileb://{}", file_name(after)))
                ),
                format!(
                    "aws lambda wait function-updated-v2 --region {region} --function-name \
                     {function}"
                ),
            ],
            Self::Mlflow(step) => step.command(region).into_iter().collect(),
            Self::Raw(raw) => raw.command(region).into_iter().collect(),
            Self::AttachRolePolicy { role, arn } => vec![managed("attach", role, arn)],
            Self::DetachRolePolicy { role, arn } => vec![managed("detach", role, arn)],
        }
    }

    /// The command of a step that changes something in Studio.
    fn studio_command(&self, region: &str) -> Option<String> {
        let sagemaker = |name: &str, domain: &str, more: &str| {
            format!("aws sagemaker {name} --region {region} --domain-id {domain}{more}")
        };
        Some(match self {
            Self::CreateProfile {
                domain,
                name,
                role,
                tags,
            } => {
                let mut more = format!(" --user-profile-name {}", shell_quoted(name));
                if let Some(role) = role {
                    more.push_str(&user_settings(role));
                }
                for (at, (key, value)) in tags.iter().enumerate() {
                    more.push_str(if at == 0 { " --tags " } else { " " });
                    more.push_str(&shell_quoted(&format!("Key={key},Value={value}")));
                }
                sagemaker("create-user-profile", domain, &more)
            }
            Self::SetProfileRole {
                domain,
                name,
                after,
                ..
            } => {
                let more = format!(
                    " --user-profile-name {}{}",
                    shell_quoted(name),
                    user_settings(after)
                );
                sagemaker("update-user-profile", domain, &more)
            }
            Self::DeleteApp(app) => {
                let owner = match &app.owner {
                    AppOwner::Profile(name) => {
                        format!("--user-profile-name {}", shell_quoted(name))
                    }
                    AppOwner::Space(name) => format!("--space-name {}", shell_quoted(name)),
                };
                let more = format!(
                    " {owner} --app-type {} --app-name {}",
                    app.app_type,
                    shell_quoted(&app.name)
                );
                sagemaker("delete-app", &app.domain_id, &more)
            }
            Self::DeleteSpace { domain, name } => sagemaker(
                "delete-space",
                domain,
                &format!(" --space-name {}", shell_quoted(name)),
            ),
            Self::DeleteProfile { domain, name } => sagemaker(
                "delete-user-profile",
                domain,
                &format!(" --user-profile-name {}", shell_quoted(name)),
            ),
            _ => return None,
        })
    }
}

fn attribute_commands(after: &Attributes, on_user: impl Fn(&str, &str) -> String) -> Vec<String> {
    let mut commands = Vec::new();
    let set = || {
        after
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    };
    if set().next().is_some() {
        commands.push(on_user(
            "admin-update-user-attributes",
            &format!(" --user-attributes {}", pairs_quoted(set())),
        ));
    }
    let gone: Vec<String> = after
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| shell_quoted(name))
        .collect();
    if !gone.is_empty() {
        commands.push(on_user(
            "admin-delete-user-attributes",
            &format!(" --user-attribute-names {}", gone.join(" ")),
        ));
    }
    commands
}

fn pairs_quoted<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> = pairs
        .map(|(name, value)| shell_quoted(&format!("Name={name},Value={value}")))
        .collect();
    pairs.join(" ")
}

fn group_flags(settings: &GroupSettings) -> String {
    let mut flags = format!(" --group-name {}", shell_quoted(&settings.name));
    if let Some(description) = &settings.description {
        let _ = write!(flags, " --description {}", shell_quoted(description));
    }
    if let Some(precedence) = settings.precedence {
        let _ = write!(flags, " --precedence {precedence}");
    }
    if let Some(role) = &settings.role_arn {
        let _ = write!(flags, " --role-arn {}", shell_quoted(role));
    }
    flags
}

fn user_settings(role: &str) -> String {
    format!(
        " --user-settings {}",
        shell_quoted(&format!("ExecutionRole={role}"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_a_hostile_name_stays_one_command() {
        let step = Step::DisableUser {
            user: "x'; rm -rf / #".into(),
        };
        assert_eq!(
            step.commands("us-west-2", "p"),
            [
                "aws cognito-idp admin-disable-user --region us-west-2 --user-pool-id p --username 'x'\\''; rm -rf / #'"
            ]
        );
    }

    #[test]
    fn attributes_that_go_take_a_command_of_their_own() {
        let step = Step::SetAttributes {
            user: "u".into(),
            after: Attributes::from([
                ("name".to_owned(), Some("Ada L.".to_owned())),
                ("custom:team".to_owned(), None),
            ]),
            before: Attributes::new(),
        };
        let commands = step.commands("r", "p");
        assert_eq!(commands.len(), 2);
        assert!(commands[0].ends_with("--user-attributes 'Name=name,Value=Ada L.'"));
        assert!(commands[1].ends_with("--user-attribute-names custom:team"));
    }
}
