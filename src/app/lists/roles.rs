//! Execution roles: who uses them, whom they trust, what they are worth in MLflow.

use std::collections::HashMap;

use super::{Worth, dim, text, toned};
use crate::{
    app::{
        table::{Align, Cell, Column, Key, Record, Scope, Width},
        tone::Tone,
    },
    domain::{ExecutionRole, Failure, role::short_name},
};

/// What a look at a role told.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Whom it trusts, in words.
    pub trusts: String,
    /// Whether that is more than SageMaker.
    pub widened: bool,
    /// How large its inline policies are together, as IAM counts.
    pub size: usize,
}

/// What the rows of roles need besides, by ARN.
#[derive(Clone, Debug, Default)]
pub struct Offices {
    /// What a look at each told, or why it could not be looked at.
    pub looked: HashMap<String, Result<Looked, Failure>>,
    /// What each is worth.
    pub worth: HashMap<String, Worth>,
}

impl Record for ExecutionRole {
    type Context = Offices;
    const NOUNS: (&'static str, &'static str) = ("execution role", "execution roles");

    fn id(&self) -> &str {
        &self.arn
    }

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }
}

static COLUMNS: [Column<ExecutionRole>; 5] = [
    Column {
        name: "ROLE",
        width: Width::fill(18, 30, 2),
        align: Align::Left,
        searchable: true,
        cell: |role, _| text(short_name(&role.name)),
        key: |role, _| Key::Text(role.name.as_str().into()),
    },
    Column {
        name: "PROFILES",
        width: Width::fill(13, 26, 2),
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
        name: "IN MLFLOW",
        width: Width::fill(14, 34, 4),
        align: Align::Left,
        searchable: true,
        cell: worth,
        key: |role, around| Key::Text(worth(role, around).text),
    },
    Column {
        name: "TRUSTS",
        width: Width::fill(12, 28, 3),
        align: Align::Left,
        searchable: true,
        cell: trusts,
        key: |role, around| Key::Text(trusts(role, around).text),
    },
    Column {
        name: "ARN",
        width: Width::between(60, 110),
        align: Align::Left,
        searchable: true,
        cell: |role, _| dim(role.arn.as_str()),
        key: |role, _| Key::Text(role.arn.as_str().into()),
    },
];

fn worth<'a>(role: &'a ExecutionRole, around: Scope<'a, Offices>) -> Cell<'a> {
    let Some(worth) = around.context.worth.get(&role.arn) else {
        return toned("?", Tone::Unknown);
    };
    match (&worth.level, worth.differs) {
        (None, _) => toned("no row of the matrix", Tone::Warning),
        (Some(level), None) => text(level.as_str()),
        (Some(level), Some(0)) => toned(format!("{level} as declared"), Tone::Good),
        (Some(level), Some(routes)) => toned(format!("{level}, {routes} otherwise"), Tone::Warning),
    }
}

fn trusts<'a>(role: &'a ExecutionRole, around: Scope<'a, Offices>) -> Cell<'a> {
    match around.context.looked.get(&role.arn) {
        None => toned("?", Tone::Unknown),
        Some(Err(failure)) => toned(failure.to_string(), Tone::Unknown),
        Some(Ok(looked)) if looked.widened => toned(looked.trusts.as_str(), Tone::Danger),
        Some(Ok(looked)) => text(looked.trusts.as_str()),
    }
}
