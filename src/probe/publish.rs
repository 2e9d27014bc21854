//! Publishing: the drop-in authorizer with the matrix's rules put into effect, proved, and put
//! back by itself where anything got worse.
//!
//! What decides is looked at before and after by the same means: the authorizer's own answers
//! (`TestInvokeAuthorizer`) for every set of groups that matters, and live requests for every
//! group. Between the two the publication stands in the journal as borrowed, so that a run that
//! was killed is put back by the next one.

mod agreed;
mod deployed;
mod history;
mod judge;
mod look;
mod preview;
mod put_back;
mod undo;

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

pub use agreed::{Ended, RolledBack};
pub use deployed::Deployed;
pub use history::Past;
pub use judge::{Change, Worse, changes, changes_between};
pub use look::{Answer, Groups, Look};
pub use preview::{Named, Preview, Wanted, pairs_in_words};
pub(super) use put_back::{Unproven, put_back};

use super::run::Verifier;
use crate::{
    access::{Catalog, Contract, contract_of},
    aws::lambda::LastUpdate,
    domain::{ErrorClass, Failure},
    plan::{
        Borrowed, Event, PackageStore, Passwords, Place, Plan, PlanRecord, Runner, Standing, Tools,
        package::{Package, sha256},
        publish::publication,
    },
};

/// Publishes, and puts back.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// What looks at the deployment, and borrows for it.
    pub verifier: Verifier,
    /// Copies of the packages.
    pub packages: PackageStore,
}

/// A package that is to be put into effect.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The calls.
    pub plan: Plan,
    /// The function's ARN.
    pub function: String,
    /// The SHA-256 of the package that is there.
    pub before: String,
    /// The SHA-256 of the package that is to be there.
    pub after: String,
    /// What it decides by, where that is known; a package of somebody else's decides as it does.
    pub contract: Option<Contract>,
    /// Whether it is what the matrix declares, so that nothing of that may get worse.
    is_declared: bool,
    package: Bytes,
}

impl Publication {
    /// Whether it is what the matrix declares; else it is a package of before.
    pub fn is_declared(&self) -> bool {
        self.is_declared
    }

    /// Whether it is there already.
    pub fn is_there(&self) -> bool {
        self.before == self.after
    }

    /// The package, where the drop-in can be put into it.
    fn package(&self, deployed: &Deployed) -> Option<Package> {
        Package::read(self.package.clone(), &deployed.function).ok()
    }
}

/// How a publication ended.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Published {
    /// It is in effect, and nothing got worse.
    Proved {
        /// What was seen of it.
        after: Box<Look>,
    },
    /// Something got worse, or could not be looked at, and the package of before is back.
    RolledBack {
        /// What got worse.
        worse: Vec<Worse>,
        /// What else went wrong, where nothing could be compared.
        failure: Option<Failure>,
        /// Whether it is proved that everything is as it was; the failure where it is not.
        back: Result<(), Failure>,
    },
}

impl Publisher {
    /// One that borrows and records as a verifier does.
    pub fn new(verifier: Verifier) -> Self {
        Self {
            packages: verifier.journal.packages(),
            verifier,
        }
    }

    /// The drop-in with the matrix's rules in place of what is deployed.
    ///
    /// # Errors
    /// `Invalid` where the package cannot be built.
    pub fn publication(
        &self,
        deployed: &Deployed,
        catalog: &Catalog,
    ) -> Result<Publication, Failure> {
        let contract = contract_of(&self.verifier.matrix, catalog);
        let package = deployed.package()?.with_rules(&contract)?;
        Ok(self.of_package(deployed, package, Some(contract), true))
    }

    /// A package that was deployed before in place of what is deployed.
    ///
    /// # Errors
    /// `NotFound` where neither this machine nor AWS has it.
    pub async fn restoration(
        &self,
        deployed: &Deployed,
        past: &Past,
    ) -> Result<Publication, Failure> {
        let package = self
            .obtain(&deployed.function.arn, &past.sha256, past.versions.first())
            .await?;
        let contract = deployed.contract_in(package.clone());
        let mut restoration = self.of_package(deployed, package, contract, false);
        restoration.plan.title = format!(
            "put the authorizer {} back to {}",
            deployed.function.name,
            past.name()
        );
        Ok(restoration)
    }

    fn of_package(
        &self,
        deployed: &Deployed,
        package: Bytes,
        contract: Option<Contract>,
        is_declared: bool,
    ) -> Publication {
        let keep = deployed.function.last_update == LastUpdate::Successful;
        let (function, before) = (&deployed.function.arn, &deployed.function.code_sha256);
        let after = sha256(&package);
        let place = Place::of(&self.verifier.deployment);
        Publication {
            plan: publication(function, before, &after, keep, place),
            function: function.clone(),
            before: before.clone(),
            after,
            contract,
            is_declared,
            package,
        }
    }

    /// Puts a package into effect and proves it against what was seen `before`; where anything
    /// got worse the package of before comes back. `hear` hears what is being done.
    ///
    /// # Errors
    /// Nothing was changed: no right to, somebody else published meanwhile, the journal cannot
    /// be written. Or it was proved and the journal cannot take that.
    pub async fn publish(
        &self,
        publication: &Publication,
        before: &Look,
        cancel: &CancellationToken,
        hear: &(dyn Fn(&str) + Sync),
    ) -> Result<Published, Failure> {
        let journal = &self.verifier.journal;
        self.packages.keep(&publication.package)?;
        self.packages.need(&publication.before)?;
        let tools = self.tools(cancel.clone())?;
        let Publication {
            plan,
            function,
            before: old,
            after: new,
            ..
        } = publication;
        // From here on a run that is killed is put back by the next one.
        let entry = journal.borrow(Borrowed::UnprovenPublication {
            function: function.clone(),
            before: old.clone(),
            after: new.clone(),
            plan: plan.id,
        })?;
        let unproven = Unproven {
            entry,
            plan: plan.id,
            function: function.clone(),
            before: old.clone(),
            after: new.clone(),
        };
        hear("putting the package into effect");
        let made = self.make(plan.clone(), tools, hear).await;
        let (worse, failure) = if let Err(failure) = made {
            // What may arrive late has to be kept out before it is forgotten.
            let may_arrive = is_lost(&failure) && put_back::is_begun(journal, plan.id)?;
            if !may_arrive && self.is_untouched(publication).await {
                self.forget(&unproven)?;
                return Err(failure);
            }
            (Vec::new(), Some(failure))
        } else {
            hear("proving what it decides");
            match self.look(&before.groups, cancel, hear).await {
                Ok(after) => {
                    let asked = publication.contract.as_ref();
                    let mut worse = judge::not_as_asked(&after, asked);
                    if publication.is_declared {
                        worse.extend(judge::worse(before, &after));
                    }
                    if worse.is_empty() && !cancel.is_cancelled() {
                        journal.given_back(entry)?;
                        return Ok(Published::Proved {
                            after: Box::new(after),
                        });
                    }
                    (worse, cancel.is_cancelled().then(stopped))
                }
                Err(failure) => (Vec::new(), Some(failure)),
            }
        };
        hear("putting back what was there before");
        let back = self.roll_back(&unproven, before, hear).await;
        Ok(Published::RolledBack {
            worse,
            failure,
            back,
        })
    }

    /// Runs a plan; the failure of its item is one of its own.
    async fn make(
        &self,
        plan: Plan,
        tools: Tools,
        hear: &(dyn Fn(&str) + Sync),
    ) -> Result<(), Failure> {
        let journal = self.verifier.journal.clone();
        let record = journal.plan(plan)?;
        run(Runner { tools, journal }, &record, hear).await
    }

    /// Puts the package of before back, whatever was asked to stop, and looks whether everything
    /// decides as it did.
    async fn roll_back(
        &self,
        unproven: &Unproven,
        before: &Look,
        hear: &(dyn Fn(&str) + Sync),
    ) -> Result<(), Failure> {
        let never = CancellationToken::new();
        self.put_back(unproven, self.tools(never.clone())?).await?;
        hear("proving that everything is as it was");
        let back = self.look(&before.groups, &never, hear).await?;
        let other = judge::differences(before, &back);
        if other.is_empty() {
            return Ok(());
        }
        let first = other.first().map_or_else(String::new, ToString::to_string);
        Err(Failure::new(
            ErrorClass::Conflict,
            "proving that the authorizer is as it was",
            format!(
                "the package of before is back, and {} decisions are other than before: {first}",
                other.len()
            ),
        )
        .advise("run `mlwarden verify` and look at what it finds"))
    }

    /// Whether the package of before is there as if nothing had been tried, or somebody else's.
    async fn is_untouched(&self, publication: &Publication) -> bool {
        let lambda = &self.verifier.cloud.lambda;
        let seen = lambda.configuration(&publication.function).await;
        seen.is_ok_and(|seen| {
            seen.code_sha256 != publication.after && seen.last_update == LastUpdate::Successful
        })
    }

    /// Records that there is nothing to be put back.
    fn forget(&self, unproven: &Unproven) -> Result<(), Failure> {
        let journal = &self.verifier.journal;
        put_back::dismiss(journal, unproven.plan)?;
        journal.given_back(unproven.entry)
    }

    fn tools(&self, cancel: CancellationToken) -> Result<Tools, Failure> {
        let writes = self.verifier.writes.clone().ok_or_else(|| {
            Failure::new(
                ErrorClass::ReadOnly,
                "publishing the authorizer",
                "this run, or this context, is read-only",
            )
        })?;
        Ok(Tools {
            cloud: self.verifier.cloud.clone(),
            writes,
            pool: String::new(),
            policy: None,
            passwords: Passwords::default(),
            packages: self.packages.clone(),
            caller: None,
            cancel,
        })
    }

    async fn put_back(&self, unproven: &Unproven, tools: Tools) -> Result<(), Failure> {
        let place = Place::of(&self.verifier.deployment);
        put_back(&self.verifier.journal, tools, unproven, place).await
    }
}

/// Runs a plan of one item to its end. `hear` hears of its steps, and what is waited for.
async fn run(
    runner: Runner,
    record: &PlanRecord,
    hear: &(dyn Fn(&str) + Sync),
) -> Result<(), Failure> {
    let failed: Mutex<Option<Failure>> = Mutex::default();
    let outcome = Box::pin(runner.run(record, |event| match event {
        Event::Item(_, Err(failure)) => {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        }
        Event::Step(at, place) => {
            let item = record.plan.items.get(at);
            let step = item.and_then(|item| Some((item.steps.get(place)?, &item.subject)));
            if let Some((step, subject)) = step {
                hear(&step.does(subject));
            }
        }
        Event::Status(_, status) => hear(&format!("waiting for Lambda: {status}")),
        _ => {}
    }))
    .await?;
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failed {
        Some(failure) => Err(failure),
        None if outcome.is_complete() => Ok(()),
        None => Err(stopped()),
    }
}

/// Whether a call that failed so may have been carried out all the same, or may be yet.
fn is_lost(failure: &Failure) -> bool {
    matches!(failure.class, ErrorClass::Network | ErrorClass::Unavailable)
}

fn stopped() -> Failure {
    Failure::new(
        ErrorClass::Cancelled,
        "publishing the authorizer",
        "stopped before it was proved",
    )
}

/// Whether a plan was begun and is not over.
fn is_open(record: &PlanRecord) -> bool {
    matches!(record.standing(), Standing::Unfinished | Standing::Running)
}
