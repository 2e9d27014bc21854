//! The sample's execution roles, to the letter, among some that have nothing to do with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Key, Owner, Role, State, User};
use crate::sandbox::{
    call::Caller,
    world::{ACCESS_KEY_ID, ACCOUNT, ADMIN_ARN, API_ID, BUCKET, REGION, SECRET_ACCESS_KEY, Seed},
};

/// The admin's execution role.
pub(crate) const ADMIN_ROLE: &str =
    "SageMakerStudioUserStack-sagemakermlflowadminrole-1R0QV1KD2W8Y3";
/// The reader's execution role.
pub(crate) const READER_ROLE: &str =
    "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
/// The approver's execution role; CloudFormation cut its name.
pub(crate) const APPROVER_ROLE: &str =
    "SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";
/// The role of the authorizer's function.
pub(crate) const AUTHORIZER_ROLE: &str =
    "RestApiGatewayStack-MlflowAuthorizerServiceRole-8YQ2ZB1T0P4M";
/// The managed policy that every execution role carries.
const FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess";
/// Its document, as AWS publishes it.
const FULL_ACCESS_TEXT: &str =
    include_str!("../../../assets/managed-policies/AmazonSageMakerFullAccess.json");

pub(super) fn fill(state: &mut State, seed: &Seed) {
    let user = "mlwarden-admin";
    state.users.insert(
        user.to_owned(),
        User {
            inline: BTreeMap::from([(
                "AdministratorAccess".to_owned(),
                document(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]),
            )]),
        },
    );
    state.keys.insert(
        ACCESS_KEY_ID.to_owned(),
        Key {
            secret: SECRET_ACCESS_KEY.to_owned(),
            session: None,
            caller: Caller {
                arn: ADMIN_ARN.to_owned(),
                account: ACCOUNT.to_owned(),
                user_id: "AIDASANDBOXADMIN00001".to_owned(),
                access_key: ACCESS_KEY_ID.to_owned(),
            },
            owner: Owner::User(user.to_owned()),
        },
    );
    state
        .managed
        .insert(FULL_ACCESS.to_owned(), FULL_ACCESS_TEXT.to_owned());
    let lambda = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    state.managed.insert(
        lambda.to_owned(),
        document(&[json!({
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        })]),
    );

    let execution = [
        (ADMIN_ROLE, "restApiAdmin", invoke(&["*/*/*"])),
        (READER_ROLE, "restApiReader", reader(&[])),
        (
            APPROVER_ROLE,
            "restApiReader",
            reader(&[
                "*/POST/api/2.0/mlflow/model-versions/*",
                "*/POST/api/2.0/mlflow/registered-models/*",
            ]),
        ),
    ];
    for (name, policy, rest_api) in execution {
        let mut role = role(state, seed.now, "/", "sagemaker.amazonaws.com");
        role.attached.push(FULL_ACCESS.to_owned());
        role.inline = BTreeMap::from([
            (policy.to_owned(), rest_api),
            ("s3Buckets".to_owned(), buckets()),
            ("ssmPolicy".to_owned(), parameters()),
        ]);
        state.roles.insert(name.to_owned(), role);
    }
    for (name, path, service) in [
        (AUTHORIZER_ROLE, "/", "lambda.amazonaws.com"),
        (
            "MLflowVPCStack-TaskRole-1H5W0PT3N2K9",
            "/",
            "ecs-tasks.amazonaws.com",
        ),
        (
            "AWSServiceRoleForAPIGateway",
            "/aws-service-role/ops.apigateway.amazonaws.com/",
            "ops.apigateway.amazonaws.com",
        ),
    ] {
        let mut role = role(state, seed.now, path, service);
        if service.starts_with("lambda") {
            role.attached.push(lambda.to_owned());
        }
        state.roles.insert(name.to_owned(), role);
    }
}

fn role(state: &mut State, created: Timestamp, path: &str, service: &str) -> Role {
    Role {
        id: state.unique_id("AROA"),
        path: path.to_owned(),
        created,
        trust: document(&[json!({
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        })]),
        inline: BTreeMap::new(),
        attached: Vec::new(),
        boundary: None,
    }
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// `execute-api:Invoke` on these parts of the API: `STAGE/METHOD/path`.
fn invoke(parts: &[&str]) -> String {
    let resources: Vec<String> = parts
        .iter()
        .map(|part| format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/{part}"))
        .collect();
    document(&[json!({
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": resources,
    })])
}

fn reader(more: &[&str]) -> String {
    let mut parts = vec![
        "*/GET/*",
        "*/POST/api/2.0/mlflow/runs/search",
        "*/POST/api/2.0/mlflow/experiments/search",
    ];
    parts.extend(more);
    invoke(&parts)
}

fn buckets() -> String {
    document(&[json!({
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")],
    })])
}

fn parameters() -> String {
    document(&[json!({
        "Effect": "Allow",
        "Action": ["ssm:GetParameter", "ssm:GetParameters"],
        "Resource": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mlflow-*"),
    })])
}
