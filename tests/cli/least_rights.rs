//! `iam-policy`: what it prints is enough.

use super::*;

/// A bench for a user who has exactly the policy that the program prints.
async fn with_printed_policy(arguments: &[&str]) -> Bench {
    let bench = Bench::start().await;
    let policy = bench.run(arguments).await.ends(0).out;
    bench.used_by("least", &policy)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_policy_is_enough_for_a_live_verify_of_everybody() {
    let bench = with_printed_policy(&["iam-policy"]).await;
    bench.run(&["discover"]).await.ends(0);
    let trusts = bench.trusts();
    let report = bench
        .run(&[
            "verify",
            "--grant-trust",
            "--yes",
            "--permission",
            "registered-models:*",
            "-o",
            "json",
        ])
        .await
        .ends(1)
        .json();
    for cell in items(&report, "cells") {
        assert!(!cell["observed"].is_null(), "{cell:#}");
        assert!(!cell["predicted"].is_null(), "{cell:#}");
    }
    assert_eq!(report["not_given_back"], serde_json::json!([]));
    assert_eq!((bench.users().await, bench.trusts()), (3, trusts));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smaller_policy_is_enough_to_read_and_predict_and_for_no_more() {
    let bench = with_printed_policy(&["iam-policy", "--read-only"]).await;
    bench.run(&["discover"]).await.ends(0);
    bench.run(&["doctor"]).await.ends(0);
    for list in ["users", "groups", "roles"] {
        bench.run(&[list, "list"]).await.ends(0);
    }
    bench
        .run(&["users", "show", "mlflow-reader@example.com"])
        .await
        .ends(0);
    bench.run(&["groups", "show", "readers"]).await.ends(0);
    let report = bench
        .run(&["verify", "--predicted-only", "-o", "json"])
        .await
        .json();
    let simulated = bench
        .run(&["verify", "--predicted-only", "--simulate", "-o", "json"])
        .await;
    assert!(
        !simulated.err.contains("cannot be simulated"),
        "{}",
        simulated.err
    );
    for report in [report, simulated.json()] {
        for cell in items(&report, "cells") {
            assert!(!cell["predicted"].is_null(), "{cell:#}");
        }
    }
    // A live verify finds out what is missing, and says it.
    bench
        .run(&["verify", "--as", "group:readers"])
        .await
        .says(&["cognito-idp:AdminCreateUser"]);
    assert_eq!(bench.users().await, 3);
}
