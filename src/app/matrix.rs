//! The matrix page's model: permissions and their routes against access levels, with what is
//! known of each cell.

mod decided;
mod proved;

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;

use crate::{
    access::{Catalog, Effect, Matrix, Method, route::operation_of},
    domain::{AuthScheme, ExecutionRole, Principal},
    probe::{Cell, Summary, Verdict},
};

use decided::Decided;

/// One column: a principal under one scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The access level it belongs to, the matrix row's name; empty outside the matrix.
    pub level: String,
    /// Who.
    pub principal: Principal,
    /// How.
    pub scheme: AuthScheme,
}

/// One operation of MLflow, the same under both prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path without its prefix.
    pub path: String,
    /// Its cell in each column, where there is one.
    cells: Vec<Option<usize>>,
}

/// Operations by method and path, with their cells.
type Operations<'c> = IndexMap<(Method, &'c str), Vec<Option<usize>>>;

/// One permission with its operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The name.
    pub name: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// A row on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Line {
    /// A permission, by its place.
    Permission(usize),
    /// An operation of a permission, by their places.
    Operation(usize, usize),
}

/// What one cell says, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mark {
    /// Declared deny, allowed.
    OverGranted,
    /// Predicted and observed disagree.
    Drift,
    /// Declared allow, denied.
    UnderGranted,
    /// Tested without a decision, or nothing declared.
    Inconclusive,
    /// Not known yet.
    Unknown,
    /// Allowed, as declared.
    Allowed,
    /// Denied, as declared.
    Denied,
}

impl Mark {
    /// All, the worst first.
    pub const ALL: [Self; 7] = [
        Self::OverGranted,
        Self::Drift,
        Self::UnderGranted,
        Self::Inconclusive,
        Self::Unknown,
        Self::Allowed,
        Self::Denied,
    ];
}

/// What stands in one place of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The worst of its cells.
    pub mark: Mark,
    /// How many of its cells are so.
    pub count: usize,
    /// How many cells it has.
    pub of: usize,
    /// Whether all of it was observed; else it is predicted.
    pub observed: bool,
    /// Whether it has allowed and denied cells, all as declared.
    pub mixed: bool,
}

/// A verify under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Verdicts so far.
    pub done: usize,
    /// Cells in all; 0 while principals are made ready.
    pub planned: usize,
}

/// The page's model.
#[derive(Clone, Debug, Default)]
pub struct MatrixModel {
    /// Every cell of the last plan.
    pub cells: Vec<Cell>,
    /// The columns, level by level.
    pub columns: Vec<Column>,
    /// The rows.
    pub permissions: Vec<Permission>,
    /// Permissions whose operations are shown, by name.
    pub expanded: BTreeSet<String>,
    /// Whether only rows with a problem are shown.
    pub problems_only: bool,
    /// Whether only rows are shown whose schemes disagree.
    pub disagreements_only: bool,
    /// A live verify under way.
    pub live: Option<Progress>,
    /// The last live verify in numbers.
    pub summary: Option<Summary>,
    /// What each cell says.
    decided: Decided,
}

impl MatrixModel {
    /// Lays out a plan's cells.
    pub fn plan(&mut self, cells: Vec<Cell>, matrix: &Matrix, roles: &[ExecutionRole]) {
        self.columns = columns(&cells, matrix, roles);
        let places: HashMap<_, _> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| ((&column.principal, column.scheme), at))
            .collect();
        let mut permissions: IndexMap<&str, Operations<'_>> = IndexMap::new();
        let mut index = 0;
        for of_one in by_column(&cells) {
            let column = of_one
                .first()
                .and_then(|cell| places.get(&(&cell.principal, cell.scheme)).copied());
            for cell in of_one {
                let places = permissions
                    .entry(&cell.permission)
                    .or_default()
                    .entry((cell.method, operation_of(&cell.path)))
                    .or_insert_with(|| vec![None; self.columns.len()]);
                if let Some(place) = column.and_then(|column| places.get_mut(column)) {
                    *place = Some(index);
                }
                index += 1;
            }
        }
        self.permissions = permissions
            .into_iter()
            .map(|(name, operations)| Permission {
                name: name.to_owned(),
                operations: operations
                    .into_iter()
                    .map(|((method, path), cells)| Operation {
                        method,
                        path: path.to_owned(),
                        cells,
                    })
                    .collect(),
            })
            .collect();
        self.decided = Decided::new(&cells, &self.columns, &self.permissions);
        self.cells = cells;
    }

    /// A cell's new state.
    pub fn set(&mut self, index: usize, cell: Cell) {
        if let Some(place) = self.cells.get_mut(index) {
            *place = cell;
            self.decided
                .change(index, place, &self.columns, &self.permissions);
        }
    }

    /// From now on `after` is declared in place of `before`: the cells of everybody whose row says
    /// otherwise are held against it.
    pub fn declare(&mut self, before: &Matrix, after: &Matrix, roles: &[ExecutionRole]) {
        let routes: HashMap<_, _> = Catalog::every_route()
            .map(|route| ((route.method, route.path.as_str()), route))
            .collect();
        let mut changed = Vec::new();
        let mut at = 0;
        for of_one in self
            .cells
            .chunk_by(|one, next| one.principal == next.principal)
        {
            let first = at;
            at += of_one.len();
            let Some(Cell { principal, .. }) = of_one.first() else {
                continue;
            };
            let row = after.row_of(principal, roles);
            if before.row_of(principal, roles) == row {
                continue;
            }
            for (place, cell) in of_one.iter().enumerate() {
                let Some(route) = routes.get(&(cell.method, cell.path.as_str())) else {
                    continue;
                };
                let expected = row.map(|row| row.effect_of(route));
                if expected != cell.expected {
                    let mut cell = cell.clone();
                    cell.expected = expected;
                    let reason = std::mem::take(&mut cell.reason);
                    cell.judge(&reason);
                    changed.push((first + place, cell));
                }
            }
        }
        for (place, cell) in changed {
            self.set(place, cell);
        }
    }

    /// The rows to show, in order.
    pub fn lines(&self, filter: &str) -> Vec<Line> {
        let filter = filter.to_lowercase();
        let mut lines = Vec::new();
        for (at, permission) in self.permissions.iter().enumerate() {
            let named = permission.name.to_lowercase().contains(&filter);
            let matching: Vec<usize> = permission
                .operations
                .iter()
                .enumerate()
                .filter(|(index, operation)| {
                    let known = self.decided.operation(at, *index);
                    (!self.problems_only || known.is_problem)
                        && (!self.disagreements_only || known.disagrees)
                        && (named || operation.path.to_lowercase().contains(&filter))
                })
                .map(|(index, _)| index)
                .collect();
            if matching.is_empty() {
                continue;
            }
            lines.push(Line::Permission(at));
            let narrowed = !filter.is_empty() && !named;
            if narrowed || self.expanded.contains(&permission.name) {
                lines.extend(matching.into_iter().map(|index| Line::Operation(at, index)));
            }
        }
        lines
    }

    /// What stands in one place of the grid; none where the principal has no such route.
    pub fn shown(&self, line: Line, column: usize) -> Option<Shown> {
        match line {
            Line::Permission(at) => self.decided.together(at, column),
            Line::Operation(at, index) => {
                let cell = self.place(at, index, column)?;
                Some(Shown {
                    mark: self.decided.mark(cell)?,
                    count: 1,
                    of: 1,
                    observed: self.cells.get(cell)?.observed.is_some(),
                    mixed: false,
                })
            }
        }
    }

    /// The cell of an operation in a column.
    pub fn cell(&self, permission: usize, operation: usize, column: usize) -> Option<&Cell> {
        self.cells.get(self.place(permission, operation, column)?)
    }

    /// The number of an operation's cell in a column.
    fn place(&self, permission: usize, operation: usize, column: usize) -> Option<usize> {
        let permission = self.permissions.get(permission)?;
        *permission.operations.get(operation)?.cells.get(column)?
    }

    /// How many cells have a mark.
    pub fn count(&self, mark: Mark) -> usize {
        self.decided.count(mark)
    }

    /// Whether a cell was not observed, so that what it says is predicted.
    pub fn has_predicted(&self) -> bool {
        self.decided.has_unobserved()
    }
}

/// What a cell says: by its observation, else by its prediction.
pub fn mark(cell: &Cell) -> Mark {
    if cell.drifts() {
        return Mark::Drift;
    }
    let effect = match &cell.observed {
        Some(seen) => match seen.effect {
            Some(effect) => effect,
            None => return Mark::Inconclusive,
        },
        None => match cell.predicted_effect() {
            Some(effect) => effect,
            None => return Mark::Unknown,
        },
    };
    match Verdict::of(cell.expected, Some(effect)) {
        Verdict::OverGranted => Mark::OverGranted,
        Verdict::UnderGranted => Mark::UnderGranted,
        Verdict::Inconclusive => Mark::Inconclusive,
        Verdict::Ok if effect == Effect::Allow => Mark::Allowed,
        Verdict::Ok => Mark::Denied,
    }
}

/// The cells by their columns, where those of one stand side by side, as in a plan.
fn by_column(cells: &[Cell]) -> impl Iterator<Item = &[Cell]> {
    cells.chunk_by(|one, next| one.scheme == next.scheme && one.principal == next.principal)
}

/// The columns: each matrix row's group beside its roles, then who stands in no row.
fn columns(cells: &[Cell], matrix: &Matrix, roles: &[ExecutionRole]) -> Vec<Column> {
    let mut known: HashSet<(&Principal, AuthScheme)> = HashSet::new();
    let mut all: Vec<Column> = Vec::new();
    for cell in by_column(cells).filter_map(<[Cell]>::first) {
        if !known.insert((&cell.principal, cell.scheme)) {
            continue;
        }
        let level = matrix
            .row_of(&cell.principal, roles)
            .map(|row| row.name.clone())
            .unwrap_or_default();
        all.push(Column {
            level,
            principal: cell.principal.clone(),
            scheme: cell.scheme,
        });
    }
    let rank = |column: &Column| {
        let row = matrix.rows.iter().position(|row| row.name == column.level);
        (
            row.unwrap_or(usize::MAX),
            column.principal == Principal::Anonymous,
            column.scheme,
        )
    };
    all.sort_by_key(rank);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(principal: &str, path: &str, expected: Effect, predicted: Effect) -> Cell {
        let principal: Principal = principal.parse().unwrap();
        let scheme = crate::access::route::scheme_of(path);
        let decision = match predicted {
            Effect::Allow => crate::access::Decision::allow(crate::access::Basis::NoStatement),
            Effect::Deny => crate::access::Decision::deny(crate::access::Basis::NoStatement),
        };
        Cell {
            principal,
            scheme,
            permission: "model-versions:write".into(),
            method: Method::Patch,
            path: path.into(),
            expected: Some(expected),
            predicted: Some(decision),
            observed: None,
            verdict: Verdict::Inconclusive,
            reason: String::new(),
        }
    }

    fn model() -> MatrixModel {
        let matrix = Matrix::sample();
        let roles = [ExecutionRole {
            name: "x-sagemakermlflowmodelaprov-y".into(),
            arn: "arn:aws:iam::1:role/x-sagemakermlflowmodelaprov-y".into(),
            profiles: vec!["mlflow-model-approver".into()],
        }];
        let mut model = MatrixModel::default();
        model.plan(
            vec![
                cell(
                    "group:model-approvers",
                    "/ajax-api/2.0/mlflow/model-versions/update",
                    Effect::Deny,
                    Effect::Allow,
                ),
                cell(
                    "group:admins",
                    "/ajax-api/2.0/mlflow/model-versions/update",
                    Effect::Allow,
                    Effect::Allow,
                ),
                cell(
                    "role:x-sagemakermlflowmodelaprov-y",
                    "/api/2.0/mlflow/model-versions/update",
                    Effect::Deny,
                    Effect::Deny,
                ),
            ],
            &matrix,
            &roles,
        );
        model
    }

    #[test]
    fn group_and_role_of_a_level_stand_side_by_side() {
        let model = model();
        let columns: Vec<_> = model
            .columns
            .iter()
            .map(|column| (column.level.as_str(), column.scheme))
            .collect();
        assert_eq!(
            columns,
            [
                ("admin", AuthScheme::Bearer),
                ("model-approver", AuthScheme::Bearer),
                ("model-approver", AuthScheme::SigV4),
            ]
        );
        assert_eq!(
            model.permissions[0].operations.len(),
            1,
            "one operation, two prefixes"
        );
    }

    #[test]
    fn a_disagreement_and_a_problem_are_told_apart() {
        let mut model = model();
        model.disagreements_only = true;
        assert_eq!(model.lines("").len(), 1);
        model.disagreements_only = false;
        model.problems_only = true;
        assert_eq!(model.lines("").len(), 1);
        assert_eq!(
            model.shown(Line::Permission(0), 0).unwrap().mark,
            Mark::Allowed
        );
        assert_eq!(
            model.shown(Line::Permission(0), 1).unwrap().mark,
            Mark::OverGranted
        );
        assert!(model.lines("no such").is_empty());
    }

    #[test]
    fn a_change_of_a_cell_changes_what_is_said_of_its_row_and_no_other() {
        let mut model = model();
        model.problems_only = true;
        let mut cell = model.cells[0].clone();
        cell.expected = Some(Effect::Allow);
        model.set(0, cell);
        assert!(model.lines("").is_empty(), "no problem is left");
        assert_eq!(
            model.shown(Line::Permission(0), 1).unwrap().mark,
            Mark::Allowed
        );
        assert_eq!(model.count(Mark::OverGranted), 0);
        assert_eq!(
            (model.count(Mark::Allowed), model.count(Mark::Denied)),
            (2, 1)
        );
        for column in 0..3 {
            let cell = model.cell(0, 0, column).unwrap();
            let said = model.shown(Line::Operation(0, 0), column).unwrap();
            assert_eq!(said.mark, mark(cell));
        }
    }
}
