//! The run: principals made ready, probes sent, verdicts streamed, everything borrowed
//! given back.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    actor::{Actor, Secrets},
    findings,
    in_effect::fallback,
    loan::Loans,
    options::VerifyOptions,
    outcome::{Event, Report, Summary},
    pace::Pace,
    plan::{self, Skipped},
    predict::Source,
    sender::Sender,
    verdict::Cell,
};
use crate::{
    access::{Api, Catalog, Context, Contract, Finding, Matrix, PolicyFault, Probe},
    aws::{Cloud, WriteAccess},
    domain::{Deployment, ExecutionRole, Failure, Found, Principal},
    identity::Credential,
    mlflow::{self, learn_version},
    plan::Journal,
};

/// Everything a run needs.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// The clients.
    pub cloud: Cloud,
    /// The deployment, as found.
    pub deployment: Deployment,
    /// What is declared.
    pub matrix: Matrix,
    /// The right to borrow; none in a read-only run.
    pub writes: Option<WriteAccess>,
    /// Where borrowing is recorded.
    pub journal: Journal,
    /// Passwords and tokens that were handed in.
    pub secrets: Secrets,
    /// What decides about tokens, where that was read already; else a run reads it where it has to
    /// know.
    pub contract: Option<Contract>,
}

/// What the run knows so far; it outlives a cancelled or panicking run.
pub(super) struct Progress {
    cells: Vec<Cell>,
    version: Option<String>,
    skipped: Vec<Skipped>,
    notes: Vec<String>,
    faults: Vec<(Principal, PolicyFault)>,
    requests: u64,
    probing: Duration,
    events: mpsc::UnboundedSender<Event>,
}

/// What single observations say an admin should act on, where they went otherwise than declared.
pub fn surprises(cells: &[Cell], matrix: &Matrix, roles: &[ExecutionRole]) -> Vec<Finding> {
    findings::of(cells, &[], matrix, roles)
}

impl Progress {
    /// Of something that is no run: nobody listens.
    pub(super) fn unheard() -> Self {
        Self::new(mpsc::unbounded_channel().0)
    }

    fn new(events: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            cells: Vec::new(),
            version: None,
            skipped: Vec::new(),
            notes: Vec::new(),
            faults: Vec::new(),
            requests: 0,
            probing: Duration::ZERO,
            events,
        }
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        // Whoever stopped listening does not want to know.
        let _ = self.events.send(Event::Note(text.clone()));
        self.notes.push(text);
    }
}

impl Verifier {
    /// Verifies. Results are told to `events` as they come; the report has them all.
    ///
    /// However it ends (cancelled, failed, even panicking) what was borrowed is given back
    /// first; what cannot be given back stays in the journal.
    ///
    /// # Errors
    /// Where nothing can be planned at all: an unknown principal, no right to list the groups.
    pub async fn run(
        &self,
        options: VerifyOptions,
        events: mpsc::UnboundedSender<Event>,
        cancel: CancellationToken,
    ) -> Result<Report, Failure> {
        let started = Instant::now();
        let loans = Loans::default();
        let mut progress = Progress::new(events.clone());
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            outcome = AssertUnwindSafe(self.work(&options, &mut progress, &loans, &cancel))
                .catch_unwind() => Some(outcome),
        };
        let not_given_back = self.give_back(loans.into_all()).await;
        let cancelled = match outcome {
            None => true,
            Some(Err(panic)) => resume_unwind(panic),
            Some(Ok(Err(failure))) => return Err(failure),
            Some(Ok(Ok(()))) => false,
        };
        if cancelled {
            for cell in &mut progress.cells {
                if cell.observed.is_none() {
                    cell.judge("cancelled before it was tested");
                }
            }
        }
        let elapsed = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let summary = Summary {
            requests: progress.requests,
            elapsed_ms: elapsed(started.elapsed()),
            probing_ms: elapsed(progress.probing),
            ..Summary::of(&progress.cells)
        };
        let findings = findings::of(
            &progress.cells,
            &progress.faults,
            &self.matrix,
            &self.roles(),
        );
        let _ = events.send(Event::Finished(Box::new(summary)));
        Ok(Report {
            cells: progress.cells,
            findings,
            summary,
            mlflow_version: progress.version,
            skipped: progress.skipped,
            notes: progress.notes,
            not_given_back,
            cancelled,
        })
    }

    /// The principals of a run that names none: every group, every execution role, anonymous.
    pub async fn everyone(&self) -> Result<Vec<Principal>, Failure> {
        let groups = match value(self.deployment.user_pool_id.as_ref()) {
            Some(pool) => self.cloud.cognito.groups(pool).await?,
            None => Vec::new(),
        };
        Ok(self.everyone_in(groups.into_iter().map(|group| group.name)))
    }

    /// The same where the pool's groups are known.
    pub fn everyone_in(&self, groups: impl Iterator<Item = String>) -> Vec<Principal> {
        let roles = self.roles().into_iter();
        let roles = roles.map(|role| Principal::Role(role.name));
        let mut principals: Vec<Principal> = groups.map(Principal::Group).chain(roles).collect();
        principals.sort();
        principals.push(Principal::Anonymous);
        principals
    }

    pub(super) fn roles(&self) -> Vec<ExecutionRole> {
        self.deployment.roles().to_vec()
    }

    async fn work(
        &self,
        options: &VerifyOptions,
        progress: &mut Progress,
        loans: &Loans,
        cancel: &CancellationToken,
    ) -> Result<(), Failure> {
        if !options.predicted_only {
            for failure in self.tidy().await? {
                progress.note(format!("left behind by an earlier run: {failure}"));
            }
        }
        let mut principals = if options.principals.is_empty() {
            self.everyone().await?
        } else {
            options.principals.clone()
        };
        if let Some(scheme) = options.scheme {
            principals.retain(|principal| plan::schemes_of(principal).contains(&scheme));
        }
        let client = self.app_client(progress).await;
        let ready = principals.iter().map(|principal| {
            self.prepare(options, principal, client.as_ref(), loans, cancel)
                .boxed()
        });
        // Boxed, so that the compiler sees that the whole run may move between threads.
        let actors: Vec<Actor> = stream::iter(ready.collect::<Vec<_>>())
            .buffered(4)
            .try_collect()
            .await?;
        for actor in &actors {
            if let Some(reason) = actor.untested() {
                progress.note(format!("{}: {reason}", actor.principal));
            }
        }

        let api_client = self.api_client(progress);
        let catalog = self.catalog(api_client.as_ref(), &actors, progress).await;
        let (cells, skipped) = plan::cells(options, &catalog, &self.matrix, &self.roles(), &actors);
        progress.cells = cells;
        progress.skipped = skipped;
        self.predict(options, &actors, progress).await;
        let Some(api_client) = api_client.filter(|_| !options.predicted_only) else {
            let reason = if options.predicted_only {
                "predicted only"
            } else {
                "the API's URL is not known"
            };
            for cell in &mut progress.cells {
                cell.judge(reason);
            }
            let _ = progress.events.send(Event::Planned(progress.cells.clone()));
            return Ok(());
        };
        let _ = progress.events.send(Event::Planned(progress.cells.clone()));
        self.probe(options, &api_client, &catalog, &actors, progress)
            .await;
        Ok(())
    }

    /// Sends every cell's request, as many at once as the options say.
    async fn probe(
        &self,
        options: &VerifyOptions,
        client: &mlflow::Client,
        catalog: &Catalog,
        actors: &[Actor],
        progress: &mut Progress,
    ) {
        let started = Instant::now();
        let sender = Sender::new(&self.cloud, client, Pace::new(options.rate));
        let sender = &sender;
        let mut probes = Vec::new();
        for (index, cell) in progress.cells.iter().enumerate() {
            let actor = actors
                .iter()
                .find(|actor| actor.principal == cell.principal);
            let route = catalog.find(cell.method, &cell.path);
            let (Some(actor), Some(route)) = (actor, route) else {
                continue;
            };
            let Probe::Safe(request) = &route.probe else {
                continue;
            };
            let method = cell.method;
            probes.push(
                async move { (index, actor, sender.observe(actor, method, request).await) }.boxed(),
            );
        }
        let mut observations = stream::iter(probes).buffer_unordered(options.concurrency.max(1));
        while let Some((index, actor, observed)) = observations.next().await {
            let Some(cell) = progress.cells.get_mut(index) else {
                continue;
            };
            cell.observed = observed;
            cell.judge(actor.untested().unwrap_or("not tested"));
            let _ = progress
                .events
                .send(Event::Cell(index, Box::new(cell.clone())));
            progress.requests = sender.sent();
            progress.probing = started.elapsed();
        }
    }

    /// Fills in every cell's prediction.
    async fn predict(&self, options: &VerifyOptions, actors: &[Actor], progress: &mut Progress) {
        let api = Api::of(&self.deployment, self.cloud.region());
        // Whoever has a token is predicted by what the authorizer itself makes of it.
        let by_contract = |actor: &Actor| actor.groups.is_some() && actor.untested().is_some();
        let contract = Arc::new(match &self.contract {
            Some(contract) => contract.clone(),
            None if actors.iter().any(by_contract) => {
                let found = self.in_effect().await;
                if let Some(doubt) = found.doubt {
                    progress.note(doubt);
                }
                found.contract
            }
            None => fallback(),
        });
        let mut places = plan::places(&progress.cells);
        for actor in actors {
            let mine = places.remove(&actor.principal).unwrap_or_default();
            let mut notes = Vec::new();
            let found = Source::find(&self.cloud, &self.deployment, &contract, actor, |note| {
                notes.push(note);
            });
            let mut source = found.await;
            if options.simulate {
                let cells = progress.cells.get(mine.clone()).unwrap_or_default();
                match Source::simulate(&self.cloud, &api, actor, cells).await {
                    Ok(Some(simulated)) => source = simulated,
                    Ok(None) => {}
                    Err(failure) => notes.push(format!(
                        "{}: predicted by own evaluation, since it cannot be simulated: {failure}",
                        actor.principal
                    )),
                }
            }
            for note in notes {
                progress.note(note);
            }
            progress.faults.extend(
                source
                    .faults()
                    .iter()
                    .map(|fault| (actor.principal.clone(), fault.clone())),
            );
            if let Some(cells) = progress.cells.get_mut(mine) {
                source.fill(cells, &api, &request_context(actor));
            }
        }
    }

    fn api_client(&self, progress: &mut Progress) -> Option<mlflow::Client> {
        let url = value(self.deployment.api_url.as_ref())?;
        match Url::parse(url) {
            Ok(base) => Some(mlflow::Client::new(
                base,
                self.cloud.http.clone(),
                self.cloud.region(),
            )),
            Err(error) => {
                progress.note(format!("the API's URL {url:?} cannot be used: {error}"));
                None
            }
        }
    }

    /// The routes of the deployment's MLflow: its version as found, else as the first actor
    /// who may learns it.
    async fn catalog(
        &self,
        client: Option<&mlflow::Client>,
        actors: &[Actor],
        progress: &mut Progress,
    ) -> Catalog {
        if let Some(version) = value(self.deployment.mlflow_version.as_ref()) {
            progress.version = Some(version.clone());
            return Catalog::for_version(version);
        }
        if let Some(client) = client {
            for actor in actors {
                let Ok(Some(credential)) = actor.credential().await else {
                    continue;
                };
                if matches!(credential, Credential::Anonymous) {
                    continue;
                }
                if let Ok(Some(version)) = learn_version(client, &credential).await {
                    progress.note(format!("MLflow {version}, as {} sees it", actor.principal));
                    let catalog = Catalog::for_version(&version);
                    progress.version = Some(version);
                    return catalog;
                }
            }
        }
        progress.note(format!(
            "MLflow's version is not known: the routes of {} are taken; \
             give it by --mlflow-version",
            Catalog::ASSUMED
        ));
        Catalog::for_version(Catalog::ASSUMED)
    }
}

/// The value of an item that was found.
pub(super) fn value<T>(found: Option<&Found<T>>) -> Option<&T> {
    found.map(|found| &found.value)
}

/// The condition keys that a request of this actor surely has.
pub(super) fn request_context(actor: &Actor) -> Context {
    let now = jiff::Timestamp::now();
    let mut context = Context::new()
        .with("aws:CurrentTime", [now.to_string()])
        .with("aws:EpochTime", [now.as_second().to_string()])
        .with("aws:SecureTransport", ["true"]);
    if let Some(role) = &actor.role {
        context.set("aws:PrincipalArn", [role.arn.clone()]);
        context.set("aws:PrincipalType", ["AssumedRole"]);
    }
    context
}
