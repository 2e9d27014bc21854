//! `discover`, `init`, `config show`, `doctor`: what is found, and where it came from.

use super::*;
use mlwarden::sandbox::world;
use serde_json::json;

/// The items of a deployment, as every output names them.
const ITEMS: [&str; 14] = [
    "account",
    "region",
    "caller_arn",
    "user_pool_id",
    "client_id",
    "rest_api_id",
    "api_url",
    "stage",
    "authorizer_id",
    "authorizer_function",
    "domain_id",
    "ui_url",
    "client_flows",
    "execution_roles",
];

#[tokio::test(flavor = "multi_thread")]
async fn discover_shows_every_item_with_its_origin() {
    let bench = Bench::start().await;
    let found = bench.run(&["discover", "-o", "json"]).await.ends(0).json();
    assert_eq!(keys(&found), ["schema", "context", "deployment"]);
    assert_eq!(found["schema"], 1);
    assert_eq!(found["context"]["user_pool_id"], world::POOL_ID);
    let deployment = &found["deployment"];
    for item in ITEMS {
        assert!(!deployment[item]["value"].is_null(), "{item}");
        assert!(deployment[item]["origin"].is_object(), "{item}");
    }
    assert_eq!(
        deployment["user_pool_id"]["origin"],
        json!({"call": "cognito-idp:ListUserPools"})
    );
    assert_eq!(deployment["problems"], json!([]));

    let table = bench.run(&["discover"]).await.ends(0);
    for item in ITEMS {
        let line = table.out.lines().find(|line| line.contains(item)).unwrap();
        assert!(!line.contains("not found"), "{line}");
    }
    let pool = table.out.lines().find(|line| line.contains("user_pool_id"));
    assert!(pool.unwrap().contains("cognito-idp:ListUserPools"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_is_its_items_origin() {
    let bench = Bench::start().await;
    let found = bench
        .run(&["discover", "-o", "json", "--stage", "prod"])
        .await
        .ends(0)
        .json();
    assert_eq!(
        found["deployment"]["stage"]["origin"],
        json!({"flag": "--stage"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_costs_its_item_alone_and_is_named() {
    let denied = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sagemaker:ListDomains", "Resource": "*"},
    ]});
    let bench = Bench::start()
        .await
        .used_by("restricted", &denied.to_string());
    bench.run(&["discover"]).await.ends(3).says(&[
        "✗ domain_id",
        "missing sagemaker:ListDomains",
        "→",
    ]);
    let found = bench.run(&["discover", "-o", "json"]).await.ends(3).json();
    let deployment = &found["deployment"];
    assert!(deployment["domain_id"].is_null());
    let problem = items(deployment, "problems")
        .iter()
        .find(|problem| problem["item"] == "domain_id")
        .unwrap();
    assert_eq!(problem["action"], "sagemaker:ListDomains");
    assert!(problem["next_step"].is_string());
    for item in ["user_pool_id", "client_id", "rest_api_id", "api_url"] {
        assert!(!deployment[item]["value"].is_null(), "{item}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn init_writes_a_context_that_the_next_command_uses() {
    let bench = Bench::start().await;
    bench
        .run(&["init", "--name", "prod"])
        .await
        .ends(2)
        .says(&["no terminal", "--yes"]);
    assert!(is_empty(&bench.path("config")));
    bench
        .run(&["init", "--name", "prod", "--dry-run"])
        .await
        .ends(0);
    assert!(is_empty(&bench.path("config")));
    bench
        .run(&["init", "--name", "prod", "--yes", "--read-only"])
        .await
        .ends(2)
        .says(&["read-only"]);
    assert!(is_empty(&bench.path("config")));

    bench
        .run(&["init", "--name", "prod", "--yes"])
        .await
        .ends(0)
        .says(&["config.toml"]);
    let found = bench.run(&["discover", "-o", "json"]).await.ends(0).json();
    assert_eq!(found["context"]["name"], "prod");
    for item in ["user_pool_id", "client_id", "rest_api_id", "domain_id"] {
        assert_eq!(
            found["deployment"][item]["origin"],
            json!({"config": "prod"}),
            "{item}"
        );
    }
    let shown = bench.run(&["config", "show"]).await.ends(0);
    let pool = shown.out.lines().find(|line| line.contains("user_pool_id"));
    assert!(pool.unwrap().contains("context prod"), "{}", shown.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_of_the_config_file_are_in_force() {
    let bench = Bench::with(Options {
        faults: Some("quota=user-list:1".parse().unwrap()),
        ..Options::default()
    })
    .await;
    bench.write(
        "config/config.toml",
        "[quotas]\nuser_list = 120\npatience = 0\n",
    );
    let shown = bench.run(&["config", "show", "-o", "json"]).await.ends(0);
    let shown = shown.json();
    let quota = |name: &str| {
        let all = items(&shown, "settings").iter();
        let found = all.clone().find(|setting| setting["name"] == name);
        let found = found.unwrap();
        (found["value"].clone(), found["from"].clone())
    };
    assert_eq!(quota("quotas.user_list"), (json!("120"), json!("config")));
    assert_eq!(quota("quotas.user_update"), (json!("25"), json!("default")));
    // Four lists of one page each, and no patience with a service that allows one.
    bench
        .run(&["users", "list"])
        .await
        .ends(3)
        .says(&["Too many requests", "wait"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_is_content_with_the_sample_and_names_what_is_wrong() {
    let mut bench = Bench::start().await;
    let checks = bench.run(&["doctor", "-o", "json"]).await.ends(0).json();
    assert!(items(&checks, "checks").iter().all(|c| c["ok"] == true));

    bench.set("AWS_SECRET_ACCESS_KEY", "wrong");
    let checks = bench.run(&["doctor", "-o", "json"]).await.ends(3).json();
    let wrong = items(&checks, "checks")
        .iter()
        .find(|check| check["check"] == "credentials")
        .unwrap();
    assert_eq!(wrong["ok"], false);
    assert!(!wrong["next_step"].as_str().unwrap().is_empty());
}
