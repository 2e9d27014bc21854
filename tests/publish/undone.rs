//! A publication taken back: proved like any other, and put back where it made things worse.

use mlwarden::{domain::Principal, plan::PlanRecord, probe::evidence::Evidence};

use super::*;

/// The newest publication of the journal.
fn newest(bench: &Bench) -> PlanRecord {
    let journal = Journal::open(bench.state.path()).unwrap();
    journal.plans().unwrap().pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_proved_and_stands_as_undone() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let (_, published) = bench.publish().await;
    published.unwrap();
    let record = newest(&bench);
    let publisher = bench.publisher().await;
    let deployed = publisher.deployed(false, true).await.unwrap();
    let undoing = publisher.undoing(&deployed, &record).await.unwrap();
    assert_eq!(undoing.after, old);
    let groups = publisher.groups().await.unwrap();
    let cancel = CancellationToken::new();
    let before = publisher.look(&groups, &cancel, &quiet).await.unwrap();
    bench.relay.decide(|_, _| Fate::Pass);
    let undone = publisher.publish(&undoing, &before, &cancel, &quiet).await;
    let Published::Proved { after } = undone.unwrap() else {
        panic!("it was put back");
    };
    assert!(!after.report.cells.is_empty());
    let asked = bench.relay.names();
    assert!(
        asked.iter().any(|name| name.contains("/authorizers/")),
        "{asked:?}"
    );
    assert_eq!(bench.deployed(), old);
    let journal = Journal::open(bench.state.path()).unwrap();
    let again = journal.find_plan(&record.plan.id.to_string()).unwrap();
    assert_eq!(again.standing(), Standing::Undone);
    // What is deployed by then is nobody's to undo.
    bench.deploy(EMPTY);
    let other = publisher.deployed(false, true).await.unwrap();
    let refused = publisher.undoing(&other, &record).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_proved_leaves_the_publication_in_effect() {
    let bench = Bench::start().await;
    let old = bench.deployed();
    let (ready, published) = bench.publish().await;
    published.unwrap();
    let record = newest(&bench);
    let publisher = bench.publisher().await;
    let deployed = publisher.deployed(false, true).await.unwrap();
    let undoing = publisher.undoing(&deployed, &record).await.unwrap();
    let groups = publisher.groups().await.unwrap();
    let cancel = CancellationToken::new();
    let before = publisher.look(&groups, &cancel, &quiet).await.unwrap();
    let world = std::sync::Arc::clone(bench.sandbox.world());
    bench.relay.decide(move |name, _| {
        let is_old = sha256(&world.lambda.lock().package()) == old;
        if name == "AdminCreateUser" && is_old {
            Fate::Denied
        } else {
            Fate::Pass
        }
    });
    let undone = publisher.publish(&undoing, &before, &cancel, &quiet).await;
    let Published::RolledBack { back, .. } = undone.unwrap() else {
        panic!("it counts as proved");
    };
    assert_eq!(back, Ok(()));
    assert_eq!(bench.deployed(), ready.publication.after);
    let journal = Journal::open(bench.state.path()).unwrap();
    let again = journal.find_plan(&record.plan.id.to_string()).unwrap();
    assert_eq!(again.standing(), Standing::Done, "it is in effect again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_live_is_kept_as_evidence() {
    let bench = Bench::start().await;
    let (_, published) = bench.publish().await;
    let Published::Proved { after } = published.unwrap() else {
        panic!("it was rolled back");
    };
    let publisher = bench.publisher().await;
    let deployment = &publisher.verifier.deployment;
    let evidence = Evidence::read(bench.state.path(), deployment).unwrap();
    let readers = Principal::Group("readers".to_owned());
    let cells = after.report.cells.iter();
    let own: Vec<_> = cells.filter(|cell| cell.principal == readers).collect();
    assert!(!own.is_empty());
    for cell in own {
        let seen = evidence.of(cell).map(|seen| seen.effect);
        assert_eq!(seen, cell.observed_effect(), "{cell:?}");
    }
}
