//! `iam-policy`: what it prints is enough.

use aws_credential_types::Credentials;
use mlwarden::{
    aws::{
        Cloud, Target, WriteAccess,
        cognito::{GroupSettings, Invitation, MfaPreference, NewUser},
        sagemaker::NewProfile,
    },
    domain::{AppId, AppOwner, ErrorClass, Failure},
    sandbox::{
        sagemaker::Pace,
        world::{ACCOUNT, DOMAIN_ID, POOL_ID, REGION},
    },
};

use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";

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

impl Bench {
    async fn cloud(&self) -> Cloud {
        let given = |name: &str| self.environment[name].clone();
        let target = Target {
            region: Some(given("AWS_REGION")),
            endpoint_url: Some(given("AWS_ENDPOINT_URL")),
            ..Target::default()
        };
        let (id, secret) = (given("AWS_ACCESS_KEY_ID"), given("AWS_SECRET_ACCESS_KEY"));
        Cloud::connect_as(&target, Credentials::new(id, secret, None, None, "test"))
            .await
            .unwrap()
    }
}

/// Everything that coming and leaving takes, by the adapters.
async fn come_and_leave(bench: &Bench) -> Result<(), Failure> {
    let pace = Pace::AT_ONCE;
    bench.sandbox.world().sagemaker.lock().set_pace(pace);
    let cloud = bench.cloud().await;
    let (people, studio) = (&cloud.cognito, &cloud.sagemaker);
    let writes = &WriteAccess::unless_read_only(false).unwrap();
    let ada = "ada@example.com";
    let new = NewUser {
        username: ada.to_owned(),
        invitation: Invitation::Suppress,
        ..NewUser::default()
    };
    people.create_user(writes, POOL_ID, &new).await?;
    people.resend_invite(writes, POOL_ID, ada).await?;
    let attributes = [("nickname".to_owned(), "Ada".to_owned())].into();
    people
        .update_attributes(writes, POOL_ID, ada, &attributes)
        .await?;
    people
        .delete_attributes(writes, POOL_ID, ada, &["nickname".to_owned()])
        .await?;
    people
        .set_mfa(writes, POOL_ID, ada, &MfaPreference::default())
        .await?;
    assert_eq!(people.devices(POOL_ID, ada).await?, []);
    let group = GroupSettings {
        name: "guests".to_owned(),
        ..GroupSettings::default()
    };
    people.create_group(writes, POOL_ID, &group).await?;
    people.update_group(writes, POOL_ID, &group).await?;
    people.add_to_group(writes, POOL_ID, ada, "guests").await?;
    let profile = NewProfile {
        name: "ada".to_owned(),
        execution_role: Some(ROLE.to_owned()),
        tags: [("user".to_owned(), ada.to_owned())].into(),
    };
    studio.create_profile(writes, DOMAIN_ID, &profile).await?;
    studio
        .set_profile_role(writes, DOMAIN_ID, "ada", ROLE)
        .await?;
    let made = studio.describe_profile(DOMAIN_ID, "ada", None).await?;
    assert_eq!(studio.tags(&made.arn.unwrap()).await?, profile.tags);

    people.disable_user(writes, POOL_ID, ada).await?;
    people.sign_out(writes, POOL_ID, ada).await?;
    people.enable_user(writes, POOL_ID, ada).await?;
    people
        .remove_from_group(writes, POOL_ID, ada, "guests")
        .await?;
    people.delete_group(writes, POOL_ID, "guests").await?;
    people.delete_user(writes, POOL_ID, ada).await?;
    let app = AppId {
        domain_id: DOMAIN_ID.to_owned(),
        owner: AppOwner::Profile("mlflow-reader".to_owned()),
        app_type: "JupyterServer".to_owned(),
        name: "default".to_owned(),
    };
    studio.delete_app(writes, &app).await?;
    let space = studio.delete_space(writes, DOMAIN_ID, "nowhere").await;
    assert_eq!(space.unwrap_err().class, ErrorClass::NotFound);
    studio.delete_profile(writes, DOMAIN_ID, "ada").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_enough_for_people_to_come_and_leave() {
    let place = [
        "iam-policy",
        "--account",
        ACCOUNT,
        "--region",
        REGION,
        "--user-pool-id",
        POOL_ID,
        "--domain-id",
        DOMAIN_ID,
    ];
    for arguments in [&["iam-policy"][..], &place] {
        let bench = with_printed_policy(arguments).await;
        Box::pin(come_and_leave(&bench)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_for_one_place_is_none_for_another() {
    for (other, action) in [
        (
            ["--user-pool-id", "us-west-2_another"],
            "cognito-idp:AdminCreateUser",
        ),
        (["--domain-id", "d-another"], "sagemaker:CreateUserProfile"),
        (["--region", "eu-west-1"], "cognito-idp:AdminCreateUser"),
        (["--account", "210987654321"], "cognito-idp:AdminCreateUser"),
    ] {
        let bench = with_printed_policy(&["iam-policy", other[0], other[1]]).await;
        let failure = Box::pin(come_and_leave(&bench)).await.unwrap_err();
        let missing = ErrorClass::Denied {
            action: Some(action.to_owned()),
        };
        assert_eq!(failure.class, missing, "{failure}");
    }
}
