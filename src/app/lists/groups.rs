//! Cognito groups with their members, and the place that the authorizer looks at them.

use serde::Serialize;

use super::{dim, text, toned};
use crate::{
    access::Pick,
    app::{
        rules::Rules,
        table::{Align, Cell, Column, Key, Record, Scope, Width},
        tone::Tone,
    },
    domain::Group,
};

/// A group with the user names of its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupRow {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// User names, sorted.
    pub members: Vec<String>,
}

impl GroupRow {
    /// Takes in members; others stay.
    pub fn add(&mut self, mut members: Vec<String>) {
        self.members.append(&mut members);
        // Runs that are sorted already are only merged.
        self.members.sort();
    }
}

impl Record for GroupRow {
    type Context = Rules;
    const NOUNS: (&'static str, &'static str) = ("group", "groups");

    fn id(&self) -> &str {
        &self.group.name
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<GroupRow>; 5] = [
    Column {
        name: "GROUP",
        width: Width::fill(10, 16, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.group.name.as_str()),
        key: |row, _| Key::Text(row.group.name.as_str().into()),
    },
    Column {
        name: "MEMBERS",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, _| text(row.members.len().to_string()),
        key: |row, _| Key::Number(i64::try_from(row.members.len()).unwrap_or(i64::MAX)),
    },
    Column {
        name: "PRECEDENCE",
        width: Width::fixed(10),
        align: Align::Right,
        searchable: false,
        cell: |row, _| {
            text(
                row.group
                    .precedence
                    .map_or_else(String::new, |precedence| precedence.to_string()),
            )
        },
        key: |row, _| {
            row.group
                .precedence
                .map_or(Key::None, |precedence| Key::Number(precedence.into()))
        },
    },
    Column {
        name: "AUTHORIZER",
        width: Width::fixed(13),
        align: Align::Left,
        searchable: false,
        cell: authorizer,
        key: |row, around| place(row, around.context).map_or(Key::None, Key::Number),
    },
    Column {
        name: "DESCRIPTION",
        width: Width::fill(10, 12, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.group.description.as_deref().unwrap_or_default()),
        key: |row, _| Key::Text(row.group.description.as_deref().unwrap_or_default().into()),
    },
];

/// At which place the authorizer looks at the group.
fn place(row: &GroupRow, rules: &Rules) -> Option<i64> {
    let at = rules
        .contract()
        .groups
        .iter()
        .position(|rules| rules.name == row.group.name)?;
    i64::try_from(at + 1).ok()
}

fn authorizer<'a>(row: &'a GroupRow, around: Scope<'a, Rules>) -> Cell<'a> {
    let rules = around.context;
    if !rules.are_read() {
        return dim("…");
    }
    match (place(row, rules), rules.contract().rule) {
        (Some(place), Pick::FirstMatch) => text(format!("looks {place}.")),
        (Some(_), Pick::Union) => text("counts"),
        (None, _) => toned(
            format!("unknown: {}", rules.contract().refusal()),
            Tone::Warning,
        ),
    }
}
