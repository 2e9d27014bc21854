//! A decision, and what it rests on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Allowed or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The request goes through to MLflow.
    Allow,
    /// The request is refused before MLflow sees it.
    Deny,
}

impl Effect {
    /// The word used in every output: `allow` or `deny`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Basis {
    /// A policy statement: the one that decided.
    Statement {
        /// The policy's label (its name).
        policy: String,
        /// The statement's place in the document, from 0.
        index: usize,
        /// The statement's `Sid`, where it has one.
        sid: Option<String>,
        /// The resource pattern that matched, as written.
        pattern: String,
        /// The statement as compact JSON.
        text: String,
    },
    /// A rule of the authorizer, for example `POST /ajax-api/2.0/mlflow/runs/search`.
    Rule {
        /// The group whose rules were used.
        group: String,
        /// The rule.
        rule: String,
    },
    /// No statement and no rule allows it.
    NoStatement,
    /// The permissions boundary does not allow it.
    Boundary {
        /// The boundary's label.
        policy: String,
    },
    /// The authorizer knows none of the caller's groups, and denies.
    NoGroup {
        /// Which groups the caller is in.
        reason: String,
    },
    /// The authorizer raises or returns nothing: the caller gets 500, a deny by crash.
    Crash {
        /// Why it crashes.
        reason: String,
    },
    /// The caller is nobody: 401, or 403 with a missing authentication token.
    Unauthenticated {
        /// What is missing.
        reason: String,
    },
    /// API Gateway has no method there: 403 Missing Authentication Token for everybody.
    NoMethod,
}

/// A decision, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Allowed or denied.
    pub effect: Effect,
    /// What it rests on.
    pub basis: Basis,
    /// Why the decision may differ from AWS's: a policy that cannot be read, or a
    /// statement that had to be taken at its worst.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
}

impl Decision {
    /// Allowed, because of `basis`.
    pub fn allow(basis: Basis) -> Self {
        Self {
            effect: Effect::Allow,
            basis,
            caveat: None,
        }
    }

    /// Denied, because of `basis`.
    pub fn deny(basis: Basis) -> Self {
        Self {
            effect: Effect::Deny,
            basis,
            caveat: None,
        }
    }

    /// The same decision with a reason to doubt it.
    #[must_use]
    pub fn with_caveat(mut self, caveat: Option<String>) -> Self {
        self.caveat = caveat;
        self
    }

    /// Whether the request goes through.
    pub fn is_allow(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// One sentence: what decided, and any reason to doubt it.
    pub fn explain(&self) -> String {
        let effect = self.effect;
        let mut text = match &self.basis {
            Basis::Statement {
                policy,
                index,
                sid,
                pattern,
                ..
            } => {
                let explicit = match effect {
                    Effect::Allow => "allowed",
                    Effect::Deny => "explicitly denied",
                };
                let name = sid
                    .as_ref()
                    .map_or_else(|| format!("{}", index + 1), |sid| format!("{sid:?}"));
                format!("{explicit} by statement {name} of {policy}, which matches {pattern}")
            }
            Basis::Rule { group, rule } => {
                format!("the authorizer's rule for {group}: {effect} {rule}")
            }
            Basis::NoStatement => "no statement or rule allows it".to_owned(),
            Basis::Boundary { policy } => {
                format!("the permissions boundary {policy} does not allow it")
            }
            Basis::NoGroup { reason } => format!("the authorizer denies: {reason}"),
            Basis::Crash { reason } => {
                format!("the authorizer crashes ({reason}): the caller gets 500")
            }
            Basis::Unauthenticated { reason } => format!("not authenticated: {reason}"),
            Basis::NoMethod => {
                "the API has no method there: 403 Missing Authentication Token for everybody"
                    .to_owned()
            }
        };
        if let Some(caveat) = &self.caveat {
            text.push_str("; ");
            text.push_str(caveat);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caveat_is_part_of_the_explanation() {
        let decision =
            Decision::deny(Basis::NoStatement).with_caveat(Some("policy x is unreadable".into()));
        assert_eq!(
            decision.explain(),
            "no statement or rule allows it; policy x is unreadable"
        );
    }

    #[test]
    fn a_statement_is_named_by_its_sid_else_by_its_place() {
        let basis = |sid: Option<&str>| Basis::Statement {
            policy: "restApiReader".into(),
            index: 1,
            sid: sid.map(str::to_owned),
            pattern: "*".into(),
            text: "{}".into(),
        };
        assert!(
            Decision::allow(basis(None))
                .explain()
                .contains("statement 2")
        );
        assert!(
            Decision::deny(basis(Some("No")))
                .explain()
                .starts_with("explicitly denied by statement \"No\"")
        );
    }
}
