//! Giving back a publication that was not proved: the package of before comes back.

use uuid::Uuid;

use super::{is_open, run};
use crate::{
    aws::lambda::LastUpdate,
    domain::{ErrorClass, Failure},
    plan::{Journal, Place, Runner, Step, Tools, fence, publish},
};

/// A publication that stands in the journal as borrowed.
#[derive(Clone, Debug)]
pub(in crate::probe) struct Unproven {
    /// The journal's entry.
    pub(in crate::probe) entry: Uuid,
    /// The plan that made it.
    pub(in crate::probe) plan: Uuid,
    /// The function's ARN.
    pub(in crate::probe) function: String,
    /// The SHA-256 of the package of before.
    pub(in crate::probe) before: String,
    /// The SHA-256 of the package that was not proved.
    pub(in crate::probe) after: String,
}

/// Puts the package of before back and records it. Where it is there already nothing is called;
/// where somebody else has published meanwhile theirs stays.
pub(in crate::probe) async fn put_back(
    journal: &Journal,
    tools: Tools,
    unproven: &Unproven,
    place: Place,
) -> Result<(), Failure> {
    let result = restore(journal, tools, unproven, place).await;
    match result {
        Ok(()) => {
            dismiss(journal, unproven.plan)?;
            journal.given_back(unproven.entry)
        }
        // Somebody else's package, or no function any more: there is nothing of ours left.
        Err(failure) if matches!(failure.class, ErrorClass::Conflict | ErrorClass::NotFound) => {
            dismiss(journal, unproven.plan)?;
            journal.given_back(unproven.entry)?;
            Err(failure)
        }
        Err(failure) => {
            journal.failed(unproven.entry, &failure)?;
            Err(failure.advise(
                "the authorizer decides by the new rules and they are not proved: the next \
                 `mlwarden verify` or `mlwarden matrix publish` puts it back, or do it now by \
                 `mlwarden matrix rollback`",
            ))
        }
    }
}

async fn restore(
    journal: &Journal,
    tools: Tools,
    unproven: &Unproven,
    place: Place,
) -> Result<(), Failure> {
    let Unproven {
        function,
        before,
        after,
        plan: of,
        ..
    } = unproven;
    let seen = tools.cloud.lambda.configuration(function).await?;
    let is_back = seen.code_sha256 == *before && seen.last_update == LastUpdate::Successful;
    if is_back && !is_begun(journal, *of)? {
        return Ok(());
    }
    if tools.packages.read(before)?.is_none() {
        let kept = tools.cloud.lambda.versions(function).await?;
        let version = kept
            .iter()
            .find(|version| version.code_sha256 == *before && version.version != "$LATEST");
        if let Some(version) = version {
            let lambda = &tools.cloud.lambda;
            let package = lambda.package(function, Some(&version.version)).await?;
            tools.packages.keep(&package)?;
        }
    }
    if is_back {
        // The package that was handed over may still be on its way.
        match fence(&tools, function, before).await {
            Err(failure) if failure.class == ErrorClass::Conflict => {}
            ended => return ended,
        }
    }
    let plan = publish::put_back(*of, function, before, after, place);
    let record = journal.plan(plan)?;
    let runner = Runner {
        tools,
        journal: journal.clone(),
    };
    let ended = run(runner, &record, &|_| {}).await;
    if ended.is_err() {
        // The entry says that it is to be tried again, not this plan.
        dismiss(journal, record.plan.id)?;
    }
    ended
}

/// Whether a plan has begun to hand its package over.
pub(super) fn is_begun(journal: &Journal, plan: Uuid) -> Result<bool, Failure> {
    let plans = journal.plans()?;
    let record = plans.iter().find(|record| record.plan.id == plan);
    Ok(record.is_some_and(|record| {
        let items = record.plan.items.iter().enumerate();
        let mut steps = items.flat_map(|(at, item)| {
            let steps = item.steps.iter().enumerate();
            steps.map(move |(place, step)| (at, place, step))
        });
        steps.any(|(at, place, step)| {
            matches!(step, Step::UpdateAuthorizer { .. }) && record.step(at, place).is_some()
        })
    }))
}

/// Nobody goes on with what is left of a plan, or of one that began to take it back.
pub(super) fn dismiss(journal: &Journal, plan: Uuid) -> Result<(), Failure> {
    for record in journal.plans()? {
        let own = [Some(record.plan.id), record.plan.undoes].contains(&Some(plan));
        if own && is_open(&record) {
            journal.dismiss(record.plan.id)?;
        }
    }
    Ok(())
}
