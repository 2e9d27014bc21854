//! The matrix as declared: which access level may do what.
//!
//! It holds what an admin expects, and nothing of what is deployed. `file.rs` reads it,
//! `edit.rs` changes its text without losing a comment.

mod edit;
mod entry;
mod file;

use serde::{Deserialize, Serialize};

pub use edit::{Change, MatrixText};
pub use entry::Entry;

use super::{authorizer::Pick, decision::Effect, permission::covers, policy::glob, route::Route};
use crate::domain::{ExecutionRole, Failure, Principal};

/// What the sample's text promises, as embedded.
const SAMPLE: &str = include_str!("../../assets/matrix.toml");

/// The declared matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// How the authorizer is to choose among a caller's groups.
    #[serde(default)]
    pub authorizer: Choice,
    /// The access levels, in the order of the file.
    #[serde(rename = "row")]
    pub rows: Vec<MatrixRow>,
}

/// How the authorizer chooses among the groups of a caller who is in several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The first one alone, or all of them together.
    pub rule: Pick,
    /// The groups in the order in which they are looked for; groups that are not named come
    /// after these, in the order of the rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}

/// One access level: its group, its profile and role, and what they may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// The level's name.
    pub name: String,
    /// The Cognito group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The Studio profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The execution role: a name, an ARN or a glob over names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The rows whose rights it has too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<String>,
    /// What it may do: permission globs and routes, as [`Entry`] reads them.
    pub allow: Vec<String>,
    /// What of that it may not do: permission globs and routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
    /// The rows of `inherits`, each with its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parents: Vec<MatrixRow>,
}

/// What a row says of a route, and where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<'m> {
    /// Allowed or denied.
    pub effect: Effect,
    /// The row whose entry decides: the row itself, or one that it inherits from.
    pub row: &'m str,
    /// The entry; none where nothing allows it.
    pub entry: Option<&'m str>,
}

impl Said<'_> {
    /// In words, as seen from the row `from`: `row reader allows *:read`.
    pub fn in_words(&self, from: &str) -> String {
        let through = if self.row == from {
            String::new()
        } else {
            format!(", which {from} inherits from,")
        };
        match (self.entry, self.effect) {
            (Some(entry), Effect::Allow) => format!("row {}{through} allows {entry}", self.row),
            (Some(entry), Effect::Deny) => format!("row {}{through} denies {entry}", self.row),
            (None, _) => format!("row {from} does not list it"),
        }
    }
}

impl MatrixRow {
    /// What the row declares for a permission as a whole; single routes may be declared
    /// otherwise, so what a route gets is [`MatrixRow::effect_of`]'s to say.
    pub fn effect(&self, permission: &str) -> Effect {
        let any = |list: &[String]| {
            list.iter()
                .any(|text| !Entry::is_route(text) && covers(text, permission))
        };
        let allowed = !any(&self.deny)
            && (any(&self.allow)
                || self
                    .parents
                    .iter()
                    .any(|parent| parent.effect(permission) == Effect::Allow));
        if allowed { Effect::Allow } else { Effect::Deny }
    }

    /// What the row declares for a route.
    pub fn effect_of(&self, route: &Route) -> Effect {
        self.says(route).effect
    }

    /// What the row declares for a route, and by which entry. A route that is named beats a
    /// permission, a deny beats an allow of its kind, and the row's own entries beat what it
    /// inherits; of what it inherits, one allow is enough.
    pub fn says(&self, route: &Route) -> Said<'_> {
        let find = |list: &'_ [String], of_route: bool| {
            list.iter()
                .position(|text| Entry::is_route(text) == of_route && Entry::matches(text, route))
        };
        for of_route in [true, false] {
            for (list, effect) in [(&self.deny, Effect::Deny), (&self.allow, Effect::Allow)] {
                if let Some(entry) = find(list, of_route).and_then(|at| list.get(at)) {
                    return Said {
                        effect,
                        row: &self.name,
                        entry: Some(entry),
                    };
                }
            }
        }
        self.parents
            .iter()
            .map(|parent| parent.says(route))
            .find(|said| said.effect == Effect::Allow)
            .unwrap_or(Said {
                effect: Effect::Deny,
                row: &self.name,
                entry: None,
            })
    }

    /// Whether it may do everything, also what the next version of MLflow brings.
    pub fn is_almighty(&self) -> bool {
        self.deny.is_empty()
            && (self.allow.iter().any(|text| text == "*")
                || self.parents.iter().any(Self::is_almighty))
    }
}

impl Matrix {
    /// What the sample's text promises.
    pub fn sample() -> Self {
        // The asset is part of the program and a test reads it; without rows nothing is declared.
        Self::parse(SAMPLE, "matrix.toml").unwrap_or_default()
    }

    /// The sample's matrix as text with its comments, to start a file from.
    pub fn sample_text() -> &'static str {
        SAMPLE
    }

    /// A matrix from TOML text.
    ///
    /// # Errors
    /// The text is no TOML, a field is unknown or missing, a name is used twice, rows inherit
    /// from each other in a circle, or a permission or route does not exist; the message names
    /// the file, the line, the column and the field.
    pub fn parse(text: &str, file: &str) -> Result<Self, Failure> {
        file::parse(text, file)
    }

    /// The matrix as TOML text that [`Matrix::parse`] reads.
    ///
    /// # Errors
    /// The text cannot be written, which only a fault of this program can cause.
    pub fn to_toml(&self) -> Result<String, Failure> {
        let mut bare = self.clone();
        for row in &mut bare.rows {
            row.parents.clear();
        }
        toml::to_string_pretty(&bare)
            .map_err(|error| Failure::invalid("writing the matrix", error.to_string()))
    }

    /// The groups of the rows, in the order in which the authorizer is to look for them.
    pub fn groups(&self) -> Vec<&str> {
        let of_rows = self.rows.iter().filter_map(|row| row.group.as_deref());
        let mut groups: Vec<&str> = Vec::new();
        let known: Vec<&str> = of_rows.collect();
        let ordered = self.authorizer.order.iter().map(String::as_str);
        for group in ordered.chain(known.iter().copied()) {
            if known.contains(&group) && !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }

    /// What is declared for a principal and a route; none where the principal stands in no
    /// row. Anonymous may do nothing. A user stands in no row: ask for the group that the
    /// authorizer goes by.
    pub fn expected(
        &self,
        principal: &Principal,
        roles: &[ExecutionRole],
        route: &Route,
    ) -> Option<Effect> {
        if *principal == Principal::Anonymous {
            return Some(Effect::Deny);
        }
        Some(self.row_of(principal, roles)?.effect_of(route))
    }

    /// The row that a principal stands in. A role is known by its name or ARN, else by the
    /// profiles that use it; a profile by its name, else by its role.
    pub fn row_of(&self, principal: &Principal, roles: &[ExecutionRole]) -> Option<&MatrixRow> {
        match principal {
            Principal::Group(name) => self
                .rows
                .iter()
                .find(|row| row.group.as_ref() == Some(name)),
            Principal::Role(name) => {
                let found = roles
                    .iter()
                    .find(|role| role.name == *name || role.arn == *name);
                self.row_of_role(name, found)
            }
            Principal::Profile(name) => self.row_of_profile(name).or_else(|| {
                let role = roles.iter().find(|role| role.profiles.contains(name))?;
                self.row_of_role(&role.name, Some(role))
            }),
            Principal::User(_) | Principal::Anonymous => None,
        }
    }

    fn row_of_profile(&self, name: &str) -> Option<&MatrixRow> {
        self.rows
            .iter()
            .find(|row| row.profile.as_deref() == Some(name))
    }

    fn row_of_role(&self, name: &str, found: Option<&ExecutionRole>) -> Option<&MatrixRow> {
        let short = name.rsplit('/').next().unwrap_or(name);
        let is = |row: &&MatrixRow| {
            row.role.as_deref().is_some_and(|pattern| {
                pattern == name
                    || found.is_some_and(|role| pattern == role.arn)
                    || glob::matches(pattern, short)
            })
        };
        self.rows.iter().find(is).or_else(|| {
            found?
                .profiles
                .iter()
                .find_map(|profile| self.row_of_profile(profile))
        })
    }
}

#[cfg(test)]
mod tests;
