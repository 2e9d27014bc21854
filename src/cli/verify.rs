//! `mlwarden verify`.

use std::io::IsTerminal;

use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    CANCELLED, MISMATCH, OK,
    args::{Global, Output, Verify},
    ask, interrupt,
    output::{self, Listing},
    session::Session,
    story,
};
use crate::{
    domain::{Failure, Principal},
    plan::{Journal, PlannedCall},
    probe::{
        Cell, Event, Report, Secrets, Verdict, Verifier, VerifyOptions,
        evidence::Evidence,
        plan::borrowings,
        report::{exit_code, to_csv, to_json, to_junit, to_markdown, to_table},
    },
};

/// Verifies and prints the report.
pub(super) async fn run(global: &Global, arguments: Verify) -> Result<u8, Failure> {
    if !arguments.stories.names.is_empty() {
        return Box::pin(story::run(global, &arguments)).await;
    }
    let options = VerifyOptions {
        principals: arguments.principals,
        scheme: arguments.scheme,
        permission: arguments.permission,
        predicted_only: arguments.predicted_only,
        grant_trust: arguments.grant_trust,
        simulate: arguments.simulate,
        rate: arguments.rate,
        concurrency: usize::from(arguments.concurrency),
    };
    if global.output == Output::Sarif {
        return Err(output::no_sarif());
    }
    let session = Session::open(global).await?;
    known(&session, &options.principals).await?;
    let mut verifier = verifier(global, &session)?;
    for principal in &options.principals {
        if let Principal::User(user) = principal
            && !options.predicted_only
        {
            let password = ask::password(user, arguments.password_stdin)?;
            verifier.secrets.passwords.insert(user.clone(), password);
        }
    }
    let calls = if verifier.writes.is_some() {
        let principals = if options.principals.is_empty() {
            verifier.everyone().await?
        } else {
            options.principals.clone()
        };
        borrowings(&options, session.pool().unwrap_or("?"), &principals)
    } else {
        Vec::new()
    };
    if global.dry_run {
        return preview(&session, global.output, &calls);
    }
    if !may_borrow(global, &calls)? {
        return Ok(CANCELLED);
    }
    let predicted_only = options.predicted_only;
    if !predicted_only {
        story::tidy(&verifier, options.grant_trust).await?;
    }
    let report = watched(&verifier, options).await?;
    keep(&session, &report);
    match global.output {
        Output::Table => output::print(&to_table(&report, arguments.all))?,
        Output::Json => output::print_json(&to_json(&report, &session.context()))?,
        Output::Csv => output::print(&to_csv(&report)?)?,
        Output::Md => output::print(&to_markdown(&report))?,
        Output::Junit => output::print(&to_junit(&report)?)?,
        // Refused before anything was asked.
        Output::Sarif => return Err(output::no_sarif()),
    };
    for failure in &report.not_given_back {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
    Ok(exit_code(&report, predicted_only))
}

/// Keeps what was observed for the next comparison; that it cannot be kept changes no verdict.
pub(super) fn keep(session: &Session, report: &Report) {
    let folder = &session.effective.paths.state_dir;
    if let Err(failure) = Evidence::keep(folder, &session.deployment, report) {
        output::note(&format!("! {failure}"));
    }
}

/// Asks before a role's trust is changed; probe users leave nothing behind, but a role's trust
/// is somebody's security.
pub(super) fn may_borrow(global: &Global, calls: &[PlannedCall]) -> Result<bool, Failure> {
    let trusts = calls.iter().filter(|call| call.call.starts_with("iam:"));
    if trusts.count() == 0 || global.yes {
        return Ok(true);
    }
    for call in calls {
        output::note(&format!("{} on {}: {}", call.call, call.on, call.does));
    }
    ask::yes("Borrow this and give it back at the end?")
}

/// A verifier of the session's deployment.
pub(super) fn verifier(global: &Global, session: &Session) -> Result<Verifier, Failure> {
    Ok(Verifier {
        cloud: session.cloud.clone(),
        deployment: session.deployment.clone(),
        matrix: session.effective.matrix(global)?,
        writes: session.effective.writes(),
        journal: Journal::open(&session.effective.paths.state_dir)?,
        secrets: Secrets::default(),
        contract: None,
    })
}

/// What a verify would borrow, on standard output.
pub(super) fn preview(
    session: &Session,
    format: Output,
    calls: &[PlannedCall],
) -> Result<u8, Failure> {
    Listing {
        noun: "calls",
        context: session.context(),
        columns: &["call", "on", "does", "undone by"],
        rows: calls
            .iter()
            .map(|call| {
                vec![
                    call.call.clone(),
                    call.on.clone(),
                    call.does.clone(),
                    call.undone_by.clone().unwrap_or_default(),
                ]
            })
            .collect(),
        values: calls.iter().map(|call| json!(call)).collect(),
    }
    .print(format)
}

/// Runs it, with progress on a terminal; Ctrl-C and SIGTERM end it cleanly.
pub(super) async fn watched(
    verifier: &Verifier,
    options: VerifyOptions,
) -> Result<Report, Failure> {
    let cancel = CancellationToken::new();
    let (events, mut told) = mpsc::unbounded_channel();
    // Who asked for predictions only need not be told that nothing is tested.
    let expected = options.predicted_only.then_some(": predicted only");
    let progress = tokio::spawn(async move {
        let terminal = expected.is_none() && std::io::stderr().is_terminal();
        let (mut done, mut planned) = (0_usize, 0);
        while let Some(event) = told.recv().await {
            match event {
                Event::Note(note) if expected.is_some_and(|end| note.ends_with(end)) => {}
                Event::Note(note) => output::note(&format!("· {note}")),
                Event::Planned(cells) => planned = cells.len(),
                Event::Cell(..) => {
                    done += 1;
                    if terminal && (done % 20 == 0 || done == planned) {
                        eprint!("\r{done} of {planned} cells");
                    }
                }
                Event::Finished(_) if terminal && planned > 0 => eprintln!(),
                Event::Finished(_) => {}
            }
        }
    });
    let watch = interrupt::cancels(&cancel, "stopping: what was borrowed is given back first")?;
    let report = verifier.run(options, events, cancel).await;
    drop(watch);
    let _ = progress.await;
    report
}

/// What a proof came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Every cell is as declared.
    AsDeclared,
    /// Some are otherwise.
    Otherwise {
        /// Whether some of them are also otherwise than the deployed policies say: what was
        /// changed a moment ago may not be in effect everywhere yet.
        unsettled: bool,
    },
    /// Nothing could be tested.
    NotTested,
}

/// Verifies these principals live and tells, beside the data, what came of it.
pub(super) async fn prove(
    global: &Global,
    session: &Session,
    principals: Vec<Principal>,
) -> Result<Proof, Failure> {
    let report = watched(
        &verifier(global, session)?,
        VerifyOptions::proof(principals),
    )
    .await?;
    keep(session, &report);
    let mut principals: Vec<&Principal> = report.cells.iter().map(|cell| &cell.principal).collect();
    principals.dedup();
    for principal in principals {
        let cells = || {
            report
                .cells
                .iter()
                .filter(|cell| cell.principal == *principal)
        };
        let count = |verdict| cells().filter(|cell| cell.verdict == verdict).count();
        output::note(&format!(
            "{principal}: {} of {} requests as declared, {} over-granted, {} under-granted, {} not tested",
            count(Verdict::Ok),
            cells().count(),
            count(Verdict::OverGranted),
            count(Verdict::UnderGranted),
            count(Verdict::Inconclusive),
        ));
    }
    let wrong = |cell: &&Cell| matches!(cell.verdict, Verdict::OverGranted | Verdict::UnderGranted);
    for cell in report.cells.iter().filter(wrong) {
        output::note(&format!(
            "  {} {} {} {}: {}",
            cell.verdict, cell.principal, cell.method, cell.path, cell.permission
        ));
    }
    for failure in &report.not_given_back {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
    Ok(match exit_code(&report, false) {
        OK => Proof::AsDeclared,
        MISMATCH => Proof::Otherwise {
            unsettled: report.cells.iter().any(Cell::drifts),
        },
        _ => Proof::NotTested,
    })
}

/// Refuses a group or a user that does not exist: predicted, it would only look denied.
pub(super) async fn known(session: &Session, principals: &[Principal]) -> Result<(), Failure> {
    match session.pool() {
        Ok(pool) => crate::probe::known(&session.cloud, pool, principals).await,
        Err(_) => Ok(()),
    }
}

/// The predicted cells of some principals (everybody, where none is named).
pub(super) async fn predicted(
    global: &Global,
    options: VerifyOptions,
) -> Result<(Session, Report), Failure> {
    let session = Session::open(global).await?;
    known(&session, &options.principals).await?;
    let report = watched(&verifier(global, &session)?, options).await?;
    Ok((session, report))
}
