//! `mlwarden iam-policy`: the least policy that this program itself needs.

use serde_json::json;

use super::output;
use crate::domain::Failure;

/// What reading takes: discovery, lists, predictions.
const READ: [&str; 27] = [
    "apigateway:GET",
    "cognito-idp:AdminGetUser",
    "cognito-idp:AdminListGroupsForUser",
    "cognito-idp:DescribeUserPool",
    "cognito-idp:DescribeUserPoolClient",
    "cognito-idp:GetGroup",
    "cognito-idp:ListGroups",
    "cognito-idp:ListUserPoolClients",
    "cognito-idp:ListUserPools",
    "cognito-idp:ListUsers",
    "cognito-idp:ListUsersInGroup",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "iam:SimulatePrincipalPolicy",
    "sagemaker:DescribeDomain",
    "sagemaker:DescribeUserProfile",
    "sagemaker:ListApps",
    "sagemaker:ListDomains",
    "sagemaker:ListSpaces",
    "sagemaker:ListUserProfiles",
    "ssm:GetParameters",
    "sts:GetCallerIdentity",
];

/// Asking the authorizer for its answer: a POST that changes nothing. On everything else of
/// API Gateway a POST creates.
const ASK: (&str, &str) = (
    "apigateway:POST",
    "arn:aws:apigateway:*::/restapis/*/authorizers/*",
);

/// What a live verify calls the API as a role with. The role's trust decides beside it.
const ASSUME: &str = "sts:AssumeRole";

/// What a live verify borrows with.
const BORROW: [&str; 6] = [
    "cognito-idp:AdminAddUserToGroup",
    "cognito-idp:AdminCreateUser",
    "cognito-idp:AdminDeleteUser",
    "cognito-idp:AdminInitiateAuth",
    "cognito-idp:AdminSetUserPassword",
    "iam:UpdateAssumeRolePolicy",
];

/// Prints the policy document; without what borrows, where the program is to run read-only.
pub(super) fn print(read_only: bool) -> Result<u8, Failure> {
    let mut statements = vec![
        json!({
            "Sid": "MlwardenReads",
            "Effect": "Allow",
            "Action": READ,
            "Resource": "*",
        }),
        json!({
            "Sid": "MlwardenAsksTheAuthorizer",
            "Effect": "Allow",
            "Action": ASK.0,
            "Resource": ASK.1,
        }),
    ];
    if !read_only {
        statements.push(json!({
            "Sid": "MlwardenBorrows",
            "Effect": "Allow",
            "Action": BORROW,
            "Resource": "*",
        }));
        statements.push(json!({
            "Sid": "MlwardenTakesRoles",
            "Effect": "Allow",
            "Action": ASSUME,
            "Resource": "arn:aws:iam::*:role/*",
        }));
    }
    output::print_json(&json!({"Version": "2012-10-17", "Statement": statements}))
}
