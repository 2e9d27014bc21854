//! Cognito's tokens: what they say, and keeping one fresh.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    aws::{Cognito, cognito::AppClient},
    domain::{ErrorClass, Failure},
    identity::SignIn,
};

/// A token is renewed when it has less than this left.
const MARGIN: Duration = Duration::from_mins(1);

/// What an ID token says about its holder. Read, not verified: the gateway's authorizer
/// verifies; here it is only shown and used to know when the token runs out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user's unique id.
    #[serde(default)]
    pub sub: String,
    /// The user name (`cognito:username`).
    #[serde(default, rename = "cognito:username")]
    pub username: String,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The groups, in the token's own order (`cognito:groups`).
    #[serde(default, rename = "cognito:groups")]
    pub groups: Vec<String>,
    /// The app client the token is for; an access token has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// The issuer: the pool's URL.
    #[serde(default)]
    pub iss: String,
    /// `id` or `access`.
    #[serde(default)]
    pub token_use: String,
    /// When it runs out, in seconds since 1970.
    #[serde(default)]
    pub exp: i64,
    /// When it was issued, in seconds since 1970.
    #[serde(default)]
    pub iat: i64,
}

/// An ID token.
#[derive(Clone)]
pub struct IdToken {
    raw: SecretString,
    claims: Arc<Claims>,
}

impl IdToken {
    /// Reads a token. The signature is not looked at.
    ///
    /// # Errors
    /// `Invalid` where it is no JSON web token; the message never repeats it.
    pub fn parse(raw: SecretString) -> Result<Self, Failure> {
        let payload = part(raw.expose_secret(), 1)?;
        let claims = serde_json::from_value(payload).map_err(|error| {
            Failure::invalid("reading the token", format!("its claims are odd: {error}"))
        })?;
        Ok(Self {
            raw,
            claims: Arc::new(claims),
        })
    }

    /// What it says.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The token itself, for the `Authorization` header and nothing else.
    pub fn expose(&self) -> &str {
        self.raw.expose_secret()
    }

    /// The token as a secret, for calls that take one.
    pub fn secret(&self) -> &SecretString {
        &self.raw
    }

    /// When it runs out.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_second(self.claims.exp).unwrap_or(Timestamp::MAX)
    }

    /// Header and claims for showing; the signature stays out, so the whole is no token.
    pub fn decoded(&self) -> Result<Value, Failure> {
        let raw = self.raw.expose_secret();
        Ok(serde_json::json!({ "header": part(raw, 0)?, "claims": part(raw, 1)? }))
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("username", &self.claims.username)
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// One part of a JSON web token, as JSON.
fn part(raw: &str, index: usize) -> Result<Value, Failure> {
    let odd = || Failure::invalid("reading the token", "it is no JSON web token");
    if raw.split('.').count() != 3 {
        return Err(odd());
    }
    let text = raw.split('.').nth(index).ok_or_else(odd)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| odd())?;
    serde_json::from_slice(&bytes).map_err(|_| odd())
}

/// The tokens of one sign-in.
#[derive(Clone)]
pub struct Tokens {
    /// The ID token: what the gateway's authorizer wants.
    pub id: IdToken,
    /// The access token.
    pub access: SecretString,
    /// The refresh token, where one was issued.
    pub refresh: Option<SecretString>,
    /// When the ID token runs out.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("id", &self.id)
            .field("has_refresh", &self.refresh.is_some())
            .finish_non_exhaustive()
    }
}

/// Keeps one signed-in user's ID token fresh through a long run. However many requests ask
/// at once, one refresh is made.
#[derive(Clone, Debug)]
pub struct TokenKeeper {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    cognito: Cognito,
    pool: String,
    client: AppClient,
    tokens: Mutex<Tokens>,
}

impl TokenKeeper {
    /// Keeps `tokens`, renewed through `client` of `pool`.
    pub fn new(cognito: Cognito, pool: String, client: AppClient, tokens: Tokens) -> Self {
        Self {
            shared: Arc::new(Shared {
                cognito,
                pool,
                client,
                tokens: Mutex::new(tokens),
            }),
        }
    }

    /// An ID token with at least a minute left.
    ///
    /// # Errors
    /// `Expired` where it ran out and there is no refresh token, or it is no longer good.
    pub async fn id_token(&self) -> Result<IdToken, Failure> {
        self.id_token_at(Timestamp::now()).await
    }

    /// The same, as of a given time.
    pub(crate) async fn id_token_at(&self, now: Timestamp) -> Result<IdToken, Failure> {
        let mut tokens = self.shared.tokens.lock().await;
        if now
            .saturating_add(MARGIN)
            .is_ok_and(|soon| soon < tokens.expires_at)
        {
            return Ok(tokens.id.clone());
        }
        self.renew(&mut tokens).await
    }

    /// A new ID token in place of `old`, which the gateway called expired. Where somebody
    /// else has renewed it meanwhile, theirs is given.
    pub async fn renewed(&self, old: &IdToken) -> Result<IdToken, Failure> {
        let mut tokens = self.shared.tokens.lock().await;
        if tokens.id.expose() != old.expose() {
            return Ok(tokens.id.clone());
        }
        self.renew(&mut tokens).await
    }

    async fn renew(&self, tokens: &mut Tokens) -> Result<IdToken, Failure> {
        let username = tokens.id.claims().username.clone();
        let Some(refresh) = tokens.refresh.clone() else {
            return Err(Failure::new(
                ErrorClass::Expired,
                "renewing the ID token",
                "it ran out and there is no refresh token",
            )
            .advise("sign in again"));
        };
        let sign_in = SignIn {
            cognito: &self.shared.cognito,
            pool: &self.shared.pool,
            client: &self.shared.client,
        };
        let renewed = sign_in.refresh(&username, &refresh).await?;
        *tokens = renewed;
        Ok(tokens.id.clone())
    }
}
