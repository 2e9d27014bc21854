//! What a person does about their own account, without AWS credentials.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    admin,
    client::Client,
    input::Input,
    pool::Pool,
    refusal::{Answer, Refusal},
    user::Password,
};
use crate::domain::UserStatus;

/// `SignUp`: makes an unconfirmed user without groups.
pub(super) fn sign_up(pool: &mut Pool, client: &Client, input: &Input, now: Timestamp) -> Answer {
    let name = input.text("Username")?;
    client.check_secret_hash(input.optional("SecretHash")?, &[name])?;
    let password = input.text("Password")?;
    Pool::check_password(password)?;
    let attributes = input.attributes("UserAttributes")?;
    if attributes
        .iter()
        .any(|(name, _)| matches!(name.as_str(), "email_verified" | "phone_number_verified"))
    {
        return Err(Refusal::not_authorized(
            "A client attempted to write unauthorized attribute",
        ));
    }
    let mut user = admin::new_user(pool, name, attributes, UserStatus::Unconfirmed, now)?;
    user.password = Some(Password::permanent(password));
    let mut answer = json!({"UserConfirmed": false, "UserSub": user.sub});
    if pool.auto_verify {
        user.code = Some(admin::random_code());
        if let Some(shape) = answer.as_object_mut() {
            shape.insert("CodeDeliveryDetails".to_owned(), admin::delivery(name));
        }
    }
    pool.users.insert(user);
    Ok(answer)
}

/// `ConfirmSignUp`.
pub(super) fn confirm_sign_up(
    pool: &mut Pool,
    client: &Client,
    input: &Input,
    now: Timestamp,
) -> Answer {
    let name = input.text("Username")?;
    let code = input.text("ConfirmationCode")?;
    check_name_hash(pool, client, input, name)?;
    let confirmed = pool.change(name, now, |user| {
        admin::must_be_unconfirmed(user)?;
        take_code(&mut user.code, code)?;
        user.status = UserStatus::Confirmed;
        user.attributes
            .insert("email_verified".to_owned(), "true".to_owned());
        Ok(json!({}))
    });
    match confirmed {
        Err(refusal) if refusal == Refusal::no_user() && client.hides_users() => {
            Err(expired_code())
        }
        outcome => outcome,
    }
}

/// `ForgotPassword`: sends a code. Refused to who was invited and has no password of
/// their own yet, even when the invitation has expired.
pub(super) fn forgot_password(
    pool: &mut Pool,
    client: &Client,
    input: &Input,
    now: Timestamp,
) -> Answer {
    let name = input.text("Username")?;
    check_name_hash(pool, client, input, name)?;
    let sent = pool.change(name, now, |user| {
        admin::may_reset(user)?;
        user.code = Some(admin::random_code());
        Ok(user.email().unwrap_or_default().to_owned())
    });
    let email = match sent {
        Err(refusal) if refusal == Refusal::no_user() => {
            if !client.hides_users() {
                return Err(Refusal::new(
                    "UserNotFoundException",
                    "Username/client id combination not found.",
                ));
            }
            name.to_owned()
        }
        outcome => outcome?,
    };
    Ok(json!({"CodeDeliveryDetails": admin::delivery(&email)}))
}

/// `ConfirmForgotPassword`.
pub(super) fn confirm_forgot_password(
    pool: &mut Pool,
    client: &Client,
    input: &Input,
    now: Timestamp,
) -> Answer {
    let name = input.text("Username")?;
    let code = input.text("ConfirmationCode")?;
    let password = input.text("Password")?;
    Pool::check_password(password)?;
    check_name_hash(pool, client, input, name)?;
    let changed = pool.change(name, now, |user| {
        take_code(&mut user.code, code)?;
        user.password = Some(Password::permanent(password));
        user.status = UserStatus::Confirmed;
        Ok(json!({}))
    });
    match changed {
        Err(refusal) if refusal == Refusal::no_user() && client.hides_users() => {
            Err(expired_code())
        }
        outcome => outcome,
    }
}

/// `GetUser`.
pub(super) fn get(pool: &Pool, username: &str) -> Answer {
    let user = pool.user(username)?;
    let mut shape = serde_json::Map::new();
    shape.insert("Username".to_owned(), user.username.as_str().into());
    shape.insert("UserAttributes".to_owned(), user.attributes(None));
    user.describe_mfa(&mut shape);
    Ok(Value::Object(shape))
}

/// `ChangePassword`.
pub(super) fn change_password(
    pool: &mut Pool,
    username: &str,
    input: &Input,
    now: Timestamp,
) -> Answer {
    let previous = input.text("PreviousPassword")?;
    let proposed = input.text("ProposedPassword")?;
    Pool::check_password(proposed)?;
    pool.change(username, now, |user| {
        if user.password.as_ref().map(Password::expose) != Some(previous) {
            return Err(Refusal::wrong_password());
        }
        user.password = Some(Password::permanent(proposed));
        Ok(json!({}))
    })
}

/// The secret hash over the name given or over the user name behind it.
fn check_name_hash(pool: &Pool, client: &Client, input: &Input, name: &str) -> Answer<()> {
    let username = pool.users.resolve(name).unwrap_or(name);
    client.check_secret_hash(input.optional("SecretHash")?, &[name, username])
}

fn take_code(held: &mut Option<String>, given: &str) -> Answer<()> {
    match held {
        None => Err(expired_code()),
        Some(code) if code == given => {
            *held = None;
            Ok(())
        }
        Some(_) => Err(Refusal::new(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        )),
    }
}

fn expired_code() -> Refusal {
    Refusal::new(
        "ExpiredCodeException",
        "Invalid code provided, please request a code again.",
    )
}
