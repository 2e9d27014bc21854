//! What is refused before anything is changed.

use super::*;
use mlwarden::plan::PackageStore;

#[tokio::test(flavor = "multi_thread")]
async fn a_package_of_another_shape_is_refused_and_a_copy_is_kept() {
    let bench = Bench::start().await;
    let theirs = bench.deploy(EMPTY);
    let publisher = bench.publisher().await;
    let deployed = publisher.deployed(false, false).await.unwrap();
    let catalog = Catalog::for_version("2.12.2");
    let refused = publisher.publication(&deployed, &catalog).unwrap_err();
    assert_eq!(refused.class, ErrorClass::Invalid);
    assert!(refused.message.contains("it has no index.py"), "{refused}");
    let kept = PackageStore::of(bench.state.path()).list();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].sha256, theirs);
    assert_eq!(bench.deployed(), theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_and_an_image_are_refused_and_a_failed_update_must_be_mended_first() {
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    let world = bench.sandbox.world();
    world.apigateway.lock().authorizer_qualifier = Some("live".to_owned());
    let alias = publisher.deployed(false, false).await.unwrap_err();
    assert!(alias.message.contains("alias live"), "{alias}");
    world.apigateway.lock().authorizer_qualifier = None;

    world.lambda.lock().settings.image = true;
    let image = publisher.deployed(false, false).await.unwrap_err();
    assert!(image.message.contains("container image"), "{image}");
    world.lambda.lock().settings.image = false;

    let old = bench.deployed();
    world.lambda.lock().next_fails = true;
    let lambda = &publisher.verifier.cloud.lambda;
    let writes = WriteAccess::unless_read_only(false).unwrap();
    publisher.deployed(false, false).await.unwrap();
    lambda
        .publish_version(&writes, &State::arn(), &old)
        .await
        .unwrap();
    lambda
        .update_code(&writes, &State::arn(), EMPTY, None)
        .await
        .unwrap();
    let failed = publisher.deployed(false, false).await.unwrap_err();
    assert!(failed.message.contains("last update"), "{failed}");
    assert!(failed.next_step().contains("matrix rollback"), "{failed}");
    let deployed = publisher.deployed(false, true).await.unwrap();
    let history = publisher.history(&State::arn()).await.unwrap();
    let past = publisher.meant(&history, "1").unwrap();
    let restoration = publisher.restoration(&deployed, past).await.unwrap();
    let cancel = CancellationToken::new();
    let groups = publisher.groups().await.unwrap();
    let before = publisher.look(&groups, &cancel, &quiet).await.unwrap();
    let mended = publisher
        .publish(&restoration, &before, &cancel, &quiet)
        .await;
    assert!(matches!(mended, Ok(Published::Proved { .. })), "{mended:?}");
    assert_eq!(bench.deployed(), old);
    publisher.deployed(false, false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorizer_that_may_not_be_asked_stops_it_before_anything_is_borrowed() {
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    bench.relay.decide(|name, _| {
        if name.starts_with("POST /restapis/") {
            Fate::Denied
        } else {
            Fate::Pass
        }
    });
    let denied = publisher.may_ask().await.unwrap_err();
    assert!(
        matches!(denied.class, ErrorClass::Denied { .. }),
        "{denied}"
    );
    let failed = ready(&publisher).await.err().unwrap();
    assert!(
        matches!(failed.class, ErrorClass::Denied { .. }),
        "{failed}"
    );
    assert_eq!((bench.owed(), bench.users().await), (vec![], 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorizer_that_may_not_be_asked_afterwards_is_put_back() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let world = std::sync::Arc::clone(bench.sandbox.world());
    let before = old.clone();
    bench.relay.decide(move |name, _| {
        let new = sha256(&world.lambda.lock().package()) != before;
        if new && name.starts_with("POST /restapis/") {
            Fate::Denied
        } else {
            Fate::Pass
        }
    });
    let Published::RolledBack {
        failure: Some(failure),
        back: Ok(()),
        ..
    } = run(&publisher, &ready).await.unwrap()
    else {
        panic!("it counts as proved");
    };
    assert!(
        matches!(failure.class, ErrorClass::Denied { .. }),
        "{failure}"
    );
    assert_eq!(bench.deployed(), old);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_run_borrows_and_changes_nothing() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let mut read_only = publisher.clone();
    read_only.verifier.writes = None;
    let before = bench.owed();
    let refused = run(&read_only, &ready).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::ReadOnly);
    let cancel = CancellationToken::new();
    let groups = &ready.before.groups;
    let look = read_only.look(groups, &cancel, &quiet).await.unwrap_err();
    assert_eq!(look.class, ErrorClass::ReadOnly);
    assert_eq!((bench.deployed(), bench.owed()), (old, before));
    assert_eq!(bench.users().await, 3);
}
