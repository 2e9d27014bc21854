//! Giving back a publication that was not proved: the package of before comes back.

use uuid::Uuid;

use super::{is_open, run};
use crate::{
    aws::lambda::LastUpdate,
    domain::{ErrorClass, Failure},
    plan::{Journal, Place, Runner, Tools, publish},
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
    if seen.code_sha256 == *before && seen.last_update == LastUpdate::Successful {
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
    let plan = publish::put_back(*of, function, before, after, place);
    let record = journal.plan(plan)?;
    let runner = Runner {
        tools,
        journal: journal.clone(),
    };
    let ended = run(runner, &record).await;
    if ended.is_err() {
        // The entry says that it is to be tried again, not this plan.
        dismiss(journal, record.plan.id)?;
    }
    ended
}

/// Nobody goes on with what is left of a plan.
pub(super) fn dismiss(journal: &Journal, plan: Uuid) -> Result<(), Failure> {
    let open = journal
        .plans()?
        .into_iter()
        .any(|record| record.plan.id == plan && is_open(&record));
    if open {
        journal.dismiss(plan)?;
    }
    Ok(())
}
