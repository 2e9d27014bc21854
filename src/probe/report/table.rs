//! The report as tables for a person: the matrix in short, then what is not as declared.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};

use super::{columns, headline, predicted_mismatch, stands_out, untested};
use crate::{
    domain::{AuthScheme, Principal},
    probe::{Cell, Report, Verdict},
};

/// The report as text; `all` lists the cells that are `ok` too.
pub fn to_table(report: &Report, all: bool) -> String {
    let mut text = format!("{}\n", matrix(&report.cells).trim_fmt());
    for cell in &report.cells {
        if all || stands_out(cell) {
            let _ = write!(text, "\n{}", told(cell));
        }
    }
    let untested = untested(report);
    if !untested.is_empty() {
        let _ = write!(text, "\n{}\n", untested.join("\n"));
    }
    for finding in &report.findings {
        let _ = write!(
            text,
            "\n{:<6} {}\n       → {}\n",
            finding.severity,
            headline(finding),
            finding.remedy
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

/// A cell in two lines, which stay readable on a narrow terminal: what, and the three sources.
fn told(cell: &Cell) -> String {
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
    let sources = [
        ("expected", expected),
        ("predicted", predicted),
        ("observed", observed),
    ]
    .into_iter()
    .filter(|(_, effect)| !effect.is_empty())
    .map(|(source, effect)| format!("{source} {effect}"))
    .collect::<Vec<_>>()
    .join(", ");
    let reason = if cell.observed.is_none() {
        "not tested"
    } else {
        &reason
    };
    format!(
        "{verdict:<13} {principal} {scheme} {method} {path}\n{:<13} {sources}: {reason}\n",
        ""
    )
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
/// nothing was sent there is only the prediction, and it says that it is one.
fn summed<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let cells: Vec<&Cell> = cells.collect();
    if !cells.is_empty() && cells.iter().all(|cell| cell.observed.is_none()) {
        let differing = cells.iter().filter(|cell| predicted_mismatch(cell)).count();
        return match uniform(cells.iter().map(|cell| cell.predicted_effect())) {
            _ if differing > 0 => format!("predicted differs {differing}/{}", cells.len()),
            Some(Some(effect)) => format!("predicted {effect}"),
            Some(None) => Verdict::Inconclusive.to_string(),
            None => "predicted mixed".to_owned(),
        };
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
