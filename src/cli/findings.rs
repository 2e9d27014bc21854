//! `mlwarden findings`: what an admin should act on, held against the suppressions of the config
//! file; and `findings suppress`, which writes one of these.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    MISMATCH, OK, UNREACHED,
    args::{Findings, FindingsCommand, Global, Output},
    output::{self, Listing},
    session::{Effective, Session},
};
use crate::{
    access::{
        Finding,
        finding::{Ruling, Suppressed, Suppression, sarif},
        policy::glob,
    },
    config::file::write_suppression,
    domain::Failure,
    probe::{
        audit::{Audit, Unseen},
        report::findings_to_junit,
    },
};

/// Looks, judges, prints; or suppresses.
pub(super) async fn run(global: &Global, arguments: Findings) -> Result<u8, Failure> {
    match arguments.command {
        None => Box::pin(list(global, arguments)).await,
        Some(FindingsCommand::Suppress {
            id,
            subject,
            detail,
            reason,
            until,
        }) => suppress(
            global,
            &Suppression {
                finding: id,
                subject,
                detail,
                reason,
                until,
            },
        ),
    }
}

/// Everything that findings are about: 0 where nothing is open, 1 where something is, 3 where
/// nothing is and something could not be looked at.
async fn list(global: &Global, arguments: Findings) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let auditor = session.auditor(global).await?;
    let now = Timestamp::now();
    let Audit {
        findings,
        not_looked_at,
    } = auditor.everything(&session.terms(), now).await;
    let mut ruling = Ruling::of(findings, &session.effective.suppress, day(now));
    let wanted = |finding: &Finding| {
        let id = arguments.id.as_deref();
        arguments
            .severity
            .is_none_or(|severity| finding.severity <= severity)
            && id.is_none_or(|pattern| glob::matches(pattern, &finding.id))
    };
    ruling.open.retain(wanted);
    ruling
        .suppressed
        .retain(|suppressed| wanted(&suppressed.finding));
    print(
        global,
        &session,
        &ruling,
        &not_looked_at,
        arguments.suppressed,
    )?;
    tell(global.output, &ruling, &not_looked_at, arguments.suppressed);
    Ok(if !ruling.open.is_empty() {
        MISMATCH
    } else if not_looked_at.is_empty() {
        OK
    } else {
        UNREACHED
    })
}

/// The day of a time, where suppressions count days: in UTC, as every time here.
fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn print(
    global: &Global,
    session: &Session,
    ruling: &Ruling,
    not_looked_at: &[Unseen],
    suppressed: bool,
) -> Result<u8, Failure> {
    match global.output {
        Output::Json => output::objects(
            session.context(),
            [
                ("findings", ruling.open.iter().map(value).collect()),
                (
                    "suppressed",
                    ruling.suppressed.iter().map(suppressed_value).collect(),
                ),
                ("unused_suppressions", json!(ruling.unused)),
                ("not_looked_at", not_looked_at.iter().map(unseen).collect()),
            ],
        ),
        Output::Sarif => {
            let parts: Vec<String> = not_looked_at.iter().map(ToString::to_string).collect();
            output::print_json(&sarif(ruling, &parts))
        }
        Output::Junit => {
            let parts: Vec<String> = not_looked_at.iter().map(ToString::to_string).collect();
            output::print(&findings_to_junit(ruling, &parts)?)
        }
        Output::Table | Output::Csv | Output::Md => {
            table(global.output, session, ruling, suppressed)
        }
    }
}

/// The columns of every flat format, in this order.
const COLUMNS: [&str; 9] = [
    "severity",
    "finding",
    "subject",
    "what",
    "evidence",
    "remedy",
    "command",
    "fingerprint",
    "suppressed",
];
/// Of these, what a person reads on a terminal.
const SHOWN: usize = 4;
/// How many lines of evidence a person sees of each on a terminal.
const EVIDENCE: usize = 3;
/// And how much of each line.
const LINE: usize = 200;

fn table(
    format: Output,
    session: &Session,
    ruling: &Ruling,
    suppressed: bool,
) -> Result<u8, Failure> {
    let open = ruling.open.iter().map(|finding| (finding, None));
    let left = ruling
        .suppressed
        .iter()
        .map(|one| (&one.finding, Some(&one.suppression)));
    let rows = open
        .chain(left.filter(|_| suppressed))
        .map(|(finding, by)| {
            if format == Output::Table {
                shown(finding, by)
            } else {
                row(finding, by)
            }
        });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() && format == Output::Table {
        return Ok(OK);
    }
    Listing {
        noun: "findings",
        context: session.context(),
        columns: if format == Output::Table {
            COLUMNS.get(..SHOWN).unwrap_or(&COLUMNS)
        } else {
            &COLUMNS
        },
        rows,
        values: Vec::new(),
    }
    .print(format)
}

fn row(finding: &Finding, by: Option<&Suppression>) -> Vec<String> {
    vec![
        finding.severity.to_string(),
        finding.id.clone(),
        finding.subject.clone(),
        finding.title.clone(),
        finding.evidence.join("; "),
        finding.remedy.clone(),
        finding.command.clone().unwrap_or_default(),
        finding.fingerprint(),
        by.map(left_until).unwrap_or_default(),
    ]
}

/// A finding for a person: what it is, what it rests on, what to do, in one cell.
fn shown(finding: &Finding, by: Option<&Suppression>) -> Vec<String> {
    let mut what = vec![finding.title.clone()];
    let more = finding.evidence.len().saturating_sub(EVIDENCE);
    let some = finding.evidence.iter().take(EVIDENCE);
    what.extend(some.map(|line| format!("  · {}", cut(line))));
    if more > 0 {
        what.push(format!("  · and {more} more lines"));
    }
    what.push(format!("→ {}", finding.remedy));
    if let Some(command) = &finding.command {
        what.push(format!("→ {command}"));
    }
    let severity = match by {
        Some(by) => {
            what.push(left_until(by));
            "suppressed".to_owned()
        }
        None => finding.severity.to_string(),
    };
    vec![
        severity,
        finding.id.clone(),
        finding.subject.clone(),
        what.join("\n"),
    ]
}

/// The start of a line that is too long for a table.
fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

/// `suppressed until 2027-03-01: moves in March`.
fn left_until(by: &Suppression) -> String {
    format!("suppressed until {}: {}", by.until, by.reason)
}

fn value(finding: &Finding) -> Value {
    let mut value = json!(finding);
    value["detail"] = json!(finding.detail);
    value["command"] = json!(finding.command);
    value["fingerprint"] = json!(finding.fingerprint());
    value
}

fn suppressed_value(suppressed: &Suppressed) -> Value {
    let mut value = value(&suppressed.finding);
    value["suppression"] = json!(suppressed.suppression);
    value
}

fn unseen(unseen: &Unseen) -> Value {
    let mut value = json!(unseen.failure);
    value["part"] = json!(unseen.part);
    value["next_step"] = json!(unseen.failure.next_step());
    value
}

/// Says beside the data what is to be known of it.
fn tell(format: Output, ruling: &Ruling, not_looked_at: &[Unseen], suppressed: bool) {
    for unseen in not_looked_at {
        output::note(&format!(
            "! not looked at: {unseen}\n  → {}",
            unseen.failure.next_step()
        ));
    }
    for unused in &ruling.unused {
        output::note(&format!(
            "! a suppression is about nothing that was found: {unused}"
        ));
    }
    let count = ruling.suppressed.len();
    let hidden = format == Output::Table && count > 0 && !suppressed;
    let hint = if hidden {
        "; --suppressed shows them"
    } else {
        ""
    };
    output::note(&format!(
        "{} open, {count} suppressed{hint}",
        ruling.open.len()
    ));
}

/// Adds a suppression to the config file, which is local: a read-only run may do so.
fn suppress(global: &Global, suppression: &Suppression) -> Result<u8, Failure> {
    let doing = || format!("suppressing {suppression}");
    if suppression.reason.trim().is_empty() {
        return Err(Failure::invalid(doing(), "the reason is empty")
            .advise("say by --reason why it is left as it is"));
    }
    if suppression.until < day(Timestamp::now()) {
        return Err(Failure::invalid(
            doing(),
            format!("{} is over: it would suppress nothing", suppression.until),
        )
        .advise("give a day to come by --until"));
    }
    let file = Effective::read(global)?.paths.config_file;
    if global.dry_run {
        output::note(&format!("would add to {}:", file.display()));
        return output::print(&suppression.to_toml());
    }
    write_suppression(&file, suppression)?;
    output::note(&format!(
        "{suppression} is suppressed until {}, in {}",
        suppression.until,
        file.display()
    ));
    Ok(OK)
}
