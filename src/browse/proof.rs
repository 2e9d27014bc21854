//! A refusal, as proof: who refused, by which answer, and whether that is as declared.

use super::Exchange;
use crate::{
    access::Effect,
    domain::{ErrorClass, Failure},
    probe::{Layer, Verdict},
};

impl Exchange {
    /// Whether the request was refused before MLflow saw it.
    pub fn is_refused(&self) -> bool {
        self.observed.effect == Some(Effect::Deny)
    }

    /// The proof of a refusal, one sentence without an end; none where the request got through,
    /// or nothing was decided.
    pub fn proof(&self) -> Option<String> {
        self.is_refused().then(|| {
            format!(
                "refused by {}{}: {}; {}",
                by_whom(self.observed.layer),
                self.answer(),
                self.observed.reason,
                self.judged()
            )
        })
    }

    /// Status, error type and request id of the answer, in brackets.
    fn answer(&self) -> String {
        let observed = &self.observed;
        let status = observed.status.map(|status| {
            let kind = observed.error_type.as_deref();
            kind.map_or_else(|| status.to_string(), |kind| format!("{status} {kind}"))
        });
        let id = observed.request_id.as_ref();
        let parts: Vec<String> = status
            .into_iter()
            .chain(id.map(|id| format!("request {id}")))
            .collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!(" ({})", parts.join(", "))
        }
    }

    /// What the matrix and the deployed policy say of what came of it.
    fn judged(&self) -> String {
        let declared = match (self.verdict, self.expected) {
            (Verdict::Ok, Some(effect)) => format!("as declared: the matrix says {effect}"),
            (Verdict::Inconclusive, _) | (_, None) => {
                "the matrix declares nothing for it".to_owned()
            }
            (verdict, Some(effect)) => format!("{verdict}: the matrix says {effect}"),
        };
        match &self.predicted {
            Some(decision) if decision.effect == Effect::Allow => format!(
                "{declared}; the deployed policy computes to allow: {}",
                decision.explain()
            ),
            _ => declared,
        }
    }

    /// The refusal as a failure of `doing`, with the next step that goes with it; none where the
    /// request got through, or nothing was decided.
    pub fn refusal(&self, doing: impl Into<String>) -> Option<Failure> {
        let class = ErrorClass::Denied { action: None };
        let mut failure = Failure::new(class, doing, self.proof()?);
        failure.request_id.clone_from(&self.observed.request_id);
        Some(failure.advise(format!(
            "ask `mlwarden why {} \"{} {}\"`, or become somebody else",
            self.principal,
            self.request.method,
            self.route.as_deref().unwrap_or(&self.request.path)
        )))
    }
}

/// Who refuses, as it is said.
pub(super) fn by_whom(layer: Layer) -> &'static str {
    match layer {
        Layer::Network => "something on the way",
        Layer::Gateway => "the gateway",
        Layer::Authorizer => "the authorizer",
        Layer::Iam => "IAM",
        Layer::Mlflow => "MLflow",
    }
}
