//! Side doors: the ways around the matrix that a role's policies leave open by their text.
//!
//! A role that may only read in MLflow may still put its holder into the admins' group, start a
//! job as the admins' role, open an admin's Studio, write the artifacts where they lie, or change
//! what decides: the authorizer, the API, the role itself. Each way is evaluated from all of the
//! role's policies, managed ones and the permissions boundary included; none is ever taken. Only
//! what leads to more than the role has in MLflow anyway is a door.

mod allowed;
mod find;
mod house;
mod hypothesis;
mod replacement;
#[cfg(test)]
mod sample;
mod studio;
mod template;
mod ways;

use std::fmt;

use serde::Serialize;

pub use house::{House, Reach, Resident, Site};
pub use replacement::{GUARD, Remedy, Replacement, guard, replacement};
pub use studio::{StudioCall, studio_calls};

use super::{Basis, Severity};
use crate::domain::role::short_name;

/// What a door is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoorKind {
    /// Granting oneself a Cognito group, or taking over one of its members.
    Group,
    /// Running code as a stronger role.
    Job,
    /// Opening the Studio of somebody with a stronger role.
    Studio,
    /// Writing MLflow's artifacts where they lie, past the API.
    Artifacts,
    /// Changing the function that decides about tokens.
    Authorizer,
    /// Changing the API in front of MLflow.
    Api,
    /// Changing the role itself, or whom a stronger one lets in.
    Role,
}

impl DoorKind {
    /// The word used in every output: `group`, `job`, ….
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Job => "job",
            Self::Studio => "studio",
            Self::Artifacts => "artifacts",
            Self::Authorizer => "authorizer",
            Self::Api => "api",
            Self::Role => "role",
        }
    }

    /// What a role with such a door may do, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Group => "may put its holder into a group that may do more",
            Self::Job => "may run code as a role that may do more",
            Self::Studio => "may open the Studio of somebody who may do more",
            Self::Artifacts => "may change MLflow's artifacts in their bucket, past the API",
            Self::Authorizer => "may change the function that decides about tokens",
            Self::Api => "may change the API in front of MLflow",
            Self::Role => "may change what it, or a role that may do more, is allowed",
        }
    }
}

impl fmt::Display for DoorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One way around the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Door {
    /// The role's name.
    pub role: String,
    /// What it is about.
    pub kind: DoorKind,
    /// How much it matters.
    pub severity: Severity,
    /// The way in words: `a notebook of … starts a training job with the role …`.
    pub path: String,
    /// What it leads to, the most first.
    pub leads_to: Vec<Lead>,
    /// The calls it takes, each with the statement that allows it.
    pub opened_by: Vec<Opening>,
    /// What it depends on and cannot be known: condition keys, or circumstances in words. Empty
    /// where the door is open for certain.
    pub depends_on: Vec<String>,
}

impl Door {
    /// Whether it is open for certain.
    pub fn is_certain(&self) -> bool {
        self.depends_on.is_empty()
    }

    /// What is said of it where it may not be open: `possibly: aws:SourceVpc`.
    pub fn doubt(&self) -> Option<String> {
        (!self.is_certain()).then(|| format!("possibly: {}", self.depends_on.join(", ")))
    }
}

/// What a door leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lead {
    /// What is behind it: `group:admins`, `role:NAME`, `profile:NAME`, `bucket:NAME`, `api:ID`.
    pub to: String,
    /// The permissions that the role does not have otherwise, sorted; `*` where whoever goes
    /// through decides what they may do.
    pub gains: Vec<String>,
}

impl Lead {
    /// In words, without what is behind it: `runs:write, runs:delete and 7 more`.
    pub fn in_words(&self) -> String {
        match self.gains.as_slice() {
            [one] if one == "*" => "everything".to_owned(),
            gains if gains.len() <= 3 => gains.join(", "),
            gains => {
                let named: Vec<&str> = gains.iter().take(2).map(String::as_str).collect();
                format!(
                    "{} and {} more",
                    named.join(", "),
                    gains.len() - named.len()
                )
            }
        }
    }
}

/// A call that a door takes, and what allows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The action.
    pub action: String,
    /// The resource; of several alike, the first.
    pub resource: String,
    /// The statement.
    pub basis: Basis,
}

impl Opening {
    /// The statement by its name: `AmazonSageMakerFullAccess, statement "AllowStudioActions"`.
    pub fn statement(&self) -> String {
        match &self.basis {
            Basis::Statement {
                policy, index, sid, ..
            } => match sid {
                Some(sid) => format!("{policy}, statement {sid:?}"),
                None => format!("{policy}, statement {}", index + 1),
            },
            _ => "nothing that names it".to_owned(),
        }
    }
}

/// The side doors of a role of the house, by kind; none where nothing leads to more.
pub fn doors(house: &House, resident: &Resident) -> Vec<Door> {
    find::all(house, resident)
}

/// A role's name as it is put in words.
fn spoken(name: &str) -> &str {
    short_name(name)
}
