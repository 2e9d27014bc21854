//! Studio profiles: whose, with which execution role, what that role is worth in MLflow, and
//! what runs.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{aged, dim, text, toned};
use crate::{
    app::{
        table::{Align, Cell, Column, Key, Record, Scope, Width},
        tone::Tone,
    },
    domain::{Bill, Profile, role::short_name},
};

/// A profile; its role is known once it was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileRow {
    /// The profile.
    #[serde(flatten)]
    pub profile: Profile,
    /// Whether it was looked at: a list tells no role.
    pub described: bool,
}

impl ProfileRow {
    /// As a list gives it.
    pub fn listed(profile: Profile) -> Self {
        Self {
            profile,
            described: false,
        }
    }

    /// The execution role's name, where it is known.
    pub fn role(&self) -> Option<&str> {
        let arn = self.profile.execution_role.as_deref()?;
        Some(arn.rsplit('/').next().unwrap_or(arn))
    }
}

/// What an execution role is worth in MLflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// The access level that the matrix has it at.
    pub level: Option<String>,
    /// Routes that its policies decide otherwise than the matrix, once they are predicted.
    pub differs: Option<usize>,
}

/// What is known of a profile's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// What the person is called.
    pub label: String,
    /// Whether the profile's role is another access level's than the owner's group.
    pub at_odds: bool,
}

/// What runs of a profile, in its spaces too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Running {
    /// How many apps.
    pub apps: usize,
    /// What they cost a month.
    pub monthly: Bill,
    /// When their user was last active, where that is known of any.
    pub active: Option<Timestamp>,
}

/// What the rows of profiles need besides.
#[derive(Clone, Debug, Default)]
pub struct Workforce {
    /// Who owns which profile, by its name; none before users, groups and Studio are all read.
    pub owners: Option<HashMap<String, Owner>>,
    /// What runs of each profile; none before the apps are read.
    pub running: Option<HashMap<String, Running>>,
    /// What each role is worth, by ARN.
    pub worth: HashMap<String, Worth>,
}

impl Record for ProfileRow {
    type Context = Workforce;
    const NOUNS: (&'static str, &'static str) = ("profile", "profiles");

    fn id(&self) -> &str {
        &self.profile.name
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<ProfileRow>; 10] = [
    Column {
        name: "PROFILE",
        width: Width::fill(16, 26, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.profile.name.as_str()),
        key: |row, _| Key::Text(row.profile.name.as_str().into()),
    },
    Column {
        name: "OWNER",
        width: Width::fill(12, 28, 3),
        align: Align::Left,
        searchable: true,
        cell: owner,
        key: |row, around| Key::Text(owner(row, around).text),
    },
    Column {
        name: "ROLE",
        width: Width::fill(12, 26, 3),
        align: Align::Left,
        searchable: true,
        cell: role,
        key: |row, _| Key::Text(row.role().unwrap_or_default().into()),
    },
    Column {
        name: "IN MLFLOW",
        width: Width::fill(14, 26, 3),
        align: Align::Left,
        searchable: true,
        cell: worth,
        key: |row, around| Key::Text(worth(row, around).text),
    },
    Column {
        name: "APPS",
        width: Width::fixed(4),
        align: Align::Right,
        searchable: false,
        cell: |row, around| match running(row, around).map(|running| running.apps) {
            None => toned("?", Tone::Unknown),
            Some(0) => text(""),
            Some(count) => text(count.to_string()),
        },
        key: |row, around| {
            running(row, around).map_or(Key::None, |running| {
                Key::Number(i64::try_from(running.apps).unwrap_or(i64::MAX))
            })
        },
    },
    Column {
        name: "MONTH",
        width: Width::between(9, 20),
        align: Align::Right,
        searchable: false,
        cell: monthly,
        key: |row, around| {
            running(row, around).map_or(Key::None, |running| {
                Key::Real(running.monthly.known.dollars())
            })
        },
    },
    Column {
        name: "ACTIVE",
        width: Width::fixed(6),
        align: Align::Right,
        searchable: false,
        cell: |row, around| {
            let active = running(row, around).and_then(|running| running.active);
            aged(around.now, active)
        },
        key: |row, around| Key::time(running(row, around).and_then(|running| running.active)),
    },
    Column {
        name: "STATUS",
        width: Width::fixed(9),
        align: Align::Left,
        searchable: true,
        cell: |row, _| {
            let tone = match row.profile.status.as_str() {
                "InService" => Tone::Good,
                status if status.contains("Fail") => Tone::Danger,
                _ => Tone::Accent,
            };
            toned(row.profile.status.as_str(), tone)
        },
        key: |row, _| Key::Text(row.profile.status.as_str().into()),
    },
    Column {
        name: "AGE",
        width: Width::fixed(5),
        align: Align::Right,
        searchable: false,
        cell: |row, around| aged(around.now, row.profile.created_at),
        key: |row, _| Key::time(row.profile.created_at),
    },
    Column {
        name: "FROM",
        width: Width::fixed(7),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(from(row)),
        key: |row, _| Key::Text(from(row).into()),
    },
];

fn owner<'a>(row: &'a ProfileRow, around: Scope<'a, Workforce>) -> Cell<'a> {
    match &around.context.owners {
        None => toned("?", Tone::Unknown),
        Some(owners) => match owners.get(&row.profile.name) {
            None => toned("nobody", Tone::Warning),
            Some(owner) => text(owner.label.as_str()),
        },
    }
}

fn role<'a>(row: &'a ProfileRow, _: Scope<'a, Workforce>) -> Cell<'a> {
    match row.role() {
        Some(name) => text(short_name(name)),
        None if row.described => toned("none", Tone::Warning),
        None => toned("?", Tone::Unknown),
    }
}

/// Where the role comes from.
fn from(row: &ProfileRow) -> &'static str {
    match row.role() {
        None => "",
        Some(_) if row.profile.role_from_domain => "domain",
        Some(_) => "own",
    }
}

fn worth<'a>(row: &'a ProfileRow, around: Scope<'a, Workforce>) -> Cell<'a> {
    let Some(arn) = &row.profile.execution_role else {
        return text("");
    };
    let owners = around.context.owners.as_ref();
    let owner = owners.and_then(|owners| owners.get(&row.profile.name));
    let at_odds = owner.is_some_and(|owner| owner.at_odds);
    let tone = if at_odds { Tone::Warning } else { Tone::Text };
    match around.context.worth.get(arn) {
        None => toned("?", Tone::Unknown),
        Some(Worth { level: None, .. }) => toned("no row", Tone::Warning),
        Some(Worth {
            level: Some(level),
            differs: Some(1..),
        }) => toned(format!("{level}, not as declared"), Tone::Warning),
        Some(Worth {
            level: Some(level), ..
        }) => toned(level.as_str(), tone),
    }
}

fn running(row: &ProfileRow, around: Scope<'_, Workforce>) -> Option<Running> {
    let running = around.context.running.as_ref()?;
    Some(running.get(&row.profile.name).copied().unwrap_or_default())
}

/// What its apps cost a month.
fn monthly<'a>(row: &'a ProfileRow, around: Scope<'a, Workforce>) -> Cell<'a> {
    match running(row, around) {
        None => toned("?", Tone::Unknown),
        Some(Running { monthly, .. }) if monthly == Bill::default() => text(""),
        Some(Running { monthly, .. }) => text(monthly.to_string()),
    }
}
