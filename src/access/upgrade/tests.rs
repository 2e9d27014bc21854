use rstest::rstest;
use serde_json::json;

use super::*;
use crate::access::{PolicyText, contract_of, matrix::MatrixText};

const NOW: &str = "2.12.2";
const THEN: &str = "3.17.2";

fn api() -> Api {
    Api {
        region: "us-west-2".into(),
        account: "123456789012".into(),
        id: "a1b2c3".into(),
        stage: "prod".into(),
    }
}

/// A role of the sample with its inline policy, by what stands after the stage.
fn role(name: &str, ends: &[&str]) -> (ExecutionRole, PolicySet) {
    let resources: Vec<String> = ends
        .iter()
        .map(|end| format!("arn:aws:execute-api:us-west-2:123456789012:a1b2c3/*/{end}"))
        .collect();
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resources}]});
    let text = PolicyText {
        label: "restApi",
        document: &document.to_string(),
    };
    let name = format!("Stack-{name}-1NX32OI2LUKEN");
    let role = ExecutionRole {
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        name,
        profiles: Vec::new(),
    };
    (role, PolicySet::compile(&[text], None))
}

const READS: [&str; 3] = [
    "GET/*",
    "POST/api/2.0/mlflow/runs/search",
    "POST/api/2.0/mlflow/experiments/search",
];

fn roles() -> Vec<(ExecutionRole, PolicySet)> {
    let promotes = [
        "POST/api/2.0/mlflow/model-versions/*",
        "POST/api/2.0/mlflow/registered-models/*",
    ];
    vec![
        role("sagemakermlflowadminrole", &["*/*"]),
        role("sagemakermlflowreaderrole", &READS),
        role(
            "sagemakermlflowmodelaprov",
            &[READS.as_slice(), &promotes].concat(),
        ),
    ]
}

fn fly(contract: &Contract, matrix: &Matrix) -> Preflight {
    let (roles, api) = (roles(), api());
    let mut subjects: Vec<Subject<'_>> = contract
        .groups
        .iter()
        .map(|group| Subject::group(&group.name, contract, matrix))
        .collect();
    for (role, policies) in &roles {
        subjects.push(Subject::role(role, policies, &api, matrix));
    }
    preflight(NOW, THEN, &subjects)
}

fn sample() -> Preflight {
    fly(&Contract::sample(), &Matrix::sample())
}

fn lost(flight: &Preflight, row: &str, by: By) -> Vec<&'static str> {
    let of = |outlook: &&Outlook| outlook.row.as_deref() == Some(row) && outlook.by == by;
    flight
        .lost()
        .filter(of)
        .map(|outlook| outlook.job)
        .collect()
}

#[rstest]
#[case("admin", By::Ui, &[])]
#[case("admin", By::Client, &[])]
#[case("reader", By::Ui, &["ui-experiment", "ui-run"])]
#[case("reader", By::Client, &["load-run-model"])]
#[case("model-approver", By::Ui, &["ui-experiment", "ui-run"])]
#[case("model-approver", By::Client, &["register-run-model", "load-run-model"])]
fn the_sample_loses_on_mlflow_3_what_was_measured(
    #[case] row: &str,
    #[case] by: By,
    #[case] jobs: &[&str],
) {
    assert_eq!(lost(&sample(), row, by), jobs);
}

#[test]
fn each_loss_names_the_route_and_what_refuses_it() {
    let flight = sample();
    let find = |job: &str, row: &str| {
        let mut lost = flight.lost();
        lost.find(|outlook| outlook.job == job && outlook.row.as_deref() == Some(row))
            .unwrap()
            .missing
            .clone()
    };
    let run = find("ui-run", "reader");
    assert_eq!(run[0].route, "POST /graphql");
    assert_eq!(run[0].why, "no statement or rule allows it");
    assert_eq!(
        find("load-run-model", "reader")[0].route,
        "POST /api/2.0/mlflow/logged-models/search"
    );
    let register: Vec<String> = find("register-run-model", "model-approver")
        .into_iter()
        .map(|missing| missing.route)
        .collect();
    assert_eq!(
        register,
        [
            "POST /api/2.0/mlflow/logged-models/search",
            "PATCH /api/2.0/mlflow/logged-models/<model_id>/tags",
        ]
    );
}

#[test]
fn what_is_new_is_no_loss_and_its_standing_is_told() {
    let flight = sample();
    let traces = |row: &str| {
        flight
            .jobs
            .iter()
            .find(|outlook| outlook.job == "ui-traces" && outlook.row.as_deref() == Some(row))
            .unwrap()
    };
    assert_eq!(traces("reader").now, Standing::Absent);
    assert_eq!(traces("reader").then, Standing::Refused);
    assert_eq!(traces("admin").then, Standing::Works);
    assert!(!traces("reader").lost());
}

#[test]
fn the_readers_wildcard_opens_webhooks_and_the_role_the_gateways_secrets() {
    let flight = sample();
    let opens = |principal: &str, route: &str| {
        flight
            .gains
            .iter()
            .find(|gain| gain.principal.to_string().contains(principal) && gain.route == route)
    };
    let webhooks = opens("group:readers", "GET /ajax-api/2.0/mlflow/webhooks").unwrap();
    assert_eq!((webhooks.danger, webhooks.silent), (Danger::Secret, true));
    assert!(webhooks.by.contains("readers"), "{}", webhooks.by);
    let secrets = opens("readerrole", "GET /api/3.0/mlflow/gateway/secrets/list").unwrap();
    assert_eq!((secrets.danger, secrets.silent), (Danger::Secret, true));
    // A plain read that the row's `*:read` allows is listed, and nobody is alarmed.
    let read = opens("readerrole", "GET /api/3.0/mlflow/traces/get").unwrap();
    assert_eq!((read.danger, read.silent), (Danger::Read, false));
    assert!(opens("admins", "GET /ajax-api/2.0/mlflow/webhooks").is_none());
}

#[test]
fn the_proposal_is_as_small_as_can_be_and_mends_everything() {
    let text = MatrixText::parse(Matrix::sample_text(), "matrix.toml").unwrap();
    let proposal = propose(&sample(), &text).unwrap();
    assert_eq!(proposal.unsolved, Vec::<String>::new());
    let changes: Vec<String> = proposal
        .changes
        .iter()
        .map(|change| format!("{}: {} {}", change.row, change.effect, change.entry))
        .collect();
    insta::assert_snapshot!(changes.join("\n"));
    // Comments stay.
    assert!(proposal.text.text().contains("# The sample spells it so"));
    let matrix = proposal.text.matrix().unwrap();
    let contract = contract_of(&matrix, &Catalog::for_version(THEN));
    let after = fly(&contract, &matrix);
    let groups = |outlook: &&Outlook| outlook.by == By::Ui;
    assert_eq!(after.lost().filter(groups).count(), 0);
    let silent = |gain: &&Gain| matches!(gain.principal, Principal::Group(_));
    assert_eq!(after.silent().filter(silent).count(), 0);
    for outlook in sample().lost() {
        let row = matrix
            .rows
            .iter()
            .find(|row| Some(&row.name) == outlook.row.as_ref());
        for missing in &outlook.missing {
            let catalog = Catalog::for_version(THEN);
            let mut routes = catalog.routes().iter();
            let route = routes.find(|route| name(route) == missing.route).unwrap();
            assert_eq!(row.unwrap().effect_of(route), Effect::Allow, "{route:?}");
        }
    }
}

#[test]
fn a_matrix_that_lists_what_is_deployed_is_given_the_missing_routes_and_no_more() {
    let narrow = r#"
[[row]]
name = "reader"
group = "readers"
role = "*readerrole*"
allow = ["runs:read", "experiments:read"]
"#;
    let text = MatrixText::parse(narrow, "matrix.toml").unwrap();
    let matrix = text.matrix().unwrap();
    let proposal = propose(&fly(&Contract::sample(), &matrix), &text).unwrap();
    let allows: Vec<&str> = proposal
        .changes
        .iter()
        .filter(|change| change.effect == Effect::Allow)
        .map(|change| change.entry.as_str())
        .collect();
    assert_eq!(
        allows,
        ["POST /graphql", "POST /api/2.0/mlflow/logged-models/search"]
    );
    // Those in no row are named, since no row can be changed for them.
    assert!(
        proposal
            .unsolved
            .iter()
            .any(|fault| fault.contains("group:model-approvers stands in no row")),
        "{:#?}",
        proposal.unsolved
    );
}

#[test]
fn what_a_row_inherits_to_others_is_told() {
    let inherited = r#"
[[row]]
name = "reader"
group = "readers"
allow = ["runs:read"]

[[row]]
name = "guest"
group = "guests"
inherits = ["reader"]
allow = []
"#;
    let text = MatrixText::parse(inherited, "matrix.toml").unwrap();
    let matrix = text.matrix().unwrap();
    let proposal = propose(&fly(&Contract::sample(), &matrix), &text).unwrap();
    assert!(
        proposal
            .unsolved
            .contains(&"guest would get POST /graphql too, by inheritance".to_owned()),
        "{:#?}",
        proposal.unsolved
    );
}

#[test]
fn the_same_version_changes_nothing() {
    let (contract, matrix) = (Contract::sample(), Matrix::sample());
    let readers = [Subject::group("readers", &contract, &matrix)];
    let flight = preflight("3.17.2", "3.17.9", &readers);
    assert!(flight.is_clear());
    assert!(flight.gains.is_empty() && flight.gone.is_empty());
}
