//! What happened.

use super::{dim, text, toned};
use crate::app::{
    log::{Entry, Level},
    table::{Align, Column, Key, Record, Width},
    tone::Tone,
};

impl Record for Entry {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("entry", "entries");

    fn id(&self) -> &str {
        &self.number
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<Entry>; 4] = [
    Column {
        name: "AT",
        width: Width::fixed(8),
        align: Align::Left,
        searchable: false,
        cell: |entry, _| dim(entry.at.strftime("%H:%M:%S").to_string()),
        key: |entry, _| Key::Time(entry.at),
    },
    Column {
        name: "LEVEL",
        width: Width::fixed(7),
        align: Align::Left,
        searchable: true,
        cell: |entry, _| {
            let tone = match entry.level {
                Level::Error => Tone::Danger,
                Level::Warning => Tone::Warning,
                Level::Info => Tone::Dim,
            };
            toned(entry.level.as_str(), tone)
        },
        key: |entry, _| Key::Number(entry.level as i64),
    },
    Column {
        name: "WHAT",
        width: Width::fill(26, 40, 4),
        align: Align::Left,
        searchable: true,
        cell: |entry, _| text(entry.text.as_str()),
        key: |entry, _| Key::Text(entry.text.as_str().into()),
    },
    Column {
        name: "NEXT",
        width: Width::fill(13, 20, 3),
        align: Align::Left,
        searchable: true,
        cell: |entry, _| dim(entry.next_step.as_deref().unwrap_or_default()),
        key: |entry, _| Key::Text(entry.next_step.as_deref().unwrap_or_default().into()),
    },
];
