//! `verify --story`: the sample's labs and one's own, and that nothing of them stays.

use std::process::{Child, Stdio};

use super::*;
use aws_credential_types::Credentials;
use mlwarden::{
    access::authorizer::Rule,
    identity::signing,
    plan::{Borrowed, Journal},
    sandbox::world,
    story::PREFIX,
};
use rstest::rstest;
use serde_json::json;

const MLFLOW: &str = "/ajax-api/2.0/mlflow";

/// The scratch experiments and models, and everything else that MLflow has.
#[derive(Debug, PartialEq)]
struct Rows {
    /// Scratch experiments with whether they live.
    experiments: Vec<(String, bool)>,
    /// Scratch runs with whether they live.
    runs: Vec<bool>,
    /// Scratch models.
    models: usize,
    /// Everything else, as MLflow tells it.
    others: Vec<Value>,
}

impl Rows {
    fn nothing_lives(&self) -> bool {
        !self.experiments.iter().any(|(_, lives)| *lives)
            && !self.runs.contains(&true)
            && self.models == 0
    }
}

impl Bench {
    /// Calls MLflow as the account's administrator, signed.
    async fn ask_mlflow(&self, method: &str, call: &str, body: Value) -> Value {
        let url = format!("{}prod/api/2.0/mlflow/{call}", self.sandbox.url());
        let mut request = reqwest::Client::new()
            .request(method.parse().unwrap(), url)
            .json(&body)
            .build()
            .unwrap();
        let administrator =
            Credentials::from_keys(world::ACCESS_KEY_ID, world::SECRET_ACCESS_KEY, None);
        signing::sign(&mut request, &administrator, world::REGION).unwrap();
        let answer = reqwest::Client::new().execute(request).await.unwrap();
        answer.json().await.unwrap()
    }

    async fn rows(&self) -> Rows {
        let search = json!({"view_type": "ALL", "max_results": 1000});
        let found = self.ask_mlflow("POST", "experiments/search", search).await;
        let found = items(&found, "experiments").clone();
        let is_scratch = |name: &Value| name.as_str().unwrap().starts_with(PREFIX);
        let lives = |row: &Value| row["lifecycle_stage"] == "active";
        let ids: Vec<&Value> = found.iter().map(|one| &one["experiment_id"]).collect();
        let search = json!({"experiment_ids": ids, "run_view_type": "ALL", "max_results": 1000});
        let runs = self.ask_mlflow("POST", "runs/search", search).await;
        let models = self
            .ask_mlflow(
                "GET",
                "registered-models/search?max_results=1000",
                json!({}),
            )
            .await;
        let mut rows = Rows {
            experiments: Vec::new(),
            runs: Vec::new(),
            models: 0,
            others: Vec::new(),
        };
        let mut scratch = Vec::new();
        for one in &found {
            if is_scratch(&one["name"]) {
                scratch.push(one["experiment_id"].clone());
                let name = one["name"].as_str().unwrap().to_owned();
                rows.experiments.push((name, lives(one)));
            } else {
                rows.others.push(one.clone());
            }
        }
        for run in items(&runs, "runs") {
            if scratch.contains(&run["info"]["experiment_id"]) {
                rows.runs.push(lives(&run["info"]));
            } else {
                rows.others.push(run.clone());
            }
        }
        for model in items(&models, "registered_models") {
            if is_scratch(&model["name"]) {
                rows.models += 1;
            } else {
                rows.others.push(model.clone());
            }
        }
        rows
    }

    fn own_journal(&self) -> Journal {
        Journal::open(&self.path("state")).unwrap()
    }

    /// Rules of a group in the deployed authorizer.
    fn rules(&self, group: &str, edit: impl Fn(&mut Vec<Rule>)) {
        let mut gateway = self.sandbox.world().gateway.lock();
        let rules = gateway.contract.groups.iter_mut();
        for rules in rules.filter(|rules| rules.name == group) {
            edit(&mut rules.allow);
        }
    }

    /// A further policy of the role that has this in its name.
    fn policy(&self, role: &str, effect: &str, operation: &str) {
        let mut iam = self.sandbox.world().iam.lock();
        let name = iam.role_names().find(|name| name.contains(role)).unwrap();
        let name = name.to_owned();
        iam.put_role_policy(
            &name,
            "more",
            &json!({"Version": "2012-10-17", "Statement": {
                "Effect": effect,
                "Action": "execute-api:Invoke",
                "Resource": format!("arn:aws:execute-api:*:*:*/*/POST/api/2.0/mlflow/{operation}"),
            }})
            .to_string(),
        );
    }
}

/// The one step that did not go as expected.
#[track_caller]
fn failed_step(story: &Value) -> &Value {
    let steps = items(story, "steps");
    let at = steps.iter().position(|step| step["outcome"] != "passed");
    let at = at.unwrap_or_else(|| panic!("all passed: {story:#}"));
    for later in &steps[at + 1..] {
        assert_eq!(later["outcome"], "unreached", "{later:#}");
    }
    &steps[at]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_labs_pass_by_both_schemes_and_nothing_of_them_stays() {
    let bench = Bench::start().await;
    let before = bench.rows().await;
    let told = bench
        .run(&[
            "verify",
            "--story",
            "all",
            "--grant-trust",
            "--yes",
            "-o",
            "json",
        ])
        .await
        .ends(0)
        .json();
    assert_eq!(
        told["summary"],
        json!({"told": 6, "passed": 6, "failed": 0, "untested": 0})
    );
    let stories = items(&told, "stories");
    for story in stories {
        let steps = items(story, "steps");
        assert!(steps.len() >= 10, "{story:#}");
        for step in steps {
            assert_eq!(step["outcome"], "passed", "{step:#}");
            assert_eq!(step["expect"], step["observed"], "{step:#}");
            assert_eq!(
                step["declared"], step["expect"],
                "as the matrix says: {step:#}"
            );
            assert!(step["request_id"].is_string(), "{step:#}");
            let denied = step["expect"] == "deny";
            assert_eq!(step["layer"] != "mlflow", denied, "{step:#}");
        }
    }
    let taken_up: Vec<&Value> = stories
        .iter()
        .map(|story| &story["made"]["taken_up"])
        .collect();
    assert_eq!(taken_up, [false, true, true, true, true, true]);

    let after = bench.rows().await;
    assert!(after.nothing_lives(), "{after:#?}");
    assert_eq!(
        after.experiments.len(),
        1,
        "one row, taken up again and again"
    );
    assert_eq!(after.runs.len(), 6, "each story's one run");
    assert_eq!(after.others, before.others);
    let entries = bench.own_journal().entries().unwrap();
    assert!(entries.iter().all(|entry| entry.given_back_at.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_may_create_runs_fails_the_story_in_that_step() {
    let bench = Bench::start().await;
    bench.rules("readers", |rules| {
        rules.push(Rule {
            method: "POST".to_owned(),
            path: format!("{MLFLOW}/runs/create"),
        });
    });
    bench.policy("readerrole", "Allow", "runs/create");
    let told = bench
        .run(&[
            "verify",
            "--story",
            "reader",
            "--grant-trust",
            "--yes",
            "-o",
            "json",
        ])
        .await
        .ends(1)
        .json();
    for (story, scheme) in items(&told, "stories").iter().zip(["bearer", "sigv4"]) {
        assert_eq!(
            (&story["scheme"], &story["outcome"]),
            (&json!(scheme), &json!("failed"))
        );
        let step = failed_step(story);
        assert_eq!(step["title"], "Is refused to create a run");
        assert_eq!(step["verdict"], "over-granted");
        assert!(step["reason"].as_str().unwrap().contains("must be refused"));
        assert_eq!(
            story["made"]["runs"], 2,
            "what it should not have made is gone too"
        );
    }
    assert!(bench.rows().await.nothing_lives());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_may_not_transition_fails_the_story_in_that_step() {
    let bench = Bench::start().await;
    bench.rules("model-approvers", |rules| {
        for rule in rules {
            if rule.path == format!("{MLFLOW}/model-versions/*") {
                rule.path = format!("{MLFLOW}/model-versions/create");
            }
        }
    });
    bench.policy("modelaprov", "Deny", "model-versions/transition-stage");
    let told = bench
        .run(&[
            "verify",
            "--story",
            "approver",
            "--grant-trust",
            "--yes",
            "-o",
            "json",
        ])
        .await
        .ends(1)
        .json();
    let layers: Vec<&Value> = items(&told, "stories")
        .iter()
        .map(|story| {
            let step = failed_step(story);
            assert_eq!(step["title"], "Moves the version to Staging");
            assert_eq!(step["verdict"], "under-granted");
            assert_eq!(items(&story["made"], "models").len(), 1);
            &step["layer"]
        })
        .collect();
    assert_eq!(layers, ["gateway", "iam"]);
    assert!(bench.rows().await.nothing_lives());
}

#[tokio::test(flavor = "multi_thread")]
async fn junit_has_a_case_for_every_step() {
    let bench = Bench::start().await;
    bench.rules("readers", |rules| {
        rules.push(Rule {
            method: "POST".to_owned(),
            path: format!("{MLFLOW}/registered-models/create"),
        });
    });
    let told = bench
        .run(&[
            "verify", "--story", "reader", "--scheme", "bearer", "--yes", "-o", "junit",
        ])
        .await
        .ends(1);
    assert_eq!(told.out.matches("<testcase ").count(), 14, "{}", told.out);
    for part in [
        "<testsuite name=\"reader, group:readers by bearer\" tests=\"14\" skipped=\"2\" errors=\"0\" failures=\"1\"",
        "<testcase name=\"12 Is refused to register a model\" classname=\"registered-models:register\"",
        "<failure message=\"must be refused, and MLflow did it",
    ] {
        assert!(told.out.contains(part), "{part}\n{}", told.out);
    }
    assert!(bench.rows().await.nothing_lives());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_lists_the_steps_with_what_they_need_and_sends_nothing() {
    let bench = Bench::start().await;
    let changes = || bench.sandbox.world().mlflow.lock().changes();
    let before = changes();
    let steps = bench
        .run(&["verify", "--story", "approver", "--dry-run", "-o", "json"])
        .await
        .ends(0)
        .json();
    let steps = items(&steps, "steps");
    assert_eq!(steps.len(), 20, "by both schemes");
    let create = steps
        .iter()
        .find(|step| step["title"] == "Is refused to create a run")
        .unwrap();
    assert_eq!(create["permission"], "runs:write");
    assert_eq!(
        (&create["declared"], &create["expect"]),
        (&json!("deny"), &json!("deny"))
    );
    assert_eq!(create["path"], format!("{MLFLOW}/runs/create"));
    assert_eq!(changes(), before);
    assert!(bench.own_journal().entries().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_of_ones_own_is_told_as_whoever_is_named() {
    let mut bench = Bench::start().await;
    bench.write(
        "config/stories/mine.toml",
        r#"
title = "Somebody looks around"
[as]
bearer = "group:readers"
[[step]]
request = "POST experiments/search"
body = { max_results = 1 }
expect = "allow"
save = { id = "experiments.0.experiment_id" }
[[step]]
request = "GET experiments/get"
query = { experiment_id = "{id}" }
expect = "allow"
[[step]]
as = "anonymous"
request = "GET /ajax-api/2.0/mlflow/experiments/get"
query = { experiment_id = "{id}" }
expect = "deny"
status = 401
layer = "gateway"
"#,
    );
    bench.run(&["verify", "--story", "mine"]).await.ends(0);
    let password = bench.password().to_owned();
    bench.set("MLWARDEN_PASSWORD", &password);
    let user = "user:mlflow-reader@example.com";
    let read_only = [
        "verify",
        "--story",
        "mine",
        "--as",
        user,
        "--read-only",
        "-o",
        "json",
    ];
    let told = bench.run(&read_only).await.ends(0).json();
    assert_eq!(told["stories"][0]["principal"], user);
    assert!(told["stories"][0]["remains"].is_null(), "it made nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_says_why_before_anything_is_sent() {
    let bench = Bench::start().await;
    let changes = || bench.sandbox.world().mlflow.lock().changes();
    let before = changes();
    let wrong = bench.write(
        "wrong.toml",
        "title = \"t\"\n[as]\nbearer = \"group:readers\"\n[[step]]\nrequest = \"POST runs/create\"\nbody = { experiment_id = \"1\" }\nexpect = \"deny\"\n",
    );
    for (arguments, code, words) in [
        (
            vec!["admin", "--read-only"],
            2,
            ["telling the story admin", "without --read-only"],
        ),
        (vec!["admin"], 2, ["no terminal to ask on", "--yes"]),
        (
            vec!["nobody"],
            2,
            [
                "looking for the story nobody",
                "admin, reader, approver, all",
            ],
        ),
        (
            vec![wrong.as_str()],
            2,
            ["line 5, column 11", "not be the story's own"],
        ),
        (
            vec!["admin", "--yes", "-o", "csv"],
            2,
            ["a story is no list", "junit"],
        ),
        (
            vec!["admin", "--yes", "--as", "group:nobody"],
            2,
            ["group:nobody", "groups list"],
        ),
    ] {
        let mut all = vec!["verify", "--story"];
        all.extend(arguments);
        bench.run(&all).await.ends(code).says(&words);
    }
    assert_eq!(changes(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_does_not_let_one_in_is_not_tested() {
    let bench = Bench::start().await;
    let told = bench
        .run(&[
            "verify", "--story", "admin", "--scheme", "sigv4", "--yes", "-o", "json",
        ])
        .await
        .ends(3)
        .json();
    let story = &told["stories"][0];
    assert_eq!(story["outcome"], "untested");
    assert!(
        story["reason"].as_str().unwrap().contains("mlflow-admin"),
        "{story:#}"
    );
    let rows = bench.rows().await;
    assert!(rows.experiments.is_empty(), "nothing was made: {rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stories_told_at_once_do_not_meet() {
    let bench = Bench::start().await;
    let tell = ["verify", "--story", "all", "--scheme", "bearer", "--yes"];
    // One experiment is there to be taken up, and three want it.
    bench.run(&tell).await.ends(0);
    let (one, two, three) = tokio::join!(bench.run(&tell), bench.run(&tell), bench.run(&tell));
    for ran in [one, two, three] {
        ran.ends(0);
    }
    let rows = bench.rows().await;
    assert!(rows.nothing_lives(), "{rows:?}");
    assert!(rows.experiments.len() < 12, "fewer than stories: {rows:?}");
    assert_eq!(rows.runs.len(), 12, "{rows:?}");
}

/// Waits until this run has made its model, which its steps come after.
fn wait_for_model(bench: &Bench, child: &mut Child) -> impl Future<Output = ()> {
    let journal = bench.own_journal();
    async move {
        loop {
            let made = journal
                .entries()
                .unwrap()
                .into_iter()
                .any(|entry| matches!(entry.borrowed, Borrowed::ScratchModel { .. }));
            if made {
                return;
            }
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            tokio::task::yield_now().await;
        }
    }
}

fn spawn(bench: &Bench, arguments: &[&str]) -> Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_mlwarden"))
        .args(arguments)
        .env_clear()
        .envs(&bench.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

const SLOW: &str = "latency=20ms..40ms";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_story_left_behind_is_taken_away_by_the_next_verify() {
    let bench = Bench::with(Options {
        faults: Some(SLOW.parse().unwrap()),
        ..Options::default()
    })
    .await;
    let before = bench.rows().await;
    let mut child = spawn(
        &bench,
        &["verify", "--story", "admin", "--scheme", "bearer", "--yes"],
    );
    wait_for_model(&bench, &mut child).await;
    // SIGKILL: nothing more is run.
    child.kill().unwrap();
    child.wait().unwrap();
    let left = bench.rows().await;
    assert!(
        !left.nothing_lives(),
        "it was killed in the middle: {left:?}"
    );
    assert_eq!(
        bench.own_journal().leftovers().unwrap().len(),
        3,
        "and a probe user"
    );
    let doctor = bench.run(&["doctor"]).await;
    assert!(doctor.out.contains(PREFIX), "{}", doctor.out);

    let next = [
        "verify",
        "--as",
        "group:readers",
        "--permission",
        "runs:write",
    ];
    bench.run(&next).await.ends(0);
    let after = bench.rows().await;
    assert!(after.nothing_lives(), "{after:?}");
    assert_eq!(after.others, before.others);
    assert_eq!(bench.own_journal().leftovers().unwrap(), []);
}

#[rstest]
#[case::by_a_supervisor("-TERM")]
#[case::by_the_keyboard("-INT")]
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_story_takes_away_what_it_made(#[case] signal: &str) {
    let bench = Bench::with(Options {
        faults: Some(SLOW.parse().unwrap()),
        ..Options::default()
    })
    .await;
    let mut child = spawn(
        &bench,
        &["verify", "--story", "admin", "--scheme", "bearer", "--yes"],
    );
    wait_for_model(&bench, &mut child).await;
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args([signal, &pid])
        .status();
    assert!(sent.unwrap().success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(output.status.code(), Some(130), "{out}\n{err}");
    assert!(err.contains("taken away first"), "{err}");
    assert!(out.contains("stopped"), "{out}");
    assert!(bench.rows().await.nothing_lives());
    let entries = bench.own_journal().entries().unwrap();
    assert!(entries.iter().all(|entry| entry.given_back_at.is_some()));
}
