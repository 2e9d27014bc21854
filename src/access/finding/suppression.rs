//! Suppressions: findings that are known and left as they are, each with a reason and an end.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use super::Finding;
use crate::access::policy::glob;

/// Which findings are left as they are, why, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// Their kind, or a glob over kinds: `side-door-*`.
    #[serde(deserialize_with = "filled")]
    pub finding: String,
    /// A glob over their subjects: `user:ada*`.
    #[serde(deserialize_with = "filled")]
    pub subject: String,
    /// A glob over their details, where not all of them are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Why.
    #[serde(deserialize_with = "filled")]
    pub reason: String,
    /// The last day on which it holds.
    #[serde(deserialize_with = "day")]
    pub until: Date,
}

impl Suppression {
    /// The suppression of just this finding.
    pub fn of(finding: &Finding, reason: &str, until: Date) -> Self {
        let detail = finding.detail.as_str();
        Self {
            finding: finding.id.clone(),
            subject: finding.subject.clone(),
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
            reason: reason.to_owned(),
            until,
        }
    }

    /// Whether it is about this finding.
    pub fn is_about(&self, finding: &Finding) -> bool {
        glob::matches(&self.finding, &finding.id)
            && glob::matches(&self.subject, &finding.subject)
            && self
                .detail
                .as_ref()
                .is_none_or(|detail| glob::matches(detail, &finding.detail))
    }

    /// The lines of the config file that say it.
    pub fn to_toml(&self) -> String {
        let line = |name: &str, text: &str| format!("{name} = {}\n", toml::Value::from(text));
        let mut lines = "[[suppress]]\n".to_owned();
        lines.push_str(&line("finding", &self.finding));
        lines.push_str(&line("subject", &self.subject));
        if let Some(detail) = &self.detail {
            lines.push_str(&line("detail", detail));
        }
        lines.push_str(&line("reason", &self.reason));
        lines.push_str(&line("until", &self.until.to_string()));
        lines
    }
}

impl fmt::Display for Suppression {
    /// `several-groups of user:ada*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.finding, self.subject)
    }
}

/// A text that says something.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Err(serde::de::Error::custom("it must not be empty"));
    }
    Ok(text)
}

/// A day as it is written: `2027-03-01`.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!("{text:?} is no day: write it as \"2027-03-01\""))
    })
}

/// A finding that is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// What leaves it so.
    pub suppression: Suppression,
}

/// Findings held against the suppressions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// What an admin should act on.
    pub open: Vec<Finding>,
    /// What is left as it is.
    pub suppressed: Vec<Suppressed>,
    /// The suppressions that are about nothing that was found.
    pub unused: Vec<Suppression>,
}

impl Ruling {
    /// Holds findings against suppressions on a day. Whatever only a suppression that has
    /// ended is about is open again, and its evidence says so.
    pub fn of(
        findings: impl IntoIterator<Item = Finding>,
        suppressions: &[Suppression],
        today: Date,
    ) -> Self {
        let mut ruling = Self::default();
        let mut used = vec![false; suppressions.len()];
        for mut finding in findings {
            let mut ended = None;
            let mut holding = None;
            for (suppression, used) in suppressions.iter().zip(&mut used) {
                if !suppression.is_about(&finding) {
                    continue;
                }
                *used = true;
                if suppression.until >= today {
                    holding = holding.or(Some(suppression));
                } else {
                    ended = ended.or(Some(suppression));
                }
            }
            match (holding, ended) {
                (Some(suppression), _) => ruling.suppressed.push(Suppressed {
                    finding,
                    suppression: suppression.clone(),
                }),
                (None, ended) => {
                    if let Some(suppression) = ended {
                        finding.evidence.push(format!(
                            "its suppression ended on {}: {}",
                            suppression.until, suppression.reason
                        ));
                    }
                    ruling.open.push(finding);
                }
            }
        }
        ruling.unused = suppressions
            .iter()
            .zip(used)
            .filter(|(_, used)| !used)
            .map(|(suppression, _)| suppression.clone())
            .collect();
        ruling
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn finding(id: &str, subject: &str, detail: &str) -> Finding {
        Finding {
            id: id.into(),
            subject: subject.into(),
            detail: detail.into(),
            ..Finding::default()
        }
    }

    fn suppression(text: &str) -> Suppression {
        toml::from_str(text).unwrap()
    }

    fn on(day: &str) -> Date {
        day.parse().unwrap()
    }

    const ADA: &str = "finding = \"several-groups\"\nsubject = \"user:ada*\"\nreason = \"moves in March\"\nuntil = \"2027-03-01\"";

    #[test]
    fn what_is_suppressed_is_kept_apart_and_open_again_after_its_last_day() {
        let found = || {
            [
                finding("several-groups", "user:ada@example.com", ""),
                finding("several-groups", "user:eve@example.com", ""),
            ]
        };
        let known = [suppression(ADA)];
        let last = Ruling::of(found(), &known, on("2027-03-01"));
        assert_eq!(last.open, [found()[1].clone()]);
        assert_eq!(last.suppressed[0].finding, found()[0]);
        assert_eq!(last.suppressed[0].suppression.reason, "moves in March");
        let after = Ruling::of(found(), &known, on("2027-03-02"));
        assert_eq!(after.open.len(), 2);
        assert_eq!(
            after.open[0].evidence,
            ["its suppression ended on 2027-03-01: moves in March"]
        );
        assert_eq!(after.unused, [], "it is about something");
    }

    #[test]
    fn a_later_suppression_holds_where_an_earlier_one_has_ended() {
        let renewed = suppression(&ADA.replace("2027-03-01", "2028-03-01"));
        let ruling = Ruling::of(
            [finding("several-groups", "user:ada", "")],
            &[suppression(ADA), renewed.clone()],
            on("2027-06-01"),
        );
        assert_eq!(ruling.suppressed[0].suppression, renewed);
    }

    #[test]
    fn globs_choose_kind_subject_and_detail_and_the_idle_are_told() {
        let of_kinds = suppression(
            "finding = \"side-door-*\"\nsubject = \"role:*reader*\"\nreason = \"r\"\nuntil = \"2027-01-01\"",
        );
        assert!(of_kinds.is_about(&finding("side-door-job", "role:x-reader-1", "")));
        assert!(!of_kinds.is_about(&finding("side-door-job", "role:admin", "")));
        let over = finding("over-granted", "group:readers", "bearer runs:write");
        let exact = Suppression::of(&over, "r", on("2027-01-01"));
        assert!(exact.is_about(&over));
        let other = finding("over-granted", "group:readers", "sigv4 runs:write");
        assert!(!exact.is_about(&other));
        let ruling = Ruling::of([other], std::slice::from_ref(&exact), on("2026-12-01"));
        assert_eq!(ruling.unused, [exact]);
    }

    #[test]
    fn the_lines_to_copy_say_the_same_again() {
        #[derive(Deserialize)]
        struct File {
            suppress: Vec<Suppression>,
        }
        let hostile = Suppression {
            reason: "she said \"later\"\\ \n".into(),
            ..Suppression::of(&finding("a", "user:'x'", "bearer b"), "", on("2027-01-01"))
        };
        let file: File = toml::from_str(&hostile.to_toml()).unwrap();
        assert_eq!(file.suppress, [hostile]);
    }

    #[rstest]
    #[case("reason = \"moves in March\"\n", "", "reason")]
    #[case("moves in March", " ", "empty")]
    #[case("until = \"2027-03-01\"", "", "until")]
    #[case("2027-03-01", "March", "no day")]
    #[case("subject", "subjects", "subjects")]
    fn a_reason_and_an_end_are_required(
        #[case] part: &str,
        #[case] instead: &str,
        #[case] says: &str,
    ) {
        let error = toml::from_str::<Suppression>(&ADA.replace(part, instead)).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
