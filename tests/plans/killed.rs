//! The program itself, killed in the middle of two hundred people.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

use mlwarden::sandbox::{Options, Sandbox, sagemaker::Pace};
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
    async fn start(options: Options) -> Self {
        let sandbox = Sandbox::start(Options {
            faults: Some("latency=5ms..20ms".parse().unwrap()),
            ..options
        })
        .await
        .unwrap();
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config");
        fs::create_dir_all(&config).unwrap();
        // The sandbox keeps no quota here, so the test needs not wait for any.
        let quotas = "[quotas]\nuser_update = 100\nuser_creation = 1000\nuser_list = 1000\n\
                      studio_read = 1000\nstudio_change = 100\n";
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

impl Bench {
    /// Runs until something is done, and kills it there; the plan that is left.
    async fn killed(&self, arguments: &[&str]) -> Value {
        let mut child = self.spawn(arguments);
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
        assert!(told, "nothing was done: {seen}");
        let [plan] = <[Value; 1]>::try_from(self.plans().await).unwrap();
        assert_eq!(plan["standing"], "unfinished", "{plan}");
        let (done, all) = (plan["done"].as_u64(), plan["steps"].as_u64());
        assert!(done > Some(0) && done < all, "{plan}");
        plan
    }

    /// The apps that are there, by type.
    async fn apps(&self) -> BTreeMap<String, usize> {
        let listed = self.run(&["apps", "list", "-o", "json"]).await.ends(0);
        let mut apps = BTreeMap::new();
        for app in listed.json()["apps"].as_array().unwrap() {
            let kind = app["app_type"].as_str().unwrap().to_owned();
            *apps.entry(kind).or_default() += 1;
        }
        apps
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_clean_up_is_gone_on_with_and_deletes_nothing_else() {
    let bench = Bench::start(Options {
        profiles: 20,
        apps: 900,
        ..Options::default()
    })
    .await;
    let world = bench.sandbox.world();
    world.sagemaker.lock().set_pace(Pace::AT_ONCE);
    let mut wanted = bench.apps().await;
    let doomed = wanted.remove("JupyterLab").unwrap();
    assert!(doomed > 200, "{doomed}");
    let plan = bench
        .killed(&["cleanup", "--type", "JupyterLab", "--yes"])
        .await;
    assert_eq!(plan["steps"].as_u64(), Some(doomed as u64));
    let id = plan["id"].as_str().unwrap();
    bench.run(&["journal", "resume", id, "--yes"]).await.ends(0);
    assert_eq!(bench.apps().await, wanted);
    let deleted = world.traffic.lock().count("DeleteApp").calls;
    // Those that were under way when it was killed are ordered once more, what was done is not.
    let left = plan["steps"].as_u64().unwrap() - plan["done"].as_u64().unwrap();
    assert!(deleted <= doomed as u64 + left, "{deleted} of {doomed}");
    let again = bench
        .run(&["cleanup", "--type", "JupyterLab", "--yes"])
        .await;
    assert!(again.ends(0).err.contains("there is nothing to do"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_onboarding_is_gone_on_with_and_a_rerun_changes_nothing() {
    let bench = Bench::start(Options::default()).await;
    let mut file = "email,groups\n".to_owned();
    for at in 0..PEOPLE {
        writeln!(file, "person-{at:03}@example.com,readers").unwrap();
    }
    let people = bench.home.path().join("people.csv");
    fs::write(&people, file).unwrap();
    let people = people.display().to_string();
    let onboard = ["onboard", "--file", &people, "--yes", "--no-proof"];

    let plan = bench.killed(&onboard).await;
    assert_eq!(plan["steps"].as_u64(), Some(2 * PEOPLE as u64));

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
    assert!(before >= 2 * PEOPLE as u64);
    let again = bench.run(&onboard).await.ends(0);
    assert_eq!(bench.writes(), before, "{}", again.err);
    assert_eq!(again.out.matches("so already").count(), PEOPLE);
    assert_eq!(bench.plans().await.len(), 1);
}
