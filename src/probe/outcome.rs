//! What a run tells: while it goes on, and when it is over.

use serde::{Deserialize, Serialize};

use super::{
    plan::Skipped,
    verdict::{Cell, Verdict},
};
use crate::{
    access::Finding,
    domain::{ErrorClass, Failure, Principal},
};

/// What a run tells while it goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Something the user should know.
    Note(String),
    /// The cells, with their predictions, before the first request.
    Planned(Vec<Cell>),
    /// A cell's verdict, by its place in the plan.
    Cell(usize, Box<Cell>),
    /// The run is over and everything borrowed is given back.
    Finished(Box<Summary>),
}

/// The run in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Cells in all.
    pub cells: usize,
    /// As declared.
    pub ok: usize,
    /// Declared deny, observed allow.
    pub over_granted: usize,
    /// Declared allow, observed deny.
    pub under_granted: usize,
    /// Without a decision.
    pub inconclusive: usize,
    /// Requests sent to the protected API, repeats included.
    pub requests: u64,
    /// From start to end, with preparation and giving back, in milliseconds.
    pub elapsed_ms: u64,
    /// From the first request to the last answer, in milliseconds.
    #[serde(skip)]
    pub probing_ms: u64,
}

impl Summary {
    /// Counts the verdicts.
    pub fn of(cells: &[Cell]) -> Self {
        let count = |verdict| cells.iter().filter(|cell| cell.verdict == verdict).count();
        Self {
            cells: cells.len(),
            ok: count(Verdict::Ok),
            over_granted: count(Verdict::OverGranted),
            under_granted: count(Verdict::UnderGranted),
            inconclusive: count(Verdict::Inconclusive),
            ..Self::default()
        }
    }
}

/// What a run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Every cell, in the plan's order.
    pub cells: Vec<Cell>,
    /// What an admin should act on.
    pub findings: Vec<Finding>,
    /// The run in numbers.
    pub summary: Summary,
    /// MLflow's version, where it was found or learned; its routes were asked for.
    #[serde(default)]
    pub mlflow_version: Option<String>,
    /// Routes that have no safe request.
    pub skipped: Vec<Skipped>,
    /// What the user should know of the run itself.
    pub notes: Vec<String>,
    /// What could not be given back; it stays in the journal.
    pub not_given_back: Vec<Failure>,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
}

impl Report {
    /// Whether everything of one principal is as declared.
    ///
    /// # Errors
    /// What is otherwise, counted and with the first of it; or that nothing could be tested.
    pub fn proof_of(&self, principal: &Principal) -> Result<(), Failure> {
        let cells: Vec<&Cell> = self
            .cells
            .iter()
            .filter(|cell| cell.principal == *principal)
            .collect();
        let count = |verdict| cells.iter().filter(|cell| cell.verdict == verdict).count();
        let (over, under) = (count(Verdict::OverGranted), count(Verdict::UnderGranted));
        let untested = count(Verdict::Inconclusive);
        let doing = format!("proving what {principal} may do");
        if over + under > 0 {
            let wrong = |cell: &&&Cell| {
                matches!(cell.verdict, Verdict::OverGranted | Verdict::UnderGranted)
            };
            let first = cells.iter().find(wrong).map_or_else(String::new, |cell| {
                format!(", first {} {} ({})", cell.method, cell.path, cell.verdict)
            });
            return Err(Failure::new(
                ErrorClass::Conflict,
                doing,
                format!(
                    "of {} requests {over} over-granted and {under} under-granted{first}",
                    cells.len()
                ),
            )
            .advise("the matrix has each of them: it holds for everybody in these groups"));
        }
        if untested == cells.len() {
            let reason = cells
                .first()
                .map_or("there is nothing to test", |cell| cell.reason.as_str());
            return Err(Failure::new(ErrorClass::Unavailable, doing, reason));
        }
        Ok(())
    }
}
