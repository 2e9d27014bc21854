//! Being someone: sign-in, tokens, assumed roles, request signing.
//!
//! It never keeps a secret longer than the session it belongs to, and never writes one
//! anywhere. It decides nothing about what a principal may do.

pub mod roles;
pub mod sign_in;
pub mod signing;
pub mod token;

pub use sign_in::{Challenges, NoChallenges, SignIn};
pub use token::{Claims, IdToken, TokenKeeper, Tokens};

use std::fmt;

use aws_credential_types::Credentials;

use crate::domain::AuthScheme;

/// What a request is authenticated with.
#[derive(Clone)]
pub enum Credential {
    /// A Cognito ID token.
    Bearer(IdToken),
    /// AWS credentials to sign with.
    SigV4(Credentials),
    /// Nothing.
    Anonymous,
}

impl Credential {
    /// The auth scheme; none for anonymous.
    pub fn scheme(&self) -> Option<AuthScheme> {
        match self {
            Self::Bearer(_) => Some(AuthScheme::Bearer),
            Self::SigV4(_) => Some(AuthScheme::SigV4),
            Self::Anonymous => None,
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(redacted)",
            Self::SigV4(_) => "SigV4(redacted)",
            Self::Anonymous => "Anonymous",
        })
    }
}
