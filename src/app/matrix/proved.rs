//! What was observed of single cells outlives the next prediction, as long as that says the same.

use std::collections::HashMap;

use super::{Decided, MatrixModel};
use crate::{
    access::{Matrix, Method},
    domain::{ExecutionRole, Principal},
    probe::Cell,
};

/// What makes two cells the same.
type Key<'a> = (&'a Principal, Method, &'a str);

fn key(cell: &Cell) -> Key<'_> {
    (&cell.principal, cell.method, &cell.path)
}

impl MatrixModel {
    /// Lays out a plan's predictions. What was observed before stays where the prediction is the
    /// same, since then the policies that were proved are those that are deployed; and where it
    /// was proved without one.
    pub fn predict(&mut self, mut cells: Vec<Cell>, matrix: &Matrix, roles: &[ExecutionRole]) {
        let before = std::mem::take(&mut self.cells);
        let observed = before.iter().filter(|cell| cell.observed.is_some());
        let observed: HashMap<Key<'_>, &Cell> = observed.map(|cell| (key(cell), cell)).collect();
        if !observed.is_empty() {
            for cell in &mut cells {
                if let Some(seen) = observed.get(&key(cell))
                    && (seen.predicted.is_none()
                        || seen.predicted_effect() == cell.predicted_effect())
                {
                    cell.observed.clone_from(&seen.observed);
                    let reason = std::mem::take(&mut cell.reason);
                    cell.judge(&reason);
                }
            }
        }
        self.plan(cells, matrix, roles);
    }

    /// What was observed of some of the cells.
    pub fn prove(&mut self, proved: Vec<Cell>) {
        let places: HashMap<Key<'_>, usize> = self
            .cells
            .iter()
            .enumerate()
            .map(|(at, cell)| (key(cell), at))
            .collect();
        let found: Vec<(usize, Cell)> = proved
            .into_iter()
            .filter(|cell| cell.observed.is_some())
            .filter_map(|cell| Some((*places.get(&key(&cell))?, cell)))
            .collect();
        for (at, cell) in found {
            self.set(at, cell);
        }
    }

    /// Forgets what was observed: all of it is predicted again.
    pub fn forget(&mut self) {
        for cell in &mut self.cells {
            if cell.observed.take().is_some() {
                cell.judge("predicted only");
            }
        }
        self.decided = Decided::new(&self.cells, &self.columns, &self.permissions);
        self.summary = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{Basis, Decision, Effect},
        app::matrix::Mark,
        domain::AuthScheme,
        probe::{Layer, Observation, Verdict},
    };

    fn cell(path: &str, predicted: Effect, observed: Option<Effect>) -> Cell {
        let decision = match predicted {
            Effect::Allow => Decision::allow(Basis::NoStatement),
            Effect::Deny => Decision::deny(Basis::NoStatement),
        };
        let observed = observed.map(|effect| Observation {
            effect: Some(effect),
            layer: Layer::Mlflow,
            ..Observation::none("seen")
        });
        Cell {
            principal: Principal::Group("readers".to_owned()),
            scheme: AuthScheme::Bearer,
            permission: "runs:read".to_owned(),
            method: Method::Get,
            path: path.to_owned(),
            expected: Some(Effect::Deny),
            predicted: Some(decision),
            observed,
            verdict: Verdict::Inconclusive,
            reason: String::new(),
        }
    }

    #[test]
    fn what_was_observed_stays_while_the_prediction_does_and_goes_with_it() {
        let (matrix, mut model) = (Matrix::sample(), MatrixModel::default());
        model.predict(
            vec![
                cell("/a", Effect::Deny, None),
                cell("/b", Effect::Deny, None),
            ],
            &matrix,
            &[],
        );
        model.prove(vec![
            cell("/a", Effect::Deny, Some(Effect::Allow)),
            cell("/b", Effect::Deny, Some(Effect::Allow)),
            cell("/nowhere", Effect::Deny, Some(Effect::Allow)),
        ]);
        assert_eq!(model.count(Mark::Drift), 2);
        model.predict(
            vec![
                cell("/a", Effect::Deny, None),
                cell("/b", Effect::Allow, None),
            ],
            &matrix,
            &[],
        );
        assert_eq!(
            (model.count(Mark::Drift), model.count(Mark::OverGranted)),
            (1, 1)
        );
        assert!(model.has_predicted(), "the second is predicted only");
        model.forget();
        assert_eq!(
            (model.count(Mark::Drift), model.count(Mark::Denied)),
            (0, 1)
        );
    }
}
