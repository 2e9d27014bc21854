//! `mlwarden roles doors` and `roles guard`: the ways around the matrix that roles' policies leave
//! open, and what closes them.

use serde_json::{Value, json};

use super::{
    MISMATCH, OK,
    args::{Global, Output},
    carry_out::{self, Proposal},
    output::{self, Listing},
    roles::{Yardstick, named},
    session::Session,
};
use crate::{
    access::{
        door::{self, Door, House, Remedy, Replacement, Site},
        role_policy,
    },
    domain::{ErrorClass, ExecutionRole, Failure, Role},
    plan::{Place, role_policy::close_doors},
};

/// Up to how many roles are read to say of one which doors it has.
const BESIDE: usize = 25;

/// The doors of one role, or of all.
pub(super) async fn list(global: &Global, role: Option<&str>) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let yardstick = Yardstick::of(global, &session)?;
    let asked = role.map(|role| named(&session, role));
    let house = house(&session, &yardstick, asked.as_ref()).await?;
    let doors: Vec<Door> = house
        .residents
        .iter()
        .filter(|resident| {
            asked
                .as_ref()
                .is_none_or(|asked| asked.name == resident.role.name)
        })
        .flat_map(|resident| door::doors(&house, resident))
        .collect();
    let code = if doors.is_empty() { OK } else { MISMATCH };
    if doors.is_empty() && global.output == Output::Table {
        output::note("no side door is open");
        return Ok(code);
    }
    Listing {
        noun: "doors",
        context: session.context(),
        columns: &["role", "door", "leads to", "way", "statement", "possibly"],
        rows: doors.iter().map(row).collect(),
        values: doors.iter().map(value).collect(),
    }
    .print(global.output)?;
    Ok(code)
}

fn row(door: &Door) -> Vec<String> {
    vec![
        door.role.clone(),
        door.kind.to_string(),
        leads(door),
        door.path.clone(),
        statements(door).join("\n"),
        door.depends_on.join(", "),
    ]
}

fn value(door: &Door) -> Value {
    let mut value = json!(door);
    value["certain"] = json!(door.is_certain());
    value["statements"] = json!(statements(door));
    value
}

/// What it leads to, one a line; of many the first ones.
fn leads(door: &Door) -> String {
    const NAMED: usize = 3;
    let mut lines: Vec<String> = door
        .leads_to
        .iter()
        .take(NAMED)
        .map(|lead| format!("{} ({})", lead.to, lead.in_words()))
        .collect();
    match door.leads_to.len().saturating_sub(NAMED) {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    lines.join("\n")
}

/// The statements that leave it open, each once.
fn statements(door: &Door) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    for opening in &door.opened_by {
        let statement = opening.statement();
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    statements
}

/// The side doors of a role in words, for `roles show`. They are found by reading the other
/// roles as well, so that of many it is only said how to ask.
pub(super) async fn of_one(
    session: &Session,
    yardstick: &Yardstick,
    asked: &ExecutionRole,
    role: &Role,
) -> Vec<String> {
    let others: Vec<ExecutionRole> = session
        .deployment
        .roles()
        .iter()
        .filter(|other| other.name != asked.name)
        .cloned()
        .collect();
    if others.len() > BESIDE {
        return vec![format!("`mlwarden roles doors {}` tells them", asked.name)];
    }
    let read = session.cloud.iam.documents(&others).await;
    let mut roles: Vec<(ExecutionRole, Role)> = read
        .into_iter()
        .filter_map(|(found, role)| Some((found, role.ok()?)))
        .collect();
    roles.push((asked.clone(), role.clone()));
    let house = built(session, yardstick, roles).await;
    let doors = house
        .find(&role.name)
        .map(|resident| door::doors(&house, resident));
    doors
        .unwrap_or_default()
        .iter()
        .map(|door| match door.doubt() {
            Some(doubt) => format!("{}: {} ({doubt})", door.kind, door.path),
            None => format!("{}: {}", door.kind, door.path),
        })
        .collect()
}

/// What closes a role's doors; written with `apply`.
pub(super) async fn guard(
    global: &Global,
    name: &str,
    replace: bool,
    apply: bool,
) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let yardstick = Yardstick::of(global, &session)?;
    let asked = named(&session, name);
    let house = house(&session, &yardstick, Some(&asked)).await?;
    let resident = house.find(&asked.name).ok_or_else(|| {
        Failure::new(
            ErrorClass::NotFound,
            format!("looking for the role {}", asked.name),
            "it could not be read",
        )
    })?;
    let change = if replace {
        door::replacement(&house, resident)?
    } else {
        door::guard(&house, resident)?
    };
    if !apply {
        return show(global, &session, &change);
    }
    let mut proposal = Proposal {
        notes: consequences(&change),
        ..Proposal::default()
    };
    if is_needless(&change) {
        proposal.complete.push(change.role.clone());
    } else {
        proposal.plan = Some(close_doors(&change, Place::of(&session.deployment)));
    }
    if !global.dry_run && !global.yes {
        for write in &change.writes {
            output::note(role_policy::diff(write).trim_end());
        }
    }
    let carried = carry_out::carry(global, &session, proposal).await?;
    if carried.code != OK || carried.made.is_empty() {
        return Ok(carried.code);
    }
    look_again(&session, &yardstick, &asked).await
}

/// Whether there is nothing to do: the remedy is in place, or there is nothing to remedy.
fn is_needless(change: &Replacement) -> bool {
    let nothing_to_write = change.writes.is_empty() && change.detaches.is_empty();
    nothing_to_write || (change.remedy == Remedy::Guard && change.closes.is_empty())
}

/// The proposed policies beside what is there.
fn show(global: &Global, session: &Session, change: &Replacement) -> Result<u8, Failure> {
    if global.output == Output::Json {
        return output::object(session.context(), "change", json!(change));
    }
    for note in consequences(change) {
        output::note(&format!("· {note}"));
    }
    if is_needless(change) {
        output::note("there is nothing to write");
        return Ok(OK);
    }
    let diffs: Vec<String> = change.writes.iter().map(role_policy::diff).collect();
    output::print(&diffs.concat())?;
    output::note("nothing was changed; add --apply to write it");
    Ok(OK)
}

/// What follows from it, in words.
fn consequences(change: &Replacement) -> Vec<String> {
    let mut notes = Vec::new();
    for door in &change.closes {
        notes.push(format!("closes {}: {}", door.kind, door.path));
    }
    for door in &change.leaves {
        let doubt = door.doubt().map(|doubt| format!(" ({doubt})"));
        notes.push(format!(
            "leaves {}: {}{}; {}",
            door.kind,
            door.path,
            doubt.unwrap_or_default(),
            statements(door).join("; ")
        ));
    }
    for arn in &change.detaches {
        notes.push(format!(
            "detaches {arn}, and with it every right that only it gives"
        ));
    }
    notes.push(match change.breaks.len() {
        0 => format!(
            "keeps all {} everyday calls of Studio that are allowed now",
            change.keeps.len()
        ),
        _ => format!(
            "keeps {} everyday calls of Studio, and breaks: {}",
            change.keeps.len(),
            change.breaks.join(", ")
        ),
    });
    notes.push(format!(
        "its inline policies have {} of {} characters then",
        change.size,
        role_policy::LIMIT
    ));
    notes
}

/// Reads the role again and says which doors are left.
async fn look_again(
    session: &Session,
    yardstick: &Yardstick,
    asked: &ExecutionRole,
) -> Result<u8, Failure> {
    let house = house(session, yardstick, Some(asked)).await?;
    let left = house
        .find(&asked.name)
        .map(|resident| door::doors(&house, resident))
        .unwrap_or_default();
    if left.is_empty() {
        output::note(&format!(
            "by its policies as they are now, {} has no side door",
            asked.name
        ));
        return Ok(OK);
    }
    for door in &left {
        output::note(&format!("! still open: {}: {}", door.kind, door.path));
    }
    Ok(MISMATCH)
}

/// The deployment with its roles; one that is asked for must be read, of the others it is said
/// which could not be.
async fn house(
    session: &Session,
    yardstick: &Yardstick,
    asked: Option<&ExecutionRole>,
) -> Result<House, Failure> {
    let mut all = session.deployment.roles().to_vec();
    if let Some(asked) = asked
        && !all.iter().any(|known| known.name == asked.name)
    {
        all.push(asked.clone());
    }
    let mut roles = Vec::new();
    for (found, role) in session.cloud.iam.documents(&all).await {
        match role {
            Ok(role) => {
                // What was given by name alone has its ARN now.
                let arn = role.arn.clone();
                roles.push((ExecutionRole { arn, ..found }, role));
            }
            Err(failure) if asked.is_some_and(|asked| asked.name == found.name) => {
                return Err(failure);
            }
            Err(failure) => {
                output::note(&format!("{} is left out: {failure}", found.name));
            }
        }
    }
    Ok(built(session, yardstick, roles).await)
}

async fn built(
    session: &Session,
    yardstick: &Yardstick,
    roles: Vec<(ExecutionRole, Role)>,
) -> House {
    House::new(
        Site::of(&session.deployment, session.cloud.region()),
        roles,
        &yardstick.matrix,
        session.contract().await,
        &yardstick.catalog,
    )
}
