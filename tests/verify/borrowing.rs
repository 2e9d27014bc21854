//! What a verify borrows, and that it gives it back, however it ends.

use super::*;
use mlwarden::{plan::Borrowed, probe::Event};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_run_the_deployment_is_as_it_was() {
    let bench = Bench::start(Options::default()).await;
    let (users, trusts) = (bench.users().await, bench.trusts());
    let report = bench.run_all().await;
    assert!(report.not_given_back.is_empty());
    assert_eq!(bench.users().await, users);
    assert_eq!(bench.trusts(), trusts);
    assert_eq!(bench.verifier.journal.leftovers().unwrap(), []);
    assert!(
        bench.verifier.journal.entries().unwrap().len() >= 6,
        "three probe users and three trusts were recorded"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_gives_everything_back_and_keeps_what_it_saw() {
    let bench = Bench::start(Options::default()).await;
    let (users, trusts) = (bench.users().await, bench.trusts());
    let (events, mut told) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let watch = tokio::spawn(async move {
        while let Some(event) = told.recv().await {
            if matches!(event, Event::Cell(..)) {
                stop.cancel();
            }
        }
    });
    let report = bench
        .verifier
        .run(
            VerifyOptions {
                grant_trust: true,
                concurrency: 1,
                ..VerifyOptions::default()
            },
            events,
            cancel,
        )
        .await
        .unwrap();
    watch.await.unwrap();
    assert!(report.cancelled);
    assert!(report.cells.iter().any(|cell| cell.observed.is_some()));
    assert!(report.cells.iter().any(|cell| cell.observed.is_none()));
    assert_eq!(bench.users().await, users);
    assert_eq!(bench.trusts(), trusts);
    assert_eq!(bench.verifier.journal.leftovers().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_left_is_removed_by_the_next() {
    let bench = Bench::start(Options::default()).await;
    let users = bench.users().await;
    // A run that dies between making its user and deleting it: its future is dropped, as
    // nothing more is run after kill -9.
    let (events, mut told) = mpsc::unbounded_channel();
    let doomed = verifier(&bench.sandbox, bench.state.path()).await;
    let options = VerifyOptions {
        principals: vec![group("readers")],
        ..VerifyOptions::default()
    };
    {
        let run = doomed.run(options.clone(), events, CancellationToken::new());
        tokio::pin!(run);
        loop {
            tokio::select! {
                _ = &mut run => panic!("it ended before it was killed"),
                event = told.recv() => {
                    if matches!(event, Some(Event::Planned(_))) {
                        break;
                    }
                }
            }
        }
    }
    assert_eq!(bench.users().await, users + 1);
    assert_eq!(
        bench.verifier.journal.leftovers().unwrap(),
        [],
        "the other run's process still lives"
    );
    drop(doomed);
    let left = bench.verifier.journal.leftovers().unwrap();
    assert!(matches!(left[0].borrowed, Borrowed::ProbeUser { .. }));

    bench.run(options).await.unwrap();
    assert_eq!(bench.users().await, users);
    assert_eq!(bench.verifier.journal.leftovers().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_run_creates_nothing_and_says_what_stays_predicted() {
    let mut bench = Bench::start(Options::default()).await;
    bench.verifier.writes = WriteAccess::unless_read_only(true);
    let (users, trusts) = (bench.users().await, bench.trusts());
    let report = bench.run_all().await;
    assert_eq!((bench.users().await, bench.trusts()), (users, trusts));
    assert_eq!(bench.verifier.journal.entries().unwrap(), []);
    let readers: Vec<_> = report
        .cells
        .iter()
        .filter(|cell| cell.principal == group("readers"))
        .collect();
    assert!(!readers.is_empty());
    for cell in readers {
        assert!(cell.observed.is_none() && cell.predicted.is_some());
        assert!(cell.reason.contains("read-only"), "{}", cell.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_with_a_members_password_is_tested_live() {
    let mut bench = Bench::start(Options::default()).await;
    bench.verifier.writes = WriteAccess::unless_read_only(true);
    bench.password("mlflow-reader@example.com");
    let report = bench
        .run(VerifyOptions {
            principals: vec![group("readers")],
            ..VerifyOptions::default()
        })
        .await
        .unwrap();
    assert_eq!(
        observed(&report, &group("readers"), Method::Post, "runs/create"),
        Effect::Deny
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_stay_predicted_without_grant_trust_and_say_why() {
    let bench = Bench::start(Options::default()).await;
    let report = bench.run(VerifyOptions::default()).await.unwrap();
    let reader = role(&report, "readerrole");
    let create = cell(&report, &reader, Method::Post, "runs/create");
    assert!(create.observed.is_none());
    assert_eq!(create.predicted_effect(), Some(Effect::Deny));
    assert!(create.reason.contains("--grant-trust"), "{}", create.reason);
}
