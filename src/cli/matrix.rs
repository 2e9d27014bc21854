//! `mlwarden matrix`: the matrix as declared. Nothing is asked of AWS.

use serde_json::json;

use super::{
    OK,
    args::{Global, Output},
    output,
    output::Listing,
    session::Effective,
};
use crate::{
    access::{Catalog, Effect},
    domain::Failure,
};

/// Permissions × rows.
pub(super) fn show(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let matrix = effective.matrix(global)?;
    let version = effective.known.mlflow_version.as_ref();
    let catalog = Catalog::for_version(version.map_or("2.12.2", |found| &found.value));
    let permissions = catalog.permissions();
    let mut columns = vec!["permission"];
    columns.extend(matrix.rows.iter().map(|row| row.name.as_str()));
    Listing {
        noun: "rows",
        context: json!({"name": effective.name}),
        columns: &columns,
        rows: permissions
            .iter()
            .map(|permission| {
                let mut cells = vec![(*permission).to_owned()];
                cells.extend(matrix.rows.iter().map(|row| match row.effect(permission) {
                    Effect::Allow => "allow".to_owned(),
                    Effect::Deny => "—".to_owned(),
                }));
                cells
            })
            .collect(),
        values: matrix
            .rows
            .iter()
            .map(|row| {
                json!({
                    "name": row.name, "group": row.group, "profile": row.profile,
                    "role": row.role, "allow": row.allow,
                })
            })
            .collect(),
    }
    .print(global.output)
}

/// Reads the matrix and says that it can be used; a mistake is a failure with its line.
pub(super) fn check(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let matrix = effective.matrix(global)?;
    if global.output == Output::Json {
        let check = json!({"ok": true, "rows": matrix.rows.len()});
        return output::object(json!({"name": effective.name}), "check", check);
    }
    output::note(&format!("{} rows, no mistake found", matrix.rows.len()));
    Ok(OK)
}
