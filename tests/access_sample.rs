//! The sample as deployed, held against what its text promises: what is granted too much,
//! what too little, and where a token and a signature differ. From `access` alone, without
//! a request.

use std::collections::BTreeSet;

use mlwarden::{
    access::{
        AccessRequest, Catalog, Context, Contract, Decision, Effect, Kind, Matrix, Method,
        PolicySet, PolicyText, Route, finding, method_arn, route::has_method,
    },
    domain::{AuthScheme, ExecutionRole, Principal},
};
use rstest::rstest;
use serde_json::json;

const REGION: &str = "us-west-2";
const ACCOUNT: &str = "123456789012";
const API: &str = "a1b2c3d4e5";

/// The three access levels: row, group, role.
const LEVELS: [(&str, &str, &str); 3] = [
    (
        "admin",
        "admins",
        "Stack-sagemakermlflowadminrole-1NX32OI2LUKEN",
    ),
    (
        "reader",
        "readers",
        "Stack-sagemakermlflowreaderrole-1NX32OI2LUKEN",
    ),
    (
        "model-approver",
        "model-approvers",
        "Stack-sagemakermlflowmodelaprov-XTK0XB757WVO",
    ),
];

/// The inline `execute-api` policy of a role, as the sample writes it.
fn role_policy(level: &str) -> PolicySet {
    let reads = [
        "GET/*",
        "POST/api/2.0/mlflow/runs/search",
        "POST/api/2.0/mlflow/experiments/search",
    ];
    let promotes = [
        "POST/api/2.0/mlflow/model-versions/*",
        "POST/api/2.0/mlflow/registered-models/*",
    ];
    let ends: Vec<&str> = match level {
        "admin" => vec!["*/*"],
        "reader" => reads.to_vec(),
        _ => [reads.as_slice(), promotes.as_slice()].concat(),
    };
    let resources: Vec<String> = ends
        .iter()
        .map(|end| format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/*/{end}"))
        .collect();
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resources}]})
    .to_string();
    PolicySet::compile(
        &[PolicyText {
            label: "restApi",
            document: &document,
        }],
        None,
    )
}

fn predict(level: &str, group: &str, route: &Route) -> Decision {
    match route.scheme() {
        AuthScheme::Bearer => {
            Contract::sample().decide(&[group.to_owned()], route.method, &route.path)
        }
        AuthScheme::SigV4 => {
            let arn = method_arn(REGION, ACCOUNT, API, "prod", route.method, &route.path);
            let context = Context::new();
            role_policy(level).evaluate(&AccessRequest {
                action: "execute-api:Invoke",
                resource: &arn,
                context: &context,
            })
        }
    }
}

/// `"DELETE mlflow/model-versions/delete"` for every route that a scheme decides otherwise
/// than the matrix, and with which effect.
fn mismatches(version: &str, level: &str, scheme: AuthScheme, granted: Effect) -> Vec<String> {
    let (_, group, role) = LEVELS
        .into_iter()
        .find(|(name, ..)| *name == level)
        .unwrap_or_default();
    let roles = [ExecutionRole {
        name: role.to_owned(),
        arn: format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
        profiles: Vec::new(),
    }];
    let principal = match scheme {
        AuthScheme::Bearer => Principal::Group(group.to_owned()),
        AuthScheme::SigV4 => Principal::Role(role.to_owned()),
    };
    let matrix = Matrix::sample();
    Catalog::for_version(version)
        .routes()
        .iter()
        .filter(|route| route.scheme() == scheme && has_method(&route.path))
        .filter(|route| {
            let expected = matrix.expected(&principal, &roles, route);
            let predicted = predict(level, group, route).effect;
            predicted == granted && expected.is_some_and(|expected| expected != granted)
        })
        .map(|route| format!("{} {}", route.method, route.operation()))
        .collect()
}

#[rstest]
#[case("admin", AuthScheme::Bearer, &[])]
#[case("admin", AuthScheme::SigV4, &[])]
#[case("reader", AuthScheme::Bearer, &[])]
#[case("reader", AuthScheme::SigV4, &[])]
#[case("model-approver", AuthScheme::Bearer, &[
    "POST mlflow/registered-models/rename",
    "POST mlflow/registered-models/set-tag",
    "DELETE mlflow/model-versions/delete",
    "DELETE mlflow/model-versions/delete-tag",
    "POST mlflow/model-versions/set-tag",
    "PATCH mlflow/model-versions/update",
    "POST mlflow/registered-models/alias",
])]
#[case("model-approver", AuthScheme::SigV4, &[
    "POST mlflow/registered-models/rename",
    "POST mlflow/registered-models/set-tag",
    "POST mlflow/model-versions/set-tag",
    "POST mlflow/registered-models/alias",
])]
fn only_approvers_are_granted_more_than_the_text_promises(
    #[case] level: &str,
    #[case] scheme: AuthScheme,
    #[case] expected: &[&str],
) {
    assert_eq!(mismatches("2.12.2", level, scheme, Effect::Allow), expected);
}

#[rstest]
#[case("admin", AuthScheme::Bearer, &[])]
#[case("admin", AuthScheme::SigV4, &[])]
#[case("reader", AuthScheme::Bearer, &[
    "GET build/<filename>",
    "GET health",
    "GET static-files/<path>",
    "GET version",
    "POST graphql",
    "GET graphql",
    "POST mlflow/experiments/search-datasets",
    "GET mlflow-artifacts/artifacts",
    "GET mlflow-artifacts/artifacts/<artifact_path>",
    "POST mlflow/registered-models/get-latest-versions",
])]
#[case("reader", AuthScheme::SigV4, &["POST mlflow/registered-models/get-latest-versions"])]
#[case("model-approver", AuthScheme::SigV4, &[])]
fn what_the_text_promises_and_the_sample_refuses(
    #[case] level: &str,
    #[case] scheme: AuthScheme,
    #[case] expected: &[&str],
) {
    let missing = mismatches("2.12.2", level, scheme, Effect::Deny);
    let sorted = |list: &[&str]| {
        list.iter()
            .map(|&text| text.to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        missing.into_iter().collect::<BTreeSet<_>>(),
        sorted(expected)
    );
}

fn disagreements(version: &str, level: &str) -> Vec<finding::Disagreement> {
    let (_, group, _) = LEVELS
        .into_iter()
        .find(|(name, ..)| *name == level)
        .unwrap_or_default();
    let catalog = Catalog::for_version(version);
    finding::disagreements(catalog.routes().iter().map(|route| {
        let effect = predict(level, group, route).effect;
        (route.method, route.path.as_str(), route.scheme(), effect)
    }))
}

#[test]
fn a_token_lets_approvers_do_three_things_that_a_signature_does_not() {
    let found: Vec<(Method, String)> = disagreements("2.12.2", "model-approver")
        .into_iter()
        .filter(|pair| pair.bearer == Effect::Allow)
        .map(|pair| (pair.method, pair.operation))
        .collect();
    assert_eq!(
        found,
        [
            (Method::Delete, "mlflow/model-versions/delete".to_owned()),
            (
                Method::Delete,
                "mlflow/model-versions/delete-tag".to_owned()
            ),
            (Method::Patch, "mlflow/model-versions/update".to_owned()),
        ]
    );
    let finding =
        finding::schemes_disagree("model-approver", &disagreements("2.12.2", "model-approver"));
    assert!(finding.is_some());
}

#[test]
fn the_other_way_round_only_the_artifact_proxy_differs() {
    for level in ["reader", "model-approver"] {
        let found: BTreeSet<String> = disagreements("2.12.2", level)
            .into_iter()
            .filter(|pair| pair.sigv4 == Effect::Allow)
            .map(|pair| pair.operation)
            .collect();
        let expected = [
            "mlflow-artifacts/artifacts",
            "mlflow-artifacts/artifacts/<artifact_path>",
        ];
        assert_eq!(found, expected.map(str::to_owned).into(), "{level}");
    }
    assert_eq!(disagreements("2.12.2", "admin"), []);
}

#[test]
fn an_upgrade_to_mlflow_3_takes_reads_away_from_readers() {
    let missing = mismatches("3.17.2", "reader", AuthScheme::Bearer, Effect::Deny);
    for route in [
        "POST graphql",
        "POST mlflow/logged-models/search",
        "POST 3.0/mlflow/traces/search",
        "GET 3.0/mlflow/traces/<trace_id>",
    ] {
        assert!(missing.iter().any(|found| found == route), "{route}");
    }
    // Nothing a reader could do on 2.12.2 becomes a write on 3.
    assert_eq!(
        mismatches("3.17.2", "reader", AuthScheme::Bearer, Effect::Allow),
        Vec::<String>::new()
    );
}

/// The acceptance stories of the sample's three labs.
#[rstest]
#[case("admin", "runs/create", true)]
#[case("admin", "registered-models/create", true)]
#[case("admin", "model-versions/transition-stage", true)]
#[case("reader", "runs/search", true)]
#[case("reader", "experiments/search", true)]
#[case("reader", "runs/create", false)]
#[case("reader", "registered-models/create", false)]
#[case("reader", "model-versions/create", false)]
#[case("model-approver", "runs/create", false)]
#[case("model-approver", "registered-models/create", true)]
#[case("model-approver", "model-versions/create", true)]
#[case("model-approver", "model-versions/transition-stage", true)]
fn the_labs_hold_by_token_and_by_signature(
    #[case] level: &str,
    #[case] operation: &str,
    #[case] allowed: bool,
) {
    let (_, group, _) = LEVELS
        .into_iter()
        .find(|(name, ..)| *name == level)
        .unwrap();
    let catalog = Catalog::for_version("2.12.2");
    for root in ["ajax-api", "api"] {
        let path = format!("/{root}/2.0/mlflow/{operation}");
        let route = catalog.find(Method::Post, &path).unwrap();
        let decision = predict(level, group, route);
        assert_eq!(
            decision.is_allow(),
            allowed,
            "{path}: {}",
            decision.explain()
        );
    }
}

/// The contract's own decision and the evaluation of the policy that it returns are two
/// codes for one thing.
#[test]
fn the_contract_and_the_policy_it_returns_agree() {
    let contract = Contract::sample();
    let groups = ["admins", "readers", "model-approvers"];
    let context = Context::new();
    for group in groups {
        let groups = [group.to_owned()];
        let document = contract
            .policy_for(&groups, REGION, ACCOUNT, API, "prod")
            .unwrap()
            .to_string();
        let set = PolicySet::compile(
            &[PolicyText {
                label: "authorizer",
                document: &document,
            }],
            None,
        );
        assert_eq!(set.faults(), []);
        for version in Catalog::versions() {
            for route in Catalog::for_version(version).routes() {
                if !has_method(&route.path) {
                    continue;
                }
                let arn = method_arn(REGION, ACCOUNT, API, "prod", route.method, &route.path);
                let effect = set.effect(&AccessRequest {
                    action: "execute-api:Invoke",
                    resource: &arn,
                    context: &context,
                });
                let decision = contract.decide(&groups, route.method, &route.path);
                assert_eq!(
                    decision.effect, effect,
                    "{group} {} {}",
                    route.method, route.path
                );
            }
        }
    }
}

/// A probe must be decided as the route it stands for, else its answer proves nothing.
#[test]
fn every_probe_is_decided_as_its_route() {
    for (level, group, _) in LEVELS {
        for version in Catalog::versions() {
            for route in Catalog::for_version(version).routes() {
                let mlwarden::access::Probe::Safe(request) = &route.probe else {
                    continue;
                };
                let mut probed = route.clone();
                probed.path.clone_from(&request.path);
                assert_eq!(
                    predict(level, group, route).effect,
                    predict(level, group, &probed).effect,
                    "{level}: {} as {}",
                    route.path,
                    request.path
                );
            }
        }
    }
}

#[test]
fn nothing_that_writes_is_called_a_read() {
    for version in Catalog::versions() {
        for route in Catalog::for_version(version).routes() {
            let verb = route.permission.rsplit(':').next().unwrap_or_default();
            let reads = ["read", "query"].contains(&verb) && route.area != "deployments";
            if reads {
                assert_eq!(route.kind, Kind::Read, "{} {}", route.method, route.path);
                assert!(
                    [Method::Get, Method::Post].contains(&route.method),
                    "{} {}",
                    route.method,
                    route.path
                );
            }
        }
    }
}
