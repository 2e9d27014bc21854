//! One person, one row: user, groups, profile, role, apps, and what does not fit together.

use serde::Serialize;

use super::{text, toned};
use crate::{
    access::Matrix,
    app::{
        rules::Rules,
        table::{Align, Cell, Column, Key, Record, Scope, Width},
        tone::Tone,
    },
    domain::{Person, Principal},
};

/// A person as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRow {
    /// The person.
    #[serde(flatten)]
    pub person: Person,
    /// The access level that the execution role belongs to, where the matrix names one.
    pub role_level: Option<String>,
}

impl PersonRow {
    /// A person, with what the matrix says of the execution role.
    pub fn of(person: Person, matrix: &Matrix) -> Self {
        let level = person
            .role
            .clone()
            .and_then(|arn| Some(matrix.row_of(&Principal::Role(arn), &[])?.name.clone()));
        Self {
            person,
            role_level: level,
        }
    }
}

impl Record for PersonRow {
    type Context = Rules;
    const NOUNS: (&'static str, &'static str) = ("person", "people");

    fn id(&self) -> &str {
        &self.person.key
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<PersonRow>; 8] = [
    Column {
        name: "PERSON",
        width: Width::fill(16, 32, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.person.label()),
        key: |row, _| Key::Text(row.person.label().into()),
    },
    Column {
        name: "USER",
        width: Width::fixed(8),
        align: Align::Left,
        searchable: true,
        cell: |row, _| standing(&row.person),
        key: |row, _| Key::Text(standing(&row.person).text),
    },
    Column {
        name: "GROUPS",
        width: Width::fill(9, 22, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, around| groups(&row.person, around),
        key: |row, _| Key::Text(row.person.groups.join(", ").into()),
    },
    Column {
        name: "PROFILE",
        width: Width::fill(9, 20, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(profile(&row.person)),
        key: |row, _| Key::Text(profile(&row.person).into()),
    },
    Column {
        name: "ROLE",
        width: Width::fill(7, 16, 1),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(role(row)),
        key: |row, _| Key::Text(role(row).into()),
    },
    Column {
        name: "MISMATCH",
        width: Width::fill(18, 48, 6),
        align: Align::Left,
        searchable: true,
        cell: |row, _| toned(mismatches(&row.person), Tone::Warning),
        key: |row, _| Key::Text(mismatches(&row.person).into()),
    },
    Column {
        name: "APPS",
        width: Width::fixed(4),
        align: Align::Right,
        searchable: false,
        cell: |row, _| match row.person.apps.len() {
            0 => text(""),
            count => text(count.to_string()),
        },
        key: |row, _| Key::Number(i64::try_from(row.person.apps.len()).unwrap_or(i64::MAX)),
    },
    Column {
        name: "SPACES",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |row, _| match row.person.spaces.len() {
            0 => text(""),
            count => text(count.to_string()),
        },
        key: |row, _| Key::Number(i64::try_from(row.person.spaces.len()).unwrap_or(i64::MAX)),
    },
];

fn standing(person: &Person) -> Cell<'_> {
    match &person.user {
        None => toned("none", Tone::Warning),
        Some(user) if user.enabled => text("active"),
        Some(_) => toned("disabled", Tone::Dim),
    }
}

fn groups<'a>(person: &'a Person, around: Scope<'a, Rules>) -> Cell<'a> {
    let rules = around.context;
    let odd = person.user.is_some() && rules.are_read() && rules.contract().is_trap(&person.groups);
    let tone = if odd { Tone::Warning } else { Tone::Text };
    match person.groups.as_slice() {
        [] if odd => toned("none", tone),
        groups => toned(groups.join(", "), tone),
    }
}

fn profile(person: &Person) -> &str {
    person.profile.as_ref().map_or("", |profile| &profile.name)
}

/// The access level of the execution role, else its name.
fn role(row: &PersonRow) -> &str {
    if let Some(level) = &row.role_level {
        return level;
    }
    let arn = row.person.role.as_deref().unwrap_or_default();
    arn.rsplit('/').next().unwrap_or(arn)
}

fn mismatches(person: &Person) -> String {
    let texts: Vec<String> = person
        .mismatches
        .iter()
        .map(crate::domain::Mismatch::text)
        .collect();
    texts.join("; ")
}
