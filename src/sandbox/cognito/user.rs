//! One user of a pool.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::device::Device;
use crate::{domain::UserStatus, sandbox::wire::epoch};

/// A password and how long it may be used.
#[derive(Clone, Debug)]
pub(super) struct Password {
    secret: SecretString,
    /// Until when a temporary password may be used; `None` for the user's own.
    pub(super) temporary_until: Option<Timestamp>,
}

impl Password {
    /// The user's own password.
    pub(super) fn permanent(secret: impl Into<SecretString>) -> Self {
        Self {
            secret: secret.into(),
            temporary_until: None,
        }
    }

    /// A password that must be changed at the first sign-in, before `until`.
    pub(super) fn temporary(secret: impl Into<SecretString>, until: Timestamp) -> Self {
        Self {
            secret: secret.into(),
            temporary_until: Some(until),
        }
    }

    /// The password itself.
    pub(super) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// A TOTP secret and whether its owner has proved to hold it.
#[derive(Clone, Debug)]
pub(super) struct Totp {
    /// The shared secret.
    pub(super) secret: SecretString,
    /// Whether a code was shown once.
    pub(super) verified: bool,
    /// The last step whose code was used; a code is good once.
    pub(super) used: Option<u64>,
}

/// One user.
#[derive(Clone, Debug)]
pub(super) struct User {
    /// The user name: a UUID in pools that sign in by e-mail.
    pub(super) username: String,
    /// The subject: a UUID that never changes.
    pub(super) sub: String,
    /// The attributes but `sub`.
    pub(super) attributes: IndexMap<String, String>,
    /// The status.
    pub(super) status: UserStatus,
    /// Whether the user may sign in.
    pub(super) enabled: bool,
    /// When it was made.
    pub(super) created: Timestamp,
    /// When it was last changed.
    pub(super) modified: Timestamp,
    /// The password; `None` where it was reset, and for federated users.
    pub(super) password: Option<Password>,
    /// The code that was sent and not yet used.
    pub(super) code: Option<String>,
    /// The TOTP secret, if any.
    pub(super) totp: Option<Totp>,
    /// Whether sign-in asks for a TOTP code.
    pub(super) mfa: bool,
    /// The devices remembered.
    pub(super) devices: Vec<Device>,
    /// The groups.
    pub(super) groups: BTreeSet<String>,
    /// The refresh tokens that are out.
    pub(super) grants: Vec<String>,
}

impl User {
    /// A user made now, without attributes and password.
    pub(super) fn new(
        username: impl Into<String>,
        sub: impl Into<String>,
        status: UserStatus,
        now: Timestamp,
    ) -> Self {
        Self {
            username: username.into(),
            sub: sub.into(),
            attributes: IndexMap::new(),
            status,
            enabled: true,
            created: now,
            modified: now,
            password: None,
            code: None,
            totp: None,
            mfa: false,
            devices: Vec::new(),
            groups: BTreeSet::new(),
            grants: Vec::new(),
        }
    }

    /// The e-mail address.
    pub(super) fn email(&self) -> Option<&str> {
        self.attributes.get("email").map(String::as_str)
    }

    /// Whether the e-mail address is verified.
    pub(super) fn email_verified(&self) -> bool {
        self.attributes
            .get("email_verified")
            .is_some_and(|value| value == "true")
    }

    /// Whether the e-mail address is another name of this user.
    pub(super) fn is_native(&self) -> bool {
        self.status != UserStatus::ExternalProvider
    }

    /// One attribute by name, `sub` included.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        match name {
            "sub" => Some(&self.sub),
            name => self.attributes.get(name).map(String::as_str),
        }
    }

    /// The attributes on the wire: all, or those in `only`.
    pub(super) fn attributes(&self, only: Option<&[String]>) -> Value {
        let wanted = |name: &str| only.is_none_or(|only| only.iter().any(|wanted| wanted == name));
        std::iter::once(("sub", self.sub.as_str()))
            .chain(
                self.attributes
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
            )
            .filter(|(name, _)| wanted(name))
            .map(|(name, value)| json!({"Name": name, "Value": value}))
            .collect()
    }

    /// The user in a list and after its creation.
    pub(super) fn listed(&self, only: Option<&[String]>) -> Value {
        let mut shape = self.common();
        shape.insert("Attributes".to_owned(), self.attributes(only));
        Value::Object(shape)
    }

    /// The user by itself, as `AdminGetUser` gives it.
    pub(super) fn described(&self) -> Value {
        let mut shape = self.common();
        shape.insert("UserAttributes".to_owned(), self.attributes(None));
        self.describe_mfa(&mut shape);
        Value::Object(shape)
    }

    /// The factors the user has, where there are any.
    pub(super) fn describe_mfa(&self, shape: &mut Map<String, Value>) {
        if self.mfa {
            shape.insert(
                "PreferredMfaSetting".to_owned(),
                "SOFTWARE_TOKEN_MFA".into(),
            );
            shape.insert(
                "UserMFASettingList".to_owned(),
                json!(["SOFTWARE_TOKEN_MFA"]),
            );
        }
    }

    fn common(&self) -> Map<String, Value> {
        let mut shape = Map::new();
        shape.insert("Username".to_owned(), self.username.as_str().into());
        shape.insert("UserCreateDate".to_owned(), epoch(self.created));
        shape.insert("UserLastModifiedDate".to_owned(), epoch(self.modified));
        shape.insert("Enabled".to_owned(), self.enabled.into());
        shape.insert("UserStatus".to_owned(), self.status.as_str().into());
        shape
    }
}
