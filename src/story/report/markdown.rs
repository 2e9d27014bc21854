//! Stories as Markdown, for a ticket or a pull request.

use std::fmt::Write;

use super::{Report, StepReport, table::summed};
use crate::{access::Effect, probe::report::escaped};

/// The reports as Markdown.
pub fn to_markdown(reports: &[Report]) -> String {
    let mut text = format!("# Stories\n\n{}\n", summed(reports));
    for report in reports {
        let _ = write!(
            text,
            "\n## {} {}, {}: {}\n\n{}\n",
            report.outcome().sign(),
            escaped(&report.story),
            escaped(&report.telling.words()),
            report.words(),
            escaped(&report.title),
        );
        if let Some(failure) = &report.not_begun {
            let _ = writeln!(
                text,
                "\n{} *{}*",
                escaped(&failure.to_string()),
                escaped(&failure.next_step())
            );
            continue;
        }
        text.push_str(
            "\n| | step | request | as | permission | expected | observed | by | status | verdict | request id | reason |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for (at, step) in report.steps.iter().enumerate() {
            text.push_str(&row(at, step));
        }
        for model in &report.made.models {
            let _ = writeln!(text, "\nRemoved: registered model {}", escaped(model));
        }
        if let Some(remains) = report.made.remains() {
            let _ = writeln!(text, "\nRemains: {}", escaped(&remains));
        }
        for failure in &report.left {
            let _ = writeln!(
                text,
                "\n**Not removed:** {} *{}*",
                escaped(&failure.to_string()),
                escaped(&failure.next_step())
            );
        }
    }
    text
}

fn row(at: usize, step: &StepReport) -> String {
    let observed = step.exchange.as_ref().map(|exchange| &exchange.observed);
    let cells = [
        step.outcome.sign().to_owned(),
        format!("{} {}", at + 1, step.title),
        format!("{} {}", step.method, step.path),
        step.principal.to_string(),
        step.permission.clone().unwrap_or_default(),
        step.expected.words(),
        observed
            .and_then(|seen| seen.effect)
            .map_or("", Effect::as_str)
            .to_owned(),
        observed.map_or_else(String::new, |seen| seen.layer.to_string()),
        observed
            .and_then(|seen| seen.status)
            .map_or_else(String::new, |status| status.to_string()),
        step.exchange
            .as_ref()
            .filter(|exchange| exchange.expected.is_some())
            .map_or_else(String::new, |exchange| exchange.verdict.to_string()),
        observed
            .and_then(|seen| seen.request_id.clone())
            .unwrap_or_default(),
        if step.why.is_empty() {
            step.outcome.to_string()
        } else {
            step.why.clone()
        },
    ];
    format!("| {} |\n", cells.map(|cell| escaped(&cell)).join(" | "))
}
