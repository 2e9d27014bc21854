//! The sandbox's API Gateway control plane, as the AWS SDK reads it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use aws_sdk_apigateway::{
    Client,
    config::{Credentials, Region},
    error::ProvideErrorMetadata,
};
use mlwarden::sandbox::{Options, Sandbox, world};
use serde_json::Value;

fn administrator() -> Credentials {
    Credentials::new(
        world::ACCESS_KEY_ID,
        world::SECRET_ACCESS_KEY,
        None,
        None,
        "test",
    )
}

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let config = aws_sdk_apigateway::Config::builder()
        .behavior_version_latest()
        .endpoint_url(sandbox.url().as_str())
        .region(Region::new(world::REGION))
        .credentials_provider(administrator())
        .build();
    (sandbox, Client::from_conf(config))
}

#[tokio::test]
async fn the_api_its_stage_and_its_authorizer_are_found() {
    let (_sandbox, client) = start().await;
    let apis = client.get_rest_apis().send().await.unwrap();
    let [api] = apis.items() else {
        panic!("one API, not {:?}", apis.items());
    };
    assert_eq!(api.name(), Some("mlflow-rest-api"));
    assert_eq!(api.id(), Some(world::API_ID));
    assert!(api.created_date().unwrap().secs() > 1_700_000_000);

    let stages = client.get_stages().rest_api_id(world::API_ID);
    let stages = stages.send().await.unwrap();
    assert_eq!(stages.item()[0].stage_name(), Some("prod"));

    let authorizers = client.get_authorizers().rest_api_id(world::API_ID);
    let authorizers = authorizers.send().await.unwrap();
    let [authorizer] = authorizers.items() else {
        panic!("one authorizer");
    };
    assert_eq!(authorizer.r#type().unwrap().as_str(), "REQUEST");
    assert_eq!(
        authorizer.identity_source(),
        Some("method.request.header.Authorization")
    );
    assert_eq!(authorizer.authorizer_result_ttl_in_seconds(), Some(0));
}

#[tokio::test]
async fn resources_come_in_pages_with_their_authorization() {
    let (_sandbox, client) = start().await;
    let mut found = BTreeMap::new();
    let mut position = None;
    let mut pages = 0;
    loop {
        let page = client
            .get_resources()
            .rest_api_id(world::API_ID)
            .embed("methods")
            .limit(4)
            .set_position(position)
            .send()
            .await
            .unwrap();
        pages += 1;
        for resource in page.items() {
            let authorization = resource
                .resource_methods()
                .and_then(|methods| methods.get("ANY"))
                .and_then(|method| method.authorization_type())
                .unwrap_or("no method");
            found.insert(
                resource.path().unwrap().to_owned(),
                authorization.to_owned(),
            );
        }
        position = page.position().map(str::to_owned);
        if position.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3);
    let expected = [
        ("/", "no method"),
        ("/api", "no method"),
        ("/api/2.0", "no method"),
        ("/api/2.0/endpoints", "AWS_IAM"),
        ("/api/2.0/endpoints/{proxy+}", "AWS_IAM"),
        ("/api/{proxy+}", "AWS_IAM"),
        ("/endpoints", "no method"),
        ("/endpoints/{proxy+}", "AWS_IAM"),
        ("/{proxy+}", "CUSTOM"),
    ];
    let expected: BTreeMap<String, String> = expected
        .into_iter()
        .map(|(path, kind)| (path.to_owned(), kind.to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (_sandbox, client) = start().await;
    let api = client.get_rest_api().rest_api_id("nosuchapi1").send().await;
    assert_eq!(api.unwrap_err().code(), Some("NotFoundException"));
    let authorizer = client
        .get_authorizer()
        .rest_api_id(world::API_ID)
        .authorizer_id("nosuch")
        .send()
        .await;
    assert_eq!(authorizer.unwrap_err().code(), Some("NotFoundException"));
    let page = client
        .get_resources()
        .rest_api_id(world::API_ID)
        .position("x")
        .send()
        .await;
    assert_eq!(page.unwrap_err().code(), Some("BadRequestException"));
}

#[tokio::test]
async fn a_dry_run_of_the_authorizer_tells_a_crash_from_a_refusal() {
    let (_sandbox, client) = start().await;
    let run = async |authorization: Option<&str>| {
        let mut call = client
            .test_invoke_authorizer()
            .rest_api_id(world::API_ID)
            .authorizer_id(world::AUTHORIZER_ID);
        if let Some(value) = authorization {
            call = call.headers("Authorization", value);
        }
        call.send().await.unwrap()
    };
    let nothing = run(None).await;
    assert_eq!((nothing.client_status(), nothing.policy()), (401, None));
    let crash = run(Some("Bearer hello-i-am-no-token")).await;
    assert_eq!((crash.client_status(), crash.policy()), (500, None));
    let log = crash.log().unwrap();
    assert!(log.contains("JWTError"), "{log}");
    assert!(!log.contains("hello-i-am-no-token"), "{log}");
}

#[tokio::test]
async fn a_dry_run_returns_the_policy_that_the_gateway_would_evaluate_for_a_stage_of_its_own() {
    let (sandbox, client) = start().await;
    let config = aws_sdk_cognitoidentityprovider::Config::builder()
        .behavior_version_latest()
        .endpoint_url(sandbox.url().as_str())
        .region(Region::new(world::REGION))
        .credentials_provider(administrator())
        .build();
    let cognito = aws_sdk_cognitoidentityprovider::Client::from_conf(config);
    let flow =
        aws_sdk_cognitoidentityprovider::types::ExplicitAuthFlowsType::AllowAdminUserPasswordAuth;
    cognito
        .update_user_pool_client()
        .user_pool_id(world::POOL_ID)
        .client_id(world::CLIENT_ID)
        .explicit_auth_flows(flow)
        .send()
        .await
        .unwrap();
    let token = cognito
        .admin_initiate_auth()
        .user_pool_id(world::POOL_ID)
        .client_id(world::CLIENT_ID)
        .auth_flow(aws_sdk_cognitoidentityprovider::types::AuthFlowType::AdminUserPasswordAuth)
        .auth_parameters("USERNAME", "mlflow-model-approver@example.com")
        .auth_parameters("PASSWORD", world::PASSWORD)
        .send()
        .await
        .unwrap()
        .authentication_result
        .unwrap()
        .id_token
        .unwrap();
    let answer = client
        .test_invoke_authorizer()
        .rest_api_id(world::API_ID)
        .authorizer_id(world::AUTHORIZER_ID)
        .headers("authorization", format!("Bearer {token}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.client_status(), 200);
    assert!(answer.principal_id().is_some());
    assert!(
        !answer.log().unwrap().contains(&token),
        "the token is shown"
    );
    let policy: Value = serde_json::from_str(answer.policy().unwrap()).unwrap();
    let resources = policy["Statement"][0]["Resource"].as_array().unwrap();
    let versions = format!(
        "arn:aws:execute-api:us-west-2:123456789012:{}/ESTestInvoke-stage/*/ajax-api/2.0/mlflow/model-versions/*",
        world::API_ID
    );
    assert!(resources.contains(&Value::String(versions)), "{policy}");
}
