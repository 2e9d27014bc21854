//! What was decided about each person.

use std::{collections::HashMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::pack::{Pack, Reviewed};
use crate::domain::email;

/// What becomes of a person's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// It stays.
    Keep,
    /// It goes: the user may not sign in any more and leaves every group.
    Remove,
    /// Some groups go.
    Change,
}

impl Choice {
    /// The word in every file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Change => "change",
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_lowercase().as_str() {
            "keep" => Ok(Self::Keep),
            "remove" => Ok(Self::Remove),
            "change" => Ok(Self::Change),
            _ => Err("write keep, remove or change".to_owned()),
        }
    }
}

/// One person's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The person, by id.
    pub id: String,
    /// What the person is called.
    pub person: String,
    /// What was decided.
    pub decision: Choice,
    /// The groups that go, where it is a change.
    pub remove_groups: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who decided, as that person is named.
    pub reviewer: String,
    /// When, as it was written.
    pub at: String,
}

impl Decision {
    /// What is wrong with it for this person; none where it can be recorded.
    pub fn fault(&self, person: &Reviewed) -> Option<String> {
        if self.reviewer.trim().is_empty() {
            return Some("who decided is missing: write it under reviewer".to_owned());
        }
        if self.decision != Choice::Keep && self.reason.trim().is_empty() {
            return Some(format!("a reason to {} is missing", self.decision));
        }
        if self.decision != Choice::Change {
            let none = self.remove_groups.is_empty();
            return (!none).then(|| {
                format!(
                    "groups to remove belong to a change, and this is a {}",
                    self.decision
                )
            });
        }
        if self.remove_groups.is_empty() {
            return Some("a change needs the groups to remove".to_owned());
        }
        let other = |group: &&String| !person.groups.contains(group);
        self.remove_groups
            .iter()
            .find(other)
            .map(|group| format!("{} was not in the group {group}", person.person))
    }

    /// Whether the person decided about themselves, as far as names tell: the reviewer's is the
    /// user name, the address, or what stands before its `@`.
    pub fn is_own(&self, person: &Reviewed) -> bool {
        let reviewer = email::key(&self.reviewer);
        let label = email::key(&person.person);
        reviewer == label
            || reviewer == email::local_part(&label)
            || person.username.as_deref() == Some(self.reviewer.trim())
    }
}

/// The decisions about a pack's people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Each by the person's id.
    by_id: HashMap<String, Decision>,
}

impl Verdicts {
    /// Records a decision; one that was there is replaced.
    pub fn record(&mut self, decision: Decision) {
        self.by_id.insert(decision.id.clone(), decision);
    }

    /// The decision about a person.
    pub fn of(&self, person: &Reviewed) -> Option<&Decision> {
        self.by_id.get(&person.id)
    }

    /// All of them, in the order of the pack.
    pub fn in_order(&self, pack: &Pack) -> Vec<Decision> {
        let people = pack.people.iter();
        people
            .filter_map(|person| self.of(person))
            .cloned()
            .collect()
    }

    /// The people about whom nothing was decided.
    pub fn undecided<'a>(&self, pack: &'a Pack) -> Vec<&'a Reviewed> {
        let people = pack.people.iter();
        people.filter(|person| self.of(person).is_none()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}
