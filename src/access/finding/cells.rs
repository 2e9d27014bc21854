//! Findings from the matrix's cells: what is granted, and what should be.

use indexmap::IndexMap;

use super::{Finding, Severity, command, count, listed};
use crate::{
    access::{
        Effect,
        route::{Method, operation_of},
    },
    domain::{AuthScheme, Principal},
};

/// Where an effect was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By a live request.
    Observed,
    /// From the deployed policy.
    Predicted,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Predicted => "predicted",
        }
    }
}

/// One route of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The method.
    pub method: Method,
    /// The path template.
    pub path: String,
    /// How its effect was learned.
    pub source: Source,
    /// What was said: an explanation of the prediction, or the answer.
    pub reason: String,
}

/// A principal may do what the matrix denies: one finding for a permission and a scheme.
/// None without cells.
pub fn over_granted(
    principal: &Principal,
    scheme: AuthScheme,
    permission: &str,
    cells: &[Cell],
) -> Option<Finding> {
    (!cells.is_empty()).then(|| Finding {
        id: "over-granted".to_owned(),
        severity: Severity::High,
        subject: principal.to_string(),
        title: format!(
            "{principal} may {permission} by {scheme}, which the matrix denies ({})",
            count(cells.len(), "route")
        ),
        evidence: evidence(cells),
        remedy: format!(
            "narrow {}, or declare {permission} in the matrix if it is meant",
            granted_by(scheme)
        ),
        detail: format!("{scheme} {permission}"),
        command: Some(put_into_effect(principal)),
    })
}

/// A principal may not do what the matrix allows. None without cells.
pub fn under_granted(
    principal: &Principal,
    scheme: AuthScheme,
    permission: &str,
    cells: &[Cell],
) -> Option<Finding> {
    (!cells.is_empty()).then(|| Finding {
        id: "under-granted".to_owned(),
        severity: Severity::Medium,
        subject: principal.to_string(),
        title: format!(
            "{principal} may not {permission} by {scheme}, although the matrix allows it ({})",
            count(cells.len(), "route")
        ),
        evidence: evidence(cells),
        remedy: format!(
            "widen {}, or take {permission} out of the matrix",
            granted_by(scheme)
        ),
        detail: format!("{scheme} {permission}"),
        command: Some(put_into_effect(principal)),
    })
}

fn evidence(cells: &[Cell]) -> Vec<String> {
    listed(cells.iter().map(|cell| {
        format!(
            "{} {}: {}: {}",
            cell.method,
            cell.path,
            cell.source.as_str(),
            cell.reason
        )
    }))
}

/// What brings the deployment to what the matrix declares for a principal.
fn put_into_effect(principal: &Principal) -> String {
    match principal {
        Principal::Role(role) => command("roles policy --apply", [role.as_str()]),
        Principal::Profile(_) => command("matrix apply", []),
        Principal::Group(_) | Principal::User(_) | Principal::Anonymous => {
            command("matrix publish", [])
        }
    }
}

fn granted_by(scheme: AuthScheme) -> &'static str {
    match scheme {
        AuthScheme::Bearer => "the authorizer's rules for the group",
        AuthScheme::SigV4 => "the role's execute-api policy",
    }
}

/// Live answers differ from what the deployed policy computes to. Each route with what was
/// predicted and what was observed; none where all agree.
pub fn drift(
    principal: &Principal,
    scheme: AuthScheme,
    routes: &[(Method, &str, Effect, Effect)],
) -> Option<Finding> {
    let differing: Vec<_> = routes
        .iter()
        .filter(|(_, _, predicted, observed)| predicted != observed)
        .collect();
    (!differing.is_empty()).then(|| Finding {
        id: "drift".to_owned(),
        severity: if differing
            .iter()
            .any(|(_, _, _, observed)| *observed == Effect::Allow)
        {
            Severity::High
        } else {
            Severity::Medium
        },
        subject: principal.to_string(),
        title: format!(
            "the API decides otherwise by {scheme} than its policy says for {principal} ({})",
            count(differing.len(), "route")
        ),
        evidence: listed(differing.iter().map(|(method, path, predicted, observed)| {
            format!("{method} {path}: predicted {predicted}, observed {observed}")
        })),
        remedy: match scheme {
            AuthScheme::Bearer => {
                "compare the deployed authorizer with its declared contract: its code was changed"
            }
            AuthScheme::SigV4 => {
                "look for what the role's own policies do not show: a resource policy of the API, \
                 a service control policy, or a change that is not in effect yet"
            }
        }
        .to_owned(),
        detail: scheme.to_string(),
        ..Finding::default()
    })
}

/// One operation that the two schemes decide differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The method.
    pub method: Method,
    /// The path without its root.
    pub operation: String,
    /// What the token gets.
    pub bearer: Effect,
    /// What the signature gets.
    pub sigv4: Effect,
}

/// The operations that both prefixes offer and that are decided differently, in the order
/// given. `cells` are one access level's: its group's and its role's.
pub fn disagreements<'a>(
    cells: impl IntoIterator<Item = (Method, &'a str, AuthScheme, Effect)>,
) -> Vec<Disagreement> {
    let mut pairs: IndexMap<(Method, &str), [Option<Effect>; 2]> = IndexMap::new();
    for (method, path, scheme, effect) in cells {
        let [bearer, sigv4] = pairs.entry((method, operation_of(path))).or_default();
        match scheme {
            AuthScheme::Bearer => *bearer = Some(effect),
            AuthScheme::SigV4 => *sigv4 = Some(effect),
        }
    }
    pairs
        .into_iter()
        .filter_map(|((method, operation), effects)| match effects {
            [Some(bearer), Some(sigv4)] if bearer != sigv4 => Some(Disagreement {
                method,
                operation: operation.to_owned(),
                bearer,
                sigv4,
            }),
            _ => None,
        })
        .collect()
}

/// The two schemes disagree for one access level (a row of the matrix). None where they agree.
pub fn schemes_disagree(level: &str, disagreements: &[Disagreement]) -> Option<Finding> {
    (!disagreements.is_empty()).then(|| Finding {
        id: "schemes-disagree".to_owned(),
        severity: Severity::Medium,
        subject: format!("row:{level}"),
        title: format!(
            "a token and a signature of {level} are not worth the same ({})",
            count(disagreements.len(), "operation")
        ),
        evidence: listed(disagreements.iter().map(|pair| {
            format!(
                "{} {}: bearer {}, sigv4 {}",
                pair.method, pair.operation, pair.bearer, pair.sigv4
            )
        })),
        remedy: "bring the authorizer's rules and the role's execute-api policy to the same set"
            .to_owned(),
        ..Finding::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(path: &str) -> Cell {
        Cell {
            method: Method::Delete,
            path: path.to_owned(),
            source: Source::Observed,
            reason: "MLflow answered 404".to_owned(),
        }
    }

    #[test]
    fn an_over_grant_names_the_principal_the_permission_and_the_answer() {
        let principal = Principal::Group("model-approvers".into());
        let finding = over_granted(
            &principal,
            AuthScheme::Bearer,
            "model-versions:delete",
            &[cell("/ajax-api/2.0/mlflow/model-versions/delete")],
        )
        .unwrap();
        assert_eq!(finding.severity, Severity::High);
        assert_eq!(finding.subject, "group:model-approvers");
        assert!(finding.title.contains("model-versions:delete by bearer"));
        assert_eq!(
            finding.evidence,
            ["DELETE /ajax-api/2.0/mlflow/model-versions/delete: observed: MLflow answered 404"]
        );
        assert!(finding.remedy.contains("authorizer"));
        assert_eq!(finding.command.as_deref(), Some("mlwarden matrix publish"));
        assert_eq!(over_granted(&principal, AuthScheme::Bearer, "x", &[]), None);
        assert_eq!(
            under_granted(&principal, AuthScheme::Bearer, "x", &[]),
            None
        );
    }

    #[test]
    fn drift_to_allow_is_worse_than_drift_to_deny() {
        let principal = Principal::Role("r".into());
        let severity = |predicted, observed| {
            drift(
                &principal,
                AuthScheme::SigV4,
                &[(Method::Get, "/api/x", predicted, observed)],
            )
            .map(|finding| finding.severity)
        };
        assert_eq!(severity(Effect::Deny, Effect::Allow), Some(Severity::High));
        assert_eq!(
            severity(Effect::Allow, Effect::Deny),
            Some(Severity::Medium)
        );
        assert_eq!(severity(Effect::Allow, Effect::Allow), None);
    }

    #[test]
    fn only_operations_of_both_schemes_are_compared() {
        let found = disagreements([
            (
                Method::Get,
                "/ajax-api/2.0/mlflow/a",
                AuthScheme::Bearer,
                Effect::Allow,
            ),
            (
                Method::Get,
                "/api/2.0/mlflow/a",
                AuthScheme::SigV4,
                Effect::Deny,
            ),
            (
                Method::Post,
                "/ajax-api/2.0/mlflow/a",
                AuthScheme::Bearer,
                Effect::Deny,
            ),
            (
                Method::Post,
                "/api/2.0/mlflow/a",
                AuthScheme::SigV4,
                Effect::Deny,
            ),
            (Method::Post, "/graphql", AuthScheme::Bearer, Effect::Deny),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].operation, "mlflow/a");
        let finding = schemes_disagree("reader", &found).unwrap();
        assert_eq!(finding.evidence, ["GET mlflow/a: bearer allow, sigv4 deny"]);
        assert_eq!(schemes_disagree("reader", &[]), None);
    }
}
