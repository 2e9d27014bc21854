//! Studio spaces: whose, and what runs in them.

use std::collections::HashMap;

use super::{aged, text, toned};
use crate::{
    app::{
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    domain::Space,
};

impl Record for Space {
    /// How many apps run in each, by name; none before the apps are read.
    type Context = Option<HashMap<String, usize>>;
    const NOUNS: (&'static str, &'static str) = ("space", "spaces");

    fn id(&self) -> &str {
        &self.name
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<Space>; 5] = [
    Column {
        name: "SPACE",
        width: Width::fill(16, 30, 3),
        align: Align::Left,
        searchable: true,
        cell: |space, _| text(space.name.as_str()),
        key: |space, _| Key::Text(space.name.as_str().into()),
    },
    Column {
        name: "OWNER",
        width: Width::fill(12, 26, 2),
        align: Align::Left,
        searchable: true,
        cell: |space, _| match space.owner.as_deref() {
            Some(owner) => text(owner),
            None => toned("nobody", Tone::Warning),
        },
        key: |space, _| Key::Text(space.owner.as_deref().unwrap_or_default().into()),
    },
    Column {
        name: "STATUS",
        width: Width::fixed(13),
        align: Align::Left,
        searchable: true,
        cell: |space, _| {
            let tone = match space.status.as_str() {
                "InService" => Tone::Good,
                status if status.contains("Fail") => Tone::Danger,
                _ => Tone::Accent,
            };
            toned(space.status.as_str(), tone)
        },
        key: |space, _| Key::Text(space.status.as_str().into()),
    },
    Column {
        name: "APPS",
        width: Width::fixed(4),
        align: Align::Right,
        searchable: false,
        cell: |space, around| match around.context {
            None => toned("?", Tone::Unknown),
            Some(running) => match running.get(&space.name) {
                None => text(""),
                Some(count) => text(count.to_string()),
            },
        },
        key: |space, around| {
            around.context.as_ref().map_or(Key::None, |running| {
                let count = running.get(&space.name).copied().unwrap_or_default();
                Key::Number(i64::try_from(count).unwrap_or(i64::MAX))
            })
        },
    },
    Column {
        name: "AGE",
        width: Width::fixed(5),
        align: Align::Right,
        searchable: false,
        cell: |space, around| aged(around.now, space.created_at),
        key: |space, _| Key::time(space.created_at),
    },
];
