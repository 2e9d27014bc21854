//! Users as CSV that [`super::parse`] reads: one row a user, memberships included.

use std::collections::BTreeSet;

use super::columns::Column;
use crate::domain::{ErrorClass, Failure, User, spreadsheet::neutral};

/// The columns before the attributes.
const COLUMNS: [&str; 6] = [
    "email", "username", "status", "enabled", "groups", "created",
];

/// Users with their groups as CSV: email, username, status, enabled, groups (joined by `;`),
/// created, then every attribute that any of them has. What a spreadsheet would take for a
/// formula is neutralised, and comes back as it was when the file is read here. A group whose
/// name has a `;`, `,` or `|` is written, and read as two: a backup keeps it.
///
/// # Errors
/// The text cannot be written, which only a fault of this program can cause.
pub fn to_csv<'a>(
    users: impl IntoIterator<Item = (&'a User, &'a [String])>,
) -> Result<String, Failure> {
    let users: Vec<_> = users.into_iter().collect();
    write(&users).map_err(|error| {
        Failure::new(
            ErrorClass::Unavailable,
            "writing the users as CSV",
            error.to_string(),
        )
    })
}

fn write(users: &[(&User, &[String])]) -> Result<String, Box<dyn std::error::Error>> {
    let attributes: BTreeSet<&str> = users
        .iter()
        .flat_map(|(user, _)| user.attributes.iter().map(|(name, _)| name))
        .filter(|name| *name != "email")
        .collect();
    // Quotes around everything keep blanks, remarks and line breaks what they are.
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let headers = attributes.iter().map(|name| Column::header_of(name));
    writer.write_record(COLUMNS.iter().map(|&name| name.to_owned()).chain(headers))?;
    for (user, groups) in users {
        let created = user.created_at.map(|at| at.to_string());
        let fixed = [
            user.email.clone().unwrap_or_default(),
            user.username.clone(),
            user.status.as_str().to_owned(),
            user.enabled.to_string(),
            groups.join(";"),
            created.unwrap_or_default(),
        ];
        let others = attributes
            .iter()
            .map(|&name| user.attributes.get(name).unwrap_or_default().to_owned());
        writer.write_record(fixed.into_iter().chain(others).map(|text| neutral(&text)))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
