//! MLflow's pages as they are drawn.

use std::sync::Arc;

use mlwarden::{
    access::Effect as Decided,
    app::{
        Effect, Screen, State,
        effect::Ask,
        message::News,
        mlflow::{Found, Sight},
        remote::Ticket,
    },
    browse::{Exchange, Who},
    domain::{AuthScheme, ErrorClass, Failure, Principal},
    mlflow::{
        ApiRequest,
        models::{
            Alias, Artifact, Artifacts, Experiment, LoggedModel, LoggedModelInfo, Metric,
            ModelVersion, Number, Pair, RegisteredModel, Run, RunData, RunInfo, TraceInfo,
        },
    },
    probe::{Layer, Observation, Verdict},
    ui::Theme,
};
use serde_json::json;

use crate::scene::{asks, found, frame, hear, keys, moment, predicted, start};

/// The frame at both sizes.
macro_rules! snapshot {
    ($name:literal, $state:expr) => {
        for (width, height) in [(80, 24), (120, 40)] {
            insta::assert_snapshot!(
                format!("{}_{width}x{height}", $name),
                frame($state, width, height, &Theme::plain())
            );
        }
    };
}

fn readers() -> Principal {
    Principal::Group("readers".to_owned())
}

fn milliseconds(hours: i64) -> i64 {
    moment().as_millisecond() - hours * 3_600_000
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<Pair> {
    pairs
        .iter()
        .map(|(key, value)| Pair {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        })
        .collect()
}

pub fn experiment(id: &str, name: &str, stage: &str) -> Experiment {
    Experiment {
        experiment_id: id.to_owned(),
        name: name.to_owned(),
        artifact_location: format!("mlflow-artifacts:/{id}"),
        lifecycle_stage: stage.to_owned(),
        creation_time: milliseconds(90),
        last_update_time: milliseconds(3),
        ..Experiment::default()
    }
}

pub fn run(id: &str, name: &str, status: &str, auc: f64) -> Run {
    let metric = |key: &str, value| Metric {
        key: key.to_owned(),
        value: Number(value),
        timestamp: milliseconds(2),
        step: 49,
        run_id: String::new(),
    };
    Run {
        info: RunInfo {
            run_id: id.to_owned(),
            run_name: name.to_owned(),
            experiment_id: "1".to_owned(),
            status: status.to_owned(),
            user_id: "ada".to_owned(),
            start_time: milliseconds(2),
            end_time: milliseconds(1),
            artifact_uri: format!("mlflow-artifacts:/1/{id}/artifacts"),
            lifecycle_stage: "active".to_owned(),
        },
        data: RunData {
            metrics: vec![metric("auc", auc), metric("loss", f64::NAN)],
            params: pairs(&[("depth", "3"), ("model/kind", "forest")]),
            tags: pairs(&[("stage", "candidate")]),
        },
        ..Run::default()
    }
}

fn version(number: &str, stage: &str) -> ModelVersion {
    ModelVersion {
        name: "housing-price".to_owned(),
        version: number.to_owned(),
        current_stage: stage.to_owned(),
        status: "READY".to_owned(),
        run_id: "0a1b2c3d4e5f60718293a4b5c6d7e8f9".to_owned(),
        creation_timestamp: milliseconds(50),
        ..ModelVersion::default()
    }
}

pub fn model(name: &str) -> RegisteredModel {
    RegisteredModel {
        name: name.to_owned(),
        description: "Predicts prices".to_owned(),
        last_updated_timestamp: milliseconds(5),
        latest_versions: vec![version("2", "Production"), version("3", "None")],
        aliases: vec![Alias {
            alias: "champion".to_owned(),
            version: "2".to_owned(),
        }],
        ..RegisteredModel::default()
    }
}

/// The console on a page of MLflow's, seen as a reader.
pub fn as_reader(screen: Screen) -> State {
    let mut state = start(screen);
    found(&mut state);
    predicted(&mut state);
    state
}

/// Chooses the readers and has signed in; what is asked for then.
pub fn signed_in(state: &mut State) -> Vec<Effect> {
    let chosen = keys(state, "group:readers\n\n");
    let ticket = asks(&chosen)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Become(ticket, ..) => Some(*ticket),
            _ => None,
        })
        .unwrap();
    let who = Who {
        principal: readers(),
        scheme: Some(AuthScheme::Bearer),
        groups: Some(vec!["readers".to_owned()]),
        role: None,
        expires_at: Some(moment() + jiff::SignedDuration::from_mins(60)),
    };
    hear(state, News::MlflowVersion("3.17.2".to_owned()));
    hear(state, News::Became(ticket, readers(), Ok(Box::new(who))))
}

/// The request for a page that is among what is asked for.
pub fn looked(effects: &[Effect]) -> (Ticket, Screen) {
    asks(effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Look(ticket, screen, ..) => Some((*ticket, *screen)),
            _ => None,
        })
        .unwrap()
}

pub fn answer(state: &mut State, effects: &[Effect], found: Found, next: Option<&str>) {
    let (ticket, screen) = looked(effects);
    let sight = Sight {
        found,
        next: next.map(ToOwned::to_owned),
        beside: None,
    };
    hear(state, News::Looked(ticket, screen, Ok(Box::new(sight))));
}

#[test]
fn nobody_is_become_before_it_was_agreed_to() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    snapshot!("mlflow_whom", &mut state);
    let effects = keys(&mut state, "group:readers\n");
    assert!(asks(&effects).is_empty(), "{effects:?}");
    snapshot!("mlflow_become", &mut state);
}

#[test]
fn experiments_runs_and_a_run() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    let rows = vec![
        experiment("2", "\u{202e}odd\u{1b}[31m names", "active"),
        experiment("1", "housing", "active"),
        experiment("3", "gone", "deleted"),
    ];
    answer(&mut state, &effects, Found::Experiments(rows), Some("more"));
    snapshot!("mlflow_experiments", &mut state);
    let effects = keys(&mut state, "j\n");
    let rows = vec![
        run(
            "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "search-0",
            "FINISHED",
            0.912_345_6,
        ),
        run(
            "1a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "search-1",
            "FAILED",
            0.7,
        ),
    ];
    answer(&mut state, &effects, Found::Runs(rows), None);
    snapshot!("mlflow_runs", &mut state);
    let effects = keys(&mut state, "\n");
    let one = run(
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "search-0",
        "FINISHED",
        0.912_345_6,
    );
    answer(&mut state, &effects, Found::Run(Box::new(one)), None);
    snapshot!("mlflow_run", &mut state);
    let effects = keys(&mut state, "M");
    let file = |path: &str, size| Artifact {
        path: path.to_owned(),
        is_dir: size == 0,
        file_size: size,
    };
    let root = Artifacts {
        files: vec![file("model", 0), file("plot.png", 1_447)],
        ..Artifacts::default()
    };
    let folder = Artifacts {
        files: vec![
            file("model/MLmodel", 512),
            file("model/model.pkl", 12_345_678),
        ],
        ..Artifacts::default()
    };
    let whole = Found::Artifacts(vec![(String::new(), root)]);
    answer(&mut state, &effects, whole, None);
    let effects = keys(&mut state, "\n");
    let opened = Found::Artifacts(vec![("model".to_owned(), folder)]);
    answer(&mut state, &effects, opened, None);
    snapshot!("mlflow_artifacts", &mut state);
    let effects = keys(&mut state, "\n\n");
    assert!(
        asks(&effects).is_empty(),
        "what is known is not asked for again"
    );
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(drawn.contains("model.pkl"), "{drawn}");
}

#[test]
fn models_and_versions() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "B");
    let effects = signed_in(&mut state);
    answer(
        &mut state,
        &effects,
        Found::Models(vec![model("housing-price")]),
        None,
    );
    snapshot!("mlflow_models", &mut state);
    let effects = keys(&mut state, "\n");
    let versions = vec![version("3", "None"), version("2", "Production")];
    let found = Found::Versions(Box::new(model("housing-price")), versions);
    answer(&mut state, &effects, found, None);
    snapshot!("mlflow_versions", &mut state);
}

#[test]
fn what_only_the_third_mlflow_has() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    let rows = vec![experiment("1", "housing", "active")];
    answer(&mut state, &effects, Found::Experiments(rows), None);
    let effects = keys(&mut state, "Z");
    let logged = LoggedModel {
        info: LoggedModelInfo {
            model_id: "m-b737d0008a74407683a13a251629bddd".to_owned(),
            name: "forest".to_owned(),
            status: "LOGGED_MODEL_READY".to_owned(),
            model_type: "forest".to_owned(),
            source_run_id: "0a1b2c3d4e5f60718293a4b5c6d7e8f9".to_owned(),
            creation_timestamp_ms: milliseconds(4),
            ..LoggedModelInfo::default()
        },
        ..LoggedModel::default()
    };
    answer(
        &mut state,
        &effects,
        Found::LoggedModels(vec![logged]),
        None,
    );
    snapshot!("mlflow_logged_models", &mut state);
    let effects = keys(&mut state, "t");
    let trace = TraceInfo {
        trace_id: "tr-41933403d84672b375a742e0f8d06d7a".to_owned(),
        request_time: "2026-11-23T09:00:00Z".to_owned(),
        execution_duration: "0.049s".to_owned(),
        state: "OK".to_owned(),
        request_preview: "{\"question\": \"how much?\"}".to_owned(),
        response_preview: "{\"answer\": 12}".to_owned(),
        ..TraceInfo::default()
    };
    answer(&mut state, &effects, Found::Traces(vec![trace]), None);
    snapshot!("mlflow_traces", &mut state);
}

#[test]
fn two_identities_side_by_side() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    let (ticket, screen) = looked(&effects);
    state.data.mlflow.beside = Some(Principal::Group("admins".to_owned()));
    let sight = Sight {
        found: Found::Experiments(vec![
            experiment("1", "housing", "active"),
            experiment("2", "mine", "active"),
        ]),
        next: None,
        beside: Some(Ok(Found::Experiments(vec![
            experiment("1", "housing", "deleted"),
            experiment("3", "theirs", "active"),
        ]))),
    };
    hear(
        &mut state,
        News::Looked(ticket, screen, Ok(Box::new(sight))),
    );
    snapshot!("mlflow_beside", &mut state);
}

#[test]
fn a_folder_of_artifacts_is_compared_with_what_another_sees_of_it() {
    let file = |path: &str, size| Artifact {
        path: path.to_owned(),
        is_dir: false,
        file_size: size,
    };
    let root = |files| {
        let root = Artifacts {
            files,
            ..Artifacts::default()
        };
        Found::Artifacts(vec![(String::new(), root)])
    };
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    answer(
        &mut state,
        &effects,
        Found::Experiments(vec![experiment("1", "housing", "active")]),
        None,
    );
    let effects = keys(&mut state, "\n");
    answer(
        &mut state,
        &effects,
        Found::Runs(vec![run("r1", "fit", "FINISHED", 0.7)]),
        None,
    );
    state.data.mlflow.beside = Some(Principal::Group("admins".to_owned()));
    let effects = keys(&mut state, "M");
    let (ticket, screen) = looked(&effects);
    assert_eq!(screen, Screen::Artifacts);
    let sight = Sight {
        found: root(vec![file("a.txt", 1), file("b.txt", 2)]),
        next: None,
        beside: Some(Ok(root(vec![file("b.txt", 3), file("secret.txt", 4)]))),
    };
    hear(
        &mut state,
        News::Looked(ticket, screen, Ok(Box::new(sight))),
    );
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    for (name, seen) in [
        ("a.txt", "only here"),
        ("b.txt", "differs"),
        ("secret.txt", "only there"),
    ] {
        let line = drawn.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains(seen), "{line}");
    }
}

/// A request that a reader sent.
pub fn exchange(number: u64, expected: Decided, effect: Decided, status: u16) -> Arc<Exchange> {
    let observed = Observation {
        effect: Some(effect),
        layer: if effect == Decided::Allow {
            Layer::Mlflow
        } else {
            Layer::Gateway
        },
        status: Some(status),
        latency: std::time::Duration::from_millis(12),
        at: moment(),
        ..Observation::none("MLflow answered")
    };
    Arc::new(Exchange {
        number,
        principal: readers(),
        scheme: Some(AuthScheme::Bearer),
        request: ApiRequest::post(
            "/ajax-api/2.0/mlflow/runs/search",
            json!({"experiment_ids": ["1"]}),
        ),
        base: "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod/"
            .parse()
            .unwrap(),
        region: "us-west-2".to_owned(),
        sent: vec![("authorization".to_owned(), "Bearer (not shown)".to_owned())],
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: "{\"runs\": []}".to_owned(),
        size: 12,
        permission: Some("runs:read".to_owned()),
        route: Some("/ajax-api/2.0/mlflow/runs/search".to_owned()),
        expected: Some(expected),
        predicted: None,
        verdict: Verdict::of(Some(expected), Some(effect)),
        observed,
    })
}

#[test]
fn every_request_is_seen_and_a_surprise_is_a_finding_at_once() {
    let mut state = as_reader(Screen::Overview);
    let before = state.data.findings.rows().len();
    let as_declared = exchange(1, Decided::Allow, Decided::Allow, 200);
    hear(&mut state, News::Exchanged(as_declared));
    assert_eq!(state.data.findings.rows().len(), before);
    let surprise = exchange(2, Decided::Deny, Decided::Allow, 200);
    hear(&mut state, News::Exchanged(surprise.clone()));
    let found = &state.data.verify_findings;
    assert!(
        found
            .iter()
            .any(|finding| finding.title.contains("readers")),
        "{found:?}"
    );
    let known = found.len();
    hear(&mut state, News::Exchanged(surprise));
    assert_eq!(state.data.verify_findings.len(), known, "told once");
    keys(&mut state, "Q");
    snapshot!("mlflow_requests", &mut state);
    keys(&mut state, "\n");
    snapshot!("mlflow_request", &mut state);
}

#[test]
fn a_refused_page_says_who_refused_and_what_to_do() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    let (ticket, screen) = looked(&effects);
    let failure = Failure::new(
        ErrorClass::Denied { action: None },
        "searching experiments",
        "the authorizer's policy does not allow it (403, AccessDeniedException)",
    )
    .advise("ask `mlwarden why group:readers \"POST /ajax-api/2.0/mlflow/experiments/search\"`");
    hear(&mut state, News::Looked(ticket, screen, Err(failure)));
    snapshot!("mlflow_refused", &mut state);
}

#[test]
fn a_page_that_answers_an_older_question_changes_nothing() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let old = signed_in(&mut state);
    let new = keys(&mut state, "v");
    answer(
        &mut state,
        &old,
        Found::Experiments(vec![experiment("1", "late", "active")]),
        None,
    );
    assert!(state.data.mlflow.experiments.rows().is_empty());
    answer(
        &mut state,
        &new,
        Found::Experiments(vec![experiment("3", "gone", "deleted")]),
        None,
    );
    assert_eq!(state.data.mlflow.experiments.rows().len(), 1);
}

#[test]
fn columns_follow_the_experiment_until_they_are_chosen() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    let rows = vec![
        experiment("1", "housing", "active"),
        experiment("2", "churn", "active"),
    ];
    answer(&mut state, &effects, Found::Experiments(rows), None);
    let runs = || vec![run("0a", "search-0", "FINISHED", 0.9)];
    let mut other = run("1b", "other", "FINISHED", 0.9);
    for metric in &mut other.data.metrics {
        metric.key = format!("other-{}", metric.key);
    }
    let effects = keys(&mut state, "\n");
    answer(&mut state, &effects, Found::Runs(runs()), None);
    assert!(frame(&mut state, 120, 40, &Theme::plain()).contains("loss"));
    let effects = keys(&mut state, "bj\n");
    answer(&mut state, &effects, Found::Runs(vec![other]), None);
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(drawn.contains("other-auc"), "{drawn}");
    keys(&mut state, "W");
    keys(&mut state, "\n");
    let effects = keys(&mut state, "bk\n");
    answer(&mut state, &effects, Found::Runs(runs()), None);
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(
        drawn.contains("other-auc"),
        "what was chosen stays: {drawn}"
    );
}

/// Becomes somebody whom one has agreed to be, at once.
fn becomes(state: &mut State, effects: &[Effect]) -> Principal {
    let (ticket, principal) = asks(effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Become(ticket, principal, ..) => Some((*ticket, principal.clone())),
            _ => None,
        })
        .unwrap_or_else(|| panic!("nobody is become: {effects:?}"));
    let who = Who {
        principal: principal.clone(),
        scheme: Some(AuthScheme::Bearer),
        groups: None,
        role: None,
        expires_at: None,
    };
    let looked = hear(
        state,
        News::Became(ticket, principal.clone(), Ok(Box::new(who))),
    );
    let page = asks(&looked)
        .into_iter()
        .any(|ask| matches!(ask, Ask::Look(..)));
    assert!(page, "the same place is read again: {looked:?}");
    principal
}

#[test]
fn one_key_goes_round_everybody_that_one_has_been() {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    signed_in(&mut state);
    assert!(
        asks(&keys(&mut state, ".")).is_empty(),
        "there is nobody else"
    );
    for group in ["model-approvers", "admins"] {
        let effects = keys(&mut state, &format!("agroup:{group}\n\n"));
        becomes(&mut state, &effects);
    }
    let mut round = Vec::new();
    for _ in 0..4 {
        let effects = keys(&mut state, ".");
        round.push(becomes(&mut state, &effects).name().to_owned());
    }
    assert_eq!(round, ["readers", "model-approvers", "admins", "readers"]);
    // The other key stays between the last two.
    for name in ["admins", "readers"] {
        let effects = keys(&mut state, ",");
        assert_eq!(becomes(&mut state, &effects).name(), name);
    }
    // Pressed again before anybody was become, it goes on.
    keys(&mut state, ".");
    let effects = keys(&mut state, ".");
    assert_eq!(becomes(&mut state, &effects).name(), "admins");
}
