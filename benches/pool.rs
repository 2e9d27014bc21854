//! Reads a whole pool: the console's adapter beside boto3's paginator and the SDK's own.
//!
//! Each reader gets a sandbox of its own (`mlwarden sandbox`), with a latency and with
//! Cognito's quota kept, as it is by default and with four times as much. The sandbox's own
//! count of calls is printed, and the most calls it saw in one second. `USERS`, `LATENCY`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first thing that is wrong"
)]

#[path = "../tests/support/venv.rs"]
mod venv;

use std::{
    collections::HashSet,
    env,
    io::{BufRead, BufReader, Lines},
    num::NonZeroU32,
    pin::pin,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{BehaviorVersion, Region},
};
use futures::StreamExt;
use mlwarden::aws::{Cloud, Quotas, Target};
use serde_json::Value;
use venv::Venv;

const POOL: &str = "us-west-2_mLw4rD3n0";
const BOTO3: &str = r#"
import sys, time, boto3
cognito = boto3.client("cognito-idp")
started, first, users = time.monotonic(), None, set()
for page in cognito.get_paginator("list_users").paginate(UserPoolId=sys.argv[1]):
    first = first or time.monotonic() - started
    users.update(user["Username"] for user in page["Users"])
print(len(users), first, time.monotonic() - started)
"#;

/// What reading a pool came to.
struct Read {
    users: usize,
    first: Duration,
    whole: Duration,
}

/// A sandbox in a process of its own.
struct Sandbox {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    environment: Value,
}

impl Sandbox {
    fn start(users: &str, latency: &str, quota: u32) -> Self {
        let faults = format!("latency={latency},quota=user-list:{quota}");
        let mut child = Command::new(env!("CARGO_BIN_EXE_mlwarden"))
            .args(["sandbox", "--users", users, "--faults", &faults])
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

    fn credentials(&self) -> Credentials {
        let (key, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        Credentials::new(self.value(key), self.value(secret), None, None, "bench")
    }

    /// Ends it and tells what was called.
    fn traffic(mut self) -> Value {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill").success());
        let last = self.said.next().expect("a line").expect("a line of text");
        self.child.wait().expect("it ends");
        serde_json::from_str(&last).expect("JSON")
    }
}

fn main() {
    let users = env::var("USERS").unwrap_or_else(|_| "100000".to_owned());
    let latency = env::var("LATENCY").unwrap_or_else(|_| "80ms".to_owned());
    let python = Venv::prepare("aws");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let runs = [
        ("mlwarden", 30),
        ("mlwarden", 120),
        ("boto3", 30),
        ("SDK for Rust", 30),
    ];
    let read: Vec<(Read, Value)> = runs
        .iter()
        .map(|(reader, quota)| {
            let sandbox = Sandbox::start(&users, &latency, *quota);
            let read = match *reader {
                "mlwarden" => runtime.block_on(adapter(&sandbox, *quota)),
                "boto3" => boto3(&sandbox, &python),
                _ => runtime.block_on(paginator(&sandbox)),
            };
            (read, sandbox.traffic())
        })
        .collect();
    println!(
        "{users} users, latency {latency}; a pager makes one call after the other at any quota"
    );
    println!(
        "| reader | quota | users | first page | whole pool | of what the quota allows | calls | refused | most in 1 s | times boto3 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let boto3 = read.get(2).map_or(Duration::ZERO, |(read, _)| read.whole);
    for ((reader, quota), (read, traffic)) in runs.iter().zip(&read) {
        let traffic = &traffic["traffic"];
        // As many pages as there must be, at the quota's rate.
        let pages = u32::try_from(read.users.div_ceil(60)).expect("a count");
        let allowed = f64::from(pages) / f64::from(*quota);
        println!(
            "| {reader} | {quota} | {} | {:.2} s | {:.1} s | {:.1} % | {} | {} | {} | {:.1} |",
            read.users,
            read.first.as_secs_f64(),
            read.whole.as_secs_f64(),
            100.0 * allowed / read.whole.as_secs_f64(),
            traffic["operations"]["ListUsers"]["calls"],
            traffic["operations"]["ListUsers"]["refused"],
            traffic["most_in_a_second"]["user-list"],
            boto3.as_secs_f64() / read.whole.as_secs_f64(),
        );
    }
}

async fn adapter(sandbox: &Sandbox, quota: u32) -> Read {
    let target = Target {
        region: Some(sandbox.value("AWS_REGION")),
        endpoint_url: Some(sandbox.value("AWS_ENDPOINT_URL")),
        quotas: Quotas {
            user_list: NonZeroU32::new(quota).expect("not zero"),
            ..Quotas::default()
        },
        ..Target::default()
    };
    let cloud = Cloud::connect_as(&target, sandbox.credentials());
    let cognito = cloud.await.expect("clients").cognito;
    let (started, mut first, mut names) = (Instant::now(), None, Vec::new());
    let mut pages = pin!(cognito.users(POOL));
    while let Some(page) = pages.next().await {
        let users = page.expect("a page").items;
        first.get_or_insert_with(|| started.elapsed());
        names.extend(users.into_iter().map(|user| user.username));
    }
    let whole = started.elapsed();
    let once: HashSet<&String> = names.iter().collect();
    assert_eq!(once.len(), names.len(), "every user exactly once");
    Read {
        users: names.len(),
        first: first.expect("a page"),
        whole,
    }
}

async fn paginator(sandbox: &Sandbox) -> Read {
    let config = aws_sdk_cognitoidentityprovider::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(sandbox.value("AWS_REGION")))
        .endpoint_url(sandbox.value("AWS_ENDPOINT_URL"))
        .credentials_provider(sandbox.credentials())
        .build();
    let (started, mut first, mut users) = (Instant::now(), None, 0);
    let request = Client::from_conf(config).list_users().user_pool_id(POOL);
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        users += page.expect("a page").users().len();
        first.get_or_insert_with(|| started.elapsed());
    }
    Read {
        users,
        first: first.expect("a page"),
        whole: started.elapsed(),
    }
}

fn boto3(sandbox: &Sandbox, python: &Venv) -> Read {
    let mut command = python.command("python");
    command.args(["-c", BOTO3, POOL]);
    for (name, value) in sandbox.environment.as_object().expect("an object") {
        command.env(name, value.as_str().unwrap_or_default());
    }
    let output = command.output().expect("Python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let mut words = said.split_whitespace();
    let mut number = || -> f64 {
        let word = words.next();
        word.and_then(|word| word.parse().ok()).unwrap_or_else(|| {
            panic!("boto3: {}", String::from_utf8_lossy(&output.stderr));
        })
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count"
    )]
    let users = number() as usize;
    Read {
        users,
        first: Duration::from_secs_f64(number()),
        whole: Duration::from_secs_f64(number()),
    }
}
