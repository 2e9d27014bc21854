//! `mlwarden journal`: what was borrowed, and whether it was given back.

use serde_json::json;

use super::{
    args::Global,
    output::{self, Listing},
    session::Effective,
};
use crate::{domain::Failure, plan::Journal};

/// Everything ever borrowed, oldest first.
pub(super) fn list(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let journal = Journal::open(&effective.paths.state_dir)?;
    let entries = journal.entries()?;
    Listing {
        noun: "entries",
        context: json!({"name": effective.name}),
        columns: &["at", "borrowed", "given back", "failure"],
        rows: entries
            .iter()
            .map(|entry| {
                vec![
                    output::time(entry.at),
                    entry.borrowed.describe(),
                    entry
                        .given_back_at
                        .map_or_else(|| "no".to_owned(), output::time),
                    entry.failure.clone().unwrap_or_default(),
                ]
            })
            .collect(),
        values: entries.iter().map(|entry| json!(entry)).collect(),
    }
    .print(global.output)
}
