//! `mlwarden journal`: what was borrowed and given back, and what was changed.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    args::Global,
    output::{self, Listing},
    session::Effective,
};
use crate::{domain::Failure, plan::Journal};

/// Everything ever borrowed or changed, oldest first.
pub(super) fn list(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let journal = Journal::open(&effective.paths.state_dir)?;
    let mut entries: Vec<(Timestamp, Vec<String>, Value)> = Vec::new();
    for entry in journal.entries()? {
        let ended = entry
            .given_back_at
            .map_or_else(|| "not given back".to_owned(), output::time);
        entries.push((
            entry.at,
            vec![
                output::time(entry.at),
                entry.borrowed.describe(),
                ended,
                entry.failure.clone().unwrap_or_default(),
            ],
            json!(entry),
        ));
    }
    for entry in journal.changes()? {
        let ended = entry
            .done_at
            .map_or_else(|| "not known to be done".to_owned(), output::time);
        entries.push((
            entry.at,
            vec![
                output::time(entry.at),
                format!("{}: {}", entry.change.call, entry.change.does),
                ended,
                entry.failure.clone().unwrap_or_default(),
            ],
            json!(entry),
        ));
    }
    entries.sort_by_key(|(at, ..)| *at);
    let (rows, values) = entries
        .into_iter()
        .map(|(_, row, value)| (row, value))
        .unzip();
    Listing {
        noun: "entries",
        context: json!({"name": effective.name}),
        columns: &["at", "what", "ended", "failure"],
        rows,
        values,
    }
    .print(global.output)
}
