//! Every step boundary: whoever goes on there ends where an uninterrupted run ends.

use mlwarden::plan::{Plan, Standing, Step, offboard::Leaving};
use rstest::rstest;

use crate::stage::{Cut, Snapshot, Stage, TWO, steps_of, two};

/// Somebody of the sample who has apps and a space.
const LEAVING: [&str; 2] = ["mlflow-admin@example.com", "mlflow-reader@example.com"];

async fn joining(stage: &Stage) -> Plan {
    stage.onboarding(&two()).await
}

async fn leaving(stage: &Stage) -> Plan {
    stage.offboarding(&LEAVING, Leaving::EVERYTHING).await
}

#[rstest]
#[case(Cut::Before)]
#[case(Cut::Announced)]
#[case(Cut::Made)]
#[tokio::test]
async fn an_onboarding_that_is_cut_off_anywhere_is_gone_on_with(#[case] cut: Cut) {
    let whole = Stage::new().await;
    let before = whole.snapshot().await;
    let plan = joining(&whole).await;
    let calls: Vec<_> = plan.items[0].steps.iter().map(Step::call).collect();
    assert_eq!(
        calls,
        [
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminSetUserPassword",
            "cognito-idp:AdminAddUserToGroup",
            "cognito-idp:AdminAddUserToGroup",
            "sagemaker:CreateUserProfile"
        ]
    );
    whole.complete(plan.clone()).await;
    whole.assert_told(&TWO).await;
    let wanted = whole.snapshot().await;
    assert_eq!(wanted.users.len(), before.users.len() + 2);
    assert_eq!(wanted.profiles.len(), before.profiles.len() + 2);

    for at in steps_of(&plan) {
        let stage = Stage::new().await;
        let plan = joining(&stage).await;
        let reached = cut_and_resumed(&stage, plan, at, cut).await;
        assert_eq!(reached, wanted, "{cut:?} {at:?}");
        stage.assert_told(&TWO).await;
    }
}

#[rstest]
#[case(Cut::Before)]
#[case(Cut::Announced)]
#[case(Cut::Made)]
#[tokio::test]
async fn an_offboarding_that_is_cut_off_anywhere_is_gone_on_with(#[case] cut: Cut) {
    let whole = Stage::new().await;
    let plan = leaving(&whole).await;
    let owner = plan.items.iter().find(|item| item.subject == LEAVING[0]);
    let mut calls: Vec<_> = owner.unwrap().steps.iter().map(Step::call).collect();
    calls.dedup();
    assert_eq!(
        calls,
        [
            "cognito-idp:AdminDisableUser",
            "cognito-idp:AdminUserGlobalSignOut",
            "cognito-idp:AdminRemoveUserFromGroup",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteSpace",
            "sagemaker:DeleteUserProfile",
            "cognito-idp:AdminDeleteUser"
        ]
    );
    whole.complete(plan.clone()).await;
    let wanted = whole.snapshot().await;
    for address in LEAVING {
        assert!(!wanted.users.contains_key(address));
    }
    assert!(wanted.spaces.is_empty());

    for at in steps_of(&plan) {
        let stage = Stage::new().await;
        let plan = leaving(&stage).await;
        let reached = cut_and_resumed(&stage, plan, at, cut).await;
        assert_eq!(reached, wanted, "{cut:?} {at:?}");
    }
}

async fn cut_and_resumed(stage: &Stage, plan: Plan, at: (usize, usize), cut: Cut) -> Snapshot {
    let journal = stage.journal();
    let record = journal.plan(plan).unwrap();
    assert!(stage.cut_off(journal, &record, at, cut).await, "{at:?}");
    let left = stage.found(&record);
    assert_eq!(left.standing(), Standing::Unfinished, "{cut:?} {at:?}");
    assert!(!left.is_done(at.0, at.1));
    let (outcome, failures) = stage.resume(&record).await;
    assert!(outcome.is_complete(), "{cut:?} {at:?}: {failures:?}");
    assert_eq!(stage.found(&record).standing(), Standing::Done);
    stage.snapshot().await
}
