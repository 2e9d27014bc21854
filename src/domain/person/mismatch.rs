//! What does not fit together in a person.

use serde::Serialize;

use super::MatchRule;

/// What does not fit together in a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "mismatch")]
pub enum Mismatch {
    /// In Studio the person has another access level than the group gives.
    RoleDiffersFromGroup {
        /// The execution role's ARN.
        role: String,
        /// The access level that the role belongs to.
        role_level: String,
        /// The group that the authorizer goes by.
        group: String,
        /// The access level that the group belongs to.
        group_level: String,
    },
    /// The profile has another access level's role than the matrix declares for it.
    RoleDiffersFromMatrix {
        /// The execution role's ARN.
        role: String,
        /// The access level that the role belongs to.
        role_level: String,
        /// The access level that the profile belongs to by its name.
        profile_level: String,
    },
    /// A user who can sign in and has no Studio profile.
    NoProfile,
    /// A user who has nothing that the rule could find a profile by.
    NothingToMatch {
        /// The rule.
        rule: MatchRule,
    },
    /// A profile that is nobody's.
    NoUser,
    /// Several users or several profiles answer to one name: nothing was given to anybody.
    Ambiguous {
        /// What they answer to.
        by: String,
        /// How many users do.
        users: usize,
        /// How many profiles do.
        profiles: usize,
        /// Who the others are, the first few.
        others: Vec<String>,
    },
    /// The user is disabled, and apps still run and cost.
    DisabledWithApps {
        /// How many run.
        apps: usize,
    },
}

impl Mismatch {
    /// What it is, one sentence.
    pub fn text(&self) -> String {
        match self {
            Self::RoleDiffersFromGroup {
                role,
                role_level,
                group,
                group_level,
            } => format!(
                "in Studio acts as {role_level} (role {}), while the group {group} is {group_level}",
                short(role)
            ),
            Self::RoleDiffersFromMatrix {
                role,
                role_level,
                profile_level,
            } => format!(
                "in Studio acts as {role_level} (role {}), while the matrix pairs the profile with \
                 {profile_level}",
                short(role)
            ),
            Self::NoProfile => "has no Studio profile".to_owned(),
            Self::NothingToMatch { rule } => match rule {
                MatchRule::EmailLocalPart => {
                    "has no e-mail address to find a Studio profile by".to_owned()
                }
                MatchRule::UserName | MatchRule::Tag(_) => {
                    "has no name to find a Studio profile by".to_owned()
                }
            },
            Self::NoUser => "the Studio profile is nobody's: no user answers to it".to_owned(),
            Self::Ambiguous {
                by,
                users,
                profiles,
                others,
            } => {
                let more = (users + profiles).saturating_sub(others.len() + 1);
                let more = match more {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(
                    "{} and {} answer to {by:?}, so that nobody got the profile: also {}{more}",
                    count(*users, "user"),
                    count(*profiles, "profile"),
                    others.join(", ")
                )
            }
            Self::DisabledWithApps { apps } => {
                let run = if *apps == 1 { "runs" } else { "run" };
                format!("is disabled, and {} still {run}", count(*apps, "app"))
            }
        }
    }
}

fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}
