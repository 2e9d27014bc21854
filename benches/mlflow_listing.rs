//! A listing of runs and one run, beside MLflow's own Python client: time and requests.
//!
//! The server is started in pinned environments, as the tests do it. `mlwarden` asks through the
//! sandbox's gateway, as a reader with a token; the client asks the server itself, without a
//! gateway and without signing in.
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

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use mlflow_server::{MlflowServer, VERSIONS};
use mlwarden::{
    browse::{Host, Paging},
    domain::Principal,
    mlflow::{Search, SearchRuns, View, experiments, runs},
    sandbox::{Options, Sandbox, world},
};
use sandboxed::verifier;

const LISTS: &str = include_str!("../tests/peers/mlflow_lists.py");
/// Six hundred runs, as a search for parameters makes them.
const FILL: &str = r"
import sys
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
client = MlflowClient(sys.argv[1], sys.argv[1])
experiment = client.create_experiment('bench')
for at in range(600):
    run = client.create_run(experiment, run_name=f'run-{at}').info.run_id
    client.log_batch(run, metrics=[Metric(f'metric-{key}', key / (at + 1), 1, 0) for key in range(20)],
                     params=[Param(f'param-{key}', str(at)) for key in range(10)])
";
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for version in VERSIONS {
        let server = MlflowServer::start(version, 2);
        server.python(FILL, &[&server.url]);
        let client = server.python(LISTS, &[&server.url, "measure"]);
        println!(
            "MLflow {version}: client   {}",
            client.lines().last().unwrap()
        );
        let before = server.fingerprint();
        runtime.block_on(measure(&server, version));
        assert!(
            before == server.fingerprint(),
            "reading changed MLflow {version}"
        );
    }
}

async fn measure(server: &MlflowServer, version: &str) {
    let sandbox = Sandbox::start(Options {
        mlflow: Some(server.url.parse().unwrap()),
        ..Options::default()
    })
    .await
    .unwrap();
    let state = tempfile::tempdir().unwrap();
    let verifier = verifier(&sandbox, state.path()).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let host = Host::new(verifier, false, move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    host.give_password("mlflow-reader@example.com", world::PASSWORD.into());
    let reader = Principal::User("mlflow-reader@example.com".into());
    let started = Instant::now();
    let stay = host.become_principal(&reader).await.unwrap();
    let signed_in = started.elapsed();
    let root = Host::root(&stay);
    let all = host
        .list(&stay, Paging::of(1000), |number, token| {
            let search = page(number, token);
            experiments::search(root, View::Active, &search)
        })
        .await
        .unwrap();
    let ids: Vec<String> = all.items.into_iter().map(|one| one.experiment_id).collect();

    let mut found = None;
    let (mut listing, mut listing_calls) = (f64::MAX, 0);
    for _ in 0..ROUNDS {
        calls.store(0, Ordering::Relaxed);
        let started = Instant::now();
        let listed = host
            .list(&stay, Paging::of(usize::MAX), |number, token| {
                let search = SearchRuns {
                    experiment_ids: ids.clone(),
                    view: View::Active,
                    search: page(number, token),
                };
                runs::search(root, &search)
            })
            .await
            .unwrap();
        listing = listing.min(started.elapsed().as_secs_f64());
        listing_calls = calls.load(Ordering::Relaxed);
        assert!(listed.items.len() > 600);
        found = listed.items.into_iter().next();
    }
    let id = found.unwrap().info.run_id;
    let (mut run, mut run_calls) = (f64::MAX, 0);
    for _ in 0..ROUNDS {
        calls.store(0, Ordering::Relaxed);
        let started = Instant::now();
        let call = runs::get(root, &id);
        host.call(&stay, &call).await.value.unwrap();
        run = run.min(started.elapsed().as_secs_f64());
        run_calls = calls.load(Ordering::Relaxed);
    }
    println!(
        "MLflow {version}: mlwarden {{\"runs\": {{\"seconds\": {listing:.4}, \"calls\": {listing_calls}}}, \
         \"run\": {{\"seconds\": {run:.4}, \"calls\": {run_calls}}}}}, signed in within {:.3} s",
        signed_in.as_secs_f64()
    );
}

fn page(number: u32, token: Option<&str>) -> Search {
    Search {
        max_results: Some(number),
        page_token: token.map(str::to_owned),
        ..Search::default()
    }
}
