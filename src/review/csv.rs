//! A pack as CSV, safe to open in a spreadsheet: the people, and every request with its
//! evidence. Each row carries the pack's digest, so that it stays told of which pack it is
//! however the rows are sorted and cut.

use super::{
    pack::{Mark, Sealed},
    signs,
};
use crate::domain::{ErrorClass, Failure, spreadsheet::neutral};

const PEOPLE: [&str; 18] = [
    "person",
    "email",
    "username",
    "status",
    "enabled",
    "identity_provider",
    "groups",
    "acts_as",
    "access",
    "profile",
    "execution_role",
    "running_apps",
    "created_at",
    "changed_at",
    "marks",
    "notes",
    "id",
    "review",
];

const MATRIX: [&str; 18] = [
    "principal",
    "scheme",
    "people",
    "permission",
    "method",
    "path",
    "declared",
    "predicted",
    "observed",
    "verdict",
    "layer",
    "status",
    "error_type",
    "request_id",
    "at",
    "latency_ms",
    "reason",
    "review",
];

/// The people, one a line.
///
/// # Errors
/// The text cannot be written, which only a fault of this program can cause.
pub fn people_csv(sealed: &Sealed) -> Result<String, Failure> {
    let rows = sealed.pack.people.iter().map(|person| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let marks: Vec<&str> = person.marks.iter().copied().map(Mark::as_str).collect();
        let access: Vec<String> = person.access.iter().map(ToString::to_string).collect();
        [
            person.person.clone(),
            text(&person.email),
            text(&person.username),
            text(&person.status),
            person.enabled.map_or_else(String::new, |on| on.to_string()),
            text(&person.identity_provider),
            person.groups.join(";"),
            text(&person.acts_as),
            access.join(";"),
            text(&person.profile),
            text(&person.execution_role),
            person.running_apps.to_string(),
            signs::some_time(person.created_at),
            signs::some_time(person.changed_at),
            marks.join(";"),
            person.notes.join("; "),
            person.id.clone(),
            sealed.digests.all.clone(),
        ]
    });
    table(PEOPLE, rows)
}

/// Every request with its evidence, one a line.
///
/// # Errors
/// As of [`people_csv`].
pub fn matrix_csv(sealed: &Sealed) -> Result<String, Failure> {
    let levels = sealed.pack.access.iter();
    let rows = levels.flat_map(|level| {
        level.permissions.iter().flat_map(move |grant| {
            grant.routes.iter().map(move |route| {
                let number =
                    |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
                [
                    level.principal.to_string(),
                    level.scheme.to_string(),
                    level.people.to_string(),
                    grant.permission.clone(),
                    route.method.to_string(),
                    route.path.clone(),
                    signs::effect(route.declared, "").to_owned(),
                    signs::effect(route.predicted, "").to_owned(),
                    signs::effect(route.observed, "").to_owned(),
                    route.verdict.to_string(),
                    route
                        .layer
                        .map_or_else(String::new, |layer| layer.to_string()),
                    number(route.status.map(u64::from)),
                    route.error_type.clone().unwrap_or_default(),
                    route.request_id.clone().unwrap_or_default(),
                    route.at.map_or_else(String::new, |at| at.to_string()),
                    number(route.latency_ms),
                    route.reason.clone(),
                    sealed.digests.all.clone(),
                ]
            })
        })
    });
    table(MATRIX, rows)
}

fn table<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, Failure> {
    write(columns, rows).map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "writing the review as CSV",
            error.to_string(),
        )
    })
}

fn write<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row.map(|text| neutral(&text)))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
