//! The program itself, killed in the middle of two hundred people.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

use mlwarden::sandbox::{Options, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

const PEOPLE: usize = 200;
/// Every call of a run like these that changes something.
const WRITES: [&str; 4] = [
    "AdminCreateUser",
    "AdminSetUserPassword",
    "AdminAddUserToGroup",
    "AdminDeleteUser",
];

/// A sandbox with some latency, and a home folder of one's own.
struct Bench {
    sandbox: Sandbox,
    home: TempDir,
}

struct Ran {
    status: ExitStatus,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}\n{}", self.out, self.err);
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Bench {
    async fn start() -> Self {
        let sandbox = Sandbox::start(Options {
            faults: Some("latency=5ms..20ms".parse().unwrap()),
            ..Options::default()
        })
        .await
        .unwrap();
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config");
        fs::create_dir_all(&config).unwrap();
        // The sandbox keeps no quota here, so the test needs not wait for any.
        let quotas = "[quotas]\nuser_update = 100\nuser_creation = 1000\nuser_list = 1000\n";
        fs::write(config.join("config.toml"), quotas).unwrap();
        Self { sandbox, home }
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut environment: BTreeMap<String, String> = self.sandbox.environment();
        for (name, folder) in [
            ("HOME", "."),
            ("MLWARDEN_CONFIG_DIR", "config"),
            ("MLWARDEN_STATE_DIR", "state"),
        ] {
            let folder = self.home.path().join(folder).display().to_string();
            environment.insert(name.to_owned(), folder);
        }
        Command::new(env!("CARGO_BIN_EXE_mlwarden"))
            .args(arguments)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let child = self.spawn(arguments);
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
        let output = ended.await.unwrap();
        Ran {
            status: output.status,
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn writes(&self) -> u64 {
        let traffic = self.sandbox.world().traffic.lock();
        WRITES.iter().map(|call| traffic.count(call).calls).sum()
    }

    /// The plans of the journal.
    async fn plans(&self) -> Vec<Value> {
        let listed = self.run(&["journal", "list", "-o", "json"]).await.ends(0);
        let entries = listed.json()["entries"].as_array().unwrap().clone();
        entries
            .into_iter()
            .filter(|entry| entry["title"].is_string())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_onboarding_is_gone_on_with_and_a_rerun_changes_nothing() {
    let bench = Bench::start().await;
    let mut file = "email,groups\n".to_owned();
    for at in 0..PEOPLE {
        writeln!(file, "person-{at:03}@example.com,readers").unwrap();
    }
    let people = bench.home.path().join("people.csv");
    fs::write(&people, file).unwrap();
    let people = people.display().to_string();
    let onboard = ["onboard", "--file", &people, "--yes", "--no-proof"];

    let mut child = bench.spawn(&onboard);
    let errors = child.stderr.take().unwrap();
    let seen = tokio::task::spawn_blocking(move || {
        let mut lines = BufReader::new(errors).lines();
        let mut seen = String::new();
        let told = lines.by_ref().map_while(Result::ok).any(|line| {
            seen.push_str(&line);
            line.contains(" done")
        });
        // That is kill -9.
        child.kill().unwrap();
        child.wait().unwrap();
        (told, seen)
    });
    let (told, seen) = seen.await.unwrap();
    assert!(told, "nobody was done: {seen}");

    let [plan] = <[Value; 1]>::try_from(bench.plans().await).unwrap();
    assert_eq!(plan["standing"], "unfinished", "{plan}");
    let (done, all) = (
        plan["done"].as_u64().unwrap(),
        plan["steps"].as_u64().unwrap(),
    );
    assert!(done > 0 && done < all, "{plan}");
    assert_eq!(all, 2 * PEOPLE as u64);

    let id = plan["id"].as_str().unwrap();
    bench.run(&["journal", "resume", id, "--yes"]).await.ends(0);
    let [plan] = <[Value; 1]>::try_from(bench.plans().await).unwrap();
    assert_eq!(plan["standing"], "done", "{plan}");
    let listed = bench
        .run(&["users", "list", "-o", "json"])
        .await
        .ends(0)
        .json();
    let users = listed["users"].as_array().unwrap();
    let mut new: Vec<&str> = users
        .iter()
        .filter_map(|user| user["email"].as_str())
        .filter(|email| email.starts_with("person-"))
        .collect();
    new.sort_unstable();
    let wanted: Vec<String> = (0..PEOPLE)
        .map(|at| format!("person-{at:03}@example.com"))
        .collect();
    assert_eq!(new, wanted);
    let members = bench
        .run(&["groups", "show", "readers", "-o", "json"])
        .await
        .ends(0);
    assert_eq!(
        members.out.matches("person-").count(),
        PEOPLE,
        "{}",
        members.out
    );

    let before = bench.writes();
    assert!(before >= all);
    let again = bench.run(&onboard).await.ends(0);
    assert_eq!(bench.writes(), before, "{}", again.err);
    assert_eq!(again.out.matches("so already").count(), PEOPLE);
    assert_eq!(bench.plans().await.len(), 1);
}
