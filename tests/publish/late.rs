//! An update that arrives at AWS after it was given up: it is refused, since the function has
//! another revision by then.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

fn is_update(name: &str) -> bool {
    name.starts_with("PUT ") && name.ends_with("/code")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_is_given_up_and_arrives_later_is_refused() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let handed = AtomicBool::new(false);
    let given_up = AtomicBool::new(false);
    bench.relay.decide(move |name, _| {
        if is_update(name) && !given_up.load(Ordering::SeqCst) {
            handed.store(true, Ordering::SeqCst);
            return Fate::Late;
        }
        if handed.load(Ordering::SeqCst) {
            given_up.store(true, Ordering::SeqCst);
        }
        Fate::Pass
    });
    let Published::RolledBack {
        failure: Some(failure),
        back,
        ..
    } = run(&publisher, &ready).await.unwrap()
    else {
        panic!("it counts as proved");
    };
    assert_eq!(failure.class, ErrorClass::Unavailable, "{failure}");
    assert_eq!(back, Ok(()));
    assert_eq!(bench.deployed(), old);
    let answers = bench.relay.deliver().await;
    assert!(!answers.is_empty());
    assert!(answers.iter().all(|status| *status == 412), "{answers:?}");
    assert_eq!(bench.deployed(), old);
    drop(publisher);
    assert_eq!((bench.owed(), bench.open_plans()), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_killed_process_that_arrives_later_is_refused() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    bench.relay.decide(|name, _| {
        if is_update(name) {
            Fate::DiesBefore
        } else {
            Fate::Pass
        }
    });
    let process = tokio::spawn(async move { run(&publisher, &ready).await.map(drop) });
    bench.relay.died().await;
    process.abort();
    let _ = process.await;
    bench.relay.decide(|_, _| Fate::Pass);
    let next = bench.publisher().await;
    assert_eq!(next.verifier.tidy().await.unwrap(), []);
    assert_eq!(bench.relay.deliver().await, [412]);
    assert_eq!(bench.deployed(), old);
    drop(next);
    assert_eq!((bench.owed(), bench.open_plans()), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_lambda_ends_when_it_is_stopped() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    // As long as nobody stops it, the update goes on for ever.
    let world = std::sync::Arc::clone(bench.sandbox.world());
    world.lambda.lock().takes = SignedDuration::from_hours(1);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let looks = AtomicUsize::new(0);
    bench.relay.decide(move |name, _| {
        let mut lambda = world.lambda.lock();
        if is_update(name) {
            looks.store(1, Ordering::SeqCst);
        } else if name.ends_with("/configuration")
            && looks.load(Ordering::SeqCst) > 0
            && looks.fetch_add(1, Ordering::SeqCst) == 2
        {
            stop.cancel();
            // Somebody else's patience is not tried.
            lambda.takes = SignedDuration::ZERO;
            let now = world.clock.now();
            let there = lambda.package();
            lambda.deploy(there, now);
        }
        Fate::Pass
    });
    let published = publisher.publish(&ready.publication, &ready.before, &cancel, &quiet);
    let Published::RolledBack {
        failure: Some(failure),
        back,
        ..
    } = published.await.unwrap()
    else {
        panic!("it went on");
    };
    assert_eq!(failure.class, ErrorClass::Cancelled, "{failure}");
    assert_eq!((back, bench.deployed()), (Ok(()), old));
}
