//! Where news of MLflow's, and answers to questions about it, lead to.

use super::{changes, exchanged, history, looked, previewed, query, requests, whom, windows};
use crate::app::{Effect, dialog::Answer, layer::Purpose, message::News, state::State};

/// Something is heard of MLflow.
pub(in crate::app::update) fn hear(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Became(ticket, principal, result) => {
            return whom::became(state, ticket, principal, result);
        }
        News::Looked(ticket, screen, result) => return looked(state, ticket, screen, result),
        News::History(ticket, metric, result) => {
            return history(state, ticket, &metric, result);
        }
        News::Previewed(ticket, artifact, result) => previewed(state, ticket, artifact, result),
        News::Offered(ticket, held, result) => changes::offered(state, ticket, held, result),
        News::Wished(ticket, result) => changes::planned(state, ticket, result),
        News::MlflowVersion(version) => state.data.mlflow.version = Some(version),
        News::Who(who) => whom::is_now(state, *who),
        News::Exchanged(exchange) => exchanged(state, exchange, "while browsing"),
        _ => {}
    }
    Vec::new()
}

/// A question about MLflow was answered.
pub(in crate::app::update) fn answered(
    state: &mut State,
    purpose: Purpose,
    answer: Answer,
) -> Vec<Effect> {
    match (purpose, answer) {
        (Purpose::Become { principal, beside }, answer @ Answer::Confirmed { .. }) => {
            whom::confirmed(state, principal, beside, &answer)
        }
        (Purpose::Become { principal, beside }, Answer::Form(values)) => {
            whom::signed(state, principal, beside, &values)
        }
        (Purpose::Query(screen), Answer::Form(values)) => query::asked(state, screen, &values),
        (Purpose::Wish(held, kind), Answer::Form(values)) => {
            changes::wished(state, &held, kind, &values)
        }
        (Purpose::Download(files), Answer::Form(values)) => {
            windows::download(state, files, &values)
        }
        (Purpose::Columns, Answer::Picked(names)) => {
            query::chose_columns(state, names);
            Vec::new()
        }
        (purpose, Answer::Picked(names)) => match names.into_iter().next() {
            Some(name) => picked(state, purpose, name),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// One of several was picked.
fn picked(state: &mut State, purpose: Purpose, name: String) -> Vec<Effect> {
    match purpose {
        Purpose::Whom { beside } => whom::chosen(state, &name, beside),
        Purpose::Chart(runs) => windows::ask_for_history(state, runs, name),
        Purpose::Offer(held) => changes::chose(state, held, &name),
        Purpose::Replay(request) => requests::replayed(state, request, &name),
        _ => Vec::new(),
    }
}
