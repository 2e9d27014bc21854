//! `can`, `who-can`, `why`, `matrix`: answers without a single request to the protected API.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn can_answers_by_its_exit_code() {
    let bench = Bench::start().await;
    let can = bench
        .run(&["can", "group:admins", "runs:write", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert!(
        items(&can, "cells")
            .iter()
            .all(|cell| cell["predicted"] == "allow")
    );
    let cannot = bench
        .run(&["can", "group:readers", "runs:write", "-o", "json"])
        .await
        .ends(1)
        .json();
    assert!(
        items(&cannot, "cells")
            .iter()
            .all(|cell| cell["predicted"] == "deny")
    );
    let all = bench.run(&["can", "group:readers"]).await.ends(0);
    assert!(all.out.contains("allow") && all.out.contains("deny"));
    assert_eq!(bench.users().await, 3, "nobody was made for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_names_groups_and_roles_by_permission_and_by_route() {
    let bench = Bench::start().await;
    let who = bench
        .run(&["who-can", "registered-models:register"])
        .await
        .ends(0);
    assert!(who.out.contains("group:model-approvers"), "{}", who.out);
    assert!(who.out.contains("adminrole"), "{}", who.out);
    assert!(!who.out.contains("group:readers"), "{}", who.out);
    let who = bench
        .run(&["who-can", "post /ajax-api/2.0/mlflow/runs/create"])
        .await
        .ends(0);
    assert!(who.out.contains("group:admins"), "{}", who.out);
    assert!(!who.out.contains("role:"), "{}", who.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_the_rule_that_decides() {
    let bench = Bench::start().await;
    let why = bench
        .run(&[
            "why",
            "group:readers",
            "POST",
            "/ajax-api/2.0/mlflow/runs/search",
        ])
        .await
        .ends(0);
    assert!(why.out.contains("rule for readers"), "{}", why.out);
    bench
        .run(&[
            "why",
            "group:readers",
            "POST",
            "/api/2.0/mlflow/runs/search",
        ])
        .await
        .ends(2)
        .says(&["/ajax-api/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_shown_and_checked_without_aws() {
    let mut bench = Bench::start().await;
    bench
        .environment
        .retain(|name, _| !name.starts_with("AWS_"));
    let shown = bench
        .run(&["matrix", "show", "-o", "json"])
        .await
        .ends(0)
        .json();
    let names: Vec<_> = items(&shown, "rows")
        .iter()
        .map(|row| &row["name"])
        .collect();
    assert_eq!(names, ["admin", "reader", "model-approver"]);
    bench
        .run(&["matrix", "check"])
        .await
        .ends(0)
        .says(&["3 rows"]);
    let check = bench
        .run(&["matrix", "check", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(check["check"]["rows"], 3);
}
