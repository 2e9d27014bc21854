use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

const HEAD: &str = "title = \"t\"\n[as]\nbearer = \"group:readers\"\n";

fn story(text: &str) -> Story {
    parse("mine", text, "mine.toml").unwrap()
}

#[test]
fn a_story_says_who_asks_for_what_and_what_must_come_of_it() {
    let story = story(
        r#"
title = "A run and its model"
setup = "group:owners"

[as]
bearer = "group:readers"
sigv4 = "profile:mlflow-reader"

[[step]]
as = "setup"
request = "POST runs/create"
body = { experiment_id = "{experiment}", start_time = "{now}" }
expect = "allow"
save = { run = "run.info.run_id" }

[[step]]
title = "Reads it"
request = "GET runs/get"
query = { run_id = "{run}", n = [1, 2] }
expect = "allow"
status = 200

[[step]]
as = "anonymous"
request = "GET /get-artifact"
query = { path = "a", run_uuid = "{run}" }
expect = "deny"
layer = "gateway"
error_code = "UnauthorizedException"
"#,
    );
    assert_eq!(story.setup, Principal::Group("owners".to_owned()));
    let [create, read, open] = <[Step; 3]>::try_from(story.steps.clone()).unwrap();
    assert_eq!(create.actor, Actor::Setup);
    assert_eq!(create.title, "POST runs/create");
    assert_eq!(create.body.unwrap()["start_time"], "{now}");
    assert_eq!(create.save["run"], "run.info.run_id");
    assert_eq!(read.expected.status, Some(200));
    assert_eq!(
        read.query,
        [
            ("n".to_owned(), json!(1)),
            ("n".to_owned(), json!(2)),
            ("run_id".to_owned(), json!("{run}")),
        ]
    );
    assert_eq!(open.target, Target::Path("/get-artifact".to_owned()));
    assert_eq!(open.expected.layer, Some(Layer::Gateway));

    let tellings = story.tellings(None, &[]);
    let paths: Vec<String> = tellings
        .iter()
        .map(|telling| story.path(&story.steps[1], telling))
        .collect();
    assert_eq!(
        paths,
        ["/ajax-api/2.0/mlflow/runs/get", "/api/2.0/mlflow/runs/get"]
    );
    let setup = story.path(&story.steps[0], &tellings[1]);
    assert_eq!(setup, "/ajax-api/2.0/mlflow/runs/create", "its own scheme");
}

#[rstest]
#[case::a_field(
    "[[step]]\nrequests = \"GET runs/get\"\nexpect = \"allow\"",
    "line 5, column 1: unknown field `requests`"
)]
#[case::nothing_expected(
    "[[step]]\nrequest = \"GET runs/get\"",
    "line 4, column 1: missing field `expect`"
)]
#[case::a_method(
    "[[step]]\nrequest = \"FETCH runs/get\"\nexpect = \"allow\"",
    "line 5, column 11: request: unknown method"
)]
#[case::no_operation(
    "[[step]]\nrequest = \"GET\"\nexpect = \"allow\"",
    "line 5, column 11: request: write a method and an operation"
)]
#[case::an_expectation(
    "[[step]]\nrequest = \"GET runs/get\"\nexpect = \"maybe\"",
    "line 6, column 10: expect: write \"allow\" or \"deny\""
)]
#[case::a_status(
    "[[step]]\nrequest = \"GET runs/get\"\nexpect = \"allow\"\nstatus = 42",
    "line 7, column 10: status"
)]
#[case::a_layer(
    "[[step]]\nrequest = \"GET runs/get\"\nexpect = \"deny\"\nlayer = \"door\"",
    "line 7, column 9: layer: write one of network, gateway, authorizer, iam, mlflow"
)]
#[case::a_principal(
    "[[step]]\nas = \"team:x\"\nrequest = \"GET runs/get\"\nexpect = \"deny\"",
    "line 5, column 6: as: unknown principal"
)]
#[case::a_placeholder(
    "[[step]]\nrequest = \"GET runs/get\"\nquery = { run_id = \"{run}\" }\nexpect = \"allow\"",
    "line 6, column 9: query: no earlier step saves {run}"
)]
#[case::braces(
    "[[step]]\nrequest = \"GET runs/get\"\nquery = { run_id = \"{run\" }\nexpect = \"allow\"",
    "line 6, column 9: query: \"{run\" has a brace without the other"
)]
#[case::a_body(
    "[[step]]\nrequest = \"GET runs/get\"\nbody = { run_id = \"x\" }\nexpect = \"allow\"",
    "line 6, column 8: body: a GET has no body"
)]
#[case::a_query(
    "[[step]]\nrequest = \"GET runs/get?run_id=x\"\nexpect = \"allow\"",
    "line 5, column 11: request: write the parameters as query"
)]
#[case::saved_from_a_refusal(
    "[[step]]\nrequest = \"GET runs/get\"\nexpect = \"deny\"\nsave = { run = \"run\" }",
    "line 7, column 10: save: a refusal has nothing to save"
)]
#[case::saved_over(
    "[[step]]\nrequest = \"GET runs/get\"\nexpect = \"allow\"\nsave = { model = \"run\" }",
    "line 7, column 10: save: model is a value that every story has"
)]
#[case::no_steps("", "line 1, column 9: title: a story needs a [[step]]")]
fn a_mistake_is_named_with_its_place(#[case] rest: &str, #[case] said: &str) {
    let failure = parse("mine", &format!("{HEAD}{rest}"), "mine.toml").unwrap_err();
    let told = failure.to_string();
    assert!(told.contains("mine.toml") && told.contains(said), "{told}");
}

#[rstest]
#[case::anothers_experiment(
    "POST runs/create",
    r#"{ experiment_id = "1" }"#,
    "experiment_id is \"1\""
)]
#[case::a_number("POST runs/create", "{ experiment_id = 0 }", "experiment_id is \"0\"")]
#[case::nothing("POST runs/create", "{ }", "names nothing of the story's own")]
#[case::anothers_model(
    "DELETE registered-models/delete",
    r#"{ name = "prod" }"#,
    "write {model}"
)]
#[case::a_new_name(
    "PATCH registered-models/update",
    r#"{ name = "{model}", new_name = "prod" }"#,
    "new_name"
)]
#[case::an_experiment("POST experiments/create", r#"{ name = "mine" }"#, "{experiment_name}")]
#[case::what_stays("POST webhooks", r#"{ name = "{model}" }"#, "take away again")]
#[case::what_is_not_known("POST /something/else", r#"{ name = "{model}" }"#, "take away again")]
fn what_is_not_the_storys_own_is_not_changed(
    #[case] request: &str,
    #[case] body: &str,
    #[case] said: &str,
) {
    for expect in ["allow", "deny"] {
        let text = format!(
            "{HEAD}[[step]]\nrequest = \"{request}\"\nbody = {body}\nexpect = \"{expect}\"\n"
        );
        let told = parse("mine", &text, "mine.toml").unwrap_err().to_string();
        assert!(told.contains(said) && told.contains("line 5"), "{told}");
    }
}

#[test]
fn a_scheme_has_the_principals_that_can_use_it() {
    let text = "title = \"t\"\n[as]\nsigv4 = \"group:readers\"\n[[step]]\nrequest = \"GET runs/get\"\nexpect = \"allow\"\n";
    let told = parse("mine", text, "mine.toml").unwrap_err().to_string();
    assert!(
        told.contains("line 3, column 9: as.sigv4: group:readers has no requests by sigv4"),
        "{told}"
    );
    let nobody = "title = \"t\"\n[[step]]\nrequest = \"GET runs/get\"\nexpect = \"allow\"\n";
    let told = parse("mine", nobody, "mine.toml").unwrap_err().to_string();
    assert!(
        told.contains("line 2, column 1: step: nobody is named"),
        "{told}"
    );
}

#[test]
fn numbers_that_json_has_none_for_are_written_as_mlflow_takes_them() {
    let table: toml::Table = "a = nan\nb = -inf\nc = 1.5\nd = 2026-11-27"
        .parse()
        .unwrap();
    assert_eq!(
        json(&toml::Value::Table(table)),
        json!({"a": "NaN", "b": "-Infinity", "c": 1.5, "d": "2026-11-27"})
    );
}

#[test]
fn a_story_of_reads_changes_nothing() {
    let text = format!(
        "{HEAD}[[step]]\nrequest = \"POST runs/search\"\nbody = {{ experiment_ids = [\"0\"] }}\nexpect = \"allow\"\n"
    );
    assert!(story(&text).only_reads());
    let more = format!(
        "{text}[[step]]\nrequest = \"POST runs/create\"\nbody = {{ experiment_id = \"{{experiment}}\" }}\nexpect = \"deny\"\n"
    );
    assert!(!story(&more).only_reads(), "it may be allowed after all");
}

proptest! {
    #[test]
    fn any_request_is_read_or_refused(request in "[A-Za-z/{}? .-]{0,30}", body in "[a-z_{}]{0,20}") {
        let text = format!(
            "{HEAD}[[step]]\nrequest = {request:?}\nbody = {{ experiment_id = {body:?} }}\nexpect = \"deny\"\n"
        );
        if let Ok(story) = parse("mine", &text, "mine.toml") {
            for step in story.steps {
                let placed = body.starts_with('{');
                prop_assert!(placed || !step.writes(), "{} is sent as it stands", body);
            }
        }
    }

    #[test]
    fn any_text_is_a_story_or_a_mistake(text in "[\\PC\n]{0,60}") {
        let _ = parse("mine", &text, "mine.toml");
    }
}
