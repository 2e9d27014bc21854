//! The matrix put into effect for execution roles: one plan for the policies of all of them.

use super::{answer::is_covered, plans, roles};
use crate::{
    access::role_policy::{self, RolePolicyChange},
    app::{
        Effect,
        dialog::{Severity, Text},
        effect::Ask,
        state::State,
        tone::Tone,
    },
    domain::ExecutionRole,
    plan::{Passwords, role_policy::role_policies},
};

/// Reads every role as it is now; the plan is shown when the last one is read.
pub(super) fn look(state: &mut State) -> Vec<Effect> {
    let roles = state.data.execution_roles().to_vec();
    state.data.role_documents.clear();
    state.data.applying = true;
    state.hint("reading the roles as they are now…");
    vec![Effect::Ask(state.epoch, Ask::Roles(roles))]
}

/// Every role is read: shows the plan, where one was asked for.
pub(super) fn settle(state: &mut State) {
    if !std::mem::take(&mut state.data.applying) || is_covered(state, "plan for the roles") {
        return;
    }
    let (mut changes, mut notes, mut complete) = (Vec::new(), Vec::new(), 0_usize);
    for found in state.data.execution_roles().to_vec() {
        match change(state, &found) {
            Ok(change) if change.writes.is_empty() => complete += 1,
            Ok(change) => {
                notes.push(Text::new(Tone::Accent, found.name.clone()));
                notes.extend(roles::meaning(&change));
                changes.push((found, change));
            }
            Err(left) => notes.push(left),
        }
    }
    if complete > 0 {
        let text = match complete {
            1 => "1 role has what is declared already.".to_owned(),
            roles => format!("{roles} roles have what is declared already."),
        };
        notes.push(Text::new(Tone::Dim, text));
    }
    let plan = role_policies(
        changes.iter().map(|(_, change)| change),
        plans::place(state),
    );
    if plan.steps() == 0 {
        let left: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        let left = left.join(" ");
        state.hint(format!("there is nothing to write: {left}"));
        return;
    }
    let prove = changes
        .iter()
        .flat_map(|(role, _)| roles::provable(state, role))
        .collect();
    plans::confirm(
        state,
        plans::Question {
            plan,
            verb: "write".to_owned(),
            severity: Severity::YesNo,
            notes,
            passwords: Passwords::default(),
            prove,
        },
    );
}

/// What gives a role what is declared; why it stays as it is, where it does.
fn change(state: &State, found: &ExecutionRole) -> Result<RolePolicyChange, Text> {
    let stays = |why: &str| {
        let text = format!("{} stays as it is: {why}", found.name);
        Text::new(Tone::Warning, text)
    };
    let row = roles::row(state, found).ok_or_else(|| stays("no row of the matrix names it"))?;
    let read = state.data.role_documents.get(&found.arn);
    let role = match read {
        Some(Ok(role)) => role,
        Some(Err(failure)) => return Err(stays(&failure.to_string())),
        None => return Err(stays("it was not read")),
    };
    role_policy::change(role, row, &roles::api(state), &roles::catalog(state))
        .map_err(|failure| stays(&failure.to_string()))
}
