//! What the sample's Lambda does with a bearer token, step by step and in its order.
//!
//! Whether a step raises `Unauthorized` or crashes is part of the contract: a missing claim
//! is a `KeyError` in the Lambda, and so a 500 for the caller.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::JwkSet};
use serde_json::Value;

use crate::sandbox::{World, cognito, world::POOL_ID};

/// How many verified tokens are remembered; then it starts over.
const REMEMBERED: usize = 4096;

/// Why a token is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The Lambda raises `Unauthorized`: 401.
    Unauthorized(&'static str),
    /// The Lambda crashes: 500.
    Crash(String),
}

/// The claims of tokens whose signature has been verified, by token. A signature stays valid;
/// expiry and audience are checked each time.
#[derive(Debug, Default)]
pub(super) struct Verified(HashMap<String, Arc<Value>>);

impl Verified {
    pub(super) fn get(&self, token: &str) -> Option<Arc<Value>> {
        self.0.get(token).cloned()
    }

    pub(super) fn remember(&mut self, token: &str, claims: &Arc<Value>) {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(token.to_owned(), Arc::clone(claims));
    }
}

/// The claims of a token with a valid signature by one of the pool's keys.
pub(super) fn verify_signature(world: &World, token: &str) -> Result<Value, Problem> {
    let crash = |what: &str| Problem::Crash(format!("JWTError: {what}"));
    let (message, signature) = token
        .rsplit_once('.')
        .ok_or_else(|| crash("Error decoding token headers."))?;
    let (header, payload) = message
        .split_once('.')
        .ok_or_else(|| crash("Error decoding token headers."))?;
    let header = part(header).ok_or_else(|| crash("Error decoding token headers."))?;
    let Some(kid) = header.get("kid") else {
        return Err(Problem::Crash("KeyError: 'kid'".to_owned()));
    };
    let key = kid
        .as_str()
        .and_then(|kid| key(world, kid))
        .ok_or(Problem::Unauthorized("Public key not found in jwks.json"))?;
    // The key decides the algorithm, whatever the token's header claims.
    let valid = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256);
    if !valid.unwrap_or(false) {
        return Err(Problem::Unauthorized("Signature verification failed"));
    }
    part(payload).ok_or_else(|| crash("Error decoding token claims."))
}

/// The Lambda's checks after the signature: expiry at `now` (seconds), then audience.
pub(super) fn check_claims(claims: &Value, now: i64, audience: &str) -> Result<(), Problem> {
    let expires = claims
        .get("exp")
        .and_then(Value::as_i64)
        .ok_or_else(|| missing("exp"))?;
    if now > expires {
        return Err(Problem::Unauthorized("Token is expired"));
    }
    if claims.get("aud").ok_or_else(|| missing("aud"))? != audience {
        return Err(Problem::Unauthorized(
            "Token was not issued for this audience",
        ));
    }
    Ok(())
}

/// Python's answer to a claim that is not there.
pub(super) fn missing(claim: &str) -> Problem {
    Problem::Crash(format!("KeyError: '{claim}'"))
}

/// A part of a token: base64url of a JSON object.
fn part(text: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    serde_json::from_slice::<Value>(&bytes)
        .ok()
        .filter(Value::is_object)
}

/// The pool's key of that id, from its public document as the Lambda reads it.
fn key(world: &World, kid: &str) -> Option<DecodingKey> {
    let document = cognito::well_known(world, POOL_ID, "jwks.json")?;
    let keys: JwkSet = serde_json::from_slice(&document.body).ok()?;
    DecodingKey::from_jwk(keys.find(kid)?).ok()
}
