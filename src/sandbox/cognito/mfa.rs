//! TOTP as the second factor.

use jiff::Timestamp;
use rand::RngExt as _;
use secrecy::ExposeSecret;
use serde_json::json;
use totp_rs::{Builder, Secret};

use super::{
    input::Input,
    pool::Pool,
    refusal::{Answer, Refusal},
    user::{Totp, User},
};

/// `AssociateSoftwareToken`: a new secret, not in force before a code was shown.
pub(super) fn associate(pool: &mut Pool, username: &str, now: Timestamp) -> Answer {
    if !pool.totp {
        return Err(Refusal::new(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled by the userPool",
        ));
    }
    let secret = Secret::from(rand::rng().random::<[u8; 20]>()).to_base32();
    pool.change(username, now, |user| {
        user.totp = Some(Totp {
            secret: secret.clone().into(),
            verified: false,
            used: None,
        });
        Ok(json!({"SecretCode": secret}))
    })
}

/// `VerifySoftwareToken`.
pub(super) fn verify(pool: &mut Pool, username: &str, input: &Input, now: Timestamp) -> Answer {
    let code = input.text("UserCode")?;
    pool.change(username, now, |user| {
        if !take_code(user, code, now)? {
            return Err(Refusal::new(
                "EnableSoftwareTokenMFAException",
                "Code mismatch",
            ));
        }
        if let Some(totp) = &mut user.totp {
            totp.verified = true;
        }
        Ok(json!({"Status": "SUCCESS"}))
    })
}

/// `SetUserMFAPreference` and `AdminSetUserMFAPreference`.
pub(super) fn prefer(pool: &mut Pool, username: &str, input: &Input, now: Timestamp) -> Answer {
    let enabled = |settings: &str| {
        Some(
            input
                .get(settings)?
                .get("Enabled")
                .and_then(serde_json::Value::as_bool)
                .unwrap_or_default(),
        )
    };
    // The pool sends no messages, so nobody can have the factors that need one.
    for (settings, factor) in [
        ("SMSMfaSettings", "SMS_MFA"),
        ("EmailMfaSettings", "EMAIL_OTP"),
    ] {
        if enabled(settings) == Some(true) {
            return Err(Refusal::invalid(format!(
                "User does not have delivery config set to turn on {factor}"
            )));
        }
    }
    let Some(enabled) = enabled("SoftwareTokenMfaSettings") else {
        return Ok(json!({}));
    };
    pool.change(username, now, |user| {
        if enabled && !user.totp.as_ref().is_some_and(|totp| totp.verified) {
            return Err(Refusal::invalid(
                "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
            ));
        }
        user.mfa = enabled;
        Ok(json!({}))
    })
}

/// Whether `code` is right now; a right code is used up.
pub(super) fn take_code(user: &mut User, code: &str, now: Timestamp) -> Answer<bool> {
    let Some(totp) = &mut user.totp else {
        return Err(Refusal::new(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled by the user",
        ));
    };
    let failed = || Refusal::new("InternalErrorException", "The factor cannot be read.");
    let secret = Secret::try_from_base32(totp.secret.expose_secret()).map_err(|_| failed())?;
    let generator = Builder::new()
        .with_secret(secret)
        .build()
        .map_err(|_| failed())?;
    let time = u64::try_from(now.as_second()).unwrap_or_default();
    let Some(step) = generator.check(code, time) else {
        return Ok(false);
    };
    if totp.used.is_some_and(|used| used >= step) {
        return Err(Refusal::new(
            "ExpiredCodeException",
            "Your software token has already been used once.",
        ));
    }
    totp.used = Some(step);
    Ok(true)
}
