//! `roles doors` and `roles guard`: the ways around the matrix, and what closes them.

use super::*;

const ADMIN: &str = "SageMakerStudioUserStack-sagemakermlflowadminrole-1R0QV1KD2W8Y3";
const READER: &str = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
const APPROVER: &str = "SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";

/// The doors in an answer: kind, with a `?` where it is only possible.
fn kinds(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    items(&json, "doors")
        .iter()
        .map(|door| {
            let mark = if door["certain"] == true { "" } else { "?" };
            format!("{}{mark}", door["kind"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_roles_have_the_doors_that_their_policies_leave_open() {
    let bench = Bench::start().await;
    let doors = |role: &'static str| ["roles", "doors", role, "-o", "json"];
    let reader = bench.run(&doors(READER)).await.ends(1);
    let expected = ["group", "group?", "group?", "job", "studio", "artifacts"];
    assert_eq!(kinds(&reader), expected);
    let json = reader.json();
    let job = &items(&json, "doors")[3];
    assert_eq!(job["leads_to"][0]["to"], format!("role:{ADMIN}"));
    assert_eq!(
        job["statements"][0],
        r#"AmazonSageMakerFullAccess, statement "AllowPassRoleToSageMaker""#
    );
    // An approver is a reader who may register: the same doors, to the admins.
    let approver = bench.run(&doors(APPROVER)).await.ends(1);
    assert_eq!(kinds(&approver), expected);
    let admin = bench.run(&doors(ADMIN)).await.ends(0);
    assert_eq!(kinds(&admin), Vec::<String>::new());
    let table = bench.run(&["roles", "doors", "-o", "csv"]).await.ends(1);
    assert_eq!(
        table.out.lines().next(),
        Some("role,door,leads to,way,statement,possibly")
    );
    let shown = bench.run(&["roles", "show", READER, "-o", "json"]).await;
    assert_eq!(items(&shown.ends(0).json()["role"], "side_doors").len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_is_shown_written_and_taken_back() {
    let bench = Bench::start().await;
    let guard = ["roles", "guard", READER];
    let shown = bench.run(&guard).await.ends(0).says(&[
        "closes group: a notebook of sagemakermlflowreaderrole puts itself",
        "closes job",
        "closes studio",
        "closes artifacts",
        "everyday calls of Studio that are allowed now",
        "nothing was changed",
    ]);
    assert!(shown.out.contains("NoOtherGroup"), "{}", shown.out);
    assert!(!shown.err.contains("leaves"), "{}", shown.err);
    let apply = [&guard[..], &["--apply", "--yes"]].concat();
    bench
        .run(&[&apply[..], &["--read-only"]].concat())
        .await
        .ends(2)
        .says(&["read-only"]);
    bench.run(&apply).await.ends(0).says(&["has no side door"]);
    let doors = ["roles", "doors", READER];
    bench
        .run(&doors)
        .await
        .ends(0)
        .says(&["no side door is open"]);
    // What MLflow's API gives is as before.
    let shown = bench
        .run(&["roles", "show", READER, "-o", "json"])
        .await
        .ends(0);
    assert_eq!(shown.json()["role"]["worth"], "reader, 1 route otherwise");
    let again = bench.run(&apply).await.ends(0);
    assert!(again.out.contains("so already"), "{again:?}");
    undo_last(&bench).await;
    bench.run(&doors).await.ends(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_detaches_the_managed_policy_and_comes_back_with_undo() {
    let bench = Bench::start().await;
    let replace = ["roles", "guard", APPROVER, "--replace"];
    bench.run(&replace).await.ends(0).says(&[
        "detaches arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
        "keeps all",
    ]);
    let apply = [&replace[..], &["--apply", "--yes"]].concat();
    bench.run(&apply).await.ends(0).says(&["has no side door"]);
    let policies = |ran: Ran| {
        let json = ran.ends(0).json();
        let policies = items(&json["role"], "policies").iter();
        policies
            .map(|policy| policy["source"].to_string())
            .collect::<String>()
    };
    let show = ["roles", "show", APPROVER, "-o", "json"];
    let after = policies(bench.run(&show).await);
    assert!(
        after.contains("mlwarden-studio") && !after.contains("FullAccess"),
        "{after}"
    );
    bench
        .run(&replace)
        .await
        .ends(2)
        .says(&["does not carry AmazonSageMakerFullAccess"]);
    undo_last(&bench).await;
    let before = policies(bench.run(&show).await);
    assert!(
        !before.contains("mlwarden-studio") && before.contains("FullAccess"),
        "{before}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_doors_needs_no_guard() {
    let bench = Bench::start().await;
    bench
        .run(&["roles", "guard", ADMIN])
        .await
        .ends(0)
        .says(&["there is nothing to write"]);
}

/// Takes back the newest plan.
async fn undo_last(bench: &Bench) {
    let listed = bench.run(&["journal", "list", "-o", "json"]).await.ends(0);
    let json = listed.json();
    let mut entries = items(&json, "entries").iter().rev();
    let plan = entries.find(|entry| entry["title"].is_string()).unwrap();
    let plan = plan["id"].as_str().unwrap();
    bench.run(&["journal", "undo", plan, "--yes"]).await.ends(0);
}
