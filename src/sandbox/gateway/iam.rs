//! `AWS_IAM` authorization: a verified signature, then the caller's policies.

use http::{StatusCode, header};

use super::{answer, decide, is_explicit};
use crate::{
    access::policy::Context,
    sandbox::{
        World,
        call::{Call, Caller, Reply, credential, signing_service},
        signature,
    },
};

/// Lets a call pass that is signed by someone who may invoke `arn`.
pub(super) fn authorize(world: &World, call: &Call, arn: &str) -> Result<(), Reply> {
    if credential(&call.parts).is_none() {
        return Err(unsigned(call));
    }
    if signing_service(&call.parts).as_deref() != Some("execute-api") {
        return Err(answer::refusal(
            StatusCode::FORBIDDEN,
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'execute-api'.",
        ));
    }
    let caller = signature::verify(world, &call.parts, &call.body)?;
    let now = world.clock.now();
    let key = world.iam.lock().policies_key(&caller, now);
    let set = world
        .gateway
        .lock()
        .compiled(&key, || world.iam.lock().policy_set(&caller, now));
    let decision = decide(&set, arn, &context(world, &caller));
    if decision.is_allow() {
        return Ok(());
    }
    let mut message = format!(
        "User: {} is not authorized to perform: execute-api:Invoke on resource: {}",
        caller.arn,
        masked(arn, &world.account)
    );
    if is_explicit(&decision) {
        message.push_str(" with an explicit deny");
    }
    Err(answer::denied(&message))
}

/// No credential in the request: none at all, or something else than a signature.
fn unsigned(call: &Call) -> Reply {
    if !call.headers().contains_key(header::AUTHORIZATION) {
        return answer::missing_token();
    }
    answer::refusal(
        StatusCode::FORBIDDEN,
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    )
}

fn context(world: &World, caller: &Caller) -> Context {
    Context::new()
        .with("aws:PrincipalArn", [principal(caller)])
        .with("aws:PrincipalAccount", [caller.account.as_str()])
        .with("aws:userid", [caller.user_id.as_str()])
        .with("aws:SourceIp", ["127.0.0.1"])
        .with("aws:SecureTransport", ["false"])
        .with("aws:RequestedRegion", [world.region.as_str()])
        .with("aws:CurrentTime", [world.clock.now().to_string()])
        .with("aws:EpochTime", [world.clock.now().as_second().to_string()])
}

/// Whose policies decide: for a session, its role.
fn principal(caller: &Caller) -> String {
    let role = caller
        .arn
        .split_once(":assumed-role/")
        .and_then(|(_, session)| session.split('/').next());
    match role {
        Some(role) => format!("arn:aws:iam::{}:role/{role}", caller.account),
        None => caller.arn.clone(),
    }
}

/// The ARN with all but the account's last four digits hidden, as API Gateway shows it.
fn masked(arn: &str, account: &str) -> String {
    let hidden = account.chars().count().saturating_sub(4);
    let shown: String = account
        .chars()
        .enumerate()
        .map(|(at, digit)| if at < hidden { '*' } else { digit })
        .collect();
    arn.replacen(account, &shown, 1)
}
