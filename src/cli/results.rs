//! What came of each item of a plan: told on standard output, and kept in a file.

use std::{fs, path::Path};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{args::Global, output::Listing, session::Session};
use crate::{
    domain::{Failure, spreadsheet},
    plan::Refused,
};

/// What is said of whoever needs no call: there, gone, disabled, whatever was asked for.
const SO_ALREADY: &str = "so already";

/// What came of an item.
pub(super) struct Row {
    /// What the item is called.
    pub subject: String,
    /// One word.
    pub result: &'static str,
    /// Why it is so, where that must be said.
    pub why: Option<String>,
    /// A new password.
    pub password: Option<SecretString>,
}

impl Row {
    /// A row without more than its result.
    pub fn new(subject: impl Into<String>, result: &'static str) -> Self {
        Self {
            subject: subject.into(),
            result,
            why: None,
            password: None,
        }
    }

    /// Who needed no call.
    pub fn complete(subject: &str) -> Self {
        Self::new(subject, SO_ALREADY)
    }

    /// Who could not be planned for.
    pub fn refused(refused: &Refused) -> Self {
        let subject = if refused.line > 0 {
            format!("line {}: {}", refused.line, refused.subject)
        } else {
            refused.subject.clone()
        };
        Self {
            why: Some(refused.why.clone()),
            ..Self::new(subject, "refused")
        }
    }
}

/// The rows, on standard output; new passwords with them.
pub(super) fn print(
    global: &Global,
    session: &Session,
    rows: &[Row],
    plan: &Value,
) -> Result<(), Failure> {
    let secret = |row: &Row| {
        row.password
            .as_ref()
            .map(|password| password.expose_secret().to_owned())
    };
    let with_passwords = rows.iter().any(|row| row.password.is_some());
    let mut columns = vec!["subject", "result", "why"];
    if with_passwords {
        columns.push("password");
    }
    Listing {
        noun: "results",
        context: session.context(),
        columns: &columns,
        rows: rows
            .iter()
            .map(|row| {
                let mut cells = vec![
                    row.subject.clone(),
                    row.result.to_owned(),
                    row.why.clone().unwrap_or_default(),
                ];
                if with_passwords {
                    cells.push(secret(row).unwrap_or_default());
                }
                cells
            })
            .collect(),
        values: rows
            .iter()
            .map(|row| {
                let mut value = json!({
                    "subject": row.subject,
                    "result": row.result,
                    "why": row.why,
                    "plan": plan,
                });
                if let Some(password) = secret(row) {
                    value["password"] = json!(password);
                }
                value
            })
            .collect(),
    }
    .print(global.output)
    .map(drop)
}

/// Refuses a file for the results before anything is changed; what stands in it stays.
pub(super) fn can_be_written(file: &Path) -> Result<(), Failure> {
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .map(drop)
        .map_err(|error| {
            Failure::invalid(format!("writing {}", file.display()), error.to_string())
                .advise("name another file by --results; nothing was changed")
        })
}

/// What came of each item, as CSV; passwords are not in it.
pub(super) fn write(file: &Path, rows: &[Row]) -> Result<(), Failure> {
    let doing = || format!("writing {}", file.display());
    let failed = |error: csv::Error| {
        Failure::invalid(doing(), error.to_string())
            .advise("name another file; what was done stays in the journal")
    };
    let mut writer = csv::Writer::from_path(file).map_err(failed)?;
    writer
        .write_record(["subject", "result", "why"])
        .map_err(failed)?;
    for row in rows {
        let why = row.why.as_deref().unwrap_or_default();
        let cells = [row.subject.as_str(), row.result, why];
        writer
            .write_record(cells.map(spreadsheet::neutral))
            .map_err(failed)?;
    }
    writer
        .flush()
        .map_err(|error| Failure::invalid(doing(), error.to_string()))
}
