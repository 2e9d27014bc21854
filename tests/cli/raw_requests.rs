//! `mlflow request`s that may change something: recorded before they are sent, with what came of
//! them after.

use super::*;

impl Bench {
    /// The only plan of the journal, as it is listed.
    async fn only_plan(&self) -> Value {
        let listed = self
            .run(&["journal", "list", "-o", "json"])
            .await
            .ends(0)
            .json();
        let plans: Vec<&Value> = items(&listed, "entries")
            .iter()
            .filter(|entry| entry["title"].is_string())
            .collect();
        assert_eq!(plans.len(), 1, "{listed:#}");
        plans[0].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_what_came_of_it_stand_in_the_journal() {
    let bench = Bench::start().await;
    let body = r#"{"name":"mine","tags":[{"key":"api-token","value":"hunter2"}]}"#;
    let request = [
        "request",
        "POST",
        "mlflow/registered-models/create",
        "--data",
        body,
        "--yes",
    ];
    bench.mlflow("group:admins", &request).await.ends(0);
    let plan = bench.only_plan().await;
    assert_eq!(
        plan["title"],
        "POST /ajax-api/2.0/mlflow/registered-models/create as group:admins"
    );
    assert_eq!(
        (&plan["standing"], &plan["answer"]),
        (&"done".into(), &"200 by mlflow".into())
    );
    let id = plan["id"].as_str().unwrap();
    let shown = bench
        .run(&["journal", "show", id, "-o", "json"])
        .await
        .ends(0)
        .json();
    let step = &items(&shown, "steps")[0];
    assert_eq!(step["sent"]["body"]["name"], "mine");
    assert_eq!(step["became"]["ours"], true);
    let text = bench.run(&["journal", "show", id]).await.ends(0).out;
    assert!(
        text.contains("answered") && text.contains("200 by mlflow"),
        "{text}"
    );
    let file = std::fs::read_to_string(bench.path("state/journal.jsonl")).unwrap();
    assert!(!file.contains("hunter2"), "{file}");

    let undo = bench.run(&["journal", "undo", id, "--yes"]).await;
    undo.ends(2).says(&["cannot be taken back", "journal show"]);
    let resume = bench.run(&["journal", "resume", id, "--yes"]).await;
    resume.ends(2).says(&["never sent again by itself"]);
    let doctor = bench.run(&["doctor"]).await;
    assert!(!doctor.out.contains("journal resume"), "{}", doctor.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_recorded_as_one_and_reads_are_not_recorded() {
    let bench = Bench::start().await;
    let refused = [
        "request",
        "POST",
        "mlflow/runs/create",
        "--data",
        "{}",
        "--yes",
    ];
    bench.mlflow("group:readers", &refused).await.ends(0);
    let plan = bench.only_plan().await;
    let answer = plan["answer"].as_str().unwrap();
    assert!(answer.starts_with("403 by "), "{plan:#}");
    for read in [
        vec!["request", "GET", "mlflow/experiments/get?experiment_id=0"],
        vec![
            "request",
            "POST",
            "mlflow/runs/create",
            "--data",
            "{}",
            "--dry-run",
        ],
    ] {
        bench.mlflow("group:readers", &read).await.ends(0);
    }
    bench.only_plan().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_answered_is_left_to_be_looked_at() {
    let mut bench = Bench::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    bench.set("MLWARDEN_API_URL", &url);
    let request = [
        "request",
        "POST",
        "mlflow/runs/create",
        "--data",
        "{}",
        "--yes",
    ];
    let ran = bench.mlflow("anonymous", &request).await;
    assert!(ran.code != 0, "{}", ran.err);
    let plan = bench.only_plan().await;
    assert_eq!(plan["standing"], "unfinished");
    let id = plan["id"].as_str().unwrap();
    let doctor = bench.run(&["doctor"]).await;
    let short: String = id.chars().take(8).collect();
    let dismiss = format!("mlwarden journal dismiss {short}");
    assert!(doctor.out.contains(&dismiss), "{}", doctor.out);
    bench.run(&["journal", "dismiss", id]).await.ends(0);
    let doctor = bench.run(&["doctor"]).await;
    assert!(!doctor.out.contains("journal dismiss"), "{}", doctor.out);
}
