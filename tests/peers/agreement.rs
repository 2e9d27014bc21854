//! The drop-in authorizer under real Python, with real keys and signed tokens, beside the Rust
//! decision: they must agree in every policy, bit for bit, whichever JWT library is there.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use mlwarden::{
    access::{
        AccessRequest, Catalog, Context, Contract, Effect, INVOKE, Matrix, MatrixRow, Method,
        Nobody, Pick, PolicySet, PolicyText, Route,
        authorizer::{GroupRules, Rule},
        contract_of, method_arn, route,
    },
    domain::AuthScheme,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::venv::Venv;

const REGION: &str = "us-west-2";
const ACCOUNT: &str = "123456789012";
const API: &str = "a1b2c3";
const STAGE: &str = "prod";

/// Runs the driver with this library and task, `input` on its standard input.
fn drive(library: &str, task: &str, input: String) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(Venv::prepare("authorizer").python())
        .arg(root.join("tests/peers/drive_authorizer.py"))
        .arg(root.join("assets/authorizer/index.py"))
        .args([library, task])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        stdin.write_all(input.as_bytes()).unwrap();
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// What Python answers for each contract and each set of groups.
fn asked(library: &str, questions: &[(Contract, Vec<Vec<String>>)]) -> Vec<Vec<Value>> {
    let lines: Vec<String> = questions
        .iter()
        .map(|(contract, asks)| {
            json!({"rules": contract.to_json().unwrap(), "asks": asks}).to_string()
        })
        .collect();
    let answers = drive(library, "policies", lines.join("\n") + "\n");
    let answers: Vec<Vec<Value>> = answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// Python's document is the one that Rust makes, and decides as Rust does.
fn agree(contract: &Contract, groups: &[String], document: &Value, routes: &[(Method, &str)]) {
    let ours = contract.policy_for(groups, REGION, ACCOUNT, API, STAGE);
    assert_eq!(Some(document), ours.as_ref(), "{groups:?} of {contract:?}");
    let text = document.to_string();
    let policy = PolicyText {
        label: "authorizer",
        document: &text,
    };
    let policies = PolicySet::compile(&[policy], None);
    let context = Context::new();
    for (method, path) in routes {
        let by_python = policies.effect(&AccessRequest {
            action: INVOKE,
            resource: &method_arn(REGION, ACCOUNT, API, STAGE, *method, path),
            context: &context,
        });
        let by_rust = contract.decide(groups, *method, path).effect;
        assert_eq!(by_python, by_rust, "{groups:?} {method} {path}");
    }
}

fn bearer(catalog: &Catalog) -> Vec<&Route> {
    let asked =
        |route: &&Route| route.scheme() == AuthScheme::Bearer && route::has_method(&route.path);
    catalog.routes().iter().filter(asked).collect()
}

/// A route's path with something in place of its parameters.
fn concrete(route: &Route) -> String {
    let part = |part: &str| if part.starts_with('<') { "0" } else { part }.to_owned();
    let parts: Vec<String> = route.path.split('/').map(part).collect();
    parts.join("/")
}

/// Every subset of the groups, and of one that nobody knows.
fn subsets(groups: &[&str]) -> Vec<Vec<String>> {
    (0..1_usize << groups.len())
        .map(|set| {
            let member = |at: &usize| set & (1 << at) != 0;
            let chosen = (0..groups.len()).filter(member);
            chosen.map(|at| groups[at].to_owned()).collect()
        })
        .collect()
}

#[rstest]
#[case("jose")]
#[case("jwt")]
fn every_route_for_every_set_of_groups(#[case] library: &str) {
    let mut questions = Vec::new();
    for version in Catalog::versions() {
        let catalog = Catalog::for_version(version);
        for rule in [Pick::FirstMatch, Pick::Union] {
            let mut matrix = Matrix::sample();
            matrix.authorizer.rule = rule;
            let contract = contract_of(&matrix, &catalog);
            let sets = subsets(&["admins", "readers", "model-approvers", "interns"]);
            questions.push((contract, sets, catalog.clone()));
        }
    }
    let asks: Vec<_> = questions
        .iter()
        .map(|(contract, sets, _)| (contract.clone(), sets.clone()))
        .collect();
    let answers = asked(library, &asks);
    for ((contract, sets, catalog), answers) in questions.iter().zip(&answers) {
        let paths: Vec<(Method, String)> = bearer(catalog)
            .into_iter()
            .map(|route| (route.method, concrete(route)))
            .collect();
        let routes: Vec<(Method, &str)> = paths
            .iter()
            .map(|(method, path)| (*method, path.as_str()))
            .collect();
        for (groups, document) in sets.iter().zip(answers) {
            agree(contract, groups, document, &routes);
        }
    }
}

const GROUPS: [&str; 5] = ["a", "b", "c", "Gruppe+Ä", "with.dots-and_more"];

fn any_rule() -> impl Strategy<Value = Rule> {
    let methods = prop::sample::select(vec!["*", "GET", "POST", "PATCH", "DELETE"]);
    let path = prop_oneof![
        3 => "(/[a-z*?]{1,4}){1,4}",
        1 => "/[ -#%-~]{0,20}",
        1 => "[a-z/*]{0,6}",
    ];
    (methods, path).prop_map(|(method, path)| Rule {
        method: method.to_owned(),
        path,
    })
}

fn any_contract() -> impl Strategy<Value = (Contract, Vec<Vec<String>>)> {
    let rules = |most| prop::collection::vec(any_rule(), 0..most);
    let group = (rules(5), rules(3));
    let groups = prop::collection::vec(group, 0..=GROUPS.len());
    let sets = prop::collection::vec(prop::collection::vec(0..GROUPS.len(), 0..4), 1..3);
    (groups, any::<bool>(), sets).prop_map(|(groups, union, sets)| {
        let contract = Contract {
            schema: 1,
            rule: if union { Pick::Union } else { Pick::FirstMatch },
            nobody: Nobody::Deny,
            groups: groups
                .into_iter()
                .zip(GROUPS)
                .map(|((allow, deny), name)| GroupRules {
                    name: name.to_owned(),
                    allow,
                    deny,
                })
                .collect(),
        };
        let named = |set: Vec<usize>| set.into_iter().map(|at| GROUPS[at].to_owned()).collect();
        (contract, sets.into_iter().map(named).collect())
    })
}

#[test]
fn ten_thousand_random_matrices() {
    let mut runner = TestRunner::deterministic();
    let strategy = any_contract();
    let questions: Vec<_> = (0..10_000)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let answers = asked("jose", &questions);
    let routes = [
        (Method::Get, "/ajax-api/2.0/mlflow/runs/get"),
        (Method::Post, "/a/b/c"),
        (Method::Delete, "/aa/b"),
        (Method::Patch, "/x"),
        (Method::Get, "/version"),
    ];
    let mut allowed = 0;
    for ((contract, sets), answers) in questions.iter().zip(&answers) {
        for (groups, document) in sets.iter().zip(answers) {
            agree(contract, groups, document, &routes);
            allowed += routes
                .iter()
                .filter(|(method, path)| contract.decide(groups, *method, path).is_allow())
                .count();
        }
    }
    // The decisions are of both kinds.
    assert!(allowed > 1_000, "{allowed}");
}

/// What a matrix compiles to gives each group what its row declares, route by route, and
/// nothing more, whatever stands in it.
#[test]
fn a_random_matrix_compiles_to_what_it_declares() {
    let catalog = Catalog::for_version("3.17.2");
    let routes = bearer(&catalog);
    let permissions = Catalog::all_permissions();
    let entry = (any::<bool>(), any::<prop::sample::Index>(), 0..3_u8);
    let entries = |most| prop::collection::vec(entry.clone(), 0..most);
    let named = |entries: Vec<(bool, prop::sample::Index, u8)>| {
        let mut texts: Vec<String> = Vec::new();
        for (by_route, at, glob) in entries {
            let text = if by_route {
                let route = routes[at.index(routes.len())];
                format!("{} {}", route.method, route.path)
            } else {
                let name = permissions[at.index(permissions.len())];
                let (area, verb) = name.split_once(':').unwrap();
                match glob {
                    0 => format!("{area}:*"),
                    1 => format!("*:{verb}"),
                    _ => name.to_owned(),
                }
            };
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    };
    let mut runner = TestRunner::new(Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let strategy = (entries(8), entries(6), entries(5));
    runner
        .run(&strategy, |(allow, deny, base)| {
            let text = format!(
                "[[row]]\nname = \"base\"\ngroup = \"base\"\nallow = {:?}\n\
                 [[row]]\nname = \"level\"\ngroup = \"level\"\ninherits = [\"base\"]\nallow = {:?}\ndeny = {:?}\n",
                named(base),
                named(allow),
                named(deny),
            );
            let matrix = Matrix::parse(&text, "m").unwrap();
            let contract = contract_of(&matrix, &catalog);
            for row in &matrix.rows {
                holds(row, &contract, &routes)?;
            }
            Ok(())
        })
        .unwrap();
}

fn holds(row: &MatrixRow, contract: &Contract, routes: &[&Route]) -> Result<(), TestCaseError> {
    let group = [row.group.clone().unwrap()];
    for route in routes {
        let decided = contract
            .decide(&group, route.method, &concrete(route))
            .effect;
        let declared = row.effect_of(route);
        prop_assert!(
            decided == declared || (declared, decided) == (Effect::Allow, Effect::Deny),
            "{} {} is wider than declared",
            route.method,
            route.path
        );
        prop_assert_eq!(decided, declared, "{} {}", route.method, route.path);
    }
    Ok(())
}

#[rstest]
#[case("jose")]
#[case("jwt")]
fn whatever_is_odd_is_refused_and_nothing_crashes(#[case] library: &str) {
    let found = drive(library, "hostile", String::new());
    let found: BTreeMap<String, Value> = serde_json::from_str(&found).unwrap();
    let of = |wanted: &str| -> Vec<&str> {
        found
            .iter()
            .filter(|(_, value)| *value == wanted)
            .map(|(name, _)| name.as_str())
            .collect()
    };
    assert_eq!(
        of("allow"),
        [
            "good",
            "good as TOKEN",
            "good with a capital header",
            "good without prefix",
            "test-invoke"
        ]
    );
    // Signed for somebody else, for another time or another use, or not at all: 401.
    let refused = of("raised Unauthorized");
    for name in [
        "access token",
        "access token with audience",
        "alg HS256",
        "alg none",
        "expired",
        "no exp",
        "not a token",
        "other audience",
        "other key",
        "other pool",
        "tampered",
        "unknown kid",
    ] {
        assert!(refused.contains(&name), "{name}: {found:?}");
    }
    assert_eq!(found["unknown kids ask again"], 0);
    // All the rest is denied: nothing crashes.
    let told = of("allow").len() + refused.len() + of("deny").len();
    assert_eq!(told, found.len() - 1, "{found:#?}");
    for name in [
        "file missing",
        "keys cannot be had",
        "other schema",
        "odd methodArn",
    ] {
        assert_eq!(found[name], "deny", "{name}");
    }
}
