//! Whether a verified caller may make a call of the control plane.

use http::StatusCode;
use serde_json::Value;

use crate::{
    access::{AccessRequest, Context},
    sandbox::{
        World,
        call::{Call, Caller, Protocol, Reply, signing_service},
        lambda, sagemaker,
        world::{ACCOUNT, REGION},
    },
};

/// Lets a call pass that the caller's policies allow.
pub(crate) fn check(world: &World, call: &Call, caller: &Caller) -> Result<(), Reply> {
    let asked = asked(call);
    if asked.is_empty() {
        return Ok(());
    }
    let now = world.clock.now();
    let set = world.iam.lock().policy_set(caller, now);
    let context = Context::new()
        .with("aws:PrincipalArn", [caller.arn.as_str()])
        .with("aws:CurrentTime", [now.to_string()])
        .with("aws:RequestedRegion", [REGION]);
    for Asked { action, resource } in &asked {
        let mut context = context.clone();
        if action == PASS_ROLE {
            context.set("iam:PassedToService", ["sagemaker.amazonaws.com"]);
        }
        let decision = set.evaluate(&AccessRequest {
            action,
            resource,
            context: &context,
        });
        if !decision.is_allow() {
            return Err(refused(call, caller, action, resource));
        }
    }
    Ok(())
}

fn refused(call: &Call, caller: &Caller, action: &str, resource: &str) -> Reply {
    let protocol = Protocol::of(&call.parts);
    let (status, code) = match protocol {
        Protocol::Query => (StatusCode::FORBIDDEN, "AccessDenied"),
        Protocol::Json => (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        Protocol::Rest | Protocol::Gateway => (StatusCode::FORBIDDEN, "AccessDeniedException"),
    };
    Reply::error(
        protocol,
        status,
        code,
        &format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no \
             identity-based policy allows the {action} action",
            caller.arn
        ),
    )
}

/// The right to hand a role to a service.
const PASS_ROLE: &str = "iam:PassRole";

/// One right that a call takes.
struct Asked {
    action: String,
    resource: String,
}

impl Asked {
    fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
        }
    }
}

/// The rights that a call takes; none where no right is needed, or the service decides by
/// itself.
fn asked(call: &Call) -> Vec<Asked> {
    let target = call
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.split_once('.'))
        .map(|(service, _)| service);
    if target == Some("SageMaker") {
        return of_sagemaker(call);
    }
    of_others(call, target)
        .map(|(action, resource)| Asked::new(action, resource))
        .into_iter()
        .collect()
}

/// What SageMaker asks for beside the operation itself: the right to pass the execution role,
/// and to tag what is made with tags.
fn of_sagemaker(call: &Call) -> Vec<Asked> {
    let input: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let resource = sagemaker::resource(&call.operation, &input);
    let mut asked = vec![Asked::new(
        format!("sagemaker:{}", call.operation),
        resource.clone(),
    )];
    if let Some(role) = input["UserSettings"]["ExecutionRole"].as_str() {
        asked.push(Asked::new(PASS_ROLE, role));
    }
    let tagged = input["Tags"]
        .as_array()
        .is_some_and(|tags| !tags.is_empty());
    if tagged && call.operation.starts_with("Create") {
        asked.push(Asked::new("sagemaker:AddTags", resource));
    }
    asked
}

/// The IAM action of a call of another service and what it is made on.
fn of_others(call: &Call, target: Option<&str>) -> Option<(String, String)> {
    let operation = &call.operation;
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
        (_, Some("lambda")) => lambda::action(call.method(), call.path()),
        _ => None,
    }
}

fn body_text(call: &Call, name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&call.body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}
