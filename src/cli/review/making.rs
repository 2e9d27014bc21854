//! Makes a pack: everybody, a verify, what an admin should act on.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::{
    cli::{
        CANCELLED, OK, PARTLY,
        args::{Global, MakeReview, Output},
        ask,
        output::{self, Listing},
        session::Session,
        verify,
    },
    domain::{Failure, Principal},
    probe::{Verifier, VerifyOptions},
    review::{Maker, Sealed, Wishes, files, writing},
};

/// Looks, and writes what was seen.
pub(super) async fn run(global: &Global, arguments: MakeReview) -> Result<u8, Failure> {
    let folder = target(global, &arguments, Timestamp::now())?;
    let session = Session::open(global).await?;
    session.pool()?;
    verify::known(&session, &arguments.principals).await?;
    let mut maker = Maker {
        auditor: session.auditor(global).await?,
        verifier: verify::verifier(global, &session)?,
        terms: session.terms(),
        context: session.effective.name.clone(),
        source: source(global, &session),
    };
    let wishes = Wishes {
        principals: arguments.principals.clone(),
        options: VerifyOptions {
            predicted_only: arguments.predicted_only,
            grant_trust: arguments.grant_trust,
            rate: arguments.rate,
            concurrency: usize::from(arguments.concurrency),
            ..VerifyOptions::default()
        },
    };
    let ready = Box::pin(maker.ready(wishes)).await?;
    let calls = ready.calls(&maker);
    if global.dry_run {
        return verify::preview(&session, global.output, &calls);
    }
    if !ready.options.predicted_only {
        passwords(&mut maker.verifier, &ready.options.principals)?;
    }
    if !verify::may_borrow(global, &calls)? {
        return Ok(CANCELLED);
    }
    let report = verify::watched(&maker.verifier, ready.options.clone()).await?;
    if report.cancelled {
        output::note("stopped: nothing was written");
        return Ok(CANCELLED);
    }
    let made = Box::pin(maker.pack(ready, report)).await?;
    told(global, &session, &made.sealed, folder)?;
    for failure in &made.not_given_back {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
    for lost in &made.lost {
        output::note(&format!("! not looked at: {lost}"));
    }
    Ok(if made.is_whole() { OK } else { PARTLY })
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
        (Output::Table, None) => Ok(Some(writing::free(&writing::usual_name(now)))),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(Failure::invalid(
            "choosing the output",
            "--out writes every format, and -o prints one of them",
        )
        .advise("use one of the two")),
    }
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

/// The file that the matrix comes from.
fn source(global: &Global, session: &Session) -> Option<String> {
    let file = global.matrix.clone();
    let file = file.or_else(|| session.effective.as_written().matrix.map(PathBuf::from));
    file.map(|file| file.display().to_string())
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
