//! An execution role in words: whom it trusts, what of it is about MLflow, what it may do.

use super::{Fields, Sheet};
use crate::{
    access::{Effect, MatrixRow, policy_set, role_policy},
    app::{
        state::State,
        tone::Tone,
        update::roles::{api, catalog, row},
    },
    domain::{ExecutionRole, Role},
};

/// How many routes are named that are otherwise than declared.
const NAMED: usize = 60;

/// A role with what was read of it.
pub(super) fn role(state: &State, arn: &str) -> Option<(String, Fields)> {
    let found: &ExecutionRole = state
        .data
        .execution_roles()
        .iter()
        .find(|role| role.arn == arn)?;
    let mut sheet = Sheet::default();
    sheet.add("role", found.name.clone());
    sheet.add("ARN", found.arn.clone());
    for profile in &found.profiles {
        sheet.add("profile", profile.clone());
    }
    let row = row(state, found);
    match row {
        Some(row) => {
            sheet.add("declared as", row.name.clone());
            for (word, list) in [
                ("inherits", &row.inherits),
                ("may", &row.allow),
                ("may not", &row.deny),
            ] {
                for entry in list {
                    sheet.toned(word, entry.clone(), Tone::Dim);
                }
            }
        }
        None => sheet.toned("declared as", "nothing in the matrix", Tone::Warning),
    }
    match state.data.role_documents.get(arn) {
        None => sheet.toned("policies", "being read", Tone::Unknown),
        Some(Err(failure)) => sheet.toned("policies", failure.to_string(), Tone::Unknown),
        Some(Ok(role)) => read(&mut sheet, state, role, row),
    }
    Some((found.name.clone(), sheet.0))
}

/// What its documents say.
fn read(sheet: &mut Sheet, state: &State, role: &Role, row: Option<&MatrixRow>) {
    let offices = state.data.roles.context();
    if let Some(Ok(looked)) = offices.looked.get(&role.arn) {
        let tone = if looked.widened {
            Tone::Danger
        } else {
            Tone::Text
        };
        sheet.toned("trusts", looked.trusts.clone(), tone);
        let size = format!("{} of {} characters", looked.size, role_policy::LIMIT);
        sheet.add("inline", size);
    }
    for policy in &role.policies {
        sheet.toned("policy", policy.source.label(), Tone::Dim);
    }
    let api = api(state);
    for touching in role_policy::touching(role, &api) {
        let whose = if touching.only {
            format!("{}, {}", touching.policy, touching.statement)
        } else {
            format!(
                "{}, {} (not this API alone)",
                touching.policy, touching.statement
            )
        };
        sheet.toned(
            "statement",
            format!("{whose}: {}", touching.text),
            Tone::Dim,
        );
    }
    let catalog = catalog(state);
    let decisions = role_policy::decisions(&policy_set(role), &api, &catalog);
    let mut may: Vec<&str> = Vec::new();
    let mut otherwise = Vec::new();
    for (route, decision) in &decisions {
        let permission = route.permission.as_str();
        if decision.is_allow() && !may.contains(&permission) {
            may.push(permission);
        }
        let Some(expected) = row.map(|row| row.effect_of(route)) else {
            continue;
        };
        if expected != decision.effect {
            let tone = match expected {
                Effect::Deny => Tone::Danger,
                Effect::Allow => Tone::Warning,
            };
            let text = format!("{} {}: {}", route.method, route.path, decision.explain());
            otherwise.push((text, tone));
        }
    }
    sheet.add("by its policies", may.join(", "));
    let more = otherwise.len().saturating_sub(NAMED);
    for (text, tone) in otherwise.into_iter().take(NAMED) {
        sheet.toned("otherwise", text, tone);
    }
    if more > 0 {
        sheet.toned(
            "otherwise",
            format!("and {more} more routes"),
            Tone::Warning,
        );
    }
}
