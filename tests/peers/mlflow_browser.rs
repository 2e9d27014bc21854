//! What the commands print of real MLflow servers, through the gateway and as several principals,
//! beside what MLflow's own client returns: field by field, byte by byte, and not one row changed.

use std::{collections::BTreeMap, path::Path, process::Command};

use mlwarden::{
    mlflow::models::{Span, hex_id},
    sandbox::{Options, Sandbox},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::mlflow_server::{MlflowServer, VERSIONS};

const POPULATE: &str = include_str!("populate_mlflow.py");
const LISTS: &str = include_str!("mlflow_lists.py");
const ADMIN_ROLE: &str = "profile:mlflow-admin";
const ADMIN: &str = "user:mlflow-admin@example.com";
const READER: &str = "user:mlflow-reader@example.com";

/// A gateway before a real server, and what the server's own client says is on it.
struct Stage {
    version: &'static str,
    server: MlflowServer,
    sandbox: Sandbox,
    home: tempfile::TempDir,
    /// What MLflow's own client returns.
    told: Value,
}

impl Stage {
    async fn start(version: &'static str) -> Self {
        let (server, told) = tokio::task::spawn_blocking(move || {
            let server = MlflowServer::start(version, 2);
            server.python(POPULATE, &[&server.url]);
            let told = server.python(LISTS, &[&server.url]);
            let told = told.lines().last().unwrap().to_owned();
            (server, serde_json::from_str(&told).unwrap())
        })
        .await
        .unwrap();
        let sandbox = Sandbox::start(Options {
            mlflow: Some(server.url.parse().unwrap()),
            ..Options::default()
        })
        .await
        .unwrap();
        Self {
            version,
            server,
            sandbox,
            home: tempfile::tempdir().unwrap(),
            told,
        }
    }

    fn is_newest(&self) -> bool {
        self.version.starts_with('3')
    }

    /// What a command prints, and how it ends.
    async fn run(&self, principal: &str, arguments: &[&str]) -> (i32, Value, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlwarden"));
        command
            .arg("mlflow")
            .args(arguments)
            .args(["--as", principal, "--yes", "-o", "json"])
            .env_clear()
            .envs(self.sandbox.environment())
            .env(
                "MLWARDEN_PASSWORD",
                &self.sandbox.environment()["MLWARDEN_SANDBOX_PASSWORD"],
            )
            .env("HOME", self.home.path())
            .env("MLWARDEN_STATE_DIR", self.home.path().join("state"))
            .current_dir(self.home.path());
        if principal == ADMIN_ROLE {
            command.arg("--grant-trust");
        }
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        (
            output.status.code().unwrap_or(-1),
            serde_json::from_slice(&output.stdout).unwrap_or_default(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    /// Asserts that a command prints under `noun` what the client returned.
    async fn same(&self, principal: &str, arguments: &[&str], noun: &str, client: &Value) {
        let (code, printed, said) = self.run(principal, arguments).await;
        assert_eq!(code, 0, "{principal} {arguments:?}: {said}");
        assert_eq!(printed["schema"], 1);
        let (ours, theirs) = (plain(&printed[noun]), plain(client));
        assert!(
            ours == theirs,
            "MLflow {}, {principal}, {arguments:?}:\nmlwarden {ours:#}\nclient {theirs:#}",
            self.version
        );
    }

    /// Experiments and runs, every view, and the search.
    async fn searches(&self, principal: &str) {
        for view in ["active", "deleted", "all"] {
            let experiments = &self.told["experiments"][view];
            let arguments = ["experiments", "--view", view];
            self.same(principal, &arguments, "experiments", experiments)
                .await;
            let runs = &self.told["runs"][view];
            self.same(principal, &["runs", "--view", view], "runs", runs)
                .await;
        }
        let best = [
            "runs",
            "--experiment",
            "housing",
            "--filter",
            "metrics.auc > 0.75 and params.depth = '4'",
            "--order-by",
            "metrics.auc DESC",
        ];
        assert_eq!(self.told["best"].as_array().unwrap().len(), 1);
        self.same(principal, &best, "runs", &self.told["best"])
            .await;
    }

    /// Registered models with their versions.
    async fn models(&self, principal: &str) {
        self.same(principal, &["models"], "models", &self.told["models"])
            .await;
        for (name, model) in fields(&self.told["model"]) {
            self.same(principal, &["models", name], "model", model)
                .await;
        }
        for (name, versions) in fields(&self.told["versions"]) {
            self.same(principal, &["versions", name], "versions", versions)
                .await;
        }
    }

    /// Each run whole; of some the histories too.
    async fn runs(&self, principal: &str) {
        for (id, run) in fields(&self.told["run"]) {
            self.same(principal, &["run", id], "run", run).await;
        }
        for (id, history) in fields(&self.told["history"]) {
            for (metric, points) in fields(history) {
                let arguments = ["run", id, "--metric", metric];
                self.same(principal, &arguments, "metrics", points).await;
            }
        }
    }

    /// Artifacts of every run: the tree, and every file's bytes.
    async fn artifacts(&self, principal: &str) {
        for (id, tree) in fields(&self.told["artifacts"]) {
            let arguments = ["artifacts", id, "--recursive"];
            self.same(principal, &arguments, "artifacts", &sorted_by_path(tree))
                .await;
            let folder = tempfile::tempdir_in(self.home.path()).unwrap();
            let into = folder.path().to_str().unwrap();
            let (code, printed, said) = self
                .run(principal, &["artifacts", id, "--download", into])
                .await;
            assert_eq!(code, 0, "{said}");
            let files = &self.told["files"][id];
            assert_eq!(&digests(folder.path()), files, "{printed:#}");
        }
    }

    /// What only MLflow 3 has.
    async fn newer(&self, principal: &str) {
        let logged = &self.told["logged_models"];
        self.same(principal, &["logged-models"], "logged_models", logged)
            .await;
        let id = logged[0]["info"]["model_id"].as_str().unwrap();
        self.same(
            principal,
            &["logged-models", id],
            "logged_model",
            &logged[0],
        )
        .await;

        let (code, printed, said) = self.run(principal, &["traces"]).await;
        assert_eq!(code, 0, "{said}");
        let traces = self.told["traces"].as_array().unwrap();
        assert_eq!(printed["traces"].as_array().unwrap().len(), traces.len());
        for (ours, theirs) in printed["traces"].as_array().unwrap().iter().zip(traces) {
            for field in [
                "trace_id",
                "state",
                "request_preview",
                "response_preview",
                "tags",
            ] {
                assert_eq!(ours[field], theirs[field], "{field}");
            }
            let id = ours["trace_id"].as_str().unwrap();
            let (code, printed, said) = self.run(principal, &["traces", id]).await;
            assert_eq!(code, 0, "{said}");
            let spans = printed["trace"]["spans"].as_array().unwrap();
            let names: Vec<&Value> = spans.iter().map(|span| &span["name"]).collect();
            assert_eq!(json!(names), theirs["spans"]);
            let spans: Vec<Span> = serde_json::from_value(json!(spans)).unwrap();
            let tree: Vec<[String; 5]> = spans
                .iter()
                .map(|span| {
                    [
                        hex_id(&span.span_id),
                        hex_id(&span.parent_span_id),
                        span.name.clone(),
                        span.kind(),
                        span.state().word().to_uppercase(),
                    ]
                })
                .collect();
            assert_eq!(json!(tree), self.told["trees"][id]);
        }
        let failed = self.told["trees"].as_object().unwrap().values();
        let failed = failed.filter(|spans| spans.to_string().contains("ERROR"));
        assert_eq!(failed.count(), 1, "one trace has a span that failed");

        let (code, printed, said) = self.run(principal, &["prompts"]).await;
        assert_eq!(code, 0, "{said}");
        let prompts = printed["prompts"].as_array().unwrap();
        let names: Vec<&Value> = prompts.iter().map(|prompt| &prompt["name"]).collect();
        let client = self.told["prompts"].as_array().unwrap();
        let theirs: Vec<&Value> = client.iter().map(|prompt| &prompt["name"]).collect();
        assert_eq!(names, theirs);
    }

    /// Evaluation datasets with their records.
    async fn evaluation_datasets(&self, principal: &str) {
        let command = "evaluation-datasets";
        let (code, printed, said) = self.run(principal, &[command]).await;
        assert_eq!(code, 0, "{said}");
        let told = self.told["evaluation_datasets"].as_array().unwrap();
        assert_eq!(told.len(), 2);
        let (mut ours, mut theirs) = (
            unquoted(&printed["evaluation_datasets"]),
            unquoted(&json!(told)),
        );
        for side in [&mut ours, &mut theirs] {
            side.sort_by_key(|dataset| dataset["dataset_id"].to_string());
        }
        assert_eq!(ours, theirs);
        for dataset in told {
            let id = dataset["dataset_id"].as_str().unwrap();
            let (code, printed, said) = self.run(principal, &[command, id]).await;
            assert_eq!(code, 0, "{said}");
            assert_eq!(printed["evaluation_dataset"]["name"], dataset["name"]);
            assert_eq!(printed["more"], false);
            let mut records = printed["records"].as_array().unwrap().clone();
            for record in &mut records {
                // Where it comes from is told once more in words of its own.
                record.as_object_mut().unwrap().remove("source");
            }
            records.sort_by_key(|record| record["dataset_record_id"].to_string());
            assert_eq!(plain(&json!(records)), plain(&self.told["records"][id]));
        }
        let priced = [
            command,
            "--filter",
            "tags.team = 'pricing'",
            "--experiment",
            "housing",
        ];
        let (_, printed, _) = self.run(principal, &priced).await;
        let found = printed["evaluation_datasets"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{printed}");
        let id = found[0]["dataset_id"].as_str().unwrap();
        let (_, printed, said) = self.run(principal, &[command, id, "--max", "2"]).await;
        assert_eq!(printed["records"].as_array().unwrap().len(), 2);
        assert_eq!(printed["more"], true);
        assert!(said.contains("raise --max"), "{said}");
        let (code, _, said) = self.run(principal, &[command, "d-none"]).await;
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("d-none"), "{said}");
    }

    /// What MLflow 2 does not have is said before anything is asked of it.
    async fn not_there(&self, principal: &str) {
        for command in ["logged-models", "traces", "evaluation-datasets", "prompts"] {
            let (code, _, said) = self.run(principal, &[command]).await;
            assert_eq!(code, 2, "{said}");
            assert!(said.contains("MLflow 2"), "{said}");
        }
    }
}

/// The fields of an object.
fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let object = value.as_object().unwrap();
    object.iter().map(|(name, value)| (name.as_str(), value))
}

/// The same value, without what is empty (protobuf cannot tell it from what is not there) and
/// with tags and the like in one order.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .filter(|(_, value)| !is_empty(value))
            .collect::<serde_json::Map<_, _>>()
            .into_iter()
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            let key = |item: &Value| {
                let names = ["key", "alias", "version"];
                names.iter().find_map(|&name| item.get(name)).cloned()
            };
            // A history has one key and its own order, which stays.
            items.sort_by_key(|item| key(item).map(|key| key.to_string()));
            items.into()
        }
        other => other.clone(),
    }
}

/// Evaluation datasets with what MLflow quotes read, and without what is empty.
fn unquoted(datasets: &Value) -> Vec<Value> {
    let mut datasets = datasets.as_array().unwrap().clone();
    for dataset in &mut datasets {
        for name in ["tags", "schema", "profile"] {
            if let Some(text) = dataset[name].as_str().filter(|text| !text.is_empty()) {
                dataset[name] = serde_json::from_str(text).unwrap();
            }
        }
    }
    datasets.iter().map(plain).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) => false,
    }
}

fn sorted_by_path(tree: &Value) -> Value {
    let mut items = tree.as_array().unwrap().clone();
    let parts = |item: &Value| -> Vec<String> {
        let path = item["path"].as_str().unwrap();
        path.split('/').map(str::to_owned).collect()
    };
    items.sort_by_key(parts);
    items.into()
}

/// Each file's content below a folder, as the script tells it.
fn digests(folder: &Path) -> Value {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            let content = std::fs::read(&path).unwrap();
            files.insert(name.to_owned(), hex::encode(Sha256::digest(content)));
        }
    }
    json!(files)
}

async fn prove(version: &'static str) {
    let stage = Stage::start(version).await;
    let before = stage.server.fingerprint();
    for principal in [ADMIN, ADMIN_ROLE] {
        stage.searches(principal).await;
        stage.models(principal).await;
        stage.artifacts(principal).await;
        if stage.is_newest() {
            stage.newer(principal).await;
            stage.evaluation_datasets(principal).await;
        } else {
            stage.not_there(principal).await;
        }
    }
    stage.runs(ADMIN).await;
    // A reader reads all of it that the sample knew.
    stage.searches(READER).await;
    stage.models(READER).await;
    stage.artifacts(READER).await;
    if stage.is_newest() {
        // What an upgrade takes from readers.
        for command in ["logged-models", "traces", "evaluation-datasets"] {
            let (code, _, said) = stage.run(READER, &[command]).await;
            assert_eq!(code, 3, "{said}");
            assert!(said.contains("does not allow it"), "{said}");
        }
    }
    assert!(
        before == stage.server.fingerprint(),
        "reading changed MLflow {version}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_mlflow_is_shown_as_its_own_client_sees_it() {
    prove(VERSIONS[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_mlflow_is_shown_as_its_own_client_sees_it() {
    prove(VERSIONS[1]).await;
}
