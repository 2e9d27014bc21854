//! A policy document as rules: what of it is about this API, and what a rule cannot say.

use serde_json::Value;

use crate::access::{
    Api, INVOKE, Method,
    authorizer::Rule,
    policy::{glob, statement::Document},
};

/// What a policy allows and denies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grant {
    /// What it allows.
    pub allow: Vec<Rule>,
    /// What of that it denies.
    pub deny: Vec<Rule>,
    /// Whether the policy says more than rules can.
    pub partial: bool,
}

/// The rules of a document, and what of it is none.
pub(super) fn read(document: &str, api: &Api) -> (Grant, Vec<String>) {
    let mut grant = Grant::default();
    let mut odd = Vec::new();
    let statements = match Document::read(document) {
        Ok(document) => document.statements,
        Err(message) => {
            odd.push(format!("its policy cannot be read: {message}"));
            grant.partial = true;
            return (grant, odd);
        }
    };
    for statement in statements {
        let rules = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => &mut grant.allow,
            Some("Deny") => &mut grant.deny,
            _ => {
                odd.push(format!(
                    "a statement neither allows nor denies: {statement}"
                ));
                continue;
            }
        };
        if !is_plain(&statement) {
            odd.push(format!(
                "a statement is more than rules can say: {statement}"
            ));
            continue;
        }
        for arn in texts(statement.get("Resource")) {
            match rule(arn, api) {
                Some(rule) if rules.contains(&rule) => {}
                Some(rule) => rules.push(rule),
                None => odd.push(format!("a resource is none of this API's: {arn}")),
            }
        }
    }
    grant.partial = !odd.is_empty();
    (grant, odd)
}

/// Whether a statement is about calling the API and has no condition.
fn is_plain(statement: &Value) -> bool {
    let known = |key: &String| ["Sid", "Effect", "Action", "Resource"].contains(&key.as_str());
    let calls = |action: &&str| glob::matches(&action.to_lowercase(), &INVOKE.to_lowercase());
    let keys = statement.as_object().map(|object| object.keys());
    keys.is_some_and(|mut keys| keys.all(known)) && texts(statement.get("Action")).iter().any(calls)
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A method ARN of the API as a rule; none where it is another's, or no such ARN.
fn rule(arn: &str, api: &Api) -> Option<Rule> {
    let everything = || Rule {
        method: "*".to_owned(),
        path: "/*".to_owned(),
    };
    if arn == "*" {
        return Some(everything());
    }
    let mut parts = arn.splitn(6, ':');
    let head = [parts.next()?, parts.next()?, parts.next()?];
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let is_here = head[0] == "arn"
        && glob::matches(head[2], "execute-api")
        && glob::matches(region, &api.region)
        && glob::matches(account, &api.account);
    if !is_here {
        return None;
    }
    if resource == "*" {
        return Some(everything());
    }
    // A `*` at the end takes whatever follows: methods and paths.
    let (id, rest) = resource.split_once('/')?;
    if !glob::matches(id, &api.id) {
        return None;
    }
    if rest == "*" {
        return Some(everything());
    }
    let (stage, rest) = rest.split_once('/')?;
    if !glob::matches(stage, &api.stage) {
        return None;
    }
    if rest == "*" {
        return Some(everything());
    }
    let (method, path) = rest.split_once('/')?;
    let is_method = method == "*" || Method::ALL.iter().any(|known| known.as_str() == method);
    is_method.then(|| Rule {
        method: method.to_owned(),
        path: format!("/{path}"),
    })
}
