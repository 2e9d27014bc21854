//! What a run has borrowed from the deployment, and giving it back.

use std::sync::{Mutex, PoisonError};

use futures::{FutureExt, StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{
    probe_user::{self, ProbeUser},
    publish::{self, Unproven},
    run::{Verifier, value},
    temporary_trust::{self, TemporaryTrust},
};
use crate::{
    aws::WriteAccess,
    domain::Failure,
    plan::{Borrowed, Passwords, Place, Tools},
};

/// What stands in the deployment for this run only.
#[derive(Debug)]
pub(super) enum Loan {
    User(ProbeUser),
    Trust(TemporaryTrust),
}

/// Everything a run has borrowed so far; it outlives a cancelled or panicking run.
#[derive(Debug, Default)]
pub(super) struct Loans(Mutex<Vec<Loan>>);

impl Loans {
    /// Remembers a loan. It is in the journal already.
    pub(super) fn add(&self, loan: Loan) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(loan);
    }

    /// All of it.
    pub(super) fn into_all(self) -> Vec<Loan> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verifier {
    /// Gives back what earlier runs left behind. Nothing is done in a read-only run.
    pub async fn tidy(&self) -> Result<Vec<Failure>, Failure> {
        let Some(writes) = &self.writes else {
            return Ok(Vec::new());
        };
        let mut failures = Vec::new();
        for left in self.journal.leftovers()? {
            let result = match left.borrowed {
                // Another deployment's leftovers need that deployment's credentials.
                Borrowed::ProbeUser { region, .. } if region != self.cloud.region() => continue,
                Borrowed::TemporaryTrust { account, .. }
                    if Some(&account) != value(self.deployment.account.as_ref()) =>
                {
                    continue;
                }
                Borrowed::UnprovenPublication { function, .. } if !self.is_here(&function) => {
                    continue;
                }
                // Those need somebody to call MLflow as: `story::tidy`.
                Borrowed::ScratchExperiment { .. } | Borrowed::ScratchModel { .. } => continue,
                Borrowed::UnprovenPublication {
                    function,
                    before,
                    after,
                    plan,
                } => {
                    let unproven = Unproven {
                        entry: left.id,
                        plan,
                        function,
                        before,
                        after,
                    };
                    self.give_publication_back(writes, &unproven).await
                }
                Borrowed::ProbeUser { pool, user, .. } => {
                    let probe = ProbeUser {
                        entry: left.id,
                        pool,
                        user,
                    };
                    probe_user::delete(&self.cloud, writes, &self.journal, &probe).await
                }
                Borrowed::TemporaryTrust {
                    role, sid, before, ..
                } => {
                    let trust = TemporaryTrust {
                        entry: left.id,
                        role,
                        sid,
                        before,
                    };
                    temporary_trust::remove(&self.cloud, writes, &self.journal, &trust).await
                }
            };
            failures.extend(result.err());
        }
        Ok(failures)
    }

    /// Whether an ARN is of this deployment's region and account.
    fn is_here(&self, arn: &str) -> bool {
        let mut parts = arn.split(':').skip(3);
        let account = value(self.deployment.account.as_ref());
        parts.next() == Some(self.cloud.region()) && parts.next() == account.map(String::as_str)
    }

    /// Puts the package back that a run which was killed has replaced and not proved.
    async fn give_publication_back(
        &self,
        writes: &WriteAccess,
        unproven: &Unproven,
    ) -> Result<(), Failure> {
        let tools = Tools {
            cloud: self.cloud.clone(),
            writes: writes.clone(),
            pool: String::new(),
            policy: None,
            passwords: Passwords::default(),
            packages: self.journal.packages(),
            caller: None,
            cancel: CancellationToken::new(),
        };
        let place = Place::of(&self.deployment);
        Box::pin(publish::put_back(&self.journal, tools, unproven, place)).await
    }

    /// Gives back what was borrowed, all of it, whatever fails.
    pub(super) async fn give_back(&self, loans: Vec<Loan>) -> Vec<Failure> {
        let Some(writes) = &self.writes else {
            return Vec::new();
        };
        let returns = loans.into_iter().map(|loan| {
            async move {
                match &loan {
                    Loan::User(probe) => {
                        probe_user::delete(&self.cloud, writes, &self.journal, probe).await
                    }
                    Loan::Trust(trust) => {
                        temporary_trust::remove(&self.cloud, writes, &self.journal, trust).await
                    }
                }
            }
            .boxed()
        });
        let results: Vec<Result<(), Failure>> =
            stream::iter(returns).buffer_unordered(4).collect().await;
        results.into_iter().filter_map(Result::err).collect()
    }
}
