//! `mlwarden iam-policy`: the least policy that this program itself needs.
//!
//! Printed without a call to AWS, since whoever needs it has no rights yet: on what the flags,
//! the environment and the context name, and on every pool, domain or role where they name
//! none.

use serde_json::{Value, json};

use super::{args::Global, output, session::Effective};
use crate::{
    aws::{discovery::Known, lambda::FunctionArn},
    domain::{Failure, Found},
};

/// What reading takes: discovery, lists, predictions.
const READ: [&str; 31] = [
    "apigateway:GET",
    "cognito-idp:AdminGetUser",
    "cognito-idp:AdminListDevices",
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
    "sagemaker:DescribeApp",
    "sagemaker:DescribeDomain",
    "sagemaker:DescribeSpace",
    "sagemaker:DescribeUserProfile",
    "sagemaker:ListApps",
    "sagemaker:ListDomains",
    "sagemaker:ListSpaces",
    "sagemaker:ListTags",
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

/// What people and groups are changed with, and a live verify borrows with.
const PEOPLE: [&str; 19] = [
    "cognito-idp:AdminAddUserToGroup",
    "cognito-idp:AdminConfirmSignUp",
    "cognito-idp:AdminCreateUser",
    "cognito-idp:AdminDeleteUser",
    "cognito-idp:AdminDeleteUserAttributes",
    "cognito-idp:AdminDisableUser",
    "cognito-idp:AdminEnableUser",
    "cognito-idp:AdminForgetDevice",
    "cognito-idp:AdminInitiateAuth",
    "cognito-idp:AdminRemoveUserFromGroup",
    "cognito-idp:AdminResetUserPassword",
    "cognito-idp:AdminRespondToAuthChallenge",
    "cognito-idp:AdminSetUserMFAPreference",
    "cognito-idp:AdminSetUserPassword",
    "cognito-idp:AdminUpdateUserAttributes",
    "cognito-idp:AdminUserGlobalSignOut",
    "cognito-idp:CreateGroup",
    "cognito-idp:DeleteGroup",
    "cognito-idp:UpdateGroup",
];

/// What the authorizer's function is read with: what it is set to, its package, its versions.
const READ_AUTHORIZER: [&str; 3] = [
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:ListVersionsByFunction",
];

/// What a matrix is published with.
const PUBLISH: [&str; 2] = ["lambda:PublishVersion", "lambda:UpdateFunctionCode"];

/// What profiles are changed with; tags are given when one is made.
const PROFILES: [&str; 4] = [
    "sagemaker:AddTags",
    "sagemaker:CreateUserProfile",
    "sagemaker:DeleteUserProfile",
    "sagemaker:UpdateUserProfile",
];

/// What the statements are about, `*` where it is not known.
struct Scope {
    partition: &'static str,
    region: String,
    account: String,
    pool: String,
    domain: String,
    /// The ARN of the authorizer's function, with its versions.
    function: Vec<String>,
    /// The roles' ARNs.
    roles: Vec<String>,
}

impl Scope {
    fn of(effective: &Effective) -> Self {
        let known = &effective.known;
        let or_any = |found: &Option<Found<String>>| {
            found
                .as_ref()
                .map_or_else(|| "*".to_owned(), |found| found.value.clone())
        };
        let region = or_any(&known.region);
        let partition = match region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let account = or_any(&known.account);
        let role = |name: &str| {
            if name.starts_with("arn:") {
                name.to_owned()
            } else {
                format!("arn:{partition}:iam::{account}:role/{name}")
            }
        };
        let roles = known.execution_roles.as_ref().map_or_else(
            || vec![role("*")],
            |roles| roles.value.iter().map(|name| role(name)).collect(),
        );
        Self {
            partition,
            pool: or_any(&known.user_pool_id),
            domain: or_any(&known.domain_id),
            function: function_of(known, partition, &region, &account),
            roles,
            region,
            account,
        }
    }

    fn arn(&self, service: &str, what: &str) -> String {
        let Self {
            partition,
            region,
            account,
            ..
        } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{what}")
    }

    fn studio(&self, kind: &str) -> String {
        self.arn("sagemaker", &format!("{kind}/{}/*", self.domain))
    }
}

/// The ARNs of the authorizer's function and of its versions; every function's of the place where
/// it is not known.
fn function_of(known: &Known, partition: &str, region: &str, account: &str) -> Vec<String> {
    let named = known.authorizer_function.as_ref();
    match named.and_then(|found| FunctionArn::parse(&found.value)) {
        Some(function) => vec![function.arn.clone(), format!("{}:*", function.arn)],
        None => vec![format!(
            "arn:{partition}:lambda:{region}:{account}:function:*"
        )],
    }
}

/// Prints the policy document; without what changes anything, where the program is to run
/// read-only.
pub(super) fn print(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let scope = Scope::of(&effective);
    let mut statements = vec![
        json!({
            "Sid": "MlwardenReads",
            "Effect": "Allow",
            "Action": READ,
            "Resource": "*",
        }),
        json!({
            "Sid": "MlwardenReadsTheAuthorizer",
            "Effect": "Allow",
            "Action": READ_AUTHORIZER,
            "Resource": scope.function,
        }),
        json!({
            "Sid": "MlwardenAsksTheAuthorizer",
            "Effect": "Allow",
            "Action": ASK.0,
            "Resource": ASK.1,
        }),
    ];
    if !effective.read_only {
        statements.extend(writing(&scope));
    }
    output::print_json(&json!({"Version": "2012-10-17", "Statement": statements}))
}

fn writing(scope: &Scope) -> [Value; 9] {
    [
        json!({
            "Sid": "MlwardenManagesPeople",
            "Effect": "Allow",
            "Action": PEOPLE,
            "Resource": scope.arn("cognito-idp", &format!("userpool/{}", scope.pool)),
        }),
        json!({
            "Sid": "MlwardenManagesProfiles",
            "Effect": "Allow",
            "Action": PROFILES,
            "Resource": scope.studio("user-profile"),
        }),
        json!({
            "Sid": "MlwardenCleansUp",
            "Effect": "Allow",
            "Action": ["sagemaker:DeleteApp", "sagemaker:DeleteSpace"],
            "Resource": [scope.studio("app"), scope.studio("space")],
        }),
        json!({
            "Sid": "MlwardenGivesRolesToProfiles",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": scope.roles,
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        }),
        json!({
            "Sid": "MlwardenWritesRolePolicies",
            "Effect": "Allow",
            "Action": ["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
            "Resource": scope.roles,
        }),
        json!({
            "Sid": "MlwardenReplacesManagedPolicies",
            "Effect": "Allow",
            "Action": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            "Resource": scope.roles,
            "Condition": {"ArnEquals": {
                "iam:PolicyARN": format!(
                    "arn:{}:iam::aws:policy/AmazonSageMakerFullAccess",
                    scope.partition
                ),
            }},
        }),
        json!({
            "Sid": "MlwardenBorrowsTrust",
            "Effect": "Allow",
            "Action": "iam:UpdateAssumeRolePolicy",
            "Resource": scope.roles,
        }),
        json!({
            "Sid": "MlwardenPublishesTheAuthorizer",
            "Effect": "Allow",
            "Action": PUBLISH,
            "Resource": scope.function,
        }),
        // The role's trust decides beside it.
        json!({
            "Sid": "MlwardenTakesRoles",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": scope.roles,
        }),
    ]
}
