//! Execution roles with the Studio profiles that use them.

use super::{dim, text, toned};
use crate::{
    app::{
        table::{Align, Column, Key, Record, Width},
        tone::Tone,
    },
    domain::ExecutionRole,
};

impl Record for ExecutionRole {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("execution role", "execution roles");

    fn id(&self) -> &str {
        &self.arn
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<ExecutionRole>; 3] = [
    Column {
        name: "ROLE",
        width: Width::between(52, 70),
        align: Align::Left,
        searchable: true,
        cell: |role, _| text(role.name.as_str()),
        key: |role, _| Key::Text(role.name.as_str().into()),
    },
    Column {
        name: "PROFILES",
        width: Width::fill(13, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |role, _| {
            if role.profiles.is_empty() {
                toned("none", Tone::Warning)
            } else {
                text(role.profiles.join(", "))
            }
        },
        key: |role, _| Key::Text(role.profiles.join(", ").into()),
    },
    Column {
        name: "ARN",
        width: Width::fill(26, 40, 3),
        align: Align::Left,
        searchable: true,
        cell: |role, _| dim(role.arn.as_str()),
        key: |role, _| Key::Text(role.arn.as_str().into()),
    },
];
