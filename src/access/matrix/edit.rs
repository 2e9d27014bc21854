//! Changing the text of a matrix file without losing a comment.

use std::str::FromStr;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use super::{Entry, Matrix, MatrixRow};
use crate::{
    access::{Effect, Route},
    domain::Failure,
};

/// A change of one row: what one entry of it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row's name.
    pub row: String,
    /// A permission, or a route as `METHOD /path`.
    pub entry: String,
    /// What it is to be.
    pub effect: Effect,
}

/// The text of a matrix file, to be changed entry by entry.
#[derive(Clone, Debug)]
pub struct MatrixText {
    document: DocumentMut,
    file: String,
}

impl MatrixText {
    /// Takes up a text.
    ///
    /// # Errors
    /// As [`Matrix::parse`].
    pub fn parse(text: &str, file: &str) -> Result<Self, Failure> {
        Matrix::parse(text, file)?;
        let document = DocumentMut::from_str(text).map_err(|error| {
            Failure::invalid(format!("reading {file}"), error.message().to_owned())
        })?;
        Ok(Self {
            document,
            file: file.to_owned(),
        })
    }

    /// The matrix that the text says.
    ///
    /// # Errors
    /// As [`Matrix::parse`].
    pub fn matrix(&self) -> Result<Matrix, Failure> {
        Matrix::parse(&self.text(), &self.file)
    }

    /// The text.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// Makes a change: afterwards the row says of the entry, and of every route that it covers
    /// and that is not named by itself, what is wanted. What became needless goes.
    ///
    /// # Errors
    /// There is no such row, or the entry is none.
    pub fn change(&mut self, change: &Change) -> Result<(), Failure> {
        let matrix = self.matrix()?;
        let doing = format!("changing the row {} of {}", change.row, self.file);
        let Some(row) = matrix.rows.iter().find(|row| row.name == change.row) else {
            return Err(Failure::invalid(doing, "there is no such row"));
        };
        let (allow, deny) = changed(row, change);
        let Some(table) = self.row(&change.row) else {
            return Err(Failure::invalid(doing, "there is no such row"));
        };
        for (key, before, after) in [("allow", &row.allow, allow), ("deny", &row.deny, deny)] {
            rewrite(table, key, before, &after);
        }
        self.matrix().map(|_| ())
    }

    /// Takes over the rows and the authorizer's rule of another matrix: a row of the same name
    /// is rewritten in its place, others are added at the end, those that are not in it go.
    ///
    /// # Errors
    /// The other matrix cannot be written.
    pub fn adopt(&mut self, other: &Matrix) -> Result<(), Failure> {
        let before = self.matrix()?;
        if let Some(Item::ArrayOfTables(rows)) = self.document.get_mut("row") {
            rows.retain(|table| {
                let name = table.get("name").and_then(Item::as_str);
                other.rows.iter().any(|row| Some(row.name.as_str()) == name)
            });
        }
        for row in &other.rows {
            let old = before.rows.iter().find(|old| old.name == row.name);
            if let (Some(old), Some(table)) = (old, self.row(&row.name)) {
                for (key, value) in [
                    ("group", &row.group),
                    ("profile", &row.profile),
                    ("role", &row.role),
                ] {
                    set_text(table, key, value.as_deref());
                }
                for (key, before, after) in [
                    ("inherits", &old.inherits, &row.inherits),
                    ("allow", &old.allow, &row.allow),
                    ("deny", &old.deny, &row.deny),
                ] {
                    rewrite(table, key, before, after);
                }
            } else {
                self.push(row);
            }
        }
        self.set_choice(other);
        self.matrix().map(|_| ())
    }

    fn set_choice(&mut self, other: &Matrix) {
        let choice = &other.authorizer;
        if *choice == super::Choice::default() && !self.document.contains_key("authorizer") {
            return;
        }
        let table = self
            .document
            .entry("authorizer")
            .or_insert_with(|| Item::Table(Table::new()));
        if let Some(table) = table.as_table_mut() {
            set_text(table, "rule", Some(choice.rule.as_str()));
            let order: Array = choice.order.iter().map(String::as_str).collect();
            if choice.order.is_empty() {
                table.remove("order");
            } else {
                table.insert("order", Item::Value(Value::Array(order)));
            }
        }
    }

    fn row(&mut self, name: &str) -> Option<&mut Table> {
        match self.document.get_mut("row")? {
            Item::ArrayOfTables(rows) => rows
                .iter_mut()
                .find(|table| table.get("name").and_then(Item::as_str) == Some(name)),
            _ => None,
        }
    }

    fn push(&mut self, row: &MatrixRow) {
        let mut table = Table::new();
        set_text(&mut table, "name", Some(&row.name));
        for (key, value) in [
            ("group", &row.group),
            ("profile", &row.profile),
            ("role", &row.role),
        ] {
            set_text(&mut table, key, value.as_deref());
        }
        if !row.inherits.is_empty() {
            rewrite(&mut table, "inherits", &[], &row.inherits);
        }
        table.insert("allow", Item::Value(Value::Array(Array::new())));
        rewrite(&mut table, "allow", &[], &row.allow);
        rewrite(&mut table, "deny", &[], &row.deny);
        let rows = self
            .document
            .entry("row")
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        if let Item::ArrayOfTables(rows) = rows {
            rows.push(table);
        }
    }
}

/// The lists of a row after a change.
fn changed(row: &MatrixRow, change: &Change) -> (Vec<String>, Vec<String>) {
    let Change { entry, effect, .. } = change;
    let without = |list: &[String]| -> Vec<String> {
        let mut list = list.to_vec();
        list.retain(|text| text != entry);
        list
    };
    let (mut allow, mut deny) = (without(&row.allow), without(&row.deny));
    let is = |allow: &[String], deny: &[String]| {
        let tried = MatrixRow {
            allow: allow.to_vec(),
            deny: deny.to_vec(),
            ..row.clone()
        };
        covered(entry).all(|route| {
            // What is named by itself stays as it was.
            let named = |text: &String| Entry::is_route(text) && Entry::matches(text, route);
            let by_itself =
                !Entry::is_route(entry) && tried.allow.iter().chain(&tried.deny).any(named);
            by_itself || tried.effect_of(route) == *effect
        })
    };
    if !is(&allow, &deny) {
        match effect {
            Effect::Allow => allow.push(entry.clone()),
            Effect::Deny => deny.push(entry.clone()),
        }
    }
    if !is(&allow, &deny) && *effect == Effect::Allow {
        // A deny of its kind covers it: where it is a glob, it is in the way as a whole.
        deny.retain(|text| {
            Entry::is_route(text) != Entry::is_route(entry)
                || !covered(entry).any(|route| Entry::matches(text, route))
        });
    }
    (allow, deny)
}

/// The routes that an entry is about.
fn covered(entry: &str) -> impl Iterator<Item = &'static Route> {
    let entry = entry.to_owned();
    crate::access::Catalog::every_route().filter(move |route| Entry::matches(&entry, route))
}

fn set_text(table: &mut Table, key: &str, text: Option<&str>) {
    match text {
        None => {
            table.remove(key);
        }
        Some(text) if table.get(key).and_then(Item::as_str) == Some(text) => {}
        Some(text) => match table.get_mut(key) {
            Some(Item::Value(value)) => {
                let decor = value.decor().clone();
                *value = Value::from(text);
                *value.decor_mut() = decor;
            }
            _ => {
                table.insert(key, toml_edit::value(text));
            }
        },
    }
}

/// Brings a list from one set of texts to another, entry by entry, so that what stays keeps its
/// place, its comments and its line.
fn rewrite(table: &mut Table, key: &str, before: &[String], after: &[String]) {
    if before == after {
        return;
    }
    if !table.contains_key(key) {
        table.insert(key, Item::Value(Value::Array(Array::new())));
    }
    let Some(list) = table.get_mut(key).and_then(Item::as_array_mut) else {
        return;
    };
    list.retain(|value| {
        value
            .as_str()
            .is_some_and(|text| after.iter().any(|wanted| wanted == text))
    });
    for text in after {
        if list.iter().any(|value| value.as_str() == Some(text)) {
            continue;
        }
        // A list that stands on several lines goes on so.
        let broken = list.iter().any(|value| {
            let prefix = value.decor().prefix().and_then(|raw| raw.as_str());
            prefix.is_some_and(|text| text.contains('\n'))
        });
        list.push(text.as_str());
        if broken && let Some(last) = list.iter_mut().last() {
            last.decor_mut().set_prefix("\n  ");
        }
    }
    let too_long = list.to_string().len() > 90;
    if too_long {
        for value in list.iter_mut() {
            let prefix = value.decor().prefix().and_then(|raw| raw.as_str());
            if !prefix.is_some_and(|text| text.contains('\n')) {
                value.decor_mut().set_prefix("\n  ");
            }
        }
        list.set_trailing_comma(true);
        list.set_trailing("\n");
    }
    if list.is_empty() && key != "allow" {
        table.remove(key);
    }
}
