//! What would turn a decision around.

use serde::Serialize;

use super::{signature, token};
use crate::{
    access::{
        Decision, Effect, Matrix, Pick, Route,
        audit::{Decider, House, Subject},
        matrix::{Change as RowChange, MatrixText},
        route,
    },
    domain::AuthScheme,
};

/// How many ways of one kind are proposed.
const PROPOSED: usize = 3;

/// One change of a role's documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "edit")]
pub enum Edit {
    /// A statement goes.
    Remove {
        /// The policy's name.
        policy: String,
        /// The statement's place in it, from 1.
        statement: usize,
    },
    /// The request is allowed, in an inline policy.
    Allow {
        /// The method's ARN.
        resource: String,
    },
    /// The request is denied explicitly, in an inline policy.
    Deny {
        /// The method's ARN.
        resource: String,
    },
    /// The permissions boundary allows the request too.
    Bound {
        /// The boundary's name.
        policy: String,
        /// The method's ARN.
        resource: String,
    },
}

impl Edit {
    /// In words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Remove { policy, statement } => {
                format!("remove statement {statement} of {policy}")
            }
            Self::Allow { resource } => {
                format!("allow execute-api:Invoke on {resource} in an inline policy")
            }
            Self::Deny { resource } => {
                format!("deny execute-api:Invoke on {resource} in an inline policy")
            }
            Self::Bound { policy, resource } => {
                format!("allow execute-api:Invoke on {resource} in the boundary {policy}")
            }
        }
    }
}

/// A change that turns a decision around.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// The user leaves groups.
    Leave {
        /// Their names.
        groups: Vec<String>,
    },
    /// The user joins a group.
    Join {
        /// Its name.
        group: String,
    },
    /// The user changes groups.
    Move {
        /// The groups to leave.
        leave: Vec<String>,
        /// The group to join.
        join: String,
    },
    /// The matrix as it is declared is published.
    Publish,
    /// A row of the matrix says otherwise of the route, and the matrix is published.
    Declare {
        /// The row.
        row: String,
        /// The entry.
        entry: String,
        /// What it is to be.
        effect: Effect,
    },
    /// The authorizer chooses otherwise among several groups, and the matrix is published.
    Choose {
        /// How.
        rule: Pick,
    },
    /// The profile gets another role.
    TakeRole {
        /// The profile's name.
        profile: String,
        /// The role's name.
        role: String,
    },
    /// The role gets the policy that its row of the matrix declares.
    Apply {
        /// The role's name.
        role: String,
    },
    /// A row of the matrix says otherwise of the route, and the role gets the policy for it.
    DeclareAndApply {
        /// The row.
        row: String,
        /// The entry.
        entry: String,
        /// What it is to be.
        effect: Effect,
        /// The role's name.
        role: String,
    },
    /// The role's documents are changed by hand.
    EditRole {
        /// The role's name.
        role: String,
        /// How, all of it together.
        edits: Vec<Edit>,
    },
}

impl Change {
    /// In words.
    pub fn in_words(&self) -> String {
        let verb = |effect: Effect| match effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        match self {
            Self::Leave { groups } => format!("leave {}", groups.join(" and ")),
            Self::Join { group } => format!("join {group}"),
            Self::Move { leave, join } => {
                format!("leave {} and join {join}", leave.join(" and "))
            }
            Self::Publish => "publish the matrix as it is declared".to_owned(),
            Self::Declare { row, entry, effect } => {
                format!("{} {entry} in row {row} and publish", verb(*effect))
            }
            Self::Choose { rule } => format!(
                "set rule = \"{}\" for the authorizer in the matrix and publish",
                rule.as_str()
            ),
            Self::TakeRole { profile, role } => {
                format!("give the profile {profile} the role {role}")
            }
            Self::Apply { role } => {
                format!("give the role {role} the policy that its row declares")
            }
            Self::DeclareAndApply {
                row, entry, effect, ..
            } => format!(
                "{} {entry} in row {row} and give the role its policy",
                verb(*effect)
            ),
            Self::EditRole { edits, .. } => {
                let edits: Vec<String> = edits.iter().map(Edit::in_words).collect();
                edits.join(", and ")
            }
        }
    }
}

/// What else a change does for the same subject under the same scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Also {
    /// Other routes that are allowed then, and were not.
    pub gained: usize,
    /// Other routes that were allowed, and are not then.
    pub lost: usize,
}

impl Also {
    /// What else changes between two ways of deciding.
    pub(super) fn between(
        house: &House<'_>,
        asked: &Route,
        before: &Decider<'_>,
        after: &Decider<'_>,
    ) -> Self {
        let mut also = Self::default();
        let others = house.catalog.routes().iter().filter(|route| {
            route.scheme() == asked.scheme() && *route != asked && route::has_method(&route.path)
        });
        for route in others {
            match (before.effect(route), after.effect(route)) {
                (Some(Effect::Deny), Some(Effect::Allow)) => also.gained += 1,
                (Some(Effect::Allow), Some(Effect::Deny)) => also.lost += 1,
                _ => {}
            }
        }
        also
    }

    /// How much else changes.
    pub fn sum(self) -> usize {
        self.gained + self.lost
    }

    /// In words; nothing where nothing else changes.
    pub fn in_words(self) -> Option<String> {
        let other = |count: usize| if count == 1 { "route" } else { "routes" };
        match (self.gained, self.lost) {
            (0, 0) => None,
            (gained, 0) => Some(format!("opens {gained} other {}", other(gained))),
            (0, lost) => Some(format!("closes {lost} other {}", other(lost))),
            (gained, lost) => Some(format!(
                "opens {gained} other {} and closes {lost}",
                other(gained)
            )),
        }
    }
}

/// A change that turns the decision around, tried on a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// The change as data.
    pub how: Change,
    /// In words.
    pub text: String,
    /// What comes of the request then.
    pub decision: Decision,
    /// What else it does for the same subject.
    pub also: Also,
}

impl Flip {
    pub(super) fn new(how: Change, decision: Decision, also: Also) -> Self {
        Self {
            text: how.in_words(),
            how,
            decision,
            also,
        }
    }

    /// What comes of it, in words: what decides then, and what else changes.
    pub fn outcome(&self) -> String {
        let decided = format!("{} then: {}", self.decision.effect, self.decision.explain());
        match self.also.in_words() {
            Some(also) => format!("{decided}; it also {also}"),
            None => decided,
        }
    }
}

/// The changes that turn a decision around: those to one person first, then the profile's role,
/// then the matrix, then documents by hand.
pub(super) fn flips(
    house: &House<'_>,
    matrix: &Matrix,
    subject: &Subject<'_>,
    route: &Route,
    decision: &Decision,
) -> Vec<Flip> {
    if !route::has_method(&route.path) {
        return Vec::new();
    }
    let wanted = match decision.effect {
        Effect::Allow => Effect::Deny,
        Effect::Deny => Effect::Allow,
    };
    match (route.scheme(), &subject.groups, subject.role) {
        (AuthScheme::Bearer, Some(groups), _) => {
            let is_person = subject.user.is_some();
            token::flips(house, matrix, (groups, is_person), route, wanted)
        }
        (AuthScheme::SigV4, _, Some(known)) => {
            signature::flips(house, matrix, subject, known, route, wanted)
        }
        _ => Vec::new(),
    }
}

/// The matrix in which a row says `effect` of a route, with the entry that it is said by.
pub(super) fn declaring(
    matrix: &Matrix,
    row: &str,
    route: &Route,
    effect: Effect,
) -> Option<(Matrix, String)> {
    let entry = format!("{} {}", route.method, route.path);
    let text = matrix.to_toml().ok()?;
    let mut text = MatrixText::parse(&text, "matrix.toml").ok()?;
    let change = RowChange {
        row: row.to_owned(),
        entry: entry.clone(),
        effect,
    };
    text.change(&change).ok()?;
    Some((text.matrix().ok()?, entry))
}

/// The candidates that come with the least else, at most [`PROPOSED`] of them.
pub(super) fn narrowest(mut flips: Vec<Flip>) -> Vec<Flip> {
    flips.sort_by(|one, other| (one.also.sum(), &one.text).cmp(&(other.also.sum(), &other.text)));
    flips.truncate(PROPOSED);
    flips
}
