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
        if let Some(mistake) = mistake(&change.entry) {
            return Err(Failure::invalid(doing, mistake));
        }
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
            let stays = |table: &Table| {
                let name = table.get("name").and_then(Item::as_str);
                other.rows.iter().any(|row| Some(row.name.as_str()) == name)
            };
            // What is said of the whole file stands before the first row.
            let head = rows.get(0).filter(|first| !stays(first)).map(prefix);
            rows.retain(stays);
            if let (Some(head), Some(first)) = (head, rows.get_mut(0)) {
                let own = prefix(first);
                first.decor_mut().set_prefix(head + &own);
            }
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

/// Why a text is no entry; none where it is one.
fn mistake(entry: &str) -> Option<String> {
    if let Err(message) = Entry::parse(entry) {
        return Some(message);
    }
    let what = if Entry::is_route(entry) {
        "no route"
    } else {
        "no permission"
    };
    let known = covered(entry).next().is_some();
    (!known).then(|| format!("{what} of MLflow is {entry:?}"))
}

/// What stands before a table: empty lines and comments.
fn prefix(table: &Table) -> String {
    let text = table.decor().prefix().and_then(|raw| raw.as_str());
    text.unwrap_or_default().to_owned()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::access::Catalog;

    fn text() -> MatrixText {
        MatrixText::parse(Matrix::sample_text(), "matrix.toml").unwrap()
    }

    fn change(row: &str, entry: &str, effect: Effect) -> Change {
        Change {
            row: row.into(),
            entry: entry.into(),
            effect,
        }
    }

    #[test]
    fn comments_and_the_rest_of_the_file_stay_as_they_are() {
        let mut text = text();
        text.change(&change("reader", "runs:write", Effect::Allow))
            .unwrap();
        let expected = Matrix::sample_text().replace(
            r#"allow = ["*:read", "graphql:query"]"#,
            r#"allow = ["*:read", "graphql:query", "runs:write"]"#,
        );
        assert_eq!(text.text(), expected);
    }

    #[test]
    fn a_list_on_several_lines_goes_on_so() {
        let mut text = text();
        text.change(&change("model-approver", "runs:write", Effect::Allow))
            .unwrap();
        let wanted = "  \"model-versions:transition\",\n  \"runs:write\",\n]";
        assert!(text.text().contains(wanted), "{}", text.text());
    }

    #[test]
    fn what_is_changed_back_is_as_it_was() {
        let mut text = text();
        for effect in [Effect::Allow, Effect::Deny] {
            text.change(&change("reader", "runs:write", effect))
                .unwrap();
        }
        assert_eq!(text.text(), Matrix::sample_text());
        for effect in [Effect::Deny, Effect::Allow] {
            text.change(&change("admin", "GET /version", effect))
                .unwrap();
        }
        assert_eq!(text.text(), Matrix::sample_text());
    }

    #[test]
    fn what_a_glob_gives_is_taken_by_a_deny() {
        let mut text = text();
        text.change(&change("reader", "runs:read", Effect::Deny))
            .unwrap();
        let row = text.matrix().unwrap().rows[1].clone();
        assert_eq!(row.deny, ["runs:read"]);
        assert_eq!(row.effect("runs:read"), Effect::Deny);
        assert_eq!(row.effect("metrics:read"), Effect::Allow);
    }

    #[test]
    fn what_a_row_inherits_can_be_taken_and_given_back() {
        let file = "[[row]]\nname = \"a\"\ngroup = \"a\"\nallow = [\"*:read\"] # all\n\n\
                    [[row]]\nname = \"b\"\ngroup = \"b\"\ninherits = [\"a\"]\nallow = []\n";
        let mut text = MatrixText::parse(file, "m").unwrap();
        text.change(&change("b", "runs:read", Effect::Deny))
            .unwrap();
        assert_eq!(text.matrix().unwrap().rows[1].deny, ["runs:read"]);
        text.change(&change("b", "runs:read", Effect::Allow))
            .unwrap();
        assert_eq!(text.text(), file);
    }

    #[rstest]
    #[case("nobody", "runs:read", "no such row")]
    #[case("reader", "runs:fly", "no permission")]
    #[case("reader", "GET /no/such", "no route")]
    #[case("reader", "FETCH /version", "unknown method")]
    fn what_cannot_be_is_refused(#[case] row: &str, #[case] entry: &str, #[case] says: &str) {
        let failure = text()
            .change(&change(row, entry, Effect::Allow))
            .unwrap_err();
        assert!(failure.to_string().contains(says), "{failure}");
    }

    #[test]
    fn another_matrix_is_taken_over_row_by_row() {
        let mut text = text();
        let mut other = text.matrix().unwrap();
        other.rows.remove(0);
        other.rows[0].allow = vec!["*".into()];
        other.rows.push(MatrixRow {
            name: "intern".into(),
            group: Some("interns".into()),
            allow: vec!["ui:read".into()],
            deny: vec!["GET /version".into()],
            ..MatrixRow::default()
        });
        text.adopt(&other).unwrap();
        assert_eq!(text.matrix().unwrap(), other);
        assert!(text.text().starts_with("# Who may do what"));
        assert!(text.text().contains("# The sample spells it so"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn after_a_change_the_row_says_what_was_wanted(
            row in 0..3_usize,
            steps in proptest::collection::vec((0..600_usize, any::<bool>(), any::<bool>()), 1..6),
        ) {
            let routes: Vec<&Route> = Catalog::every_route().collect();
            let mut text = text();
            let name = text.matrix().unwrap().rows[row].name.clone();
            for (at, by_route, allow) in steps {
                let route = routes[at % routes.len()];
                let entry = if by_route {
                    format!("{} {}", route.method, route.path)
                } else {
                    route.permission.clone()
                };
                let effect = if allow { Effect::Allow } else { Effect::Deny };
                text.change(&change(&name, &entry, effect)).unwrap();
                let matrix = text.matrix().unwrap();
                let row = &matrix.rows[row];
                for covered in covered(&entry) {
                    let named = row.allow.iter().chain(&row.deny).any(|text| {
                        Entry::is_route(text) && Entry::matches(text, covered)
                    });
                    if by_route || !named {
                        prop_assert_eq!(row.effect_of(covered), effect, "{} {:?}", entry, row);
                    }
                }
            }
        }
    }
}
