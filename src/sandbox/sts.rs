//! Assumed roles and the caller's identity.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::{
    World,
    call::{Call, Caller, Reply},
    wire::Xml,
    world::ACCOUNT,
};
use crate::access::{AccessRequest, Context, trust};

/// The namespace of every answer.
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Answers one call.
pub(crate) fn handle(world: &World, call: &Call) -> Reply {
    let Some(caller) = &call.caller else {
        return Reply::xml_error(
            NAMESPACE,
            StatusCode::FORBIDDEN,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        );
    };
    match call.operation.as_str() {
        "GetCallerIdentity" => {
            let mut xml = Xml::default();
            xml.text("Arn", &caller.arn);
            xml.text("UserId", &caller.user_id);
            xml.text("Account", &caller.account);
            Reply::xml(NAMESPACE, &call.operation, Some(xml))
        }
        "AssumeRole" => assume_role(world, call, caller),
        operation => Reply::xml_error(
            NAMESPACE,
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            &format!("Could not find operation {operation} for version 2011-06-15"),
        ),
    }
}

fn assume_role(world: &World, call: &Call, caller: &Caller) -> Reply {
    let form: BTreeMap<String, String> = call.form().into_iter().collect();
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (arn, session) = (text("RoleArn"), text("RoleSessionName"));
    let seconds: i64 = text("DurationSeconds").parse().unwrap_or(3600);
    if session.len() < 2 || !(900..=3600).contains(&seconds) {
        return Reply::xml_error(
            NAMESPACE,
            StatusCode::BAD_REQUEST,
            "ValidationError",
            "The requested DurationSeconds or RoleSessionName is not valid for this role.",
        );
    }
    let now = world.clock.now();
    let context = Context::new()
        .with("aws:CurrentTime", [now.to_string()])
        .with("aws:EpochTime", [now.as_second().to_string()])
        .with("aws:PrincipalArn", [caller.arn.as_str()])
        .with("aws:PrincipalAccount", [caller.account.as_str()])
        .with("sts:RoleSessionName", [session]);
    let context = match form.get("ExternalId") {
        Some(id) => context.with("sts:ExternalId", [id.as_str()]),
        None => context,
    };
    let mut iam = world.iam.lock();
    let role = iam.role_by_arn(arn).map(str::to_owned);
    let trusted = role
        .as_deref()
        .and_then(|role| iam.trust(role))
        .map(|document| trust::may_assume(document, &caller.arn, &caller.account, &context))
        .is_some_and(|decision| {
            // A trust in the whole account leaves it to the caller's own policy.
            decision.is_allow()
                && (decision.caveat.is_none() || may(&iam, caller, arn, &context, now))
        });
    let until = now.saturating_add(SignedDuration::from_secs(seconds));
    let opened = match (role, until) {
        (Some(role), Ok(until)) if trusted => iam
            .open_session(&role, session, until)
            .map(|opened| (role, until, opened)),
        _ => None,
    };
    let Some((role, until, (access_key, key))) = opened else {
        return Reply::xml_error(
            NAMESPACE,
            StatusCode::FORBIDDEN,
            "AccessDenied",
            &format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                caller.arn
            ),
        );
    };
    let mut xml = Xml::default();
    xml.node("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &key.caller.user_id);
        xml.text(
            "Arn",
            &format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
        );
    });
    xml.node("Credentials", |xml| {
        xml.text("AccessKeyId", &access_key);
        xml.text("SecretAccessKey", &key.secret);
        if let Some((token, _)) = &key.session {
            xml.text("SessionToken", token);
        }
        xml.text(
            "Expiration",
            &until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        );
    });
    Reply::xml(NAMESPACE, &call.operation, Some(xml))
}

/// Whether the caller's own policies allow assuming the role.
fn may(
    iam: &super::iam::State,
    caller: &Caller,
    arn: &str,
    context: &Context,
    now: Timestamp,
) -> bool {
    iam.policy_set(caller, now)
        .evaluate(&AccessRequest {
            action: "sts:AssumeRole",
            resource: arn,
            context,
        })
        .is_allow()
}
