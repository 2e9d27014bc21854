//! One user pool: its settings, people, groups, clients, key and open sign-ins.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde_json::{Value, json};

use super::{
    State,
    challenge::Challenge,
    client::Client,
    directory::Directory,
    group::Group,
    input::{self, Input, constraint},
    refusal::{Answer, Refusal},
    token::{Grant, SigningKey},
    user::User,
};
use crate::sandbox::{wire::epoch, world};

/// How long a temporary password may be used.
const TEMPORARY_DAYS: i64 = 7;

/// The attributes every pool has, and whether they may be written.
const ATTRIBUTES: [(&str, bool); 20] = [
    ("sub", false),
    ("name", true),
    ("given_name", true),
    ("family_name", true),
    ("middle_name", true),
    ("nickname", true),
    ("preferred_username", true),
    ("profile", true),
    ("picture", true),
    ("website", true),
    ("email", true),
    ("email_verified", true),
    ("gender", true),
    ("birthdate", true),
    ("zoneinfo", true),
    ("locale", true),
    ("phone_number", true),
    ("phone_number_verified", true),
    ("address", true),
    ("updated_at", true),
];

/// One user pool that signs in by e-mail address.
pub(super) struct Pool {
    /// The id, `REGION_NAME`.
    pub(super) id: String,
    /// The name.
    pub(super) name: String,
    /// When it was made.
    pub(super) created: Timestamp,
    /// When it was last changed.
    pub(super) modified: Timestamp,
    /// Whether a person who signs up is sent a code to confirm the address with.
    pub(super) auto_verify: bool,
    /// Whether people may have a TOTP factor.
    pub(super) totp: bool,
    /// Whether the devices that people sign in with are remembered.
    pub(super) tracks_devices: bool,
    /// The people.
    pub(super) users: Directory,
    /// The groups by name.
    pub(super) groups: BTreeMap<String, Group>,
    /// The app clients by id.
    pub(super) clients: BTreeMap<String, Client>,
    /// The key that signs tokens.
    pub(super) key: SigningKey,
    /// Refresh tokens.
    pub(super) grants: HashMap<String, Grant>,
    /// Sign-ins whose access tokens were revoked.
    pub(super) revoked: HashSet<String>,
    /// Sign-ins under way, by session or by secret block.
    pub(super) challenges: HashMap<String, Challenge>,
    /// What makes the answers about unknown users look alike at every try.
    pub(super) decoy: [u8; 32],
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool without people.
    pub(super) fn new(id: &str, name: &str, now: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            created: now,
            modified: now,
            auto_verify: false,
            totp: false,
            tracks_devices: false,
            users: Directory::default(),
            groups: BTreeMap::new(),
            clients: BTreeMap::new(),
            key: SigningKey::generate(),
            grants: HashMap::new(),
            revoked: HashSet::new(),
            challenges: HashMap::new(),
            decoy: rand::rng().random(),
        }
    }

    /// The name that goes into SRP: the id after the underscore.
    pub(super) fn srp_name(&self) -> &str {
        self.id.split_once('_').map_or("", |(_, name)| name)
    }

    /// The issuer in its tokens.
    pub(super) fn issuer(&self) -> String {
        format!(
            "https://cognito-idp.{}.amazonaws.com/{}",
            world::REGION,
            self.id
        )
    }

    /// Until when a temporary password given now may be used.
    pub(super) fn temporary_until(now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::from_hours(24 * TEMPORARY_DAYS))
            .unwrap_or(Timestamp::MAX)
    }

    /// The user by user name, subject or e-mail address.
    pub(super) fn user(&self, name: &str) -> Answer<&User> {
        self.users.get(name).ok_or_else(Refusal::no_user)
    }

    /// Changes a user and notes when.
    pub(super) fn change<T>(
        &mut self,
        name: &str,
        now: Timestamp,
        change: impl FnOnce(&mut User) -> Answer<T>,
    ) -> Answer<T> {
        self.users
            .change(name, |user| {
                let outcome = change(user)?;
                user.modified = now;
                Ok(outcome)
            })
            .ok_or_else(Refusal::no_user)?
    }

    /// The app client.
    pub(super) fn client(&self, id: &str) -> Answer<&Client> {
        self.clients
            .get(id)
            .ok_or_else(|| Refusal::not_found(format!("User pool client {id} does not exist.")))
    }

    /// Refuses a password that breaks the policy.
    pub(super) fn check_password(password: &str) -> Answer<()> {
        let lacks = |rule: &str| {
            Refusal::new(
                "InvalidPasswordException",
                format!("Password did not conform with policy: {rule}"),
            )
        };
        let has = |kind: fn(char) -> bool| password.chars().any(kind);
        if password.chars().count() > 256 || password.trim() != password {
            return Err(constraint(
                "***",
                "Password",
                "Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
            ));
        }
        if password.chars().count() < 8 {
            return Err(lacks("Password not long enough"));
        }
        if !has(|letter| letter.is_ascii_lowercase()) {
            return Err(lacks("Password must have lowercase characters"));
        }
        if !has(|letter| letter.is_ascii_uppercase()) {
            return Err(lacks("Password must have uppercase characters"));
        }
        if !has(|letter| letter.is_ascii_digit()) {
            return Err(lacks("Password must have numeric characters"));
        }
        if !has(|letter| letter.is_ascii_punctuation() || letter == ' ') {
            return Err(lacks("Password must have symbol characters"));
        }
        Ok(())
    }

    /// The attributes as they are kept; refused where the pool does not have one or does
    /// not let it be written.
    pub(super) fn checked(mut attributes: Vec<(String, String)>) -> Answer<Vec<(String, String)>> {
        for (name, value) in &mut attributes {
            let known = ATTRIBUTES.iter().find(|(known, _)| known == name);
            let reason = match known {
                None => "Attribute does not exist in the schema.",
                Some((_, false)) => "Attribute cannot be updated.",
                Some(("email_verified" | "phone_number_verified", _)) => {
                    value.make_ascii_lowercase();
                    if matches!(value.as_str(), "true" | "false" | "") {
                        continue;
                    }
                    "Attribute value must be a boolean."
                }
                Some(("email", _)) if !value.is_empty() && !is_email(value) => {
                    return Err(Refusal::invalid("Invalid email address format."));
                }
                Some(_) => continue,
            };
            return Err(Refusal::invalid(format!(
                "Attributes did not conform to the schema: {name}: {reason}"
            )));
        }
        Ok(attributes)
    }

    /// Whether the pool has an attribute of this name.
    pub(super) fn has_attribute(name: &str) -> bool {
        ATTRIBUTES.iter().any(|(known, _)| *known == name)
    }

    /// Ends everything that was issued to a user but the ID tokens that are out.
    pub(super) fn revoke(&mut self, username: &str) {
        let Some(tokens) = self
            .users
            .change(username, |user| std::mem::take(&mut user.grants))
        else {
            return;
        };
        for token in tokens {
            if let Some(grant) = self.grants.remove(&token) {
                self.revoked.insert(grant.origin);
            }
        }
    }

    fn described(&self) -> Value {
        let schema: Vec<Value> = ATTRIBUTES
            .iter()
            .map(|(name, mutable)| {
                let kind = match *name {
                    "email_verified" | "phone_number_verified" => "Boolean",
                    "updated_at" => "Number",
                    _ => "String",
                };
                json!({
                    "Name": name,
                    "AttributeDataType": kind,
                    "DeveloperOnlyAttribute": false,
                    "Mutable": mutable,
                    "Required": matches!(*name, "sub" | "email"),
                })
            })
            .collect();
        let verified = if self.auto_verify {
            json!(["email"])
        } else {
            json!([])
        };
        json!({
            "Id": self.id,
            "Name": self.name,
            "Arn": self.arn(),
            "Policies": {"PasswordPolicy": {
                "MinimumLength": 8,
                "RequireUppercase": true,
                "RequireLowercase": true,
                "RequireNumbers": true,
                "RequireSymbols": true,
                "TemporaryPasswordValidityDays": TEMPORARY_DAYS,
            }},
            "DeletionProtection": "INACTIVE",
            "LambdaConfig": {},
            "LastModifiedDate": epoch(self.modified),
            "CreationDate": epoch(self.created),
            "SchemaAttributes": schema,
            "AutoVerifiedAttributes": verified,
            "UsernameAttributes": ["email"],
            "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
            "MfaConfiguration": self.mfa(),
            "EstimatedNumberOfUsers": self.users.len(),
            "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
            "AdminCreateUserConfig": {
                "AllowAdminCreateUserOnly": false,
                "UnusedAccountValidityDays": TEMPORARY_DAYS,
            },
            "UserPoolTags": {},
            "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"},
            "AccountRecoverySetting": {"RecoveryMechanisms": [
                {"Priority": 1, "Name": "verified_phone_number"},
                {"Priority": 2, "Name": "verified_email"},
            ]},
            "UserPoolTier": "PLUS",
        })
    }

    fn arn(&self) -> String {
        format!(
            "arn:aws:cognito-idp:{}:{}:userpool/{}",
            world::REGION,
            world::ACCOUNT,
            self.id
        )
    }

    fn mfa(&self) -> &'static str {
        if self.totp { "OPTIONAL" } else { "OFF" }
    }
}

/// Whether Cognito takes it for an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty()
        && domain.split('.').count() > 1
        && domain.split('.').all(|label| !label.is_empty())
        && !domain.contains('@')
        && !text
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
}

/// `ListUserPools`.
pub(super) fn list(state: &State, input: &Input) -> Answer {
    let limit = input
        .number("MaxResults", 1..=60)?
        .ok_or_else(|| input::missing("MaxResults"))?;
    let after = input.after("NextToken")?;
    let rest = state
        .pools
        .values()
        .skip_while(|pool| after.as_ref().is_some_and(|after| pool.id <= *after));
    Ok(input::page(
        ("UserPools", "NextToken"),
        usize::try_from(limit).unwrap_or(input::PAGE),
        rest,
        |pool| pool.id.clone(),
        |pool| {
            json!({
                "Id": pool.id,
                "Name": pool.name,
                "LambdaConfig": {},
                "LastModifiedDate": epoch(pool.modified),
                "CreationDate": epoch(pool.created),
            })
        },
    ))
}

/// `DescribeUserPool`.
pub(super) fn describe(pool: &Pool) -> Value {
    json!({"UserPool": pool.described()})
}

/// `GetUserPoolMfaConfig`.
pub(super) fn describe_mfa(pool: &Pool) -> Value {
    let mut answer = json!({"MfaConfiguration": pool.mfa()});
    if pool.totp
        && let Some(shape) = answer.as_object_mut()
    {
        shape.insert(
            "SoftwareTokenMfaConfiguration".to_owned(),
            json!({"Enabled": true}),
        );
    }
    answer
}

/// `SetUserPoolMfaConfig`; OFF and OPTIONAL only.
pub(super) fn set_mfa(pool: &mut Pool, input: &Input, now: Timestamp) -> Answer {
    let enabled = input
        .get("SoftwareTokenMfaConfiguration")
        .and_then(|shape| shape.get("Enabled"))
        .and_then(Value::as_bool)
        .unwrap_or_default();
    pool.totp = match input.optional("MfaConfiguration")? {
        Some("OPTIONAL") if enabled => true,
        Some("OFF") | None => false,
        Some(other) => {
            return Err(Refusal::invalid(format!(
                "Invalid MFA configuration given, can't turn on MFA as {other} without a factor the sandbox has."
            )));
        }
    };
    pool.modified = now;
    Ok(describe_mfa(pool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_policy_names_what_lacks() {
        let message = |password| Pool::check_password(password).unwrap_err().message;
        assert!(message("Aa1!").ends_with("Password not long enough"));
        assert!(message("aaaa111!").ends_with("must have uppercase characters"));
        assert!(message("AAAA111!").ends_with("must have lowercase characters"));
        assert!(message("AAAAaaa!").ends_with("must have numeric characters"));
        assert!(message("AAAAaaa1").ends_with("must have symbol characters"));
        assert_eq!(Pool::check_password("AAAaaa1!"), Ok(()));
    }

    #[test]
    fn tells_addresses_from_names() {
        assert!(is_email("ada@example.com"));
        for text in [
            "ada",
            "@example.com",
            "ada@",
            "ada@com",
            "a b@example.com",
            "a@b@c.d",
        ] {
            assert!(!is_email(text), "{text}");
        }
    }
}
