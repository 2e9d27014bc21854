//! A run's report in every format, and the exit code that goes with it.
//!
//! All formats say the same in the same order, the plan's.

mod csv;
mod json;
mod junit;
mod markdown;
mod table;

pub use self::{
    csv::to_csv,
    json::to_json,
    junit::{findings_to_junit, to_junit},
    markdown::{escaped, to_markdown},
    table::{table, to_table},
};

use super::{Cell, Report, Verdict};
use crate::access::Finding;

/// The exit code of a run: 0 as declared, 1 a mismatch or drift, 3 nothing could be tested,
/// 4 something borrowed could not be given back, 130 cancelled.
pub fn exit_code(report: &Report, predicted_only: bool) -> u8 {
    let summary = &report.summary;
    if report.cancelled {
        130
    } else if !report.not_given_back.is_empty() {
        4
    } else if summary.over_granted + summary.under_granted > 0
        || report.cells.iter().any(Cell::drifts)
        || (predicted_only && report.cells.iter().any(predicted_mismatch))
    {
        1
    } else if summary.ok == 0 && !predicted_only {
        3
    } else {
        0
    }
}

/// Whether the prediction alone disagrees with what is declared.
fn predicted_mismatch(cell: &Cell) -> bool {
    !matches!(
        Verdict::of(cell.expected, cell.predicted_effect()),
        Verdict::Ok | Verdict::Inconclusive
    )
}

/// Whether a person needs to see the cell on its own: it is not as declared, or an answer
/// decided nothing. What was never sent has one reason for all of a principal.
fn stands_out(cell: &Cell) -> bool {
    cell.verdict != Verdict::Ok && (cell.observed.is_some() || predicted_mismatch(cell))
}

/// A finding's title, which says whom it is about.
fn headline(finding: &Finding) -> String {
    let Finding { subject, title, .. } = finding;
    if title.contains(subject.as_str()) {
        title.clone()
    } else {
        format!("{subject}: {title}")
    }
}

/// What was never sent, by principal and reason: `group:readers: 67 cells not tested: …`.
fn untested(report: &Report) -> Vec<String> {
    let mut counts: Vec<((String, &str), usize)> = Vec::new();
    for cell in report.cells.iter().filter(|cell| cell.observed.is_none()) {
        let key = (cell.principal.to_string(), cell.reason.as_str());
        match counts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => counts.push((key, 1)),
        }
    }
    counts
        .into_iter()
        .map(|((principal, reason), count)| {
            format!("{principal}: {count} cells not tested: {reason}")
        })
        .collect()
}

/// The columns that every flat format has, in this order.
const COLUMNS: [&str; 13] = [
    "principal",
    "scheme",
    "permission",
    "method",
    "path",
    "expected",
    "predicted",
    "observed",
    "verdict",
    "layer",
    "status",
    "error_type",
    "reason",
];

/// A cell's values for [`COLUMNS`].
fn columns(cell: &Cell) -> [String; 13] {
    let observed = cell.observed.as_ref();
    let effect = |effect: Option<crate::access::Effect>| {
        effect.map_or_else(String::new, |effect| effect.to_string())
    };
    [
        cell.principal.to_string(),
        cell.scheme.to_string(),
        cell.permission.clone(),
        cell.method.to_string(),
        cell.path.clone(),
        effect(cell.expected),
        effect(cell.predicted_effect()),
        effect(cell.observed_effect()),
        cell.verdict.to_string(),
        observed.map_or_else(String::new, |seen| seen.layer.to_string()),
        observed
            .and_then(|seen| seen.status)
            .map_or_else(String::new, |status| status.to_string()),
        observed
            .and_then(|seen| seen.error_type.clone())
            .unwrap_or_default(),
        cell.reason.clone(),
    ]
}
