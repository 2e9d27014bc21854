//! Any interleaving of running, being cut off and going on ends where an uninterrupted run
//! ends, and taking that back ends where it all began.

use mlwarden::plan::{Plan, PlanRecord, Standing, offboard::Leaving};
use proptest::{prelude::*, sample::select, test_runner::TestCaseError};
use tokio::runtime::Runtime;

use crate::stage::{Cut, Stage, TWO, two};

/// Somebody of the sample.
const LEAVING: [&str; 2] = [
    "mlflow-reader@example.com",
    "mlflow-model-approver@example.com",
];
/// More than a plan here has of steps.
const STEPS: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Job {
    Join,
    /// As much of it as can be taken back.
    Leave,
}

impl Job {
    async fn plan(self, stage: &Stage) -> Plan {
        match self {
            Self::Join => stage.onboarding(&two()).await,
            Self::Leave => {
                let leaving = Leaving {
                    groups: true,
                    ..Leaving::default()
                };
                stage.offboarding(&LEAVING, leaving).await
            }
        }
    }
}

/// One run that may be cut off: at which item's step, and how.
type Crash = (usize, usize, Cut);

fn crashes() -> impl Strategy<Value = Vec<Crash>> {
    let cut = select(vec![Cut::Before, Cut::Announced, Cut::Made]);
    proptest::collection::vec((0..2_usize, 0..STEPS, cut), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_interleaving_ends_as_an_uninterrupted_run_and_is_taken_back(
        job in select(vec![Job::Join, Job::Leave]),
        forth in crashes(),
        back in crashes(),
    ) {
        Runtime::new().unwrap().block_on(async {
            let whole = Stage::new().await;
            whole.complete(job.plan(&whole).await).await;
            let wanted = whole.snapshot().await;

            let stage = Stage::new().await;
            let before = stage.snapshot().await;
            let plan = job.plan(&stage).await;
            let record = interrupted(&stage, plan, &forth).await;
            prop_assert_eq!(stage.snapshot().await, wanted);
            if matches!(job, Job::Join) {
                stage.assert_told(&TWO).await;
            }
            let (undo, kept) = record.inverse();
            let word = match job {
                Job::Join => "sets a temporary password",
                Job::Leave => "ends the sessions",
            };
            prop_assert!(kept.iter().all(|kept| kept.starts_with(word)), "{:?}", kept);
            interrupted(&stage, undo, &back).await;
            prop_assert_eq!(stage.snapshot().await, before);
            prop_assert_eq!(stage.found(&record).standing(), Standing::Undone);
            Ok::<(), TestCaseError>(())
        })?;
    }
}

/// Runs a plan through its crashes to its end.
async fn interrupted(stage: &Stage, plan: Plan, crashes: &[Crash]) -> PlanRecord {
    let mut record = stage.journal().plan(plan).unwrap();
    for &(item, step, cut) in crashes {
        let left = stage.found(&record);
        let item = item % left.plan.items.len();
        let steps = left.plan.items[item].steps.len();
        // A step that is made is not come by again.
        if left.is_done(item, step % steps) || left.standing() == Standing::Done {
            continue;
        }
        stage
            .cut_off(stage.journal(), &left, (item, step % steps), cut)
            .await;
    }
    if stage.found(&record).standing() != Standing::Done {
        let (outcome, failures) = stage.resume(&record).await;
        assert!(outcome.is_complete(), "{failures:?}");
    }
    record = stage.found(&record);
    assert_eq!(record.standing(), Standing::Done);
    record
}
