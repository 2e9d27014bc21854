//! `mlwarden journal`: what was planned and what was borrowed; goes on with plans, takes them
//! back.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    args::{Global, JournalCommand},
    carry_out, matrix,
    output::{self, Listing},
    session::{Effective, Session},
};
use crate::{
    domain::{ErrorClass, Failure},
    plan::{Journal, PlanRecord, Standing, publish},
};

/// Runs one of them.
pub(super) async fn run(global: &Global, command: JournalCommand) -> Result<u8, Failure> {
    match command {
        JournalCommand::List => list(global),
        JournalCommand::Show { id } => show(global, &id),
        JournalCommand::Resume { id } => {
            let (journal, record) = open(global, &id)?;
            let doing = format!("going on with {}", record.plan.title);
            if let Some(raw) = record.plan.raw() {
                return Err(raw.not_again());
            }
            match record.standing() {
                Standing::Running => Err(conflict(doing, "another process works on it")),
                Standing::Undone => Err(over(doing, "it was taken back")),
                Standing::Dismissed => Err(over(doing, "what was left of it is forgotten")),
                _ => {
                    let session = Session::open(global).await?;
                    carry_out::go_on(global, &session, journal, record).await
                }
            }
        }
        JournalCommand::Undo { id, principal } => {
            let (journal, record) = open(global, &id)?;
            if let Some(raw) = record.plan.raw() {
                return Err(raw.not_back());
            }
            let doing = format!("undoing {}", record.plan.title);
            match record.standing() {
                Standing::Running => Err(conflict(doing, "another process works on it")),
                Standing::Undone => Err(over(doing, "it was taken back already")),
                _ if publish::is_publication(&record.plan) => {
                    drop(journal);
                    Box::pin(matrix::undo(global, &record)).await
                }
                _ => {
                    drop(journal);
                    let session = Session::open(global).await?;
                    carry_out::undo(global, &session, &record, principal.as_ref()).await
                }
            }
        }
        JournalCommand::Dismiss { id } => {
            let (journal, record) = open(global, &id)?;
            let title = &record.plan.title;
            match record.standing() {
                Standing::Running => Err(conflict(
                    format!("dismissing {title}"),
                    "another process works on it",
                )),
                standing @ (Standing::Done | Standing::Undone | Standing::Dismissed) => {
                    let standing = standing.as_str();
                    output::note(&format!("{title}: nothing to forget, it is {standing}"));
                    Ok(super::OK)
                }
                Standing::Unfinished => {
                    journal.dismiss(record.plan.id)?;
                    output::note(&format!("{title}: what is left is forgotten"));
                    Ok(super::OK)
                }
            }
        }
    }
}

fn open(global: &Global, id: &str) -> Result<(Journal, PlanRecord), Failure> {
    let journal = Journal::open(&Effective::read(global)?.paths.state_dir)?;
    let record = journal.find_plan(id)?;
    Ok((journal, record))
}

/// Something that was asked of a plan and cannot be done to it any more.
fn over(doing: String, why: &str) -> Failure {
    Failure::invalid(doing, why).advise("`mlwarden journal show` says what became of each step")
}

fn conflict(doing: String, why: &str) -> Failure {
    Failure::new(ErrorClass::Conflict, doing, why)
        .advise("`mlwarden journal show` says what became of each step")
}

/// Everything ever planned or borrowed, oldest first.
fn list(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let journal = Journal::open(&effective.paths.state_dir)?;
    let mut entries: Vec<(Timestamp, Vec<String>, Value)> = Vec::new();
    for entry in journal.entries()? {
        let ended = entry
            .given_back_at
            .map_or_else(|| "not given back".to_owned(), |_| "given back".to_owned());
        entries.push((
            entry.at,
            vec![
                output::time(entry.at),
                String::new(),
                entry.borrowed.describe(),
                ended,
                entry.failure.clone().unwrap_or_default(),
            ],
            json!(entry),
        ));
    }
    for record in journal.plans()? {
        let (done, all) = record.progress();
        let standing = record.standing();
        let id = record.plan.short_id();
        entries.push((
            record.at,
            vec![
                output::time(record.at),
                id.clone(),
                record.plan.title.clone(),
                standing.as_str().to_owned(),
                match answer(&record) {
                    Some(answer) => answer.to_owned(),
                    None if standing == Standing::Done => String::new(),
                    None => format!("{done} of {all} steps"),
                },
            ],
            json!({
                "at": record.at,
                "id": record.plan.id,
                "title": record.plan.title,
                "standing": standing,
                "done": done,
                "steps": all,
                "answer": answer(&record),
            }),
        ));
    }
    entries.sort_by_key(|(at, ..)| *at);
    let (rows, values) = entries
        .into_iter()
        .map(|(_, row, value)| (row, value))
        .unzip();
    Listing {
        noun: "entries",
        context: json!({"name": effective.name}),
        columns: &["at", "id", "what", "standing", "how far"],
        rows,
        values,
    }
    .print(global.output)
}

/// What came of a request that was sent as it was written; none for any other plan.
fn answer(record: &PlanRecord) -> Option<&str> {
    record.plan.raw()?;
    let step = record.step(0, 0)?;
    step.made.as_deref().or(step.failure.as_deref())
}

/// One plan with what became of each of its steps.
fn show(global: &Global, id: &str) -> Result<u8, Failure> {
    let (_, record) = open(global, id)?;
    let answer = answer(&record);
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (at, item) in record.plan.items.iter().enumerate() {
        for (place, step) in item.steps.iter().enumerate() {
            let became = record.step(at, place);
            let word = match became {
                None => "not begun",
                Some(step) if step.done_at.is_some() && answer.is_some() => "answered",
                Some(step) if step.done_at.is_some() && step.ours => "done",
                Some(step) if step.done_at.is_some() => "was so already",
                Some(step) if step.failure.is_some() => "failed",
                Some(_) => "begun, end unknown",
            };
            let told = became.and_then(|step| step.failure.as_deref()).or(answer);
            let planned = step.planned(&item.subject);
            rows.push(vec![
                item.subject.clone(),
                planned.call.clone(),
                word.to_owned(),
                told.map_or_else(|| planned.does.clone(), ToOwned::to_owned),
            ]);
            values.push(json!({
                "subject": item.subject,
                "call": planned,
                "became": became,
                "sent": record.plan.raw().map(|raw| &raw.request),
            }));
        }
    }
    let place = &record.plan.place;
    output::note(&format!(
        "{}: {} ({} in {})",
        record.plan.title,
        record.standing().as_str(),
        place.user_pool_id.as_deref().unwrap_or("no pool"),
        place.account.as_deref().unwrap_or("an unknown account"),
    ));
    Listing {
        noun: "steps",
        context: json!({"plan": record.plan.id, "title": record.plan.title, "standing": record.standing()}),
        columns: &["subject", "call", "became", "what"],
        rows,
        values,
    }
    .print(global.output)
}
