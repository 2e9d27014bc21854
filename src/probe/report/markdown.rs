//! The report as Markdown, for a ticket or a pull request: the findings, what was
//! not tested and why, and every cell that stands out.

use std::fmt::Write;

use super::{columns, headline, stands_out, untested};
use crate::probe::Report;

/// The report as Markdown.
pub fn to_markdown(report: &Report) -> String {
    let summary = &report.summary;
    let mut text = format!(
        "# Verify\n\n{} cells: {} ok, **{} over-granted**, {} under-granted, {} inconclusive \
         ({} requests in {:.1} s)\n",
        summary.cells,
        summary.ok,
        summary.over_granted,
        summary.under_granted,
        summary.inconclusive,
        summary.requests,
        std::time::Duration::from_millis(summary.elapsed_ms).as_secs_f64(),
    );
    if !report.findings.is_empty() {
        text.push_str("\n## Findings\n\n");
        for finding in &report.findings {
            let _ = writeln!(
                text,
                "- **{}** {} *{}*",
                finding.severity,
                escaped(&headline(finding)),
                escaped(&finding.remedy),
            );
        }
    }
    let untested = untested(report);
    if !untested.is_empty() {
        text.push_str("\n## Not tested\n\n");
        for line in untested {
            let _ = writeln!(text, "- {}", escaped(&line));
        }
    }
    text.push_str(
        "\n## Cells that are not ok\n\n\
         | principal | scheme | permission | route | expected | predicted | observed | verdict | reason |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for cell in &report.cells {
        if !stands_out(cell) {
            continue;
        }
        let [
            principal,
            scheme,
            permission,
            method,
            path,
            expected,
            predicted,
            observed,
            verdict,
            ..,
            reason,
        ] = columns(cell).map(|value| escaped(&value));
        let reason = if cell.observed.is_none() {
            "not tested".to_owned()
        } else {
            reason
        };
        let _ = writeln!(
            text,
            "| {principal} | {scheme} | {permission} | {method} {path} | {expected} | {predicted} \
             | {observed} | {verdict} | {reason} |"
        );
    }
    text
}

/// A text that stays one cell of a Markdown table.
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "\\<")
        .replace(['\n', '\r'], " ")
}
