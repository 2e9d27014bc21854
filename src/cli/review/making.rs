//! Makes a pack: everybody, a verify, what an admin should act on.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::{
    looking::{Look, roles},
    writing,
};
use crate::{
    access::{Finding, Matrix},
    cli::{
        CANCELLED, OK, PARTLY,
        args::{Global, MakeReview, Output},
        ask,
        output::{self, Listing},
        session::Session,
        verify,
    },
    domain::{ErrorClass, Failure, Principal},
    probe::{Report, Verifier, VerifyOptions, audit::Auditor, plan::borrowings},
    review::{Declared, Material, Run, Scope, Sealed, digest, files, group_sets},
};

/// What the verify says, and what else an admin should act on; each once.
async fn findings(
    auditor: &Auditor,
    session: &Session,
    report: &Report,
    lost: &mut Vec<String>,
) -> Vec<Finding> {
    let audit = auditor.everything(&session.terms(), Timestamp::now()).await;
    lost.extend(audit.not_looked_at.iter().map(ToString::to_string));
    let mut findings = report.findings.clone();
    for finding in audit.findings {
        let print = finding.fingerprint();
        if !findings.iter().any(|known| known.fingerprint() == print) {
            findings.push(finding);
        }
    }
    findings
}

/// How many sets of groups are tested besides the groups themselves.
const SETS: usize = 25;

/// Looks, and writes what was seen.
pub(super) async fn run(global: &Global, arguments: MakeReview) -> Result<u8, Failure> {
    let started_at = Timestamp::now();
    let folder = target(global, &arguments, started_at)?;
    let session = Session::open(global).await?;
    session.pool()?;
    verify::known(&session, &arguments.principals).await?;
    let matrix = session.effective.matrix(global)?;
    let auditor = session.auditor(global).await?;
    let contract = auditor.contract.clone();
    let mut look = Look::take(&session, &matrix, &contract).await?;
    let mut verifier = verify::verifier(global, &session)?;
    let mut limits = Vec::new();
    let principals = principals(&verifier, &arguments, &look, &mut limits).await?;
    let options = VerifyOptions {
        // Without the right to borrow there is nobody to be.
        predicted_only: arguments.predicted_only || verifier.writes.is_none(),
        principals: principals.clone(),
        grant_trust: arguments.grant_trust,
        rate: arguments.rate,
        concurrency: usize::from(arguments.concurrency),
        ..VerifyOptions::default()
    };
    let live = !options.predicted_only;
    let calls = borrowings(&options, session.pool()?, &principals);
    if global.dry_run {
        return verify::preview(&session, global.output, &calls);
    }
    if live {
        passwords(&mut verifier, &principals)?;
    }
    if !verify::may_borrow(global, &calls)? {
        return Ok(CANCELLED);
    }
    let report = verify::watched(&verifier, options).await?;
    if report.cancelled {
        output::note("stopped: nothing was written");
        return Ok(CANCELLED);
    }
    if live && !is_tested(&report) {
        return Err(nothing_tested(&report));
    }
    let findings = findings(&auditor, &session, &report, &mut look.lost).await;
    let is_whole = look.lost.is_empty() && report.not_given_back.is_empty();
    limits.splice(0..0, look.lost.iter().cloned());
    let mut scope = Scope::of(&session.effective.name, &session.deployment);
    scope.mlflow_version.clone_from(&report.mlflow_version);
    let material = Material {
        scope,
        run: Run {
            tool: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            by: session
                .deployment
                .caller_arn
                .as_ref()
                .map(|arn| arn.value.clone()),
            started_at,
            finished_at: Timestamp::now(),
            live,
            principals,
            declared: declared(global, &session, &matrix),
            summary: report.summary,
        },
        people: &look.people,
        contract: &contract,
        roles: roles(&session),
        report: &report,
        findings: &findings,
        limits,
    };
    let sealed = material.pack().seal()?;
    told(global, &session, &sealed, folder)?;
    for failure in &report.not_given_back {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
    for lost in &look.lost {
        output::note(&format!("! {lost}"));
    }
    Ok(if is_whole { OK } else { PARTLY })
}

/// The folder to write; none where the pack goes to standard output. Refused before anything is
/// looked at where it cannot be.
fn target(
    global: &Global,
    arguments: &MakeReview,
    now: Timestamp,
) -> Result<Option<PathBuf>, Failure> {
    match (global.output, &arguments.out) {
        (Output::Junit, _) => Err(output::no_junit()),
        (Output::Table, Some(folder)) => {
            writing::must_be_free(folder)?;
            Ok(Some(folder.clone()))
        }
        (Output::Table, None) => Ok(Some(writing::free(&format!(
            "review-{}",
            now.strftime("%Y-%m-%d")
        )))),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(Failure::invalid(
            "choosing the output",
            "--out writes every format, and -o prints one of them",
        )
        .advise("use one of the two")),
    }
}

/// Whose access is looked at.
async fn principals(
    verifier: &Verifier,
    arguments: &MakeReview,
    look: &Look,
    limits: &mut Vec<String>,
) -> Result<Vec<Principal>, Failure> {
    if !arguments.principals.is_empty() {
        limits.push("only who was named was tested: not every access level is in here".to_owned());
        return Ok(arguments.principals.clone());
    }
    let mut principals = verifier.everyone().await?;
    let (sets, left) = group_sets(&look.people, SETS);
    if left > 0 {
        limits.push(format!(
            "of the sets of groups that people have, {left} were not tested: the {SETS} that most \
             people have were"
        ));
    }
    principals.extend(sets);
    principals.sort();
    Ok(principals)
}

/// Asks for the passwords of the users that are to be tested themselves.
fn passwords(verifier: &mut Verifier, principals: &[Principal]) -> Result<(), Failure> {
    for principal in principals {
        if let Principal::User(user) = principal {
            let password = ask::password(user, false)?;
            verifier.secrets.passwords.insert(user.clone(), password);
        }
    }
    Ok(())
}

/// Whether a single request was decided.
fn is_tested(report: &Report) -> bool {
    let summary = &report.summary;
    summary.ok + summary.over_granted + summary.under_granted > 0
}

fn nothing_tested(report: &Report) -> Failure {
    let why = report
        .cells
        .first()
        .map_or("there is nothing to test", |cell| cell.reason.as_str());
    Failure::new(ErrorClass::Unavailable, "testing for the review", why)
        .advise("see `mlwarden doctor`, or make the review with --predicted-only")
}

/// Which matrix it is, and what it says.
fn declared(global: &Global, session: &Session, matrix: &Matrix) -> Declared {
    let file = global.matrix.clone();
    let file = file.or_else(|| session.effective.as_written().matrix.map(PathBuf::from));
    Declared {
        source: file.map_or_else(
            || "what the sample's text promises".to_owned(),
            |file| file.display().to_string(),
        ),
        sha256: digest::sha256(&json!(matrix)),
    }
}

/// Writes the files and tells of them, or prints the one format that was asked for.
fn told(
    global: &Global,
    session: &Session,
    sealed: &Sealed,
    folder: Option<PathBuf>,
) -> Result<(), Failure> {
    let Some(folder) = folder else {
        let name = match global.output {
            Output::Csv => "people.csv",
            Output::Md => "review.md",
            _ => files::PACK,
        };
        let text = files::text(sealed, name)?.unwrap_or_default();
        return output::print(&text).map(drop);
    };
    writing::folder(&folder, &files::all(sealed)?)?;
    let mut named = files::FILES.to_vec();
    named.push((
        files::DECISIONS,
        "to decide in: keep, remove or change, for each person",
    ));
    Listing {
        noun: "files",
        context: session.context(),
        columns: &["file", "what for"],
        rows: named
            .into_iter()
            .map(|(name, what)| vec![folder.join(name).display().to_string(), what.to_owned()])
            .collect(),
        values: Vec::new(),
    }
    .print(global.output)?;
    output::note(&format!(
        "{} people, {} access levels, {} side doors, {} other findings",
        sealed.pack.people.len(),
        sealed.pack.access.len(),
        sealed.pack.side_doors.len(),
        sealed.pack.findings.len()
    ));
    output::note(&format!(
        "sha256 {}\n  → keep it apart from the files: it shows whether they were changed",
        sealed.digests.all
    ));
    Ok(())
}
