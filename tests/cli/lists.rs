//! `users`, `groups`, `roles`: the same things in every format.

use super::*;
use rstest::rstest;

#[tokio::test(flavor = "multi_thread")]
async fn users_come_with_their_groups_in_every_format() {
    let bench = Bench::start().await;
    let listed = bench.run(&["users", "list", "-o", "json"]).await.ends(0);
    assert!(
        listed.out.starts_with("{\n  \"schema\": 1,"),
        "{}",
        listed.out
    );
    let listed = listed.json();
    assert_eq!(keys(&listed), ["schema", "context", "users"]);
    let reader = items(&listed, "users")
        .iter()
        .find(|user| user["email"] == "mlflow-reader@example.com")
        .unwrap();
    assert_eq!(reader["groups"], serde_json::json!(["readers"]));
    assert_eq!(reader["status"], "CONFIRMED");

    let csv = bench.run(&["users", "list", "-o", "csv"]).await.ends(0);
    let mut reader = csv::Reader::from_reader(csv.out.as_bytes());
    let headers: Vec<&str> = reader.headers().unwrap().iter().collect();
    let first = [
        "email", "username", "status", "enabled", "groups", "created",
    ];
    assert_eq!(headers[..first.len()], first);
    assert!(headers.contains(&"email_verified"), "{headers:?}");
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), items(&listed, "users").len());

    let md = bench.run(&["users", "list", "-o", "md"]).await.ends(0);
    assert!(md.out.starts_with("| user | status |"), "{}", md.out);
    assert_eq!(md.out.lines().count(), rows.len() + 2);

    let table = bench.run(&["users", "list"]).await.ends(0);
    assert_eq!(table.out.lines().count(), rows.len() + 1);
    assert!(table.out.contains("mlflow-reader@example.com"));

    bench
        .run(&["users", "list", "-o", "junit"])
        .await
        .ends(2)
        .says(&["junit"]);
}

#[rstest]
#[case("users", "mlflow-reader@example.com", "user", "email")]
#[case("groups", "readers", "group", "name")]
#[case(
    "roles",
    "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN",
    "role",
    "name"
)]
#[tokio::test(flavor = "multi_thread")]
async fn one_thing_is_shown_by_its_name(
    #[case] plural: &str,
    #[case] name: &str,
    #[case] noun: &str,
    #[case] field: &str,
) {
    let bench = Bench::start().await;
    let shown = bench
        .run(&[plural, "show", name, "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(keys(&shown), ["schema", "context", noun]);
    assert_eq!(shown[noun][field], name);
    let table = bench.run(&[plural, "show", name]).await.ends(0);
    assert!(
        table
            .out
            .lines()
            .any(|line| line.contains(field) && line.contains(name)),
        "{}",
        table.out
    );
    bench
        .run(&[plural, "show", "nobody"])
        .await
        .ends(2)
        .says(&["nobody", "→"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_count_and_name_their_members() {
    let bench = Bench::start().await;
    let listed = bench
        .run(&["groups", "list", "-o", "json"])
        .await
        .ends(0)
        .json();
    let names: Vec<_> = items(&listed, "groups")
        .iter()
        .map(|g| &g["name"])
        .collect();
    assert_eq!(names, ["admins", "model-approvers", "readers"]);
    let shown = bench
        .run(&["groups", "show", "readers", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(
        shown["group"]["members"],
        serde_json::json!(["mlflow-reader@example.com"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_shown_with_profiles_policies_and_trust_by_name_or_arn() {
    let bench = Bench::start().await;
    let listed = bench
        .run(&["roles", "list", "-o", "json"])
        .await
        .ends(0)
        .json();
    let roles = items(&listed, "roles");
    assert_eq!(roles.len(), 3);
    for role in roles {
        assert!(!items(role, "profiles").is_empty(), "{role}");
        let arn = role["arn"].as_str().unwrap();
        let shown = bench
            .run(&["roles", "show", arn, "-o", "json"])
            .await
            .ends(0)
            .json();
        assert!(!items(&shown["role"], "policies").is_empty());
        assert!(shown["role"]["trusts"].to_string().contains("sagemaker"));
    }
}
