//! Stories for a person: each step on a line or two.

use std::fmt::Write;

use super::{Report, StepReport};
use crate::story::Outcome;

/// The reports as text.
pub fn to_table(reports: &[Report]) -> String {
    let told: Vec<String> = reports.iter().map(one).collect();
    format!("{}\n{}\n", told.join("\n"), summed(reports))
}

/// `3 told: 2 passed, 1 failed, 0 not tested`.
pub(super) fn summed(reports: &[Report]) -> String {
    format!("{} told: {}", reports.len(), counted(reports))
}

/// `2 passed, 1 failed, 0 not tested`.
pub fn counted(reports: &[Report]) -> String {
    let count = |outcome| {
        reports
            .iter()
            .filter(|report| report.outcome() == outcome)
            .count()
    };
    format!(
        "{} passed, {} failed, {} not tested",
        count(Outcome::Passed),
        count(Outcome::Failed),
        count(Outcome::Untested),
    )
}

fn one(report: &Report) -> String {
    let mut text = format!(
        "{} {}, {}: {}\n  {}\n",
        report.outcome().sign(),
        report.story,
        report.telling.words(),
        report.words(),
        report.title,
    );
    if let Some(failure) = &report.not_begun {
        let _ = writeln!(text, "  {failure}\n  → {}", failure.next_step());
    } else {
        for (at, step) in report.steps.iter().enumerate() {
            text.push_str(&step_line(at, step));
        }
    }
    for model in &report.made.models {
        let _ = writeln!(text, "  removed: registered model {model}");
    }
    if let Some(remains) = report.made.remains() {
        let _ = writeln!(text, "  remains: {remains}");
    }
    for failure in &report.left {
        let _ = writeln!(text, "  ✗ {failure}\n    → {}", failure.next_step());
    }
    text
}

/// A step in two lines: what it does and what came of it, and the request.
pub fn step_line(at: usize, step: &StepReport) -> String {
    let came = match step.came.as_str() {
        "" => String::new(),
        came => format!(", {came}"),
    };
    let mut text = format!(
        "  {} {:>2} {}: expects {}{came}\n       {}{}{}\n",
        step.outcome.sign(),
        at + 1,
        step.title,
        step.expected.words(),
        step.asked(),
        step.permission
            .as_ref()
            .map_or_else(String::new, |permission| format!(" ({permission})")),
        judged(step),
    );
    if !matches!(step.outcome, Outcome::Passed | Outcome::Unreached) {
        let _ = writeln!(text, "       {}: {}", step.outcome, step.why);
    }
    text
}

/// What the matrix says of it, and the gateway's id of the request.
fn judged(step: &StepReport) -> String {
    let Some(exchange) = &step.exchange else {
        return String::new();
    };
    let mut text = match exchange.expected {
        Some(_) => format!(", {} by the matrix", exchange.verdict),
        None => String::new(),
    };
    if let Some(id) = &exchange.observed.request_id {
        let _ = write!(text, ", id {id}");
    }
    text
}
