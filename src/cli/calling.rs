//! Who calls MLflow for the steps of a plan that change what it holds.

use std::sync::Arc;

use super::{args::Global, ask, output, session::Session, verify};
use crate::{
    browse::Host,
    domain::{Failure, Principal},
    plan::{Journal, MlflowStep, Plan, Step},
};

/// The steps of a plan that MLflow is called for.
pub(super) fn steps(plan: &Plan) -> impl Iterator<Item = &MlflowStep> {
    let steps = plan.items.iter().flat_map(|item| &item.steps);
    steps.filter_map(|step| match step {
        Step::Mlflow(step) => Some(step),
        _ => None,
    })
}

/// Whether nothing else is called.
pub(super) fn is_all_of(plan: &Plan) -> bool {
    steps(plan).count() == plan.steps()
}

/// As whom MLflow is called, each once.
fn principals(plan: &Plan) -> Vec<&Principal> {
    let mut principals: Vec<&Principal> = steps(plan).map(|step| &step.principal).collect();
    principals.sort_unstable();
    principals.dedup();
    principals
}

/// What should be known of as whom it is called.
pub(super) fn notes(plan: &Plan) -> Vec<String> {
    let principals = principals(plan).into_iter();
    let roles = principals.filter(|principal| is_role(principal));
    roles
        .map(|role| {
            format!("where {role} does not trust you, it is made to, for as long as this takes")
        })
        .collect()
}

fn is_role(principal: &Principal) -> bool {
    matches!(principal, Principal::Role(_) | Principal::Profile(_))
}

/// Who calls MLflow for a plan; nobody where no step does. Passwords are asked for.
pub(super) fn host(
    global: &Global,
    session: &Session,
    plan: &Plan,
    journal: &Journal,
) -> Result<Option<Arc<Host>>, Failure> {
    let principals = principals(plan);
    if principals.is_empty() {
        return Ok(None);
    }
    let mut verifier = verify::verifier(global, session)?;
    verifier.journal = journal.clone();
    for principal in &principals {
        if let Principal::User(user) = principal {
            let password = ask::password(user, false)?;
            verifier.secrets.passwords.insert(user.clone(), password);
        }
    }
    let trust = principals.into_iter().any(is_role);
    Ok(Some(Arc::new(Host::new(verifier, trust, |_| ())?)))
}

/// Gives back what was borrowed to call it.
pub(super) async fn close(host: Option<Arc<Host>>) {
    let Some(host) = host else {
        return;
    };
    for failure in host.close().await {
        output::note(&format!("✗ {failure}\n  → {}", failure.next_step()));
    }
}
