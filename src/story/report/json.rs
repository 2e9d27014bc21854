//! Stories as one JSON object.

use serde_json::{Value, json};

use super::{Report, StepReport};
use crate::story::{Outcome, expect::error_code};

/// The version of the object's shape.
const SCHEMA: u32 = 1;

/// The reports as JSON; `context` says which deployment it was.
pub fn to_json(reports: &[Report], context: &Value) -> Value {
    let count = |outcome| {
        reports
            .iter()
            .filter(|report| report.outcome() == outcome)
            .count()
    };
    json!({
        "schema": SCHEMA,
        "context": context,
        "summary": {
            "told": reports.len(),
            "passed": count(Outcome::Passed),
            "failed": count(Outcome::Failed),
            "untested": count(Outcome::Untested),
        },
        "stories": reports.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(report: &Report) -> Value {
    json!({
        "story": report.story,
        "title": report.title,
        "principal": report.telling.subject,
        "scheme": report.telling.scheme,
        "outcome": report.outcome(),
        "reason": report.not_begun.as_ref().map(ToString::to_string),
        "cancelled": report.cancelled,
        "steps": report.steps.iter().map(step).collect::<Vec<_>>(),
        "made": report.made,
        "remains": report.made.remains(),
        "not_removed": report.left,
    })
}

fn step(step: &StepReport) -> Value {
    let exchange = step.exchange.as_deref();
    let observed = exchange.map(|exchange| &exchange.observed);
    json!({
        "title": step.title,
        "principal": step.principal,
        "method": step.method,
        "path": step.path,
        "permission": step.permission,
        "expect": step.expected.effect,
        "declared": exchange.and_then(|exchange| exchange.expected),
        "predicted": exchange
            .and_then(|exchange| exchange.predicted.as_ref())
            .map(|decision| decision.effect),
        "observed": observed.and_then(|seen| seen.effect),
        "verdict": exchange.map(|exchange| exchange.verdict),
        "outcome": step.outcome,
        "layer": observed.map(|seen| seen.layer),
        "status": observed.and_then(|seen| seen.status),
        "error_code": exchange.and_then(error_code),
        "request_id": observed.and_then(|seen| seen.request_id.as_ref()),
        "latency_ms": observed.map(|seen| u64::try_from(seen.latency.as_millis()).unwrap_or(u64::MAX)),
        "reason": step.why,
    })
}
