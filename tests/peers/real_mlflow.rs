//! A full verify through the gateway against real MLflow servers: every cell decided, and
//! not one row or artifact changed.

use mlwarden::{
    access::Effect,
    domain::Principal,
    probe::{Cell, Layer, Report, VerifyOptions},
    sandbox::{Options, Sandbox},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{
    mlflow_server::{MlflowServer, VERSIONS},
    sandboxed::verifier,
};

async fn verify(server: &MlflowServer, version: &str) -> Report {
    let sandbox = Sandbox::start(Options {
        mlflow: Some(server.url.parse().unwrap()),
        ..Options::default()
    })
    .await
    .unwrap();
    let state = tempfile::tempdir().unwrap();
    let verifier = verifier(&sandbox, state.path()).await;
    let (events, _told) = mpsc::unbounded_channel();
    let report = verifier
        .run(
            VerifyOptions {
                grant_trust: true,
                ..VerifyOptions::default()
            },
            events,
            CancellationToken::new(),
        )
        .await
        .unwrap();
    assert!(
        report.notes.iter().any(|note| note.contains(version)),
        "the version was not learned: {:?}",
        report.notes
    );
    report
}

async fn prove(version: &'static str) {
    let server = tokio::task::spawn_blocking(move || MlflowServer::start(version, 2))
        .await
        .unwrap();
    let before = server.fingerprint();
    assert!(before.contains("churn-model"), "the server was not filled");
    let report = verify(&server, version).await;
    let after = server.fingerprint();
    assert!(
        before == after,
        "a probe changed MLflow {version}:\n{}",
        difference(&before, &after)
    );

    let undecided: Vec<String> = report
        .cells
        .iter()
        .filter(|cell| cell.observed_effect().is_none())
        .map(told)
        .collect();
    assert!(undecided.is_empty(), "{undecided:#?}");
    let drifting: Vec<String> = report
        .cells
        .iter()
        .filter(|cell| cell.drifts())
        .map(told)
        .collect();
    assert!(drifting.is_empty(), "{drifting:#?}");

    // The labs, on the real server.
    for (principal, operation, expected) in [
        ("group:admins", "runs/create", Effect::Allow),
        ("group:readers", "runs/create", Effect::Deny),
        ("group:readers", "registered-models/create", Effect::Deny),
        ("group:readers", "runs/search", Effect::Allow),
        ("group:model-approvers", "runs/create", Effect::Deny),
        (
            "group:model-approvers",
            "registered-models/create",
            Effect::Allow,
        ),
        (
            "group:model-approvers",
            "model-versions/transition-stage",
            Effect::Allow,
        ),
    ] {
        let principal: Principal = principal.parse().unwrap();
        let cell = report
            .cells
            .iter()
            .find(|cell| {
                cell.principal == principal
                    && cell.path == format!("/ajax-api/2.0/mlflow/{operation}")
            })
            .unwrap();
        assert_eq!(cell.observed_effect(), Some(expected), "{}", told(cell));
        let layer = cell.observed.as_ref().unwrap().layer;
        assert_eq!(
            layer == Layer::Mlflow,
            expected == Effect::Allow,
            "{}",
            told(cell)
        );
    }
}

fn told(cell: &Cell) -> String {
    format!(
        "{} {} {}: {}",
        cell.principal, cell.method, cell.path, cell.reason
    )
}

fn difference(before: &str, after: &str) -> String {
    let gone = before
        .lines()
        .filter(|line| !after.contains(line))
        .map(|line| format!("- {line}"));
    let new = after
        .lines()
        .filter(|line| !before.contains(line))
        .map(|line| format!("+ {line}"));
    gone.chain(new).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_verify_leaves_the_samples_mlflow_as_it_was() {
    prove(VERSIONS[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_verify_leaves_the_newest_mlflow_as_it_was() {
    prove(VERSIONS[1]).await;
}
