//! Taking a publication back: the package of before is put into effect and proved like any other.

use super::{Deployed, Past, Publication, Publisher};
use crate::{
    domain::{ErrorClass, Failure},
    plan::{PlanRecord, Step},
};

impl Publisher {
    /// The package that a publication of the journal replaced, in place of what it put into
    /// effect. Publishing it takes the publication back, with a proof.
    ///
    /// # Errors
    /// `Invalid` where the plan put no package into effect; `Conflict` where another one is
    /// deployed by now; `NotFound` where neither this machine nor AWS has the package of before.
    pub async fn undoing(
        &self,
        deployed: &Deployed,
        record: &PlanRecord,
    ) -> Result<Publication, Failure> {
        let doing = || format!("undoing {}", record.plan.title);
        let Some((function, before, after)) = made(record) else {
            return Err(Failure::invalid(doing(), "it put no package into effect"));
        };
        let now = &deployed.function;
        if now.arn != *function {
            return Err(Failure::new(
                ErrorClass::Conflict,
                doing(),
                format!("the API calls another function by now: {}", now.name),
            ));
        }
        if ![before, after].contains(&&now.code_sha256) {
            return Err(Failure::new(
                ErrorClass::Conflict,
                doing(),
                "another package was published since",
            )
            .advise("`mlwarden matrix rollback` lists what can come back"));
        }
        let history = self.history(function).await?;
        let past = history.into_iter().find(|past| past.sha256 == *before);
        let past = past.unwrap_or_else(|| Past {
            sha256: before.clone(),
            versions: Vec::new(),
            kept: false,
            deployed: false,
            at: None,
        });
        let mut restoration = self.restoration(deployed, &past).await?;
        restoration.plan.title = format!("undo: {}", record.plan.title);
        restoration.plan.undoes = Some(record.plan.id);
        Ok(restoration)
    }
}

/// The function of which a plan replaced the package, the package of before, and the new one.
fn made(record: &PlanRecord) -> Option<(&String, &String, &String)> {
    record.plan.items.iter().enumerate().find_map(|(at, item)| {
        let mut steps = item.steps.iter().enumerate();
        steps.find_map(|(place, step)| match step {
            Step::UpdateAuthorizer {
                function,
                before,
                after,
            } if record.is_done(at, place) => Some((function, before, after)),
            _ => None,
        })
    })
}
