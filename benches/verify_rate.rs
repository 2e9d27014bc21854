//! A live verify beside a plain load of the same requests straight at the same MLflow server.
//!
//! The server is started in pinned environments, as the tests do it. `mlwarden` is the admins'
//! share of a verify (every request of it reaches MLflow), through the sandbox's gateway;
//! `straight` sends the same requests, with as many connections, to MLflow itself.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and stops at the first thing that is wrong"
)]

#[path = "../tests/support/mlflow_server.rs"]
mod mlflow_server;
#[path = "../tests/support/process.rs"]
mod process;
#[path = "../tests/support/sandboxed.rs"]
mod sandboxed;
#[path = "../tests/support/venv.rs"]
mod venv;

use std::time::Instant;

use futures::{StreamExt, stream};
use mlflow_server::{MlflowServer, VERSIONS};
use mlwarden::{
    access::{Catalog, Probe},
    domain::{AuthScheme, Principal},
    identity::Credential,
    mlflow::{ApiRequest, Client},
    probe::VerifyOptions,
    sandbox::{Options, Sandbox},
};
use sandboxed::verifier;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 16;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for version in VERSIONS {
        let server = MlflowServer::start(version, 4);
        runtime.block_on(compare(&server, version));
    }
}

async fn compare(server: &MlflowServer, version: &str) {
    let sandbox = Sandbox::start(Options {
        mlflow: Some(server.url.parse().unwrap()),
        ..Options::default()
    })
    .await
    .unwrap();
    let state = tempfile::tempdir().unwrap();
    let verifier = verifier(&sandbox, state.path()).await;
    let requests: Vec<ApiRequest> = Catalog::for_version(version)
        .routes()
        .iter()
        .filter(|route| route.scheme() == AuthScheme::Bearer)
        .filter_map(|route| match &route.probe {
            Probe::Safe(safe) => Some(ApiRequest {
                method: route.method,
                path: safe.path.clone(),
                query: safe.query.clone(),
                body: safe.body.clone(),
            }),
            Probe::None { .. } => None,
        })
        .collect();
    let before = server.fingerprint();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let straight = straight(server, &verifier.cloud.http, &requests).await;
        let (events, _told) = mpsc::unbounded_channel();
        let report = verifier
            .run(
                VerifyOptions {
                    principals: vec![Principal::Group("admins".to_owned())],
                    concurrency: CONNECTIONS,
                    ..VerifyOptions::default()
                },
                events,
                CancellationToken::new(),
            )
            .await
            .unwrap();
        let verify = rate(report.summary.requests, report.summary.probing_ms);
        println!(
            "MLflow {version}: verify {verify:>6.0}/s, straight {straight:>6.0}/s, ratio {:.2}",
            verify / straight
        );
        ratios.push(verify / straight);
    }
    assert!(
        before == server.fingerprint(),
        "a probe changed MLflow {version}"
    );
    ratios.sort_by(f64::total_cmp);
    println!(
        "MLflow {version}: median ratio {:.2} of {ROUNDS} rounds, {} requests each",
        ratios[ROUNDS / 2],
        requests.len()
    );
}

/// Requests a second of a plain load straight at MLflow.
async fn straight(server: &MlflowServer, http: &reqwest::Client, requests: &[ApiRequest]) -> f64 {
    let client = Client::new(server.url.parse().unwrap(), http.clone(), "us-west-2");
    let started = Instant::now();
    let sent = stream::iter(requests.to_vec())
        .map(|request| {
            let client = client.clone();
            async move { client.send(&request, &Credential::Anonymous).await.unwrap() }
        })
        .buffer_unordered(CONNECTIONS)
        .count()
        .await;
    let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap();
    rate(sent as u64, elapsed)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn rate(count: u64, milliseconds: u64) -> f64 {
    count as f64 * 1000.0 / milliseconds.max(1) as f64
}
