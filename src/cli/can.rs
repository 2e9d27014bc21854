//! `mlwarden can`: what a principal may do, with a token and with a signature.

use serde_json::{Value, json};

use super::{
    MISMATCH, OK, UNREACHED,
    args::{Can, Global, Output},
    known::{Known, no_route},
    output::{self, Listing},
    session::Session,
};
use crate::{
    access::{
        Decision,
        audit::{PermissionRights, Rights, Standing, Subject},
    },
    domain::{Failure, Principal},
};

/// Tells what a principal may do. With a permission or a route: 0 where all of it is allowed,
/// else 1.
pub(super) async fn run(global: &Global, arguments: Can) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let known = Box::pin(Known::of(&session, &arguments.principal)).await?;
    let house = known.house();
    let subject = known.subject(&house, &arguments.principal, arguments.groups.as_deref())?;
    let rights = house.can(&subject, |route| {
        arguments
            .what
            .as_ref()
            .is_none_or(|what| what.is_about(route))
    });
    if rights.routes.is_empty() {
        let what = arguments.what.as_ref();
        return Err(no_route(what.map_or("anything", |what| what.as_str())));
    }
    remark(&subject);
    let principal = &arguments.principal;
    if global.output == Output::Json {
        output::objects(session.context(), objects(principal, &subject, &rights))?;
    } else if arguments.what.is_some() {
        cells(&session, principal, &rights).print(global.output)?;
    } else {
        permissions(&session, &rights).print(global.output)?;
    }
    let unknown = rights.routes.iter().any(|(_, decision)| decision.is_none());
    let denied = rights
        .routes
        .iter()
        .any(|(_, decision)| decision.as_ref().is_some_and(|one| !one.is_allow()));
    Ok(if unknown {
        UNREACHED
    } else if arguments.what.is_some() && denied {
        MISMATCH
    } else {
        OK
    })
}

/// What is to be known of the subject, beside the data.
pub(super) fn remark(subject: &Subject<'_>) {
    let name = &subject.principal;
    if subject.supposed {
        let groups = subject.groups.as_deref().unwrap_or_default();
        output::note(&format!("· {name} as if in: {}", groups.join(", ")));
    }
    if let Some(user) = subject.user {
        if let Some(words) = Standing::of(user).in_words() {
            output::note(&format!("· {name} is {words}"));
        }
        match (subject.profile, subject.role) {
            (Some(profile), Some(known)) => output::note(&format!(
                "· {name} in Studio: profile {}, role {}",
                profile.name, known.role.name
            )),
            (Some(profile), None) => output::note(&format!(
                "· {name} in Studio: profile {}, whose role is not known",
                profile.name
            )),
            (None, _) => output::note(&format!("· {name} has no Studio profile: no signature")),
        }
    }
}

/// By permission.
fn permissions(session: &Session, rights: &Rights<'_>) -> Listing<'static> {
    let row = |one: &PermissionRights| {
        let by: Vec<String> = one
            .by
            .iter()
            .map(|(scheme, by)| format!("{scheme}: {by}"))
            .collect();
        vec![
            one.permission.clone(),
            one.bearer.to_string(),
            one.sigv4.to_string(),
            by.join("\n"),
        ]
    };
    Listing {
        noun: "permissions",
        context: session.context(),
        columns: &["permission", "bearer", "sigv4", "by"],
        rows: rights.permissions.iter().map(row).collect(),
        values: Vec::new(),
    }
}

/// Route by route.
pub(super) fn cells(
    session: &Session,
    principal: &Principal,
    rights: &Rights<'_>,
) -> Listing<'static> {
    Listing {
        noun: "cells",
        context: session.context(),
        columns: &[
            "principal",
            "scheme",
            "permission",
            "route",
            "predicted",
            "by",
        ],
        rows: rights
            .routes
            .iter()
            .map(|(route, decision)| {
                let effect = decision
                    .as_ref()
                    .map_or("unknown", |one| one.effect.as_str());
                vec![
                    principal.to_string(),
                    route.scheme().to_string(),
                    route.permission.clone(),
                    format!("{} {}", route.method, route.path),
                    effect.to_owned(),
                    decision
                        .as_ref()
                        .map_or_else(String::new, Decision::explain),
                ]
            })
            .collect(),
        values: Vec::new(),
    }
}

/// Route by route, as JSON.
pub(super) fn cell_values(principal: &Principal, rights: &Rights<'_>) -> Value {
    let value = |(route, decision): &(&crate::access::Route, Option<Decision>)| {
        json!({
            "principal": principal, "scheme": route.scheme(),
            "permission": route.permission, "method": route.method, "path": route.path,
            "predicted": decision.as_ref().map(|one| one.effect), "decision": decision,
        })
    };
    rights.routes.iter().map(value).collect()
}

fn objects(
    principal: &Principal,
    subject: &Subject<'_>,
    rights: &Rights<'_>,
) -> Vec<(&'static str, Value)> {
    let permission = |one: &PermissionRights| {
        let by: serde_json::Map<String, Value> = one
            .by
            .iter()
            .map(|(scheme, by)| (scheme.to_string(), json!(by)))
            .collect();
        json!({
            "permission": one.permission, "bearer": one.bearer, "sigv4": one.sigv4, "by": by,
        })
    };
    vec![
        ("subject", subject_value(subject)),
        (
            "permissions",
            rights.permissions.iter().map(permission).collect(),
        ),
        ("cells", cell_values(principal, rights)),
    ]
}

/// Who was asked about, as JSON.
pub(super) fn subject_value(subject: &Subject<'_>) -> Value {
    json!({
        "principal": subject.principal,
        "username": subject.user.map(|user| &user.username),
        "standing": subject.user.map(Standing::of),
        "groups": subject.groups,
        "groups_supposed": subject.supposed,
        "profile": subject.profile.map(|profile| &profile.name),
        "role": subject.role.map(|known| &known.role.arn),
    })
}
