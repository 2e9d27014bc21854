//! Whether a verified caller may make a call of the control plane.

use http::StatusCode;
use serde_json::Value;

use crate::{
    access::{AccessRequest, Context},
    sandbox::{
        World,
        call::{Call, Caller, Protocol, Reply, signing_service},
        world::{ACCOUNT, REGION},
    },
};

/// Lets a call pass that the caller's policies allow.
pub(crate) fn check(world: &World, call: &Call, caller: &Caller) -> Result<(), Reply> {
    let Some((action, resource)) = asked(call) else {
        return Ok(());
    };
    let set = world.iam.lock().policy_set(caller);
    let now = world.clock.now();
    let context = Context::new()
        .with("aws:PrincipalArn", [caller.arn.as_str()])
        .with("aws:CurrentTime", [now.to_string()])
        .with("aws:RequestedRegion", [REGION]);
    let decision = set.evaluate(&AccessRequest {
        action: &action,
        resource: &resource,
        context: &context,
    });
    if decision.is_allow() {
        return Ok(());
    }
    let protocol = Protocol::of(&call.parts);
    let (status, code) = match protocol {
        Protocol::Query => (StatusCode::FORBIDDEN, "AccessDenied"),
        Protocol::Json => (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        Protocol::Rest | Protocol::Gateway => (StatusCode::FORBIDDEN, "AccessDeniedException"),
    };
    Err(Reply::error(
        protocol,
        status,
        code,
        &format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no \
             identity-based policy allows the {action} action",
            caller.arn
        ),
    ))
}

/// The IAM action of a call and what it is made on; none where no right is needed, or the
/// service decides by itself.
fn asked(call: &Call) -> Option<(String, String)> {
    let operation = &call.operation;
    let target = call
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.split_once('.'))
        .map(|(service, _)| service);
    match (target, signing_service(&call.parts).as_deref()) {
        (Some("AWSCognitoIdentityProviderService"), _) => {
            let pool = body_text(call, "UserPoolId");
            let resource = pool.map_or_else(
                || "*".to_owned(),
                |pool| format!("arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{pool}"),
            );
            Some((format!("cognito-idp:{operation}"), resource))
        }
        (Some("AmazonSSM"), _) => Some((
            format!("ssm:{operation}"),
            format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/*"),
        )),
        (Some("SageMaker"), _) => Some((
            format!("sagemaker:{operation}"),
            format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:*"),
        )),
        (_, Some("iam")) => {
            let resource = call
                .form()
                .into_iter()
                .find(|(name, _)| name == "RoleName")
                .map_or_else(
                    || "*".to_owned(),
                    |(_, role)| format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
                );
            Some((format!("iam:{operation}"), resource))
        }
        (_, Some("apigateway")) => Some((
            format!("apigateway:{}", call.method()),
            format!("arn:aws:apigateway:{REGION}::{}", call.path()),
        )),
        _ => None,
    }
}

fn body_text(call: &Call, name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&call.body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}
