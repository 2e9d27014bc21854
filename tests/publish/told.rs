//! What is told before a publication: what the deployed authorizer does, and what changes.

use super::*;
use mlwarden::probe::publish::{Answer, changes};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_deployed_authorizer_does_is_learned_from_its_own_answers() {
    let bench = Bench::start().await;
    let publisher = bench.publisher().await;
    let ready = bench.ready(&publisher).await;
    let answers = &ready.before.answers;
    assert_eq!(answers.len(), 5, "each group, all together, none");
    assert_eq!(answers.get(&Vec::new()), Some(&Answer::Crash));
    let told = changes(&ready.before, ready.publication.contract.as_ref().unwrap());
    let approvers = told
        .iter()
        .find(|told| told.group == "model-approvers")
        .unwrap();
    let delete = "DELETE /ajax-api/2.0/mlflow/model-versions/delete";
    assert!(
        approvers.loses.iter().any(|route| route == delete),
        "{approvers:?}"
    );
    let admins = told.iter().find(|told| told.group == "admins").unwrap();
    assert_eq!((admins.gains.len(), admins.loses.len()), (0, 0));
    assert!(ready.deployed.warnings().is_empty());

    bench.sandbox.world().apigateway.lock().authorizer_keeps = 300;
    let keeps = publisher.deployed(true, false).await.unwrap();
    assert!(keeps.warnings()[0].contains("300 seconds"));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_no_group_is_denied_by_the_drop_in_and_not_met_with_a_crash() {
    let bench = Bench::start().await;
    let (_, published) = bench.publish().await;
    let Published::Proved { after } = published.unwrap() else {
        panic!("it was rolled back");
    };
    let Some(Answer::Policy(policy)) = after.answers.get(&Vec::new()) else {
        panic!("{:?}", after.answers);
    };
    assert!(
        policy.contains("Deny") && !policy.contains("Allow"),
        "{policy}"
    );
}
