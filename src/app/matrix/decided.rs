//! What each cell of the matrix page says, computed once for a plan and again only where a cell
//! changes, so that drawing and moving look at what is in sight and at nothing else.

use super::{Column, Mark, Permission, Shown, mark};
use crate::{access::Effect, probe::Cell};

/// How many marks there are.
const MARKS: usize = Mark::ALL.len();

/// Where a cell stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    permission: usize,
    operation: usize,
    column: usize,
}

/// What a cell says, in three bytes, so that a whole grid of them is looked through at once.
#[derive(Clone, Copy, Debug)]
struct Told {
    mark: Mark,
    /// What was observed, else what is predicted.
    effect: Option<Effect>,
    observed: bool,
}

impl Told {
    fn of(cell: &Cell) -> Self {
        Self {
            mark: mark(cell),
            effect: cell.observed_effect().or(cell.predicted_effect()),
            observed: cell.observed.is_some(),
        }
    }
}

/// What is known of an operation over all of its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether a cell of it is a problem.
    pub is_problem: bool,
    /// Whether an access level gets different answers by token and by signature.
    pub disagrees: bool,
}

/// The decided grid.
#[derive(Clone, Debug, Default)]
pub(super) struct Decided {
    /// What each cell says.
    told: Vec<Told>,
    /// Where each cell stands; none where it is in no column.
    places: Vec<Option<Place>>,
    /// By permission and operation.
    operations: Vec<Vec<Known>>,
    /// By permission and column, what its operations say together.
    together: Vec<Vec<Option<Shown>>>,
    /// How many cells have each mark.
    counts: [usize; MARKS],
    /// How many cells were not observed.
    unobserved: usize,
}

impl Decided {
    /// Decides every cell of a plan.
    pub fn new(cells: &[Cell], columns: &[Column], permissions: &[Permission]) -> Self {
        let mut decided = Self {
            told: cells.iter().map(Told::of).collect(),
            places: vec![None; cells.len()],
            ..Self::default()
        };
        for told in &decided.told {
            if let Some(count) = decided.counts.get_mut(told.mark as usize) {
                *count += 1;
            }
            decided.unobserved += usize::from(!told.observed);
        }
        for (permission, of) in permissions.iter().enumerate() {
            for (operation, one) in of.operations.iter().enumerate() {
                for (column, cell) in one.cells.iter().enumerate() {
                    if let Some(place) = cell.and_then(|cell| decided.places.get_mut(cell)) {
                        *place = Some(Place {
                            permission,
                            operation,
                            column,
                        });
                    }
                }
            }
            let known = (0..of.operations.len())
                .map(|operation| decided.known_of(of, operation, columns))
                .collect();
            decided.operations.push(known);
            let together = (0..columns.len())
                .map(|column| decided.together_of(of, column))
                .collect();
            decided.together.push(together);
        }
        decided
    }

    /// A cell has changed: what it says, and what is said of its operation and permission.
    pub fn change(
        &mut self,
        index: usize,
        cell: &Cell,
        columns: &[Column],
        permissions: &[Permission],
    ) {
        let Some(old) = self.told.get_mut(index) else {
            return;
        };
        let (before, after) = (*old, Told::of(cell));
        *old = after;
        if let Some(count) = self.counts.get_mut(before.mark as usize) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.counts.get_mut(after.mark as usize) {
            *count += 1;
        }
        self.unobserved = (self.unobserved + usize::from(!after.observed))
            .saturating_sub(usize::from(!before.observed));
        let Some(Some(place)) = self.places.get(index).copied() else {
            return;
        };
        let Some(permission) = permissions.get(place.permission) else {
            return;
        };
        let known = self.known_of(permission, place.operation, columns);
        let together = self.together_of(permission, place.column);
        let row = self.operations.get_mut(place.permission);
        if let Some(old) = row.and_then(|row| row.get_mut(place.operation)) {
            *old = known;
        }
        let row = self.together.get_mut(place.permission);
        if let Some(old) = row.and_then(|row| row.get_mut(place.column)) {
            *old = together;
        }
    }

    /// What is known of an operation over its columns.
    pub fn operation(&self, permission: usize, operation: usize) -> Known {
        let known = self.operations.get(permission);
        known
            .and_then(|known| known.get(operation).copied())
            .unwrap_or_default()
    }

    /// What a permission's operations say together in a column.
    pub fn together(&self, permission: usize, column: usize) -> Option<Shown> {
        *self.together.get(permission)?.get(column)?
    }

    /// What one cell says.
    pub fn mark(&self, index: usize) -> Option<Mark> {
        self.told.get(index).map(|told| told.mark)
    }

    /// How many cells have a mark.
    pub fn count(&self, mark: Mark) -> usize {
        self.counts.get(mark as usize).copied().unwrap_or(0)
    }

    /// Whether a cell was not observed.
    pub fn has_unobserved(&self) -> bool {
        self.unobserved > 0
    }

    fn known_of(&self, permission: &Permission, operation: usize, columns: &[Column]) -> Known {
        let mut known = Known::default();
        let Some(operation) = permission.operations.get(operation) else {
            return known;
        };
        // A level's columns stand side by side.
        let mut level = "";
        let mut said = None;
        for (column, cell) in columns.iter().zip(&operation.cells) {
            let Some(told) = cell.and_then(|index| self.told.get(index)) else {
                continue;
            };
            known.is_problem |= told.mark < Mark::Unknown;
            if column.level.is_empty() {
                continue;
            }
            if column.level != level {
                level = &column.level;
                said = None;
            }
            if let Some(effect) = told.effect {
                known.disagrees |= said.is_some_and(|said| said != effect);
                said = Some(effect);
            }
        }
        known
    }

    fn together_of(&self, permission: &Permission, column: usize) -> Option<Shown> {
        let mut counts = [0_usize; MARKS];
        let mut observed = true;
        for operation in &permission.operations {
            let cell = operation.cells.get(column).copied().flatten();
            let Some(told) = cell.and_then(|index| self.told.get(index)) else {
                continue;
            };
            if let Some(count) = counts.get_mut(told.mark as usize) {
                *count += 1;
            }
            observed &= told.observed;
        }
        let mut worst_first = Mark::ALL.into_iter().zip(counts);
        let (mark, count) = worst_first.find(|(_, count)| *count > 0)?;
        Some(Shown {
            mark,
            count,
            of: counts.iter().sum(),
            observed,
            mixed: mark == Mark::Allowed && worst_first.any(|(_, count)| count > 0),
        })
    }
}
