//! Searching by MLflow's own filter: what may come next, and what MLflow refuses.

use crossterm::event::KeyCode;
use mlwarden::{
    app::{Screen, State, layer::Layer, message::News, mlflow::Found, table::Listing},
    domain::{ErrorClass, Failure},
    mlflow::models::{Pair, RegisteredModel},
    ui::Theme,
};

use crate::{
    mlflow::{answer, as_reader, experiment, looked, model, run, signed_in},
    scene::{asks, ctrl, frame, hear, keys, press},
};

fn snapshot(name: &str, state: &mut State) {
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("{name}_{width}x{height}"),
            frame(state, width, height, &Theme::plain())
        );
    }
}

/// The console on the runs of an experiment.
fn on_runs() -> State {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    let rows = vec![experiment("1", "housing", "active")];
    answer(&mut state, &effects, Found::Experiments(rows), None);
    let effects = keys(&mut state, "\n");
    let mut odd = run("1b", "探索", "FAILED", 0.7);
    odd.data.params.push(Pair {
        key: "שכבות".to_owned(),
        value: "שלוש".to_owned(),
    });
    let rows = vec![run("0a", "search-0", "FINISHED", 0.9), odd];
    answer(&mut state, &effects, Found::Runs(rows), Some("more"));
    state
}

/// Searches, and MLflow refuses it.
fn refused(state: &mut State, filter: &str, said: &str) {
    keys(state, "=");
    ctrl(state, 'u');
    keys(state, filter);
    let effects = ctrl(state, 's');
    let (ticket, screen) = looked(&effects);
    let failure = Failure::new(
        ErrorClass::Invalid,
        "searching runs",
        format!("{said} (400, INVALID_PARAMETER_VALUE)"),
    );
    hear(state, News::Looked(ticket, screen, Err(failure)));
}

#[test]
fn candidates_come_from_the_language_and_from_the_rows_that_are_loaded() {
    let mut state = on_runs();
    keys(&mut state, "=");
    snapshot("search_empty", &mut state);
    keys(&mut state, "param");
    snapshot("search_params", &mut state);
    ctrl(&mut state, 'n');
    ctrl(&mut state, 'n');
    press(&mut state, KeyCode::Right);
    press(&mut state, KeyCode::Right);
    press(&mut state, KeyCode::Right);
    let drawn = frame(&mut state, 80, 24, &Theme::plain());
    assert!(drawn.contains("params.`שכבות` = 'שלוש'"), "{drawn}");
    let effects = ctrl(&mut state, 's');
    assert_eq!(asks(&effects).len(), 1);
    assert_eq!(
        state.data.mlflow.paging[&Screen::Runs].filter,
        "params.`שכבות` = 'שלוש'"
    );
}

#[test]
fn a_refused_search_comes_back_marked_and_the_page_stays_as_it_was() {
    let mut state = on_runs();
    refused(
        &mut state,
        "params.`שכבות` > '探索' AND metrics.auc > 0.5",
        "Invalid comparator '>' not one of '{'=', 'ILIKE', '!=', 'LIKE'}'",
    );
    snapshot("search_refused", &mut state);
    keys(&mut state, "\u{1b}");
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(
        drawn.contains("search-0") && drawn.contains("探索"),
        "{drawn}"
    );
    assert!(drawn.contains("page 1, more follow"), "{drawn}");
    assert!(
        !drawn.contains("where"),
        "nothing was searched for: {drawn}"
    );
    keys(&mut state, "=");
    let drawn = frame(&mut state, 80, 24, &Theme::plain());
    assert!(drawn.contains('^'), "it is there to be corrected: {drawn}");
    keys(&mut state, "=");
    ctrl(&mut state, 'n');
    let drawn = frame(&mut state, 80, 24, &Theme::plain());
    assert!(!drawn.contains('^'), "it is another text now: {drawn}");
    assert!(drawn.contains("Invalid comparator '>'"), "{drawn}");
}

#[test]
fn a_long_filter_that_is_refused_is_scrolled_to_the_place() {
    let mut state = on_runs();
    let many = "tags.`チーム` = '探索' AND ".repeat(8);
    refused(
        &mut state,
        &format!("{many}bogus.x = 'a' AND {many}metrics.auc > 0.5"),
        "Invalid entity type 'bogus'. Valid values are ['metric', 'parameter', 'tag']",
    );
    snapshot("search_refused_long", &mut state);
}

#[test]
fn an_order_that_is_refused_is_marked_in_the_order() {
    let mut state = on_runs();
    keys(&mut state, "=metrics.auc > 0.5\tmetrics.auc DOWN");
    let effects = ctrl(&mut state, 's');
    let (ticket, screen) = looked(&effects);
    let said = "Invalid ordering key in order_by clause 'metrics.auc DOWN'.";
    let failure = Failure::invalid(
        "searching runs",
        format!("{said} (400, INVALID_PARAMETER_VALUE)"),
    );
    hear(&mut state, News::Looked(ticket, screen, Err(failure)));
    snapshot("search_refused_order", &mut state);
}

#[test]
fn a_refusal_does_not_come_between_what_one_does_meanwhile() {
    let mut state = on_runs();
    keys(&mut state, "=metrics.auc >");
    let effects = ctrl(&mut state, 's');
    let (ticket, screen) = looked(&effects);
    keys(&mut state, "b");
    let failure = Failure::invalid(
        "searching runs",
        "Invalid clause(s) in filter string: 'metrics.auc', '>' (400, INVALID_PARAMETER_VALUE)",
    );
    hear(&mut state, News::Looked(ticket, screen, Err(failure)));
    assert!(state.layers.is_empty());
    assert_eq!(state.data.mlflow.runs.shown(), 2);
}

#[test]
fn who_refuses_without_a_word_on_the_filter_is_told_on_the_page() {
    let mut state = on_runs();
    keys(&mut state, "=metrics.auc > 0.5");
    let effects = ctrl(&mut state, 's');
    let (ticket, screen) = looked(&effects);
    let failure = Failure::new(
        ErrorClass::Denied { action: None },
        "searching runs",
        "User is not authorized (403, AccessDeniedException)",
    );
    hear(&mut state, News::Looked(ticket, screen, Err(failure)));
    assert!(!matches!(state.layers.last(), Some(Layer::Dialog(..))));
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(drawn.contains("not authorized"), "{drawn}");
}

#[test]
fn prompts_are_two_keys_away_on_the_models_of_the_third_mlflow() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "B");
    let effects = signed_in(&mut state);
    let models = vec![model("housing-price")];
    answer(&mut state, &effects, Found::Models(models), None);
    keys(&mut state, "=");
    snapshot("search_prompts", &mut state);
    keys(&mut state, "p");
    press(&mut state, KeyCode::Right);
    let effects = ctrl(&mut state, 's');
    let mut prompt = RegisteredModel {
        latest_versions: Vec::new(),
        aliases: Vec::new(),
        ..model("greeting")
    };
    prompt.tags.push(Pair {
        key: "mlflow.prompt.is_prompt".to_owned(),
        value: "true".to_owned(),
    });
    answer(&mut state, &effects, Found::Models(vec![prompt]), None);
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(
        drawn.contains("where tags.`mlflow.prompt.is_prompt` = 'true'"),
        "{drawn}"
    );
}

#[test]
fn an_order_is_completed_as_a_filter_is() {
    let mut state = on_runs();
    keys(&mut state, "=\t");
    snapshot("search_order", &mut state);
    keys(&mut state, "au");
    press(&mut state, KeyCode::Right);
    ctrl(&mut state, 'n');
    press(&mut state, KeyCode::Right);
    snapshot("search_order_next", &mut state);
    press(&mut state, KeyCode::Right);
    keys(&mut state, "los");
    press(&mut state, KeyCode::Right);
    let effects = ctrl(&mut state, 's');
    assert_eq!(asks(&effects).len(), 1);
    assert_eq!(
        state.data.mlflow.paging[&Screen::Runs].order,
        "metrics.auc DESC, metrics.loss"
    );
}
