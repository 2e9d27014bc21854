//! `matrix upgrade`: what an upgrade of MLflow breaks and opens, before it is made.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_losses_and_gains_of_mlflow_3_are_told_without_a_write() {
    let bench = Bench::start().await;
    let ran = bench
        .run(&["--read-only", "matrix", "upgrade", "-o", "json"])
        .await
        .ends(1)
        .says(&[
            "before the upgrade: `mlwarden --mlflow-version 3.17.2 matrix publish`",
            "flown again with the proposal in effect: all 7 jobs that would be lost work",
        ]);
    let upgrade = ran.json()["upgrade"].clone();
    assert_eq!(
        (&upgrade["from"], &upgrade["to"], &upgrade["clear"]),
        (&"2.12.2".into(), &"3.17.2".into(), &false.into())
    );
    let mut lost: Vec<String> = items(&upgrade, "jobs")
        .iter()
        .filter(|job| job["lost"] == true)
        .map(|job| {
            format!(
                "{} {}",
                job["row"].as_str().unwrap(),
                job["job"].as_str().unwrap()
            )
        })
        .collect();
    lost.sort();
    assert_eq!(
        lost,
        [
            "model-approver load-run-model",
            "model-approver register-run-model",
            "model-approver ui-experiment",
            "model-approver ui-run",
            "reader load-run-model",
            "reader ui-experiment",
            "reader ui-run",
        ]
    );
    assert!(items(&upgrade, "gains").iter().any(|gain| {
        gain["principal"] == "group:readers"
            && gain["route"] == "GET /ajax-api/2.0/mlflow/webhooks"
            && gain["silent"] == true
    }));
    let table = bench.run(&["matrix", "upgrade"]).await.ends(1).out;
    for words in [
        "look at a run (UI)",
        "✗ lost",
        "POST /graphql",
        "webhooks:read",
    ] {
        assert!(table.contains(words), "{words} is not in:\n{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proposal_is_written_with_the_comments_kept() {
    let bench = Bench::start().await;
    let text = std::fs::read_to_string("assets/matrix.toml").unwrap();
    let file = bench.write("mine.toml", &text);
    let upgrade = ["--matrix", &file, "matrix", "upgrade", "--write"];
    let dry: Vec<&str> = upgrade.iter().copied().chain(["--dry-run"]).collect();
    bench.run(&dry).await.ends(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    bench
        .run(&[["--read-only"].as_slice(), &upgrade].concat())
        .await
        .ends(2);
    bench
        .run(&[["--yes"].as_slice(), &upgrade].concat())
        .await
        .ends(0)
        .says(&["wrote", "matrix publish"]);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("# The sample spells it so"), "{written}");
    assert!(written.contains("deny = ["), "{written}");
    // What is deployed is as it was, and so are the losses; the file has no more to learn.
    let again = bench
        .run(&["--matrix", &file, "matrix", "upgrade", "-o", "json"])
        .await
        .ends(1);
    let upgrade = again.json()["upgrade"].clone();
    assert_eq!(items(&upgrade["proposal"], "changes").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_that_runs_needs_no_upgrade() {
    let bench = Bench::start().await;
    bench
        .run(&["matrix", "upgrade", "--to", "2.13.0"])
        .await
        .ends(0)
        .says(&[
            "the routes of 2.12.2 stand for MLflow 2.13.0",
            "nothing to compare",
        ]);
}
