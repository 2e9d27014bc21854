//! Decisions: written into the sheet, put into effect, and recorded for good.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::{decided, open, sheet};
use crate::{
    cli::{
        MISMATCH, OK,
        args::{ApplyReview, CloseReview, Decide, Global},
        carry_out,
        output::{self, Listing},
        session::{Effective, Session},
        users,
    },
    domain::{ErrorClass, Failure, email, shell_quoted},
    plan::{
        Journal, Place,
        survey::{Extent, Survey},
    },
    review::{
        self, CarriedOut, Choice, Decision, Reviewed, Sealed, Verdicts, files, removals, signed_by,
        writing,
    },
};

/// How many undecided people are named.
const NAMED: usize = 40;

/// Who does it: as named, else the name that the person is logged in by.
fn by(named: Option<&String>) -> Result<String, Failure> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let logged_in = || variable("USER").or_else(|| variable("LOGNAME"));
    named.cloned().or_else(logged_in).ok_or_else(|| {
        Failure::invalid("recording who decides", "nobody is named").advise("add --by NAME")
    })
}

/// Writes decisions into the sheet.
pub(super) fn decide(global: &Global, arguments: &Decide) -> Result<u8, Failure> {
    let (sealed, folder) = open(&arguments.pack)?;
    let file = sheet(&folder, arguments.decisions.as_ref());
    let mut all = if file.exists() {
        decided(&sealed, &file)?
    } else {
        Verdicts::default()
    };
    let wishes = arguments
        .keep
        .iter()
        .map(|name| (name, Choice::Keep, &[][..]))
        .chain(
            arguments
                .remove
                .iter()
                .map(|name| (name, Choice::Remove, &[][..])),
        )
        .chain(
            arguments
                .change
                .iter()
                .map(|(name, groups)| (name, Choice::Change, groups.as_slice())),
        );
    let reviewer = by(arguments.by.as_ref())?;
    let now = output::time(Timestamp::now());
    let mut made: Vec<Decision> = Vec::new();
    for (name, choice, groups) in wishes {
        let person = find(&sealed, name)?;
        let decision = Decision {
            id: person.id.clone(),
            person: person.person.clone(),
            decision: choice,
            remove_groups: groups.to_vec(),
            reason: arguments.reason.clone(),
            reviewer: reviewer.clone(),
            at: now.clone(),
        };
        let twice = made.iter().any(|other| other.id == decision.id);
        let fault = twice
            .then(|| "two decisions at once".to_owned())
            .or_else(|| decision.fault(person));
        if let Some(fault) = fault {
            return Err(
                Failure::invalid(format!("deciding on {}", person.person), fault)
                    .advise("nothing was written; add --reason TEXT where a reason is missing"),
            );
        }
        made.push(decision);
    }
    if made.is_empty() {
        return Err(Failure::invalid("deciding", "nobody is named")
            .advise("add --keep, --remove or --change"));
    }
    made.iter().cloned().for_each(|one| all.record(one));
    if !global.dry_run {
        writing::replace(&file, &review::to_csv(&sealed, &all)?)?;
    }
    Listing {
        noun: "decisions",
        context: json!(sealed.pack.context),
        columns: &["person", "decision", "groups", "reason", "reviewer"],
        rows: made
            .iter()
            .map(|one| {
                vec![
                    one.person.clone(),
                    one.decision.to_string(),
                    one.remove_groups.join(", "),
                    one.reason.clone(),
                    one.reviewer.clone(),
                ]
            })
            .collect(),
        values: made.iter().map(|one| json!(one)).collect(),
    }
    .print(global.output)?;
    let left = all.undecided(&sealed.pack).len();
    output::note(&format!(
        "{}: {} decided, {left} not",
        file.display(),
        all.len()
    ));
    Ok(OK)
}

/// The person of a pack that a name means: an id, a user name, an address or a profile.
fn find<'a>(sealed: &'a Sealed, name: &str) -> Result<&'a Reviewed, Failure> {
    let failed = |class, why: &str| Failure::new(class, format!("looking for {name}"), why);
    let people = || sealed.pack.people.iter();
    let exact = people().find(|one| one.id == name || one.username.as_deref() == Some(name));
    if let Some(person) = exact {
        return Ok(person);
    }
    let key = email::key(name);
    let mut called = people().filter(|one| email::key(&one.person) == key);
    match (called.next(), called.next()) {
        (Some(person), None) => Ok(person),
        (Some(_), Some(_)) => Err(failed(
            ErrorClass::Invalid,
            "several people of the review are called so",
        )
        .advise("name the id, as in the column id of decisions.csv")),
        _ => Err(
            failed(ErrorClass::NotFound, "nobody of the review is called so")
                .advise("people.csv has them all"),
        ),
    }
}

/// Puts the decisions into effect.
pub(super) async fn apply(global: &Global, arguments: ApplyReview) -> Result<u8, Failure> {
    let (sealed, folder) = open(&arguments.pack)?;
    let file = sheet(&folder, arguments.decisions.as_ref());
    let all = decided(&sealed, &file)?;
    if !complete(&sealed, &all, arguments.complete) {
        output::note("nothing was changed");
        return Ok(MISMATCH);
    }
    let session = Session::open(global).await?;
    session.pool()?;
    let place = Place::of(&session.deployment);
    sealed
        .pack
        .context
        .place()
        .check(&place)
        .map_err(|failure| {
            Failure::invalid("applying the review", failure.message)
                .advise("choose the context that was reviewed, by --context or --profile")
        })?;
    let extent = if place.domain_id.is_some() {
        Extent::Studio
    } else {
        Extent::Pool
    };
    let rule = &session.effective.rule;
    let survey = Survey::everybody(&session.cloud, &place, extent, rule).await?;
    let people = survey.people(rule);
    let removal = removals(&sealed, &all, &people, arguments.studio_profile, place);
    let id = removal.plan.short_id();
    let has_steps = removal.plan.steps() > 0;
    let mut proposal =
        users::with_consequences(&session, &survey, removal.plan, removal.complete).await;
    proposal.notes = removal.notes;
    proposal.refused = removal.refused;
    proposal.results = arguments.results;
    let code = carry_out::propose(global, &session, proposal).await?;
    if has_steps && !global.dry_run && code == OK {
        output::note(&format!(
            "record it: mlwarden review close {} {} --plan {id} --out FILE",
            shell_quoted(&arguments.pack.to_string_lossy()),
            shell_quoted(&file.to_string_lossy())
        ));
    }
    Ok(code)
}

/// Says who is undecided; whether to go on.
fn complete(sealed: &Sealed, all: &Verdicts, must_be: bool) -> bool {
    let undecided = all.undecided(&sealed.pack);
    if undecided.is_empty() {
        return true;
    }
    let names: Vec<String> = undecided
        .iter()
        .take(NAMED)
        .map(|one| review::visible(&one.person).into_owned())
        .collect();
    let more = match undecided.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    output::note(&format!(
        "! not decided: {} of {}: {}{more}",
        undecided.len(),
        sealed.pack.people.len(),
        names.join(", ")
    ));
    !must_be
}

/// Writes the pack with its decisions.
pub(super) fn close(global: &Global, arguments: &CloseReview) -> Result<u8, Failure> {
    let (sealed, folder) = open(&arguments.pack)?;
    let file = sheet(&folder, arguments.decisions.as_ref());
    let all = decided(&sealed, &file)?;
    if !complete(&sealed, &all, arguments.complete) {
        output::note("nothing was written");
        return Ok(MISMATCH);
    }
    let carried_out = match &arguments.plan {
        Some(id) => Some(carried_out(global, &sealed, id)?),
        None => None,
    };
    let by = by(arguments.by.as_ref())?;
    let closed = review::close(&sealed, &all, &by, Timestamp::now(), carried_out)?;
    let closure = closed.pack.closure.as_ref();
    for id in closure.into_iter().flat_map(|end| &end.own_reviewer) {
        let person = closed.pack.person(id).map_or(id, |one| &one.person);
        output::note(&format!("! {person} decided on themselves: it is recorded"));
    }
    if !global.dry_run {
        write(&closed, &arguments.out)?;
    }
    Listing {
        noun: "reviews",
        context: json!(closed.pack.context),
        columns: &["file", "decided", "undecided", "sha256", "decided on"],
        rows: vec![vec![
            arguments.out.display().to_string(),
            closed.pack.decisions.len().to_string(),
            closure.map_or(0, |end| end.undecided.len()).to_string(),
            closed.digests.all.clone(),
            sealed.digests.all.clone(),
        ]],
        values: vec![json!({
            "file": arguments.out, "decided": closed.pack.decisions.len(),
            "undecided": closure.map(|end| &end.undecided),
            "sha256": closed.digests.all, "first": sealed.digests.all,
        })],
    }
    .print(global.output)
}

/// What the journal says of the plan that followed from this review.
fn carried_out(global: &Global, sealed: &Sealed, id: &str) -> Result<CarriedOut, Failure> {
    let journal = Journal::open(&Effective::read(global)?.paths.state_dir)?;
    let record = journal.find_plan(id)?;
    if !signed_by(&record.plan, sealed) {
        return Err(Failure::invalid(
            format!("recording the plan {id}"),
            format!("it does not follow from this review: {}", record.plan.title),
        )
        .advise("`mlwarden journal list` has the plans; leave --plan out where none was made"));
    }
    Ok(CarriedOut::of(&record))
}

fn write(closed: &Sealed, out: &Path) -> Result<(), Failure> {
    let ending = out.extension().and_then(|ending| ending.to_str());
    let name = match ending {
        Some("html" | "htm") => "review.html",
        Some("json") => files::PACK,
        Some("md") => "review.md",
        _ => return writing::folder(out, &files::all(closed)?),
    };
    let text = files::text(closed, name)?.unwrap_or_default();
    writing::file(out, &text)
}
