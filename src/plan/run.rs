//! Runs a plan: items side by side, the steps of each in order, every step between its two
//! lines in the journal. Running it again makes what is left.

use std::sync::{Mutex, PoisonError};

use futures::{FutureExt, StreamExt, stream};
use secrecy::SecretString;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::{Journal, Making, PlanRecord, Tools, Turn, watch::Watch};
use crate::domain::{ErrorClass, Failure};

/// Items for which calls are made at the same time; the adapters keep to the services' quotas.
/// However many may wait for something beside them.
const AT_ONCE: usize = 12;

/// What happens while a plan runs.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step is begun: the places of its item and of itself.
    Step(usize, usize),
    /// How the thing stands that an item waits for, in the service's word: `Deleting`.
    Status(usize, String),
    /// A new password for an item's subject, to be told once.
    Secret(usize, SecretString),
    /// An item is over: every step made, or the failure of one.
    Item(usize, Result<(), Failure>),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Items all of whose steps are made.
    pub done: usize,
    /// Items of which a step failed.
    pub failed: usize,
    /// Items that were stopped before their end.
    pub left: usize,
}

impl Outcome {
    /// Whether everything is made.
    pub fn is_complete(self) -> bool {
        self.failed == 0 && self.left == 0
    }
}

/// What the items of a plan share.
#[derive(Clone, Copy)]
struct Amid<'a> {
    watch: &'a Watch,
    turns: &'a Semaphore,
}

/// Runs plans.
#[derive(Clone, Debug)]
pub struct Runner {
    /// What steps are made with; its `cancel` stops between two steps.
    pub tools: Tools,
    /// Where they are recorded.
    pub journal: Journal,
}

impl Runner {
    /// Makes every step that is not made yet.
    ///
    /// # Errors
    /// The journal cannot be written, so nothing more is changed; or somebody else works on the
    /// plan, or it was taken back. The failure of a step is no error: it is heard, counted and
    /// recorded.
    pub async fn run(
        &self,
        record: &PlanRecord,
        hear: impl Fn(Event) + Sync,
    ) -> Result<Outcome, Failure> {
        let (record, _work) = self.journal.take_up(record.plan.id)?;
        let record = &record;
        let outcome = Mutex::new(Outcome::default());
        let hear = &hear;
        let (watch, turns) = (Watch::default(), Semaphore::new(AT_ONCE));
        let amid = Amid {
            watch: &watch,
            turns: &turns,
        };
        let mut stages: Vec<u8> = record.plan.items.iter().map(|item| item.stage).collect();
        stages.sort_unstable();
        stages.dedup();
        for stage in stages {
            let items = record.plan.items.iter().enumerate();
            let items = items
                .filter(|(_, item)| item.stage == stage)
                .map(|(at, _)| {
                    let outcome = &outcome;
                    async move {
                        let whole = record.is_item_done(at);
                        let ended = if whole {
                            Ok(())
                        } else {
                            Box::pin(self.item(record, at, amid, hear)).await
                        };
                        let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                        match &ended {
                            Ok(()) => outcome.done += 1,
                            Err(failure) if failure.class == ErrorClass::Cancelled => {
                                outcome.left += 1;
                            }
                            Err(_) => outcome.failed += 1,
                        }
                        drop(outcome);
                        if !whole {
                            hear(Event::Item(at, ended));
                        }
                    }
                    .boxed()
                });
            let items: Vec<_> = items.collect();
            // Each waits for its turn by itself, in the order of the plan.
            stream::iter(items)
                .buffer_unordered(usize::MAX)
                .collect::<()>()
                .await;
        }
        self.journal.ended(record.plan.id)?;
        Ok(outcome.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    async fn item(
        &self,
        record: &PlanRecord,
        at: usize,
        amid: Amid<'_>,
        hear: &(impl Fn(Event) + Sync),
    ) -> Result<(), Failure> {
        let Some(item) = record.plan.items.get(at) else {
            return Ok(());
        };
        let say = |status: &str| hear(Event::Status(at, status.to_owned()));
        let mut turn = Turn::of(amid.turns);
        for (place, step) in item.steps.iter().enumerate() {
            if record.is_done(at, place) {
                continue;
            }
            turn.take().await;
            if self.tools.cancel.is_cancelled() {
                return Err(Failure::new(
                    ErrorClass::Cancelled,
                    step.does(&item.subject),
                    "stopped before this step",
                ));
            }
            hear(Event::Step(at, place));
            let tries = self.journal.stepping(record, at, place)?;
            let mut making = Making {
                tools: &self.tools,
                tries: &tries,
                watch: amid.watch,
                turn: &mut turn,
                say: &say,
            };
            match Box::pin(step.apply(&mut making)).await {
                Ok(applied) => {
                    if let Some(secret) = applied.secret {
                        hear(Event::Secret(at, secret));
                    }
                    let made = applied.made;
                    self.journal
                        .stepped(record.plan.id, at, place, applied.ours, made)?;
                }
                Err(failure) => {
                    // What the call said matters more than a line that could not be written.
                    let _ = self
                        .journal
                        .step_failed(record.plan.id, at, place, &failure);
                    return Err(failure);
                }
            }
        }
        Ok(())
    }
}
