//! A deployment that somebody has changed: the verify says so.

use super::*;
use mlwarden::{access::authorizer::Rule, probe::Verdict};

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_added_to_the_authorizer_shows_as_over_granted() {
    let bench = Bench::start(Options::default()).await;
    for rules in &mut bench.sandbox.world().gateway.lock().contract.groups {
        if rules.name == "readers" {
            rules.allow.push(Rule {
                method: "POST".to_owned(),
                path: "/ajax-api/2.0/mlflow/registered-models/create".to_owned(),
            });
        }
    }
    let report = bench.run_all().await;
    let register = cell(
        &report,
        &group("readers"),
        Method::Post,
        "registered-models/create",
    );
    assert_eq!(register.verdict, Verdict::OverGranted);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.id == "over-granted" && finding.subject == "group:readers")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_added_to_a_role_shows_as_over_granted() {
    let bench = Bench::start(Options::default()).await;
    let name = {
        let mut iam = bench.sandbox.world().iam.lock();
        let name = iam
            .role_names()
            .find(|name| name.contains("readerrole"))
            .unwrap()
            .to_owned();
        iam.put_role_policy(
            &name,
            "more",
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"execute-api:*","Resource":"arn:aws:execute-api:*:*:*/*/POST/api/2.0/mlflow/runs/create"}}"#,
        );
        name
    };
    let report = bench.run_all().await;
    let create = cell(&report, &Principal::Role(name), Method::Post, "runs/create");
    assert_eq!(create.verdict, Verdict::OverGranted);
    let predicted = create.predicted.as_ref().unwrap();
    assert!(
        predicted.explain().contains("more"),
        "{}",
        predicted.explain()
    );
}
