//! Studio apps: whose, of what type, running or not, how old.

use jiff::Timestamp;
use serde::Serialize;

use super::{aged, dim, text, toned};
use crate::{
    app::{
        table::{Align, Cell, Column, Key, Record, Scope, Width},
        tone::Tone,
    },
    domain::{App, AppOwner, AppStatus, Cost, Prices, Usd},
};

/// An app with its identity: names alone repeat between owners and types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppRow {
    #[serde(skip)]
    id: String,
    /// The app.
    #[serde(flatten)]
    pub app: App,
}

impl From<App> for AppRow {
    fn from(app: App) -> Self {
        let (kind, owner) = owner(&app.owner);
        Self {
            id: format!(
                "{}/{kind}:{owner}/{}/{}",
                app.domain_id, app.app_type, app.name
            ),
            app,
        }
    }
}

pub(super) fn owner(owner: &AppOwner) -> (&'static str, &str) {
    match owner {
        AppOwner::Profile(name) => ("profile", name),
        AppOwner::Space(name) => ("space", name),
    }
}

impl Record for AppRow {
    /// What instances cost here.
    type Context = Prices;
    const NOUNS: (&'static str, &'static str) = ("app", "apps");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<AppRow>; 11] = [
    Column {
        name: "APP",
        width: Width::fill(14, 22, 3),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.app.name.as_str()),
        key: |row, _| Key::Text(row.app.name.as_str().into()),
    },
    Column {
        name: "TYPE",
        width: Width::fixed(14),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(row.app.app_type.as_str()),
        key: |row, _| Key::Text(row.app.app_type.as_str().into()),
    },
    Column {
        name: "OWNER",
        width: Width::fill(10, 14, 2),
        align: Align::Left,
        searchable: true,
        cell: |row, _| text(owner(&row.app.owner).1),
        key: |row, _| Key::Text(owner(&row.app.owner).1.into()),
    },
    Column {
        name: "STATUS",
        width: Width::fixed(10),
        align: Align::Left,
        searchable: true,
        cell: |row, _| {
            let tone = match row.app.status {
                AppStatus::InService => Tone::Good,
                AppStatus::Pending | AppStatus::Deleting => Tone::Accent,
                AppStatus::Failed => Tone::Danger,
                AppStatus::Deleted => Tone::Dim,
                AppStatus::Other(_) => Tone::Unknown,
            };
            toned(row.app.status.as_str(), tone)
        },
        key: |row, _| Key::Text(row.app.status.as_str().into()),
    },
    Column {
        name: "AGE",
        width: Width::fixed(5),
        align: Align::Right,
        searchable: false,
        cell: |row, around| aged(around.now, row.app.created_at),
        key: |row, _| Key::time(row.app.created_at),
    },
    Column {
        name: "IDLE",
        width: Width::fixed(5),
        align: Align::Right,
        searchable: false,
        cell: |row, around| idle(&row.app, around.now),
        key: |row, _| Key::time(row.app.active_at.filter(|_| row.app.is_there())),
    },
    Column {
        name: "HOUR",
        width: Width::fixed(7),
        align: Align::Right,
        searchable: false,
        cell: |row, around| money(&row.app, cost(row, around).hourly),
        key: |row, around| amount(cost(row, around).hourly),
    },
    Column {
        name: "SO FAR",
        width: Width::fixed(9),
        align: Align::Right,
        searchable: false,
        cell: |row, around| money(&row.app, cost(row, around).so_far),
        key: |row, around| amount(cost(row, around).so_far),
    },
    Column {
        name: "MONTH",
        width: Width::fixed(9),
        align: Align::Right,
        searchable: false,
        cell: |row, around| money(&row.app, cost(row, around).monthly()),
        key: |row, around| amount(cost(row, around).monthly()),
    },
    Column {
        name: "INSTANCE",
        width: Width::fixed(15),
        align: Align::Left,
        searchable: true,
        cell: |row, _| dim(row.app.instance_type.as_deref().unwrap_or("system")),
        key: |row, _| Key::Text(row.app.instance_type.as_deref().unwrap_or_default().into()),
    },
    Column {
        name: "OF",
        width: Width::fixed(7),
        align: Align::Left,
        searchable: false,
        cell: |row, _| dim(owner(&row.app.owner).0),
        key: |row, _| Key::Text(owner(&row.app.owner).0.into()),
    },
];

fn cost(row: &AppRow, around: Scope<'_, Prices>) -> Cost {
    around.context.cost(&row.app, around.now)
}

/// How long its user has done nothing; a question mark where nobody knows.
pub(super) fn idle(app: &App, now: Timestamp) -> Cell<'static> {
    match app.active_at {
        _ if !app.is_there() => dim(""),
        None => toned("?", Tone::Unknown),
        at => aged(now, at),
    }
}

/// An amount; a question mark where nobody knows, nothing where there is nothing to pay.
pub(super) fn money(app: &App, amount: Option<Usd>) -> Cell<'static> {
    match amount {
        _ if !app.is_there() => dim(""),
        None => toned("?", Tone::Unknown),
        Some(amount) if amount == Usd::default() => dim("-"),
        Some(amount) => text(amount.to_string()),
    }
}

pub(super) fn amount(amount: Option<Usd>) -> Key<'static> {
    amount.map_or(Key::None, |amount| Key::Real(amount.dollars()))
}
