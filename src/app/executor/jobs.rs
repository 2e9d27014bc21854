//! What runs on its own: predictions, live verifies, changes of users.

use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::world::World;
use crate::{
    app::{job::JobId, message::News, remote::Ticket},
    domain::{ErrorClass, Failure, Principal},
    plan::UserChange,
    probe::{self, Secrets, Verifier, VerifyOptions},
};

/// Users that are changed at the same time; the adapter keeps to the service's quota.
const AT_ONCE: usize = 4;

impl World {
    /// Predicts the whole matrix.
    pub fn predict(&mut self) {
        let verifier = match self.verifier() {
            Ok(verifier) => verifier,
            Err(failure) => return self.tell(News::Predicted(Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let report = observed(
                &verifier,
                predictions(Vec::new()),
                CancellationToken::new(),
                {
                    let tell = tell.clone();
                    move |event| tell(News::Predicting(event))
                },
            );
            let result = report.await;
            tell(News::Predicted(result.map(Box::new)));
        });
    }

    /// Predicts what one principal may do.
    pub fn can(&mut self, ticket: Ticket, principal: Principal) {
        let verifier = match self.verifier() {
            Ok(verifier) => verifier,
            Err(failure) => return self.tell(News::Can(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let options = predictions(vec![principal]);
            let report = observed(&verifier, options, CancellationToken::new(), |_| {});
            let result = report.await;
            tell(News::Can(
                ticket,
                result.map(|report| (Timestamp::now(), report.cells)),
            ));
        });
    }

    /// Verifies live. The task ends when everything borrowed is given back.
    pub fn verify(&mut self, job: JobId, options: VerifyOptions) -> Option<JoinHandle<()>> {
        let verifier = match self.verifier() {
            Ok(verifier) => verifier,
            Err(failure) => {
                self.tell(News::Verified(job, Err(failure)));
                return None;
            }
        };
        let (tell, cancel) = (self.teller(), self.token(job));
        Some(tokio::spawn(async move {
            let report = observed(&verifier, options, cancel, {
                let tell = tell.clone();
                move |event| tell(News::Verifying(job, event))
            });
            let result = report.await;
            tell(News::Verified(job, result.map(Box::new)));
        }))
    }

    /// Changes users, a few at a time; a step under way is finished before it stops.
    pub fn change(
        &mut self,
        job: JobId,
        change: UserChange,
        names: Vec<String>,
    ) -> Option<JoinHandle<()>> {
        let (cancel, tell) = (self.token(job), self.teller());
        let ready = self.pool().and_then(|(cognito, pool)| {
            let writes = self.writes.clone().ok_or_else(|| {
                Failure::new(
                    ErrorClass::ReadOnly,
                    "changing users",
                    "this context is read-only",
                )
            })?;
            Ok((cognito, pool, writes, self.journal()?))
        });
        let (cognito, pool, writes, journal) = match ready {
            Ok(ready) => ready,
            Err(failure) => {
                for name in names {
                    tell(News::Step(job, name, Err(failure.clone())));
                }
                tell(News::JobDone(job, false));
                return None;
            }
        };
        Some(tokio::spawn(async move {
            let steps = names.into_iter().map(|name| {
                let (cognito, pool) = (cognito.clone(), pool.clone());
                let (writes, journal) = (writes.clone(), journal.clone());
                let (change, cancel, tell) = (change.clone(), cancel.clone(), tell.clone());
                async move {
                    if cancel.is_cancelled() {
                        return;
                    }
                    let result = change
                        .apply(&cognito, &writes, &journal, &pool, &name)
                        .await;
                    tell(News::Step(job, name, result));
                }
                .boxed()
            });
            let steps: Vec<_> = steps.collect();
            futures::stream::iter(steps)
                .buffer_unordered(AT_ONCE)
                .collect::<()>()
                .await;
            tell(News::JobDone(job, cancel.is_cancelled()));
        }))
    }

    /// Stops a job between two steps.
    pub fn cancel(&mut self, job: JobId) {
        if let Some(token) = self.jobs.remove(&job) {
            token.cancel();
        }
    }

    fn token(&mut self, job: JobId) -> CancellationToken {
        let token = CancellationToken::new();
        self.jobs.insert(job, token.clone());
        token
    }

    fn verifier(&mut self) -> Result<Verifier, Failure> {
        let journal = self.journal()?;
        let matrix = self.place.as_ref().map(|place| place.matrix.clone());
        Ok(Verifier {
            cloud: self.cloud()?,
            deployment: self.deployment.clone(),
            matrix: matrix.unwrap_or_else(crate::access::Matrix::sample),
            writes: self.writes.clone(),
            journal,
            secrets: Secrets::default(),
        })
    }
}

fn predictions(principals: Vec<Principal>) -> VerifyOptions {
    VerifyOptions {
        principals,
        predicted_only: true,
        ..VerifyOptions::default()
    }
}

/// Runs a verify and hands on what it tells; all of it is told before this returns.
async fn observed(
    verifier: &Verifier,
    options: VerifyOptions,
    cancel: CancellationToken,
    hear: impl Fn(Box<probe::Event>),
) -> Result<probe::Report, Failure> {
    let (events, mut told) = mpsc::unbounded_channel();
    let forward = async {
        while let Some(event) = told.recv().await {
            hear(Box::new(event));
        }
    };
    let (result, ()) = futures::join!(verifier.run(options, events, cancel), forward);
    result
}
