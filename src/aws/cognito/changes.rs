//! What changes a pool's users: their lives, passwords, attributes. Every method takes the
//! right to write.

use std::fmt;

use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType};
use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};

use super::{Cognito, users::listed};
use crate::{
    aws::{WriteAccess, failure::Attempted},
    domain::{Failure, User},
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
        self.pace
            .user_creation
            .attempt(&attempted, || call.clone().send())
            .await?
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
        self.pace
            .user_creation
            .attempt(&attempted, || {
                self.client
                    .admin_create_user()
                    .user_pool_id(pool)
                    .username(user)
                    .message_action(MessageActionType::Resend)
                    .send()
            })
            .await?;
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
        self.pace
            .user_account_recovery
            .attempt(&attempted, || {
                self.client
                    .admin_set_user_password()
                    .user_pool_id(pool)
                    .username(user)
                    .password(password.expose_secret())
                    .permanent(permanent)
                    .send()
            })
            .await?;
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
        self.pace
            .user_account_recovery
            .attempt(&attempted, || {
                self.client
                    .admin_reset_user_password()
                    .user_pool_id(pool)
                    .username(user)
                    .send()
            })
            .await?;
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
        let changed = attributes(changed, &attempted)?;
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_update_user_attributes()
                    .user_pool_id(pool)
                    .username(user)
                    .set_user_attributes(Some(changed.clone()))
                    .send()
            })
            .await?;
        Ok(())
    }

    /// Takes attributes away.
    ///
    /// # Errors
    /// `Invalid` where the pool has no such attribute or does not let it go.
    pub async fn delete_attributes(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        names: &[String],
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminDeleteUserAttributes",
            format!("deleting attributes of {user}"),
        );
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_delete_user_attributes()
                    .user_pool_id(pool)
                    .username(user)
                    .set_user_attribute_names(Some(names.to_vec()))
                    .send()
            })
            .await?;
        Ok(())
    }

    /// Confirms who signed up, without the code that was sent; the address stays
    /// unverified.
    ///
    /// # Errors
    /// `Invalid` where the user is not waiting for it.
    pub async fn confirm(&self, _: &WriteAccess, pool: &str, user: &str) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminConfirmSignUp",
            format!("confirming the user {user}"),
        );
        self.pace
            .user_creation
            .attempt(&attempted, || {
                self.client
                    .admin_confirm_sign_up()
                    .user_pool_id(pool)
                    .username(user)
                    .send()
            })
            .await?;
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
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_enable_user()
                    .user_pool_id(pool)
                    .username(user)
                    .send()
            })
            .await?;
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
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_disable_user()
                    .user_pool_id(pool)
                    .username(user)
                    .send()
            })
            .await?;
        Ok(())
    }

    /// Ends a user's refresh and access tokens. ID tokens stay good until they expire.
    pub async fn sign_out(&self, _: &WriteAccess, pool: &str, user: &str) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminUserGlobalSignOut",
            format!("signing {user} out"),
        );
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_user_global_sign_out()
                    .user_pool_id(pool)
                    .username(user)
                    .send()
            })
            .await?;
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
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_delete_user()
                    .user_pool_id(pool)
                    .username(user)
                    .send()
            })
            .await?;
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
