//! Plans in the journal: what was planned, how far it is, and whether anybody still works on
//! it.

use std::{
    collections::HashMap,
    io::Read,
    path::Path,
    sync::{Arc, PoisonError},
};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{Journal, Line, Run, State, is_alive, parse, write};
use crate::{
    domain::{ErrorClass, Failure},
    plan::{Item, Plan, Step, publish},
};

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A process works on it.
    Running,
    /// Every step is made.
    Done,
    /// Nobody works on it, and steps are left.
    Unfinished,
    /// What is left of it is not wanted any more.
    Dismissed,
    /// It was taken back, or that was begun.
    Undone,
}

impl Standing {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Unfinished => "unfinished",
            Self::Dismissed => "dismissed",
            Self::Undone => "undone",
        }
    }
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRecord {
    /// When it was first announced.
    pub announced: Timestamp,
    /// Every time that it was announced.
    #[serde(skip)]
    pub tries: Vec<Timestamp>,
    /// When it was made.
    pub done_at: Option<Timestamp>,
    /// Whether this plan made it; false where it was as wanted already.
    pub ours: bool,
    /// What it made, where only its answer names that: a version's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// Why it failed, the last time it was tried.
    pub failure: Option<String>,
}

/// A plan with what became of it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts of the journal, independent of each other"
)]
pub struct PlanRecord {
    /// The plan.
    pub plan: Plan,
    /// When it was first run.
    pub at: Timestamp,
    /// The run that worked on it last.
    run: Uuid,
    /// Whether that run has ended its work on it.
    ended: bool,
    dismissed: bool,
    undone: bool,
    alive: bool,
    steps: HashMap<(usize, usize), StepRecord>,
}

impl PlanRecord {
    fn new(plan: Plan, run: Uuid, at: Timestamp) -> Self {
        Self {
            plan,
            at,
            run,
            ended: false,
            dismissed: false,
            undone: false,
            alive: true,
            steps: HashMap::new(),
        }
    }

    /// What became of a step, by the places of its item and of itself; none where it was never
    /// begun.
    pub fn step(&self, item: usize, step: usize) -> Option<&StepRecord> {
        self.steps.get(&(item, step))
    }

    /// Whether a step is made.
    pub fn is_done(&self, item: usize, step: usize) -> bool {
        self.step(item, step)
            .is_some_and(|record| record.done_at.is_some())
    }

    /// Whether every step of an item is made.
    pub fn is_item_done(&self, item: usize) -> bool {
        self.plan
            .items
            .get(item)
            .is_none_or(|of| (0..of.steps.len()).all(|step| self.is_done(item, step)))
    }

    /// How many steps are made, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        let done = self
            .steps
            .values()
            .filter(|record| record.done_at.is_some())
            .count();
        (done, self.plan.steps())
    }

    /// Where the plan stands.
    pub fn standing(&self) -> Standing {
        let (done, all) = self.progress();
        if self.undone {
            Standing::Undone
        } else if done >= all {
            Standing::Done
        } else if self.dismissed {
            Standing::Dismissed
        } else if self.alive && !self.ended {
            Standing::Running
        } else {
            Standing::Unfinished
        }
    }

    /// The plan that takes back what this one made, last first. What was there before stays,
    /// and what cannot be taken back is left out: it is in the second value, in words.
    pub fn inverse(&self) -> (Plan, Vec<String>) {
        let mut kept = Vec::new();
        let items = self.plan.items.iter().enumerate().rev();
        let items = items.filter_map(|(at, item)| {
            let mut steps: Vec<Step> = Vec::new();
            for (place, step) in item.steps.iter().enumerate().rev() {
                let Some(record) = self.step(at, place) else {
                    continue;
                };
                if record.done_at.is_none() && record.failure.is_none() {
                    kept.push(format!(
                        "{}, where the answer was not waited for: go on with the plan first",
                        step.does(&item.subject)
                    ));
                }
                if record.done_at.is_none() || !record.ours {
                    continue;
                }
                let back = step.inverse_of(record.made.as_deref());
                if back.is_empty() {
                    kept.push(step.does(&item.subject));
                }
                steps.extend(back);
            }
            // What came last is taken back first.
            (!steps.is_empty()).then(|| Item {
                stage: u8::MAX - item.stage,
                ..Item::new(item.subject.clone(), steps)
            })
        });
        let mut plan = Plan::new(
            format!("undo: {}", self.plan.title),
            self.plan.place.clone(),
            items.collect(),
        );
        plan.undoes = Some(self.plan.id);
        (plan, kept)
    }
}

impl Journal {
    /// Records that a plan is about to be run.
    pub fn plan(&self, plan: Plan) -> Result<PlanRecord, Failure> {
        let at = self.append(plan.id, State::Planned(Box::new(plan.clone())))?;
        Ok(PlanRecord::new(plan, self.run.id, at))
    }

    /// Takes up a plan, so that nobody else works on it meanwhile. Returns it as the journal
    /// has it now, which may be more than when it was looked for.
    ///
    /// # Errors
    /// `Conflict` where it is worked on, or was taken back.
    pub fn take_up(&self, plan: Uuid) -> Result<(PlanRecord, Work), Failure> {
        let failed = |error| self.unreadable(&error);
        // Nobody writes between the look and the line.
        let mut file = self.locked().map_err(failed)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let mut records = self.records(parse(&text));
        let record = records
            .iter()
            .position(|record| record.plan.id == plan)
            .map(|at| records.swap_remove(at))
            .ok_or_else(|| {
                let doing = format!("going on with the plan {plan}");
                Failure::new(ErrorClass::NotFound, doing, "the journal has none")
            })?;
        let conflict = |why: &str| {
            let doing = format!("going on with {}", record.plan.title);
            Failure::new(ErrorClass::Conflict, doing, why)
                .advise("`mlwarden journal show` says what became of each step")
        };
        let mut at_work = self
            .run
            .at_work
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let others = record.run != self.run.id && record.standing() == Standing::Running;
        if others || at_work.contains(&plan) {
            return Err(conflict("somebody works on it already"));
        }
        match record.standing() {
            Standing::Undone => return Err(conflict("it was taken back, or that was begun")),
            Standing::Dismissed => return Err(conflict("what was left of it is forgotten")),
            Standing::Running | Standing::Done | Standing::Unfinished => {}
        }
        if record.run != self.run.id && publish::is_publication(&record.plan) {
            return Err(
                conflict("only the run that publishes can prove it: publish again")
                    .advise("`mlwarden matrix publish` gives back first what was left behind"),
            );
        }
        write(&mut file, &self.line(plan, State::TakenUp)).map_err(failed)?;
        at_work.insert(plan);
        let work = Work {
            plan,
            run: Arc::clone(&self.run),
        };
        Ok((record, work))
    }

    /// Records that a step is about to be made. Returns every time that it was announced, now
    /// last.
    pub fn stepping(
        &self,
        record: &PlanRecord,
        item: usize,
        step: usize,
    ) -> Result<Vec<Timestamp>, Failure> {
        let at = self.append(record.plan.id, State::Stepping { item, step })?;
        let earlier = record.step(item, step);
        let mut tries = earlier.map_or_else(Vec::new, |step| step.tries.clone());
        tries.push(at);
        Ok(tries)
    }

    /// Records that a step is made, and what only its answer names of what it made.
    pub fn stepped(
        &self,
        plan: Uuid,
        item: usize,
        step: usize,
        ours: bool,
        made: Option<String>,
    ) -> Result<(), Failure> {
        let state = State::Stepped {
            item,
            step,
            ours,
            made,
        };
        self.append(plan, state).map(drop)
    }

    /// Records that a step failed, and why.
    pub fn step_failed(
        &self,
        plan: Uuid,
        item: usize,
        step: usize,
        failure: &Failure,
    ) -> Result<(), Failure> {
        let why = failure.to_string();
        self.append(plan, State::StepFailed { item, step, why })
            .map(drop)
    }

    /// Records that this run has ended its work on a plan.
    pub fn ended(&self, plan: Uuid) -> Result<(), Failure> {
        self.append(plan, State::Ended).map(drop)
    }

    /// Records that what is left of a plan is not wanted any more.
    pub fn dismiss(&self, plan: Uuid) -> Result<(), Failure> {
        self.append(plan, State::Dismissed).map(drop)
    }

    /// Every plan, oldest first.
    pub fn plans(&self) -> Result<Vec<PlanRecord>, Failure> {
        Ok(self.records(self.lines()?))
    }

    fn records(&self, lines: Vec<Line>) -> Vec<PlanRecord> {
        let mut plans: IndexMap<Uuid, PlanRecord> = IndexMap::new();
        for line in lines {
            let Line {
                at, id, run, state, ..
            } = line;
            if let State::Planned(plan) = state {
                plans.insert(id, PlanRecord::new(*plan, run, at));
            } else if let Some(record) = plans.get_mut(&id) {
                take_in(record, at, run, state);
            }
        }
        // Latest first: what takes back may have been taken back itself.
        for at in (0..plans.len()).rev() {
            let undone = plans.get_index(at).and_then(|(_, record)| {
                let counts = match record.standing() {
                    Standing::Done => true,
                    Standing::Running | Standing::Unfinished => !record.steps.is_empty(),
                    Standing::Dismissed | Standing::Undone => false,
                };
                record.plan.undoes.filter(|_| counts)
            });
            if let Some(record) = undone.and_then(|id| plans.get_mut(&id)) {
                record.undone = true;
            }
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let mut records: Vec<PlanRecord> = plans.into_values().collect();
        for record in &mut records {
            record.alive = !record.ended && is_alive(folder, record.run);
        }
        records
    }

    /// The plans that nobody works on and that are not finished, each as a phrase with the
    /// command that goes on with it.
    pub fn unfinished(&self) -> Result<Vec<String>, Failure> {
        let plans = self.plans()?.into_iter();
        Ok(plans
            .filter(|record| record.standing() == Standing::Unfinished)
            .map(|record| {
                if record.plan.raw().is_some() {
                    return format!(
                        "{}: no answer came, and it may have been carried out: `mlwarden journal \
                         dismiss {}` when you have looked",
                        record.plan.title,
                        record.plan.short_id()
                    );
                }
                let (done, all) = record.progress();
                format!(
                    "{}, {done} of {all} steps made: `mlwarden journal resume {}`",
                    record.plan.title,
                    record.plan.short_id()
                )
            })
            .collect())
    }

    /// The plan of an id, or of the beginning of one.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` where several begin so.
    pub fn find_plan(&self, id: &str) -> Result<PlanRecord, Failure> {
        let doing = format!("looking for the plan {id}");
        let wanted = id.to_lowercase();
        let mut found: Vec<PlanRecord> = self
            .plans()?
            .into_iter()
            .filter(|record| !wanted.is_empty() && record.plan.id.to_string().starts_with(&wanted))
            .collect();
        match (found.pop(), found.len()) {
            (Some(record), 0) => Ok(record),
            (Some(_), others) => Err(Failure::invalid(
                doing,
                format!("{} plans begin so", others + 1),
            )
            .advise("give more of the id")),
            (None, _) => Err(Failure::new(ErrorClass::NotFound, doing, "there is none")
                .advise("`mlwarden journal list` has them all")),
        }
    }
}

/// Work on a plan; it is over when this is dropped.
#[derive(Debug)]
pub struct Work {
    plan: Uuid,
    run: Arc<Run>,
}

impl Drop for Work {
    fn drop(&mut self) {
        let mut at_work = self
            .run
            .at_work
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        at_work.remove(&self.plan);
    }
}

fn take_in(record: &mut PlanRecord, at: Timestamp, run: Uuid, state: State) {
    record.run = run;
    record.ended = matches!(state, State::Ended);
    match state {
        State::Stepping { item, step } => {
            let entry = record.steps.entry((item, step));
            let step = entry.or_insert_with(|| StepRecord {
                announced: at,
                tries: Vec::new(),
                done_at: None,
                ours: false,
                made: None,
                failure: None,
            });
            step.tries.push(at);
            // How this try ends is not known yet.
            step.failure = None;
        }
        State::Stepped {
            item,
            step,
            ours,
            made,
        } => {
            if let Some(step) = record.steps.get_mut(&(item, step)) {
                step.done_at = Some(at);
                step.ours = ours;
                step.made = made;
                step.failure = None;
            }
        }
        State::StepFailed { item, step, why } => {
            if let Some(step) = record.steps.get_mut(&(item, step)) {
                step.failure = Some(why);
            }
        }
        State::Dismissed => record.dismissed = true,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Place;

    fn plan() -> Plan {
        let item = |user: &str| {
            Item::new(
                user,
                vec![
                    Step::CreateUser {
                        user: user.to_owned(),
                        attributes: IndexMap::new(),
                        invite: false,
                    },
                    Step::AddToGroup {
                        user: user.to_owned(),
                        group: "readers".to_owned(),
                    },
                    Step::SignOut {
                        user: user.to_owned(),
                    },
                ],
            )
        };
        Plan::new(
            "onboard".to_owned(),
            Place::default(),
            vec![item("a"), item("b")],
        )
    }

    #[test]
    fn a_plan_that_nobody_works_on_any_more_is_unfinished_and_knows_how_far_it_came() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path()).unwrap();
        let record = first.plan(plan()).unwrap();
        first.stepping(&record, 0, 0).unwrap();
        first.stepped(record.plan.id, 0, 0, true, None).unwrap();
        let announced = first.stepping(&record, 0, 1).unwrap();

        let second = Journal::open(folder.path()).unwrap();
        assert_eq!(second.plans().unwrap()[0].standing(), Standing::Running);
        drop(first);
        let [left] = <[_; 1]>::try_from(second.plans().unwrap()).unwrap();
        assert_eq!(left.standing(), Standing::Unfinished);
        assert_eq!(left.progress(), (1, 6));
        assert!(left.is_done(0, 0) && !left.is_done(0, 1));
        let again = second.stepping(&left, 0, 1).unwrap();
        assert_eq!(again.len(), 2);
        assert_eq!(again[..1], announced, "every announcement counts");

        second.dismiss(left.plan.id).unwrap();
        assert_eq!(second.plans().unwrap()[0].standing(), Standing::Dismissed);
    }

    #[test]
    fn what_was_there_before_is_not_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let record = journal.plan(plan()).unwrap();
        for (item, step, ours) in [
            (0, 0, false),
            (0, 1, true),
            (1, 0, true),
            (1, 1, true),
            (1, 2, true),
        ] {
            journal.stepping(&record, item, step).unwrap();
            let plan = record.plan.id;
            journal.stepped(plan, item, step, ours, None).unwrap();
        }
        let record = journal.find_plan(&record.plan.short_id()).unwrap();
        let (back, kept) = record.inverse();
        let calls: Vec<(&str, Vec<&str>)> = back
            .items
            .iter()
            .map(|item| {
                (
                    item.subject.as_str(),
                    item.steps.iter().map(Step::call).collect(),
                )
            })
            .collect();
        assert_eq!(
            calls,
            [
                (
                    "b",
                    vec![
                        "cognito-idp:AdminRemoveUserFromGroup",
                        "cognito-idp:AdminDeleteUser"
                    ]
                ),
                ("a", vec!["cognito-idp:AdminRemoveUserFromGroup"]),
            ]
        );
        assert_eq!(kept, ["ends the sessions of b"]);
    }

    #[test]
    fn a_plan_that_was_taken_back_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let mut one = plan();
        one.items.truncate(1);
        one.items[0].steps.truncate(1);
        let record = journal.plan(one).unwrap();
        journal.stepping(&record, 0, 0).unwrap();
        journal.stepped(record.plan.id, 0, 0, true, None).unwrap();
        let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
        assert_eq!(record.standing(), Standing::Done);
        let back = journal.plan(record.inverse().0).unwrap();
        journal.stepping(&back, 0, 0).unwrap();
        journal.stepped(back.plan.id, 0, 0, true, None).unwrap();
        assert_eq!(journal.plans().unwrap()[0].standing(), Standing::Undone);
    }
}
