//! The drop-in authorizer under real Python against the decisions of this program: the same
//! policies, value by value, and the same decisions.

mod bench;
mod hostile;
mod random;

use bench::{Issuer, LIBRARIES, claims, event, run, serve_keys};
use mlwarden::{
    access::{
        AccessRequest, Api, Catalog, Context, Contract, Effect, INVOKE, Matrix, Method, Nobody,
        PolicySet, PolicyText, Route, contract_of, route,
    },
    domain::AuthScheme,
};
use proptest::{prelude::*, sample::Index};
use random::{Values, with_parameters};
use serde_json::{Value, json};

fn api() -> Api {
    Api {
        region: "us-west-2".to_owned(),
        account: "123456789012".to_owned(),
        id: "abcdef1234".to_owned(),
        stage: "prod".to_owned(),
    }
}

/// What the program says that the authorizer returns. The drop-in never crashes.
fn document(contract: &Contract, groups: &[String]) -> Value {
    let never_crashes = Contract {
        nobody: Nobody::Deny,
        ..contract.clone()
    };
    let Api {
        region,
        account,
        id,
        stage,
    } = api();
    never_crashes
        .policy_for(groups, &region, &account, &id, &stage)
        .unwrap()
}

/// What API Gateway makes of a policy.
struct Gateway(PolicySet);

impl Gateway {
    fn of(document: &Value) -> Self {
        let text = document.to_string();
        let policies = PolicySet::compile(
            &[PolicyText {
                label: "Python's",
                document: &text,
            }],
            None,
        );
        assert_eq!(policies.faults(), [], "{text}");
        Self(policies)
    }

    fn decides(&self, method: Method, path: &str) -> Effect {
        self.0.effect(&AccessRequest {
            action: INVOKE,
            resource: &api().arn(method, path),
            context: &Context::new(),
        })
    }
}

fn bearer_routes(catalog: &Catalog) -> impl Iterator<Item = &Route> {
    catalog
        .routes()
        .iter()
        .filter(|route| route.scheme() == AuthScheme::Bearer && route::has_method(&route.path))
}

fn names(groups: &[&str]) -> Vec<String> {
    groups.iter().map(|&name| name.to_owned()).collect()
}

/// Every set of these groups.
fn sets(groups: &[&str]) -> Vec<Vec<String>> {
    (0..1 << groups.len())
        .map(|bits: usize| {
            let chosen = groups.iter().enumerate();
            let chosen = chosen.filter(|(at, _)| bits >> at & 1 == 1);
            chosen.map(|(_, name)| (*name).to_owned()).collect()
        })
        .collect()
}

const UNION: &str = r#"
[authorizer]
rule = "union"
order = ["model-approvers", "readers"]
[[row]]
name = "admin"
group = "admins"
allow = ["*"]
[[row]]
name = "reader"
group = "readers"
allow = ["*:read"]
deny = ["gateway:read", "GET mlflow/artifacts/list"]
[[row]]
name = "approver"
group = "model-approvers"
inherits = ["reader"]
allow = ["model-versions:*", "POST /graphql"]
deny = ["DELETE mlflow/model-versions/delete"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn python_decides_every_route_for_every_set_of_groups_as_the_program_does() {
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let matrices = [Matrix::sample(), Matrix::parse(UNION, "union").unwrap()];
    let sets = sets(&["admins", "readers", "model-approvers", "strangers"]);
    let tokens = sets.iter().map(|groups| issuer.sign(&claims(groups)));
    let events: Vec<Value> = tokens.map(|token| event(&token)).collect();
    let catalogs = Catalog::versions().iter().copied();
    let cases: Vec<(Catalog, Contract)> = catalogs
        .flat_map(|version| {
            let catalog = Catalog::for_version(version);
            let mut contracts = vec![Contract::sample()];
            contracts.extend(matrices.iter().map(|matrix| contract_of(matrix, &catalog)));
            contracts
                .into_iter()
                .map(move |contract| (catalog.clone(), contract))
        })
        .collect();
    let lines: Vec<Value> = cases
        .iter()
        .map(|(_, contract)| json!({"rules": contract.to_json().unwrap(), "events": events}))
        .collect();
    let mut decided = 0;
    for library in LIBRARIES {
        let answers = run(library, &keys.uri(), lines.clone()).await;
        assert_eq!(answers.lines.len(), cases.len(), "{}", answers.log);
        for ((catalog, contract), answers) in cases.iter().zip(&answers.lines) {
            for (groups, answer) in sets.iter().zip(answers) {
                let returned = &answer["policy"]["policyDocument"];
                assert_eq!(
                    *returned,
                    document(contract, groups),
                    "{groups:?}: {answer}"
                );
                assert_eq!(answer["policy"]["principalId"], "eve");
                let gateway = Gateway::of(returned);
                for route in bearer_routes(catalog) {
                    let path = with_parameters(&route.path, "x");
                    let decided_here = contract.decide(groups, route.method, &path).effect;
                    let name = format!("{groups:?} {} {path}", route.method);
                    assert_eq!(gateway.decides(route.method, &path), decided_here, "{name}");
                    decided += 1;
                }
            }
        }
    }
    assert!(decided > 40_000, "{decided}");
}

#[tokio::test(flavor = "multi_thread")]
async fn python_returns_for_ten_thousand_random_contracts_what_the_program_returns() {
    const EACH: usize = 5_000;
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let mut sets = Values::of(random::groups());
    let sets: Vec<Vec<String>> = (0..64).map(|_| sets.next()).collect();
    let signed: Vec<Value> = sets
        .iter()
        .map(|groups| event(&issuer.sign(&claims(groups))))
        .collect();
    let pick = [any::<Index>(), any::<Index>()];
    let makings = proptest::collection::vec(random::making(), 4);
    let mut cases = Values::of((random::contract(), pick, makings));
    let mut allowed = 0;
    for library in ["jose", "pyjwt"] {
        let cases: Vec<_> = (0..EACH).map(|_| cases.next()).collect();
        let lines = cases.iter().map(|(contract, picks, _)| {
            let events = picks.each_ref().map(|pick| pick.get(&signed));
            json!({"rules": contract.to_json().unwrap(), "events": events})
        });
        let answers = run(library, &keys.uri(), lines.collect()).await;
        assert_eq!(answers.lines.len(), EACH, "{}", answers.log);
        for ((contract, picks, makings), answers) in cases.iter().zip(&answers.lines) {
            let requests = makings
                .iter()
                .map(|making| random::request(contract, making));
            let requests: Vec<_> = requests
                .filter(|(_, path)| route::has_method(path))
                .collect();
            for (pick, answer) in picks.iter().zip(answers) {
                let groups = pick.get(&sets);
                let returned = &answer["policy"]["policyDocument"];
                assert_eq!(
                    *returned,
                    document(contract, groups),
                    "{contract:?} {groups:?}"
                );
                let gateway = Gateway::of(returned);
                for (method, path) in &requests {
                    let decided = contract.decide(groups, *method, path).effect;
                    let name = format!("{contract:?} {groups:?} {method} {path}");
                    assert_eq!(gateway.decides(*method, path), decided, "{name}");
                    allowed += usize::from(decided == Effect::Allow);
                }
            }
        }
    }
    assert!(allowed > 1_000, "chance allows next to nothing: {allowed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn python_decides_for_ten_thousand_random_matrices_as_the_program_does() {
    const MATRICES: usize = 10_000;
    const ASKED: usize = 8;
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let sets = sets(&random::GROUPS[..3]);
    let signed: Vec<Value> = sets
        .iter()
        .map(|groups| event(&issuer.sign(&claims(groups))))
        .collect();
    let pick = [any::<Index>(), any::<Index>()];
    let routes = proptest::collection::vec(any::<Index>(), ASKED);
    let mut values = Values::of((random::matrix(), pick, routes));
    let each = MATRICES.div_ceil(Catalog::versions().len());
    let (mut decided, mut allowed) = (0, 0);
    for version in Catalog::versions() {
        let catalog = Catalog::for_version(version);
        let known: Vec<&Route> = bearer_routes(&catalog).collect();
        let cases: Vec<_> = (0..each)
            .map(|_| {
                let (matrix, picks, routes) = values.next();
                (contract_of(&matrix, &catalog), picks, routes)
            })
            .collect();
        let lines = cases.iter().map(|(contract, picks, _)| {
            let events = picks.each_ref().map(|pick| pick.get(&signed));
            json!({"rules": contract.to_json().unwrap(), "events": events})
        });
        let answers = run("pyjwt", &keys.uri(), lines.collect()).await;
        assert_eq!(answers.lines.len(), each, "{}", answers.log);
        for ((contract, picks, routes), answers) in cases.iter().zip(&answers.lines) {
            for (pick, answer) in picks.iter().zip(answers) {
                let groups = pick.get(&sets);
                let returned = &answer["policy"]["policyDocument"];
                assert_eq!(
                    *returned,
                    document(contract, groups),
                    "{groups:?} {contract:?}"
                );
                let gateway = Gateway::of(returned);
                for route in routes.iter().map(|pick| pick.get(&known)) {
                    let path = with_parameters(&route.path, "x");
                    let here = contract.decide(groups, route.method, &path).effect;
                    let name = format!("{groups:?} {} {path}: {contract:?}", route.method);
                    assert_eq!(gateway.decides(route.method, &path), here, "{name}");
                    decided += 1;
                    allowed += usize::from(here == Effect::Allow);
                }
            }
        }
    }
    assert!(decided >= 2 * MATRICES * ASKED, "{decided}");
    assert!(allowed > 10_000, "chance allows next to nothing: {allowed}");
}

/// Requests for the routes of a catalog, with what a parameter may stand for at its worst: the
/// names of other routes, and where a path is left to the route, several parts of one.
fn worst_requests(catalog: &Catalog) -> Vec<(Method, String)> {
    let mut words: Vec<&str> = bearer_routes(catalog)
        .flat_map(|route| route.path.split('/'))
        .filter(|part| !part.is_empty() && !part.contains('<'))
        .collect();
    words.extend(["x", "mlflow/invocations", "x/tags", "assessments/x"]);
    words.sort_unstable();
    words.dedup();
    let mut requests = Vec::new();
    for route in bearer_routes(catalog) {
        if !route.path.contains('<') {
            requests.extend(Method::ALL.map(|method| (method, route.path.clone())));
            continue;
        }
        for word in &words {
            let (before, after) = route.path.split_once('<').unwrap();
            let rest = after.split_once('>').unwrap().1;
            for path in [
                with_parameters(&route.path, word),
                with_parameters(&format!("{before}{word}{rest}"), "x"),
                with_parameters(&format!("{before}x{rest}"), word),
            ] {
                requests.push((route.method, path));
            }
        }
    }
    requests.sort();
    requests.dedup();
    requests
}

/// What a random matrix declares, what its rules are, and a token of each group of it.
#[tokio::test(flavor = "multi_thread")]
async fn no_random_matrix_becomes_wider_than_it_declares() {
    const EACH: usize = 50;
    const ASKED: usize = 400;
    let issuer = Issuer::new("one");
    let keys = serve_keys(&[&issuer]).await;
    let sets = sets(&random::GROUPS[..3]);
    let tokens = sets.iter().map(|groups| issuer.sign(&claims(groups)));
    let events: Vec<Value> = tokens.map(|token| event(&token)).collect();
    for version in Catalog::versions() {
        let catalog = Catalog::for_version(version);
        let requests: Vec<(&Route, Method, String)> = worst_requests(&catalog)
            .into_iter()
            .filter_map(|(method, path)| Some((catalog.find(method, &path)?, method, path)))
            .collect();
        let picks = proptest::collection::vec(any::<Index>(), ASKED);
        let mut values = Values::of((random::matrix(), picks));
        let cases: Vec<_> = (0..EACH).map(|_| values.next()).collect();
        let lines = cases.iter().map(|(matrix, _)| {
            let contract = contract_of(matrix, &catalog);
            json!({"rules": contract.to_json().unwrap(), "events": events})
        });
        let answers = run("jose", &keys.uri(), lines.collect()).await;
        for ((matrix, picks), answers) in cases.iter().zip(&answers.lines) {
            for (groups, answer) in sets.iter().zip(answers) {
                let gateway = Gateway::of(&answer["policy"]["policyDocument"]);
                let declared = |route: &Route| declares(matrix, groups, route);
                for (route, method, path) in picks.iter().map(|pick| pick.get(&requests)) {
                    if gateway.decides(*method, path) == Effect::Allow {
                        let name = format!("{groups:?} {method} {path}, which is {}", route.path);
                        assert_eq!(declared(route), Effect::Allow, "{name}: {matrix:?}");
                    }
                }
                if groups.len() == 1 {
                    for route in bearer_routes(&catalog) {
                        let path = with_parameters(&route.path, "x");
                        let name = format!("{groups:?} {} {path}: {matrix:?}", route.method);
                        assert_eq!(
                            gateway.decides(route.method, &path),
                            declared(route),
                            "{name}"
                        );
                    }
                }
            }
        }
    }
}

/// What a matrix declares for a caller in several groups.
fn declares(matrix: &Matrix, groups: &[String], route: &Route) -> Effect {
    let rows = matrix.groups().into_iter().filter_map(|group| {
        let in_it = groups.iter().any(|name| name == group);
        let mut rows = matrix.rows.iter();
        in_it.then(|| rows.find(|row| row.group.as_deref() == Some(group)))?
    });
    let effects: Vec<Effect> = rows.map(|row| row.effect_of(route)).collect();
    let allowed = match matrix.authorizer.rule {
        mlwarden::access::Pick::FirstMatch => effects.first() == Some(&Effect::Allow),
        mlwarden::access::Pick::Union => effects.contains(&Effect::Allow),
    };
    if allowed { Effect::Allow } else { Effect::Deny }
}
