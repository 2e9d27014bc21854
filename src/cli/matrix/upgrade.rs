//! `mlwarden matrix upgrade`: what an upgrade of MLflow takes from whom and opens for whom, and
//! what of the matrix to change first.

use indexmap::IndexMap;
use serde_json::json;

use super::change;
use crate::{
    access::{
        Catalog, Effect, Impact, PolicySet, Preflight, impact,
        matrix::MatrixText,
        policy_set, preflight,
        upgrade::{Again, Danger, Outlook, Proposal, Proposed, Standing, Subject, again, propose},
    },
    cli::{
        MISMATCH, OK,
        args::{Global, Output},
        output::{self, Listing},
        roles,
        session::Session,
    },
    domain::{ExecutionRole, Failure, Role},
};

/// Computes it from what is deployed, and writes the proposed changes where that is wanted.
pub(super) async fn run(global: &Global, to: Option<&str>, write: bool) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let found = session.deployment.mlflow_version.as_ref();
    let now = found.map_or(Catalog::ASSUMED, |version| &version.value);
    let newest = Catalog::versions().last().copied().unwrap_or_default();
    let target = to.unwrap_or(newest);
    let file = session.effective.matrix_file(global)?;
    let text = MatrixText::parse(&file.text, &file.name())?;
    let matrix = text.matrix()?;
    let contract = session.contract().await;
    let yardstick = roles::Yardstick::of(global, &session)?;
    let roles = readable(&session).await;
    let policies: Vec<(&ExecutionRole, PolicySet)> = roles
        .iter()
        .map(|(found, role)| (found, policy_set(role)))
        .collect();
    let groups = contract.groups.iter();
    let mut subjects: Vec<Subject<'_>> = groups
        .map(|group| Subject::group(&group.name, contract, &matrix))
        .collect();
    for (role, set) in &policies {
        subjects.push(Subject::role(role, set, &yardstick.api, &matrix));
    }
    let flight = preflight(now, target, &subjects);
    let proposal = propose(&flight, &text)?;
    say(now, target, &flight);
    let after = proposal.text.matrix()?;
    let names: Vec<String> = contract
        .groups
        .iter()
        .map(|group| group.name.clone())
        .collect();
    let again = again(&flight, &after, &names, &roles, &yardstick.api);
    let impact = impact(&matrix, &after, &Catalog::for_version(flight.to));
    if write && !proposal.changes.is_empty() {
        if global.output != Output::Json {
            print(global, &session, &flight, (&proposal, &again), &impact)?;
        }
        let text = proposal.text.text();
        let code = change::write(global, &session.effective, file, &text, &impact)?;
        next(&flight, &proposal, &again, true);
        return Ok(code);
    }
    print(global, &session, &flight, (&proposal, &again), &impact)?;
    next(&flight, &proposal, &again, false);
    Ok(if flight.is_clear() { OK } else { MISMATCH })
}

/// The roles as they are; those that cannot be read are named.
async fn readable(session: &Session) -> Vec<(ExecutionRole, Role)> {
    let mut roles = Vec::new();
    for (found, read) in session
        .cloud
        .iam
        .documents(session.deployment.roles())
        .await
    {
        match read {
            Ok(role) => roles.push((found, role)),
            Err(failure) => output::note(&format!("! {} is left out: {failure}", found.name)),
        }
    }
    roles
}

/// What is compared, where that is not what was asked for.
fn say(now: &str, target: &str, flight: &Preflight) {
    for (asked, known) in [(now, flight.from), (target, flight.to)] {
        if asked != known {
            output::note(&format!("! the routes of {known} stand for MLflow {asked}"));
        }
    }
    if flight.from == flight.to {
        output::note("both versions have the same known routes: nothing to compare");
    }
}

/// What to do with it.
fn next(flight: &Preflight, proposal: &Proposal, again: &Again, asked: bool) {
    for fault in &proposal.unsolved {
        output::note(&format!("✗ {fault}"));
    }
    if flight.is_clear() {
        output::note("nothing that works is lost, and nothing opens that was not asked for");
        return;
    }
    if proposal.changes.is_empty() {
        output::note("the matrix declares already what is needed; it has to be put into effect");
    } else if !asked {
        output::note("`matrix upgrade --write` makes the proposed changes in the file");
    }
    tell(again);
    output::note(&format!(
        "before the upgrade: `mlwarden --mlflow-version {0} matrix publish` for the groups, \
         `mlwarden --mlflow-version {0} matrix apply` for the roles",
        flight.to
    ));
}

/// What is left of it with the proposal in effect.
fn tell(again: &Again) {
    if again.is_clear() {
        output::note(&format!(
            "flown again with the proposal in effect: all {} jobs that would be lost work, and \
             nothing opens silently",
            again.kept
        ));
        return;
    }
    output::note(&format!(
        "flown again with the proposal in effect: {} of the lost jobs work, and this is left:",
        again.kept
    ));
    let left = again.lost.iter().map(|job| format!("lost: {job}"));
    let open = again.open.iter().map(|route| format!("open: {route}"));
    let unwritable = again.unwritable.iter().cloned();
    for words in left.chain(open).chain(unwritable) {
        output::note(&format!("✗ {words}"));
    }
}

fn print(
    global: &Global,
    session: &Session,
    flight: &Preflight,
    (proposal, again): (&Proposal, &Again),
    impact: &Impact,
) -> Result<u8, Failure> {
    if global.output == Output::Json {
        let jobs: Vec<_> = flight
            .jobs
            .iter()
            .map(|outlook| {
                let mut value = json!(outlook);
                value["lost"] = json!(outlook.lost());
                value
            })
            .collect();
        let upgrade = json!({
            "from": flight.from, "to": flight.to, "clear": flight.is_clear(),
            "jobs": jobs, "gains": flight.gains, "gone": flight.gone,
            "proposal": {
                "changes": proposal.changes, "unsolved": proposal.unsolved, "impact": impact,
                "again": again,
            },
        });
        return output::object(session.context(), "upgrade", upgrade);
    }
    let mut rows: Vec<Vec<String>> = flight.jobs.iter().filter_map(job_row).collect();
    rows.extend(gain_rows(flight));
    rows.extend(flight.gone.iter().map(|route| {
        row([
            "everybody",
            route,
            "there",
            "gone",
            "MLflow does not have it any more",
        ])
    }));
    rows.extend(proposal.changes.iter().map(proposed_row));
    Listing {
        noun: "upgrade",
        context: session.context(),
        columns: &["who", "what", "now", "then", "why"],
        rows,
        values: Vec::new(),
    }
    .print(global.output)
}

fn row(cells: [&str; 5]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// A job whose standing changes for the worse, or that is new and refused, or that begins to
/// work; none for the others.
fn job_row(outlook: &Outlook) -> Option<Vec<String>> {
    let then = match (outlook.now, outlook.then) {
        (Standing::Works, Standing::Refused) => "✗ lost",
        (Standing::Works, Standing::Absent) => "✗ gone",
        (Standing::Absent, Standing::Refused) => "refused",
        (Standing::Refused, Standing::Works) => "+ works",
        _ => return None,
    };
    let now = match outlook.now {
        Standing::Works => "works",
        Standing::Refused => "refused",
        Standing::Absent => "—",
    };
    let missing = outlook.missing.iter();
    let why: Vec<String> = missing
        .map(|missing| format!("{}: {}", missing.route, missing.why))
        .collect();
    Some(row([
        &outlook.principal.to_string(),
        &format!("{} ({})", outlook.words, outlook.by.as_str()),
        now,
        then,
        &why.join("\n"),
    ]))
}

/// What opens, by principal, permission and danger.
fn gain_rows(flight: &Preflight) -> Vec<Vec<String>> {
    type Key<'a> = (String, &'a str, Danger, bool);
    let mut grouped: IndexMap<Key<'_>, (usize, &str, &str)> = IndexMap::new();
    for gain in &flight.gains {
        let key = (
            gain.principal.to_string(),
            gain.permission.as_str(),
            gain.danger,
            gain.silent,
        );
        grouped.entry(key).or_insert((0, &gain.route, &gain.by)).0 += 1;
    }
    grouped
        .into_iter()
        .map(|((who, permission, danger, silent), (count, route, by))| {
            let what = match count {
                1 => route.to_owned(),
                count => format!("{permission}: {count} routes like {route}"),
            };
            let kind = danger.as_str();
            let then = if silent {
                format!("✗ open ({kind})")
            } else {
                format!("+ open ({kind})")
            };
            row([&who, &what, "—", &then, by])
        })
        .collect()
}

fn proposed_row(change: &Proposed) -> Vec<String> {
    let then = match change.effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    };
    row([
        &format!("row {}", change.row),
        &change.entry,
        "proposed",
        then,
        &change.why,
    ])
}
