//! The pool's signing key and the tokens it signs.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::refusal::{Answer, Refusal};

/// A pool's RSA key pair, generated in the background when the pool is made.
#[derive(Clone)]
pub(super) struct SigningKey(Arc<OnceLock<Option<Keys>>>);

struct Keys {
    pair: KeyPair,
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// Starts to generate a key; whoever needs it first waits for it.
    pub(super) fn generate() -> Self {
        let key = Self(Arc::new(OnceLock::new()));
        let background = key.clone();
        // Where no thread can be had, the first use generates it.
        let _ = std::thread::Builder::new()
            .name("sandbox-pool-key".to_owned())
            .spawn(move || {
                background.keys();
            });
        key
    }

    fn keys(&self) -> Option<&Keys> {
        self.0
            .get_or_init(|| {
                let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
                let public = pair.public_key();
                let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
                let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
                let id = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&modulus));
                Some(Keys {
                    pair,
                    id,
                    modulus,
                    exponent,
                })
            })
            .as_ref()
    }

    /// The public key as a JWK set.
    pub(super) fn jwks(&self) -> Value {
        let keys: Vec<Value> = self
            .keys()
            .map(|keys| {
                json!({
                    "alg": "RS256",
                    "e": URL_SAFE_NO_PAD.encode(&keys.exponent),
                    "kid": keys.id,
                    "kty": "RSA",
                    "n": URL_SAFE_NO_PAD.encode(&keys.modulus),
                    "use": "sig",
                })
            })
            .into_iter()
            .collect();
        json!({ "keys": keys })
    }

    /// The public key called `kid`.
    pub(super) fn public(&self, kid: &str) -> Option<DecodingKey> {
        let keys = self.keys().filter(|keys| keys.id == kid)?;
        Some(DecodingKey::from_rsa_raw_components(
            &keys.modulus,
            &keys.exponent,
        ))
    }

    /// Signs claims as a compact JWT, RS256.
    pub(super) fn sign(&self, claims: &Value) -> Answer<String> {
        let failed = || Refusal::new("InternalErrorException", "Token could not be signed.");
        let keys = self.keys().ok_or_else(failed)?;
        let header = json!({"kid": keys.id, "alg": "RS256"}).to_string();
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; keys.pair.public_modulus_len()];
        keys.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .map_err(|_| failed())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token this key signed; `None` where it did not. Expiry is the
    /// caller's to judge, by the sandbox's clock.
    pub(super) fn claims(&self, token: &str) -> Option<Map<String, Value>> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode(token, &self.public(&kid)?, &validation)
            .ok()
            .map(|data| data.claims)
    }
}

/// What a refresh token stands for.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// The user's name.
    pub(super) username: String,
    /// The app client's id.
    pub(super) client: String,
    /// What all tokens of this sign-in carry, so that they can be revoked together.
    pub(super) origin: String,
    /// When the user proved who they are.
    pub(super) signed_in: Timestamp,
    /// When the refresh token ends.
    pub(super) expires: Timestamp,
}
