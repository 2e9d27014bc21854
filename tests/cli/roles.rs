//! `roles`: what they are worth, and the policy that the matrix declares.

use jiff::SignedDuration;

use super::*;

const APPROVER: &str = "SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";
const READER: &str = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";

impl Bench {
    /// What a role is worth, by its list.
    async fn worth(&self, role: &str) -> String {
        let listed = self.run(&["roles", "list", "-o", "json"]).await.ends(0);
        let json = listed.json();
        let mut roles = items(&json, "roles").iter();
        let role = roles.find(|one| one["name"] == role).unwrap();
        role["worth"].as_str().unwrap().to_owned()
    }

    pub(super) async fn last_plan(&self) -> String {
        let listed = self.run(&["journal", "list", "-o", "json"]).await.ends(0);
        let json = listed.json();
        let mut entries = items(&json, "entries").iter().rev();
        let plan = entries.find(|entry| entry["title"].is_string()).unwrap();
        plan["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_tells_what_decides_and_where_it_is_otherwise_than_declared() {
    let bench = Bench::start().await;
    assert_eq!(
        bench.worth(APPROVER).await,
        "model-approver, 4 routes otherwise"
    );
    let shown = bench.run(&["roles", "show", APPROVER, "-o", "json"]).await;
    let role = shown.ends(0).json()["role"].clone();
    assert_eq!(role["trusts"], "only sagemaker.amazonaws.com");
    assert_eq!(role["api_statements"][0]["policy"], "restApiReader");
    assert_eq!(role["api_statements"][0]["only"], true);
    let routes = items(&role, "routes");
    let rename = routes
        .iter()
        .find(|route| route["path"] == "/api/2.0/mlflow/registered-models/rename")
        .unwrap();
    assert_eq!(
        (&rename["expected"], &rename["predicted"]),
        (&"deny".into(), &"allow".into())
    );
    assert!(
        rename["by"]
            .as_str()
            .unwrap()
            .contains("registered-models/*")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_what_is_declared_proved_and_taken_back() {
    let bench = Bench::start().await;
    let trusts = bench.trusts();
    let shown = bench.run(&["roles", "policy", APPROVER]).await.ends(0);
    assert!(
        shown.out.contains("+        \"arn:aws:execute-api"),
        "{}",
        shown.out
    );
    assert!(shown.err.contains("nothing was changed"), "{}", shown.err);
    assert_eq!(
        bench.worth(APPROVER).await,
        "model-approver, 4 routes otherwise"
    );
    let apply = ["roles", "policy", APPROVER, "--apply"];
    bench
        .run(&apply)
        .await
        .ends(2)
        .says(&["no terminal", "--yes"]);
    let yes = [&apply[..], &["--yes"]].concat();
    bench
        .run(&[&yes[..], &["--read-only"]].concat())
        .await
        .ends(2)
        .says(&["read-only"]);
    bench
        .run(&yes)
        .await
        .ends(0)
        .says(&["0 over-granted, 0 under-granted, 0 not tested"]);
    assert_eq!(bench.worth(APPROVER).await, "model-approver as declared");
    assert_eq!(bench.trusts(), trusts);
    let again = bench.run(&yes).await.ends(0);
    assert!(again.out.contains("so already"), "{again:?}");
    let plan = bench.last_plan().await;
    bench
        .run(&["journal", "undo", &plan, "--yes"])
        .await
        .ends(0);
    assert_eq!(
        bench.worth(APPROVER).await,
        "model-approver, 4 routes otherwise"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_is_given_too_much_or_too_little_the_proof_finds() {
    let bench = Bench::start().await;
    let give = |role: &'static str, level: &'static str| {
        [
            "roles", "policy", role, "--level", level, "--apply", "--yes",
        ]
    };
    bench
        .run(&give(READER, "admin"))
        .await
        .ends(1)
        .says(&["over-granted role:", "runs/create"]);
    bench.run(&give(APPROVER, "reader")).await.ends(1).says(&[
        "under-granted role:",
        "registered-models/create",
        "0 over-granted",
    ]);
}

/// IAM shows a change at once, and decides by it some seconds later.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_not_in_effect_yet_is_proved_again() {
    let bench = Bench::start().await;
    let world = bench.sandbox.world();
    world.iam.lock().set_delay(SignedDuration::from_secs(10));
    // Time passes by the calls of the proofs.
    world
        .clock
        .advance_with_each_call(SignedDuration::from_millis(150));
    let ran = bench
        .run(&["roles", "policy", APPROVER, "--apply", "--yes"])
        .await
        .ends(0)
        .says(&["IAM has not caught up yet"]);
    let proofs: Vec<&str> = ran
        .err
        .lines()
        .filter(|line| line.contains("requests as declared"))
        .collect();
    assert!(proofs.len() > 1, "{}", ran.err);
    assert!(
        proofs.last().unwrap().contains("0 over-granted"),
        "{proofs:?}"
    );
}

/// A role that somebody deleted is told with the profiles that still have it.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_gone_under_its_profiles_is_named() {
    let bench = Bench::start().await;
    {
        let mut iam = bench.sandbox.world().iam.lock();
        assert!(iam.remove_role(READER));
    }
    let listed = bench.run(&["roles", "list", "-o", "json"]).await.ends(0);
    let json = listed.json();
    let mut roles = items(&json, "roles").iter();
    let gone = roles.find(|role| role["name"] == READER).unwrap();
    assert_eq!(gone["profiles"][0], "mlflow-reader");
    assert!(
        gone["worth"].as_str().unwrap().contains("cannot be found"),
        "{gone}"
    );
    for command in ["show", "policy"] {
        bench
            .run(&["roles", command, READER])
            .await
            .ends(2)
            .says(&[READER, "cannot be found"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_wrote_meanwhile_is_not_written_over() {
    let bench = Bench::start().await;
    let apply = [
        "roles",
        "policy",
        APPROVER,
        "--apply",
        "--yes",
        "--no-proof",
    ];
    bench.run(&apply).await.ends(0);
    let plan = bench.last_plan().await;
    let other = r#"{"Version":"2012-10-17","Statement":[]}"#;
    {
        let mut iam = bench.sandbox.world().iam.lock();
        iam.put_role_policy(APPROVER, "restApiReader", other);
    }
    let undone = bench
        .run(&["journal", "undo", &plan, "--yes"])
        .await
        .ends(4);
    assert!(
        undone.out.contains("somebody changed it meanwhile"),
        "{undone:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_iam_or_the_matrix_does_not_take_is_refused_before_any_write() {
    let bench = Bench::start().await;
    bench
        .run(&["roles", "policy", "no-such-role"])
        .await
        .ends(2)
        .says(&["no-such-role", "--level"]);
    bench
        .run(&["roles", "policy", READER, "--level", "nobody"])
        .await
        .ends(2)
        .says(&["nobody", "model-approver"]);
    let large = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "x".repeat(9_900)}]});
    {
        let mut iam = bench.sandbox.world().iam.lock();
        iam.put_role_policy(READER, "large", &large.to_string());
    }
    bench
        .run(&["roles", "policy", READER, "--apply", "--yes"])
        .await
        .ends(2)
        .says(&["10240", READER]);
    assert_eq!(bench.worth(READER).await, "reader, 1 route otherwise");
    assert!(!bench.path("state/journal.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_write_policies_is_told_so_by_name() {
    let bench = Bench::start().await;
    let policy = bench.run(&["iam-policy", "--read-only"]).await.ends(0).out;
    let bench = bench.used_by("looker", &policy);
    let ran = bench
        .run(&["roles", "policy", APPROVER, "--apply", "--yes"])
        .await
        .ends(4);
    for part in ["iam:PutRolePolicy", "looker"] {
        assert!(ran.out.contains(part), "{part}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_is_enough_to_write_and_prove() {
    let bench = Bench::start().await;
    let policy = bench.run(&["iam-policy"]).await.ends(0).out;
    let bench = bench.used_by("least", &policy);
    bench
        .run(&["roles", "policy", APPROVER, "--apply", "--yes"])
        .await
        .ends(0);
    bench.run(&["cleanup", "--yes"]).await.ends(0);
    bench.run(&["profiles", "list"]).await.ends(0);
    bench.run(&["spaces", "list"]).await.ends(0);
}
