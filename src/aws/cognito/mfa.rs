//! Which second factors a user has.

use std::fmt::Write;

use aws_sdk_cognitoidentityprovider::types::{
    EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType,
};

use serde::{Deserialize, Serialize};

use super::Cognito;
use crate::{
    aws::{WriteAccess, failure::Attempted},
    domain::Failure,
};

/// A kind of second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaKind {
    /// A code of an authenticator app.
    SoftwareToken,
    /// A code by text message.
    Sms,
    /// A code by e-mail.
    Email,
}

impl MfaKind {
    /// Cognito's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::Sms => "SMS_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }
}

/// What is to change of a user's second factors; nothing said, nothing changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaPreference {
    /// On or off.
    pub software_token: Option<bool>,
    /// On or off.
    pub sms: Option<bool>,
    /// On or off.
    pub email: Option<bool>,
    /// Which one is asked for first; it is turned on where nothing is said of it.
    pub preferred: Option<MfaKind>,
}

impl MfaPreference {
    /// As flags of the `aws` command.
    pub fn flags(self) -> String {
        let mut flags = String::new();
        for (kind, flag) in [
            (MfaKind::SoftwareToken, "software-token-mfa-settings"),
            (MfaKind::Sms, "sms-mfa-settings"),
            (MfaKind::Email, "email-mfa-settings"),
        ] {
            if let Some((enabled, preferred)) = self.of(kind) {
                let _ = write!(
                    flags,
                    " --{flag} Enabled={enabled},PreferredMfa={preferred}"
                );
            }
        }
        flags
    }

    /// On or off, and whether it is the preferred one; none where it stays as it is.
    fn of(self, kind: MfaKind) -> Option<(bool, bool)> {
        let said = match kind {
            MfaKind::SoftwareToken => self.software_token,
            MfaKind::Sms => self.sms,
            MfaKind::Email => self.email,
        };
        let preferred = self.preferred == Some(kind);
        said.or(preferred.then_some(true))
            .map(|enabled| (enabled, preferred))
    }
}

impl Cognito {
    /// Turns a user's second factors on and off.
    ///
    /// # Errors
    /// `Invalid` where the user has no such factor set up, or the pool does not have it.
    pub async fn set_mfa(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        preference: &MfaPreference,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminSetUserMFAPreference",
            format!("changing the second factors of {user}"),
        );
        let mut call = self
            .client
            .admin_set_user_mfa_preference()
            .user_pool_id(pool)
            .username(user);
        if let Some((enabled, preferred)) = preference.of(MfaKind::SoftwareToken) {
            call = call.software_token_mfa_settings(
                SoftwareTokenMfaSettingsType::builder()
                    .enabled(enabled)
                    .preferred_mfa(preferred)
                    .build(),
            );
        }
        if let Some((enabled, preferred)) = preference.of(MfaKind::Sms) {
            call = call.sms_mfa_settings(
                SmsMfaSettingsType::builder()
                    .enabled(enabled)
                    .preferred_mfa(preferred)
                    .build(),
            );
        }
        if let Some((enabled, preferred)) = preference.of(MfaKind::Email) {
            call = call.email_mfa_settings(
                EmailMfaSettingsType::builder()
                    .enabled(enabled)
                    .preferred_mfa(preferred)
                    .build(),
            );
        }
        self.pace
            .user_resource_update
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(())
    }
}
