//! Questions about the matrix: who can, what can somebody, why. Answered from what is loaded;
//! what is missing is asked for, and the answer comes again when it is there.

mod facts;

use super::{enter, explain, people, roles};
use crate::{
    access::{audit::What, door::Site},
    app::{
        Effect, Screen, effect::Ask, inquiry::Inquiry, lists::CellRow, remote::Ticket, state::State,
    },
    domain::Principal,
    probe::Cell,
};

pub(super) use facts::Facts;

/// More people than this are gone through off the UI task.
const MANY: usize = 2_000;
/// So are the side doors of more roles than this.
const MANY_ROLES: usize = 8;

/// Shows what a principal may do, as it is or as if it were in these groups.
pub(super) fn can(
    state: &mut State,
    principal: Principal,
    groups: Option<&[String]>,
) -> Vec<Effect> {
    if !state.data.is_found() {
        state.hint("the deployment is not found yet");
        return Vec::new();
    }
    let known = match groups {
        None => on_matrix(state, |cell| cell.principal == principal),
        Some(_) => Vec::new(),
    };
    let known = if known.is_empty() {
        Facts::of(state, &principal)
            .cells(&principal, groups, |_| true)
            .unwrap_or_default()
    } else {
        known
    };
    state.data.asked = None;
    state.data.question = match groups {
        None => format!("what may {principal} do?"),
        Some(groups) => format!("what may {principal} do in {}?", groups.join(" + ")),
    };
    let effects = enter(state, Screen::Answers);
    state.set_filter("");
    if !known.is_empty() {
        answer_with(state, known.into_iter().map(CellRow::from).collect());
        return effects;
    }
    let ticket = begin(state);
    vec![Effect::Ask(state.epoch, Ask::Can(ticket, principal))]
}

/// Shows who may do something: the principals on the matrix, the people, and who goes around.
pub(super) fn who(state: &mut State, what: What) -> Vec<Effect> {
    let found = on_matrix(state, |cell| is_about(&what, cell));
    if found.is_empty() {
        state.hint(if state.data.matrix.cells.is_empty() {
            "the matrix is not computed yet: look at page 4".to_owned()
        } else {
            format!(
                "no permission and no route is called {:?}: tab shows them",
                what.as_str()
            )
        });
        return Vec::new();
    }
    state.data.asked = Some(what);
    let mut effects = enter(state, Screen::Answers);
    // Who is known is answered about now, who is not when they are there.
    effects.extend(people::load(state));
    effects.extend(roles::read(state));
    effects.extend(again(state));
    state.set_filter("!answer:deny");
    effects
}

/// Answers the question who can something anew, where it was the last one.
pub(super) fn again(state: &mut State) -> Vec<Effect> {
    let Some(what) = state.data.asked.clone() else {
        return Vec::new();
    };
    let inquiry = inquiry(state, &what);
    state.data.question = question(state, &inquiry);
    let matrix = on_matrix(state, |cell| is_about(&what, cell));
    let ticket = begin(state);
    let rows = matrix.into_iter().map(CellRow::from).collect();
    state.data.answers.part(ticket, rows);
    if inquiry.people.len() > MANY || inquiry.documents.len() > MANY_ROLES {
        return vec![Effect::Inquire(state.epoch, ticket, Box::new(inquiry))];
    }
    answered(state, ticket, Some(inquiry.answer()));
    Vec::new()
}

/// The people who can are known; where they are not told, they are worked out here.
pub(super) fn answered(state: &mut State, ticket: Ticket, rows: Option<Vec<CellRow>>) {
    if !state.data.answers.remote().is_current(ticket) {
        return;
    }
    let rows = rows.or_else(|| {
        let what = state.data.asked.clone()?;
        Some(inquiry(state, &what).answer())
    });
    let now = state.now;
    let answers = &mut state.data.answers;
    answers.part(ticket, rows.unwrap_or_default());
    answers.done(ticket, now);
}

/// The question, with what its answer rests on.
fn question(state: &State, inquiry: &Inquiry) -> String {
    let people = match inquiry.people.len() {
        0 if state.data.people.remote().is_loading() => "people are being read".to_owned(),
        0 => "people are not known".to_owned(),
        1 => "of 1 person".to_owned(),
        people => format!("of {people} people"),
    };
    let unread = inquiry.roles.len() - inquiry.documents.len();
    let roles = match unread {
        0 => String::new(),
        1 => ", 1 role not read".to_owned(),
        roles => format!(", {roles} roles not read"),
    };
    format!("who may {}? {people}{roles}", inquiry.what)
}

fn inquiry(state: &State, what: &What) -> Inquiry {
    let data = &state.data;
    let region = data.deployment.region.as_ref();
    let documents = data.execution_roles().iter().filter_map(|role| {
        let read = data.role_documents.get(&role.arn)?.as_ref().ok()?;
        Some((**read).clone())
    });
    Inquiry {
        what: what.clone(),
        people: data.people.remote().complete().cloned().unwrap_or_default(),
        groups: facts::groups(state),
        roles: data.execution_roles().to_vec(),
        documents: documents.collect(),
        matrix: data.declared.clone(),
        contract: data.rules.contract().clone(),
        api: roles::api(state),
        catalog: roles::catalog(state),
        site: Site::of(
            &data.deployment,
            region.map_or("*", |found| found.value.as_str()),
        ),
        at: state.now,
    }
}

/// Explains what comes of a request, as it is or as if the principal were in these groups; of
/// several routes each in brief.
pub(super) fn why(
    state: &mut State,
    principal: &Principal,
    groups: Option<&[String]>,
    what: &What,
) -> Vec<Effect> {
    let mut found = match groups {
        None => on_matrix(state, |cell| {
            cell.principal == *principal && is_about(what, cell)
        }),
        Some(_) => Vec::new(),
    };
    if found.is_empty() {
        found = Facts::of(state, principal)
            .cells(principal, groups, |route| what.is_about(route))
            .unwrap_or_default();
    }
    match found.as_slice() {
        [] => {
            state.hint(format!(
                "nothing is known of {principal} and {what}: `:can {principal}` lists what there is"
            ));
            Vec::new()
        }
        [cell] => {
            let layer = explain::explain_cell(state, cell, groups);
            state.push(layer);
            roles::read(state).into_iter().collect()
        }
        _ => {
            state.data.asked = None;
            state.data.question = format!("what may {principal} do of {what}?");
            let effects = enter(state, Screen::Answers);
            state.set_filter("");
            answer_with(state, found.into_iter().map(CellRow::from).collect());
            effects
        }
    }
}

/// Whether a cell is one of those that are asked about.
fn is_about(what: &What, cell: &Cell) -> bool {
    if what.is_route() {
        facts::route(cell.method, &cell.path).is_some_and(|route| what.is_about(route))
    } else {
        crate::access::permission::covers(what.as_str(), &cell.permission)
    }
}

fn on_matrix(state: &State, wanted: impl Fn(&Cell) -> bool) -> Vec<Cell> {
    state
        .data
        .matrix
        .cells
        .iter()
        .filter(|cell| wanted(cell))
        .cloned()
        .collect()
}

/// The answers to another question are no answers to this one.
fn begin(state: &mut State) -> Ticket {
    let ticket = state.data.next_ticket();
    state.data.answers.clear();
    state.data.answers.begin(ticket);
    ticket
}

fn answer_with(state: &mut State, rows: Vec<CellRow>) {
    let ticket = begin(state);
    let now = state.now;
    let answers = &mut state.data.answers;
    answers.part(ticket, rows);
    answers.done(ticket, now);
}
