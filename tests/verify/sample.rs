//! The sample as deployed: its promises, its labs, its over-grants.

use std::collections::BTreeSet;

use super::*;
use mlwarden::{
    domain::AuthScheme,
    probe::{Layer, Verdict},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_of_the_untouched_sample_is_proved_and_nothing_drifts() {
    let bench = Bench::start(Options::default()).await;
    let before = bench.sandbox.world().mlflow.lock().fingerprint();
    let report = bench.run_all().await;

    let undecided: Vec<_> = report
        .cells
        .iter()
        .filter(|cell| cell.observed_effect().is_none())
        .map(|cell| {
            format!(
                "{} {} {}: {}",
                cell.principal, cell.method, cell.path, cell.reason
            )
        })
        .collect();
    assert_eq!(undecided, Vec::<String>::new());
    let drifting: Vec<_> = report.cells.iter().filter(|cell| cell.drifts()).collect();
    assert_eq!(drifting, Vec::<&Cell>::new());
    assert_eq!(report.summary.inconclusive, 0, "{:?}", report.notes);
    assert_eq!(
        before,
        bench.sandbox.world().mlflow.lock().fingerprint(),
        "a probe changed MLflow's data"
    );
    let principals: BTreeSet<String> = report
        .cells
        .iter()
        .map(|cell| cell.principal.to_string())
        .collect();
    assert_eq!(principals.len(), 7, "{principals:?}");
    assert!(report.cells.iter().all(|cell| {
        cell.principal != Principal::Anonymous || cell.observed_effect() == Some(Effect::Deny)
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_labs_hold_with_tokens_and_with_signatures() {
    let bench = Bench::start(Options::default()).await;
    let report = bench.run_all().await;
    let admin = [group("admins"), role(&report, "adminrole")];
    let reader = [group("readers"), role(&report, "readerrole")];
    let approver = [group("model-approvers"), role(&report, "modelaprov")];

    let create = [
        "runs/create",
        "registered-models/create",
        "model-versions/create",
        "model-versions/transition-stage",
    ];
    for (who, allowed) in [
        (&admin, &create[..]),
        (&reader, &[][..]),
        (&approver, &create[1..]),
    ] {
        for principal in who {
            for operation in create {
                let expected = if allowed.contains(&operation) {
                    Effect::Allow
                } else {
                    Effect::Deny
                };
                let seen = observed(&report, principal, Method::Post, operation);
                assert_eq!(seen, expected, "{principal} {operation}");
            }
            for (method, operation) in [
                (Method::Post, "runs/search"),
                (Method::Post, "experiments/search"),
                (Method::Get, "registered-models/get"),
            ] {
                let seen = observed(&report, principal, method, operation);
                assert_eq!(seen, Effect::Allow, "{principal} {operation}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_schemes_disagree_for_approvers_is_found() {
    let bench = Bench::start(Options::default()).await;
    let report = bench.run_all().await;
    let (token, session) = (group("model-approvers"), role(&report, "modelaprov"));
    for (method, operation) in [
        (Method::Patch, "model-versions/update"),
        (Method::Delete, "model-versions/delete"),
        (Method::Delete, "model-versions/delete-tag"),
    ] {
        let by_token = cell(&report, &token, method, operation);
        assert_eq!(by_token.verdict, Verdict::OverGranted, "{operation}");
        assert_eq!(observed(&report, &session, method, operation), Effect::Deny);
    }
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.id == "schemes-disagree" && finding.subject.contains("approver"))
        .expect("the disagreement is a finding");
    let evidence = finding.evidence.join("\n");
    for operation in [
        "PATCH mlflow/model-versions/update",
        "DELETE mlflow/model-versions/delete",
        "DELETE mlflow/model-versions/delete-tag",
    ] {
        assert!(evidence.contains(operation), "{evidence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_refused_is_told_apart() {
    let bench = Bench::start(Options::default()).await;
    let report = bench.run_all().await;
    let layer = |principal: &Principal, operation| {
        let cell = cell(&report, principal, Method::Post, operation);
        cell.observed.as_ref().unwrap().layer
    };
    assert_eq!(layer(&group("readers"), "runs/create"), Layer::Gateway);
    assert_eq!(
        layer(&role(&report, "readerrole"), "runs/create"),
        Layer::Iam
    );
    assert_eq!(layer(&group("admins"), "runs/create"), Layer::Mlflow);
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_in_two_groups_is_only_a_reader() {
    let mut bench = Bench::start(Options {
        demo: true,
        ..Options::default()
    })
    .await;
    let (both, _) = people(&bench).await;
    bench.password(&both);
    let report = bench
        .run(VerifyOptions {
            principals: vec![user(&both)],
            ..VerifyOptions::default()
        })
        .await
        .unwrap();
    let register = cell(
        &report,
        &user(&both),
        Method::Post,
        "registered-models/create",
    );
    assert_eq!(
        register.verdict,
        Verdict::UnderGranted,
        "{}",
        register.reason
    );
    let search = cell(&report, &user(&both), Method::Post, "runs/search");
    assert_eq!(search.verdict, Verdict::Ok, "{}", search.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_group_it_is_a_deny_by_crash_and_a_finding() {
    let mut bench = Bench::start(Options {
        demo: true,
        ..Options::default()
    })
    .await;
    let (_, nobody) = people(&bench).await;
    bench.password(&nobody);
    let report = bench
        .run(VerifyOptions {
            principals: vec![user(&nobody)],
            ..VerifyOptions::default()
        })
        .await
        .unwrap();
    let search = cell(&report, &user(&nobody), Method::Post, "runs/search");
    let seen = search.observed.as_ref().unwrap();
    assert_eq!(
        (seen.status, seen.effect, seen.layer),
        (Some(500), Some(Effect::Deny), Layer::Authorizer)
    );
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.id == "denied-by-crash")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn options_narrow_the_run() {
    let bench = Bench::start(Options::default()).await;
    let report = bench
        .run(VerifyOptions {
            principals: vec![group("readers")],
            permission: Some("registered-models:*".to_owned()),
            scheme: Some(AuthScheme::Bearer),
            ..VerifyOptions::default()
        })
        .await
        .unwrap();
    assert!(!report.cells.is_empty());
    assert!(report.cells.iter().all(|cell| {
        cell.principal == group("readers") && cell.permission.starts_with("registered-models:")
    }));
}

/// Of the demo's people: one in readers and model-approvers, one in no group at all.
async fn people(bench: &Bench) -> (String, String) {
    let cognito = &bench.verifier.cloud.cognito;
    let pool = &bench
        .verifier
        .deployment
        .user_pool_id
        .as_ref()
        .unwrap()
        .value;
    let (mut both, mut nobody) = (None, None);
    for person in cognito.users_page(pool, None, None).await.unwrap().items {
        if person.status.as_str() != "CONFIRMED" || !person.enabled {
            continue;
        }
        let groups = cognito.groups_of(pool, &person.username).await.unwrap();
        let email = person.label().to_owned();
        match groups.len() {
            0 => nobody = Some(email),
            2 => both = Some(email),
            _ => {}
        }
    }
    (both.unwrap(), nobody.unwrap())
}
