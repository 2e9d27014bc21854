//! Finding the deployment: everything, with where it came from; what is known wins; a
//! right that is missing costs one item and is named.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "other tests look at what was sent")]
mod relay;

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use mlwarden::{
    aws::{
        Cloud, Target, WriteAccess,
        discovery::{Discovered, Known, discover},
    },
    domain::{Deployment, ErrorClass, Found, Origin},
    sandbox::{Options, Sandbox, world},
};
use relay::{Instead, Relay, Seen};
use rstest::rstest;

/// Calls that the sample takes: who am I, the parameters; pools, clients, the client;
/// stages, authorizers; domains, the domain, its profiles, and each of three profiles.
const CALLS: usize = 13;

struct Stage {
    sandbox: Sandbox,
    relay: Relay,
    cloud: Cloud,
}

impl Stage {
    async fn new(instead: Instead) -> Self {
        Self::of(Options::default(), instead).await
    }

    async fn of(options: Options, instead: Instead) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let relay = Relay::start(sandbox.url().as_str(), instead).await;
        let target = Target {
            region: Some(world::REGION.to_owned()),
            endpoint_url: Some(relay.url.clone()),
            ..Target::default()
        };
        let administrator = Credentials::new(
            world::ACCESS_KEY_ID,
            world::SECRET_ACCESS_KEY,
            None,
            None,
            "test",
        );
        let cloud = Cloud::connect_as(&target, administrator).await.unwrap();
        Self {
            sandbox,
            relay,
            cloud,
        }
    }

    async fn discover(&self, known: Known) -> Deployment {
        discover(&self.cloud, known, |_| ()).await
    }
}

fn value(found: Option<&Found<String>>) -> &str {
    found.map_or("(missing)", |found| &found.value)
}

fn origin<T>(found: Option<&Found<T>>) -> String {
    found.map_or_else(|| "(missing)".to_owned(), |found| found.origin.to_string())
}

fn flag(value: &str) -> Found<String> {
    Found::new(value.to_owned(), Origin::Flag("--given".into()))
}

#[tokio::test]
async fn everything_is_found_with_where_it_came_from() {
    let stage = Stage::new(|_| None).await;
    let found = stage.discover(Known::default()).await;
    assert_eq!(found.problems, []);
    for (item, expected, from) in [
        (&found.account, world::ACCOUNT, "sts:GetCallerIdentity"),
        (&found.region, world::REGION, "flag --region"),
        (&found.caller_arn, world::ADMIN_ARN, "sts:GetCallerIdentity"),
        (
            &found.user_pool_id,
            world::POOL_ID,
            "cognito-idp:ListUserPools",
        ),
        (
            &found.client_id,
            world::CLIENT_ID,
            "cognito-idp:ListUserPoolClients",
        ),
        (&found.rest_api_id, world::API_ID, "ssm mlflow-restApiId"),
        (&found.stage, world::STAGE, "apigateway:GetStages"),
        (
            &found.authorizer_id,
            world::AUTHORIZER_ID,
            "apigateway:GetAuthorizers",
        ),
        (&found.domain_id, world::DOMAIN_ID, "sagemaker:ListDomains"),
    ] {
        assert_eq!(value(item.as_ref()), expected);
        assert_eq!(origin(item.as_ref()), from, "{expected}");
    }
    assert!(value(found.api_url.as_ref()).ends_with("/prod/"));
    assert_eq!(origin(found.api_url.as_ref()), "ssm mlflow-restApiUrl");
    assert_eq!(origin(found.ui_url.as_ref()), "ssm mlflow-uiUrl");
    let flows = found.client_flows.unwrap().value;
    assert!(flows.contains(&"ALLOW_USER_SRP_AUTH".to_owned()));
    let roles = found.execution_roles.unwrap();
    assert_eq!(roles.origin.to_string(), "sagemaker:DescribeUserProfile");
    let mut profiles: Vec<_> = roles
        .value
        .iter()
        .flat_map(|role| role.profiles.iter().map(String::as_str))
        .collect();
    profiles.sort_unstable();
    assert_eq!(
        profiles,
        ["mlflow-admin", "mlflow-model-approver", "mlflow-reader"]
    );
    assert!(
        roles
            .value
            .iter()
            .all(|role| role.arn.ends_with(&role.name))
    );
    let calls = stage.relay.operations();
    assert!(calls.len() <= CALLS, "{calls:?}");
    stage.sandbox.stop().await;
}

/// Thousands of profiles have a few roles between them.
#[tokio::test]
async fn a_large_domain_is_not_looked_at_profile_by_profile() {
    let large = Options {
        profiles: 400,
        ..Options::default()
    };
    let stage = Stage::of(large, |_| None).await;
    let found = stage.discover(Known::default()).await;
    assert_eq!(found.problems, []);
    let roles = found.execution_roles.unwrap().value;
    // The admin's, too, which none of the others has.
    assert_eq!(roles.len(), 3, "{roles:?}");
    let calls = stage.relay.operations();
    let looked = calls.iter().filter(|call| *call == "DescribeUserProfile");
    assert!(looked.count() <= 60, "{calls:?}");
    let lists = calls.iter().filter(|call| *call == "ListUserProfiles");
    assert_eq!(lists.count(), 1);
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn each_item_is_told_as_soon_as_it_is_known() {
    let stage = Stage::new(|_| None).await;
    let told = Arc::new(Mutex::new(Deployment::default()));
    let found = discover(&stage.cloud, Known::default(), |item: Discovered| {
        item.apply(&mut told.lock().unwrap());
    })
    .await;
    assert_eq!(*told.lock().unwrap(), found);
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn what_is_known_wins_and_is_not_asked_for() {
    let stage = Stage::new(|_| None).await;
    let known = Known {
        user_pool_id: Some(flag(world::POOL_ID)),
        client_id: Some(flag(world::CLIENT_ID)),
        rest_api_id: Some(flag("other0api0")),
        api_url: Some(flag("https://mlflow.example.com/any/path")),
        stage: Some(flag("dev")),
        authorizer_id: Some(flag("auth00")),
        domain_id: Some(flag(world::DOMAIN_ID)),
        mlflow_version: Some(flag("2.14.1")),
        ui_url: Some(flag("https://ui.example.com/")),
        execution_roles: Some(Found::new(
            vec!["given-role".to_owned()],
            Origin::Flag("--given".into()),
        )),
        ..Known::default()
    };
    let found = stage.discover(known).await;
    for (item, expected) in [
        (&found.user_pool_id, world::POOL_ID),
        (&found.client_id, world::CLIENT_ID),
        (&found.rest_api_id, "other0api0"),
        (&found.api_url, "https://mlflow.example.com/any/path/"),
        (&found.stage, "dev"),
        (&found.authorizer_id, "auth00"),
        (&found.domain_id, world::DOMAIN_ID),
        (&found.mlflow_version, "2.14.1"),
        (&found.ui_url, "https://ui.example.com/"),
    ] {
        assert_eq!(value(item.as_ref()), expected);
        assert_eq!(origin(item.as_ref()), "flag --given", "{expected}");
    }
    let roles = found.execution_roles.unwrap();
    assert_eq!(roles.origin, Origin::Flag("--given".into()));
    assert_eq!(
        roles.value.first().map(|role| role.arn.as_str()),
        Some("arn:aws:iam::123456789012:role/given-role")
    );
    let calls = stage.relay.operations();
    for needless in ["ListUserPools", "ListUserPoolClients", "ListDomains"] {
        assert!(!calls.contains(&needless.to_owned()), "{calls:?}");
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn an_authorizer_that_is_given_tells_its_function_all_the_same() {
    let stage = Stage::new(|_| None).await;
    let found = stage.discover(Known::default()).await;
    let known = Known {
        authorizer_id: found.authorizer_id.clone(),
        ..Known::default()
    };
    let again = stage.discover(known).await;
    assert!(found.authorizer_function.is_some());
    assert_eq!(again.authorizer_function, found.authorizer_function);
    assert_eq!(
        origin(again.authorizer_function.as_ref()),
        "apigateway:GetAuthorizers"
    );
    stage.sandbox.stop().await;
}

#[test]
fn the_samples_own_variables_stand_behind_what_is_given() {
    let variable = |name: &str| match name {
        "AWS_ACCOUNT" => Some("111111111111".to_owned()),
        "DOMAIN_ID" => Some("d-environment".to_owned()),
        _ => None,
    };
    let known = Known {
        domain_id: Some(flag("d-given")),
        ..Known::default()
    };
    let known = known.or_environment(variable);
    assert_eq!(value(known.domain_id.as_ref()), "d-given");
    assert_eq!(value(known.account.as_ref()), "111111111111");
    assert_eq!(origin(known.account.as_ref()), "env AWS_ACCOUNT");
    assert_eq!(
        Known::default().or_environment(|_| Some(String::new())),
        Known::default()
    );
}

#[tokio::test]
async fn the_credentials_of_another_account_are_a_problem() {
    let stage = Stage::new(|_| None).await;
    let known = Known {
        account: Some(flag("999999999999")),
        ..Known::default()
    };
    let found = stage.discover(known).await;
    assert_eq!(value(found.account.as_ref()), "999999999999");
    let [problem] = found.problems.as_slice() else {
        panic!("{:?}", found.problems);
    };
    assert_eq!(problem.item, "account");
    assert!(problem.failure.message.contains(world::ACCOUNT));
    stage.sandbox.stop().await;
}

/// What a caller without one right is told, for each service in its own format.
fn deny(seen: &Seen, operation: &str, action: &str) -> Option<(u16, String)> {
    if !seen.operation.starts_with(operation) {
        return None;
    }
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: * because no \
         identity-based policy allows the {action} action",
        world::ADMIN_ARN
    );
    if action.starts_with("sts:") || action.starts_with("iam:") {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        );
        return Some((403, body));
    }
    let body = serde_json::json!({"__type": "AccessDeniedException", "message": message});
    Some((400, body.to_string()))
}

macro_rules! denying {
    ($operation:literal, $action:literal) => {
        ((|seen| deny(seen, $operation, $action)) as Instead, $action)
    };
}

#[rstest]
#[case(denying!("GetCallerIdentity", "sts:GetCallerIdentity"), &["account", "caller_arn"])]
#[case(denying!("ListUserPools", "cognito-idp:ListUserPools"), &["user_pool_id", "client_id", "client_flows"])]
#[case(denying!("ListUserPoolClients", "cognito-idp:ListUserPoolClients"), &["client_id", "client_flows"])]
#[case(denying!("DescribeUserPoolClient", "cognito-idp:DescribeUserPoolClient"), &["client_flows"])]
#[case(denying!("GetParameter", "ssm:GetParameters"), &["ui_url", "deploy_bucket"])]
#[case(denying!("GET /restapis", "apigateway:GET"), &["stage", "authorizer_id"])]
#[case(denying!("ListDomains", "sagemaker:ListDomains"), &["domain_id"])]
#[case(denying!("ListUserProfiles", "sagemaker:ListUserProfiles"), &[])]
#[case(denying!("DescribeUserProfile", "sagemaker:DescribeUserProfile"), &[])]
#[case(denying!("DescribeDomain", "sagemaker:DescribeDomain"), &[])]
#[tokio::test]
async fn a_right_that_is_missing_is_named_and_costs_its_item_alone(
    #[case] (instead, action): (Instead, &str),
    #[case] lost: &[&str],
) {
    let stage = Stage::new(instead).await;
    let found = stage.discover(Known::default()).await;
    let denied: Vec<_> = found
        .problems
        .iter()
        .filter_map(|problem| match &problem.failure.class {
            ErrorClass::Denied {
                action: Some(action),
            } => Some(action.as_str()),
            _ => None,
        })
        .collect();
    assert!(!denied.is_empty(), "{:?}", found.problems);
    assert!(denied.iter().all(|denied| *denied == action), "{denied:?}");
    let found = serde_json::to_value(found).unwrap();
    for item in [
        "account",
        "caller_arn",
        "user_pool_id",
        "client_id",
        "client_flows",
        "rest_api_id",
        "stage",
        "authorizer_id",
        "api_url",
        "ui_url",
        "deploy_bucket",
        "domain_id",
        "execution_roles",
    ] {
        assert_eq!(found[item].is_null(), lost.contains(&item), "{item}");
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn without_studio_the_roles_are_those_whose_policies_name_the_api() {
    let stage = Stage::new(|seen| deny(seen, "ListDomains", "sagemaker:ListDomains")).await;
    let found = stage.discover(Known::default()).await;
    let roles = found.execution_roles.unwrap();
    assert!(
        roles.origin.to_string().contains("policies name the API"),
        "{}",
        roles.origin
    );
    let names: Vec<_> = roles.value.iter().map(|role| role.name.as_str()).collect();
    for part in ["adminrole", "readerrole", "modelaprov"] {
        assert!(names.iter().any(|name| name.contains(part)), "{names:?}");
    }
    assert_eq!(names.len(), 3, "{names:?}");
    stage.sandbox.stop().await;
}

fn two_pools(seen: &Seen) -> Option<(u16, String)> {
    (seen.operation == "ListUserPools").then(|| {
        let pools = serde_json::json!({"UserPools": [
            {"Id": "us-west-2_one", "Name": "one"}, {"Id": "us-west-2_two", "Name": "two"},
        ]});
        (200, pools.to_string())
    })
}

#[tokio::test]
async fn where_it_could_be_several_the_candidates_are_listed_and_none_is_taken() {
    let stage = Stage::new(two_pools).await;
    let found = stage.discover(Known::default()).await;
    assert_eq!(found.user_pool_id, None);
    let problem = found
        .problems
        .iter()
        .find(|problem| problem.item == "user_pool_id")
        .unwrap();
    for candidate in ["us-west-2_one", "us-west-2_two"] {
        assert!(problem.failure.message.contains(candidate), "{problem:?}");
    }
    stage.sandbox.stop().await;
}

#[tokio::test]
async fn where_nobody_answers_everything_is_a_problem_and_nothing_hangs() {
    let target = Target {
        region: Some(world::REGION.to_owned()),
        endpoint_url: Some("http://127.0.0.1:1".to_owned()),
        ..Target::default()
    };
    let nobody = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let cloud = Cloud::connect_as(&target, nobody).await.unwrap();
    let found = discover(&cloud, Known::default(), |_| ()).await;
    assert_eq!(value(found.region.as_ref()), world::REGION);
    assert_eq!(found.user_pool_id, None);
    assert!(
        found
            .problems
            .iter()
            .any(|problem| problem.failure.class == ErrorClass::Network)
    );
}

#[tokio::test]
async fn with_a_readers_own_rights_the_rest_is_still_found() {
    let stage = Stage::new(|_| None).await;
    let admin = stage.discover(Known::default()).await;
    let roles = admin.execution_roles.unwrap().value;
    let role = roles
        .iter()
        .find(|role| role.profiles == ["mlflow-reader"])
        .unwrap();
    let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": world::ADMIN_ARN}, "Action": "sts:AssumeRole",
    }]});
    let write = WriteAccess::unless_read_only(false).unwrap();
    stage
        .cloud
        .iam
        .set_trust(&write, &role.name, &trust.to_string())
        .await
        .unwrap();
    let session = stage.cloud.sts.assume(&role.arn, "mlwarden").await.unwrap();
    let target = Target {
        region: Some(world::REGION.to_owned()),
        endpoint_url: Some(stage.relay.url.clone()),
        ..Target::default()
    };
    let cloud = Cloud::connect_as(&target, session).await.unwrap();
    let found = discover(&cloud, Known::default(), |_| ()).await;
    assert_eq!(value(found.account.as_ref()), world::ACCOUNT);
    assert_eq!(value(found.domain_id.as_ref()), world::DOMAIN_ID);
    assert!(found.execution_roles.is_some());
    assert!(!found.problems.is_empty());
    for problem in &found.problems {
        assert!(
            matches!(
                &problem.failure.class,
                ErrorClass::Denied { action: Some(_) }
            ),
            "{problem:?}"
        );
    }
    stage.sandbox.stop().await;
}
