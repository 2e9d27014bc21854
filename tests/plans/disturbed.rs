//! Bad days: throttling, server errors and cut connections while thirty people join.

use mlwarden::{plan::Standing, sandbox::Options};

use crate::stage::{Stage, newcomer, steps_of};

/// How often somebody goes on with what failed, at most.
const RESUMES: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn thirty_people_join_on_a_bad_day() {
    let addresses: Vec<String> = (0..30)
        .map(|at| format!("new-{at:02}@example.com"))
        .collect();
    let newcomers: Vec<_> = addresses
        .iter()
        .map(|address| newcomer(address, &["readers"], true))
        .collect();
    let good = Stage::new().await;
    let plan = good.onboarding(&newcomers).await;
    assert_eq!(plan.items.len(), 30);
    good.complete(plan).await;
    let wanted = good.snapshot().await;

    let calm = Stage::new().await;
    let plan = calm.onboarding(&newcomers).await;
    let stage = Stage::with(Options {
        demo: true,
        faults: Some("throttle=0.2,error=0.05,cut=0.02,seed=11".parse().unwrap()),
        ..Options::default()
    })
    .await;
    let journal = stage.journal();
    let record = journal.plan(plan).unwrap();
    let (mut outcome, mut failures) = stage.run(journal, &record).await.unwrap();
    for _ in 0..RESUMES {
        // Whatever came of each item is on record.
        let found = stage.found(&record);
        for (at, item) in found.plan.items.iter().enumerate() {
            let failed = (0..item.steps.len())
                .filter_map(|step| found.step(at, step)?.failure.clone())
                .count();
            let expected = usize::from(failures.contains_key(&item.subject));
            assert_eq!(failed, expected, "{}", item.subject);
            assert_eq!(found.is_item_done(at), failed == 0);
        }
        assert_eq!(outcome.done + outcome.failed, 30);
        if outcome.is_complete() {
            break;
        }
        (outcome, failures) = stage.resume(&record).await;
    }
    assert!(outcome.is_complete(), "{failures:?}");
    let found = stage.found(&record);
    assert_eq!(found.standing(), Standing::Done);
    for (item, step) in steps_of(&found.plan) {
        let step = found.step(item, step).unwrap();
        assert!(step.done_at.is_some() && step.ours && step.failure.is_none());
    }
    assert_eq!(stage.snapshot().await, wanted);
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    stage.assert_told(&addresses).await;
}
