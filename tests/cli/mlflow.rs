//! `mlflow …`: what is in MLflow as somebody, in every format, and any request with its verdict.

use std::process::{Command, Stdio};

use super::*;
use mlwarden::plan::Journal;
use rstest::rstest;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

impl Bench {
    /// Runs `mlflow …` as somebody.
    pub(super) async fn mlflow(&self, principal: &str, arguments: &[&str]) -> Ran {
        let mut all = vec!["mlflow"];
        all.extend(arguments);
        all.extend(["--as", principal]);
        self.run(&all).await
    }

    /// A list of it, in JSON.
    async fn list(&self, principal: &str, arguments: &[&str], noun: &str) -> Vec<Value> {
        let mut all = arguments.to_vec();
        all.extend(["-o", "json"]);
        let printed = self.mlflow(principal, &all).await.ends(0).json();
        assert_eq!(printed["schema"], 1);
        items(&printed, noun).clone()
    }

    /// Asserts that everything that was borrowed was given back.
    fn owes_nothing(&self) {
        let journal = Journal::open(&self.path("state")).unwrap();
        let entries = journal.entries().unwrap();
        assert!(entries.iter().all(|entry| entry.given_back_at.is_some()));
    }

    async fn no_probe_users(&self) {
        let users = self.run(&["users", "list", "-o", "json"]).await.ends(0);
        assert!(!users.out.contains("mlwarden-probe"), "{}", users.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_lists_what_there_is_in_every_format() {
    let bench = Bench::start().await;
    let reader = "group:readers";
    let printed = bench
        .mlflow(reader, &["experiments", "-o", "json"])
        .await
        .ends(0);
    assert!(
        printed
            .out
            .starts_with("{\n  \"schema\": 1,\n  \"experiments\": [")
    );
    let experiments = items(&printed.json(), "experiments").clone();
    for field in ["experiment_id", "name", "lifecycle_stage", "creation_time"] {
        assert!(
            experiments.iter().all(|one| !one[field].is_null()),
            "{field}"
        );
    }
    let table = bench.mlflow(reader, &["experiments"]).await.ends(0);
    assert_eq!(table.out.lines().count(), experiments.len() + 1);
    let csv = bench.mlflow(reader, &["experiments", "-o", "csv"]).await;
    let mut csv = csv::Reader::from_reader(csv.out.as_bytes());
    assert_eq!(csv.records().count(), experiments.len());
    let md = bench.mlflow(reader, &["experiments", "-o", "md"]).await;
    assert!(md.out.starts_with("| id | name |"), "{}", md.out);
    bench
        .mlflow(reader, &["experiments", "-o", "junit"])
        .await
        .ends(2)
        .says(&["junit"]);

    let runs = bench.list(reader, &["runs"], "runs").await;
    assert!(!runs.is_empty());
    let id = runs[0]["info"]["run_id"].as_str().unwrap();
    let one = bench
        .mlflow(reader, &["run", id, "-o", "json"])
        .await
        .ends(0);
    assert_eq!(one.json()["run"], runs[0]);
    let shown = bench.mlflow(reader, &["run", id]).await.ends(0);
    let param = &runs[0]["data"]["params"][0];
    let name = format!("params.{}", param["key"].as_str().unwrap());
    assert!(shown.out.contains(&name), "{}", shown.out);

    let models = bench.list(reader, &["models"], "models").await;
    let name = models[0]["name"].as_str().unwrap();
    let versions = bench.list(reader, &["versions", name], "versions").await;
    assert!(versions.iter().all(|version| version["name"] == name));
    bench.owes_nothing();
    bench.no_probe_users().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_by_experiment_filter_and_order() {
    let bench = Bench::start().await;
    let reader = "group:readers";
    let all = bench.list(reader, &["runs"], "runs").await;
    let (metric, experiment) = all
        .iter()
        .find_map(|run| {
            let metric = run["data"]["metrics"][0]["key"].as_str()?;
            Some((
                metric.to_owned(),
                run["info"]["experiment_id"].as_str()?.to_owned(),
            ))
        })
        .unwrap();
    let experiments = bench.list(reader, &["experiments"], "experiments").await;
    let named = experiments
        .iter()
        .find(|one| one["experiment_id"] == experiment.as_str())
        .unwrap();
    let name = named["name"].as_str().unwrap();
    let order = format!("metrics.`{metric}` DESC");
    let filter = format!("metrics.`{metric}` > -1000000");
    let ask = [
        "runs",
        "--experiment",
        name,
        "--filter",
        &filter,
        "--order-by",
        &order,
    ];
    let by_name = bench.list(reader, &ask, "runs").await;
    let by_id = bench
        .list(
            reader,
            &[
                "runs",
                "--experiment",
                &experiment,
                "--filter",
                &filter,
                "--order-by",
                &order,
            ],
            "runs",
        )
        .await;
    assert_eq!(by_name, by_id);
    let value = |run: &Value| {
        let metrics = run["data"]["metrics"].as_array().unwrap();
        let found = metrics.iter().find(|one| one["key"] == metric.as_str());
        found.unwrap()["value"].as_f64().unwrap()
    };
    assert!(
        by_name
            .windows(2)
            .all(|two| value(&two[0]) >= value(&two[1]))
    );
    assert!(by_name.len() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_runs_has_chosen_columns_and_says_what_is_more_and_what_is_wrong() {
    let bench = Bench::start().await;
    let reader = "group:readers";
    let csv = bench
        .mlflow(
            reader,
            &["runs", "--columns", "metrics.auc,status", "-o", "csv"],
        )
        .await
        .ends(0);
    let header = csv.out.lines().next().unwrap();
    assert!(header.ends_with("metrics.auc,status"), "{header}");
    bench
        .mlflow(reader, &["runs", "--columns", "depth"])
        .await
        .ends(2)
        .says(&["depth", "params.NAME"]);

    let few = bench
        .mlflow(reader, &["runs", "--max", "1", "-o", "json"])
        .await
        .ends(0)
        .says(&["more", "--max"]);
    assert_eq!(items(&few.json(), "runs").len(), 1);
    assert_eq!(few.json()["more"], true);

    bench
        .mlflow(reader, &["runs", "--filter", "metrics.auc >> 3"])
        .await
        .ends(2)
        .says(&["INVALID_PARAMETER_VALUE", "→"]);
    bench
        .mlflow(reader, &["runs", "--experiment", "no such experiment"])
        .await
        .ends(2)
        .says(&["no such experiment"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_reads_with_a_signature_and_its_trust_is_as_before() {
    let bench = Bench::start().await;
    let before = bench.trusts();
    let role = "profile:mlflow-reader";
    bench
        .mlflow(role, &["experiments"])
        .await
        .ends(3)
        .says(&["--grant-trust"]);
    bench
        .mlflow(role, &["experiments", "--grant-trust"])
        .await
        .ends(2)
        .says(&["iam:UpdateAssumeRolePolicy", "--yes"]);
    let granted = ["experiments", "--grant-trust", "--yes"];
    bench.mlflow(role, &granted).await.ends(0);
    assert_eq!(bench.trusts(), before);
    bench.owes_nothing();
    bench
        .mlflow(role, &["datasets", "--grant-trust", "--yes"])
        .await
        .ends(2)
        .says(&["token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_gives_a_password_and_nothing_is_borrowed() {
    let bench = Bench::start().await;
    let arguments = [
        "--read-only",
        "mlflow",
        "models",
        "--as",
        "user:mlflow-reader@example.com",
        "--password-stdin",
    ];
    let password = bench.password().to_owned();
    bench.run_with_input(&arguments, &password).await.ends(0);
    bench.run_with_input(&arguments, "wrong").await.ends(3);
    bench
        .run(&arguments[..5])
        .await
        .ends(2)
        .says(&["MLWARDEN_PASSWORD"]);
    let journal = Journal::open(&bench.path("state")).unwrap();
    assert!(journal.entries().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_mlflow_2_does_not_have_is_said() {
    let bench = Bench::start().await;
    for command in ["logged-models", "traces", "evaluation-datasets", "prompts"] {
        bench
            .mlflow("group:admins", &[command])
            .await
            .ends(2)
            .says(&["MLflow 2.12.2 has no"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn artifacts_are_listed_and_downloaded_once() {
    let bench = Bench::start().await;
    let admin = "group:admins";
    let runs = bench.list(admin, &["runs"], "runs").await;
    let mut found = None;
    for run in &runs {
        let id = run["info"]["run_id"].as_str().unwrap();
        let listed = bench
            .list(admin, &["artifacts", id, "-r"], "artifacts")
            .await;
        if listed.iter().any(|one| one["is_dir"] == false) {
            found = Some((id.to_owned(), listed));
            break;
        }
    }
    let (id, listed) = found.unwrap();
    let fetch = ["artifacts", &id, "--download", "out", "-o", "json"];
    let printed = bench.mlflow(admin, &fetch).await.ends(0).json();
    let files = items(&printed, "files");
    let expected = listed.iter().filter(|one| one["is_dir"] == false);
    assert_eq!(files.len(), expected.count());
    for file in files {
        let bytes = std::fs::read(bench.path("out").join(file["path"].as_str().unwrap())).unwrap();
        assert_eq!(file["bytes"], bytes.len());
    }
    let again = bench.mlflow(admin, &fetch).await.ends(0).json();
    assert!(
        items(&again, "files")
            .iter()
            .all(|one| one["result"] == "there already")
    );
    let mine = bench.path("out").join(files[0]["path"].as_str().unwrap());
    std::fs::write(&mine, "mine").unwrap();
    let code = if files.len() > 1 { 4 } else { 2 };
    bench
        .mlflow(admin, &fetch)
        .await
        .ends(code)
        .says(&["there already", "--overwrite"]);
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "mine");
    let again: Vec<&str> = fetch.iter().copied().chain(["--overwrite"]).collect();
    bench.mlflow(admin, &again).await.ends(0);
    bench
        .mlflow(admin, &["artifacts", &id, "no/such/file"])
        .await
        .ends(2)
        .says(&["no such artifact"]);
}

#[rstest]
// Allowed and refused as declared.
#[case("group:readers", &["POST", "mlflow/runs/search", "--data", "{\"experiment_ids\":[]}"], 0, "200 OK")]
#[case("group:readers", &["POST", "mlflow/runs/create", "--data", "{}", "--yes"], 0, "403 Forbidden")]
#[case("anonymous", &["GET", "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0"], 0, "401")]
// The sample's side door: approvers are promised no deletes.
#[case("group:model-approvers", &["DELETE", "mlflow/model-versions/delete", "--data", "{}", "--yes"], 1, "over-granted")]
// Promised and refused.
#[case("group:readers", &["POST", "mlflow/registered-models/get-latest-versions", "--data", "{\"name\":\"x\"}"], 1, "under-granted")]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_ends_as_the_matrix_says(
    #[case] principal: &str,
    #[case] request: &[&str],
    #[case] code: i32,
    #[case] says: &str,
) {
    let bench = Bench::start().await;
    let arguments: Vec<&str> = ["request"].iter().chain(request).copied().collect();
    let ran = bench.mlflow(principal, &arguments).await;
    ran.ends(code).says(&[says, "predicted", principal]);
    bench.owes_nothing();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_is_told_whole_and_without_secrets() {
    let bench = Bench::start().await;
    let get = [
        "request",
        "GET",
        "mlflow/experiments/get",
        "--query",
        "experiment_id=0",
    ];
    let body = bench.mlflow("group:readers", &get).await.ends(0);
    assert_eq!(body.json()["experiment"]["experiment_id"], "0");
    let whole: Vec<&str> = get.iter().copied().chain(["-o", "json"]).collect();
    let told = bench.mlflow("group:readers", &whole).await.ends(0).json();
    for (field, value) in [
        ("principal", "group:readers"),
        ("scheme", "bearer"),
        ("layer", "mlflow"),
        ("expected", "allow"),
        ("predicted", "allow"),
        ("observed", "allow"),
        ("verdict", "ok"),
    ] {
        assert_eq!(told[field], value, "{field}");
    }
    assert_eq!(told["status"], 200);
    assert_eq!(told["body"], body.json());
    assert_eq!(
        told["request_headers"]["authorization"],
        "Bearer (not shown)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_refused_previewed_or_asked_for() {
    let bench = Bench::start().await;
    let write = [
        "request",
        "POST",
        "mlflow/experiments/create",
        "--data",
        "{\"name\":\"new\"}",
    ];
    let with = |more: &'static [&'static str]| -> Vec<&str> {
        write.iter().chain(more).copied().collect()
    };
    let admin = "user:mlflow-admin@example.com";
    bench
        .mlflow(admin, &with(&["--read-only"]))
        .await
        .ends(2)
        .says(&["read-only"]);
    let preview = bench.mlflow(admin, &with(&["--dry-run"])).await.ends(0);
    assert!(preview.out.contains("mlflow:POST"), "{}", preview.out);
    bench
        .mlflow(admin, &with(&[]))
        .await
        .ends(2)
        .says(&["--yes", "mlflow:POST"]);
    let unknown = ["request", "GET", "/ajax-api/2.0/mlflow/no/such/route"];
    bench.mlflow(admin, &unknown).await.ends(2).says(&["--yes"]);
    let names = bench
        .list("group:readers", &["experiments"], "experiments")
        .await;
    assert!(names.iter().all(|one| one["name"] != "new"));
    let preview = bench
        .mlflow("group:admins", &with(&["--dry-run"]))
        .await
        .ends(0);
    assert!(preview.out.contains("AdminCreateUser"), "{}", preview.out);

    bench
        .mlflow("group:admins", &with(&["--yes"]))
        .await
        .ends(0);
    let names = bench
        .list("group:readers", &["experiments"], "experiments")
        .await;
    assert!(names.iter().any(|one| one["name"] == "new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_for_another_tool_is_printed_and_not_sent() {
    let bench = Bench::start().await;
    let body = bench.write("body.json", "{\"name\":\"it's new\"}");
    let data = format!("@{body}");
    for (flag, word) in [("--curl", "curl"), ("--python", "requests")] {
        let arguments = [
            "request",
            "POST",
            "mlflow/experiments/create",
            "--data",
            &data,
            flag,
        ];
        let printed = bench.mlflow("group:admins", &arguments).await.ends(0);
        assert!(printed.out.contains(word), "{}", printed.out);
        assert!(
            printed
                .out
                .contains("/ajax-api/2.0/mlflow/experiments/create")
        );
    }
    bench
        .mlflow(
            "group:admins",
            &["request", "POST", "x", "--data", "{", "--curl"],
        )
        .await
        .ends(2)
        .says(&["JSON"]);
    let journal = Journal::open(&bench.path("state")).unwrap();
    assert!(journal.entries().unwrap().is_empty());
}

#[rstest]
#[case::html(200, "text/html", "<html>maintenance</html>", 3, "HTML")]
#[case::not_json(200, "application/json", "{", 3, "not what MLflow sends")]
#[case::filter(
    400,
    "application/json",
    r#"{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid clause(s) in filter string"}"#,
    2,
    "Invalid clause"
)]
#[case::denied(
    403,
    "application/json",
    r#"{"Message":"User is not authorized to access this resource"}"#,
    3,
    "authorizer's policy"
)]
#[case::no_token(
    401,
    "application/json",
    r#"{"message":"Unauthorized"}"#,
    3,
    "without a token"
)]
#[case::crashed(500, "application/json", r#"{"message":null}"#, 3, "crashed")]
#[case::down(
    502,
    "application/json",
    r#"{"message":"Internal server error"}"#,
    3,
    "502"
)]
#[case::slow(
    504,
    "application/json",
    r#"{"message":"Endpoint request timed out"}"#,
    3,
    "timed out"
)]
#[case::mlflow_failed(
    500,
    "application/json",
    r#"{"error_code":"INTERNAL_ERROR","message":"database is locked"}"#,
    3,
    "database is locked"
)]
#[tokio::test(flavor = "multi_thread")]
async fn each_bad_answer_is_told_as_what_it_is(
    #[case] status: u16,
    #[case] kind: &str,
    #[case] body: &str,
    #[case] code: i32,
    #[case] says: &str,
) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, kind);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let mut bench = Bench::start().await;
    bench.set("MLWARDEN_API_URL", &server.uri());
    bench
        .mlflow("anonymous", &["experiments"])
        .await
        .ends(code)
        .says(&[says, "→"]);
}

/// Thirty experiments behind a gateway that carries no more than a dozen of them at once.
fn narrow(request: &wiremock::Request) -> ResponseTemplate {
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    let number = asked["max_results"].as_u64().unwrap();
    if number > 12 {
        let failed = serde_json::json!({"message": "Internal server error"});
        return ResponseTemplate::new(502).set_body_json(failed);
    }
    let first = asked["page_token"]
        .as_str()
        .map_or(0, |token| token.parse().unwrap());
    let last = (first + number).min(30);
    let found: Vec<Value> = (first..last)
        .map(|id| serde_json::json!({"experiment_id": id.to_string(), "name": format!("e{id}")}))
        .collect();
    let mut page = serde_json::json!({"experiments": found});
    if last < 30 {
        page["next_page_token"] = last.to_string().into();
    }
    ResponseTemplate::new(200).set_body_json(page)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_too_large_for_the_gateway_is_asked_for_in_smaller_ones() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(narrow).mount(&server).await;
    let mut bench = Bench::start().await;
    bench.set("MLWARDEN_API_URL", &server.uri());
    let listed = bench
        .list("anonymous", &["experiments"], "experiments")
        .await;
    let ids: Vec<usize> = listed
        .iter()
        .map(|one| one["experiment_id"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(ids, (0..30).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_do_not_reach_the_terminal_as_they_are() {
    let server = MockServer::start().await;
    let evil = "\u{1b}[31m\u{202e}evil\u{9b}31m\nname";
    let answer = ResponseTemplate::new(200).set_body_json(serde_json::json!({
        "experiments": [{"experiment_id": "1", "name": evil}],
    }));
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let mut bench = Bench::start().await;
    bench.set("MLWARDEN_API_URL", &server.uri());
    for format in ["table", "json", "csv", "md"] {
        let ran = bench
            .mlflow("anonymous", &["experiments", "-o", format])
            .await
            .ends(0);
        let bad = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!ran.out.contains(bad), "{format}: {:?}", ran.out);
    }
    let json = bench
        .list("anonymous", &["experiments"], "experiments")
        .await;
    assert_eq!(json[0]["name"], evil);
}

#[rstest]
#[case::by_a_supervisor("-TERM")]
#[case::by_the_keyboard("-INT")]
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_command_gives_back_what_it_borrowed(#[case] signal: &str) {
    // An MLflow that never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut bench = Bench::start().await;
    let url = format!("http://{}", listener.local_addr().unwrap());
    bench.set("MLWARDEN_API_URL", &url);
    let child = Command::new(env!("CARGO_BIN_EXE_mlwarden"))
        .args(["mlflow", "experiments", "--as", "group:readers"])
        .env_clear()
        .envs(&bench.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Its request has come: it is somebody, and waits.
    let listener = tokio::task::spawn_blocking(move || listener.accept().map(|_| listener));
    let _listener = listener.await.unwrap().unwrap();
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("given back"), "{err}");
    bench.owes_nothing();
    let journal = Journal::open(&bench.path("state")).unwrap();
    assert!(!journal.entries().unwrap().is_empty());
}
