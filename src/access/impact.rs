//! What another matrix changes, and for whom. Pure.

use indexmap::IndexMap;
use serde::Serialize;

use super::{Catalog, Effect, Matrix, MatrixRow, Pick};

/// What changes of one permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// The permission.
    pub permission: String,
    /// Its routes that change, as `METHOD /path`.
    pub routes: Vec<String>,
    /// Whether that is all of it.
    pub whole: bool,
}

impl Shift {
    /// `runs:write`, or `runs:write (2 of its routes)`.
    pub fn in_words(&self) -> String {
        match (self.whole, self.routes.len()) {
            (true, _) => self.permission.clone(),
            (false, 1) => format!("{} (1 of its routes)", self.permission),
            (false, count) => format!("{} ({count} of its routes)", self.permission),
        }
    }
}

/// What changes for one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowImpact {
    /// The row's name.
    pub row: String,
    /// Its group.
    pub group: Option<String>,
    /// Its execution role, as declared.
    pub role: Option<String>,
    /// What it gets.
    pub gains: Vec<Shift>,
    /// What it loses.
    pub loses: Vec<Shift>,
}

/// What changes with another matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// The rows for which something changes, in the order of the new matrix, then those that
    /// go.
    pub rows: Vec<RowImpact>,
    /// How the authorizer chooses among several groups, before and after, where that changes.
    pub rule: Option<(Pick, Pick)>,
    /// Whether the order of the groups changes, where the first one decides.
    pub order: bool,
    /// Whether no row may do everything any more, and one could.
    pub nobody_left: bool,
}

impl Impact {
    /// Whether nothing changes.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What is otherwise in `after` than in `before`, by the routes of a catalog.
pub fn impact(before: &Matrix, after: &Matrix, catalog: &Catalog) -> Impact {
    let nothing = MatrixRow::default();
    let mut rows = Vec::new();
    for row in &after.rows {
        let old = before.rows.iter().find(|old| old.name == row.name);
        rows.extend(of_row(old.unwrap_or(&nothing), row, row, catalog));
    }
    for row in &before.rows {
        if !after.rows.iter().any(|new| new.name == row.name) {
            rows.extend(of_row(row, &nothing, row, catalog));
        }
    }
    let rule = (before.authorizer.rule, after.authorizer.rule);
    let almighty = |matrix: &Matrix| {
        let groups = matrix.rows.iter().filter(|row| row.group.is_some());
        groups.filter(|row| row.is_almighty()).count()
    };
    Impact {
        rows,
        rule: (rule.0 != rule.1).then_some(rule),
        order: rule.1 == Pick::FirstMatch && is_reordered(before, after),
        nobody_left: almighty(before) > 0 && almighty(after) == 0,
    }
}

/// Whether the groups that stay are looked for in another order, or after one that is new. A
/// group that comes after all of them takes nothing from anybody.
fn is_reordered(before: &Matrix, after: &Matrix) -> bool {
    let (mut old, new) = (before.groups(), after.groups());
    old.retain(|group| new.contains(group));
    !new.starts_with(&old)
}

fn of_row(
    old: &MatrixRow,
    new: &MatrixRow,
    named: &MatrixRow,
    catalog: &Catalog,
) -> Option<RowImpact> {
    type Routes = Vec<String>;
    let mut shifts: IndexMap<&str, (Routes, Routes, usize)> = IndexMap::new();
    for route in catalog.routes() {
        let (gained, lost, all) = shifts.entry(&route.permission).or_default();
        *all += 1;
        let text = || format!("{} {}", route.method, route.path);
        match (old.effect_of(route), new.effect_of(route)) {
            (Effect::Deny, Effect::Allow) => gained.push(text()),
            (Effect::Allow, Effect::Deny) => lost.push(text()),
            _ => {}
        }
    }
    let (mut gains, mut loses) = (Vec::new(), Vec::new());
    for permission in catalog.permissions() {
        let Some((gained, lost, all)) = shifts.swap_remove(permission) else {
            continue;
        };
        for (list, routes) in [(&mut gains, gained), (&mut loses, lost)] {
            if !routes.is_empty() {
                list.push(Shift {
                    permission: permission.to_owned(),
                    whole: routes.len() == all,
                    routes,
                });
            }
        }
    }
    (!gains.is_empty() || !loses.is_empty()).then(|| RowImpact {
        row: named.name.clone(),
        group: named.group.clone(),
        role: named.role.clone(),
        gains,
        loses,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::matrix::{Change, MatrixText};

    fn changed(row: &str, entry: &str, effect: Effect) -> Impact {
        let before = Matrix::sample();
        let mut text = MatrixText::parse(Matrix::sample_text(), "m").unwrap();
        text.change(&Change {
            row: row.into(),
            entry: entry.into(),
            effect,
        })
        .unwrap();
        impact(
            &before,
            &text.matrix().unwrap(),
            &Catalog::for_version("2.12.2"),
        )
    }

    #[test]
    fn a_permission_and_a_route_that_change_are_told_apart() {
        let whole = changed("reader", "registered-models:register", Effect::Allow);
        assert_eq!(whole.rows.len(), 1);
        assert_eq!(
            whole.rows[0].gains[0].in_words(),
            "registered-models:register"
        );
        let one = changed("reader", "GET /ajax-api/2.0/mlflow/runs/get", Effect::Deny);
        assert_eq!(
            one.rows[0].loses[0].in_words(),
            "runs:read (1 of its routes)"
        );
        assert!(changed("admin", "runs:write", Effect::Allow).is_none());
    }

    #[test]
    fn a_group_that_comes_last_changes_no_order_and_one_that_comes_first_does() {
        let order = |first: &str, last: &str| {
            let text = format!("{first}{}{last}", Matrix::sample_text());
            let after = Matrix::parse(&text, "m").unwrap();
            impact(&Matrix::sample(), &after, &Catalog::for_version("2.12.2")).order
        };
        let row = "\n[[row]]\nname = \"pilot\"\ngroup = \"pilots\"\nallow = [\"runs:read\"]\n";
        assert!(!order("", ""));
        assert!(!order("", row));
        assert!(order(row, ""));
        let turned = "[authorizer]\nrule = \"first-match\"\norder = [\"readers\", \"admins\"]\n";
        assert!(order(turned, ""));
    }

    #[test]
    fn that_nobody_may_do_everything_any_more_is_said() {
        assert!(changed("admin", "traces:read", Effect::Deny).nobody_left);
        assert!(!changed("reader", "runs:write", Effect::Allow).nobody_left);
    }
}
