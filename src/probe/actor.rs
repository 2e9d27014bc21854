//! A principal made ready: its credential, or why there is none, and what it is by policy.

use std::collections::HashMap;

use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::{
    aws::{Cloud, cognito::AppClient},
    domain::{AuthScheme, ErrorClass, ExecutionRole, Failure, Principal},
    identity::{Credential, IdToken, NoChallenges, SignIn, TokenKeeper, roles},
};

/// The name that assumed sessions carry, so that `CloudTrail` shows whose they were.
pub const SESSION: &str = "mlwarden";

/// Secrets that were handed in: never made here, never kept longer than the run.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Passwords by user (e-mail address or user name).
    pub passwords: HashMap<String, SecretString>,
    /// ID tokens by principal.
    pub tokens: HashMap<Principal, SecretString>,
}

/// Where an actor's credential comes from.
#[derive(Debug)]
pub enum Means {
    /// A signed-in user's ID token, renewed when it runs out.
    SignedIn(TokenKeeper),
    /// An ID token that was handed in.
    Token(IdToken),
    /// A session of an execution role, taken again when it runs out.
    Session {
        /// The role's ARN.
        role: String,
        /// The session's credentials.
        credentials: Box<Mutex<aws_credential_types::Credentials>>,
    },
    /// Nobody.
    Anonymous,
    /// None: the cells stay predicted.
    None {
        /// Why.
        reason: String,
    },
}

/// A principal made ready.
#[derive(Debug)]
pub struct Actor {
    /// Who.
    pub principal: Principal,
    /// The Cognito groups, for the authorizer's contract; none where they are not known.
    pub groups: Option<Vec<String>>,
    /// The execution role, for a role or a profile.
    pub role: Option<ExecutionRole>,
    /// The credential's source.
    pub means: Means,
}

impl Actor {
    /// Nobody: sends no credential.
    pub fn anonymous() -> Self {
        Self {
            principal: Principal::Anonymous,
            groups: None,
            role: None,
            means: Means::Anonymous,
        }
    }

    /// The credential to send now; none where the cells stay predicted.
    pub async fn credential(&self) -> Result<Option<Credential>, Failure> {
        Ok(match &self.means {
            Means::SignedIn(keeper) => Some(Credential::Bearer(keeper.id_token().await?)),
            Means::Token(token) => Some(Credential::Bearer(token.clone())),
            Means::Session { credentials, .. } => {
                Some(Credential::SigV4(credentials.lock().await.clone()))
            }
            Means::Anonymous => Some(Credential::Anonymous),
            Means::None { .. } => None,
        })
    }

    /// A credential in place of `old`, which the gateway called expired. Whoever comes
    /// second gets what the first was given.
    pub async fn renewed(&self, cloud: &Cloud, old: &Credential) -> Result<Credential, Failure> {
        match (&self.means, old) {
            (Means::SignedIn(keeper), Credential::Bearer(old)) => {
                Ok(Credential::Bearer(keeper.renewed(old).await?))
            }
            (Means::Session { role, credentials }, Credential::SigV4(old)) => {
                let mut held = credentials.lock().await;
                if held.session_token() == old.session_token() {
                    *held = roles::assume(&cloud.sts, role, SESSION).await?;
                }
                Ok(Credential::SigV4(held.clone()))
            }
            _ => Err(Failure::new(
                ErrorClass::Expired,
                format!("renewing the credential of {}", self.principal),
                "it ran out and cannot be renewed",
            )
            .advise("sign in again and repeat the run")),
        }
    }

    /// How its requests are authenticated; none where no credential is sent.
    pub fn scheme(&self) -> Option<AuthScheme> {
        match self.means {
            Means::SignedIn(_) | Means::Token(_) => Some(AuthScheme::Bearer),
            Means::Session { .. } => Some(AuthScheme::SigV4),
            Means::Anonymous | Means::None { .. } => None,
        }
    }

    /// Why the cells stay predicted, where they do.
    pub fn untested(&self) -> Option<&str> {
        match &self.means {
            Means::None { reason } => Some(reason),
            _ => None,
        }
    }
}

/// Signs `user` in by password.
pub async fn sign_in(
    cloud: &Cloud,
    pool: &str,
    client: &AppClient,
    user: &str,
    password: &SecretString,
) -> Result<TokenKeeper, Failure> {
    let sign_in = SignIn {
        cognito: &cloud.cognito,
        pool,
        client,
    };
    let tokens = sign_in.password(user, password, &mut NoChallenges).await?;
    Ok(TokenKeeper::new(
        cloud.cognito.clone(),
        pool.to_owned(),
        client.clone(),
        tokens,
    ))
}

/// The execution role that a role or profile principal means, of those that were found.
pub fn role_of<'a>(principal: &Principal, roles: &'a [ExecutionRole]) -> Option<&'a ExecutionRole> {
    roles.iter().find(|role| match principal {
        Principal::Role(name) => role.name == *name || role.arn == *name,
        Principal::Profile(name) => role.profiles.contains(name),
        _ => false,
    })
}
