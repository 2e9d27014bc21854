//! Whether a user can sign in at all.

use serde::Serialize;

use crate::domain::{User, UserStatus};

/// How a user stands with Cognito.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Can sign in.
    Active,
    /// Can sign in once a password of one's own is set.
    Invited,
    /// Can sign in once a new password is set.
    MustReset,
    /// Signed up, and has not confirmed the address.
    Unconfirmed,
    /// Disabled by an administrator.
    Disabled,
    /// Barred by Cognito.
    Barred,
}

impl Standing {
    /// How a user stands.
    pub fn of(user: &User) -> Self {
        if !user.enabled {
            return Self::Disabled;
        }
        match user.status {
            UserStatus::ForceChangePassword => Self::Invited,
            UserStatus::ResetRequired => Self::MustReset,
            UserStatus::Unconfirmed => Self::Unconfirmed,
            UserStatus::Archived | UserStatus::Compromised => Self::Barred,
            UserStatus::Confirmed
            | UserStatus::ExternalProvider
            | UserStatus::Unknown
            | UserStatus::Other(_) => Self::Active,
        }
    }

    /// Whether a token can be had, now or after a password is set.
    pub fn can_sign_in(self) -> bool {
        matches!(self, Self::Active | Self::Invited | Self::MustReset)
    }

    /// What is to be said of it; nothing where it is as usual.
    pub fn in_words(self) -> Option<&'static str> {
        match self {
            Self::Active => None,
            Self::Invited => Some("invited: can sign in once a password is set"),
            Self::MustReset => Some("reset: can sign in once a new password is set"),
            Self::Unconfirmed => Some("unconfirmed: cannot sign in yet"),
            Self::Disabled => {
                Some("disabled: cannot sign in, and a token that is out goes on until it expires")
            }
            Self::Barred => Some("barred by Cognito: cannot sign in"),
        }
    }
}
