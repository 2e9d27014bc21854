//! A Cognito user.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Attributes;

/// A Cognito user's status, in Cognito's own words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserStatus {
    /// Signed up, address not yet confirmed.
    Unconfirmed,
    /// Can sign in.
    Confirmed,
    /// Invited: must set a password at the first sign-in.
    ForceChangePassword,
    /// An administrator reset the password.
    ResetRequired,
    /// Federated.
    ExternalProvider,
    /// Kept by Cognito for old users.
    Archived,
    /// Kept by Cognito for old users.
    Compromised,
    /// Not known to Cognito.
    Unknown,
    /// A status this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl UserStatus {
    /// From Cognito's word.
    pub fn from_wire(word: &str) -> Self {
        match word {
            "UNCONFIRMED" => Self::Unconfirmed,
            "CONFIRMED" => Self::Confirmed,
            "FORCE_CHANGE_PASSWORD" => Self::ForceChangePassword,
            "RESET_REQUIRED" => Self::ResetRequired,
            "EXTERNAL_PROVIDER" => Self::ExternalProvider,
            "ARCHIVED" => Self::Archived,
            "COMPROMISED" => Self::Compromised,
            "UNKNOWN" => Self::Unknown,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Cognito's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ResetRequired => "RESET_REQUIRED",
            Self::ExternalProvider => "EXTERNAL_PROVIDER",
            Self::Archived => "ARCHIVED",
            Self::Compromised => "COMPROMISED",
            Self::Unknown => "UNKNOWN",
            Self::Other(word) => word,
        }
    }
}

/// A Cognito user as `ListUsers` and `AdminGetUser` give it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Cognito's user name (a UUID in pools that sign in by e-mail).
    pub username: String,
    /// The e-mail address, where there is one.
    pub email: Option<String>,
    /// The status.
    pub status: UserStatus,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub modified_at: Option<Timestamp>,
    /// Every attribute by its Cognito name (`sub`, `email`, `custom:…`).
    pub attributes: Attributes,
}

impl User {
    /// What a person is called on screen: the e-mail address, else the user name.
    pub fn label(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.username)
    }
}
