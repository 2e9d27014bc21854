//! The MLflow part of an execution role: which statements it is, and the least policy that
//! gives the role what a row of the matrix declares. Texts in, texts out; writing them is the
//! business of `plan/`.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Api, Catalog, Context, Decision, Effect, INVOKE, MatrixRow, PolicySet, Route, cover,
    policy_set, route,
};
use crate::domain::{AuthScheme, Failure, PolicySource, Role};

/// The most characters that a role's inline policies may have together, white space not
/// counted (IAM's quota).
pub const LIMIT: usize = 10_240;
/// The name of a policy that is new.
const NEW: &str = "mlwarden-mlflow-access";

/// One inline policy to be written, or to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyWrite {
    /// The policy's name.
    pub name: String,
    /// The document as it is; none where there is no such policy yet.
    pub before: Option<String>,
    /// The document as it is to be; none where the policy goes.
    pub after: Option<String>,
}

/// A route that the role is not given, or still has, whatever is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreached {
    /// `POST /api/2.0/mlflow/runs/create`
    pub route: String,
    /// What is declared.
    pub expected: Effect,
    /// What decides otherwise.
    pub why: String,
}

/// What gives a role what a row declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RolePolicyChange {
    /// The role's name.
    pub role: String,
    /// The row of the matrix.
    pub level: String,
    /// What is written; nothing where it is so already.
    pub writes: Vec<PolicyWrite>,
    /// The routes that the role gets.
    pub gains: Vec<String>,
    /// The routes that the role loses.
    pub loses: Vec<String>,
    /// Where other policies decide otherwise.
    pub unreached: Vec<Unreached>,
    /// How many characters the role's inline policies have together afterwards, as IAM counts.
    pub size: usize,
}

/// A statement of a role that is about the protected API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Touching {
    /// The policy's name.
    pub policy: String,
    /// The statement's place in it, from 1.
    pub statement: usize,
    /// The statement as compact JSON.
    pub text: String,
    /// Whether it is about this API and nothing else: what is replaced.
    pub only: bool,
}

/// The routes that a role is asked for: those that are signed.
fn routes(catalog: &Catalog) -> impl Iterator<Item = &Route> {
    let signed = |route: &&Route| route.scheme() == AuthScheme::SigV4;
    catalog
        .routes()
        .iter()
        .filter(signed)
        .filter(|route| route::has_method(&route.path))
}

/// The ARN that a route is asked for by; a parameter stands as a text that no route has.
fn arn(api: &Api, route: &Route) -> String {
    api.arn(route.method, &cover::concrete(&route.path))
}

/// What a role's policies decide of each route, in the catalog's order.
pub fn decisions<'a>(
    policies: &PolicySet,
    api: &Api,
    catalog: &'a Catalog,
) -> Vec<(&'a Route, Decision)> {
    let context = Context::new();
    let invoke = policies.for_action(INVOKE);
    routes(catalog)
        .map(|route| (route, invoke.evaluate(&arn(api, route), &context)))
        .collect()
}

/// How many routes a role's policies decide otherwise than a row declares.
pub fn differences(policies: &PolicySet, row: &MatrixRow, api: &Api, catalog: &Catalog) -> usize {
    let context = Context::new();
    let invoke = policies.for_action(INVOKE);
    routes(catalog)
        .filter(|route| row.effect_of(route) != invoke.effect(&arn(api, route), &context))
        .count()
}

/// The statements of a role that are about the protected API.
pub fn touching(role: &Role, api: &Api) -> Vec<Touching> {
    let mut found = Vec::new();
    for policy in &role.policies {
        let statements = statements(&policy.document).unwrap_or_default();
        for (at, statement) in statements.iter().enumerate() {
            let only = is_only_about(statement, api);
            if only || may_touch(statement) {
                found.push(Touching {
                    policy: policy.source.label().to_owned(),
                    statement: at + 1,
                    text: statement.to_string(),
                    only,
                });
            }
        }
    }
    found
}

/// Whether any of its actions is one of `execute-api`, by name.
fn may_touch(statement: &Value) -> bool {
    let actions = texts(&statement["Action"]);
    actions
        .iter()
        .any(|action| action.to_lowercase().starts_with("execute-api:"))
}

/// What gives `role` exactly what `row` declares, as far as its inline policies can.
///
/// # Errors
/// `Invalid` where the deployment is not known well enough, or where the role's inline policies
/// would be larger than IAM takes.
pub fn change(
    role: &Role,
    row: &MatrixRow,
    api: &Api,
    catalog: &Catalog,
) -> Result<RolePolicyChange, Failure> {
    let doing = || format!("making the MLflow policy of the role {}", role.name);
    if [&api.account, &api.id, &api.stage, &api.region].contains(&&"*".to_owned()) {
        return Err(
            Failure::invalid(doing(), "the account, the API or its stage is not known")
                .advise("`mlwarden discover` says what is missing"),
        );
    }
    let mut smallest = None;
    for depth in cover::DEPTHS {
        let document = document(api, &routes(catalog).collect::<Vec<_>>(), row, depth);
        let writes = writes(role, api, document.as_deref());
        let size = size(role, &writes);
        if size <= LIMIT {
            return Ok(judged(role, row, api, catalog, writes, size));
        }
        smallest = smallest.min(Some(size)).or(Some(size));
    }
    let size = smallest.unwrap_or_default();
    Err(Failure::invalid(
        doing(),
        format!("its inline policies would have {size} characters together, and IAM takes {LIMIT}"),
    )
    .advise("move other inline policies of the role to managed ones, or allow whole areas"))
}

/// The document that allows what the row declares; none where it declares nothing.
fn document(api: &Api, routes: &[&Route], row: &MatrixRow, depth: usize) -> Option<String> {
    let cover = cover::of_row(routes, row, depth);
    let statements: Vec<Value> = [
        ("MlflowAccess", "Allow", &cover.open),
        ("MlflowAccessExcept", "Deny", &cover.closed),
    ]
    .into_iter()
    .filter(|(_, _, patterns)| !patterns.is_empty())
    .map(|(sid, effect, patterns)| statement(sid, effect, arns(api, patterns)))
    .collect();
    (!statements.is_empty())
        .then(|| json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn arns(api: &Api, patterns: &[String]) -> Vec<String> {
    let arn = |pattern: &String| {
        let Api {
            region,
            account,
            id,
            stage,
        } = api;
        format!("arn:aws:execute-api:{region}:{account}:{id}/{stage}/{pattern}")
    };
    let mut arns: Vec<String> = patterns.iter().map(arn).collect();
    arns.sort();
    arns
}

fn statement(sid: &str, effect: &str, resources: Vec<String>) -> Value {
    let resources = match <[String; 1]>::try_from(resources) {
        Ok([one]) => json!(one),
        Err(several) => json!(several),
    };
    json!({
        "Sid": sid,
        "Effect": effect,
        "Action": INVOKE,
        "Resource": resources,
    })
}

/// The change with what follows from it.
fn judged(
    role: &Role,
    row: &MatrixRow,
    api: &Api,
    catalog: &Catalog,
    writes: Vec<PolicyWrite>,
    size: usize,
) -> RolePolicyChange {
    let before = decisions(&policy_set(role), api, catalog);
    let after = decisions(&policy_set(&written(role, &writes)), api, catalog);
    let (mut gains, mut loses, mut unreached) = (Vec::new(), Vec::new(), Vec::new());
    for ((route, was), (_, is)) in before.iter().zip(&after) {
        let name = format!("{} {}", route.method, route.path);
        match (was.effect, is.effect) {
            (Effect::Deny, Effect::Allow) => gains.push(name.clone()),
            (Effect::Allow, Effect::Deny) => loses.push(name.clone()),
            _ => {}
        }
        let expected = row.effect_of(route);
        if is.effect != expected {
            unreached.push(Unreached {
                route: name,
                expected,
                why: is.explain(),
            });
        }
    }
    RolePolicyChange {
        role: role.name.clone(),
        level: row.name.clone(),
        writes,
        gains,
        loses,
        unreached,
        size,
    }
}

/// What is to be written so that `document` is the MLflow part of the role: in place of what is
/// about this API alone. What else stands in the same policies stays.
fn writes(role: &Role, api: &Api, document: Option<&str>) -> Vec<PolicyWrite> {
    let mut writes = Vec::new();
    let mut left = document;
    for (name, before) in inline(role) {
        let Some(statements) = statements(before) else {
            continue;
        };
        let (ours, others): (Vec<Value>, Vec<Value>) = statements
            .into_iter()
            .partition(|statement| is_only_about(statement, api));
        if ours.is_empty() {
            continue;
        }
        let after = if others.is_empty() {
            // The first that goes makes room for the new one under its name.
            left.take().map(ToOwned::to_owned)
        } else {
            with_statements(before, others)
        };
        writes.push(PolicyWrite {
            name: name.to_owned(),
            before: Some(before.to_owned()),
            after,
        });
    }
    if let Some(document) = left {
        let taken = |name: &str| inline(role).any(|(other, _)| other == name);
        let mut name = NEW.to_owned();
        for number in 2..100 {
            if !taken(&name) {
                break;
            }
            name = format!("{NEW}-{number}");
        }
        writes.push(PolicyWrite {
            name,
            before: None,
            after: Some(document.to_owned()),
        });
    }
    writes.retain(|write| !is_same(write.before.as_deref(), write.after.as_deref()));
    writes
}

/// Whether two documents say the same.
fn is_same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same_document(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Whether two policy documents are the same JSON, however they are written.
pub fn same_document(one: &str, other: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).ok();
    one == other || read(one).is_some_and(|value| Some(value) == read(other))
}

/// The role as it is after these writes.
pub(in crate::access) fn written(role: &Role, writes: &[PolicyWrite]) -> Role {
    let mut role = role.clone();
    for write in writes {
        let source = PolicySource::Inline(write.name.clone());
        role.policies.retain(|policy| policy.source != source);
        if let Some(document) = &write.after {
            role.policies.push(crate::domain::RolePolicy {
                source,
                document: document.clone(),
            });
        }
    }
    role
}

/// How many characters the role's inline policies have together after these writes, as IAM
/// counts: without white space.
pub(super) fn size(role: &Role, writes: &[PolicyWrite]) -> usize {
    let role = written(role, writes);
    inline(&role).map(|(_, document)| size_of(document)).sum()
}

/// How large a document is as IAM counts: without white space.
pub fn size_of(document: &str) -> usize {
    let counts = |char: &char| !char.is_whitespace();
    document.chars().filter(counts).count()
}

pub(super) fn inline(role: &Role) -> impl Iterator<Item = (&str, &str)> {
    role.policies
        .iter()
        .filter_map(|policy| match &policy.source {
            PolicySource::Inline(name) => Some((name.as_str(), policy.document.as_str())),
            _ => None,
        })
}

/// The statements of a document; none where it cannot be read.
pub(super) fn statements(document: &str) -> Option<Vec<Value>> {
    match serde_json::from_str::<Value>(document)
        .ok()?
        .get_mut("Statement")?
        .take()
    {
        Value::Array(statements) => Some(statements),
        one @ Value::Object(_) => Some(vec![one]),
        _ => None,
    }
}

/// A document with other statements.
pub(super) fn with_statements(document: &str, statements: Vec<Value>) -> Option<String> {
    let mut value: Value = serde_json::from_str(document).ok()?;
    value["Statement"] = Value::Array(statements);
    Some(value.to_string())
}

/// A text or a list of them.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a statement is about invoking this API and about nothing else.
fn is_only_about(statement: &Value, api: &Api) -> bool {
    let (actions, resources) = (texts(&statement["Action"]), texts(&statement["Resource"]));
    let ours = |resource: &&str| {
        let mut parts = resource.splitn(6, ':');
        let service = parts.nth(2);
        let rest = parts.nth(2).unwrap_or_default();
        service == Some("execute-api") && rest.split('/').next() == Some(api.id.as_str())
    };
    let whole = |name: &str, found: usize| match &statement[name] {
        Value::Array(all) => all.len() == found,
        Value::String(_) => true,
        _ => false,
    };
    !actions.is_empty()
        && !resources.is_empty()
        && whole("Action", actions.len())
        && whole("Resource", resources.len())
        && actions
            .iter()
            .all(|action| action.to_lowercase().starts_with("execute-api:"))
        && resources.iter().all(ours)
}

/// The lines that a change of a document takes away (`-`), adds (`+`) and keeps, pretty-printed.
pub fn diff(write: &PolicyWrite) -> String {
    let pretty = |document: &Option<String>| {
        let text = document.as_deref().unwrap_or_default();
        serde_json::from_str::<Value>(text)
            .and_then(|value| serde_json::to_string_pretty(&value))
            .unwrap_or_else(|_| text.to_owned())
    };
    let (before, after) = (pretty(&write.before), pretty(&write.after));
    similar::TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(3)
        .header(
            &format!("{} as it is", write.name),
            &format!("{} as it is to be", write.name),
        )
        .to_string()
}

/// What a profile gains and loses with another execution role, by permission.
pub fn compared(
    before: Option<&PolicySet>,
    after: &PolicySet,
    api: &Api,
    catalog: &Catalog,
) -> (Vec<String>, Vec<String>) {
    let new = decisions(after, api, catalog);
    let old = before.map(|before| decisions(before, api, catalog));
    let (mut gains, mut loses): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (at, (route, is)) in new.iter().enumerate() {
        let was = old.as_ref().and_then(|old| old.get(at));
        let was = was.map_or(Effect::Deny, |(_, was)| was.effect);
        let list = match (was, is.effect) {
            (Effect::Deny, Effect::Allow) => &mut gains,
            (Effect::Allow, Effect::Deny) => &mut loses,
            _ => continue,
        };
        if !list.contains(&route.permission) {
            list.push(route.permission.clone());
        }
    }
    (gains, loses)
}

#[cfg(test)]
mod tests;
