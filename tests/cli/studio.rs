//! `profiles`, `apps`, `spaces`, `cleanup`, as scripts meet them.

use mlwarden::{
    domain::AppStatus,
    sandbox::{
        sagemaker::Pace,
        world::{ACCOUNT, DOMAIN_ID},
    },
};
use rstest::rstest;

use super::*;

const KERNEL: &str = "instance-mlflow-basepython-2-0-ml-t3-medium";

/// A sandbox with more in its Studio, where nothing takes its time.
async fn studio() -> Bench {
    let bench = Bench::with(Options {
        demo: true,
        ..Options::default()
    })
    .await;
    bench
        .sandbox
        .world()
        .sagemaker
        .lock()
        .set_pace(Pace::AT_ONCE);
    bench
}

impl Bench {
    /// The apps that are there, as `OWNER/TYPE/NAME`.
    async fn apps(&self) -> Vec<String> {
        let listed = self.run(&["apps", "list", "-o", "json"]).await.ends(0);
        let json = listed.json();
        let ids = items(&json, "apps").iter();
        ids.map(|app| app["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_tell_their_costs_and_filters_leave_some() {
    let bench = studio().await;
    let listed = bench.run(&["apps", "list", "-o", "json"]).await.ends(0);
    let json = listed.json();
    let apps = items(&json, "apps");
    assert_eq!(apps.len(), 7);
    let kernel = apps
        .iter()
        .find(|app| app["id"] == format!("mlflow-reader/KernelGateway/{KERNEL}"))
        .unwrap();
    assert_eq!(kernel["hourly_usd"], 0.05);
    assert_eq!(kernel["monthly_usd"], 36.5);
    assert!(kernel["active_at"].is_string(), "{kernel}");
    assert_eq!(kernel["owner_kind"], "profile");
    let server = apps.iter().find(|app| app["app_type"] == "JupyterServer");
    assert_eq!(server.unwrap()["hourly_usd"], 0.0);
    // Nobody knows when its user was last active.
    assert!(server.unwrap()["active_at"].is_null());
    for (filter, count) in [
        (&["--type", "kernelgateway"][..], 3),
        (&["--owner", "pricing-models"], 1),
        (&["--older-than", "30d"], 3),
        (&["--idle-over", "2d"], 1),
        (&["--status", "failed"], 1),
        (&["--all"], 9),
    ] {
        let arguments = [&["apps", "list", "-o", "json"], filter].concat();
        let left = bench.run(&arguments).await.ends(0).json();
        assert_eq!(items(&left, "apps").len(), count, "{filter:?}");
    }
    bench.run(&["apps", "list"]).await.ends(0).says(&[
        "an hour",
        "a month at this rate",
        "prices as of",
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_of_the_config_file_come_first_and_unknown_ones_are_told() {
    let bench = studio().await;
    bench.write("config/config.toml", "[prices]\n\"ml.t3.medium\" = 0.04\n");
    let listed = bench.run(&["apps", "list", "-o", "json"]).await.ends(0);
    let json = listed.json();
    let mut kernels = items(&json, "apps").iter();
    let kernel = kernels.find(|app| app["app_type"] == "KernelGateway");
    assert_eq!(kernel.unwrap()["hourly_usd"], 0.04);
    bench.write("config/config.toml", "[prices]\n\"ml.t3.medium\" = -1\n");
    bench
        .run(&["apps", "list"])
        .await
        .ends(2)
        .says(&["config.toml", "line 2", "no price"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_have_an_owner_a_role_and_mismatches() {
    let bench = studio().await;
    let listed = bench.run(&["profiles", "list", "-o", "json"]).await.ends(0);
    let json = listed.json();
    let profile = |name: &str| {
        let mut profiles = items(&json, "profiles").iter();
        profiles.find(|one| one["name"] == name).unwrap().clone()
    };
    let lena = profile("lena-fischer");
    assert_eq!(lena["owner"], "lena.fischer@example.com");
    assert_eq!(lena["level"], "model-approver");
    assert!(lena["mismatches"].to_string().contains("group readers"));
    let nobodys = profile("left-last-year");
    assert_eq!(nobodys["owner"], Value::Null);
    assert_eq!(nobodys["role_from_domain"], true);
    let shown = bench
        .run(&["profiles", "show", "mlflow-admin", "-o", "json"])
        .await
        .ends(0)
        .json();
    assert_eq!(shown["profile"]["running_apps"], 3);
    assert_eq!(shown["profile"]["spaces"][0], "pricing-models");
    assert_eq!(shown["profile"]["monthly_usd"], 73.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_made_given_a_role_and_deleted() {
    let bench = studio().await;
    let role = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
    let create = [
        "profiles", "create", "eve", "--role", role, "--tag", "team=a",
    ];
    bench.run(&[&create[..], &["--yes"]].concat()).await.ends(0);
    bench
        .run(&[&create[..], &["--yes"]].concat())
        .await
        .ends(2)
        .says(&["eve", "set-role"]);
    let set = |role: &'static str| ["profiles", "set-role", "eve", role, "--yes"];
    let admin = "SageMakerStudioUserStack-sagemakermlflowadminrole-1R0QV1KD2W8Y3";
    bench.run(&set(admin)).await.ends(0).says(&[
        "eve in MLflow: admin (was reader)",
        "gains ",
        "runs:write",
    ]);
    let again = bench.run(&set(admin)).await.ends(0);
    assert!(again.out.contains("so already"), "{again:?}");
    bench
        .run(&["profiles", "delete", "eve", "mlflow-admin", "--yes"])
        .await
        .ends(0);
    let left = bench.run(&["profiles", "list", "-o", "json"]).await.json();
    let names: Vec<_> = items(&left, "profiles")
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert!(!names.contains(&"eve".into()) && !names.contains(&"mlflow-admin".into()));
    // With its space, and the app in that.
    let spaces = bench.run(&["spaces", "list", "-o", "json"]).await.json();
    assert!(items(&spaces, "spaces").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn cleaning_up_shows_first_and_deletes_only_what_it_showed() {
    let bench = studio().await;
    let before = bench.apps().await;
    let shown = bench.run(&["cleanup", "-o", "json"]).await.ends(0).json();
    assert_eq!(items(&shown, "candidates").len(), 3);
    assert_eq!(shown["saved_monthly_usd"], 109.5);
    bench.run(&["cleanup"]).await.ends(0).says(&[
        "saves $109.50 a month",
        "nothing was changed",
        "--yes",
    ]);
    assert_eq!(bench.calls("DeleteApp"), 0);
    assert_eq!(bench.apps().await, before);
    bench
        .run(&["cleanup", "--yes", "--read-only"])
        .await
        .ends(2)
        .says(&["read-only"]);
    // Two of the three are known to be idle for that long.
    let rule = ["cleanup", "--idle-over", "12h", "--yes", "-o", "json"];
    let ran = bench
        .run(&rule)
        .await
        .ends(0)
        .says(&["1 of unknown idleness"]);
    assert_eq!(items(&ran.json(), "results").len(), 2);
    assert_eq!(bench.calls("DeleteApp"), 2);
    let left = bench.apps().await;
    assert_eq!(left.len(), before.len() - 2);
    assert!(left.contains(&format!("mlflow-model-approver/KernelGateway/{KERNEL}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_the_config_file_is_taken_by_name() {
    let bench = studio().await;
    bench.write(
        "config/config.toml",
        "[[cleanup]]\nname = \"labs\"\ntype = [\"JupyterLab\"]\nolder_than = \"2d\"\n",
    );
    let shown = bench
        .run(&["cleanup", "--policy", "labs", "-o", "json"])
        .await
        .ends(0)
        .json();
    let found = items(&shown, "candidates");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["policy"], "labs");
    assert!(found[0]["why"].as_str().unwrap().contains("there for 6d"));
    bench
        .run(&["cleanup", "--policy", "lab"])
        .await
        .ends(2)
        .says(&["lab", "labs"]);
    bench.write(
        "config/config.toml",
        "[[cleanup]]\nname = \"x\"\nidle = \"soon\"\n",
    );
    bench
        .run(&["cleanup"])
        .await
        .ends(2)
        .says(&["config.toml", "line 3", "such as 90m"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_gone_meanwhile_is_no_trouble_and_a_denied_one_is_named() {
    let bench = studio().await;
    let app = format!("mlflow-reader/KernelGateway/{KERNEL}");
    bench.run(&["apps", "delete", &app, "--yes"]).await.ends(0);
    bench
        .run(&["apps", "delete", &app, "--yes"])
        .await
        .ends(2)
        .says(&[&app, "apps list"]);
    let policy = bench.run(&["iam-policy", "--read-only"]).await.ends(0).out;
    let bench = bench.used_by("looker", &policy);
    let ran = bench.run(&["cleanup", "--yes"]).await.ends(4);
    for part in ["sagemaker:DeleteApp", "looker"] {
        assert!(ran.out.contains(part), "{part}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_emptied_until_it_is_safe_to_destroy() {
    let bench = studio().await;
    let shown = bench
        .run(&["cleanup", "--for-destroy", "-o", "json"])
        .await
        .ends(0)
        .says(&["nothing was changed", "--confirm", DOMAIN_ID]);
    let calls = shown.json();
    let kinds: Vec<&str> = items(&calls, "calls")
        .iter()
        .map(|call| call["call"].as_str().unwrap())
        .collect();
    let count = |kind: &str| kinds.iter().filter(|call| **call == kind).count();
    assert_eq!(count("sagemaker:DeleteApp"), 7);
    assert_eq!(count("sagemaker:DeleteSpace"), 1);
    assert_eq!(count("sagemaker:DeleteUserProfile"), 5);
    let destroy = ["cleanup", "--for-destroy", "--yes"];
    bench
        .run(&destroy)
        .await
        .ends(2)
        .says(&["--confirm", DOMAIN_ID]);
    assert_eq!(bench.calls("DeleteApp"), 0);
    let destroy = [&destroy[..], &["--confirm", DOMAIN_ID, "-o", "json"]].concat();
    let ran = bench.run(&destroy).await.ends(0).says(&["safe to destroy"]);
    assert!(items(&ran.json(), "blocks").is_empty());
    bench
        .run(&["cleanup", "--for-destroy"])
        .await
        .ends(0)
        .says(&["safe to destroy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_still_blocks_is_named() {
    let bench = studio().await;
    let policy = bench.run(&["iam-policy"]).await.ends(0).out;
    let mut policy: Value = serde_json::from_str(&policy).unwrap();
    let denies = serde_json::json!({"Effect": "Deny", "Action": "sagemaker:DeleteApp",
        "Resource": format!("arn:aws:sagemaker:*:{ACCOUNT}:app/{DOMAIN_ID}/pricing-models/*")});
    policy["Statement"].as_array_mut().unwrap().push(denies);
    let bench = bench.used_by("nearly", &policy.to_string());
    let destroy = [
        "cleanup",
        "--for-destroy",
        "--yes",
        "--confirm",
        DOMAIN_ID,
        "-o",
        "json",
    ];
    let ran = bench
        .run(&destroy)
        .await
        .ends(4)
        .says(&["not safe to destroy", "journal resume"]);
    let json = ran.json();
    let blocks: Vec<_> = items(&json, "blocks")
        .iter()
        .map(|block| block["what"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        blocks,
        [
            "JupyterLab default of space pricing-models",
            "space pricing-models",
            "profile mlflow-admin"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_never_came_up_blocks_nothing() {
    let bench = studio().await;
    let failed = bench
        .sandbox
        .world()
        .sagemaker
        .lock()
        .fail_app("mlflow-reader", KERNEL);
    assert!(failed);
    assert!(
        !bench
            .apps()
            .await
            .iter()
            .any(|app| app.contains("mlflow-reader/KernelGateway"))
    );
    let listed = bench
        .run(&["apps", "list", "--status", "failed", "-o", "json"])
        .await
        .json();
    let status = &items(&listed, "apps")[0]["status"];
    assert_eq!(status, AppStatus::Failed.as_str());
}

#[rstest]
#[case::profile(&["profiles", "show", "nobody"], &["nobody", "profiles list"])]
#[case::role(&["profiles", "set-role", "mlflow-reader", "no-role"], &["no-role", "sagemakermlflowreaderrole"])]
#[case::name(&["profiles", "create", "two words"], &["two words", "A-Z"])]
#[case::deleted(&["profiles", "delete", "mlflow-reader", "nobody", "--yes"], &["nobody", "profiles list"])]
#[case::space(&["spaces", "delete", "nowhere", "--yes"], &["nowhere", "spaces list"])]
#[case::app(&["apps", "delete", "a/b/c", "--yes"], &["a/b/c", "apps list"])]
#[case::span(&["cleanup", "--older-than", "soon"], &["--older-than", "such as 90m"])]
#[case::apps(&["apps", "delete"], &["required"])]
#[case::unasked(&["apps", "delete", "--type", "KernelGateway"], &["no terminal", "--yes"])]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_nothing_is_deleted(
    #[case] arguments: &[&str],
    #[case] says: &[&str],
) {
    let bench = Bench::start().await;
    bench.run(arguments).await.ends(2).says(says);
    assert_eq!(
        bench.calls("DeleteApp") + bench.calls("DeleteUserProfile"),
        0
    );
}
