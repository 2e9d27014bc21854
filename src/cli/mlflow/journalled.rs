//! The record of a request that may change something: written before it is sent, with what came
//! of it after.

use super::acting::Acting;
use crate::{
    browse::Exchange,
    domain::Failure,
    mlflow::{Answer, ApiRequest},
    plan::{Item, Journal, Place, Plan, PlanRecord, RawRequest, Step},
};

/// A request that is in the journal, and not answered yet.
pub(super) struct Journalled {
    journal: Journal,
    record: PlanRecord,
}

impl Journalled {
    /// Records that a request is about to be sent; it is on the disk when this returns.
    ///
    /// # Errors
    /// The journal cannot be written: then nothing is to be sent.
    pub fn begin(journal: Journal, acting: &Acting, request: &ApiRequest) -> Result<Self, Failure> {
        let principal = &acting.stay.actor.principal;
        let raw = RawRequest::of(acting.host.base().as_str(), principal, request);
        let title = format!("{} {} as {principal}", request.method, request.path);
        let place = Place::of(acting.host.deployment());
        let item = Item::new(request.path.clone(), vec![Step::Raw(raw)]);
        let record = journal.plan(Plan::new(title, place, vec![item]))?;
        journal.stepping(&record, 0, 0)?;
        Ok(Self { journal, record })
    }

    /// Records what came of it. Where nobody answered, it may have been carried out all the same.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub fn end(
        &self,
        answer: &Result<Answer, Failure>,
        exchange: &Exchange,
    ) -> Result<(), Failure> {
        let plan = self.record.plan.id;
        match answer {
            Ok(answer) => {
                let came = format!("{} by {}", answer.status, exchange.observed.layer);
                let ours = answer.is_success();
                self.journal.stepped(plan, 0, 0, ours, Some(came))?;
            }
            Err(failure) => self.journal.step_failed(plan, 0, 0, failure)?,
        }
        self.journal.ended(plan)
    }
}
