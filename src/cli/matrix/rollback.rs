//! `mlwarden matrix rollback`: the authorizer's packages of before, and putting one back.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::publish::{Running, agreed, begin, tell};
use crate::{
    aws::lambda::LastUpdate,
    cli::{
        CANCELLED, OK,
        args::Global,
        interrupt,
        output::{self, Listing},
        session::Session,
        verify,
    },
    domain::Failure,
    plan::{Place, PlanRecord},
    probe::{Publisher, publish::Past},
};

/// Everything that can come back.
pub(super) async fn list(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let publisher = Publisher::new(verify::verifier(global, &session)?);
    let deployed = publisher.deployed(true, true).await?;
    let past = publisher.history(&deployed.function.arn).await?;
    Listing {
        noun: "packages",
        context: session.context(),
        columns: &["package", "versions", "at", "deployed", "kept here"],
        rows: past.iter().map(row).collect(),
        values: past.iter().map(|past| json!(past)).collect(),
    }
    .print(global.output)
}

fn row(past: &Past) -> Vec<String> {
    let mark = |is: bool| if is { "yes" } else { "" }.to_owned();
    vec![
        past.sha256.clone(),
        past.versions.join(", "),
        past.at.map_or_else(String::new, output::time),
        mark(past.deployed),
        mark(past.kept),
    ]
}

/// What is to come back.
enum Wanted<'a> {
    /// A package by its version or how its hash begins.
    Package(&'a str),
    /// What a publication of the journal replaced.
    Before(&'a PlanRecord),
}

/// Puts one back and proves it.
pub(super) async fn run(global: &Global, name: &str) -> Result<u8, Failure> {
    Box::pin(restore(global, Wanted::Package(name))).await
}

/// Takes a publication of the journal back, and proves what is in effect then.
pub(in crate::cli) async fn undo(global: &Global, record: &PlanRecord) -> Result<u8, Failure> {
    Box::pin(restore(global, Wanted::Before(record))).await
}

async fn restore(global: &Global, wanted: Wanted<'_>) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let publisher = Publisher::new(verify::verifier(global, &session)?);
    if !global.dry_run {
        begin(&publisher).await?;
    }
    let deployed = publisher.deployed(global.dry_run, true).await?;
    let publication = match wanted {
        Wanted::Package(name) => {
            let history = publisher.history(&deployed.function.arn).await?;
            let past = publisher.meant(&history, name)?;
            publisher.restoration(&deployed, past).await?
        }
        Wanted::Before(record) => {
            let place = Place::of(&session.deployment);
            record.plan.place.check(&place)?;
            publisher.undoing(&deployed, record).await?
        }
    };
    if publication.is_there() && deployed.function.last_update == LastUpdate::Successful {
        output::note("this package is deployed already: nothing was changed");
        return Ok(OK);
    }
    if global.dry_run {
        let calls: Vec<_> = publication.plan.calls().collect();
        return verify::preview(&session, global.output, &calls);
    }
    let cancel = CancellationToken::new();
    let _watch = interrupt::cancels(&cancel, "stopping: what was there before is put back first")?;
    let groups = publisher.groups().await?;
    let before = publisher.look(&groups, &cancel, &tell).await?;
    if !agreed(global, &publication)? {
        output::note("nothing was changed");
        return Ok(CANCELLED);
    }
    let running = Running {
        global,
        session: &session,
        publisher: &publisher,
        publication: &publication,
    };
    running.finish(&before, &cancel).await
}
