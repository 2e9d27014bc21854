//! `mlwarden users backup` and `restore`: a pool's users, groups and memberships in a file.

use std::{
    fs,
    io::{IsTerminal, Write},
    path::Path,
};

use jiff::Timestamp;

use super::{
    OK,
    args::{Global, Welcome},
    carry_out, output,
    session::Session,
    users,
};
use crate::{
    domain::{Failure, User},
    plan::{
        Known, Place,
        backup::{Backup, BackupPool, PASSWORDS, missing},
        onboard, roster,
        survey::{Extent, Survey},
    },
    ui::text::clean,
};

async fn everybody(session: &Session) -> Result<Survey, Failure> {
    let place = Place::of(&session.deployment);
    let rule = &session.effective.rule;
    Survey::everybody(&session.cloud, &place, Extent::Pool, rule).await
}

/// Every user with the groups it is in.
fn with_groups(survey: &Survey) -> impl Iterator<Item = (&User, &[String])> {
    survey
        .users
        .iter()
        .map(|user| (user.as_ref(), survey.groups_of(&user.username)))
}

/// Writes the backup.
pub(super) async fn write(global: &Global, file: Option<&Path>) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let id = session.pool()?.to_owned();
    let survey = everybody(&session).await?;
    let pool = session.cloud.cognito.describe_pool(&id).await?;
    let name = BackupPool {
        id,
        name: pool.name,
        region: session.cloud.region().to_owned(),
    };
    let backup = Backup::new(Timestamp::now(), name, with_groups(&survey), &survey.groups);
    let text = backup.to_json()?;
    put(file, &text)?;
    if let Some(file) = file {
        output::note(&format!(
            "{} users and {} groups in {}. {PASSWORDS}",
            survey.users.len(),
            survey.groups.len(),
            file.display()
        ));
    }
    Ok(OK)
}

/// Writes a text to a file that is not there yet, else to standard output.
pub(super) fn put(file: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(file) = file else {
        // A terminal is not to take what stands in an attribute for an order.
        let cleaned = if std::io::stdout().is_terminal() {
            text.lines().map(clean).collect::<Vec<_>>().join("\n") + "\n"
        } else {
            text.to_owned()
        };
        return output::print(&cleaned).map(drop);
    };
    let failed = |error: std::io::Error| {
        Failure::invalid(format!("writing {}", file.display()), error.to_string())
            .advise("name a file that is not there yet, in a folder that can be written to")
    };
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(failed)?;
    out.write_all(text.as_bytes()).map_err(failed)
}

/// Writes every user with groups and attributes as CSV.
pub(super) async fn export(global: &Global, file: Option<&Path>) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    session.pool()?;
    let survey = everybody(&session).await?;
    let mut people: Vec<_> = with_groups(&survey).collect();
    // In the order of `users list`, so that two exports can be compared.
    people.sort_by(|(a, _), (b, _)| (a.label(), &a.username).cmp(&(b.label(), &b.username)));
    put(file, &roster::to_csv(people)?)?;
    Ok(OK)
}

/// Makes what a backup has and the pool has not.
pub(super) async fn restore(global: &Global, file: &Path, welcome: Welcome) -> Result<u8, Failure> {
    let text = fs::read(file).map_err(|error| {
        Failure::invalid(format!("reading {}", file.display()), error.to_string())
            .advise("name a file that `mlwarden users backup` wrote")
    })?;
    let backup = Backup::parse(&text, &file.display().to_string())?;
    let session = Session::open(global).await?;
    session.pool()?;
    let survey = everybody(&session).await?;
    let welcome = match welcome {
        Welcome::Mail => onboard::Welcome::Mail,
        Welcome::Shown => onboard::Welcome::Shown,
        Welcome::Silent => onboard::Welcome::Silent,
    };
    let restoration = missing(&backup, &Known::new(with_groups(&survey), &survey.groups));
    let plan = restoration.plan(Place::of(&session.deployment), welcome);
    let mut proposal = users::with_consequences(&session, &survey, plan, Vec::new()).await;
    proposal.notes = restoration.notes();
    proposal.notes.extend(restoration.differs);
    carry_out::propose(global, &session, proposal).await
}
