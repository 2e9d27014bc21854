//! `mlwarden matrix`: the matrix as declared, changed, compared with what is deployed, and put
//! into effect.

mod adopt;
mod apply;
mod change;
mod diff;
mod learned;
mod publish;
mod rollback;
mod upgrade;

pub(super) use rollback::undo;
use serde_json::json;

use super::{
    OK,
    args::{Global, MatrixCommand, Output},
    output,
    output::Listing,
    session::Effective,
};
use crate::{
    access::{Catalog, Effect, Matrix, MatrixRow, Route, pairs},
    domain::Failure,
};

/// Runs one of them.
pub(super) async fn run(global: &Global, command: MatrixCommand) -> Result<u8, Failure> {
    match command {
        MatrixCommand::Show => show(global),
        MatrixCommand::Check => check(global),
        MatrixCommand::Diff { permission } => Box::pin(diff::run(global, permission)).await,
        MatrixCommand::Adopt { out } => Box::pin(adopt::run(global, out)).await,
        MatrixCommand::Allow { row, entries } => change::run(global, &row, &entries, Effect::Allow),
        MatrixCommand::Deny { row, entries } => change::run(global, &row, &entries, Effect::Deny),
        MatrixCommand::Apply { no_proof } => Box::pin(apply::run(global, no_proof)).await,
        MatrixCommand::Publish => Box::pin(publish::run(global)).await,
        MatrixCommand::Rollback { package: None } => Box::pin(rollback::list(global)).await,
        MatrixCommand::Rollback {
            package: Some(name),
        } => Box::pin(rollback::run(global, &name)).await,
        MatrixCommand::Upgrade { to, write } => {
            Box::pin(upgrade::run(global, to.as_deref(), write)).await
        }
    }
}

/// The routes of the MLflow version that is known before anything is asked.
fn catalog(effective: &Effective) -> Catalog {
    let version = effective.known.mlflow_version.as_ref();
    Catalog::for_version(version.map_or(Catalog::ASSUMED, |found| &found.value))
}

/// Permissions × rows.
fn show(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let matrix = effective.matrix(global)?;
    let catalog = catalog(&effective);
    let permissions = catalog.permissions();
    let mut columns = vec!["permission"];
    columns.extend(matrix.rows.iter().map(|row| row.name.as_str()));
    if global.output == Output::Json {
        return output::objects(
            json!({"name": effective.name}),
            [
                ("authorizer", json!(matrix.authorizer)),
                ("rows", matrix.rows.iter().map(row_value).collect()),
            ],
        );
    }
    Listing {
        noun: "rows",
        context: json!({"name": effective.name}),
        columns: &columns,
        rows: permissions
            .iter()
            .map(|permission| {
                let mut cells = vec![(*permission).to_owned()];
                cells.extend(
                    matrix
                        .rows
                        .iter()
                        .map(|row| worth(row, permission, &catalog)),
                );
                cells
            })
            .collect(),
        values: Vec::new(),
    }
    .print(global.output)
}

fn row_value(row: &MatrixRow) -> serde_json::Value {
    json!({
        "name": row.name, "group": row.group, "profile": row.profile, "role": row.role,
        "inherits": row.inherits, "allow": row.allow, "deny": row.deny,
    })
}

/// What a row declares of a permission: `allow`, `—`, or of how many of its routes.
fn worth(row: &MatrixRow, permission: &str, catalog: &Catalog) -> String {
    let of_permission = |route: &&Route| route.permission == permission;
    let routes = || catalog.routes().iter().filter(of_permission);
    let all = routes().count();
    let allowed = routes().filter(|route| row.effect_of(route) == Effect::Allow);
    match allowed.count() {
        0 => "—".to_owned(),
        count if count == all => "allow".to_owned(),
        count => format!("{count} of {all}"),
    }
}

/// Reads the matrix and says that it can be used; a mistake is a failure with its place.
fn check(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let file = effective.matrix_file(global)?;
    let matrix = file.matrix()?;
    let notes = remarks(&matrix, &catalog(&effective));
    if global.output == Output::Json {
        let check = json!({"ok": true, "rows": matrix.rows.len(), "remarks": notes});
        return output::object(json!({"name": effective.name}), "check", check);
    }
    for note in &notes {
        output::note(&format!("· {note}"));
    }
    let whose = if file.there {
        file.name()
    } else {
        "the sample's promises (no file is named)".to_owned()
    };
    output::note(&format!(
        "{whose}: {} rows, no mistake found",
        matrix.rows.len()
    ));
    Ok(OK)
}

/// What is no mistake and should be known.
fn remarks(matrix: &Matrix, catalog: &Catalog) -> Vec<String> {
    let mut remarks = Vec::new();
    let groups: Vec<&MatrixRow> = matrix
        .rows
        .iter()
        .filter(|row| row.group.is_some())
        .collect();
    if !groups.is_empty() && !groups.iter().any(|row| row.is_almighty()) {
        remarks.push("no group may do everything: nobody can repair MLflow by its API".to_owned());
    }
    for row in &matrix.rows {
        let useless = |entry: &&String| {
            let mut without = row.clone();
            without.allow.retain(|text| text != *entry);
            without.deny.retain(|text| text != *entry);
            Catalog::every_route().all(|route| without.effect_of(route) == row.effect_of(route))
        };
        for entry in row.allow.iter().chain(&row.deny).filter(useless) {
            remarks.push(format!(
                "row {}: {entry:?} changes nothing, since other entries say the same",
                row.name
            ));
        }
    }
    for taken in pairs::taken(matrix, catalog) {
        let (count, first) = (taken.routes.len(), taken.routes.first());
        let and = match count {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        remarks.push(format!(
            "who is in {} and {} may not {}{and}, which {} allows: under union a deny wins, and the \
             rules of {} need one there",
            taken.from,
            taken.by,
            first.map_or("", String::as_str),
            taken.from,
            taken.by,
        ));
    }
    remarks
}
