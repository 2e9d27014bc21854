//! Studio profiles, spaces and apps on the sandbox: how they come and go by its clock, what
//! is refused, and how the adapters tell it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aws_credential_types::Credentials;
use indexmap::IndexMap;
use jiff::SignedDuration;
use mlwarden::{
    aws::{Cloud, SageMaker, Target, WriteAccess, sagemaker::NewProfile},
    domain::{AppId, AppOwner, AppStatus, ErrorClass},
    sandbox::{
        Options, Sandbox,
        sagemaker::Pace,
        world::{ACCESS_KEY_ID, DOMAIN_ID, REGION, SECRET_ACCESS_KEY},
    },
};
use rstest::rstest;

const ROLE: &str = "arn:aws:iam::123456789012:role/SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
const OTHER_ROLE: &str = "arn:aws:iam::123456789012:role/SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";

const SLOW: Pace = Pace {
    coming: SignedDuration::from_mins(10),
    changing: SignedDuration::from_mins(10),
    going: SignedDuration::from_mins(10),
};

struct Stage {
    sandbox: Sandbox,
    studio: SageMaker,
    write: WriteAccess,
}

impl Stage {
    async fn new(demo: bool) -> Self {
        let sandbox = Sandbox::start(Options {
            demo,
            ..Options::default()
        })
        .await
        .unwrap();
        // Slow enough for a slow machine; the tests let time pass themselves.
        sandbox.world().sagemaker.lock().set_pace(SLOW);
        let studio = cloud(&sandbox, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
            .await
            .sagemaker;
        Self {
            sandbox,
            studio,
            write: WriteAccess::unless_read_only(false).unwrap(),
        }
    }

    fn pass(&self, time: SignedDuration) {
        self.sandbox.world().clock.advance(time);
    }

    /// The adapter as somebody who has this policy.
    async fn as_one_with(&self, policy: &str) -> SageMaker {
        let (id, secret) = self.sandbox.world().iam.lock().add_user("limited", policy);
        cloud(&self.sandbox, &id, &secret).await.sagemaker
    }

    async fn status(&self, name: &str) -> Option<String> {
        let found = self.studio.find_profile(DOMAIN_ID, name).await.unwrap();
        found.map(|profile| profile.status)
    }

    async fn app_status(&self, app: &AppId) -> Option<AppStatus> {
        let apps = self.studio.apps_of(DOMAIN_ID, &app.owner).await.unwrap();
        apps.into_iter()
            .find(|found| found.id() == *app)
            .map(|found| found.status)
    }
}

async fn cloud(sandbox: &Sandbox, id: &str, secret: &str) -> Cloud {
    let target = Target {
        region: Some(REGION.to_owned()),
        endpoint_url: Some(sandbox.url().to_string()),
        ..Target::default()
    };
    Cloud::connect_as(&target, Credentials::new(id, secret, None, None, "test"))
        .await
        .unwrap()
}

fn ada() -> NewProfile {
    NewProfile {
        name: "ada-lovelace".to_owned(),
        execution_role: Some(ROLE.to_owned()),
        tags: IndexMap::from([("mlwarden:user".to_owned(), "ada@example.com".to_owned())]),
    }
}

fn kernel(profile: &str) -> AppId {
    AppId {
        domain_id: DOMAIN_ID.to_owned(),
        owner: AppOwner::Profile(profile.to_owned()),
        app_type: "KernelGateway".to_owned(),
        name: "instance-mlflow-basepython-2-0-ml-t3-medium".to_owned(),
    }
}

#[tokio::test]
async fn a_profile_comes_changes_and_goes_in_its_own_time() {
    let stage = Stage::new(false).await;
    let (studio, write) = (&stage.studio, &stage.write);
    assert_eq!(stage.status("ada-lovelace").await, None);
    studio
        .create_profile(write, DOMAIN_ID, &ada())
        .await
        .unwrap();
    let made = studio
        .find_profile(DOMAIN_ID, "ada-lovelace")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(made.status, "Pending");
    assert_eq!(made.execution_role.as_deref(), Some(ROLE));
    assert_eq!(studio.tags(&made.arn.unwrap()).await.unwrap(), ada().tags);

    // It cannot be changed before it is there.
    let early = studio
        .set_profile_role(write, DOMAIN_ID, "ada-lovelace", OTHER_ROLE)
        .await
        .unwrap_err();
    assert_eq!(early.class, ErrorClass::Conflict, "{early}");
    stage.pass(SignedDuration::from_mins(10));
    assert_eq!(
        stage.status("ada-lovelace").await.as_deref(),
        Some("InService")
    );
    studio
        .set_profile_role(write, DOMAIN_ID, "ada-lovelace", OTHER_ROLE)
        .await
        .unwrap();
    assert_eq!(
        stage.status("ada-lovelace").await.as_deref(),
        Some("Updating")
    );
    stage.pass(SignedDuration::from_mins(10));
    let changed = studio
        .find_profile(DOMAIN_ID, "ada-lovelace")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changed.execution_role.as_deref(), Some(OTHER_ROLE));
    assert!(changed.modified_at > changed.created_at);

    studio
        .delete_profile(write, DOMAIN_ID, "ada-lovelace")
        .await
        .unwrap();
    assert_eq!(
        stage.status("ada-lovelace").await.as_deref(),
        Some("Deleting")
    );
    stage.pass(SignedDuration::from_mins(10));
    assert_eq!(stage.status("ada-lovelace").await, None);
    assert_eq!(studio.profiles(DOMAIN_ID).await.unwrap().len(), 3);
    // Its name is free again, and its tags went with it.
    let mut again = ada();
    again.tags.clear();
    studio
        .create_profile(write, DOMAIN_ID, &again)
        .await
        .unwrap();
    let again = studio
        .describe_profile(DOMAIN_ID, "ada-lovelace", None)
        .await
        .unwrap();
    assert!(studio.tags(&again.arn.unwrap()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_app_is_listed_for_a_day_after_it_is_gone() {
    let stage = Stage::new(false).await;
    let app = kernel("mlflow-reader");
    assert_eq!(stage.app_status(&app).await, Some(AppStatus::InService));
    stage.studio.delete_app(&stage.write, &app).await.unwrap();
    assert_eq!(stage.app_status(&app).await, Some(AppStatus::Deleting));
    let twice = stage.studio.delete_app(&stage.write, &app).await;
    assert_eq!(twice.unwrap_err().class, ErrorClass::Conflict);
    stage.pass(SignedDuration::from_mins(20));
    assert_eq!(stage.app_status(&app).await, Some(AppStatus::Deleted));
    let gone = stage.studio.delete_app(&stage.write, &app).await;
    assert_eq!(gone.unwrap_err().class, ErrorClass::NotFound);
    stage.pass(SignedDuration::from_hours(23));
    assert_eq!(stage.app_status(&app).await, Some(AppStatus::Deleted));
    stage.pass(SignedDuration::from_hours(1));
    assert_eq!(stage.app_status(&app).await, None);
    let gone = stage.studio.delete_app(&stage.write, &app).await;
    assert_eq!(gone.unwrap_err().class, ErrorClass::NotFound);
}

#[tokio::test]
async fn an_app_that_failed_needs_no_delete() {
    let stage = Stage::new(true).await;
    let failed = AppId {
        name: "instance-datascience-ml-g4dn-xlarge".to_owned(),
        ..kernel("left-last-year")
    };
    assert_eq!(stage.app_status(&failed).await, Some(AppStatus::Failed));
    let refused = stage.studio.delete_app(&stage.write, &failed).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.class, ErrorClass::NotFound, "{refused}");
    stage
        .studio
        .delete_profile(&stage.write, DOMAIN_ID, "left-last-year")
        .await
        .unwrap();
}

#[tokio::test]
async fn whoever_has_apps_or_spaces_stays() {
    let stage = Stage::new(true).await;
    let (studio, write) = (&stage.studio, &stage.write);
    stage
        .sandbox
        .world()
        .sagemaker
        .lock()
        .set_pace(Pace::AT_ONCE);
    let refused = |failure: mlwarden::domain::Failure, why: &str| {
        assert_eq!(failure.class, ErrorClass::Conflict);
        assert!(failure.message.contains(why), "{failure}");
    };
    let delete = || studio.delete_profile(write, DOMAIN_ID, "mlflow-admin");
    refused(delete().await.unwrap_err(), "App(s)");
    let owner = AppOwner::Profile("mlflow-admin".to_owned());
    for app in studio.apps_of(DOMAIN_ID, &owner).await.unwrap() {
        studio.delete_app(write, &app.id()).await.unwrap();
    }
    refused(delete().await.unwrap_err(), "Space(s)");

    let spaces = studio.spaces_owned_by(DOMAIN_ID, "mlflow-admin").await;
    let spaces = spaces.unwrap();
    let names: Vec<_> = spaces.iter().map(|space| space.name.as_str()).collect();
    assert_eq!(names, ["pricing-models"]);
    assert_eq!(
        studio.spaces_owned_by(DOMAIN_ID, "mlflow-reader").await,
        Ok(Vec::new())
    );
    let delete_space = || studio.delete_space(write, DOMAIN_ID, "pricing-models");
    refused(delete_space().await.unwrap_err(), "App(s)");
    let owner = AppOwner::Space("pricing-models".to_owned());
    let apps = studio.apps_of(DOMAIN_ID, &owner).await.unwrap();
    assert_eq!(apps.len(), 1);
    studio.delete_app(write, &apps[0].id()).await.unwrap();
    delete_space().await.unwrap();
    delete().await.unwrap();
    assert_eq!(stage.status("mlflow-admin").await, None);
    let failure = delete().await.unwrap_err();
    assert_eq!(failure.class, ErrorClass::NotFound);
}

#[tokio::test]
async fn looking_often_enough_sees_it_done() {
    let stage = Stage::new(false).await;
    let clock = &stage.sandbox.world().clock;
    clock.advance_with_each_call(SignedDuration::from_mins(4));
    stage
        .studio
        .create_profile(&stage.write, DOMAIN_ID, &ada())
        .await
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.extend(stage.status("ada-lovelace").await);
    }
    assert_eq!(seen, ["Pending", "Pending", "InService", "InService"]);
}

#[rstest]
#[case::name("ada.lovelace", Some(ROLE), ErrorClass::Invalid, "'userProfileName'")]
#[case::empty("", None, ErrorClass::Invalid, "'userProfileName'")]
#[case::role(
    "ada",
    Some("arn:aws:iam::1:role/x-and-more"),
    ErrorClass::Invalid,
    "'userSettings.executionRole'"
)]
#[case::taken("mlflow-reader", Some(ROLE), ErrorClass::Conflict, "already exists")]
#[tokio::test]
async fn a_profile_that_cannot_be_is_refused_with_the_reason(
    #[case] name: &str,
    #[case] role: Option<&str>,
    #[case] class: ErrorClass,
    #[case] reason: &str,
) {
    let stage = Stage::new(false).await;
    let new = NewProfile {
        name: name.to_owned(),
        execution_role: role.map(str::to_owned),
        tags: IndexMap::new(),
    };
    let failure = stage
        .studio
        .create_profile(&stage.write, DOMAIN_ID, &new)
        .await
        .unwrap_err();
    assert_eq!(failure.class, class, "{failure}");
    assert!(failure.message.contains(reason), "{failure}");
    assert_eq!(stage.studio.profiles(DOMAIN_ID).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let stage = Stage::new(false).await;
    let (studio, write) = (&stage.studio, &stage.write);
    for failure in [
        studio.delete_profile(write, DOMAIN_ID, "nobody").await,
        studio
            .set_profile_role(write, DOMAIN_ID, "nobody", ROLE)
            .await,
        studio.delete_space(write, DOMAIN_ID, "nowhere").await,
        studio.delete_app(write, &kernel("nobody")).await,
        studio.create_profile(write, "d-elsewhere", &ada()).await,
    ] {
        let failure = failure.unwrap_err();
        assert_eq!(failure.class, ErrorClass::NotFound, "{failure}");
    }
    assert_eq!(studio.find_profile(DOMAIN_ID, "nobody").await, Ok(None));
}

#[rstest]
#[case::creating(r#""sagemaker:Describe*""#, "*", "sagemaker:CreateUserProfile")]
#[case::another_name(
    r#""sagemaker:*", "iam:PassRole""#,
    "arn:aws:sagemaker:*:*:user-profile/*/bob",
    "sagemaker:CreateUserProfile"
)]
#[case::passing_the_role(r#""sagemaker:*""#, "*", "iam:PassRole")]
#[case::tagging(
    r#""sagemaker:CreateUserProfile", "iam:PassRole""#,
    "*",
    "sagemaker:AddTags"
)]
#[tokio::test]
async fn every_right_that_a_new_profile_takes_is_asked_for(
    #[case] actions: &str,
    #[case] resource: &str,
    #[case] missing: &str,
) {
    let stage = Stage::new(false).await;
    let limited = stage
        .as_one_with(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Action": [{actions}], "Resource": "{resource}"}}]}}"#
        ))
        .await;
    let failure = limited
        .create_profile(&stage.write, DOMAIN_ID, &ada())
        .await
        .unwrap_err();
    let denied = ErrorClass::Denied {
        action: Some(missing.to_owned()),
    };
    assert_eq!(failure.class, denied, "{failure}");
    assert_eq!(stage.status("ada-lovelace").await, None);
}

#[tokio::test]
async fn the_role_that_a_policy_names_may_be_passed_and_no_other() {
    let stage = Stage::new(false).await;
    let limited = stage
        .as_one_with(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}},
                {{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "{ROLE}", "Condition":
                  {{"StringEquals": {{"iam:PassedToService": "sagemaker.amazonaws.com"}}}}}}]}}"#
        ))
        .await;
    limited
        .create_profile(&stage.write, DOMAIN_ID, &ada())
        .await
        .unwrap();
    stage.pass(SignedDuration::from_mins(10));
    let failure = limited
        .set_profile_role(&stage.write, DOMAIN_ID, "ada-lovelace", OTHER_ROLE)
        .await
        .unwrap_err();
    assert!(failure.message.contains(OTHER_ROLE), "{failure}");
    limited
        .set_profile_role(&stage.write, DOMAIN_ID, "ada-lovelace", ROLE)
        .await
        .unwrap();
}
