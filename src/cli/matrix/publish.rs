//! `mlwarden matrix publish`: every group is given what the file declares, by the drop-in
//! authorizer; proved, and put back where anything got worse.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::learned;
use crate::{
    access::Catalog,
    cli::{
        CANCELLED, MISMATCH, OK, PARTLY, UNREACHED,
        args::{Global, Output},
        ask, interrupt,
        output::{self, Listing},
        session::Session,
        verify,
    },
    domain::{ErrorClass, Failure, Principal},
    probe::{
        Lesson, Publisher, Report, Verdict,
        publish::{Change, Look, Publication, Published, Worse, changes, changes_between},
    },
};

/// How many routes, or decisions, are named one by one.
const NAMED: usize = 12;

/// Publishes.
pub(super) async fn run(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let publisher = Publisher::new(verify::verifier(global, &session)?);
    if global.dry_run {
        return preview(global, &session, &publisher).await;
    }
    begin(&publisher).await?;
    let deployed = publisher.deployed(false, false).await?;
    let package = deployed.package()?;
    output::note(&format!(
        "· {} is {}",
        deployed.function.name,
        package.shape()
    ));
    let cancel = CancellationToken::new();
    let _watch = interrupt::cancels(&cancel, "stopping: what was there before is put back first")?;
    let groups = publisher.groups().await?;
    let lesson = if package.is_drop_in() {
        None
    } else {
        lesson(&publisher, &cancel).await?
    };
    let before = publisher.look(&groups, &cancel, &tell).await?;
    let publication = publisher.publication(&deployed, &before.catalog)?;
    let changes = publication
        .contract
        .as_ref()
        .map(|contract| changes(&before, contract))
        .unwrap_or_default();
    tell_changes(&changes);
    if let (Some(lesson), Some(declared)) = (&lesson, &publication.contract) {
        let pairs = learned::of_pairs(&lesson.contract, declared, &groups, &before.catalog);
        for words in pairs {
            output::note(&format!("· {words}"));
        }
    }
    for warning in publisher.warnings(&deployed, &groups) {
        output::note(&format!("! {warning}"));
    }
    let running = Running {
        global,
        session: &session,
        publisher: &publisher,
        publication: &publication,
    };
    if publication.is_there() {
        output::note("the file is published already: nothing was changed");
        return running.tell("unchanged", &before.report, &changes, &[], None);
    }
    if !agreed(global, &publication)? {
        output::note("nothing was changed");
        return Ok(CANCELLED);
    }
    running.finish(&before, &cancel).await
}

/// What the authorizer does that is to be replaced, which is none of ours; told at once. Where it
/// cannot be learned that is said, and what it answers to each group has to do.
async fn lesson(
    publisher: &Publisher,
    cancel: &CancellationToken,
) -> Result<Option<Lesson>, Failure> {
    match learned::ask(&publisher.verifier, cancel).await {
        Ok(lesson) => {
            for words in lesson.in_words() {
                output::note(&format!("· {words}"));
            }
            Ok(Some(lesson))
        }
        Err(failure) if failure.class == ErrorClass::Cancelled => Err(failure),
        Err(failure) => {
            output::note(&format!(
                "! what it does for pairs of groups is not known: {failure}\n  → {}",
                failure.next_step()
            ));
            Ok(None)
        }
    }
}

/// Refuses what cannot be done before anything is borrowed, and gives back what earlier runs
/// left behind.
pub(super) async fn begin(publisher: &Publisher) -> Result<(), Failure> {
    for failure in publisher.begin().await? {
        output::note(&format!("· left behind by an earlier run: {failure}"));
    }
    Ok(())
}

/// Says what is being done.
pub(super) fn tell(doing: &str) {
    output::note(&format!("· {doing}"));
}

/// Shows the calls and asks.
pub(super) fn agreed(global: &Global, publication: &Publication) -> Result<bool, Failure> {
    if global.yes {
        return Ok(true);
    }
    output::note(&format!("{}:", publication.plan.title));
    for call in publication.plan.calls() {
        output::note(&format!("  {}: {}", call.call, call.does));
    }
    ask::yes("Do this, and put it back where anything gets worse?")
}

/// What the deployed authorizer does, and what changes.
fn tell_changes(changes: &[Change]) {
    for change in changes {
        output::note(&format!(
            "· {} may use {} routes as deployed; it gains {} and loses {}",
            change.group,
            change.may,
            change.gains.len(),
            change.loses.len()
        ));
        for (mark, routes) in [('+', &change.gains), ('-', &change.loses)] {
            for route in routes.iter().take(NAMED) {
                output::note(&format!("    {mark} {route}"));
            }
            if routes.len() > NAMED {
                output::note(&format!("    {mark} and {} more", routes.len() - NAMED));
            }
        }
    }
}

/// What would be called. Nothing is borrowed, so the routes are those of the version that is
/// known.
async fn preview(global: &Global, session: &Session, publisher: &Publisher) -> Result<u8, Failure> {
    let deployed = publisher.deployed(true, false).await?;
    let publication = publisher.publication(&deployed, &Catalog::of(&session.deployment))?;
    let groups = publisher.groups().await?;
    for warning in publisher.warnings(&deployed, &groups) {
        output::note(&format!("! {warning}"));
    }
    let calls = publisher.calls(&deployed, &publication, &groups)?;
    verify::preview(session, global.output, &calls)
}

/// A publication under way, and to whom it is told.
pub(super) struct Running<'a> {
    pub global: &'a Global,
    pub session: &'a Session,
    pub publisher: &'a Publisher,
    pub publication: &'a Publication,
}

impl Running<'_> {
    /// Publishes and tells what came of it.
    pub async fn finish(&self, before: &Look, cancel: &CancellationToken) -> Result<u8, Failure> {
        let published = self
            .publisher
            .publish(self.publication, before, cancel, &tell)
            .await?;
        match published {
            Published::Proved { after } => {
                let changes = changes_between(before, &after);
                if self.publication.is_declared() {
                    output::note("published, and nothing got worse");
                    return self.tell("published", &after.report, &changes, &[], None);
                }
                output::note("put back, and the gateway decides as this package says");
                let code = self.tell("restored", &after.report, &changes, &[], None)?;
                // What an earlier package does otherwise than the file was asked for.
                Ok(if code == MISMATCH { OK } else { code })
            }
            Published::RolledBack {
                worse,
                failure,
                back,
            } => self.rolled_back(before, &worse, failure.as_ref(), &back),
        }
    }

    fn rolled_back(
        &self,
        before: &Look,
        worse: &[Worse],
        failure: Option<&Failure>,
        back: &Result<(), Failure>,
    ) -> Result<u8, Failure> {
        for one in worse.iter().take(NAMED) {
            output::note(&format!("✗ {one}"));
        }
        if worse.len() > NAMED {
            output::note(&format!("✗ and {} more", worse.len() - NAMED));
        }
        if let Some(failure) = failure {
            output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
        }
        match back {
            Ok(()) => output::note(
                "rolled back: the package of before is in effect, and decides as it did",
            ),
            Err(failure) => {
                output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
            }
        }
        let code = match failure {
            _ if back.is_err() => PARTLY,
            Some(failure) if failure.class == ErrorClass::Cancelled => CANCELLED,
            Some(_) => UNREACHED,
            None => MISMATCH,
        };
        let why = failure.map(|failure| json!(failure));
        let none: Vec<Change> = before
            .groups
            .iter()
            .map(|group| Change {
                group: group.clone(),
                ..Change::default()
            })
            .collect();
        self.tell("rolled-back", &before.report, &none, worse, why.as_ref())?;
        Ok(code)
    }

    /// The result, on standard output. The value is the exit code of what is in effect.
    fn tell(
        &self,
        result: &str,
        report: &Report,
        changes: &[Change],
        worse: &[Worse],
        failure: Option<&Value>,
    ) -> Result<u8, Failure> {
        let count = |group: &str, verdict: Verdict| {
            let principal = Principal::Group(group.to_owned());
            let of_group = report
                .cells
                .iter()
                .filter(|cell| cell.principal == principal);
            of_group.filter(|cell| cell.verdict == verdict).count()
        };
        if self.global.output == Output::Json {
            let Publication {
                function,
                before,
                after,
                plan,
                ..
            } = self.publication;
            let publication = json!({
                "result": result, "function": function, "before": before, "after": after,
                "plan": plan.id, "groups": changes, "worse": worse, "failure": failure,
                "proof": report.summary, "not_given_back": report.not_given_back,
            });
            output::object(self.session.context(), "publication", publication)?;
        } else {
            Listing {
                noun: "groups",
                context: self.session.context(),
                columns: &[
                    "group",
                    "gains",
                    "loses",
                    "as declared",
                    "over",
                    "under",
                    "not tested",
                ],
                rows: changes
                    .iter()
                    .map(|change| {
                        let group = &change.group;
                        let mut row = vec![
                            group.clone(),
                            change.gains.len().to_string(),
                            change.loses.len().to_string(),
                        ];
                        let verdicts = [
                            Verdict::Ok,
                            Verdict::OverGranted,
                            Verdict::UnderGranted,
                            Verdict::Inconclusive,
                        ];
                        row.extend(verdicts.map(|verdict| count(group, verdict).to_string()));
                        row
                    })
                    .collect(),
                values: Vec::new(),
            }
            .print(self.global.output)?;
        }
        for failure in &report.not_given_back {
            output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
        }
        let summary = &report.summary;
        Ok(if !report.not_given_back.is_empty() {
            PARTLY
        } else if summary.over_granted + summary.under_granted > 0 {
            MISMATCH
        } else {
            OK
        })
    }
}
