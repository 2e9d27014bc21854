//! What an administrator does with users.

use jiff::Timestamp;
use rand::RngExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    filter::Filter,
    input::{self, Input},
    pool::{Pool, is_email},
    refusal::{Answer, Refusal},
    user::{Password, User},
};
use crate::domain::UserStatus;

/// `ListUsers`.
pub(super) fn list(pool: &Pool, input: &Input) -> Answer {
    let limit = input.limit("Limit")?;
    let after = input.after("PaginationToken")?;
    let filter = Filter::parse(input.optional("Filter")?.unwrap_or_default())?;
    let only = input.list("AttributesToGet");
    if let Some(unknown) = only.iter().find(|name| !Pool::has_attribute(name)) {
        return Err(Refusal::invalid(format!(
            "1 validation error detected: Attribute {unknown} does not exist in the schema."
        )));
    }
    let only = input.get("AttributesToGet").map(|_| only.as_slice());
    let rest = match &filter {
        Some(filter) => filter.select(&pool.users, after.as_deref()),
        None => pool.users.after(after.as_deref()),
    };
    Ok(input::page(
        ("Users", "PaginationToken"),
        limit,
        rest,
        |user| match &filter {
            Some(filter) => filter.place(user),
            None => user.username.clone(),
        },
        |user| user.listed(only),
    ))
}

/// `AdminGetUser`.
pub(super) fn get(pool: &Pool, input: &Input) -> Answer {
    Ok(pool.user(input.text("Username")?)?.described())
}

/// `AdminCreateUser`: invites a person, or sends the invitation again.
pub(super) fn create(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let name = input.text("Username")?;
    let action = input.optional("MessageAction")?;
    if let Some(other) = action.filter(|action| !matches!(*action, "RESEND" | "SUPPRESS")) {
        return Err(input::constraint(
            other,
            "MessageAction",
            "Member must satisfy enum value set: [RESEND, SUPPRESS]",
        ));
    }
    let password = match input.optional("TemporaryPassword")? {
        Some(password) => {
            Pool::check_password(password)?;
            password.to_owned()
        }
        None => random_password(),
    };
    let password = Password::temporary(password, Pool::temporary_until(now));
    if action == Some("RESEND") {
        let user = pool.change(name, now, |user| {
            if user.status != UserStatus::ForceChangePassword {
                return Err(Refusal::new(
                    "UnsupportedUserStateException",
                    format!(
                        "Resend not possible. {} status is not FORCE_CHANGE_PASSWORD",
                        user.username
                    ),
                ));
            }
            user.password = Some(password);
            Ok(user.listed(None))
        })?;
        return Ok(json!({"User": user}));
    }
    let attributes = input.attributes("UserAttributes")?;
    let mut user = new_user(pool, name, attributes, UserStatus::ForceChangePassword, now)?;
    user.password = Some(password);
    let answer = json!({"User": user.listed(None)});
    pool.users.insert(user);
    Ok(answer)
}

/// A user to be, whose user name given is the e-mail address; refused where somebody
/// else has it.
pub(super) fn new_user(
    pool: &Pool,
    name: &str,
    attributes: Vec<(String, String)>,
    status: UserStatus,
    now: Timestamp,
) -> Answer<User> {
    if !is_email(name) {
        return Err(Refusal::invalid("Username should be an email."));
    }
    let attributes = Pool::checked(attributes)?;
    if pool.users.holder(name).is_some() {
        return Err(Refusal::new(
            "UsernameExistsException",
            "An account with the given email already exists.",
        ));
    }
    let id = Uuid::new_v4().to_string();
    let mut user = User::new(id.clone(), id, status, now);
    user.attributes.insert("email".to_owned(), name.to_owned());
    for (key, value) in attributes {
        if key != "email" && !value.is_empty() {
            user.attributes.insert(key, value);
        }
    }
    Ok(user)
}

/// `AdminSetUserPassword`.
pub(super) fn set_password(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let password = input.text("Password")?;
    Pool::check_password(password)?;
    let permanent = input.flag("Permanent");
    pool.change(input.text("Username")?, now, |user| {
        if !user.is_native() {
            return Err(Refusal::invalid(
                "Cannot set a password for a user of an external provider.",
            ));
        }
        if permanent {
            user.password = Some(Password::permanent(password));
            user.status = UserStatus::Confirmed;
        } else {
            user.password = Some(Password::temporary(password, Pool::temporary_until(now)));
            user.status = UserStatus::ForceChangePassword;
        }
        user.code = None;
        Ok(json!({}))
    })
}

/// `AdminResetUserPassword`: the password is gone, and a code is sent to set another.
pub(super) fn reset_password(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    pool.change(input.text("Username")?, now, |user| {
        may_reset(user)?;
        user.status = UserStatus::ResetRequired;
        user.password = None;
        user.code = Some(random_code());
        Ok(json!({}))
    })
}

/// Refuses a reset where Cognito does: nobody who was invited and has no password yet,
/// nobody without a verified address.
pub(super) fn may_reset(user: &User) -> Answer<()> {
    if !user.enabled {
        return Err(Refusal::disabled());
    }
    match user.status {
        UserStatus::Confirmed | UserStatus::ResetRequired | UserStatus::Unconfirmed => {}
        _ => {
            return Err(Refusal::not_authorized(
                "User password cannot be reset in the current state.",
            ));
        }
    }
    if user.email_verified() {
        Ok(())
    } else {
        Err(Refusal::invalid(
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
        ))
    }
}

/// `AdminConfirmSignUp`.
pub(super) fn confirm(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    pool.change(input.text("Username")?, now, |user| {
        must_be_unconfirmed(user)?;
        user.status = UserStatus::Confirmed;
        user.code = None;
        Ok(json!({}))
    })
}

/// Refuses to confirm who is confirmed already.
pub(super) fn must_be_unconfirmed(user: &User) -> Answer<()> {
    if user.status == UserStatus::Unconfirmed {
        return Ok(());
    }
    Err(Refusal::not_authorized(format!(
        "User cannot be confirmed. Current status is {}",
        user.status.as_str()
    )))
}

/// `AdminEnableUser` and `AdminDisableUser`; disabling ends sessions too.
pub(super) fn set_enabled(pool: &mut Pool, input: &Input, now: Timestamp, enabled: bool) -> Answer {
    let username = pool.change(input.text("Username")?, now, |user| {
        user.enabled = enabled;
        Ok(user.username.clone())
    })?;
    if !enabled {
        pool.revoke(&username);
    }
    Ok(json!({}))
}

/// `AdminDeleteUser`.
pub(super) fn delete(pool: &mut Pool, input: &Input) -> Answer {
    let username = pool.user(input.text("Username")?)?.username.clone();
    pool.revoke(&username);
    if let Some(user) = pool.users.remove(&username) {
        for group in &user.groups {
            if let Some(group) = pool.groups.get_mut(group) {
                group.members.remove(&username);
            }
        }
    }
    Ok(json!({}))
}

/// `AdminUpdateUserAttributes`; an empty value takes the attribute away.
pub(super) fn update_attributes(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let attributes = input.attributes("UserAttributes")?;
    if input.get("UserAttributes").is_none() {
        return Err(input::missing("UserAttributes"));
    }
    let attributes = Pool::checked(attributes)?;
    let user = pool.user(input.text("Username")?)?;
    let username = user.username.clone();
    for (name, value) in &attributes {
        let taken = |holder: &str| holder != username;
        if name == "email" && user.is_native() && pool.users.holder(value).is_some_and(taken) {
            return Err(Refusal::new(
                "AliasExistsException",
                "An account with the given email already exists.",
            ));
        }
    }
    pool.change(&username, now, |user| {
        let verified = attributes.iter().any(|(name, _)| name == "email_verified");
        for (name, value) in attributes {
            if name == "email" && user.email() != Some(value.as_str()) && !verified {
                user.attributes
                    .insert("email_verified".to_owned(), "false".to_owned());
            }
            if value.is_empty() {
                user.attributes.shift_remove(&name);
            } else {
                user.attributes.insert(name, value);
            }
        }
        Ok(json!({}))
    })
}

/// `AdminDeleteUserAttributes`.
pub(super) fn delete_attributes(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let names = input.list("UserAttributeNames");
    Pool::checked(
        names
            .iter()
            .map(|name| (name.clone(), String::new()))
            .collect(),
    )?;
    pool.change(input.text("Username")?, now, |user| {
        for name in names {
            user.attributes.shift_remove(&name);
        }
        Ok(json!({}))
    })
}

/// `AdminUserGlobalSignOut`.
pub(super) fn sign_out(pool: &mut Pool, input: &Input) -> Answer {
    let username = pool.user(input.text("Username")?)?.username.clone();
    pool.revoke(&username);
    Ok(json!({}))
}

/// Where a code was sent, masked.
pub(super) fn delivery(email: &str) -> Value {
    let mask = |part: &str| {
        part.chars()
            .next()
            .map(|first| format!("{first}***"))
            .unwrap_or_default()
    };
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    json!({
        "Destination": format!("{}@{}", mask(local), mask(domain)),
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    })
}

/// A six-digit code.
pub(super) fn random_code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000u32))
}

/// A password that meets the policy.
fn random_password() -> String {
    format!("Aa1!{}", Uuid::new_v4().simple())
}
