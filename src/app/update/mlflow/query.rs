//! MLflow's own filter and order for a page, and the columns of the runs.

use std::{collections::BTreeSet, sync::Arc};

use super::load;
use crate::{
    app::{
        Effect, Screen,
        dialog::{Field, Form, Item, Mark, Picker, Values},
        layer::Purpose,
        lists::Chosen,
        mlflow::{
            Mlflow, Refused,
            filter::{Helper, Kind, Language, Seen, fault},
        },
        remote::Ticket,
        state::State,
        table::Record,
        update::answer::ask,
    },
    domain::Failure,
    mlflow::objection,
};

/// As many keys and values are noted at most from the rows of a page, so that the form is there
/// at once.
const NOTED: usize = 100_000;

/// Asks for MLflow's filter and order. What MLflow refused last is there to be corrected.
pub(in crate::app::update) fn ask_for_query(state: &mut State) {
    let screen = state.screen();
    let Some((filter_help, order_help)) = helps(screen) else {
        state.hint("this page is not searched by MLflow: / filters its rows");
        return;
    };
    let mlflow = &mut state.data.mlflow;
    let paging = mlflow.paging_mut(screen).clone();
    let refused = paging.refused();
    let (filter, order) = refused.map_or((&paging.filter, &paging.order), |refused| {
        (&refused.filter, &refused.order)
    });
    let mut filter = Field::text("filter", "Filter")
        .value(filter)
        .help(filter_help);
    let mut order = Field::text("order", "Order").value(order).help(order_help);
    if let Some(language) = language(mlflow, screen) {
        let seen = seen_on(mlflow, screen);
        order = order.assisted(Helper::of_order(language, seen.clone()));
        filter = filter.assisted(Helper::of_filter(language, seen));
    }
    let mut first = "filter";
    if let Some(refused) = refused {
        let (name, mark) = marked(refused);
        first = name;
        if first == "order" {
            order = order.marked(mark);
        } else {
            filter = filter.marked(mark);
        }
    }
    let form = Form::new(format!("Search {}", screen.name()), vec![filter, order])
        .verb("Search")
        .focused(first);
    ask(state, form, Purpose::Query(screen));
}

/// Which field MLflow speaks of, and where in it.
fn marked(refused: &Refused) -> (&'static str, Mark) {
    let Refused {
        filter,
        order,
        message,
    } = refused;
    let in_filter = fault(filter, message);
    let in_order = fault(order, message);
    let of_order = message.contains("order_by")
        || message.contains("order by")
        || (in_filter.range.is_none() && in_order.range.is_some());
    let (name, fault) = if of_order {
        ("order", in_order)
    } else {
        ("filter", in_filter)
    };
    let mark = Mark {
        message: fault.message,
        range: fault.range,
    };
    (name, mark)
}

/// The filters that a page is searched with, and what it is ordered by.
fn language(mlflow: &Mlflow, screen: Screen) -> Option<Language> {
    let kind = match screen {
        Screen::Experiments => Kind::Experiments,
        Screen::Runs => Kind::Runs,
        Screen::Models => Kind::Models,
        Screen::Versions => Kind::Versions,
        Screen::LoggedModels => Kind::LoggedModels,
        Screen::Traces => Kind::Traces,
        Screen::Datasets => Kind::Datasets,
        _ => return None,
    };
    let newer = mlflow
        .version
        .as_deref()
        .and_then(|version| version.split('.').next()?.parse::<u32>().ok())
        .is_some_and(|major| major >= 3);
    Some(Language { kind, newer })
}

/// What the rows of a page teach: keys and values that a filter may name.
fn seen_on(mlflow: &Mlflow, screen: Screen) -> Seen {
    let mut seen = Seen::default();
    match screen {
        Screen::Experiments => note(mlflow.experiments.rows(), |row| {
            seen.experiment(&row.experiment);
            row.experiment.tags.len()
        }),
        Screen::Runs => note(mlflow.runs.rows(), |row| {
            seen.run(&row.run);
            let data = &row.run.data;
            data.metrics.len() + data.params.len() + data.tags.len()
        }),
        Screen::Models => note(mlflow.models.rows(), |row| {
            seen.model(&row.model);
            row.model.tags.len()
        }),
        Screen::Versions => note(mlflow.versions.rows(), |row| {
            seen.version(&row.version);
            row.version.tags.len()
        }),
        Screen::LoggedModels => note(mlflow.logged_models.rows(), |row| {
            seen.logged_model(&row.model);
            row.model.data.metrics.len() + row.model.data.params.len() + row.model.info.tags.len()
        }),
        Screen::Traces => note(mlflow.traces.rows(), |row| {
            seen.trace(&row.trace);
            row.trace.tags.len() + row.trace.trace_metadata.len()
        }),
        Screen::Datasets => note(mlflow.datasets.rows(), |row| {
            seen.dataset(&row.dataset);
            row.dataset.tags().len()
        }),
        _ => {}
    }
    seen
}

/// Notes one row after the other, each saying how much it had, until it is enough.
fn note<R: Record>(rows: &[Arc<R>], mut note: impl FnMut(&R) -> usize) {
    let mut noted = 0;
    for row in rows {
        if noted >= NOTED {
            return;
        }
        noted += note(row);
    }
}

/// What can be searched for on a page, by example.
fn helps(screen: Screen) -> Option<(&'static str, &'static str)> {
    Some(match screen {
        Screen::Experiments | Screen::Datasets => (
            "name LIKE 'a%' AND tags.team = 'data'",
            "name ASC, last_update_time DESC",
        ),
        Screen::Runs => (
            "metrics.auc > 0.8 AND params.depth = '3' AND tags.team LIKE 'd%'",
            "metrics.auc DESC, attributes.start_time ASC",
        ),
        Screen::Models => (
            "name LIKE 'a%' AND tags.team = 'data'",
            "last_updated_timestamp DESC, name ASC",
        ),
        Screen::Versions => ("run_id = '…' AND tags.team = 'data'", "version_number DESC"),
        Screen::LoggedModels => (
            "name LIKE 'a%' AND params.depth = '3'",
            "metrics.auc DESC, creation_timestamp",
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
    paging.search_for(values.text("filter"), values.text("order"));
    load(state)
}

/// A page did not come: whether MLflow refused a search that was made by hand. What was there
/// before stays, and the search is there again to be corrected, unless something else is being
/// done.
pub(super) fn refused(
    state: &mut State,
    ticket: Ticket,
    screen: Screen,
    failure: &Failure,
) -> bool {
    let mlflow = &mut state.data.mlflow;
    let awaited = mlflow.page(screen).is_some_and(|list| list.awaits(ticket));
    let Some(said) = objection(failure).filter(|_| awaited) else {
        return false;
    };
    if !mlflow.paging_mut(screen).refuse(said) {
        return false;
    }
    if let Some(list) = mlflow.page_mut(screen) {
        list.keep(ticket, failure.clone());
    }
    state.fail(failure);
    if state.screen() == screen && state.layers.is_empty() && state.prompt.is_none() {
        ask_for_query(state);
    }
    true
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
