//! Reading a matrix file: everything that may be wrong in it is named with its place.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Choice, Entry, Matrix, MatrixRow};
use crate::{
    access::{Catalog, authorizer::Pick, permission::covers},
    domain::{Failure, SourceText},
};

/// The file as it is read, with the place of everything that may be wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    authorizer: FileChoice,
    #[serde(default)]
    row: Vec<Spanned<FileRow>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileChoice {
    #[serde(default)]
    rule: Pick,
    #[serde(default)]
    order: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    name: Spanned<String>,
    group: Option<Spanned<String>>,
    profile: Option<Spanned<String>>,
    role: Option<Spanned<String>>,
    #[serde(default)]
    inherits: Vec<Spanned<String>>,
    allow: Vec<Spanned<String>>,
    #[serde(default)]
    deny: Vec<Spanned<String>>,
}

/// Reads a matrix.
pub(super) fn parse(text: &str, file: &str) -> Result<Matrix, Failure> {
    let reader = Reader(SourceText { text, file });
    let parsed: File = toml::from_str(text).map_err(|error| reader.0.unreadable(&error))?;
    reader.check_names(&parsed.row)?;
    let mut rows = Vec::with_capacity(parsed.row.len());
    for row in &parsed.row {
        let row = row.get_ref();
        reader.check_entries("allow", &row.allow)?;
        reader.check_entries("deny", &row.deny)?;
        let text = |value: &Option<Spanned<String>>| value.as_ref().map(|v| v.get_ref().clone());
        rows.push(MatrixRow {
            name: row.name.get_ref().clone(),
            group: text(&row.group),
            profile: text(&row.profile),
            role: text(&row.role),
            inherits: bare(&row.inherits),
            allow: bare(&row.allow),
            deny: bare(&row.deny),
            parents: Vec::new(),
        });
    }
    let mut whole: HashMap<usize, MatrixRow> = HashMap::new();
    for at in 0..rows.len() {
        reader.with_parents(&parsed.row, &rows, at, &mut Vec::new(), &mut whole)?;
    }
    let rows: Vec<MatrixRow> = (0..rows.len()).filter_map(|at| whole.remove(&at)).collect();
    for group in &parsed.authorizer.order {
        let known = |row: &MatrixRow| row.group.as_ref() == Some(group.get_ref());
        if !rows.iter().any(known) {
            let message = format!("no row has the group {:?}", group.get_ref());
            return Err(reader.0.error(&group.span(), "order", &message));
        }
    }
    Ok(Matrix {
        authorizer: Choice {
            rule: parsed.authorizer.rule,
            order: bare(&parsed.authorizer.order),
        },
        rows,
    })
}

fn bare(list: &[Spanned<String>]) -> Vec<String> {
    list.iter().map(|text| text.get_ref().clone()).collect()
}

/// Says where something is wrong.
struct Reader<'a>(SourceText<'a>);

impl Reader<'_> {
    /// Every row has a name, belongs to something, and shares neither with another.
    fn check_names(&self, rows: &[Spanned<FileRow>]) -> Result<(), Failure> {
        let mut taken = HashMap::new();
        for row in rows {
            let span = row.span();
            let row = row.get_ref();
            for (field, value) in [
                ("name", Some(&row.name)),
                ("group", row.group.as_ref()),
                ("profile", row.profile.as_ref()),
                ("role", row.role.as_ref()),
            ] {
                let Some(value) = value else { continue };
                let text = value.get_ref();
                if text.trim().is_empty() {
                    return Err(self.0.error(&value.span(), field, "must not be empty"));
                }
                if field == "group" && text.contains(char::is_whitespace) {
                    let message = "a group's name has no white space";
                    return Err(self.0.error(&value.span(), field, message));
                }
                if let Some(line) = taken.insert((field, text), self.0.line(&value.span())) {
                    let message = format!("{text:?} stands in line {line} already");
                    return Err(self.0.error(&value.span(), field, &message));
                }
            }
            if row.group.is_none() && row.profile.is_none() && row.role.is_none() {
                return Err(self
                    .0
                    .error(&span, "row", "needs a group, a profile or a role"));
            }
        }
        Ok(())
    }

    /// A row with the rows that it inherits from, each with its own. `way` are the rows that
    /// led here.
    fn with_parents(
        &self,
        file: &[Spanned<FileRow>],
        rows: &[MatrixRow],
        at: usize,
        way: &mut Vec<usize>,
        whole: &mut HashMap<usize, MatrixRow>,
    ) -> Result<(), Failure> {
        let (Some(own), Some(row)) = (file.get(at), rows.get(at)) else {
            return Ok(());
        };
        if whole.contains_key(&at) {
            return Ok(());
        }
        way.push(at);
        let mut full = row.clone();
        for name in &own.get_ref().inherits {
            let Some(parent) = rows.iter().position(|row| row.name == *name.get_ref()) else {
                let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
                let message = format!("there is no row {:?}", name.get_ref());
                return Err(self
                    .0
                    .error(&name.span(), "inherits", &message)
                    .advise(format!("use one of {}", names.join(", "))));
            };
            if way.contains(&parent) {
                let circle: Vec<&str> = way
                    .iter()
                    .skip_while(|on_way| **on_way != parent)
                    .chain([&parent])
                    .filter_map(|at| rows.get(*at).map(|row| row.name.as_str()))
                    .collect();
                let message = format!("the rows inherit in a circle: {}", circle.join(" → "));
                return Err(self
                    .0
                    .error(&name.span(), "inherits", &message)
                    .advise("take one of them out"));
            }
            self.with_parents(file, rows, parent, way, whole)?;
            full.parents.extend(whole.get(&parent).cloned());
        }
        way.pop();
        whole.insert(at, full);
        Ok(())
    }

    /// Every permission and route exists, every glob matches one, none stands twice.
    fn check_entries(&self, field: &str, entries: &[Spanned<String>]) -> Result<(), Failure> {
        for (at, spanned) in entries.iter().enumerate() {
            let text = spanned.get_ref();
            let mut before = entries.iter().take(at);
            if before.any(|before| before.get_ref() == text) {
                let message = format!("{text:?} stands twice");
                return Err(self.0.error(&spanned.span(), field, &message));
            }
            let failed = |message: String| self.0.error(&spanned.span(), field, &message);
            match Entry::parse(text).map_err(failed)? {
                Entry::Permission(pattern) => self.check_permission(field, spanned, pattern)?,
                route @ Entry::Route(..) => {
                    if !Catalog::every_route().any(|known| route.is_about(known)) {
                        let message = format!("{text:?} is no route of MLflow");
                        return Err(self.0.error(&spanned.span(), field, &message).advise(
                            "write METHOD /path as `mlwarden can PRINCIPAL -o csv` lists them",
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    fn check_permission(
        &self,
        field: &str,
        spanned: &Spanned<String>,
        text: &str,
    ) -> Result<(), Failure> {
        let permissions = Catalog::all_permissions();
        let mut known = permissions.iter();
        if known.any(|permission| covers(text, permission)) {
            return Ok(());
        }
        let message = if text.contains(['*', '?']) {
            format!("{text:?} matches no permission")
        } else {
            format!("there is no permission {text:?}")
        };
        let area = text.split(':').next().unwrap_or_default();
        let near: Vec<&str> = permissions
            .iter()
            .copied()
            .filter(|permission| {
                permission
                    .split_once(':')
                    .is_some_and(|(known, _)| known == area)
            })
            .collect();
        let failure = self.0.error(&spanned.span(), field, &message);
        Err(if near.is_empty() {
            failure.advise("see `mlwarden matrix show` for the permissions there are")
        } else {
            failure.advise(format!("use one of {}", near.join(", ")))
        })
    }
}
