//! Execution roles: read, held against the matrix, given what it declares.

use super::{answer::ask, plans, studio};
use crate::{
    access::{
        Api, Catalog, Compiler, Finding, MatrixRow, finding, policy_set_by,
        role_policy::{self, RolePolicyChange},
        trust,
    },
    app::{
        Effect,
        dialog::{Severity, Text},
        effect::Ask,
        layer::Purpose,
        lists::{Looked, Offices},
        state::State,
        tone::Tone,
    },
    domain::{ExecutionRole, PolicySource, Principal, Role},
    plan::{Passwords, role_policy::role_policies},
};

/// How many routes a preview names one by one.
const NAMED: usize = 12;

/// Asks for the roles that were not read yet.
pub(super) fn read(state: &State) -> Option<Effect> {
    let known = &state.data.role_documents;
    let unread: Vec<ExecutionRole> = state
        .data
        .execution_roles()
        .iter()
        .filter(|role| !known.contains_key(&role.arn))
        .cloned()
        .collect();
    (!unread.is_empty()).then(|| Effect::Ask(state.epoch, Ask::Roles(unread)))
}

/// The API of the deployment.
pub(super) fn api(state: &State) -> Api {
    let deployment = &state.data.deployment;
    let region = deployment.region.as_ref();
    Api::of(deployment, region.map_or("*", |found| &found.value))
}

/// The routes of the deployment's MLflow.
pub(super) fn catalog(state: &State) -> Catalog {
    Catalog::of(&state.data.deployment)
}

/// The row that a role stands in.
pub(super) fn row<'a>(state: &'a State, role: &ExecutionRole) -> Option<&'a MatrixRow> {
    let principal = Principal::Role(role.arn.clone());
    state
        .data
        .declared
        .row_of(&principal, std::slice::from_ref(role))
}

/// How large a role's inline policies are together, as IAM counts.
fn size(role: &Role) -> usize {
    let inline = role
        .policies
        .iter()
        .filter_map(|policy| match &policy.source {
            PolicySource::Inline(_) => Some(policy.document.as_str()),
            _ => None,
        });
    inline.map(role_policy::size_of).sum()
}

/// Brings up to date what the rows of roles say of their policies.
pub(super) fn settle(state: &mut State) {
    let mut offices = Offices {
        worth: studio::worth(state),
        ..Offices::default()
    };
    let (api, catalog) = (api(state), catalog(state));
    let mut findings: Vec<Finding> = Vec::new();
    let mut compiler = Compiler::default();
    for role in state.data.execution_roles() {
        let Some(document) = state.data.role_documents.get(&role.arn) else {
            continue;
        };
        let looked = document.as_ref().map(|document| {
            findings.extend(finding::trust_widened(document));
            if let Some(row) = row(state, role) {
                let policies = policy_set_by(&mut compiler, document);
                let differs = role_policy::differences(&policies, row, &api, &catalog);
                if let Some(worth) = offices.worth.get_mut(&role.arn) {
                    worth.differs = Some(differs);
                }
            }
            Looked {
                trusts: trust::in_words(&document.trust),
                widened: !trust::widened(&document.trust).is_empty(),
                size: size(document),
            }
        });
        let looked = looked.map_err(Clone::clone);
        offices.looked.insert(role.arn.clone(), looked);
    }
    let others = |finding: &Finding| finding.id != "trust-widened";
    state.data.studio_findings.retain(others);
    state.data.studio_findings.extend(findings);
    state.data.roles.set_context(offices);
    super::findings::settle(state);
}

/// The role under the cursor with its policies, or a word why not.
fn current(state: &mut State) -> Option<(ExecutionRole, Role)> {
    let found = state.data.roles.current().map(|role| (**role).clone())?;
    match state.data.role_documents.get(&found.arn) {
        Some(Ok(role)) => Some((found, (**role).clone())),
        Some(Err(failure)) => {
            let text = failure.to_string();
            state.hint(text);
            None
        }
        None => {
            state.hint("the role is not read yet: try again in a moment");
            None
        }
    }
}

/// Shows the policy that gives the role what is declared, and asks whether to write it.
pub(super) fn policy(state: &mut State) {
    let Some((found, role)) = current(state) else {
        return;
    };
    let Some(row) = row(state, &found).cloned() else {
        state.hint("no row of the matrix names this role");
        return;
    };
    let change = match role_policy::change(&role, &row, &api(state), &catalog(state)) {
        Ok(change) => change,
        Err(failure) => return state.fail(&failure),
    };
    let plan = role_policies([&change], plans::place(state));
    if plan.steps() == 0 {
        state.hint(format!(
            "its policy gives what {} declares already",
            row.name
        ));
        return;
    }
    let notes = meaning(&change);
    plans::confirm(
        state,
        plans::Question {
            plan,
            verb: "write".to_owned(),
            severity: Severity::YesNo,
            notes,
            passwords: Passwords::default(),
            prove: provable(state, &found),
        },
    );
}

/// What follows from a change of a role's policies, with the lines that change.
pub(super) fn meaning(change: &RolePolicyChange) -> Vec<Text> {
    let mut notes = vec![Text::new(
        Tone::Dim,
        format!(
            "Given is what the row {} declares. Its inline policies have {} of {} characters then.",
            change.level,
            change.size,
            role_policy::LIMIT
        ),
    )];
    for (word, tone, routes) in [
        ("gains", Tone::Warning, &change.gains),
        ("loses", Tone::Warning, &change.loses),
    ] {
        let named = routes.iter().take(NAMED);
        notes.extend(named.map(|route| Text::new(tone, format!("{word} {route}"))));
        if routes.len() > NAMED {
            let more = routes.len() - NAMED;
            notes.push(Text::new(tone, format!("{word} {more} more routes")));
        }
    }
    for one in change.unreached.iter().take(NAMED) {
        let text = format!("not reached: {}, {}", one.route, one.why);
        notes.push(Text::new(Tone::Danger, text));
    }
    for write in &change.writes {
        notes.push(Text::new(Tone::Dim, format!("{}:", write.name)));
        // The first two lines name what is compared.
        notes.extend(role_policy::diff(write).lines().skip(2).map(diff_line));
    }
    notes
}

/// A line of a diff, without its indentation, or the long names would be broken.
fn diff_line(line: &str) -> Text {
    let (sign, rest) = line.split_at_checked(1).unwrap_or(("", line));
    let text = format!("{sign} {}", rest.trim_start());
    match sign {
        "+" => Text::new(Tone::Good, text),
        "-" => Text::new(Tone::Danger, text),
        "@" => Text::new(Tone::Dim, "  …"),
        _ => Text::new(Tone::Dim, text),
    }
}

/// The role as whom to prove, where there is an API to prove on.
pub(super) fn provable(state: &State, role: &ExecutionRole) -> Vec<Principal> {
    match state.data.deployment.api_url {
        Some(_) => vec![Principal::Role(role.arn.clone())],
        None => Vec::new(),
    }
}

/// Asks whether to prove what the role under the cursor may do.
pub(super) fn ask_to_prove(state: &mut State) {
    let Some(found) = state.data.roles.current().map(|role| (**role).clone()) else {
        return;
    };
    let principals = provable(state, &found);
    if principals.is_empty() {
        state.hint("the API's URL is not known: the overview says why");
        return;
    }
    let dialog = plans::proof(state, &principals, &found.name);
    ask(state, dialog, Purpose::Prove(principals));
}
