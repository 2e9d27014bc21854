//! Challenges: what a sign-in under way waits for, and for how long.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use indexmap::IndexMap;
use jiff::Timestamp;
use rand::RngExt as _;
use serde_json::{Value, json};

use super::{
    client::Client,
    pool::Pool,
    refusal::{Answer, Refusal},
    srp::Exchange,
};

/// What a sign-in under way waits for.
pub(super) struct Challenge {
    /// The app client's id.
    pub(super) client: String,
    /// The user name; for somebody who does not exist, the one made up.
    pub(super) username: String,
    /// What it waits for.
    pub(super) kind: Kind,
    /// Until when.
    pub(super) expires: Timestamp,
}

/// The answer that is waited for.
pub(super) enum Kind {
    /// The proof of the password, by SRP.
    Password(Box<Exchange>),
    /// A password of the user's own.
    NewPassword,
    /// A TOTP code.
    Totp,
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Password(_) => "PASSWORD_VERIFIER",
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::Totp => "SOFTWARE_TOKEN_MFA",
        }
    }
}

/// A challenge with a session.
pub(super) fn ask(
    pool: &mut Pool,
    client: &Client,
    username: &str,
    kind: Kind,
    parameters: &Value,
    now: Timestamp,
) -> Value {
    let session = random_token(640);
    let answer = json!({
        "ChallengeName": kind.name(),
        "Session": session,
        "ChallengeParameters": parameters,
    });
    open(pool, client, session, username.to_owned(), kind, now);
    answer
}

/// Waits for the answer to a challenge, found again by `key`.
pub(super) fn open(
    pool: &mut Pool,
    client: &Client,
    key: String,
    username: String,
    kind: Kind,
    now: Timestamp,
) {
    pool.challenges
        .retain(|_, challenge| challenge.expires > now);
    pool.challenges.insert(
        key,
        Challenge {
            client: client.id.clone(),
            username,
            kind,
            expires: now
                .saturating_add(client.session_validity())
                .unwrap_or(Timestamp::MAX),
        },
    );
}

/// Whose session it is, where it waits for this challenge's answer.
pub(super) fn waiting(
    pool: &Pool,
    client: &Client,
    session: &str,
    name: &str,
    responses: &IndexMap<String, String>,
    now: Timestamp,
) -> Answer<String> {
    let challenge = pool
        .challenges
        .get(session)
        .filter(|challenge| challenge.client == client.id && challenge.kind.name() == name)
        .ok_or_else(|| Refusal::not_authorized("Invalid session for the user."))?;
    let username = &challenge.username;
    client.check_secret_hash(
        responses.get("SECRET_HASH").map(String::as_str),
        &[username],
    )?;
    if challenge.expires <= now {
        return Err(expired_session());
    }
    if pool.users.resolve(required(responses, "USERNAME")?) != Some(username) {
        return Err(Refusal::not_authorized("Invalid session for the user."));
    }
    Ok(username.clone())
}

/// A parameter of an authentication call that must be there.
pub(super) fn required<'a>(
    parameters: &'a IndexMap<String, String>,
    name: &str,
) -> Answer<&'a str> {
    parameters
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Refusal::invalid(format!("Missing required parameter {name}")))
}

/// The answer came too late.
pub(super) fn expired_session() -> Refusal {
    Refusal::not_authorized("Invalid session for the user, session is expired.")
}

/// Random bytes as base64, as sessions and secret blocks look.
pub(super) fn random_token(length: usize) -> String {
    let mut bytes = vec![0; length];
    rand::rng().fill(&mut bytes[..]);
    STANDARD.encode(bytes)
}
