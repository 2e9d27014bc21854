use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::mlflow::models::{
    Experiment, Metric, Pair, RegisteredModel, Run, RunData, RunInfo, TraceInfo,
};

fn pair(key: &str, value: &str) -> Pair {
    Pair {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn seen() -> Seen {
    let metric = |key: &str| Metric {
        key: key.to_owned(),
        ..Metric::default()
    };
    let mut seen = Seen::default();
    seen.run(&Run {
        info: RunInfo {
            run_id: "4f".to_owned(),
            user_id: "ada".to_owned(),
            ..RunInfo::default()
        },
        data: RunData {
            metrics: vec![metric("auc"), metric("val loss"), metric("bad\u{1b}key")],
            params: vec![
                pair("depth", "3"),
                pair("model/kind", "it's"),
                pair("a`b", ""),
            ],
            tags: vec![pair("mlflow.user", "ada"), pair("owner", "o\"'x")],
        },
        ..Run::default()
    });
    seen
}

const RUNS: Language = Language {
    kind: Kind::Runs,
    newer: false,
};

/// Completes at the end of a filter.
fn at_end(language: Language, filter: &str) -> Completion {
    complete(language, &seen(), filter, filter.len())
}

fn shown(completion: &Completion) -> Vec<&str> {
    let candidates = completion.candidates.iter();
    candidates
        .map(|candidate| candidate.shown.as_str())
        .collect()
}

#[test]
fn a_filter_begins_with_any_field_that_there_is() {
    let completion = at_end(RUNS, "");
    assert_eq!(completion.expects, Expects::Field);
    assert_eq!(
        shown(&completion),
        [
            "run_name",
            "status",
            "start_time",
            "end_time",
            "user_id",
            "run_id",
            "artifact_uri",
            "metrics.auc",
            "metrics.`val loss`",
            "params.depth",
            "params.`model/kind`",
            "tags.`mlflow.user`",
            "tags.owner",
            "datasets.name",
            "datasets.digest",
            "datasets.context",
        ]
    );
    let models = Language {
        kind: Kind::Models,
        newer: false,
    };
    assert_eq!(
        shown(&at_end(models, "")),
        ["name", "tags.`mlflow.user`", "tags.owner"]
    );
}

#[rstest]
#[case("st", &["status", "start_time", "datasets.digest"], Expects::Field)]
#[case("metric.", &["metrics.auc", "metrics.`val loss`"], Expects::Field)]
#[case("metrics.`val l", &["metrics.`val loss`"], Expects::Field)]
#[case("LOSS", &["metrics.`val loss`"], Expects::Field)]
#[case("metrics.auc ", &["=", "!=", ">", ">=", "<", "<="], Expects::Operator)]
#[case("metrics.auc >", &[">", ">="], Expects::Operator)]
#[case("metrics.auc > ", &[], Expects::Number)]
#[case("metrics.auc > 0.5", &[], Expects::Number)]
#[case("metrics.auc > 0.5 ", &["and"], Expects::And)]
#[case("metrics.auc > 0.5 a", &["and"], Expects::And)]
#[case("metrics.`val loss` <= 1e-5 and param.dep", &["params.depth"], Expects::Field)]
#[case("start_time > ", &[], Expects::Whole)]
#[case("status = ", &["FINISHED", "RUNNING", "FAILED", "SCHEDULED", "KILLED"], Expects::Text)]
#[case("status = 'f", &["FINISHED", "FAILED"], Expects::Text)]
#[case("status = 'FAILED'", &["and"], Expects::And)]
#[case("params.depth l", &["LIKE"], Expects::Operator)]
#[case("params.depth = ", &["3"], Expects::Text)]
#[case("run_id ", &["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"], Expects::Operator)]
#[case("run_id not ", &["IN"], Expects::Operator)]
#[case("run_id IN ", &["4f"], Expects::List)]
#[case("run_id IN (", &["4f"], Expects::Text)]
#[case("run_id IN ('4f'", &[",", ")"], Expects::Separator)]
#[case("run_id IN ('4f', ", &["4f"], Expects::Text)]
#[case("run_id IN ('4f') ", &["and"], Expects::And)]
#[case("no_such = ", &[], Expects::Nothing)]
#[case("metrics.auc = 'a' ", &[], Expects::Nothing)]
#[case("metrics.auc > 1 or ", &[], Expects::Nothing)]
fn what_may_come_next(#[case] filter: &str, #[case] wanted: &[&str], #[case] expects: Expects) {
    let completion = at_end(RUNS, filter);
    assert_eq!(shown(&completion), wanted);
    assert_eq!(completion.expects, expects);
}

#[test]
fn the_newer_mlflow_knows_more() {
    let newer = Language {
        newer: true,
        ..RUNS
    };
    assert_eq!(
        shown(&at_end(newer, "params.depth IS ")),
        ["NULL", "NOT NULL"]
    );
    assert_eq!(shown(&at_end(newer, "params.depth IS NOT NULL ")), ["and"]);
    assert_eq!(at_end(RUNS, "params.depth IS ").expects, Expects::Nothing);
    let experiments = |newer| Language {
        kind: Kind::Experiments,
        newer,
    };
    assert_eq!(
        shown(&at_end(experiments(true), "experiment")),
        ["experiment_id"]
    );
    assert_eq!(
        shown(&at_end(experiments(true), "experiment_id ")),
        ["=", "!=", "IN", "NOT IN"]
    );
    assert_eq!(
        shown(&at_end(experiments(false), "experiment")),
        [] as [&str; 0]
    );
}

#[test]
fn logged_models_and_traces_have_languages_of_their_own() {
    let language = |kind| Language { kind, newer: true };
    let logged = at_end(language(Kind::LoggedModels), "params.depth ");
    assert_eq!(shown(&logged), ["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"]);
    let mut seen = Seen::default();
    seen.trace(&TraceInfo {
        trace_id: "tr-1".to_owned(),
        tags: [("mlflow.traceName".to_owned(), "ask".to_owned())].into(),
        trace_metadata: [("mlflow.sourceRun".to_owned(), "4f".to_owned())].into(),
        ..TraceInfo::default()
    });
    let at_end = |filter: &str| complete(language(Kind::Traces), &seen, filter, filter.len());
    assert_eq!(shown(&at_end("name = ")), ["ask"]);
    assert_eq!(shown(&at_end("run_id = ")), ["4f"]);
    assert_eq!(shown(&at_end("status = 'ERR")), ["ERROR"]);
    assert_eq!(shown(&at_end("metadata.")), ["metadata.`mlflow.sourceRun`"]);
}

#[test]
fn the_newest_models_page_offers_the_prompts_that_mlflow_leaves_out() {
    let models = |newer| Language {
        kind: Kind::Models,
        newer,
    };
    let offered = at_end(models(true), "pro");
    assert_eq!(
        shown(&offered),
        ["prompts: tags.`mlflow.prompt.is_prompt` = 'true'"]
    );
    let (taken, _) = offered.apply("pro", 0).unwrap();
    assert_eq!(taken, "tags.`mlflow.prompt.is_prompt` = 'true' ");
    assert_eq!(at_end(models(true), &taken).expects, Expects::And);
    assert_eq!(shown(&at_end(models(false), "pro")), [] as [&str; 0]);
}

#[test]
fn what_could_not_be_typed_is_not_offered() {
    let mut seen = Seen::default();
    seen.model(&RegisteredModel {
        name: "\u{202e}odd".to_owned(),
        tags: vec![pair("\u{feff}key", "x"), pair("日本", "שלום")],
        ..RegisteredModel::default()
    });
    let at_end = |filter: &str| {
        let kind = Kind::Models;
        complete(Language { kind, newer: false }, &seen, filter, filter.len())
    };
    assert_eq!(shown(&at_end("")), ["name", "tags.`日本`"]);
    assert_eq!(shown(&at_end("name = ")), [] as [&str; 0]);
    assert_eq!(shown(&at_end("tags.`日本` = ")), ["שלום"]);
}

#[test]
fn keys_and_values_that_cannot_be_said_are_not_offered() {
    assert_eq!(
        shown(&at_end(RUNS, "params.")),
        ["params.depth", "params.`model/kind`"]
    );
    let kind = at_end(RUNS, "params.`model/kind` = ");
    assert_eq!(kind.candidates[0].insert, "\"it's\" ");
    assert_eq!(shown(&at_end(RUNS, "tags.owner = ")), [] as [&str; 0]);
}

#[rstest]
#[case("me", 2, "metrics.auc", "metrics.auc ")]
#[case(
    "metrics.auc >= 1 and dep = '3'",
    24,
    "params.depth",
    "metrics.auc >= 1 and params.depth = '3'"
)]
#[case("status='f", 9, "FAILED", "status= 'FAILED' ")]
#[case("metrics.auc>", 12, ">=", "metrics.auc >= ")]
#[case("run_id IN ('4f'", 15, ")", "run_id IN ('4f') ")]
fn a_candidate_takes_the_place_of_what_was_typed(
    #[case] filter: &str,
    #[case] cursor: usize,
    #[case] choice: &str,
    #[case] after: &str,
) {
    let completion = complete(RUNS, &seen(), filter, cursor);
    let place = shown(&completion).iter().position(|shown| *shown == choice);
    let (text, cursor) = completion.apply(filter, place.unwrap()).unwrap();
    assert_eq!(text, after);
    assert!(text.is_char_boundary(cursor));
}

#[test]
fn of_twelve_thousand_keys_the_first_that_match_are_offered() {
    let mut seen = Seen::default();
    let metrics = (0..12_000).map(|at| Metric {
        key: format!("layer_{at:05}/loss"),
        ..Metric::default()
    });
    seen.run(&Run {
        data: RunData {
            metrics: metrics.collect(),
            ..RunData::default()
        },
        ..Run::default()
    });
    let completion = complete(RUNS, &seen, "metrics.11999", 13);
    assert_eq!(shown(&completion), ["metrics.`layer_11999/loss`"]);
    assert_eq!(complete(RUNS, &seen, "metrics.", 8).candidates.len(), 100);
}

#[test]
fn experiments_are_completed_with_their_names_and_tags() {
    let mut seen = Seen::default();
    seen.experiment(&Experiment {
        name: "housing".to_owned(),
        tags: vec![pair("team", "pricing")],
        ..Experiment::default()
    });
    let language = Language {
        kind: Kind::Experiments,
        newer: false,
    };
    let completion = complete(language, &seen, "name = ", 7);
    assert_eq!(completion.candidates[0].insert, "'housing' ");
    let completion = complete(language, &seen, "tags.team != ", 13);
    assert_eq!(completion.candidates[0].insert, "'pricing' ");
}

// The messages are those of MLflow 2.12.2 and 3.17.2.
#[rstest]
#[case(
    "metrics.x >",
    "Invalid clause(s) in filter string: 'metrics.x', '>'",
    "metrics.x >"
)]
#[case(
    "name = 'a' and tags.x IS NULL",
    "Invalid clause(s) in filter string: tags.x, IS, NULL",
    "tags.x IS NULL"
)]
#[case(
    "metrics.x = 1 or metrics.y = 2",
    "Invalid clause(s) in filter string: 'or'",
    "or"
)]
#[case(
    "metrics.x = 1 and metrics.`a b > 1",
    "Invalid clause(s) in filter string: 'metrics.', '`', 'a'",
    "metrics.`a"
)]
#[case(
    "params.x = \"a'",
    "Invalid clause(s) in filter string: 'params.x', '=', '\"', 'a', '''",
    "params.x = \"a'"
)]
#[case(
    "metrics.a > 'a'",
    "Expected numeric value type for metric. Found 'a'",
    "'a'"
)]
#[case(
    "status = 'x' and foo = 'a'",
    "Invalid attribute key 'foo' specified. Valid keys are '{'status', 'run_id'}'",
    "foo"
)]
#[case(
    "params.x > 'a'",
    "Invalid comparator '>' not one of '{'=', 'ILIKE', '!=', 'LIKE'}'",
    ">"
)]
#[case(
    "tags.x = 5",
    "Expected a quoted string value for tag (e.g. 'my-value'). Got value 5",
    "5"
)]
#[case(
    "bogus.x = 'a'",
    "Invalid entity type 'bogus'. Valid values are ['metric', 'parameter']",
    "bogus.x"
)]
#[case(
    "run_id = '1' and status IN ('a')",
    "Only the 'run_id' attribute supports comparison with a list of quoted string values.",
    "('a')"
)]
#[case(
    "run_id IN (a)",
    "malformed node or string on line 1: <ast.Name object at 0x7f17>",
    "(a)"
)]
#[case(
    "start_time > 'x'",
    "Expected numeric value type for numeric attribute: start_time. Found 'x'",
    "'x'"
)]
#[case("name > 'a'", "Invalid comparator for attribute: >", ">")]
#[case(
    "name ASC, foo DESC",
    "Invalid order by key 'foo' specified. Valid keys are '{'name', 'timestamp'}'",
    "foo"
)]
#[case(
    "foo = 1",
    "type object 'SqlLoggedModel' has no attribute 'foo'",
    "foo"
)]
#[case(
    "name > 1",
    "Invalid comparison operator for attributes.name: '>'. Expected one of ('=', '!=', 'LIKE').",
    ">"
)]
#[case(
    "metrics.x >",
    "Invalid clause(s) in filter string: metrics.x >",
    "metrics.x >"
)]
#[case("name = 'open", "Something else", "'open")]
fn an_error_is_shown_where_it_is(#[case] filter: &str, #[case] message: &str, #[case] about: &str) {
    let fault = fault(filter, message);
    let range = fault.range.unwrap();
    assert_eq!(filter.get(range), Some(about));
    assert_eq!(fault.message, message);
}

#[test]
fn an_error_that_says_nothing_about_where_is_told_without_a_place() {
    assert_eq!(fault("name = 'a'", "Internal error").range, None);
    assert_eq!(
        fault("", "Invalid clause(s) in filter string: ").range,
        None
    );
}

proptest! {
    #[test]
    fn any_text_has_pieces_and_no_place_in_it_breaks_completion(
        filter in "[a-z.`'\"=<>!(), 0-9é中-]{0,40}|.{0,30}|(metrics\\.auc > 1 and |run_id IN \\('a'|params\\.`x y` = ){0,3}.{0,9}",
        cursor in 0_usize..60,
        newer: bool,
    ) {
        let mut end = 0;
        for token in tokens(&filter) {
            prop_assert!(token.range.start >= end && token.range.end > token.range.start);
            let between = filter.get(end..token.range.start).unwrap();
            prop_assert!(between.chars().all(char::is_whitespace));
            end = token.range.end;
        }
        prop_assert!(filter.get(end..).unwrap().chars().all(char::is_whitespace));
        for kind in [Kind::Experiments, Kind::Runs, Kind::Models, Kind::Versions, Kind::LoggedModels, Kind::Traces, Kind::Datasets] {
            let completion = complete(Language { kind, newer }, &seen(), &filter, cursor);
            for at in 0..completion.candidates.len() {
                let (text, cursor) = completion.apply(&filter, at).unwrap();
                prop_assert!(text.is_char_boundary(cursor));
            }
        }
    }

    #[test]
    fn any_message_about_any_filter_points_inside_of_it(
        filter in "[a-z.`'=> (),0-9中]{0,30}",
        message in "(Invalid clause\\(s\\) in filter string: |Found |Invalid key '|list ){0,1}[a-z', .`=中]{0,30}",
    ) {
        if let Some(range) = fault(&filter, &message).range {
            prop_assert!(filter.get(range).is_some());
        }
    }
}
