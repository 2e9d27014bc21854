//! What changes a pool: users, passwords, groups, memberships. Every method takes the
//! right to write.

use std::fmt;

use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType};
use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};

use super::{Cognito, groups::group, users::listed};
use crate::{
    aws::{WriteAccess, failure::Attempted},
    domain::{Failure, Group, User},
};

/// What happens to the invitation message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invitation {
    /// Cognito sends it.
    #[default]
    Send,
    /// Nobody is told.
    Suppress,
}

/// A user to be created.
#[derive(Clone, Default)]
pub struct NewUser {
    /// The user name; in pools that sign in by e-mail the address.
    pub username: String,
    /// Attributes by Cognito name (`email`, `email_verified`, `custom:…`).
    pub attributes: IndexMap<String, String>,
    /// The temporary password; Cognito makes one up where there is none.
    pub temporary_password: Option<SecretString>,
    /// What happens to the invitation message.
    pub invitation: Invitation,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("username", &self.username)
            .field("attributes", &self.attributes)
            .field("invitation", &self.invitation)
            .finish_non_exhaustive()
    }
}

/// A group's settings, to create or to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupSettings {
    /// The name.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// Cognito's precedence.
    pub precedence: Option<i32>,
    /// The IAM role of the group.
    pub role_arn: Option<String>,
}

impl Cognito {
    /// Creates a user.
    ///
    /// # Errors
    /// `Conflict` where the name or the address is taken, `Invalid` where the password
    /// does not suit the pool.
    pub async fn create_user(
        &self,
        _: &WriteAccess,
        pool: &str,
        new: &NewUser,
    ) -> Result<User, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminCreateUser",
            format!("creating the user {}", new.username),
        );
        let mut call = self
            .client
            .admin_create_user()
            .user_pool_id(pool)
            .username(&new.username)
            .set_user_attributes(Some(attributes(&new.attributes, &attempted)?));
        if let Some(password) = &new.temporary_password {
            call = call.temporary_password(password.expose_secret());
        }
        if new.invitation == Invitation::Suppress {
            call = call.message_action(MessageActionType::Suppress);
        }
        call.send()
            .await
            .map_err(|error| attempted.failed(&error))?
            .user
            .and_then(listed)
            .ok_or_else(|| attempted.incomplete("user"))
    }

    /// Sends the invitation again, with a new temporary password.
    pub async fn resend_invite(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminCreateUser",
            format!("sending the invitation of {user} again"),
        );
        self.client
            .admin_create_user()
            .user_pool_id(pool)
            .username(user)
            .message_action(MessageActionType::Resend)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Sets a user's password; a permanent one also confirms the user.
    pub async fn set_password(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        password: &SecretString,
        permanent: bool,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminSetUserPassword",
            format!("setting the password of {user}"),
        );
        self.client
            .admin_set_user_password()
            .user_pool_id(pool)
            .username(user)
            .password(password.expose_secret())
            .permanent(permanent)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Makes the user choose a new password, by a code that Cognito sends.
    pub async fn reset_password(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminResetUserPassword",
            format!("resetting the password of {user}"),
        );
        self.client
            .admin_reset_user_password()
            .user_pool_id(pool)
            .username(user)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Sets attributes; others stay as they are.
    pub async fn update_attributes(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        changed: &IndexMap<String, String>,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminUpdateUserAttributes",
            format!("changing the attributes of {user}"),
        );
        self.client
            .admin_update_user_attributes()
            .user_pool_id(pool)
            .username(user)
            .set_user_attributes(Some(attributes(changed, &attempted)?))
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Lets a user sign in again.
    pub async fn enable_user(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminEnableUser",
            format!("enabling the user {user}"),
        );
        self.client
            .admin_enable_user()
            .user_pool_id(pool)
            .username(user)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Stops a user from signing in. ID tokens that are out stay good until they expire.
    pub async fn disable_user(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminDisableUser",
            format!("disabling the user {user}"),
        );
        self.client
            .admin_disable_user()
            .user_pool_id(pool)
            .username(user)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Ends a user's refresh and access tokens. ID tokens stay good until they expire.
    pub async fn sign_out(&self, _: &WriteAccess, pool: &str, user: &str) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminUserGlobalSignOut",
            format!("signing {user} out"),
        );
        self.client
            .admin_user_global_sign_out()
            .user_pool_id(pool)
            .username(user)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Deletes a user, for good.
    pub async fn delete_user(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminDeleteUser",
            format!("deleting the user {user}"),
        );
        self.client
            .admin_delete_user()
            .user_pool_id(pool)
            .username(user)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Creates a group.
    pub async fn create_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        settings: &GroupSettings,
    ) -> Result<Group, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:CreateGroup",
            format!("creating the group {}", settings.name),
        );
        self.client
            .create_group()
            .user_pool_id(pool)
            .group_name(&settings.name)
            .set_description(settings.description.clone())
            .set_precedence(settings.precedence)
            .set_role_arn(settings.role_arn.clone())
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?
            .group
            .and_then(group)
            .ok_or_else(|| attempted.incomplete("group"))
    }

    /// Changes a group; what is not given stays as it is.
    pub async fn update_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        settings: &GroupSettings,
    ) -> Result<Group, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:UpdateGroup",
            format!("changing the group {}", settings.name),
        );
        self.client
            .update_group()
            .user_pool_id(pool)
            .group_name(&settings.name)
            .set_description(settings.description.clone())
            .set_precedence(settings.precedence)
            .set_role_arn(settings.role_arn.clone())
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?
            .group
            .and_then(group)
            .ok_or_else(|| attempted.incomplete("group"))
    }

    /// Deletes a group; its members stay.
    pub async fn delete_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:DeleteGroup",
            format!("deleting the group {name}"),
        );
        self.client
            .delete_group()
            .user_pool_id(pool)
            .group_name(name)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Puts a user into a group; it is no error if it is in there.
    pub async fn add_to_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        group: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminAddUserToGroup",
            format!("adding {user} to the group {group}"),
        );
        self.client
            .admin_add_user_to_group()
            .user_pool_id(pool)
            .username(user)
            .group_name(group)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }

    /// Takes a user out of a group. ID tokens that are out keep the group until they expire.
    pub async fn remove_from_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        group: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminRemoveUserFromGroup",
            format!("removing {user} from the group {group}"),
        );
        self.client
            .admin_remove_user_from_group()
            .user_pool_id(pool)
            .username(user)
            .group_name(group)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(())
    }
}

fn attributes(
    given: &IndexMap<String, String>,
    attempted: &Attempted,
) -> Result<Vec<AttributeType>, Failure> {
    given
        .iter()
        .map(|(name, value)| {
            AttributeType::builder()
                .name(name)
                .value(value)
                .build()
                .map_err(|error| Failure::invalid(&attempted.doing, error.to_string()))
        })
        .collect()
}
