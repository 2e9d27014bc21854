//! The report as tables for a person: the matrix in short, then what is not as declared.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};

use super::{columns, predicted_mismatch, stands_out, untested};
use crate::{
    domain::{AuthScheme, Principal},
    probe::{Cell, Report, Verdict},
};

/// The report as text; `all` lists the cells that are `ok` too.
pub fn to_table(report: &Report, all: bool) -> String {
    let mut text = format!("{}\n", matrix(&report.cells).trim_fmt());
    let mut listed = table(&[
        "principal",
        "scheme",
        "route",
        "expected",
        "predicted",
        "observed",
        "verdict",
        "reason",
    ]);
    let mut rows = 0;
    for cell in &report.cells {
        if !all && !stands_out(cell) {
            continue;
        }
        let [
            principal,
            scheme,
            _,
            method,
            path,
            expected,
            predicted,
            observed,
            verdict,
            ..,
            reason,
        ] = columns(cell);
        let reason = if cell.observed.is_none() {
            "not tested".to_owned()
        } else {
            reason
        };
        listed.add_row([
            principal,
            scheme,
            format!("{method} {path}"),
            expected,
            predicted,
            observed,
            verdict,
            reason,
        ]);
        rows += 1;
    }
    if rows > 0 {
        let _ = write!(text, "\n{}\n", listed.trim_fmt());
    }
    for line in untested(report) {
        let _ = write!(text, "\n{line}\n");
    }
    for finding in &report.findings {
        let _ = write!(
            text,
            "\n{:<6} {}: {}\n       → {}\n",
            finding.severity, finding.subject, finding.title, finding.remedy
        );
    }
    let summary = &report.summary;
    let _ = write!(
        text,
        "\n{} cells: {} ok, {} over-granted, {} under-granted, {} inconclusive; {} routes without \
         a safe request; {} requests in {:.1} s\n",
        summary.cells,
        summary.ok,
        summary.over_granted,
        summary.under_granted,
        summary.inconclusive,
        report.skipped.len(),
        summary.requests,
        std::time::Duration::from_millis(summary.elapsed_ms).as_secs_f64(),
    );
    text
}

/// Permissions × principals, each with its worst verdict.
fn matrix(cells: &[Cell]) -> Table {
    let mut actors: Vec<(&Principal, AuthScheme)> = Vec::new();
    let mut permissions: Vec<&str> = Vec::new();
    for cell in cells {
        let actor = (&cell.principal, cell.scheme);
        if !actors.contains(&actor) {
            actors.push(actor);
        }
        if !permissions.contains(&cell.permission.as_str()) {
            permissions.push(&cell.permission);
        }
    }
    let mut table = table(&[]);
    let mut header = vec!["permission".to_owned()];
    header.extend(
        actors
            .iter()
            .map(|(principal, scheme)| format!("{principal}\n{scheme}")),
    );
    table.set_header(header);
    for permission in permissions {
        let mut row = vec![permission.to_owned()];
        row.extend(actors.iter().map(|&(principal, scheme)| {
            summed(cells.iter().filter(|cell| {
                cell.permission == permission
                    && cell.principal == *principal
                    && cell.scheme == scheme
            }))
        }));
        table.add_row(row);
    }
    table
}

/// `ok allow`, `ok deny`, `ok mixed`, or the worst verdict with how many cells have it. Where
/// nothing was sent, the prediction is beside the verdict.
fn summed<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let cells: Vec<&Cell> = cells.collect();
    if !cells.is_empty() && cells.iter().all(|cell| cell.observed.is_none()) {
        let predicted = cells.iter().map(|cell| cell.predicted_effect());
        let differing = cells.iter().filter(|cell| predicted_mismatch(cell)).count();
        let predicted = match uniform(predicted) {
            _ if differing > 0 => format!("not as declared {differing}/{}", cells.len()),
            Some(Some(effect)) => effect.to_string(),
            Some(None) => "nothing".to_owned(),
            None => "mixed".to_owned(),
        };
        return format!("{} (predicted {predicted})", Verdict::Inconclusive);
    }
    for verdict in [
        Verdict::OverGranted,
        Verdict::UnderGranted,
        Verdict::Inconclusive,
    ] {
        let count = cells.iter().filter(|cell| cell.verdict == verdict).count();
        if count > 0 {
            return format!("{verdict} {count}/{}", cells.len());
        }
    }
    match uniform(cells.iter().map(|cell| cell.observed_effect())) {
        Some(Some(effect)) => format!("ok {effect}"),
        _ if cells.is_empty() => String::new(),
        _ => "ok mixed".to_owned(),
    }
}

/// The one value that all have.
fn uniform<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// An empty table with these headers. On a terminal it keeps to the terminal's width.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    table
}
