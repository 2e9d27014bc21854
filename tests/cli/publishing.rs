//! `matrix publish` and `matrix rollback`: exit codes, outputs, and the least rights.

use jiff::SignedDuration;
use mlwarden::sandbox::lambda::State;

use super::*;

/// A bench where an update of a function takes no time.
async fn quick() -> Bench {
    let bench = Bench::start().await;
    bench.sandbox.world().lambda.lock().takes = SignedDuration::ZERO;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_published_and_an_earlier_package_comes_back() {
    let bench = quick().await;
    let preview = bench
        .run(&["matrix", "publish", "--dry-run", "-o", "json"])
        .await
        .ends(0);
    let calls: Vec<String> = items(&preview.json(), "calls")
        .iter()
        .map(|call| call["call"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        calls,
        [
            // One to learn what is deployed, and one of each group.
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminCreateUser",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionCode"
        ]
    );
    // Nobody can be asked, and nothing is changed.
    bench
        .run(&["matrix", "publish"])
        .await
        .ends(2)
        .says(&["--yes"]);
    bench
        .run(&["--read-only", "matrix", "publish", "--yes"])
        .await
        .ends(2)
        .says(&["read-only"]);
    let before = bench.sandbox.world().lambda.lock().package();

    let published = bench
        .run(&["matrix", "publish", "--yes", "-o", "json"])
        .await
        .ends(0)
        .says(&[
            "model-approvers may use 31 routes",
            "model-versions/delete",
            "nothing got worse",
        ]);
    let publication = &published.json()["publication"];
    assert_eq!(publication["result"], "published");
    assert_eq!(publication["proof"]["over_granted"], 0);
    assert_eq!(publication["proof"]["under_granted"], 0);
    let groups = items(publication, "groups");
    assert_eq!(groups[0]["group"], "admins");
    assert_eq!(groups[1]["loses"].as_array().unwrap().len(), 7);
    let verified = bench.run(&["verify", "--scheme", "bearer"]).await;
    verified.ends(0);
    bench
        .run(&["matrix", "publish", "--yes"])
        .await
        .ends(0)
        .says(&["published already"]);

    let listed = bench
        .run(&["matrix", "rollback", "-o", "json"])
        .await
        .ends(0)
        .json();
    let packages = items(&listed, "packages");
    assert_eq!(packages.len(), 2);
    assert_eq!(packages[0]["deployed"], true);
    assert_eq!(packages[1]["versions"], serde_json::json!(["1"]));
    bench
        .run(&["matrix", "rollback", "9"])
        .await
        .ends(2)
        .says(&["there is none"]);
    let back = bench
        .run(&["matrix", "rollback", "1", "--yes", "-o", "json"])
        .await
        .ends(0);
    assert_eq!(back.json()["publication"]["result"], "restored");
    assert_eq!(bench.sandbox.world().lambda.lock().package(), before);
    assert_eq!(bench.users().await, 3);
    bench.run(&["verify", "--scheme", "bearer"]).await.ends(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_fails_is_put_back_and_says_so() {
    let bench = quick().await;
    let before = bench.sandbox.world().lambda.lock().package();
    bench.sandbox.world().lambda.lock().next_fails = true;
    let ran = bench
        .run(&["matrix", "publish", "--yes", "-o", "json"])
        .await
        .ends(3);
    assert_eq!(ran.json()["publication"]["result"], "rolled-back");
    ran.says(&[
        "Lambda took the package and failed on it",
        "decides as it did",
    ]);
    assert_eq!(bench.sandbox.world().lambda.lock().package(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matrix_of_one_s_own_is_what_is_published() {
    let bench = quick().await;
    let matrix = bench.write(
        "matrix.toml",
        "[authorizer]\nrule = \"union\"\n\n[[row]]\nname = \"admin\"\ngroup = \"admins\"\nallow = [\"*\"]\n\n\
         [[row]]\nname = \"reader\"\ngroup = \"readers\"\nallow = [\"runs:read\"]\n",
    );
    bench
        .run(&["--matrix", &matrix, "matrix", "publish", "--yes"])
        .await
        .ends(0)
        .says(&["model-approvers stands in no row"]);
    bench
        .run(&["--matrix", &matrix, "verify", "--as", "group:readers"])
        .await
        .ends(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policy_is_enough_and_names_the_function_where_it_is_known() {
    let bench = quick().await;
    bench.run(&["init", "--yes"]).await.ends(0);
    let policy = bench.run(&["iam-policy"]).await.ends(0).out;
    let function = State::arn();
    assert!(policy.contains(&function), "{policy}");
    assert!(!policy.contains("function:*\""), "{policy}");
    let bench = bench.used_by("least", &policy);
    bench.run(&["matrix", "publish", "--yes"]).await.ends(0);
    bench
        .run(&["matrix", "rollback", "1", "--yes"])
        .await
        .ends(0);

    let reader = quick().await;
    let policy = reader.run(&["iam-policy", "--read-only"]).await.ends(0).out;
    let reader = reader.used_by("less", &policy);
    reader.run(&["matrix", "rollback"]).await.ends(0);
    let refused = reader.run(&["matrix", "publish", "--yes"]).await.ends(3);
    refused.says(&["cognito-idp:AdminCreateUser"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_is_undone_with_a_proof() {
    let bench = quick().await;
    let before = bench.sandbox.world().lambda.lock().package();
    bench.run(&["matrix", "publish", "--yes"]).await.ends(0);
    let listed = bench.run(&["journal", "list", "-o", "json"]).await.ends(0);
    let listed = listed.json();
    let plan = items(&listed, "entries")
        .iter()
        .find(|entry| {
            entry["title"]
                .as_str()
                .is_some_and(|title| title.starts_with("publish"))
        })
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    bench
        .run(&["journal", "undo", &plan])
        .await
        .ends(2)
        .says(&["--yes"]);
    let undone = bench
        .run(&["journal", "undo", &plan, "--yes", "-o", "json"])
        .await
        .ends(0)
        .says(&["sending live requests as every group"]);
    assert_eq!(undone.json()["publication"]["result"], "restored");
    assert_eq!(bench.sandbox.world().lambda.lock().package(), before);
    bench
        .run(&["journal", "undo", &plan, "--yes"])
        .await
        .ends(2)
        .says(&["taken back already"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_deployed_authorizer_does_is_told_learned_once_and_adopted() {
    let bench = quick().await;
    bench
        .run(&["matrix", "diff"])
        .await
        .ends(1)
        .says(&["never asked"]);
    let mut contract = mlwarden::access::Contract::sample();
    contract.groups.rotate_left(1);
    bench.sandbox.world().gateway.lock().contract = contract;
    let file = bench.write(
        "matrix.toml",
        &std::fs::read_to_string("assets/matrix.toml").unwrap(),
    );
    let adopt = ["--matrix", &file, "matrix", "adopt", "--yes"];
    bench
        .run(&adopt)
        .await
        .ends(0)
        .says(&["by its own answers"]);
    let adopted = std::fs::read_to_string(&file).unwrap();
    assert!(
        adopted.starts_with(
            "# adopted: learned from the authorizer's answers to 7 callers: of several groups the \
             first of these decides alone: readers, model-approvers, admins\n# Who may do what"
        ),
        "{adopted}"
    );
    assert!(
        adopted.contains("order = [\"readers\", \"model-approvers\", \"admins\"]"),
        "{adopted}"
    );
    // It is good for as long as that package is deployed, also without the right to ask.
    let again: Vec<&str> = ["--read-only"].into_iter().chain(adopt).collect();
    bench.run(&again).await.ends(0).says(&["says so already"]);
    bench
        .run(&["--matrix", &file, "matrix", "diff"])
        .await
        .says(&["as the authorizer answered to 7 callers"]);
    assert_eq!(bench.users().await, 3);
    bench
        .run(&["matrix", "publish", "--yes"])
        .await
        .ends(0)
        .says(&["answers to 7 callers", "who is in admins and readers gains"]);
    // The package says by itself what it does.
    bench
        .run(&["--matrix", &file, "matrix", "diff"])
        .await
        .ends(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_try_the_authorizer_adopts_the_samples_and_reads_why() {
    let bench = quick().await;
    let file = bench.write(
        "matrix.toml",
        &std::fs::read_to_string("assets/matrix.toml").unwrap(),
    );
    let most = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"apigateway:POST","Resource":"*"}]}"#;
    let bench = bench.used_by("most", most);
    bench
        .run(&["--matrix", &file, "matrix", "adopt", "--yes"])
        .await
        .ends(0)
        .says(&["the authorizer was not asked", "apigateway:POST"]);
    let adopted = std::fs::read_to_string(&file).unwrap();
    assert!(
        adopted.starts_with("# adopted: the authorizer was not asked"),
        "{adopted}"
    );
    bench
        .run(&["matrix", "publish", "--yes"])
        .await
        .ends(3)
        .says(&["apigateway:POST"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_left_to_administer_is_told_by_what_is_published() {
    let bench = quick().await;
    let (one, other) = (
        "mlflow-reader@example.com",
        "mlflow-model-approver@example.com",
    );
    bench
        .run(&["groups", "create", "platform", "--yes"])
        .await
        .ends(0);
    bench
        .run(&["groups", "add", "platform", one, other, "--yes"])
        .await
        .ends(0);
    let row = "\n[[row]]\nname = \"platform\"\ngroup = \"platform\"\nallow = [\"*\"]\n";
    let text = mlwarden::access::Matrix::sample_text().to_owned() + row;
    let file = bench.write("matrix.toml", &text);
    let _ = bench
        .run(&["matrix", "publish", "--matrix", &file, "--yes"])
        .await
        .ends(0);
    let looks = bench.calls("GetFunctionConfiguration");
    // Somebody stays, whom only the published rules say to be an administrator.
    let leave = bench
        .run(&[
            "groups",
            "remove",
            "platform",
            one,
            "--dry-run",
            "-o",
            "json",
        ])
        .await
        .ends(0)
        .json();
    assert_eq!(leave["guards"], serde_json::json!([]), "{leave:#}");
    assert_eq!(bench.calls("GetFunctionConfiguration"), looks + 1);
    let both = bench
        .run(&[
            "groups",
            "remove",
            "platform",
            one,
            other,
            "--dry-run",
            "-o",
            "json",
        ])
        .await
        .ends(0)
        .json();
    assert_eq!(both["guards"][0]["guard"], "last_administrator");
}
