//! The command line, as scripts and people use it: the real program as a process, on a sandbox
//! that it reaches over the wire alone.
#![expect(clippy::unwrap_used, reason = "a failed preparation fails the test")]

mod doors;
mod finding;
mod help;
mod least_rights;
mod lists;
mod matrix;
mod mlflow;
mod mlflow_plans;
mod open_findings;
mod people;
mod people_journal;
mod people_refused;
mod predicting;
mod proving;
mod publishing;
mod raw_requests;
mod refusals;
mod review;
mod roles;
mod stopping;
mod stories;
mod studio;
mod upgrade;

use std::{collections::BTreeMap, path::Path};

use assert_cmd::Command;
use mlwarden::sandbox::{Options, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

/// A sandbox, and a person with an empty home folder who works on it.
struct Bench {
    sandbox: Sandbox,
    home: TempDir,
    environment: BTreeMap<String, String>,
}

/// What a run of the program left behind.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// Standard output as JSON.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts the exit code; what was said explains it.
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    /// Asserts that standard error says all of it.
    #[track_caller]
    fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in:\n{}", self.err);
        }
        self
    }
}

impl Bench {
    async fn start() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut environment = sandbox.environment();
        for (name, folder) in [
            ("HOME", "."),
            ("MLWARDEN_CONFIG_DIR", "config"),
            ("MLWARDEN_STATE_DIR", "state"),
        ] {
            let folder = home.path().join(folder).display().to_string();
            environment.insert(name.to_owned(), folder);
        }
        Self {
            sandbox,
            home,
            environment,
        }
    }

    /// The same place for somebody else, with exactly this IAM policy.
    fn used_by(mut self, name: &str, policy: &str) -> Self {
        let (id, secret) = self.sandbox.world().iam.lock().add_user(name, policy);
        self.set("AWS_ACCESS_KEY_ID", &id);
        self.set("AWS_SECRET_ACCESS_KEY", &secret);
        self
    }

    fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let file = self.path(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    }

    fn password(&self) -> &str {
        &self.environment["MLWARDEN_SANDBOX_PASSWORD"]
    }

    /// Runs the program without a terminal and without input.
    async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "").await
    }

    async fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlwarden"));
        command
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .current_dir(self.home.path())
            .write_stdin(input);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// How many users the pool has, by the program's own word.
    async fn users(&self) -> usize {
        let users = self.run(&["users", "list", "-o", "json"]).await.ends(0);
        users.json()["users"].as_array().unwrap().len()
    }

    /// How often an operation of AWS was called.
    fn calls(&self, operation: &str) -> u64 {
        self.sandbox.world().traffic.lock().count(operation).calls
    }

    /// Every role's trust policy.
    fn trusts(&self) -> Vec<String> {
        let iam = self.sandbox.world().iam.lock();
        iam.role_names()
            .filter_map(|role| iam.trust(role).map(str::to_owned))
            .collect()
    }
}

/// The keys of an object, in their order.
fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The items of a list.
fn items<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("no list {name} in {value:#}"))
}

/// Whether a folder holds anything at all.
fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}
