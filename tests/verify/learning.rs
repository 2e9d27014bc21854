//! What the deployed authorizer does, learned from its own answers.

use super::*;
use aws_credential_types::Credentials;
use mlwarden::{
    access::{Contract, Nobody, Pick, authorizer::Rule},
    aws::{Cloud, Target},
    domain::ErrorClass,
    probe::Learned,
};

async fn learn(bench: &Bench) -> Result<Learned, Failure> {
    bench.verifier.learn(&[], &CancellationToken::new()).await
}

fn deploy(bench: &Bench, contract: Contract) {
    bench.sandbox.world().gateway.lock().contract = contract;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_authorizer_is_learned_exactly_and_all_is_given_back() {
    let bench = Bench::start(Options::default()).await;
    let users = bench.users().await;
    let learned = learn(&bench).await.unwrap();
    assert_eq!(learned.contract, Contract::sample());
    assert_eq!(learned.caveats, Vec::<String>::new());
    // No group, three groups, three pairs.
    assert_eq!(learned.trials, 7);
    assert!(learned.not_given_back.is_empty());
    assert_eq!(bench.users().await, users);
    assert_eq!(bench.verifier.journal.leftovers().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorizer_that_takes_all_groups_together_is_learned_as_such() {
    let bench = Bench::start(Options::default()).await;
    let mut contract = Contract::sample();
    contract.rule = Pick::Union;
    contract.nobody = Nobody::Deny;
    contract.groups.retain(|group| group.name != "admins");
    contract.groups[0].deny.push(Rule {
        method: "GET".to_owned(),
        path: "/ajax-api/2.0/mlflow/gateway-proxy".to_owned(),
    });
    deploy(&bench, contract.clone());
    let learned = learn(&bench).await.unwrap();
    // A token without any group lacks the claim that it reads.
    contract.nobody = Nobody::Crash;
    assert_eq!(learned.contract, contract);
    assert_eq!(
        learned.caveats,
        ["a caller in no group makes it crash (500), and one in admins alone is denied (403)"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_order_is_learned() {
    let bench = Bench::start(Options::default()).await;
    let mut contract = Contract::sample();
    contract.groups.rotate_left(1);
    deploy(&bench, contract.clone());
    let learned = learn(&bench).await.unwrap();
    assert_eq!(learned.contract, contract);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_the_pool_does_not_have_is_said() {
    let bench = Bench::start(Options::default()).await;
    let groups = ["readers".to_owned(), "alumni".to_owned()];
    let verifier = &bench.verifier;
    let learned = verifier
        .learn(&groups, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(learned.contract.groups.len(), 1);
    assert_eq!(
        learned.caveats,
        ["group alumni: not asked about, the pool has none"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_nothing_is_borrowed_and_nothing_learned() {
    let mut bench = Bench::start(Options::default()).await;
    bench.verifier.writes = WriteAccess::unless_read_only(true);
    let failure = learn(&bench).await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::ReadOnly);
    assert_eq!(bench.verifier.journal.entries().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_try_the_authorizer_is_told_the_right_before_anything_is_borrowed() {
    let mut bench = Bench::start(Options::default()).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"apigateway:POST","Resource":"*"}]}"#;
    let (id, secret) = bench.sandbox.world().iam.lock().add_user("most", policy);
    let target = Target {
        region: Some(bench.verifier.cloud.region().to_owned()),
        endpoint_url: Some(bench.sandbox.environment()["AWS_ENDPOINT_URL"].clone()),
        ..Target::default()
    };
    let most = Credentials::new(id, secret, None, None, "test");
    bench.verifier.cloud = Cloud::connect_as(&target, most).await.unwrap();
    let failure = learn(&bench).await.unwrap_err();
    let action = Some("apigateway:POST".to_owned());
    assert_eq!(failure.class, ErrorClass::Denied { action });
    assert_eq!(bench.verifier.journal.entries().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_half_way_it_gives_its_probe_user_back() {
    let bench = Bench::start(Options::default()).await;
    let users = bench.users().await;
    let cancel = CancellationToken::new();
    let learning = bench.verifier.learn(&[], &cancel);
    let stop = async {
        while bench.verifier.journal.entries().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (learned, ()) = tokio::join!(learning, stop);
    assert_eq!(learned.unwrap_err().class, ErrorClass::Cancelled);
    assert_eq!(bench.users().await, users);
    assert_eq!(bench.verifier.journal.leftovers().unwrap(), []);
}
