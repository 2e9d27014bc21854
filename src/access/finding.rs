//! Findings: what an admin should act on, with its evidence and its remedy.
//!
//! Each builder is a pure function from facts to a finding, or to none. None of them reads
//! anything, and none acts: a side door is evaluated, never opened.

mod cells;
mod people;
mod roles;
mod studio;

pub use cells::{
    Cell, Disagreement, Source, disagreements, drift, over_granted, schemes_disagree, under_granted,
};
pub use people::{
    authorizer_order, expired_invitations, groupless, several_groups, unconfirmed, unknown_groups,
};
pub use roles::{Doors, side_doors, trust_widened, unusable_policies};
pub use studio::{judge_roles, profile_role, role_mismatches, without_counterpart};

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many people or things a finding lists before it only counts them.
const LISTED: usize = 20;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Someone can do what they must not.
    High,
    /// Someone cannot do what they should, or soon will.
    Medium,
    /// Untidy, or costs money.
    Low,
    /// Good to know.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        })
    }
}

/// Something that an admin should act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of finding it is, in kebab case: `over-granted`.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// Whom or what it is about: `group:model-approvers`.
    pub subject: String,
    /// One sentence.
    pub title: String,
    /// What it rests on.
    pub evidence: Vec<String>,
    /// What to do about it.
    pub remedy: String,
}

/// The findings in the order of every output: the worst first, then by kind and subject.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.severity, &a.id, &a.subject, &a.title).cmp(&(b.severity, &b.id, &b.subject, &b.title))
    });
}

/// The first few as they are, the rest as a number.
fn listed(items: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut items = items.into_iter();
    let mut list: Vec<String> = items.by_ref().take(LISTED).collect();
    match items.count() {
        0 => {}
        more => list.push(format!("and {more} more")),
    }
    list
}

/// `1 user`, `2 users`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let list = listed((0..LISTED + 3).map(|number| number.to_string()));
        assert_eq!(list.len(), LISTED + 1);
        assert_eq!(list.last().map(String::as_str), Some("and 3 more"));
        assert_eq!(listed(["one".to_owned()]), ["one"]);
    }

    #[test]
    fn the_worst_comes_first() {
        let finding = |severity, id: &str| Finding {
            id: id.to_owned(),
            severity,
            subject: String::new(),
            title: String::new(),
            evidence: Vec::new(),
            remedy: String::new(),
        };
        let mut findings = [
            finding(Severity::Info, "a"),
            finding(Severity::High, "c"),
            finding(Severity::High, "b"),
        ];
        sort(&mut findings);
        let order: Vec<_> = findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(order, ["b", "c", "a"]);
    }
}
