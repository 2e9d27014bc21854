//! Sign-in: the flows a client allows, their challenges, and the tokens at the end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use indexmap::IndexMap;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rand::RngExt as _;
use serde_json::json;
use sha2::Sha256;
use uuid::Uuid;

use super::{
    challenge::{Kind, ask, expired_session, open, random_token, required, waiting},
    client::Client,
    input::Input,
    issue, mfa,
    pool::Pool,
    refusal::{Answer, Refusal},
    srp::{Exchange, Verifier},
    user::Password,
};
use crate::domain::UserStatus;

/// Which of the two ways in: `InitiateAuth`, or `AdminInitiateAuth` with AWS credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Open to everybody.
    Public,
    /// Signed by an administrator.
    Admin,
}

/// `InitiateAuth` and `AdminInitiateAuth`.
pub(super) fn initiate(
    pool: &mut Pool,
    client: &Client,
    door: Door,
    input: &Input,
    now: Timestamp,
) -> Answer {
    let parameters = input.texts("AuthParameters");
    match (input.text("AuthFlow")?, door) {
        ("USER_SRP_AUTH", _) => {
            if !client.allows(&["ALLOW_USER_SRP_AUTH"]) {
                return Err(Refusal::invalid(
                    "USER_SRP_AUTH is not enabled for the client.",
                ));
            }
            start_srp(pool, client, &parameters, now)
        }
        ("USER_PASSWORD_AUTH", Door::Public) => {
            if !client.allows(&["ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"]) {
                return Err(Refusal::invalid(
                    "USER_PASSWORD_AUTH flow not enabled for this client",
                ));
            }
            check_password(pool, client, &parameters, now)
        }
        ("ADMIN_USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH", Door::Admin) => {
            if !client.allows(&["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"]) {
                return Err(Refusal::invalid("Auth flow not enabled for this client"));
            }
            check_password(pool, client, &parameters, now)
        }
        ("REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN", _) => {
            if !client.allows(&["ALLOW_REFRESH_TOKEN_AUTH"]) {
                return Err(Refusal::invalid("Auth flow not enabled for this client"));
            }
            refresh(pool, client, &parameters, now)
        }
        ("CUSTOM_AUTH", _) => Err(Refusal::invalid(
            "Custom auth lambda trigger is not configured for the user pool.",
        )),
        _ => Err(Refusal::invalid("Initiate Auth method not supported.")),
    }
}

/// `RespondToAuthChallenge` and `AdminRespondToAuthChallenge`.
pub(super) fn respond(pool: &mut Pool, client: &Client, input: &Input, now: Timestamp) -> Answer {
    let responses = input.texts("ChallengeResponses");
    let name = input.text("ChallengeName")?;
    required(&responses, "USERNAME")?;
    match name {
        "PASSWORD_VERIFIER" => prove_password(pool, client, &responses, now),
        "NEW_PASSWORD_REQUIRED" | "SOFTWARE_TOKEN_MFA" => {
            let session = input
                .optional("Session")?
                .ok_or_else(|| Refusal::invalid("Missing required parameter Session"))?;
            let username = waiting(pool, client, session, name, &responses, now)?;
            let answered = if name == "NEW_PASSWORD_REQUIRED" {
                set_new_password(pool, &username, &responses, now)
            } else {
                check_totp(pool, &username, &responses, now)
            };
            answered?;
            // A wrong answer may be corrected; a right one ends the session.
            pool.challenges.remove(session);
            let asked_totp = name == "SOFTWARE_TOKEN_MFA";
            admit(pool, client, &username, asked_totp, now)
        }
        _ => Err(Refusal::invalid(format!(
            "The sandbox gives no {name} challenge."
        ))),
    }
}

/// The user name behind the name given, the secret hash checked. Somebody who does not
/// exist is refused, or, where the client hides who exists, is `None`.
fn addressed(
    pool: &Pool,
    client: &Client,
    parameters: &IndexMap<String, String>,
) -> Answer<Option<String>> {
    let given = required(parameters, "USERNAME")?;
    let username = pool.users.resolve(given);
    client.check_secret_hash(
        parameters.get("SECRET_HASH").map(String::as_str),
        &[given, username.unwrap_or(given)],
    )?;
    match username.and_then(|name| pool.users.get(name)) {
        Some(user) if user.status == UserStatus::ResetRequired => Err(Refusal::new(
            "PasswordResetRequiredException",
            "Password reset required for the user",
        )),
        // A federated user has no password: like somebody who does not exist.
        Some(user) if user.password.is_some() => Ok(Some(user.username.clone())),
        _ if client.hides_users() => Ok(None),
        Some(_) => Err(Refusal::wrong_password()),
        None => Err(Refusal::no_user()),
    }
}

fn check_password(
    pool: &mut Pool,
    client: &Client,
    parameters: &IndexMap<String, String>,
    now: Timestamp,
) -> Answer {
    let username = addressed(pool, client, parameters)?;
    let given = required(parameters, "PASSWORD")?;
    let username = username.ok_or_else(Refusal::wrong_password)?;
    let held = pool.user(&username)?.password.as_ref();
    if held.map(Password::expose) != Some(given) {
        return Err(Refusal::wrong_password());
    }
    admit(pool, client, &username, false, now)
}

fn start_srp(
    pool: &mut Pool,
    client: &Client,
    parameters: &IndexMap<String, String>,
    now: Timestamp,
) -> Answer {
    let public = required(parameters, "SRP_A")?;
    let found = addressed(pool, client, parameters)?;
    let given = required(parameters, "USERNAME")?;
    let (username, password) = match found {
        Some(username) => {
            let held = pool.user(&username)?.password.as_ref();
            let password = held.map_or_else(String::new, |held| held.expose().to_owned());
            (username, password)
        }
        None => (made_up_name(pool, given), Uuid::new_v4().to_string()),
    };
    let verifier = Verifier::new(pool.srp_name(), &username, &password, salt(pool, &username));
    let exchange = Exchange::new(public, verifier, rand::rng().random())
        .ok_or_else(|| Refusal::invalid("SRP_A is not valid."))?;
    let block = random_token(1024);
    let answer = json!({
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeParameters": {
            "SALT": exchange.salt(),
            "SECRET_BLOCK": block,
            "SRP_B": exchange.public.to_str_radix(16),
            "USERNAME": username,
            "USER_ID_FOR_SRP": username,
        },
    });
    let kind = Kind::Password(Box::new(exchange));
    open(pool, client, block, username, kind, now);
    Ok(answer)
}

fn prove_password(
    pool: &mut Pool,
    client: &Client,
    responses: &IndexMap<String, String>,
    now: Timestamp,
) -> Answer {
    let given = required(responses, "USERNAME")?;
    let block = required(responses, "PASSWORD_CLAIM_SECRET_BLOCK")?;
    let signature = required(responses, "PASSWORD_CLAIM_SIGNATURE")?;
    let timestamp = required(responses, "TIMESTAMP")?;
    if !is_srp_timestamp(timestamp) {
        return Err(Refusal::invalid(
            "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
        ));
    }
    // One proof a challenge, right or wrong.
    let challenge = pool
        .challenges
        .remove(block)
        .filter(|challenge| challenge.client == client.id)
        .ok_or_else(Refusal::wrong_password)?;
    let Kind::Password(exchange) = challenge.kind else {
        return Err(Refusal::wrong_password());
    };
    let username = challenge.username;
    client.check_secret_hash(
        responses.get("SECRET_HASH").map(String::as_str),
        &[&username],
    )?;
    if challenge.expires <= now {
        return Err(expired_session());
    }
    if given != username && pool.users.resolve(given) != Some(&username) {
        return Err(Refusal::wrong_password());
    }
    let block = STANDARD.decode(block).unwrap_or_default();
    let message = [
        pool.srp_name().as_bytes(),
        username.as_bytes(),
        &block,
        timestamp.as_bytes(),
    ];
    let signature = STANDARD.decode(signature).unwrap_or_default();
    if !exchange.proves(&message, &signature) {
        return Err(Refusal::wrong_password());
    }
    admit(pool, client, &username, false, now)
}

/// Lets in who has proved the password, or asks for what else is due.
fn admit(
    pool: &mut Pool,
    client: &Client,
    username: &str,
    totp_shown: bool,
    now: Timestamp,
) -> Answer {
    let user = pool
        .users
        .get(username)
        .ok_or_else(Refusal::wrong_password)?;
    if !user.enabled {
        return Err(Refusal::disabled());
    }
    match user.status {
        UserStatus::Unconfirmed => Err(Refusal::new(
            "UserNotConfirmedException",
            "User is not confirmed.",
        )),
        UserStatus::ForceChangePassword => {
            let until = user.password.as_ref().and_then(|held| held.temporary_until);
            if until.is_some_and(|until| until <= now) {
                return Err(Refusal::not_authorized(
                    "Temporary password has expired and must be reset by an administrator.",
                ));
            }
            let attributes = serde_json::to_string(&user.attributes).unwrap_or_default();
            Ok(ask(
                pool,
                client,
                username,
                Kind::NewPassword,
                &json!({
                    "USER_ID_FOR_SRP": username,
                    "requiredAttributes": "[]",
                    "userAttributes": attributes,
                }),
                now,
            ))
        }
        _ if user.mfa && pool.totp && !totp_shown => Ok(ask(
            pool,
            client,
            username,
            Kind::Totp,
            &json!({"USER_ID_FOR_SRP": username}),
            now,
        )),
        _ => issue::sign_in(pool, client, username, now),
    }
}

fn set_new_password(
    pool: &mut Pool,
    username: &str,
    responses: &IndexMap<String, String>,
    now: Timestamp,
) -> Answer<()> {
    let password = required(responses, "NEW_PASSWORD")?;
    Pool::check_password(password)?;
    let attributes: Vec<(String, String)> = responses
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix("userAttributes.")?;
            Some((name.to_owned(), value.clone()))
        })
        .collect();
    let attributes = Pool::checked(attributes)?;
    if attributes.iter().any(|(name, _)| name == "email") {
        return Err(Refusal::not_authorized(
            "Cannot modify an already provided email",
        ));
    }
    pool.change(username, now, |user| {
        user.attributes.extend(attributes);
        user.password = Some(Password::permanent(password));
        user.status = UserStatus::Confirmed;
        Ok(())
    })
}

fn check_totp(
    pool: &mut Pool,
    username: &str,
    responses: &IndexMap<String, String>,
    now: Timestamp,
) -> Answer<()> {
    let code = required(responses, "SOFTWARE_TOKEN_MFA_CODE")?;
    let right = pool
        .users
        .change(username, |user| mfa::take_code(user, code, now))
        .ok_or_else(Refusal::no_user)??;
    if right {
        Ok(())
    } else {
        Err(Refusal::new(
            "CodeMismatchException",
            "Invalid code received for user",
        ))
    }
}

fn refresh(
    pool: &mut Pool,
    client: &Client,
    parameters: &IndexMap<String, String>,
    now: Timestamp,
) -> Answer {
    let token = required(parameters, "REFRESH_TOKEN")?;
    let grant = pool
        .grants
        .get(token)
        .filter(|grant| grant.client == client.id)
        .ok_or_else(|| Refusal::not_authorized("Invalid Refresh Token"))?
        .clone();
    client.check_secret_hash(
        parameters.get("SECRET_HASH").map(String::as_str),
        &[&grant.username],
    )?;
    if grant.expires <= now {
        return Err(Refusal::not_authorized("Refresh Token has expired"));
    }
    let user = pool.user(&grant.username)?;
    if !user.enabled {
        return Err(Refusal::disabled());
    }
    issue::tokens(pool, client, user, &grant, None, now)
}

/// Whether a text is a time as Java writes it: `Thu Jan 1 00:00:00 UTC 1970`, no zero
/// before the day.
fn is_srp_timestamp(text: &str) -> bool {
    const FORMAT: &str = "%a %b %-d %H:%M:%S UTC %Y";
    DateTime::strptime(FORMAT, text)
        .and_then(|time| time.to_zoned(TimeZone::UTC))
        .is_ok_and(|time| time.strftime(FORMAT).to_string() == text)
}

/// The salt of a user, the same at every try whether the user exists or not.
fn salt(pool: &Pool, username: &str) -> [u8; 16] {
    derived(pool, "salt", username)
}

/// The user name of somebody who does not exist, the same at every try.
fn made_up_name(pool: &Pool, given: &str) -> String {
    uuid::Builder::from_random_bytes(derived(pool, "name", given))
        .into_uuid()
        .to_string()
}

fn derived(pool: &Pool, purpose: &str, name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&pool.decoy) {
        mac.update(purpose.as_bytes());
        mac.update(name.as_bytes());
        for (byte, derived) in bytes.iter_mut().zip(mac.finalize().into_bytes()) {
            *byte = derived;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_times_as_java_writes_them_only() {
        assert!(is_srp_timestamp("Thu Jan 1 00:00:00 UTC 1970"));
        assert!(is_srp_timestamp("Mon Nov 23 09:42:05 UTC 2026"));
        for text in [
            "Thu Jan 01 00:00:00 UTC 1970",
            "Fri Jan 1 00:00:00 UTC 1970",
            "Thu Jan 1 00:00:00 1970",
            "1970-01-01T00:00:00Z",
            "",
        ] {
            assert!(!is_srp_timestamp(text), "{text}");
        }
    }
}
