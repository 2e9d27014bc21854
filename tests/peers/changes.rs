//! Changes of what real MLflow servers hold, made through the gateway and taken back: what
//! MLflow's own client reads is as it was.

use std::sync::Arc;

use mlwarden::{
    browse::{ChangeKind, Seen, Wish},
    domain::ErrorClass,
    mlflow::{Root, experiments},
    plan::Thing,
    sandbox::{Options, Sandbox},
};
use serde_json::Value;
use tempfile::TempDir;

use super::changing::{Cast, Desk};
use crate::support::{
    mlflow_server::{MlflowServer, VERSIONS},
    sandboxed::verifier,
};

const POPULATE: &str = include_str!("populate_mlflow.py");
const READ: &str = include_str!("read_mlflow.py");

/// A real server behind the sandbox's gateway.
struct House {
    server: Arc<MlflowServer>,
    _sandbox: Sandbox,
    desk: Desk,
    cast: Cast,
    _state: TempDir,
}

impl House {
    async fn new(version: &'static str) -> Self {
        let started = tokio::task::spawn_blocking(move || {
            let server = MlflowServer::start(version, 2);
            let found = server.python(POPULATE, &[&server.url]);
            (server, found)
        });
        let (server, found) = started.await.unwrap();
        let last = found.lines().last().unwrap();
        let found: Value = serde_json::from_str(last).unwrap();
        let id = |name: &Value| name.as_str().unwrap().to_owned();
        let sandbox = Sandbox::start(Options {
            mlflow: Some(server.url.parse().unwrap()),
            ..Options::default()
        })
        .await
        .unwrap();
        let state = tempfile::tempdir().unwrap();
        let desk = Desk::new(verifier(&sandbox, state.path()).await, state.path());
        let cast = Cast {
            experiment: id(&found["housing"]),
            gone: id(&found["gone"]),
            run: id(&found["children"][0]),
            deleted: id(&found["deleted"]),
            model: "housing-price".into(),
            champion: "2".into(),
            alias: "champion".into(),
            challenger: "1".into(),
        };
        for wish in cast.preparations() {
            let plan = desk.plan("group:admins", &wish).await;
            desk.complete(plan).await;
        }
        Self {
            server: Arc::new(server),
            _sandbox: sandbox,
            desk,
            cast,
            _state: state,
        }
    }

    /// What MLflow's own client reads.
    async fn read(&self) -> String {
        let server = self.server.clone();
        let read = tokio::task::spawn_blocking(move || server.python(READ, &[&server.url]));
        read.await.unwrap()
    }

    async fn fingerprint(&self) -> String {
        let server = self.server.clone();
        let read = tokio::task::spawn_blocking(move || server.fingerprint());
        read.await.unwrap()
    }
}

async fn prove(version: &'static str) {
    let house = House::new(version).await;
    refused(&house).await;
    let before = house.read().await;
    assert!(
        before.contains("housing-price") && before.contains("thrown away"),
        "{before}"
    );
    for wish in house.cast.every_wish() {
        house.desk.there_and_back("group:admins", &wish).await;
    }
    for wish in [house.cast.new_version(), house.cast.stage(true)] {
        house
            .desk
            .there_and_back("group:model-approvers", &wish)
            .await;
    }
    killed(&house).await;
    assert_eq!(house.read().await, before);
    of_experiments(&house, version).await;
}

/// A reader is refused every change, and not one row or artifact is another.
async fn refused(house: &House) {
    let before = house.fingerprint().await;
    for wish in house.cast.every_wish() {
        let plan = house.desk.plan("group:readers", &wish).await;
        let (outcome, failures, _) = house.desk.run(plan).await;
        assert_eq!((outcome.done, outcome.failed), (0, 1), "{wish:?}");
        let failure = &failures[0];
        assert!(
            matches!(failure.class, ErrorClass::Denied { .. }),
            "{wish:?}: {failure}"
        );
    }
    assert!(
        before == house.fingerprint().await,
        "a refused change changed something"
    );
}

/// Killed when MLflow has made the version: going on makes no second one.
async fn killed(house: &House) {
    let desk = &house.desk;
    let before = desk.everything().await;
    let plan = desk
        .plan("group:model-approvers", &house.cast.new_version())
        .await;
    let record = desk.killed(plan, 0).await;
    let journal = desk.verifier.journal.clone();
    let runner = desk.runner(journal.clone(), desk.host.clone());
    let outcome = runner.run(&record, |_| ()).await.unwrap();
    assert!(outcome.is_complete(), "{outcome:?}");
    let count = |all: &Value| all["versions"].as_array().unwrap().len();
    assert_eq!(count(&desk.everything().await), count(&before) + 1);
    let record = journal.find_plan(&record.plan.id.to_string()).unwrap();
    // MLflow's database gives no number out again: those before were taken back.
    let made = record.step(0, 0).unwrap().made.clone().unwrap();
    assert!(made.parse::<u32>().unwrap() > 3, "{made}");
    desk.complete(record.inverse().0).await;
    assert_eq!(desk.everything().await, before);
}

/// A new tag of an experiment can be taken back where MLflow has a request for it.
async fn of_experiments(house: &House, version: &str) {
    let thing = Thing::Experiment {
        id: house.cast.experiment.clone(),
    };
    let wish = Wish::Tag {
        thing,
        key: "fresh".into(),
        value: Some("1".into()),
    };
    let newest = version.starts_with("3.");
    if newest {
        house.desk.there_and_back("group:admins", &wish).await;
    } else {
        let plan = house.desk.plan("group:admins", &wish).await;
        assert!(plan.calls().all(|call| call.undone_by.is_none()));
        assert!(plan.losses()[0].contains("no request that removes"));
    }
    let stay = house.desk.stay("group:admins").await;
    let call = experiments::get(Root::Ajax, &house.cast.experiment);
    let found = house.desk.host.call(&stay, &call).await.value.unwrap();
    let offers = house.desk.host.offers(&stay, &Seen::Experiment(&found));
    let removes = offers
        .iter()
        .any(|offer| offer.kind == ChangeKind::RemoveTag);
    assert_eq!(removes, newest);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_the_samples_mlflow_can_be_taken_back() {
    Box::pin(prove(VERSIONS[0])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_the_newest_mlflow_can_be_taken_back() {
    Box::pin(prove(VERSIONS[1])).await;
}
