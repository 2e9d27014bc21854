//! Plans in the console: shown with what follows from them, confirmed by how much they destroy,
//! run as jobs.

use std::collections::HashMap;

use super::{answer::ask, load_groups, load_users, users};
use crate::{
    access::{Catalog, Contract},
    app::{
        Effect,
        dialog::{Call, Confirm, Severity, Text, Toggle},
        effect::Ask,
        job::{JobId, Work},
        layer::Purpose,
        state::State,
        table::Marking,
        tone::Tone,
    },
    domain::{Failure, Principal, User, UserStatus},
    plan::{
        Passwords, Place, Plan, PlannedCall, Step,
        consequence::{self, Guard, Pool},
    },
    probe::{VerifyOptions, plan::borrowings},
};

/// How many of the calls a preview names one by one.
const NAMED: usize = 400;
/// The key of the option that proves a plan live.
pub(super) const PROVE: char = 'p';
/// How many people's access a preview tells one by one.
const TOLD: usize = 40;

/// A plan with what the question about it says besides.
#[derive(Debug)]
pub(super) struct Question {
    /// The plan.
    pub plan: Plan,
    /// The button: `Disable`.
    pub verb: String,
    /// How it is confirmed, unless a guard wants more.
    pub severity: Severity,
    /// What should be known besides what the plan itself says.
    pub notes: Vec<Text>,
    /// Passwords that were typed.
    pub passwords: Passwords,
    /// Whose rights to prove live afterwards.
    pub prove: Vec<Principal>,
}

/// Where plans of this deployment are run.
pub(super) fn place(state: &State) -> Place {
    Place::of(&state.data.deployment)
}

/// A planned call with what it does; to which role, where it is made on one.
fn shown(call: PlannedCall) -> Call {
    let does = if call.on.starts_with("role") {
        format!("{}: {}", call.on, call.does)
    } else {
        call.does
    };
    Call::new(call.call, does)
}

/// Shows what a plan would do, and asks.
pub(super) fn confirm(state: &mut State, question: Question) {
    let Question {
        plan,
        verb,
        mut severity,
        notes,
        passwords,
        prove,
    } = question;
    let calls: Vec<Call> = plan.calls().take(NAMED).map(shown).collect();
    let (mut effects, guards) = consequences(state, &plan);
    for guard in &guards {
        effects.insert(0, Text::new(Tone::Danger, guard.text()));
    }
    if let Some(guard) = guards.first() {
        severity = Severity::TypeName(guard.phrase());
    }
    effects.extend(notes);
    if plan.steps() > NAMED {
        effects.push(Text::new(
            Tone::Warning,
            format!("and {} more calls of the same kinds", plan.steps() - NAMED),
        ));
    }
    let losses = plan.losses().into_iter().map(ToOwned::to_owned).collect();
    let mut dialog = Confirm::new(format!("{}?", upper(&plan.title)), upper(&verb), severity)
        .calls(calls)
        .irreversible(losses)
        .effects(effects);
    if !prove.is_empty() {
        let options = VerifyOptions::proof(prove.clone());
        let borrowed = borrowings(&options, &users::pool(state), &prove);
        let calls = borrowed.into_iter().map(shown).collect();
        let label = "prove afterwards what they may do; nothing changes";
        dialog = dialog.toggles(vec![Toggle::new(PROVE, label).adds(calls).turned_on()]);
    }
    ask(
        state,
        dialog,
        Purpose::Run(Box::new(plan), passwords, prove),
    );
}

/// What follows from a plan, in words, and what of it must be typed out.
fn consequences(state: &State, plan: &Plan) -> (Vec<Text>, Vec<Guard>) {
    let contract = state.data.rules.contract();
    let pool = pool(state, plan, contract);
    let catalog = Catalog::of(&state.data.deployment);
    let changes = consequence::access_changes(plan, &pool, contract, &catalog);
    let mut texts: Vec<Text> = changes
        .iter()
        .take(TOLD)
        .map(|change| {
            let tone = if change.is_trap() {
                Tone::Warning
            } else {
                Tone::Text
            };
            Text::new(tone, change.text())
        })
        .collect();
    if changes.len() > TOLD {
        texts.push(Text::new(
            Tone::Dim,
            format!("and so for {} more people", changes.len() - TOLD),
        ));
    }
    if !changes.is_empty()
        && let Some(remark) = state.data.rules.remark()
    {
        texts.push(Text::new(Tone::Dim, remark));
    }
    if changes.iter().any(|change| change.before.is_some()) {
        texts.push(Text::new(
            Tone::Dim,
            "In effect from the next sign-in: tokens that are out keep their groups.",
        ));
    }
    let steps = || plan.items.iter().flat_map(|item| &item.steps);
    if steps().any(|step| {
        matches!(
            step,
            Step::DisableUser { .. } | Step::SignOut { .. } | Step::DeleteUser { .. }
        )
    }) {
        texts.push(Text::new(
            Tone::Warning,
            "ID tokens that are out keep working until they expire, an hour at most by default.",
        ));
    }
    if steps().any(|step| {
        matches!(
            step,
            Step::ResendInvite { .. } | Step::CreateUser { invite: true, .. }
        )
    }) {
        texts.push(Text::new(
            Tone::Dim,
            "An invitation is good for 7 days by default; after that only a new one helps.",
        ));
    }
    (texts, consequence::guards(plan, &pool, contract))
}

/// Who is in which groups, as far as it matters to a plan: whom it touches, and whoever may do
/// everything.
fn pool<'a>(state: &'a State, plan: &Plan, contract: &Contract) -> Pool<'a> {
    let memberships = state.data.users.context();
    let mut groups: HashMap<&'a str, &'a [String]> = HashMap::new();
    let (mut inactive, mut labels) = (Vec::new(), HashMap::new());
    let rows = state.data.groups.remote().shown();
    for row in rows.into_iter().flat_map(|rows| rows.iter()) {
        if !consequence::almighty(contract).any(|name| name == row.group.name) {
            continue;
        }
        for member in &row.members {
            groups.insert(member, memberships.groups(member));
            let user = users::user(state, member);
            if user.is_some_and(|user| !user.enabled || user.status == UserStatus::Unconfirmed) {
                inactive.push(member.as_str());
            }
        }
    }
    for item in &plan.items {
        for user in item.steps.iter().filter_map(Step::user) {
            if let Some(user) = users::user(state, user) {
                groups.insert(&user.username, memberships.groups(&user.username));
            }
        }
        for step in &item.steps {
            if let Step::DeleteGroup { members, .. } = step {
                for user in members.iter().filter_map(|name| users::user(state, name)) {
                    groups.insert(&user.username, memberships.groups(&user.username));
                    labels.insert(user.username.as_str(), user.label());
                }
            }
        }
    }
    Pool {
        groups,
        labels,
        inactive,
        caller: caller(state),
    }
}

/// The user that the caller is: a session is usually called by whoever has it.
fn caller(state: &State) -> Option<&User> {
    let arn = state.data.deployment.caller_arn.as_ref()?;
    let session = arn.value.rsplit('/').next()?;
    let rows = state.data.users.remote().shown()?;
    rows.iter()
        .map(AsRef::as_ref)
        .find(|user| consequence::is_caller(user, session))
}

/// Runs a plan that was confirmed.
pub(super) fn run(
    state: &mut State,
    plan: Plan,
    passwords: Passwords,
    prove: Vec<Principal>,
) -> Vec<Effect> {
    let id = start(state, &plan, plan.items.len());
    if let Some(job) = state.data.jobs.active(id) {
        job.then_prove = prove;
    }
    let screen = state.screen();
    if let Some(listing) = state.data.listing_mut(screen) {
        listing.mark(Marking::Clear);
    }
    vec![Effect::Ask(
        state.epoch,
        Ask::Run(id, Box::new(plan), passwords),
    )]
}

/// Asks for what failed of a plan once more: only the steps that are not made are made.
pub(super) fn ask_to_resume(state: &mut State, plan: Plan, failed: &[String]) {
    let mut left = plan.clone();
    left.items.retain(|item| failed.contains(&item.subject));
    let calls: Vec<Call> = left.calls().take(NAMED).map(shown).collect();
    let count = left.items.len();
    let title = format!("Try again: {}?", plan.title);
    let dialog = Confirm::new(title, "Try again", Severity::YesNo)
        .calls(calls)
        .effects(vec![Text::new(
            Tone::Dim,
            "Steps that are made already are not made again.",
        )]);
    ask(state, dialog, Purpose::Resume(Box::new(plan), count));
}

/// Shows what takes a plan back, and asks.
pub(super) fn ask_to_undo(state: &mut State, found: Result<(Box<Plan>, Vec<String>), Failure>) {
    let (plan, kept) = match found {
        Ok(found) => found,
        Err(failure) => return state.fail(&failure),
    };
    if plan.steps() == 0 {
        state.hint("there is nothing that can be taken back");
        return;
    }
    let notes = kept
        .into_iter()
        .map(|step| Text::new(Tone::Warning, format!("Cannot be taken back: {step}.")))
        .collect();
    // A window that came meanwhile keeps the keys: what is typed for it is not for this.
    if !state.layers.is_empty() {
        state.hint("close the window and ask again for the undo");
        return;
    }
    confirm(
        state,
        Question {
            severity: Severity::YesNo,
            plan: *plan,
            verb: "undo".to_owned(),
            notes,
            passwords: Passwords::default(),
            prove: Vec::new(),
        },
    );
}

/// Goes on with a plan of which something failed.
pub(super) fn resume(state: &mut State, plan: &Plan, left: usize) -> Vec<Effect> {
    let id = start(state, plan, left);
    vec![Effect::Ask(state.epoch, Ask::Resume(id, plan.id))]
}

fn start(state: &mut State, plan: &Plan, items: usize) -> JobId {
    let now = state.now;
    let id = state.data.jobs.start(
        plan.title.clone(),
        Work::Plan(Box::new(plan.clone())),
        items,
        now,
    );
    state.tell(format!("{}…", plan.title));
    id
}

/// Asks whether to prove what somebody may do, with what is borrowed for it.
pub(super) fn proof(state: &State, principals: &[Principal], whom: &str) -> Confirm {
    let options = VerifyOptions::proof(principals.to_vec());
    let calls = borrowings(&options, &users::pool(state), principals)
        .into_iter()
        .map(shown)
        .collect();
    let severity = Severity::YesNo;
    Confirm::new(format!("Prove what {whom} may do?"), "Prove", severity)
        .calls(calls)
        .effects(vec![Text::new(
            Tone::Dim,
            "By requests that change nothing; what is borrowed is given back at the end.",
        )])
}

/// Proves what these principals may do, as a job.
pub(super) fn prove(state: &mut State, principals: Vec<Principal>) -> Vec<Effect> {
    let now = state.now;
    // By the names that they have in the matrix, so that the proof is seen there.
    let by_name = |principal: Principal| match &principal {
        Principal::Role(arn) => {
            let roles = state.data.execution_roles();
            let role = roles.iter().find(|role| role.arn == *arn);
            role.map_or(principal, |role| Principal::Role(role.name.clone()))
        }
        _ => principal,
    };
    let principals: Vec<Principal> = principals.into_iter().map(by_name).collect();
    let names: Vec<String> = principals.iter().map(ToString::to_string).collect();
    let title = format!("prove {}", names.join(", "));
    let id = state
        .data
        .jobs
        .start(title, Work::Verify, principals.len(), now);
    vec![Effect::Ask(state.epoch, Ask::Prove(id, principals))]
}

/// Reads again what a plan may have changed, where it is on show at all.
pub(super) fn changed(state: &mut State, plan: &Plan) -> Vec<Effect> {
    let touches = |service: &str| {
        let mut steps = plan.items.iter().flat_map(|item| &item.steps);
        steps.any(|step| step.call().starts_with(service))
    };
    let mut effects = Vec::new();
    if touches("cognito-idp:") {
        effects.extend([load_groups(state), load_users(state)]);
    }
    if touches("sagemaker:") {
        effects.extend(super::reload_studio(state));
    }
    if touches("mlflow:") {
        effects.extend(super::mlflow::changed(state));
    }
    if touches("iam:") {
        state.data.role_documents.clear();
        effects.extend(super::roles::read(state));
        effects.push(Effect::Ask(state.epoch, Ask::Predict));
    }
    effects
}

/// The first letter as a capital.
pub(super) fn upper(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
