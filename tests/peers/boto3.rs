//! boto3, pycognito and MLflow's own client, unmodified, against the sandbox.

use std::process::Command;

use jiff::SignedDuration;
use mlwarden::{
    identity::{NoChallenges, SignIn},
    sandbox::{Options, Sandbox, sagemaker::Pace},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{sandboxed::verifier, venv::Venv};

/// Runs a script of this folder with the sandbox's environment and reads its JSON.
async fn script(
    venv: &Venv,
    sandbox: &Sandbox,
    script: &'static str,
    arguments: Vec<String>,
) -> Value {
    let mut command = Command::new(venv.python());
    command
        .arg("-c")
        .arg(script)
        .args(arguments)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("GIT_PYTHON_REFRESH", "quiet")
        .env("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        .envs(sandbox.environment());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .expect("Python runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_and_pycognito_work_unmodified() {
    let venv = Venv::prepare("aws");
    let sandbox = Sandbox::start(Options {
        users: 200,
        ..Options::default()
    })
    .await
    .unwrap();
    let password = sandbox.environment()["MLWARDEN_SANDBOX_PASSWORD"].clone();
    let seen = script(
        &venv,
        &sandbox,
        include_str!("boto3_on_sandbox.py"),
        vec![password],
    )
    .await;
    assert_eq!(
        seen,
        json!({
            "account": sandbox.environment()["AWS_ACCOUNT"],
            "parameters": ["mlflow-deploy-bucket", "mlflow-restApiId", "mlflow-restApiUrl", "mlflow-uiUrl"],
            "missing_parameters": ["no-such"],
            "groups": ["admins", "model-approvers", "readers"],
            "largest_page": 60,
            "users": 203,
            "reader_status": "CONFIRMED",
            "reader_created": true,
            "weak_password": "InvalidPasswordException",
            "same_email": "UsernameExistsException",
            "wrong_password": "NotAuthorizedException",
            "token_groups": ["readers"],
            "access_token_has_audience": false,
            "password_flow": "InvalidParameterException",
            "refreshed": true,
            "profiles": ["mlflow-admin", "mlflow-model-approver", "mlflow-reader"],
            "apps": [["JupyterServer", "default"], ["KernelGateway", "instance-mlflow-basepython-2-0-ml-t3-medium"]],
            "trust": {"Service": "sagemaker.amazonaws.com"},
            "inline": ["restApiReader", "s3Buckets", "ssmPolicy"],
            "assume": "AccessDenied",
            "no_such_role": "NoSuchEntity",
            "simulated": ["implicitDeny", "allowed"],
            "stage": "prod",
            "paths": ["/", "/api", "/api/2.0", "/api/2.0/endpoints", "/api/2.0/endpoints/{proxy+}", "/api/{proxy+}",
                      "/endpoints", "/endpoints/{proxy+}", "/{proxy+}"],
            "authorizer": "REQUEST",
            "test_invoke": 200,
            "test_policy_statements": true,
            "wrong_secret": "SignatureDoesNotMatch",
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_sees_studio_come_and_go() {
    let venv = Venv::prepare("aws");
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let world = sandbox.world();
    let quarter = SignedDuration::from_mins(15);
    world.sagemaker.lock().set_pace(Pace {
        coming: quarter,
        changing: quarter,
        going: quarter,
    });
    world
        .clock
        .advance_with_each_call(SignedDuration::from_mins(10));
    let script = script(
        &venv,
        &sandbox,
        include_str!("studio_on_sandbox.py"),
        Vec::new(),
    );
    let mut seen = script.await;
    let domain = [
        "domain_in_use",
        "default_role",
        "into_it",
        "domain_gone",
        "domains",
        "unknown",
    ];
    let (fields, mut of_domain) = (seen.as_object_mut().unwrap(), serde_json::Map::new());
    for name in domain {
        of_domain.insert(name.to_owned(), fields.remove(name).unwrap());
    }
    assert_eq!(
        seen,
        json!({
            "coming": ["Pending", "InService"],
            "arn": true,
            "twice": "ResourceInUse",
            "bad_name": "ValidationException",
            "no_domain": "ResourceNotFound",
            "changing": ["Updating", "InService"],
            "role": true,
            "tags": ["user", "team"],
            "tags_left": {"team": "pricing"},
            "tags_of_nothing": "ResourceNotFound",
            "space_coming": ["Pending", "InService"],
            "space_owner": "ada-lovelace",
            "space_listed": ["ada-lovelace"],
            "app_coming": ["Pending", "InService"],
            "activity_is_a_health_check": true,
            "app_twice": "ResourceInUse",
            "app_of_nobody": "ValidationException",
            "app_type": "ValidationException",
            "profile_in_use": "ResourceInUse",
            "space_in_use": "ResourceInUse",
            "app_going": ["Deleting", "Deleted"],
            "app_gone": "ValidationException",
            "app_listed": ["Deleted"],
            "space_going": "Deleting",
            "space_gone": "ResourceNotFound",
            "pages": [3, 1],
            "last_changed": "ada-lovelace",
            "some": ["mlflow-reader"],
            "too_many": "ValidationException",
            "sort_key": "ValidationException",
            "newest_app": ["JupyterLab", true],
            "going": "Deleting",
            "gone": "ResourceNotFound",
            "deleted_twice": "ResourceNotFound",
        })
    );
    assert_eq!(
        Value::Object(of_domain),
        json!({
            "domain_in_use": "ResourceInUse",
            "default_role": true,
            "into_it": "ResourceInUse",
            "domain_gone": "ResourceNotFound",
            "domains": [],
            // Nothing that SageMaker's own model does not know.
            "unknown": [],
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_writes_roles_and_their_policies() {
    let venv = Venv::prepare("aws");
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let seen = script(
        &venv,
        &sandbox,
        include_str!("roles_on_sandbox.py"),
        Vec::new(),
    );
    assert_eq!(
        seen.await,
        json!({
            "made": "arn:aws:iam::123456789012:role/pilot",
            "twice": "EntityAlreadyExists",
            "bad_name": "ValidationError",
            "bad_trust": "MalformedPolicyDocument",
            "policy": true,
            "replaced": ["s3:Get*"],
            "malformed": ["MalformedPolicyDocument", "MalformedPolicyDocument", "MalformedPolicyDocument",
                          "MalformedPolicyDocument", "MalformedPolicyDocument"],
            "bad_policy_name": "ValidationError",
            "fits": 10_240,
            "too_large": "LimitExceeded",
            "attached": ["AmazonSageMakerFullAccess"],
            "no_such_policy": "NoSuchEntity",
            "in_use": "DeleteConflict",
            "gone": "NoSuchEntity",
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn mlflows_own_client_works_unmodified() {
    let venv = Venv::prepare("mlflow-2.12.2");
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let environment = sandbox.environment();
    let url = format!("{}/prod", environment["AWS_ENDPOINT_URL"]);
    let token = reader_token(&sandbox).await;
    let seen = script(
        &venv,
        &sandbox,
        include_str!("mlflow_client_on_sandbox.py"),
        vec![url, token],
    )
    .await;
    assert_eq!(seen["bearer_search"], 200);
    assert_eq!(seen["bearer_names"], seen["sigv4_names"]);
    assert_eq!(seen["bearer_register"], 403);
    assert_eq!(seen["sigv4_params"], json!({"depth": "3"}));
    assert_eq!(seen["sigv4_metrics"], json!({"auc": 0.9}));
    assert_eq!(seen["sigv4_stage"], "Staging");
    assert_eq!(seen["unsigned_refused"], true);
}

/// The sample reader's ID token, by a real SRP sign-in.
async fn reader_token(sandbox: &Sandbox) -> String {
    let state = tempfile::tempdir().unwrap();
    let verifier = verifier(sandbox, state.path()).await;
    let deployment = &verifier.deployment;
    let pool = &deployment.user_pool_id.as_ref().unwrap().value;
    let client = &deployment.client_id.as_ref().unwrap().value;
    let cognito = &verifier.cloud.cognito;
    let client = cognito.describe_client(pool, client).await.unwrap();
    let password = sandbox.environment()["MLWARDEN_SANDBOX_PASSWORD"].clone();
    SignIn {
        cognito,
        pool,
        client: &client,
    }
    .password(
        "mlflow-reader@example.com",
        &SecretString::from(password),
        &mut NoChallenges,
    )
    .await
    .unwrap()
    .id
    .expose()
    .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_downloads_and_updates_the_authorizers_function() {
    let venv = Venv::prepare("aws");
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let script = script(
        &venv,
        &sandbox,
        include_str!("lambda_on_sandbox.py"),
        Vec::new(),
    );
    assert_eq!(
        script.await,
        json!({
            "hash": true,
            "handler": ["index.handler", "python3.9", "Zip"],
            "test": null,
            "files": ["bin/jp.py", "ecdsa/__init__.py", "index.py", "jose/__init__.py", "jose/exceptions.py",
                      "jose/jwt.py", "python_jose-3.3.0.dist-info/METADATA", "requirements.txt"],
            "environment": ["ACCOUNT", "APP_CLIENT_ID", "COGNITO_KEYS_URL", "COGNITO_USER_POOL_ID", "REGION", "REST_API_ID"],
            "version": ["1", true],
            "same_version": "1",
            "other_hash": "InvalidParameterValueException",
            "stale": "PreconditionFailedException",
            "updated": ["InProgress", true],
            "busy": "ResourceConflictException",
            "after": "Successful",
            "no_zip": "InvalidParameterValueException",
            "versions": ["$LATEST", "1"],
            "old": true,
            "no_function": "ResourceNotFoundException",
        })
    );
}
