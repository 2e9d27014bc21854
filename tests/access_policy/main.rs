//! Policy evaluation decides as AWS documents it.
//!
//! The evaluator is the heart of every prediction, so it is proved case by case. The cases
//! are a table, `cases/*.json`: what AWS documents to be allowed and denied, each with the
//! page that says so. What AWS leaves open, how a decision is explained and what must hold
//! of any policy at all stand in the modules.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; the panic says where"
)]

mod open_ends;
mod properties;

use std::collections::{BTreeMap, HashMap, HashSet};

use mlwarden::access::{
    AccessRequest, Context, Decision, Effect, PartialContext, PolicySet, PolicyText,
};
use serde::Deserialize;
use serde_json::{Value, json};

const ACTION: &str = "execute-api:Invoke";
const SEARCH: &str =
    "arn:aws:execute-api:us-west-2:123456789012:api/prod/POST/api/2.0/mlflow/runs/search";

/// One question to the evaluator, with AWS's answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows; unique.
    name: String,
    /// The guide and the title of the page that documents it.
    source: String,
    /// The identity policies: documents, or text where it is no document.
    policies: Vec<Value>,
    /// The permissions boundary.
    boundary: Option<Value>,
    action: String,
    resource: String,
    /// The condition keys of the request.
    context: BTreeMap<String, Vec<String>>,
    expected: Expected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expected {
    Allow,
    Deny,
}

impl Case {
    /// What the case asks, without its name and its answer.
    fn question(&self) -> String {
        json!([
            self.policies.iter().map(text).collect::<Vec<_>>(),
            self.boundary.as_ref().map(text),
            self.action,
            self.resource,
            self.context
        ])
        .to_string()
    }

    fn decide(&self) -> Decision {
        let documents: Vec<String> = self.policies.iter().map(text).collect();
        let texts: Vec<&str> = documents.iter().map(String::as_str).collect();
        let boundary = self.boundary.as_ref().map(text);
        let context = self
            .context
            .iter()
            .fold(Context::new(), |context, (key, values)| {
                context.with(key, values)
            });
        decide_within(
            &texts,
            boundary.as_deref(),
            &self.action,
            &self.resource,
            &context,
        )
    }
}

/// A document as it stands in a policy: a text is taken as it is.
fn text(document: &Value) -> String {
    match document {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    }
}

/// Every case of the table, file by file.
fn table() -> Vec<Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access_policy/cases");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read_to_string(&path).unwrap();
        let read: Vec<Case> = serde_json::from_str(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        cases.extend(read);
    }
    cases
}

#[test]
fn every_documented_case_is_decided_as_documented() {
    let wrong: Vec<String> = table()
        .iter()
        .filter_map(|case| {
            let decision = case.decide();
            (decision.is_allow() != (case.expected == Expected::Allow)).then(|| {
                format!(
                    "{}\n    documented in {}: {:?}\n    decided: {}",
                    case.name,
                    case.source,
                    case.expected,
                    decision.explain()
                )
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} cases are decided otherwise than documented:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_table_is_large_and_no_case_stands_twice() {
    let cases = table();
    assert!(cases.len() >= 300, "only {} cases", cases.len());
    let mut names = HashSet::new();
    let mut questions = HashMap::new();
    for case in &cases {
        assert!(names.insert(&case.name), "two cases: {}", case.name);
        let twin = questions.insert(case.question(), &case.name);
        assert_eq!(twin, None, "the same question as {}", case.name);
        assert!(
            case.source.contains(" Guide, "),
            "{}: {:?} names no page",
            case.name,
            case.source
        );
    }
    // Neither a policy that allows all nor one that denies all could pass.
    let allowed = cases
        .iter()
        .filter(|case| case.expected == Expected::Allow)
        .count();
    assert!(allowed > 100 && cases.len() - allowed > 100);
}

fn set(documents: &[&str], boundary: Option<&str>) -> PolicySet {
    let named = |label| move |document| PolicyText { label, document };
    let texts: Vec<_> = documents.iter().copied().map(named("policy")).collect();
    PolicySet::compile(&texts, boundary.map(named("limit")))
}

/// Decides every way, explaining and not, by the statements of the action alone, and with every
/// key known to be there or not; and expects the same of all.
fn decide_within(
    documents: &[&str],
    boundary: Option<&str>,
    action: &str,
    resource: &str,
    context: &Context,
) -> Decision {
    let set = set(documents, boundary);
    let request = AccessRequest {
        action,
        resource,
        context,
    };
    let decision = set.evaluate(&request);
    assert_eq!(
        decision.effect,
        set.effect(&request),
        "the fast path decides {action} on {resource} otherwise: {}",
        decision.explain()
    );
    let view = set.for_action(action);
    assert_eq!(
        decision,
        view.evaluate(resource, context),
        "seen by its action"
    );
    assert_eq!(decision.effect, view.effect(resource, context));
    let whole = PartialContext::new(context.clone()).without(["*"]);
    let estimate = view.estimate(resource, &whole);
    assert_eq!(decision.effect, estimate.decision.effect, "estimated");
    assert!(estimate.depends_on.is_empty(), "{:?}", estimate.depends_on);
    decision
}

fn decide(documents: &[&str], action: &str, resource: &str, context: &Context) -> bool {
    decide_within(documents, None, action, resource, context).effect == Effect::Allow
}

/// One statement that allows everything but for `extra`.
fn allow(extra: &Value) -> String {
    document("Allow", extra)
}

/// One statement about everything but for `extra`; null takes an element away.
fn document(effect: &str, extra: &Value) -> String {
    let mut statement = serde_json::Map::new();
    for (key, value) in [("Effect", effect), ("Action", "*"), ("Resource", "*")] {
        statement.insert(key.to_owned(), json!(value));
    }
    for (key, value) in extra.as_object().into_iter().flatten() {
        if value.is_null() {
            statement.remove(key);
        } else {
            statement.insert(key.clone(), value.clone());
        }
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn condition(operator: &str, key: &str, values: &Value) -> Value {
    json!({"Condition": {operator: {key: values}}})
}
