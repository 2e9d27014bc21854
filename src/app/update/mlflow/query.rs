//! MLflow's own filter and order for a page, and the columns of the runs.

use std::collections::BTreeSet;

use super::load;
use crate::app::{
    Effect, Screen,
    dialog::{Field, Form, Item, Picker, Values},
    layer::Purpose,
    lists::Chosen,
    state::State,
    update::answer::ask,
};

/// Asks for MLflow's filter and order.
pub(in crate::app::update) fn ask_for_query(state: &mut State) {
    let screen = state.screen();
    let Some((filter_help, order_help)) = helps(screen) else {
        state.hint("this page is not searched by MLflow: / filters its rows");
        return;
    };
    let paging = state.data.mlflow.paging_mut(screen).clone();
    let form = Form::new(
        format!("Search {}", screen.name()),
        vec![
            Field::text("filter", "Filter")
                .value(&paging.filter)
                .help(filter_help),
            Field::text("order", "Order")
                .value(&paging.order)
                .help(order_help),
        ],
    )
    .verb("Search");
    ask(state, form, Purpose::Query(screen));
}

/// What can be searched for on a page, by example.
fn helps(screen: Screen) -> Option<(&'static str, &'static str)> {
    Some(match screen {
        Screen::Experiments => (
            "name LIKE 'a%' AND tags.team = 'data'",
            "name ASC, last_update_time DESC",
        ),
        Screen::Runs => (
            "metrics.auc > 0.8 AND params.depth = '3' AND tags.team LIKE 'd%'",
            "metrics.auc DESC, attributes.start_time ASC",
        ),
        Screen::Models => (
            "name LIKE 'a%' AND tags.team = 'data'",
            "name ASC, timestamp DESC",
        ),
        Screen::Versions => ("run_id = '…' AND tags.team = 'data'", "version_number DESC"),
        Screen::LoggedModels => (
            "name LIKE 'a%' AND params.depth = '3'",
            "creation_timestamp",
        ),
        Screen::Traces => (
            "status = 'ERROR' AND tags.team = 'data'",
            "timestamp_ms DESC",
        ),
        _ => return None,
    })
}

/// The filter and the order were given.
pub(in crate::app::update) fn asked(
    state: &mut State,
    screen: Screen,
    values: &Values,
) -> Vec<Effect> {
    let paging = state.data.mlflow.paging_mut(screen);
    values.text("filter").trim().clone_into(&mut paging.filter);
    values.text("order").trim().clone_into(&mut paging.order);
    paging.to_start();
    load(state)
}

/// Asks which params, metrics and tags are columns.
pub(in crate::app::update) fn ask_for_columns(state: &mut State) {
    if state.screen() != Screen::Runs {
        state.hint("columns are chosen on the page of runs");
        return;
    }
    let table = &state.data.mlflow.runs;
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for row in table.rows() {
        let data = &row.run.data;
        keys.extend(
            data.metrics
                .iter()
                .map(|one| format!("metrics.{}", one.key)),
        );
        keys.extend(data.params.iter().map(|one| format!("params.{}", one.key)));
        keys.extend(data.tags.iter().map(|one| format!("tags.{}", one.key)));
    }
    let chosen = table.context().keys.clone();
    keys.extend(chosen.iter().cloned());
    let items = keys
        .iter()
        .map(|key| Item::new(key.clone(), key.clone()))
        .collect();
    let picker = Picker::new("Columns, eight at most", items).exactly(chosen);
    ask(state, picker, Purpose::Columns);
}

/// The columns were chosen: those that stood there keep their places.
pub(in crate::app::update) fn chose_columns(state: &mut State, picked: Vec<String>) {
    let table = &mut state.data.mlflow.runs;
    let before = (**table.context()).clone();
    let mut keys: Vec<String> = before
        .keys
        .iter()
        .filter(|key| picked.contains(key))
        .cloned()
        .collect();
    keys.extend(picked.into_iter().filter(|key| !before.keys.contains(key)));
    let too_many = keys.len() > crate::app::lists::SLOTS;
    keys.truncate(crate::app::lists::SLOTS);
    table.set_context(Chosen { keys, ..before });
    state.data.mlflow.columns_chosen = true;
    if too_many {
        state.hint("eight columns have room; the others were left out");
    }
}
