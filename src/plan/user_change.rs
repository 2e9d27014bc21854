//! What can be changed of one Cognito user: what it calls, and doing it.

use indexmap::IndexMap;
use secrecy::SecretString;

use super::{Change, Journal, PlannedCall};
use crate::{
    aws::{
        Cognito, WriteAccess,
        cognito::{Invitation, NewUser},
    },
    domain::Failure,
};

/// A change of one user.
#[derive(Clone, Debug)]
pub enum UserChange {
    /// Make the user; the name is the e-mail address.
    Create {
        /// The groups to put the user into.
        groups: Vec<String>,
        /// The temporary password to set and send nobody; none lets Cognito invite by e-mail.
        password: Option<SecretString>,
    },
    /// Let the user sign in.
    Enable,
    /// Stop the user from signing in.
    Disable,
    /// End the user's sessions.
    SignOut,
    /// Put the user into these groups.
    AddTo(Vec<String>),
    /// Remove the user for good.
    Delete,
}

impl UserChange {
    /// What is done, as the title of a job about several users: `disable`.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::SignOut => "sign out",
            Self::AddTo(_) => "add to groups",
            Self::Delete => "delete",
        }
    }

    /// The calls that it makes for `user`, in order.
    pub fn calls(&self, pool: &str, user: &str) -> Vec<PlannedCall> {
        let call = |action: &str, does: String, undone_by: Option<&str>| PlannedCall {
            call: format!("cognito-idp:{action}"),
            on: format!("pool {pool}, user {user}"),
            does,
            undone_by: undone_by.map(ToOwned::to_owned),
        };
        let add = |group: &String| {
            call(
                "AdminAddUserToGroup",
                format!("puts {user} into {group}"),
                Some("AdminRemoveUserFromGroup"),
            )
        };
        match self {
            Self::Create { groups, password } => {
                let invited = if password.is_some() {
                    "with a temporary password; nobody is written to"
                } else {
                    "and Cognito sends the invitation by e-mail"
                };
                std::iter::once(call(
                    "AdminCreateUser",
                    format!("creates {user} {invited}"),
                    Some("AdminDeleteUser"),
                ))
                .chain(groups.iter().map(add))
                .collect()
            }
            Self::Enable => vec![call(
                "AdminEnableUser",
                format!("lets {user} sign in"),
                Some("AdminDisableUser"),
            )],
            Self::Disable => vec![call(
                "AdminDisableUser",
                format!("stops {user} from signing in"),
                Some("AdminEnableUser"),
            )],
            Self::SignOut => vec![call(
                "AdminUserGlobalSignOut",
                format!("ends the sessions of {user}"),
                None,
            )],
            Self::AddTo(groups) => groups.iter().map(add).collect(),
            Self::Delete => vec![call(
                "AdminDeleteUser",
                format!("deletes {user} with its attributes and memberships"),
                None,
            )],
        }
    }

    /// The same as `aws` commands.
    pub fn commands(&self, region: &str, pool: &str, user: &str) -> Vec<String> {
        let command = |name: &str, more: &str| {
            format!(
                "aws cognito-idp {name} --region {region} --user-pool-id {pool} --username {}{more}",
                shell_quoted(user)
            )
        };
        let add = |group: &String| {
            command(
                "admin-add-user-to-group",
                &format!(" --group-name {}", shell_quoted(group)),
            )
        };
        match self {
            Self::Create { groups, password } => {
                let suppress = if password.is_some() {
                    " --message-action SUPPRESS --temporary-password \"$PASSWORD\""
                } else {
                    ""
                };
                let attributes = format!(
                    " --user-attributes {} Name=email_verified,Value=true{suppress}",
                    shell_quoted(&format!("Name=email,Value={user}"))
                );
                std::iter::once(command("admin-create-user", &attributes))
                    .chain(groups.iter().map(add))
                    .collect()
            }
            Self::Enable => vec![command("admin-enable-user", "")],
            Self::Disable => vec![command("admin-disable-user", "")],
            Self::SignOut => vec![command("admin-user-global-sign-out", "")],
            Self::AddTo(groups) => groups.iter().map(add).collect(),
            Self::Delete => vec![command("admin-delete-user", "")],
        }
    }

    /// Makes the calls, each recorded before and after. All but the creation can be made again.
    ///
    /// # Errors
    /// The first call that fails; those after it are not made.
    pub async fn apply(
        &self,
        cognito: &Cognito,
        writes: &WriteAccess,
        journal: &Journal,
        pool: &str,
        user: &str,
    ) -> Result<(), Failure> {
        let mut calls = self.calls(pool, user).into_iter();
        let mut next = || calls.next();
        match self {
            Self::Create { groups, password } => {
                let new = NewUser {
                    username: user.to_owned(),
                    attributes: IndexMap::from([
                        ("email".to_owned(), user.to_owned()),
                        ("email_verified".to_owned(), "true".to_owned()),
                    ]),
                    temporary_password: password.clone(),
                    invitation: match password {
                        Some(_) => Invitation::Suppress,
                        None => Invitation::Send,
                    },
                };
                let created = async { cognito.create_user(writes, pool, &new).await.map(drop) };
                recorded(journal, next(), created).await?;
                for group in groups {
                    let added = cognito.add_to_group(writes, pool, user, group);
                    recorded(journal, next(), added).await?;
                }
            }
            Self::Enable => {
                recorded(journal, next(), cognito.enable_user(writes, pool, user)).await?;
            }
            Self::Disable => {
                recorded(journal, next(), cognito.disable_user(writes, pool, user)).await?;
            }
            Self::SignOut => {
                recorded(journal, next(), cognito.sign_out(writes, pool, user)).await?;
            }
            Self::AddTo(groups) => {
                for group in groups {
                    let added = cognito.add_to_group(writes, pool, user, group);
                    recorded(journal, next(), added).await?;
                }
            }
            Self::Delete => {
                recorded(journal, next(), cognito.delete_user(writes, pool, user)).await?;
            }
        }
        Ok(())
    }
}

/// Makes one call between its two lines in the journal.
async fn recorded(
    journal: &Journal,
    planned: Option<PlannedCall>,
    call: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let Some(planned) = planned else {
        return call.await;
    };
    let id = journal.changing(Change {
        call: planned.call,
        on: planned.on,
        does: planned.does,
    })?;
    match call.await {
        Ok(()) => journal.changed(id),
        Err(failure) => {
            // What the call said matters more than a line that could not be written.
            let _ = journal.failed(id, &failure);
            Err(failure)
        }
    }
}

/// An argument as a POSIX shell takes it.
pub fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_a_hostile_name_stays_one_command() {
        let commands = UserChange::Disable.commands("us-west-2", "p", "x'; rm -rf / #");
        assert_eq!(
            commands,
            [
                "aws cognito-idp admin-disable-user --region us-west-2 --user-pool-id p --username 'x'\\''; rm -rf / #'"
            ]
        );
    }

    #[test]
    fn no_password_is_ever_in_what_is_shown_or_recorded() {
        let change = UserChange::Create {
            groups: vec!["readers".into()],
            password: Some(SecretString::from("Hush-Hush-1")),
        };
        let shown = format!(
            "{change:?} {:?} {:?}",
            change.calls("p", "a@example.com"),
            change.commands("r", "p", "a@example.com")
        );
        assert!(!shown.contains("Hush"), "{shown}");
        assert_eq!(change.calls("p", "a@example.com").len(), 2);
    }
}
