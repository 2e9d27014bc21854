//! What only MLflow 3 has, as it is drawn: the spans of a trace, evaluation datasets and their
//! records.

use mlwarden::{
    app::{
        Effect, Screen, State,
        effect::Ask,
        message::News,
        mlflow::{Found, Page, Sight},
        table::Listing,
    },
    domain::{ErrorClass, Failure, Principal},
    mlflow::models::{DatasetRecord, EvaluationDataset, Span, Trace, TraceInfo},
    ui::Theme,
};
use serde_json::{Value, json};

use crate::{
    mlflow::{answer, as_reader, experiment, looked, signed_in},
    scene::{asks, ctrl, frame, hear, keys, moment},
};

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

const SECOND: i64 = 1_000_000_000;

/// When the trace began, in nanoseconds since 1970.
fn began() -> i64 {
    (moment().as_second() - 3_600) * SECOND
}

fn info(location: &str) -> TraceInfo {
    let tags = [
        ("mlflow.traceName", "answer"),
        ("mlflow.trace.spansLocation", location),
    ];
    TraceInfo {
        trace_id: "tr-24f509a79524ff7418d05c0877b03646".to_owned(),
        request_time: "2026-11-23T09:00:00Z".to_owned(),
        execution_duration: "1.600s".to_owned(),
        state: "ERROR".to_owned(),
        tags: tags
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..TraceInfo::default()
    }
}

/// A span of so many milliseconds after the trace's start; 0 at its end is one that runs.
fn span(id: &str, parent: &str, name: &str, kind: &str, from: i64, to: i64) -> Span {
    let at = |milliseconds: i64| began() + milliseconds * SECOND / 1_000;
    Span {
        span_id: id.to_owned(),
        parent_span_id: parent.to_owned(),
        name: name.to_owned(),
        start_time_unix_nano: at(from),
        end_time_unix_nano: if to == 0 { 0 } else { at(to) },
        attributes: json!([{"key": "mlflow.spanType", "value": {"string_value": kind}}]),
        status: json!({"code": "STATUS_CODE_OK"}),
        ..Span::default()
    }
}

/// Spans below spans, one that failed, one that runs, one whose parent is not there.
fn spans() -> Vec<Span> {
    let mut asked = span("bo+K1Gyjd5A=", "VF0RB1dxjps=", "ask", "LLM", 900, 1_590);
    asked.status =
        json!({"code": "STATUS_CODE_ERROR", "message": "ValueError: no such \u{1b}[31mmodel"});
    asked.attributes = json!([
        {"key": "mlflow.spanType", "value": {"string_value": "LLM"}},
        {"key": "mlflow.spanInputs", "value": {"kvlist_value": {"values": [
            {"key": "question", "value": {"string_value": "how much?\u{1b}]0;title\u{7}"}},
            {"key": "most", "value": {"int_value": 3}},
        ]}}},
        {"key": "mlflow.spanOutputs", "value": {"string_value": "nothing"}},
        {"key": "model", "value": {"string_value": "small"}},
    ]);
    asked.events = json!([{
        "name": "exception",
        "time_unix_nano": began() + SECOND,
        "attributes": [
            {"key": "exception.type", "value": {"string_value": "ValueError"}},
            {"key": "exception.stacktrace", "value": {"string_value": "Traceback:\n  line 7\nValueError"}},
        ],
    }]);
    let mut stream = span(
        "Wz14dwnxvKE=",
        "bo+K1Gyjd5A=",
        "stream",
        "UNKNOWN",
        1_000,
        0,
    );
    stream.status = Value::Null;
    vec![
        span("VF0RB1dxjps=", "", "answer", "AGENT", 0, 1_600),
        span(
            "VUv4eu1AfNA=",
            "VF0RB1dxjps=",
            "search",
            "RETRIEVER",
            20,
            870,
        ),
        asked,
        stream,
        span(
            "jj31dp3+E5U=",
            "gone",
            "\u{1b}[31mevil\u{202e} \u{4e2d}\u{6587}\n2",
            "TOOL",
            400,
            401,
        ),
    ]
}

fn trace(spans: Vec<Span>) -> Found {
    Found::Trace(Box::new(Trace {
        trace_info: info("TRACKING_STORE"),
        spans,
    }))
}

/// The console on a page of an experiment's that a key opens.
fn opened(key: &str) -> (State, Vec<Effect>) {
    let mut state = as_reader(Screen::Overview);
    keys(&mut state, "b");
    let effects = signed_in(&mut state);
    let rows = vec![experiment("1", "housing", "active")];
    answer(&mut state, &effects, Found::Experiments(rows), None);
    let effects = keys(&mut state, key);
    (state, effects)
}

/// The console where the spans of a trace are asked for.
fn at_trace(location: &str) -> (State, Vec<Effect>) {
    let (mut state, effects) = opened("t");
    let found = Found::Traces(vec![info(location)]);
    answer(&mut state, &effects, found, None);
    let effects = keys(&mut state, "\n");
    assert_eq!(looked(&effects).1, Screen::Trace);
    (state, effects)
}

fn asked(effects: &[Effect]) -> &Page {
    asks(effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Look(_, _, look, _) => Some(&look.page),
            _ => None,
        })
        .unwrap()
}

#[test]
fn the_spans_of_a_trace_are_a_tree_over_its_time() {
    let (mut state, effects) = at_trace("TRACKING_STORE");
    let id = "tr-24f509a79524ff7418d05c0877b03646".to_owned();
    assert_eq!(asked(&effects), &Page::Trace(id));
    answer(&mut state, &effects, trace(spans()), None);
    snapshot!("trace", &mut state);
    let ascii = frame(&mut state, 120, 40, &Theme::ascii());
    assert!(ascii.is_ascii());
    let failed = ascii.lines().find(|line| line.contains("ask")).unwrap();
    assert!(failed.contains(".........-------"), "{failed}");
    keys(&mut state, "/ask\n\n");
    snapshot!("trace_span", &mut state);
    let drawn = frame(&mut state, 120, 60, &Theme::plain());
    assert!(drawn.contains("exception.type = ValueError"), "{drawn}");
    assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}'));
}

#[test]
fn spans_are_folded_and_stay_so_when_looked_at_again() {
    let (mut state, effects) = at_trace("TRACKING_STORE");
    answer(&mut state, &effects, trace(spans()), None);
    assert_eq!(state.data.mlflow.trace.shown(), 5);
    keys(&mut state, "z");
    assert_eq!(state.data.mlflow.trace.shown(), 2);
    let effects = keys(&mut state, "r");
    answer(&mut state, &effects, trace(spans()), None);
    assert_eq!(state.data.mlflow.trace.shown(), 2);
    keys(&mut state, "z");
    assert_eq!(state.data.mlflow.trace.shown(), 5);
}

#[test]
fn what_another_sees_of_a_trace_is_compared_span_by_span() {
    let (mut state, _) = at_trace("TRACKING_STORE");
    state.data.mlflow.beside = Some(Principal::Group("admins".to_owned()));
    let effects = keys(&mut state, "r");
    let (ticket, screen) = looked(&effects);
    let mut theirs = spans();
    theirs[1].name = "other".to_owned();
    theirs.pop();
    let sight = Sight {
        found: trace(spans()),
        next: None,
        beside: Some(Ok(trace(theirs))),
    };
    hear(
        &mut state,
        News::Looked(ticket, screen, Ok(Box::new(sight))),
    );
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    for (name, seen) in [
        ("search", "differs"),
        ("ask", "same"),
        ("evil", "only here"),
    ] {
        let line = drawn.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains(seen), "{line}");
    }
}

#[test]
fn a_trace_without_spans_says_why() {
    for (location, why) in [
        ("ARTIFACT_REPO", "in a file among its artifacts"),
        ("TRACKING_STORE", "holds no span of this trace"),
    ] {
        let (mut state, effects) = at_trace(location);
        let found = Trace {
            trace_info: info(location),
            spans: Vec::new(),
        };
        answer(&mut state, &effects, Found::Trace(Box::new(found)), None);
        let drawn = frame(&mut state, 120, 40, &Theme::plain());
        assert!(drawn.contains("There are no spans."), "{drawn}");
        assert!(drawn.contains(why), "{drawn}");
    }
}

#[test]
fn a_page_of_one_thing_says_where_that_is_opened() {
    let (mut state, _) = opened("t");
    for (keys_of_page, said) in [
        ("ws", "Open a trace on the page of traces."),
        ("we", "Open a dataset on the page of datasets."),
    ] {
        let effects = keys(&mut state, keys_of_page);
        assert!(asks(&effects).is_empty(), "{effects:?}");
        let drawn = frame(&mut state, 80, 24, &Theme::plain());
        assert!(drawn.contains(said), "{drawn}");
    }
}

#[test]
fn another_trace_shows_nothing_of_the_one_before() {
    let (mut state, effects) = at_trace("TRACKING_STORE");
    let mut other = info("TRACKING_STORE");
    other.trace_id = "tr-other".to_owned();
    let again = keys(&mut state, "wtr");
    let found = Found::Traces(vec![other]);
    answer(&mut state, &again, found, None);
    let newer = keys(&mut state, "\n");
    assert_eq!(asked(&newer), &Page::Trace("tr-other".to_owned()));
    answer(&mut state, &effects, trace(spans()), None);
    assert_eq!(state.data.mlflow.trace.shown(), 0, "it came too late");
}

fn dataset(id: &str, name: &str, records: &str) -> EvaluationDataset {
    EvaluationDataset {
        dataset_id: id.to_owned(),
        name: name.to_owned(),
        tags: "{\"team\": \"pricing\", \"mlflow.user\": \"ada\"}".to_owned(),
        profile: records.to_owned(),
        digest: "f479f68e".to_owned(),
        created_time: moment().as_millisecond() - 7_200_000,
        last_update_time: moment().as_millisecond() - 3_600_000,
        created_by: "ada".to_owned(),
        ..EvaluationDataset::default()
    }
}

fn record(number: usize, inputs: Value, expectations: Value) -> DatasetRecord {
    DatasetRecord {
        dataset_record_id: format!("dr-{number:032}"),
        dataset_id: "d-2c08dcb05cd940e89ed0b3038a1e2c72".to_owned(),
        inputs,
        outputs: json!({}),
        expectations,
        tags: json!({"kind": "price", "mlflow.user": "ada"}),
        source: json!({"source_type": "TRACE", "source_data": {"trace_id": "tr-1"}}),
        source_type: "TRACE".to_owned(),
        source_id: "tr-1".to_owned(),
        created_time: moment().as_millisecond() - 7_200_000,
        last_update_time: moment().as_millisecond() - 3_600_000,
        created_by: "ada".to_owned(),
        last_updated_by: "bob".to_owned(),
    }
}

#[test]
fn evaluation_datasets_and_their_records() {
    let (mut state, effects) = opened("E");
    let rows = vec![
        dataset(
            "d-2c08dcb05cd940e89ed0b3038a1e2c72",
            "questions",
            "{\"num_records\": 300}",
        ),
        dataset(
            "d-c128da280d24474dabdaee70221b56fe",
            "\u{202e}odd\u{1b}[31m names",
            "",
        ),
    ];
    answer(&mut state, &effects, Found::Datasets(rows), None);
    snapshot!("datasets", &mut state);
    keys(&mut state, "=");
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(drawn.contains("Search datasets"), "{drawn}");
    keys(&mut state, "name LIKE 'q%'");
    let effects = ctrl(&mut state, 's');
    let Page::Datasets(of, search) = asked(&effects) else {
        panic!("{effects:?}")
    };
    assert_eq!(of, &["1".to_owned()]);
    assert_eq!(search.filter.as_deref(), Some("name LIKE 'q%'"));
    let profile = "{\"num_records\": 300}";
    let one = dataset("d-2c08dcb05cd940e89ed0b3038a1e2c72", "questions", profile);
    answer(
        &mut state,
        &effects,
        Found::Datasets(vec![one.clone()]),
        None,
    );
    let effects = keys(&mut state, "\n");
    let records = vec![
        record(
            1,
            json!({"question": "how much is\u{1b}[31m it?", "most": 3}),
            json!({"answer": 12}),
        ),
        record(
            2,
            json!({"question": "where?"}),
            json!({"answer": "Zurich"}),
        ),
    ];
    let found = Found::Records(Box::new(one.clone()), records);
    answer(&mut state, &effects, found, Some("second"));
    snapshot!("records", &mut state);
    let effects = keys(&mut state, "n");
    let Page::Records(id, search) = asked(&effects) else {
        panic!("{effects:?}")
    };
    assert_eq!(id, &one.dataset_id);
    assert_eq!(search.page_token.as_deref(), Some("second"));
    let found = Found::Records(Box::new(one), vec![record(3, json!("plain"), Value::Null)]);
    answer(&mut state, &effects, found, None);
    keys(&mut state, "\n");
    snapshot!("record", &mut state);
}

#[test]
fn what_this_mlflow_does_not_have_is_said_on_its_page() {
    let (mut state, effects) = opened("E");
    let (ticket, screen) = looked(&effects);
    let failure = Failure::new(
        ErrorClass::Invalid,
        "looking for evaluation datasets",
        "MLflow 2.12.2 has no evaluation datasets",
    )
    .advise("MLflow 3 has them; see `mlwarden matrix upgrade` for what an upgrade changes");
    hear(&mut state, News::Looked(ticket, screen, Err(failure)));
    snapshot!("datasets_of_mlflow_2", &mut state);
}
