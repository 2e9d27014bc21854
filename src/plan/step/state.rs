//! What Cognito refuses for the state that a user is in, known before the call.

use super::Step;
use crate::domain::{User, UserStatus};

impl Step {
    /// Why this step cannot be made on a user in this state, and what can. None where nothing speaks against it.
    ///
    /// From the documentation of the operations, and their answers: `UnsupportedUserState`,
    /// `NotAuthorized` and `InvalidParameter`.
    pub fn unfit(&self, user: &User) -> Option<String> {
        let status = &user.status;
        let why = match self {
            Self::ResendInvite { .. } => match status {
                UserStatus::ForceChangePassword => return None,
                UserStatus::Unconfirmed => {
                    "who signed up was never invited; confirm the sign-up instead"
                }
                UserStatus::ExternalProvider => "another identity provider signs them in",
                _ => "the invitation was followed; reset the password instead",
            },
            Self::ConfirmUser { .. } => match status {
                UserStatus::Unconfirmed => return None,
                UserStatus::ForceChangePassword => {
                    "an invitation is followed, not confirmed; send it again instead"
                }
                _ => "there is no sign-up to confirm",
            },
            Self::ResetPassword { .. } | Self::SetPassword { .. }
                if *status == UserStatus::ExternalProvider =>
            {
                "the password is with another identity provider"
            }
            Self::ResetPassword { .. } if *status == UserStatus::ForceChangePassword => {
                "there is only a temporary password; send the invitation again instead"
            }
            Self::ResetPassword { .. } if !user.enabled => {
                return Some("disabled: Cognito sends no code; enable the user first".to_owned());
            }
            Self::ResetPassword { .. } if !can_be_reached(user) => {
                return Some(
                    "without a verified address no code arrives; verify it first, or set a \
                     password"
                        .to_owned(),
                );
            }
            _ => return None,
        };
        Some(format!("{}: {why}", status.as_str()))
    }
}

/// Whether a code can be sent to them.
fn can_be_reached(user: &User) -> bool {
    ["email_verified", "phone_number_verified"]
        .iter()
        .any(|name| user.attributes.get(name) == Some("true"))
}
