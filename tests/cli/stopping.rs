//! Being stopped, and talking to nobody.

use std::process::{Child, Command, Stdio};

use super::*;
use mlwarden::{
    plan::{Borrowed, Journal},
    sandbox::world::POOL_ID,
};
use rstest::rstest;

impl Bench {
    fn spawn(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_mlwarden"))
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// The probe user that exists now, if there is one.
    fn probe_user(&self, journal: &Journal) -> Option<String> {
        journal.entries().unwrap().into_iter().find_map(|entry| {
            let Borrowed::ProbeUser { user, .. } = entry.borrowed else {
                return None;
            };
            self.exists(&user).then_some(user)
        })
    }

    fn exists(&self, user: &str) -> bool {
        let cognito = self.sandbox.world().cognito.lock();
        cognito.password(POOL_ID, user).is_some()
    }
}

#[rstest]
#[case::by_a_supervisor("-TERM")]
#[case::by_the_keyboard("-INT")]
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_verify_gives_back_what_it_borrowed(#[case] signal: &str) {
    let bench = Bench::start().await;
    let journal = Journal::open(&bench.path("state")).unwrap();
    // Hundreds of requests at five a second: it is under way when the signal comes.
    let mut child = bench.spawn(&["verify", "--as", "group:admins", "--rate", "5"]);
    let user = loop {
        if let Some(user) = bench.probe_user(&journal) {
            break user;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        tokio::task::yield_now().await;
    };
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
    assert!(sent.success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("given back"), "{err}");
    assert!(!bench.exists(&user));
    let entries = journal.entries().unwrap();
    assert!(!entries.is_empty());
    assert!(entries.iter().all(|entry| entry.given_back_at.is_some()));
}

#[rstest]
#[case(&["discover"], 0)]
#[case(&["users", "list", "-o", "json"], 0)]
#[case(&["verify", "--as", "group:readers", "--permission", "runs:write", "--all"], 0)]
#[case(&["completions", "bash"], 0)]
#[case(&["man"], 0)]
#[case(&["--help"], 0)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_gone_is_no_trouble(#[case] arguments: &[&str], #[case] code: i32) {
    let bench = Bench::start().await;
    let mut child = bench.spawn(arguments);
    drop(child.stdout.take());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{err}");
    assert!(!err.contains("panic") && !err.contains("pipe"), "{err}");
}
