//! `matrix`: changed in its file, compared with what is deployed, adopted, applied.

use super::*;

const ROW: &str = "model-approver";

impl Bench {
    fn matrix_text(&self) -> String {
        std::fs::read_to_string(self.path("config/matrix.toml")).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_shown_written_with_its_comments_and_taken_back() {
    let bench = Bench::start().await;
    let change = ["matrix", "allow", "reader", "runs:write"];
    let seen = bench.run(&[&change[..], &["--dry-run"]].concat()).await;
    let seen = seen.ends(0).says(&["reader gains runs:write"]);
    assert!(seen.out.contains("\"runs:write\""), "{}", seen.out);
    assert!(!bench.path("config/matrix.toml").exists());
    // Without a terminal and without --yes nothing is written.
    bench.run(&change).await.ends(2).says(&["--yes"]);
    bench.run(&[&change[..], &["--yes"]].concat()).await.ends(0);
    let text = bench.matrix_text();
    assert!(text.starts_with("# Who may do what"), "{text}");
    assert!(text.contains(r#"allow = ["*:read", "graphql:query", "runs:write"]"#));
    bench
        .run(&["matrix", "deny", "reader", "runs:write", "--yes"])
        .await
        .ends(0);
    assert_eq!(bench.matrix_text(), mlwarden::access::Matrix::sample_text());
    let route = "GET /ajax-api/2.0/mlflow/runs/get";
    bench
        .run(&["matrix", "deny", "reader", route, "--yes"])
        .await
        .ends(0)
        .says(&["reader loses runs:read (1 of its routes)"]);
    let shown = bench.run(&["matrix", "show"]).await.ends(0);
    let runs = shown.out.lines().find(|line| line.contains("runs:read"));
    assert!(runs.unwrap().contains(" of "), "{}", shown.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_who_may_do_everything_is_not_taken_away_by_the_way() {
    let bench = Bench::start().await;
    let change = ["matrix", "deny", "admin", "runs:delete", "--yes"];
    bench
        .run(&change)
        .await
        .ends(2)
        .says(&["no group may do everything", "no administrator"]);
    assert!(!bench.path("config/matrix.toml").exists());
    let meant = [&change[..], &["--confirm", "no administrator"]].concat();
    bench.run(&meant).await.ends(0);
    bench
        .run(&["matrix", "check"])
        .await
        .ends(0)
        .says(&["nobody can repair MLflow"]);
    bench
        .run(&["--read-only", "matrix", "allow", "admin", "runs:delete"])
        .await
        .ends(2)
        .says(&["read-only"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_named_with_line_and_column() {
    let bench = Bench::start().await;
    let file = bench.write(
        "circle.toml",
        "[[row]]\nname = \"a\"\ngroup = \"a\"\ninherits = [\"b\"]\nallow = []\n\n\
         [[row]]\nname = \"b\"\ngroup = \"b\"\ninherits = [\"a\"]\nallow = []\n",
    );
    bench
        .run(&["matrix", "check", "--matrix", &file])
        .await
        .ends(2)
        .says(&[
            "circle.toml",
            "line 10, column 13",
            "in a circle: a → b → a",
        ]);
    let file = bench.write(
        "order.toml",
        "[authorizer]\norder = [\"nobody\"]\n\n[[row]]\nname = \"a\"\ngroup = \"a\"\nallow = [\"GET /nowhere\"]\n",
    );
    bench
        .run(&["matrix", "check", "--matrix", &file])
        .await
        .ends(2)
        .says(&["line 7, column 10", "no route of MLflow"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn file_deployment_and_last_verify_are_told_apart() {
    let bench = Bench::start().await;
    let diff = ["matrix", "diff", "-o", "json"];
    let of = |json: &Value, path: &str| {
        let mut all = items(json, "differences").iter();
        let found =
            all.find(|one| one["path"] == path && one["principal"] == "group:model-approvers");
        found.cloned().unwrap()
    };
    let path = "/ajax-api/2.0/mlflow/model-versions/delete";
    let before = bench.run(&diff).await.ends(1).json();
    let cell = of(&before, path);
    assert_eq!(
        (&cell["declared"], &cell["deployed"], &cell["verified"]),
        (&"deny".into(), &"allow".into(), &Value::Null)
    );
    bench
        .run(&["verify", "--as", "group:model-approvers"])
        .await
        .ends(1);
    let after = of(&bench.run(&diff).await.ends(1).json(), path);
    assert_eq!(after["verified"], "allow");
    assert!(after["verified_at"].is_string(), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deployed_is_adopted_and_then_everything_is_as_declared() {
    let bench = Bench::start().await;
    bench.run(&["verify"]).await.ends(1);
    let adopted = bench.run(&["matrix", "adopt", "--yes"]).await.ends(0);
    assert!(
        adopted.err.contains("model-approver gains"),
        "{}",
        adopted.err
    );
    let text = bench.matrix_text();
    assert!(text.contains("# The sample spells it so"), "{text}");
    assert!(text.lines().count() < 110, "{text}");
    let diff = bench.run(&["matrix", "diff"]).await.ends(0);
    assert!(!diff.out.contains("group:"), "{}", diff.out);
    bench.run(&["verify"]).await.ends(0);
    // A second time there is nothing to write.
    bench
        .run(&["matrix", "adopt", "--yes"])
        .await
        .ends(0)
        .says(&["says so already"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_is_given_what_the_file_declares_and_proved() {
    let bench = Bench::start().await;
    let trusts = bench.trusts();
    let applied = bench.run(&["matrix", "apply", "--yes"]).await.ends(0);
    assert!(applied.err.contains("0 over-granted"), "{}", applied.err);
    let diff = bench.run(&["matrix", "diff", "-o", "csv"]).await.ends(1);
    assert!(!diff.out.contains("role:"), "{}", diff.out);
    assert_eq!(bench.trusts(), trusts, "whoever was let in is out again");
    bench
        .run(&["matrix", "apply", "--yes"])
        .await
        .ends(0)
        .says(&[]);
    let plan = bench.last_plan().await;
    bench
        .run(&["journal", "undo", &plan, "--yes"])
        .await
        .ends(0);
    let diff = bench.run(&["matrix", "diff", "-o", "csv"]).await.ends(1);
    assert!(diff.out.contains(&format!("{ROW}s")) && diff.out.contains("role:"));
}
