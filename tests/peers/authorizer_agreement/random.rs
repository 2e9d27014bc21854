//! Contracts, requests and matrices as chance makes them: the same at every run.

use std::collections::BTreeSet;

use mlwarden::access::{
    Catalog, Contract, Matrix, Method, Nobody, Pick,
    authorizer::{GroupRules, Rule},
};
use proptest::{
    prelude::*,
    sample::Index,
    strategy::ValueTree,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

/// Names that a group may have, and one more that no contract knows.
pub const GROUPS: [&str; 6] = [
    "admins",
    "readers",
    "model-approvers",
    "Grüße \"quoted\"",
    "a:b/c*",
    "strangers",
];

/// Values of a strategy, the same at every run.
pub struct Values<S: Strategy> {
    strategy: S,
    runner: TestRunner,
}

impl<S: Strategy> Values<S> {
    pub fn of(strategy: S) -> Self {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        Self {
            strategy,
            runner: TestRunner::new_with_rng(ProptestConfig::default(), rng),
        }
    }

    pub fn next(&mut self) -> S::Value {
        self.strategy.new_tree(&mut self.runner).unwrap().current()
    }
}

/// Some of the groups, in any order.
pub fn groups() -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(GROUPS.to_vec(), 0..=3)
        .prop_shuffle()
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

fn path() -> impl Strategy<Value = String> {
    let part = proptest::sample::select(vec![
        "ajax-api",
        "2.0",
        "3.0",
        "mlflow",
        "runs",
        "search",
        "create",
        "*",
        "?*",
        "s*ch",
        "c?eate",
        "",
        "a b",
        "ä",
        "quote\"",
        "back\\slash",
        "$",
        "models:x",
        "traces",
    ]);
    let parts = proptest::collection::vec(part, 0..6).prop_map(|parts| parts.join("/"));
    let start = proptest::sample::select(vec!["/", "/", "/", "", "//", "/ajax-api/2.0/mlflow/"]);
    let made = (start, parts).prop_map(|(start, parts)| format!("{start}{parts}"));
    let templates: Vec<String> = Catalog::every_route()
        .map(|route| with_parameters(&route.path, "*"))
        .collect();
    prop_oneof![made, proptest::sample::select(templates)]
}

fn rule() -> impl Strategy<Value = Rule> {
    let method = proptest::sample::select(vec!["*", "GET", "POST", "PUT", "PATCH", "DELETE"]);
    (method, path()).prop_map(|(method, path)| Rule {
        method: method.to_owned(),
        path,
    })
}

/// Any contract at all; a group may stand in it twice.
pub fn contract() -> impl Strategy<Value = Contract> {
    let known = GROUPS[..5].to_vec();
    let rules = (
        proptest::sample::select(known),
        proptest::collection::vec(rule(), 0..6),
        proptest::collection::vec(rule(), 0..3),
    )
        .prop_map(|(name, allow, deny)| GroupRules {
            name: name.to_owned(),
            allow,
            deny,
        });
    (
        any::<bool>(),
        any::<bool>(),
        proptest::collection::vec(rules, 0..5),
    )
        .prop_map(|(union, crash, groups)| Contract {
            schema: 1,
            rule: if union { Pick::Union } else { Pick::FirstMatch },
            nobody: if crash { Nobody::Crash } else { Nobody::Deny },
            groups,
        })
}

/// What makes a request of a rule.
pub type Making = (Index, Method, &'static str);

pub fn making() -> impl Strategy<Value = Making> {
    let method = proptest::sample::select(Method::ALL.to_vec());
    let filler = proptest::sample::select(vec!["x", "x/y", "search", "s", ""]);
    (any::<Index>(), method, filler)
}

/// A request that one of the contract's rules is about, or nearly.
pub fn request(contract: &Contract, (index, method, filler): &Making) -> (Method, String) {
    let rules = contract.groups.iter();
    let rules: Vec<&Rule> = rules
        .flat_map(|group| group.allow.iter().chain(&group.deny))
        .collect();
    if rules.is_empty() {
        return (*method, format!("/{filler}"));
    }
    let rule = index.get(&rules);
    let path = rule.path.replace('*', filler).replace('?', "z");
    let path = path.strip_prefix('/').unwrap_or(&path);
    (rule.method.parse().unwrap_or(*method), format!("/{path}"))
}

/// A template with `text` in each parameter's place.
pub fn with_parameters(template: &str, text: &str) -> String {
    let mut filled = String::new();
    for part in template.split('<') {
        match part.split_once('>') {
            Some((_, rest)) => {
                filled.push_str(text);
                filled.push_str(rest);
            }
            None => filled.push_str(part),
        }
    }
    filled
}

/// A matrix of some rows, each with permissions, globs and routes allowed and denied, some
/// inheriting from those before.
pub fn matrix() -> impl Strategy<Value = Matrix> {
    let permissions: Vec<String> = Catalog::all_permissions()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let globs = [
        "*",
        "*:read",
        "*:write",
        "*:delete",
        "traces:*",
        "gateway:*",
        "runs:*",
    ];
    let routes: Vec<String> = Catalog::every_route()
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let entry = || {
        prop_oneof![
            4 => proptest::sample::select(permissions.clone()),
            1 => proptest::sample::select(globs.map(str::to_owned).to_vec()),
            4 => proptest::sample::select(routes.clone()),
        ]
    };
    let row = (
        proptest::collection::vec(entry(), 0..24),
        proptest::collection::vec(entry(), 0..5),
        any::<bool>(),
    );
    (any::<bool>(), proptest::collection::vec(row, 1..4)).prop_map(|(union, rows)| {
        let rule = if union { "union" } else { "first-match" };
        let mut text = format!("[authorizer]\nrule = \"{rule}\"\n");
        for (at, (allow, deny, inherits)) in rows.into_iter().enumerate() {
            let (allow, deny): (BTreeSet<_>, BTreeSet<_>) =
                (allow.into_iter().collect(), deny.into_iter().collect());
            let allow: Vec<_> = allow.difference(&deny).collect();
            let deny: Vec<_> = deny.iter().collect();
            let inherits: Vec<String> = (at > 0 && inherits)
                .then(|| format!("row-{}", at - 1))
                .into_iter()
                .collect();
            let (name, group) = (format!("row-{at}"), GROUPS[at]);
            let row = format!(
                "[[row]]\nname = {name:?}\ngroup = {group:?}\nallow = {allow:?}\ndeny = {deny:?}\n\
                 inherits = {inherits:?}\n"
            );
            text.push_str(&row);
        }
        Matrix::parse(&text, "random.toml").unwrap_or_else(|error| panic!("{error}\n{text}"))
    })
}
