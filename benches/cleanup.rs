//! Deletes forgotten apps: the console's plan beside the usual loops over boto3.
//!
//! Each gets a sandbox of its own (`mlwarden sandbox`) with a latency and with SageMaker's
//! deletions taking seconds. Told are the time until the last deletion was ordered, the time
//! until the last app was gone, and the sandbox's own count of the calls. `APPS`, `LATENCY`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first thing that is wrong"
)]

#[path = "../tests/support/venv.rs"]
mod venv;

use std::{
    env,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_credential_types::Credentials;
use mlwarden::{
    aws::{Cloud, Quotas, Target, WriteAccess, discovery},
    plan::{Event, Journal, Passwords, Place, Runner, Tools, removal},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use venv::Venv;

const DOMAIN: &str = "d-xq4mlw4rd3n0";

/// What people write: list, then one app after the other.
const LOOP: &str = r#"
import sys, time, boto3
one_by_one = sys.argv[2] == "one by one"
sagemaker = boto3.client("sagemaker")
started, ordered, apps = time.monotonic(), 0, []
for page in sagemaker.get_paginator("list_apps").paginate(DomainIdEquals=sys.argv[1]):
    apps += [app for app in page["Apps"] if app["AppName"].startswith("app-") and app["Status"] == "InService"]
def named(app):
    return {key: app[key] for key in ("DomainId", "UserProfileName", "AppType", "AppName")}
def gone(app):
    while sagemaker.describe_app(**named(app))["Status"] != "Deleted":
        time.sleep(1)
for app in apps:
    sagemaker.delete_app(**named(app))
    ordered = time.monotonic() - started
    if one_by_one:
        gone(app)
if not one_by_one:
    for app in apps:
        gone(app)
print(len(apps), ordered, time.monotonic() - started)
"#;

/// What a clean-up came to.
struct Cleaned {
    apps: usize,
    ordered: Duration,
    gone: Duration,
}

/// A sandbox in a process of its own.
struct Sandbox {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    environment: Value,
}

impl Sandbox {
    fn start(apps: &str, latency: &str) -> Self {
        let faults = format!("latency={latency}");
        let mut child = Command::new(env!("CARGO_BIN_EXE_mlwarden"))
            .args(["sandbox", "--profiles", "20", "--apps", apps])
            .args(["--faults", &faults])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a sandbox");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut next = || said.next().expect("a line").expect("a line of text");
        let environment = serde_json::from_str(&next()).expect("JSON");
        Self {
            child,
            said,
            environment,
        }
    }

    fn value(&self, name: &str) -> String {
        self.environment[name].as_str().unwrap_or_default().into()
    }

    /// Ends it and tells how often apps were listed, looked at and deleted.
    fn calls(mut self) -> [u64; 3] {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill").success());
        let last = self.said.next().expect("a line").expect("a line of text");
        self.child.wait().expect("it ends");
        let traffic: Value = serde_json::from_str(&last).expect("JSON");
        let operations = &traffic["traffic"]["operations"];
        ["ListApps", "DescribeApp", "DeleteApp"]
            .map(|name| operations[name]["calls"].as_u64().unwrap_or_default())
    }
}

fn main() {
    let apps = env::var("APPS").unwrap_or_else(|_| "100".to_owned());
    let latency = env::var("LATENCY").unwrap_or_else(|_| "100ms".to_owned());
    let python = Venv::prepare("aws");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let who = ["mlwarden", "all, then wait", "one by one"];
    let cleaned = who.map(|who| {
        let sandbox = Sandbox::start(&apps, &latency);
        let cleaned = if who == "mlwarden" {
            runtime.block_on(plan(&sandbox))
        } else {
            boto3(&sandbox, &python, who)
        };
        (cleaned, sandbox.calls())
    });
    println!("{apps} apps made up, latency {latency}, a deletion takes 4 s");
    println!(
        "| who | apps deleted | last ordered | last gone | ListApps | DescribeApp | DeleteApp | ordered, times | gone, times | looks, times |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let [(ours, [listed, looked, _]), ..] = &cleaned;
    let looks = |listed: u64, looked: u64| u32::try_from(listed + looked).expect("a count");
    for (who, (one, [list, look, delete])) in who.iter().zip(&cleaned) {
        println!(
            "| {who} | {} | {:.1} s | {:.1} s | {list} | {look} | {delete} | {:.1} | {:.1} | {:.1} |",
            one.apps,
            one.ordered.as_secs_f64(),
            one.gone.as_secs_f64(),
            one.ordered.as_secs_f64() / ours.ordered.as_secs_f64(),
            one.gone.as_secs_f64() / ours.gone.as_secs_f64(),
            f64::from(looks(*list, *look)) / f64::from(looks(*listed, *looked)),
        );
    }
}

async fn plan(sandbox: &Sandbox) -> Cleaned {
    let target = Target {
        region: Some(sandbox.value("AWS_REGION")),
        endpoint_url: Some(sandbox.value("AWS_ENDPOINT_URL")),
        quotas: Quotas::default(),
        ..Target::default()
    };
    let (key, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let credentials = Credentials::new(
        sandbox.value(key),
        sandbox.value(secret),
        None,
        None,
        "bench",
    );
    let cloud = Cloud::connect_as(&target, credentials)
        .await
        .expect("clients");
    let deployment = discovery::discover(&cloud, discovery::Known::default(), |_| {}).await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::open(folder.path()).expect("a journal");
    let started = Instant::now();
    let apps = cloud.sagemaker.apps(DOMAIN).await.expect("apps");
    let wanted = apps.iter().filter(|app| app.name.starts_with("app-"));
    let plan = removal::apps(wanted, Place::of(&deployment));
    let record = journal.plan(plan).expect("a record");
    let runner = Runner {
        tools: Tools {
            cloud,
            writes: WriteAccess::unless_read_only(false).expect("the right to write"),
            pool: String::new(),
            policy: None,
            passwords: Passwords::default(),
            packages: journal.packages(),
            caller: None,
            cancel: CancellationToken::new(),
        },
        journal,
    };
    let last = Mutex::new(Duration::ZERO);
    let outcome = runner
        .run(&record, |event| {
            if let Event::Step(..) = event {
                *last.lock().unwrap_or_else(PoisonError::into_inner) = started.elapsed();
            }
        })
        .await
        .expect("a run");
    assert!(outcome.is_complete(), "{outcome:?}");
    Cleaned {
        apps: outcome.done,
        ordered: last.into_inner().unwrap_or_else(PoisonError::into_inner),
        gone: started.elapsed(),
    }
}

fn boto3(sandbox: &Sandbox, python: &Venv, how: &str) -> Cleaned {
    let mut command = python.command("python");
    command.args(["-c", LOOP, DOMAIN, how]);
    for (name, value) in sandbox.environment.as_object().expect("an object") {
        command.env(name, value.as_str().unwrap_or_default());
    }
    let output = command.output().expect("boto3");
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let [apps, ordered, gone] = <[f64; 3]>::try_from(
        told.split_whitespace()
            .map(|number| number.parse().expect("a number"))
            .collect::<Vec<_>>(),
    )
    .expect("three numbers");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count"
    )]
    let apps = apps as usize;
    Cleaned {
        apps,
        ordered: Duration::from_secs_f64(ordered),
        gone: Duration::from_secs_f64(gone),
    }
}
