//! Findings: what an admin should act on, with its evidence and its remedy.
//!
//! Each builder is a pure function from facts to a finding, or to none. None of them reads
//! anything, and none acts: a side door is evaluated, never opened.

mod apps;
mod authorizer;
mod cells;
mod doors;
mod kinds;
mod people;
mod roles;
mod sarif;
mod settings;
mod studio;
mod suppression;

pub use apps::{destroy_blocked, disabled_with_apps, running_apps};
pub use authorizer::{access_token, last_admin, read_exposes, upgrade};
pub use cells::{
    Cell, Disagreement, Source, disagreements, drift, over_granted, schemes_disagree, under_granted,
};
pub use doors::side_doors;
pub use kinds::{KINDS, Kind};
pub use people::{
    authorizer_order, expired_invitations, groupless, ran_out, several_groups, unconfirmed,
    unknown_groups,
};
pub use roles::{trust_widened, unusable_policies};
pub use sarif::sarif;
pub use settings::{authorizer_cache, self_sign_up, threat_protection, tokens_outlive};
pub use studio::{judge_roles, profile_role, role_mismatches, without_counterpart};

pub use suppression::{Ruling, Suppressed, Suppression};

use std::{collections::HashSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::shell_quoted;

/// How many people or things a finding lists before it only counts them.
const LISTED: usize = 20;

/// How much a finding matters.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Someone can do what they must not.
    High,
    /// Someone cannot do what they should, or soon will.
    Medium,
    /// Untidy, or costs money.
    Low,
    /// Good to know.
    #[default]
    Info,
}

impl Severity {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::High, Self::Medium, Self::Low, Self::Info]
            .into_iter()
            .find(|severity| severity.as_str() == word)
            .ok_or_else(|| "write high, medium, low or info".to_owned())
    }
}

/// Something that an admin should act on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What tells it from others of its kind about the same subject, such as scheme and
    /// permission; empty where there is one only. It never holds a count or a time, so that
    /// a finding stays the same while its evidence grows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The `mlwarden` command that shows the remedy as a plan and carries it out once that is
    /// confirmed; none where no plan can do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Finding {
    /// The same for the same trap at every look, whatever its words and numbers are by then:
    /// 16 hexadecimal digits over kind, subject and detail.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&self.id, &self.subject, &self.detail] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        hex::encode(digest.finalize()).chars().take(16).collect()
    }
}

/// The findings in the order of every output: the worst first, then by kind and subject.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.severity, &a.id, &a.subject, &a.title).cmp(&(b.severity, &b.id, &b.subject, &b.title))
    });
}

/// The findings in the order of every output, each once: several looks may find the same.
pub fn sorted(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = findings.into_iter().collect();
    sort(&mut findings);
    let mut seen = HashSet::new();
    findings.retain(|finding| seen.insert(finding.fingerprint()));
    findings
}

/// An `mlwarden` command: `words` as they stand, then names as a shell takes them.
fn command<'a>(words: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let mut command = format!("mlwarden {words}");
    for name in names {
        command.push(' ');
        command.push_str(&shell_quoted(name));
    }
    command
}

/// The command about the first few of many; none where there is nobody.
fn command_for<'a>(words: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().take(LISTED).collect();
    (!names.is_empty()).then(|| command(words, names))
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
            ..Finding::default()
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

    #[test]
    fn a_finding_stays_the_same_while_its_words_change() {
        let finding = Finding {
            id: "over-granted".into(),
            subject: "group:readers".into(),
            title: "3 routes".into(),
            detail: "bearer runs:write".into(),
            ..Finding::default()
        };
        let later = Finding {
            title: "4 routes".into(),
            severity: Severity::High,
            evidence: vec!["more".into()],
            ..finding.clone()
        };
        assert_eq!(finding.fingerprint(), later.fingerprint());
        assert_eq!(finding.fingerprint().len(), 16);
        let other = Finding {
            detail: "sigv4 runs:write".into(),
            ..finding.clone()
        };
        assert_ne!(finding.fingerprint(), other.fingerprint());
        // Where one part ends and the next begins counts.
        let shifted = Finding {
            id: "over-grantedg".into(),
            subject: "roup:readers".into(),
            ..finding.clone()
        };
        assert_ne!(finding.fingerprint(), shifted.fingerprint());
        assert_eq!(sorted([finding, later, other]).len(), 2);
    }

    #[test]
    fn a_command_quotes_names_and_stops_at_the_first_few() {
        assert_eq!(
            command_for("users delete", ["ada@example.com", "a b"]).unwrap(),
            "mlwarden users delete ada@example.com 'a b'"
        );
        let many = command_for("users delete", std::iter::repeat_n("x", 90)).unwrap();
        assert_eq!(many.split(' ').count(), 3 + LISTED);
        assert_eq!(command_for("users delete", []), None);
    }
}
