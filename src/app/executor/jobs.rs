//! What runs on its own: predictions, live verifies, changes of users.

use jiff::Timestamp;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::world::World;
use crate::{
    app::{job::JobId, message::News, remote::Ticket},
    domain::{ErrorClass, Failure, Principal},
    plan::{self, Event, Passwords, Plan, PlanRecord, Runner, Tools},
    probe::{self, Secrets, Verifier, VerifyOptions},
};

/// What of a plan is to be done.
pub(super) enum Work {
    /// All of a new one.
    New(Box<Plan>),
    /// What is left of one in the journal.
    Left(Uuid),
}

impl World {
    /// Predicts the whole matrix, and whomever one has become.
    pub fn predict(&mut self) {
        if let Some(host) = self.host.clone() {
            self.spawn(async move { host.foresee_anew().await });
        }
        let predicting = match self.predicting(Vec::new()) {
            Ok(predicting) => predicting,
            Err(failure) => return self.tell(News::Predicted(Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let result = predicting.await;
            tell(News::Predicted(result.map(Box::new)));
        });
    }

    /// Predicts what these may do, everybody where nobody is named, by the rules that the pages
    /// go by.
    fn predicting(
        &mut self,
        principals: Vec<Principal>,
    ) -> Result<impl Future<Output = Result<probe::Report, Failure>> + Send + use<>, Failure> {
        let (verifier, rules) = (self.verifier()?, self.rules_reader()?);
        let options = VerifyOptions {
            principals,
            predicted_only: true,
            ..VerifyOptions::default()
        };
        Ok(async move {
            let verifier = Verifier {
                contract: Some(rules.read().await.contract),
                ..verifier
            };
            observed(&verifier, options, CancellationToken::new(), |_| {}).await
        })
    }

    /// Predicts what one principal may do.
    pub fn can(&mut self, ticket: Ticket, principal: Principal) {
        let predicting = match self.predicting(vec![principal]) {
            Ok(predicting) => predicting,
            Err(failure) => return self.tell(News::Can(ticket, Err(failure))),
        };
        let tell = self.teller();
        self.spawn(async move {
            let result = predicting.await;
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

    /// Proves what principals may do with a token: a row for each, failed where something is
    /// otherwise than declared.
    pub fn prove(&mut self, job: JobId, principals: Vec<Principal>) -> Option<JoinHandle<()>> {
        let (cancel, tell) = (self.token(job), self.teller());
        let verifier = match self.verifier() {
            Ok(verifier) => verifier,
            Err(failure) => {
                for principal in principals {
                    tell(News::Step(job, principal.to_string(), Err(failure.clone())));
                }
                tell(News::JobDone(job, false));
                return None;
            }
        };
        Some(tokio::spawn(async move {
            let options = VerifyOptions::proof(principals.clone());
            let report = observed(&verifier, options, cancel.clone(), |_| {}).await;
            for principal in &principals {
                let result = match &report {
                    Ok(report) => report.proof_of(principal),
                    Err(failure) => Err(failure.clone()),
                };
                tell(News::Step(job, principal.to_string(), result));
            }
            if let Ok(report) = report {
                tell(News::Proved(report.cells));
            }
            tell(News::JobDone(job, cancel.is_cancelled()));
        }))
    }

    /// Runs a plan, or what is left of one; a step under way is finished before it stops.
    pub fn run_plan(
        &mut self,
        job: JobId,
        work: Work,
        passwords: Passwords,
    ) -> Option<JoinHandle<()>> {
        let (cancel, tell) = (self.token(job), self.teller());
        let subjects: Vec<String> = match &work {
            Work::New(plan) => plan.items.iter().map(|item| item.subject.clone()).collect(),
            Work::Left(id) => vec![id.to_string()],
        };
        let (runner, record) = match self.runner(work, passwords, cancel.clone()) {
            Ok(ready) => ready,
            Err(failure) => {
                for subject in subjects {
                    tell(News::Step(job, subject, Err(failure.clone())));
                }
                tell(News::JobDone(job, false));
                return None;
            }
        };
        Some(tokio::spawn(async move {
            let mut runner = runner;
            let cognito = &runner.tools.cloud.cognito;
            if let Ok(pool) = cognito.describe_pool(&runner.tools.pool).await {
                runner.tools.policy = pool.password_policy;
            }
            let item = |at: usize| record.plan.items.get(at);
            let subject = |at: usize| {
                item(at)
                    .map(|item| item.subject.clone())
                    .unwrap_or_default()
            };
            let ended = runner
                .run(&record, |event| match event {
                    Event::Step(at, place) => {
                        let step = item(at).and_then(|item| item.steps.get(place));
                        if let Some(step) = step {
                            let does = step.does(&subject(at));
                            tell(News::Doing(job, subject(at), does));
                        }
                    }
                    Event::Status(at, status) => {
                        tell(News::Doing(job, subject(at), status));
                    }
                    Event::Secret(at, secret) => tell(News::Secret(job, subject(at), secret)),
                    Event::Item(_, Err(failure)) if failure.class == ErrorClass::Cancelled => {}
                    Event::Item(at, result) => tell(News::Step(job, subject(at), result)),
                })
                .await;
            if let Err(failure) = ended {
                tell(News::Step(job, record.plan.title.clone(), Err(failure)));
            }
            tell(News::JobDone(job, cancel.is_cancelled()));
        }))
    }

    /// What runs a plan, and its record.
    fn runner(
        &mut self,
        work: Work,
        passwords: Passwords,
        cancel: CancellationToken,
    ) -> Result<(Runner, PlanRecord), Failure> {
        let journal = self.journal()?;
        let writes = self.writes.clone().ok_or_else(|| {
            Failure::new(
                ErrorClass::ReadOnly,
                "changing something",
                "this context is read-only",
            )
        })?;
        let (_, pool) = self.pool()?;
        let record = match work {
            Work::New(plan) => journal.plan(*plan)?,
            Work::Left(id) => journal.find_plan(&id.to_string())?,
        };
        record
            .plan
            .place
            .check(&plan::Place::of(&self.deployment))?;
        let tools = Tools {
            cloud: self.cloud()?,
            writes,
            pool,
            policy: None,
            passwords,
            packages: journal.packages(),
            caller: self
                .host()
                .ok()
                .map(|host| host as std::sync::Arc<dyn plan::Caller>),
            cancel,
        };
        Ok((Runner { tools, journal }, record))
    }

    /// Looks up what takes a plan back.
    pub fn inverse(&mut self, plan: Uuid) {
        let found = self
            .journal()
            .and_then(|journal| journal.find_plan(&plan.to_string()))
            .and_then(|record| {
                // Nobody would prove what is in effect then.
                if plan::publish::is_publication(&record.plan) {
                    return Err(Failure::invalid(
                        format!("undoing {}", record.plan.title),
                        "another package of the authorizer has to be proved",
                    )
                    .advise(format!(
                        "`mlwarden journal undo {}` takes it back and proves it",
                        record.plan.short_id()
                    )));
                }
                let (plan, kept) = record.inverse();
                Ok((Box::new(plan), kept))
            });
        self.tell(News::Inverse(found));
    }

    /// Stops a job between two steps.
    pub fn cancel(&mut self, job: JobId) {
        if let Some(token) = self.jobs.remove(&job) {
            token.cancel();
        }
    }

    pub(super) fn token(&mut self, job: JobId) -> CancellationToken {
        let token = CancellationToken::new();
        self.jobs.insert(job, token.clone());
        token
    }

    pub(super) fn verifier(&mut self) -> Result<Verifier, Failure> {
        let journal = self.journal()?;
        let matrix = self.place.as_ref().map(|place| place.matrix.clone());
        Ok(Verifier {
            cloud: self.cloud()?,
            deployment: self.deployment.clone(),
            matrix: matrix.unwrap_or_else(crate::access::Matrix::sample),
            writes: self.writes.clone(),
            journal,
            secrets: Secrets::default(),
            contract: None,
        })
    }
}

/// Runs a verify and hands on what it tells; all of it is told before this returns.
pub(super) async fn observed(
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
