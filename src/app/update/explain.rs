//! What stands behind a cell, a user, a group: names and texts for a window on top.

use url::Url;

use crate::{
    access::{Basis, Catalog, Effect, Probe, permission},
    app::state::{Modal, State},
    domain::Found,
    mlflow::{ApiRequest, as_curl},
    probe::{Cell, plan::schemes_of},
};

/// One cell of the matrix: what was declared, what decides, what was sent, what came back.
pub(super) fn cell(state: &State, permission: usize, operation: usize) -> Option<Modal> {
    let cell = state
        .matrix
        .cell(permission, operation, state.matrix_column)?;
    let mut fields = vec![
        ("principal", cell.principal.to_string()),
        ("scheme", cell.scheme.to_string()),
        ("route", format!("{} {}", cell.method, cell.path)),
        ("permission", cell.permission.clone()),
        ("expected", expected(state, cell)),
    ];
    if let Some(decision) = &cell.predicted {
        fields.push((
            "predicted",
            format!("{}: {}", decision.effect, decision.explain()),
        ));
        if let Basis::Statement { text, .. } = &decision.basis {
            fields.push(("statement", text.clone()));
        }
    } else {
        fields.push(("predicted", "nothing to compute it from".to_owned()));
    }
    match &cell.observed {
        None => fields.push(("observed", format!("not tested: {}", cell.reason))),
        Some(seen) => {
            let effect = seen.effect.map_or("undecided", Effect::as_str);
            fields.push(("observed", format!("{effect}: {}", seen.reason)));
            fields.push(("answered by", seen.layer.to_string()));
            let status = seen
                .status
                .map_or_else(|| "none".to_owned(), |status| status.to_string());
            let kind = seen.error_type.as_deref().unwrap_or("");
            fields.push(("response", format!("{status} {kind}").trim().to_owned()));
            fields.push(("body", seen.body_excerpt.trim().to_owned()));
            if let Some(id) = &seen.request_id {
                fields.push(("request id", id.clone()));
            }
            fields.push((
                "latency",
                format!(
                    "{} ms, at {} UTC",
                    seen.latency.as_millis(),
                    seen.at.strftime("%H:%M:%S")
                ),
            ));
        }
    }
    fields.push(("verdict", cell.verdict.to_string()));
    let curl = curl(state, cell);
    if let Some(curl) = &curl {
        fields.push(("request", curl.clone()));
    }
    Some(Modal::Explain {
        title: format!("{} · {} {}", cell.principal, cell.method, cell.path),
        fields,
        curl,
        scroll: 0,
    })
}

fn expected(state: &State, cell: &Cell) -> String {
    let Some(effect) = cell.expected else {
        return "the matrix declares nothing for this principal".to_owned();
    };
    match state.declared.row_of(&cell.principal, state.roles()) {
        Some(row) => {
            let by = row
                .allow
                .iter()
                .find(|pattern| permission::covers(pattern, &cell.permission));
            match by {
                Some(pattern) => format!("{effect}: row {} allows {pattern}", row.name),
                None => format!("{effect}: row {} does not list it", row.name),
            }
        }
        None => effect.to_string(),
    }
}

/// The request that the cell is probed with, secrets out.
fn curl(state: &State, cell: &Cell) -> Option<String> {
    let base = Url::parse(&state.deployment.api_url.as_ref()?.value).ok()?;
    let safe = Catalog::versions().iter().find_map(|version| {
        let catalog = Catalog::for_version(version);
        match &catalog.find(cell.method, &cell.path)?.probe {
            Probe::Safe(safe) => Some(safe.clone()),
            Probe::None { .. } => None,
        }
    })?;
    let request = ApiRequest {
        method: cell.method,
        path: safe.path,
        query: safe.query,
        body: safe.body,
    };
    let scheme = (schemes_of(&cell.principal).len() == 1).then_some(cell.scheme);
    let region = state
        .deployment
        .region
        .as_ref()
        .map_or("", |found| &found.value);
    Some(as_curl(&base, &request, scheme, region))
}

/// The user under the cursor.
pub(super) fn user(state: &State) -> Option<Modal> {
    let users = state.shown_users();
    let user = users
        .iter()
        .find(|user| Some(&user.username) == state.users_cursor.id.as_ref())
        .or_else(|| users.first())?;
    let time = |at: Option<jiff::Timestamp>| {
        at.map_or_else(String::new, |at| {
            at.strftime("%Y-%m-%d %H:%M UTC").to_string()
        })
    };
    let groups = state.groups_of(&user.username);
    let mut fields = vec![
        ("user name", user.username.clone()),
        ("e-mail", user.email.clone().unwrap_or_default()),
        ("status", user.status.as_str().to_owned()),
        ("enabled", user.enabled.to_string()),
        ("groups", groups.join(", ")),
        ("in MLflow", in_mlflow(&groups)),
        ("created", time(user.created_at)),
        ("changed", time(user.modified_at)),
    ];
    fields.extend(
        user.attributes
            .iter()
            .map(|(name, value)| ("attribute", format!("{name} = {value}"))),
    );
    Some(Modal::Detail {
        title: user.label().to_owned(),
        fields,
        scroll: 0,
    })
}

/// What the authorizer makes of a user's groups: the first that it knows decides alone.
pub(crate) fn in_mlflow(groups: &[&str]) -> String {
    let owned: Vec<String> = groups.iter().map(|&group| group.to_owned()).collect();
    match crate::access::Contract::sample().rules_for(&owned) {
        None => "500: the authorizer knows none of the groups".to_owned(),
        Some(rules) if owned.len() > 1 => format!("{} alone: the first that matches", rules.name),
        Some(rules) => rules.name.clone(),
    }
}

/// The group under the cursor.
pub(super) fn group(state: &State) -> Option<Modal> {
    let rows = state.shown_groups();
    let row = rows
        .iter()
        .find(|row| Some(&row.group.name) == state.groups_cursor.id.as_ref())
        .or_else(|| rows.first())?;
    let group = &row.group;
    let mut fields = vec![
        ("group", group.name.clone()),
        ("description", group.description.clone().unwrap_or_default()),
        (
            "precedence",
            group.precedence.map_or_else(String::new, |p| p.to_string()),
        ),
        ("IAM role", group.role_arn.clone().unwrap_or_default()),
        ("pool", pool(state.deployment.user_pool_id.as_ref())),
        ("members", row.members.len().to_string()),
    ];
    let users = state.users.shown();
    fields.extend(row.members.iter().take(200).map(|name| {
        let label = users
            .and_then(|users| users.iter().find(|user| user.username == *name))
            .map_or(name.as_str(), |user| user.label());
        ("", label.to_owned())
    }));
    Some(Modal::Detail {
        title: group.name.clone(),
        fields,
        scroll: 0,
    })
}

fn pool(found: Option<&Found<String>>) -> String {
    found.map_or_else(String::new, |found| found.value.clone())
}
