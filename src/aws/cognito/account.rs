//! One account whole: the user, the second factors, the remembered devices.

use aws_sdk_cognitoidentityprovider::{
    operation::admin_list_devices::AdminListDevicesError,
    types::{DeviceType, UserStatusType},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cognito, PAGE, users::user};
use crate::{
    aws::{Page, WriteAccess, all_pages, failure::Attempted, time},
    domain::{Failure, User},
};

/// A user with what only `AdminGetUser` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The factors in force, in Cognito's words: `SOFTWARE_TOKEN_MFA`, `SMS_MFA`,
    /// `EMAIL_OTP`.
    pub mfa: Vec<String>,
    /// The one that is asked for first.
    pub preferred_mfa: Option<String>,
}

/// A device that Cognito remembers of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The key that names it.
    pub key: String,
    /// What it calls itself.
    pub name: Option<String>,
    /// The address it was last used from.
    pub last_ip: Option<String>,
    /// When it was first seen.
    pub created_at: Option<Timestamp>,
    /// When it was last signed in with.
    pub last_authenticated_at: Option<Timestamp>,
}

impl Cognito {
    /// One account, by user name or alias.
    ///
    /// # Errors
    /// `NotFound` where there is no such user.
    pub async fn account(&self, pool: &str, name: &str) -> Result<Account, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminGetUser",
            format!("reading the user {name}"),
        );
        let answer = self
            .pace
            .user_read
            .attempt(&attempted, || {
                self.client
                    .admin_get_user()
                    .user_pool_id(pool)
                    .username(name)
                    .send()
            })
            .await?;
        Ok(Account {
            mfa: answer.user_mfa_setting_list.unwrap_or_default(),
            preferred_mfa: answer
                .preferred_mfa_setting
                .filter(|factor| !factor.is_empty()),
            user: user(
                answer.username,
                answer.user_attributes,
                answer.user_status.as_ref().map(UserStatusType::as_str),
                answer.enabled,
                answer.user_create_date.as_ref(),
                answer.user_last_modified_date.as_ref(),
            ),
        })
    }

    /// The devices remembered of a user; none in a pool that does not track devices.
    ///
    /// # Errors
    /// `NotFound` where there is no such user.
    pub async fn devices(&self, pool: &str, user: &str) -> Result<Vec<Device>, Failure> {
        let attempted = &Attempted::new(
            "cognito-idp:AdminListDevices",
            format!("listing the devices of {user}"),
        );
        all_pages(|token| async move {
            let answer = self
                .pace
                .user_resource_read
                .send(|| {
                    self.client
                        .admin_list_devices()
                        .user_pool_id(pool)
                        .username(user)
                        .limit(PAGE)
                        .set_pagination_token(token.clone())
                        .send()
                })
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) if error.as_service_error().is_some_and(is_untracked) => {
                    return Ok(Page {
                        items: Vec::new(),
                        next: None,
                    });
                }
                Err(error) => return Err(attempted.failed(&error)),
            };
            Ok(Page::of(answer.devices, answer.pagination_token, device))
        })
        .await
    }

    /// Forgets a device: it has to show the second factor again.
    ///
    /// # Errors
    /// `NotFound` where there is no such user or device.
    pub async fn forget_device(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        key: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminForgetDevice",
            format!("forgetting a device of {user}"),
        );
        self.pace
            .user_resource_update
            .attempt(&attempted, || {
                self.client
                    .admin_forget_device()
                    .user_pool_id(pool)
                    .username(user)
                    .device_key(key)
                    .send()
            })
            .await?;
        Ok(())
    }
}

/// Whether the error is how a pool without device tracking answers.
fn is_untracked(error: &AdminListDevicesError) -> bool {
    match error.code() {
        Some("InvalidUserPoolConfigurationException") => true,
        Some("InvalidParameterException") => error
            .message()
            .is_some_and(|message| message.to_lowercase().contains("device")),
        _ => false,
    }
}

fn device(found: DeviceType) -> Option<Device> {
    let mut name = None;
    let mut last_ip = None;
    for attribute in found.device_attributes.unwrap_or_default() {
        match attribute.name.as_str() {
            "device_name" => name = attribute.value,
            "last_ip_used" => last_ip = attribute.value,
            _ => {}
        }
    }
    Some(Device {
        key: found.device_key?,
        name,
        last_ip,
        created_at: time(found.device_create_date.as_ref()),
        last_authenticated_at: time(found.device_last_authenticated_date.as_ref()),
    })
}
