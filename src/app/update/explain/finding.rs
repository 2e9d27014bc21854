//! What stands behind a finding.

use super::{Fields, Sheet};
use crate::{
    access::finding::Kind,
    app::{lists::FindingRow, state::State, tone::Tone, update::findings},
};

/// A finding in words: evidence, remedy, the command that plans it, and the lines that leave it
/// as it is.
pub(super) fn finding(state: &State, id: &str) -> Option<(String, Fields)> {
    let row = row(state, id)?;
    let finding = &row.finding;
    let mut sheet = Sheet::default();
    sheet.add("severity", finding.severity.as_str());
    sheet.add("subject", finding.subject.clone());
    if !finding.detail.is_empty() {
        sheet.add("detail", finding.detail.clone());
    }
    sheet.toned("kind", finding.id.clone(), Tone::Dim);
    if let Some(kind) = Kind::of(&finding.id) {
        sheet.add("why", kind.why);
    }
    for line in &finding.evidence {
        sheet.toned("evidence", line.clone(), Tone::Dim);
    }
    sheet.toned("remedy", finding.remedy.clone(), Tone::Accent);
    if let Some(command) = &finding.command {
        sheet.add("plan", command.clone());
    }
    if let Some(by) = &row.suppression {
        let until = format!("until {}: {}", by.until, by.reason);
        sheet.toned("suppressed", until, Tone::Warning);
    } else {
        let lines = findings::proposed(finding, state.now).to_toml();
        for line in lines.lines() {
            sheet.toned("to suppress", line, Tone::Dim);
        }
    }
    Some((finding.title.clone(), sheet.0))
}

/// The command about a finding: the one that plans its remedy, else the one that shows it.
pub(super) fn command(state: &State, id: Option<&str>) -> String {
    let row = id.and_then(|id| row(state, id));
    let command = row.and_then(|row| row.finding.command.clone());
    command.unwrap_or_else(|| "mlwarden findings".to_owned())
}

fn row<'a>(state: &'a State, id: &str) -> Option<&'a FindingRow> {
    state.data.findings.find(id).map(AsRef::as_ref)
}
