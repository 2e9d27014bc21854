//! A fault at every call of a publication: whatever it is, either the new package is proved, or
//! the old one is in effect again, bit for bit.

use super::*;

/// The calls until the package is in effect, and the first of its proof.
const UNTIL_PROOF: usize = 7;

/// The calls that are disturbed: every one until the proof begins, then some of it.
fn places(calls: usize) -> Vec<usize> {
    (0..UNTIL_PROOF)
        .chain((UNTIL_PROOF..calls).step_by(67))
        .collect()
}

/// How many calls a publication takes that nothing disturbs.
async fn calls() -> usize {
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    bench.relay.decide(|_, _| Fate::Pass);
    run(&publisher, &ready).await.unwrap();
    bench.relay.names().len()
}

/// Publishes with one call disturbed.
async fn disturbed(fate: Fate, place: usize) {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    bench
        .relay
        .decide(move |_, before| if before == place { fate } else { Fate::Pass });
    let published = run(&publisher, &ready).await;
    let names = bench.relay.names();
    let at = format!("{fate:?} at {place}, {:?}", names.get(place));
    let wanted = match &published {
        Ok(Published::Proved { .. }) => &ready.publication.after,
        Ok(Published::RolledBack { back, .. }) => {
            assert_eq!(*back, Ok(()), "{at}");
            &old
        }
        Err(_) => &old,
    };
    assert_eq!(bench.deployed(), *wanted, "{at}: {published:?}");
    drop(publisher);
    // The next run has nothing of the authorizer's to give back.
    let owed = bench.owed();
    let publications = owed
        .iter()
        .filter(|borrowed| matches!(borrowed, Borrowed::UnprovenPublication { .. }));
    assert_eq!(publications.count(), 0, "{at}: {owed:?}");
    assert_eq!(bench.open_plans(), Vec::<String>::new(), "{at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_denied_leaves_the_old_package_or_a_proved_one() {
    for place in places(calls().await) {
        disturbed(Fate::Denied, place).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_leaves_the_old_package_or_a_proved_one() {
    for place in places(calls().await) {
        disturbed(Fate::Lost, place).await;
    }
}

/// Publishes until the process dies in the middle of a call; then the next one comes.
async fn killed(fate: Fate, place: usize) {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let new = ready.publication.after.clone();
    bench
        .relay
        .decide(move |_, before| if before == place { fate } else { Fate::Pass });
    let process = tokio::spawn(async move { run(&publisher, &ready).await.map(drop) });
    let over = process.abort_handle();
    tokio::select! {
        () = bench.relay.died() => over.abort(),
        () = tokio::time::sleep(std::time::Duration::from_mins(1)) => panic!("it did not die"),
    }
    assert!(process.await.unwrap_err().is_cancelled());
    let at = format!("{fate:?} at {place}, {:?}", bench.relay.names().get(place));
    bench.relay.decide(|_, _| Fate::Pass);
    let next = bench.publisher().await;
    assert_eq!(next.verifier.tidy().await.unwrap(), [], "{at}");
    assert_eq!(bench.deployed(), old, "{at}");
    let now = next
        .verifier
        .cloud
        .lambda
        .configuration(&State::arn())
        .await;
    assert_eq!(now.unwrap().last_update, LastUpdate::Successful, "{at}");
    drop(next);
    assert_eq!((bench.owed(), bench.open_plans()), (vec![], vec![]), "{at}");
    assert_eq!(bench.users().await, 3, "{at}");
    // What was killed can be published anew.
    assert_ne!(old, new);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_is_put_back_by_the_next_one() {
    let calls = calls().await;
    for place in places(calls) {
        killed(Fate::DiesAfter, place).await;
        if place < UNTIL_PROOF {
            killed(Fate::DiesBefore, place).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_of_a_killed_process_is_not_gone_on_with() {
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    bench.relay.decide(|name, _| {
        if name.ends_with("/code") {
            Fate::DiesBefore
        } else {
            Fate::Pass
        }
    });
    let process = tokio::spawn(async move { run(&publisher, &ready).await.map(drop) });
    bench.relay.died().await;
    process.abort();
    let _ = process.await;
    let journal = Journal::open(bench.state.path()).unwrap();
    let [record] = <[_; 1]>::try_from(journal.plans().unwrap()).unwrap();
    assert_eq!(record.standing(), Standing::Unfinished);
    let refused = journal.take_up(record.plan.id).unwrap_err();
    assert_eq!(refused.class, ErrorClass::Conflict);
    assert!(refused.message.contains("publish again"), "{refused}");
}
