//! The backup of a pool: users, groups and memberships as one JSON file.
//!
//! Cognito gives passwords to nobody, so that a backup has none: whoever is restored is
//! invited anew. Nothing here asks a service; [`missing`] compares with what is known.

mod restoration;

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::roster::{decode, is_read_only};
use crate::domain::{ErrorClass, Failure, Group, User};

pub use restoration::{Membership, PASSWORDS, Restoration, UserToCreate, missing};

/// The version of the file's shape.
pub const SCHEMA: u32 = 1;

/// A pool as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The version of the file's shape, [`SCHEMA`].
    pub schema: u32,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Which pool it is of.
    pub pool: BackupPool,
    /// The users with their groups, by user name.
    pub users: Vec<BackupUser>,
    /// The groups, by name.
    pub groups: Vec<BackupGroup>,
}

/// The pool that a backup is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPool {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The region.
    pub region: String,
}

/// A user of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupUser {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// The groups it was in, sorted.
    pub groups: Vec<String>,
}

impl BackupUser {
    /// The name to make the user by again. Where Cognito had chosen it, it will choose
    /// another: then it is the address, else the telephone number, that one signs in with.
    pub fn name(&self) -> &str {
        let User {
            username,
            attributes,
            ..
        } = &self.user;
        if attributes.get("sub") != Some(username.as_str()) {
            return username;
        }
        let phone = attributes.get("phone_number");
        self.user.email.as_deref().or(phone).unwrap_or(username)
    }

    /// The attributes that can be written back: not those that Cognito alone writes.
    pub fn writable(&self) -> impl Iterator<Item = (&str, &str)> {
        writable(&self.user)
    }
}

fn writable(user: &User) -> impl Iterator<Item = (&str, &str)> {
    user.attributes
        .iter()
        .filter(|(name, _)| !is_read_only(name))
}

/// A group of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupGroup {
    /// The name.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// Cognito's precedence.
    pub precedence: Option<i32>,
    /// The IAM role.
    pub role_arn: Option<String>,
}

impl From<&Group> for BackupGroup {
    fn from(group: &Group) -> Self {
        Self {
            name: group.name.clone(),
            description: group.description.clone(),
            precedence: group.precedence,
            role_arn: group.role_arn.clone(),
        }
    }
}

impl Backup {
    /// A backup of users with their groups, and of groups, in an order of its own: two
    /// backups of the same pool differ in their time only.
    pub fn new<'a>(
        taken_at: Timestamp,
        pool: BackupPool,
        users: impl IntoIterator<Item = (&'a User, &'a [String])>,
        groups: impl IntoIterator<Item = &'a Group>,
    ) -> Self {
        let mut users: Vec<BackupUser> = users
            .into_iter()
            .map(|(user, groups)| {
                let mut user = user.clone();
                user.attributes.edit(indexmap::IndexMap::sort_keys);
                let mut groups = groups.to_vec();
                groups.sort();
                BackupUser { user, groups }
            })
            .collect();
        users.sort_by(|a, b| a.user.username.cmp(&b.user.username));
        let mut groups: Vec<BackupGroup> = groups.into_iter().map(BackupGroup::from).collect();
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            schema: SCHEMA,
            taken_at,
            pool,
            users,
            groups,
        }
    }

    /// The backup as JSON text.
    ///
    /// # Errors
    /// The text cannot be written, which only a fault of this program can cause.
    pub fn to_json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| {
                Failure::new(
                    ErrorClass::Unavailable,
                    "writing the backup",
                    error.to_string(),
                )
            })
    }

    /// A backup from JSON; `file` is only named in failures.
    ///
    /// # Errors
    /// `Invalid`, naming the file, the place and what is wrong: it is no backup, a newer
    /// mlwarden wrote it, a field is missing or wrong, or a name stands twice.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Head {
            schema: serde_json::Number,
        }
        let doing = || format!("reading {file}");
        let text = decode(bytes, file)?;
        let head: Head = serde_json::from_str(&text).map_err(|error| {
            Failure::invalid(doing(), format!("it is no backup: {error}"))
                .advise("give a backup that mlwarden has written")
        })?;
        match head.schema.as_u64() {
            Some(schema) if schema == u64::from(SCHEMA) => {}
            Some(schema) if schema > u64::from(SCHEMA) => {
                return Err(Failure::invalid(
                    doing(),
                    format!("its schema is {schema}, this version reads {SCHEMA} at most"),
                )
                .advise("use the mlwarden that wrote it, or a newer one"));
            }
            _ => {
                return Err(Failure::invalid(
                    doing(),
                    format!("there is no schema {}", head.schema),
                )
                .advise("give a backup that mlwarden has written"));
            }
        }
        let backup: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::invalid(doing(), error.to_string())
                .advise(format!("correct {file} there, or give another backup"))
        })?;
        let users = backup.users.iter().map(|it| it.user.username.as_str());
        let groups = backup.groups.iter().map(|group| group.name.as_str());
        for (noun, name) in [("user", twice(users)), ("group", twice(groups))] {
            if let Some(name) = name {
                return Err(
                    Failure::invalid(doing(), format!("the {noun} {name:?} stands twice"))
                        .advise("leave one of them"),
                );
            }
        }
        Ok(backup)
    }

    /// The users with their groups, as [`super::roster::to_csv`] takes them.
    pub fn people(&self) -> impl Iterator<Item = (&User, &[String])> {
        self.users.iter().map(|it| (&it.user, it.groups.as_slice()))
    }
}

fn twice<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = HashSet::new();
    names.find(|name| !seen.insert(*name))
}

#[cfg(test)]
mod tests;
