//! The requests that were sent: heard, copied, sent again.

use std::sync::Arc;

use crate::{
    access::{Catalog, Kind},
    app::{
        Effect,
        dialog::{Item, Picker},
        effect::Ask,
        layer::Purpose,
        state::State,
        update::{answer::ask, copy, findings},
    },
    browse::Exchange,
    domain::Principal,
    probe::run::surprises,
};

/// A request is over. One that went otherwise than declared is a finding at once; `found` says in
/// words how: `while browsing`.
pub(in crate::app::update) fn exchanged(state: &mut State, exchange: Arc<Exchange>, found: &str) {
    if let Some(cell) = exchange.cell().filter(|_| exchange.is_surprise()) {
        let roles = state.data.execution_roles().to_vec();
        let known = &mut state.data.verify_findings;
        let new: Vec<_> = surprises(&[cell], &state.data.declared, &roles)
            .into_iter()
            .filter(|finding| known.iter().all(|other| other.title != finding.title))
            .collect();
        if let Some(first) = new.first() {
            let told = format!("found {found}: {}", first.title);
            known.extend(new);
            state.warn(told);
            findings::settle(state);
        }
    }
    state.data.mlflow.hear(exchange);
}

/// Copies the request under the cursor as a Python script.
pub(in crate::app::update) fn python(state: &mut State) -> Vec<Effect> {
    match state.data.mlflow.requests.current() {
        Some(row) => {
            let script = row.exchange.as_python();
            copy(state, "the Python script", script)
        }
        None => Vec::new(),
    }
}

/// Asks as whom to send the request under the cursor again. Only what reads: a write is made
/// as a change, with a preview.
pub(in crate::app::update) fn replay(state: &mut State) {
    let Some(row) = state.data.mlflow.requests.current() else {
        return;
    };
    let exchange = row.exchange.clone();
    let reads = Catalog::every_route().any(|route| {
        Some(&route.path) == exchange.route.as_ref()
            && route.method == exchange.request.method
            && route.kind == Kind::Read
    });
    if !reads {
        state.hint("only what reads is sent again; `mlwarden mlflow request` sends anything");
        return;
    }
    let mut been = state.data.mlflow.been.clone();
    if !been.contains(&Principal::Anonymous) {
        been.push(Principal::Anonymous);
    }
    let items = been
        .iter()
        .map(|principal| Item::new(principal.to_string(), principal.to_string()))
        .collect();
    let purpose = Purpose::Replay(Box::new(exchange.request.clone()));
    ask(state, Picker::new("Send it again as", items), purpose);
}

/// The request is sent again as whoever was chosen.
pub(in crate::app::update) fn replayed(
    state: &mut State,
    request: Box<crate::mlflow::ApiRequest>,
    name: &str,
) -> Vec<Effect> {
    match name.parse() {
        Ok(principal) => vec![Effect::Ask(state.epoch, Ask::Replay(principal, request))],
        Err(message) => {
            state.hint(message);
            Vec::new()
        }
    }
}
