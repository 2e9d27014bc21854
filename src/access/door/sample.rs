//! The sample's deployment as a house, for tests.

use serde_json::{Value, json};

use super::{Door, House, Site, doors};
use crate::{
    access::{
        Catalog, Contract, Matrix,
        sample::{READS, api},
    },
    domain::{ExecutionRole, PolicySource, Role, RolePolicy},
};

pub(super) const FULL_ACCESS: &str =
    include_str!("../../../assets/managed-policies/AmazonSageMakerFullAccess.json");
pub(super) const POWER_USER: &str =
    include_str!("../../../assets/managed-policies/PowerUserAccess.json");
pub(super) const ADMINISTRATOR: &str =
    include_str!("../../../assets/managed-policies/AdministratorAccess.json");
pub(super) const FUNCTION: &str = "arn:aws:lambda:us-west-2:123456789012:function:authorizer";
pub(super) const BUCKET: &str = "mlflow-123456789012-us-west-2";
const API: &str = "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5";

pub(super) type Roles = Vec<(ExecutionRole, Role)>;

pub(super) fn document(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

pub(super) fn inline(name: &str, statements: &Value) -> RolePolicy {
    RolePolicy {
        source: PolicySource::Inline(name.to_owned()),
        document: document(statements),
    }
}

pub(super) fn managed(name: &str, document: &str) -> RolePolicy {
    RolePolicy {
        source: PolicySource::Managed(format!("arn:aws:iam::aws:policy/{name}")),
        document: document.to_owned(),
    }
}

fn role(level: &str, invoke: &[&str]) -> (ExecutionRole, Role) {
    let name = format!("sagemakermlflow{level}role");
    let arn = format!("arn:aws:iam::123456789012:role/{name}");
    let invoke: Vec<String> = invoke.iter().map(|end| format!("{API}/*/{end}")).collect();
    let found = ExecutionRole {
        name: name.clone(),
        arn: arn.clone(),
        profiles: vec![format!("mlflow-{level}")],
    };
    let role = Role {
        name,
        arn,
        trust: document(&json!([{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "sagemaker.amazonaws.com"}}])),
        policies: vec![
            inline(
                "restApi",
                &json!([{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": invoke}]),
            ),
            inline(
                "s3Buckets",
                &json!([{"Effect": "Allow",
                    "Action": ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                    "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")]}]),
            ),
            inline(
                "ssmPolicy",
                &json!([{"Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters"],
                    "Resource": "arn:aws:ssm:us-west-2:123456789012:parameter/mlflow-*"}]),
            ),
            managed("AmazonSageMakerFullAccess", FULL_ACCESS),
        ],
    };
    (found, role)
}

/// The sample's admin and reader.
pub(super) fn roles() -> Roles {
    vec![role("admin", &["*/*"]), role("reader", &READS)]
}

/// The house of these roles.
pub(super) fn house_of(roles: Roles) -> House {
    let site = Site {
        api: api(),
        pool: Some("us-west-2_x".to_owned()),
        domain: Some("d-1".to_owned()),
        authorizer_function: Some(FUNCTION.to_owned()),
    };
    House::new(
        site,
        roles,
        &Matrix::sample(),
        &Contract::sample(),
        &Catalog::for_version("2.12.2"),
    )
}

/// The sample's house, with these policies instead of the reader's managed one.
pub(super) fn house_with(policies: impl IntoIterator<Item = RolePolicy>) -> House {
    let mut roles = roles();
    let reader = &mut roles[1].1.policies;
    reader.retain(|policy| matches!(policy.source, PolicySource::Inline(_)));
    reader.extend(policies);
    house_of(roles)
}

/// The sample's house as it is deployed, with these policies added to the reader's.
pub(super) fn house_and(policies: impl IntoIterator<Item = RolePolicy>) -> House {
    house_with(std::iter::once(managed("AmazonSageMakerFullAccess", FULL_ACCESS)).chain(policies))
}

/// The doors of one of them.
pub(super) fn doors_of(house: &House, level: &str) -> Vec<Door> {
    let name = format!("sagemakermlflow{level}role");
    doors(house, house.find(&name).unwrap())
}

/// `KIND` for each door, with a `?` where it is only possible.
pub(super) fn kinds(doors: &[Door]) -> Vec<String> {
    doors
        .iter()
        .map(|door| format!("{}{}", door.kind, if door.is_certain() { "" } else { "?" }))
        .collect()
}
