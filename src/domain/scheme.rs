//! How a request to the protected API is authenticated.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The two ways into the protected API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthScheme {
    /// A Cognito ID token, checked by the Lambda authorizer (`/ajax-api/…`).
    Bearer,
    /// IAM, service `execute-api` (`/api/…`).
    SigV4,
}

impl AuthScheme {
    /// Both schemes, in the order every table shows them.
    pub const ALL: [Self; 2] = [Self::Bearer, Self::SigV4];

    /// The word used on the command line and in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::SigV4 => "sigv4",
        }
    }
}

impl fmt::Display for AuthScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AuthScheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "bearer" => Ok(Self::Bearer),
            "sigv4" => Ok(Self::SigV4),
            _ => Err(format!("unknown auth scheme {text:?}: use bearer or sigv4")),
        }
    }
}
