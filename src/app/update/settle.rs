//! Before a frame: lists that follow something else are brought up to date, and long lists
//! are sent off to be filtered and sorted.

use crate::app::{
    Effect, Screen,
    layer::Layer,
    lists::RequestRow,
    remote::Ticket,
    state::State,
    table::{Record, Table},
};

/// Brings the lists up to date; said once a frame, however much happened since the last.
pub fn settle(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    if state.screen() == Screen::Jobs && state.data.jobs.are_active() {
        // Rates and times go on.
        state.data.jobs.changed = true;
    }
    follow(state);
    super::mlflow::words(state);
    if let Some(id) = state.followed
        && let Some((fields, json)) = super::explain::follow(state, id)
        && let Some(Layer::Detail { detail, .. }) = state.layers.last_mut()
    {
        detail.set(fields, json);
    }
    let mut effects = Vec::new();
    for screen in Screen::ALL {
        if let Some(listing) = state.data.listing_mut(screen) {
            listing.set_now(now);
            if let Some(arrangement) = listing.wanted() {
                effects.push(Effect::Arrange(state.epoch, screen, arrangement));
            }
        }
    }
    effects
}

/// Brings the lists of jobs and of the log up to date. Keys that were typed ahead of the frame
/// find the rows that the frame will show.
pub(super) fn follow(state: &mut State) {
    let (now, screen) = (state.now, state.screen());
    let data = &mut state.data;
    // Only what is in sight: a job may tell a thousand rows a second.
    if screen == Screen::Jobs && data.jobs.changed {
        data.jobs.changed = false;
        let rows = data.jobs.all().iter().rev().cloned().collect();
        let ticket = data.next_ticket();
        replace(&mut data.job_list, ticket, rows, now);
    }
    if screen == Screen::Requests && data.mlflow.log_changed {
        data.mlflow.log_changed = false;
        let ticket = data.next_ticket();
        let rows = data.mlflow.log.iter().rev().cloned().map(RequestRow::new);
        let rows = rows.collect();
        replace(&mut data.mlflow.requests, ticket, rows, now);
    }
    if screen == Screen::Log && data.log.changed {
        data.log.changed = false;
        data.log.read();
        let rows = data.log.entries().rev().cloned().collect();
        let ticket = data.next_ticket();
        replace(&mut data.log_list, ticket, rows, now);
    }
}

fn replace<R: Record>(table: &mut Table<R>, ticket: Ticket, rows: Vec<R>, at: jiff::Timestamp) {
    table.begin(ticket);
    table.part(ticket, rows);
    table.done(ticket, at);
}
