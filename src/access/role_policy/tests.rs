use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::{access::Matrix, domain::RolePolicy};

const READER: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"execute-api:Invoke","Resource":[
        "arn:aws:execute-api:us-west-2:123456789012:abc123/prod/GET/*",
        "arn:aws:execute-api:us-west-2:123456789012:abc123/prod/POST/api/2.0/mlflow/runs/search"]}]}"#;

fn api() -> Api {
    Api {
        region: "us-west-2".into(),
        account: "123456789012".into(),
        id: "abc123".into(),
        stage: "prod".into(),
    }
}

fn role(policies: &[(&str, &str)]) -> Role {
    let policy = |(name, document): &(&str, &str)| RolePolicy {
        source: PolicySource::Inline((*name).to_owned()),
        document: (*document).to_owned(),
    };
    Role {
        name: "reader".into(),
        arn: "arn:aws:iam::123456789012:role/reader".into(),
        trust: "{}".into(),
        policies: policies.iter().map(policy).collect(),
    }
}

fn row(allow: &[&str]) -> MatrixRow {
    MatrixRow {
        name: "level".into(),
        group: None,
        profile: None,
        role: Some("reader".into()),
        allow: allow.iter().map(|&pattern| pattern.to_owned()).collect(),
        ..MatrixRow::default()
    }
}

fn changed(policies: &[(&str, &str)], row: &MatrixRow, version: &str) -> RolePolicyChange {
    let catalog = Catalog::for_version(version);
    change(&role(policies), row, &api(), &catalog).unwrap()
}

#[rstest]
#[case("2.12.2", 0, 1)]
#[case("2.12.2", 1, 30)]
#[case("2.12.2", 2, 40)]
#[case("3.17.2", 1, 90)]
#[case("3.17.2", 2, 100)]
fn each_level_of_the_sample_gets_exactly_its_routes(
    #[case] version: &str,
    #[case] level: usize,
    #[case] most: usize,
) {
    let matrix = Matrix::sample();
    let change = changed(&[], &matrix.rows[level], version);
    assert_eq!(change.unreached, []);
    let [write] = change.writes.as_slice() else {
        panic!("{change:?}")
    };
    assert_eq!(write.name, NEW);
    let written = write.after.as_deref().unwrap();
    let arns = written.matches("arn:aws:execute-api").count();
    assert!(arns <= most, "{arns} of at most {most}: {written}");
    assert!(change.size <= LIMIT);
}

#[test]
fn the_samples_policy_is_replaced_under_its_name_and_the_rest_stays() {
    let bucket = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let change = changed(
        &[("restApiReader", READER), ("s3Buckets", bucket)],
        &row(&["runs:read"]),
        "2.12.2",
    );
    let [write] = change.writes.as_slice() else {
        panic!("{change:?}")
    };
    assert_eq!(write.name, "restApiReader");
    assert_eq!(write.before.as_deref(), Some(READER));
    assert!(
        change
            .loses
            .contains(&"GET /api/2.0/mlflow/experiments/get".to_owned())
    );
    assert!(
        !change
            .loses
            .contains(&"GET /api/2.0/mlflow/runs/get".to_owned())
    );
    let diff = diff(write);
    assert!(
        diff.contains("-        \"arn:aws:execute-api:us-west-2:123456789012:abc123/prod/GET/*\""),
        "{diff}"
    );
}

#[test]
fn what_stands_beside_it_in_a_policy_stays_and_another_api_is_not_touched() {
    let mixed = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Bucket", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": ["execute-api:Invoke"], "Resource": "arn:aws:execute-api:*:*:abc123/*"},
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:us-west-2:123456789012:other/prod/*"},
    ]})
    .to_string();
    let change = changed(&[("mixed", &mixed)], &row(&["runs:read"]), "2.12.2");
    let after = |name: &str| {
        let write = change.writes.iter().find(|write| write.name == name);
        write.and_then(|write| write.after.clone()).unwrap()
    };
    let kept: Value = serde_json::from_str(&after("mixed")).unwrap();
    let kept = kept["Statement"].as_array().unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0]["Sid"], "Bucket");
    assert!(kept[1]["Resource"].as_str().unwrap().contains("other"));
    assert!(after(NEW).contains("abc123"));
    assert_eq!(change.unreached, []);
}

#[test]
fn what_other_policies_decide_is_said_and_not_hidden() {
    let wide = r#"{"Version":"2012-10-17","Statement":{"Sid":"Wide","Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let change = changed(&[("ops", wide)], &row(&["runs:read"]), "2.12.2");
    let create = change
        .unreached
        .iter()
        .find(|one| one.route == "POST /api/2.0/mlflow/runs/create")
        .unwrap();
    assert_eq!(create.expected, Effect::Deny);
    assert!(
        create.why.contains("Wide") && create.why.contains("ops"),
        "{}",
        create.why
    );
}

#[test]
fn what_is_so_already_is_not_written_again() {
    let reader = row(&["*:read"]);
    let change = changed(&[], &reader, "2.12.2");
    let written = change.writes[0].after.clone().unwrap();
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&written).unwrap());
    let again = changed(&[("mine", &pretty.unwrap())], &reader, "2.12.2");
    assert_eq!(again.writes, []);
    assert!(again.gains.is_empty() && again.loses.is_empty());
}

#[test]
fn a_level_without_rights_loses_the_policy() {
    let change = changed(&[("restApiReader", READER)], &row(&[]), "2.12.2");
    assert_eq!(change.writes.len(), 1);
    assert_eq!(change.writes[0].after, None);
    assert!(change.gains.is_empty() && !change.loses.is_empty());
}

#[test]
fn what_iam_would_not_take_is_refused_with_the_numbers() {
    let large = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "a".repeat(10_100)}]})
    .to_string();
    let catalog = Catalog::for_version("2.12.2");
    let failure = change(
        &role(&[("large", &large)]),
        &row(&["runs:read"]),
        &api(),
        &catalog,
    );
    let failure = failure.unwrap_err().to_string();
    assert!(
        failure.contains("10240") && failure.contains("reader"),
        "{failure}"
    );
}

#[test]
fn a_deployment_that_is_not_known_is_refused() {
    let unknown = Api {
        id: "*".into(),
        ..api()
    };
    let catalog = Catalog::for_version("2.12.2");
    let failure = change(&role(&[]), &row(&["*"]), &unknown, &catalog).unwrap_err();
    assert!(failure.to_string().contains("not known"), "{failure}");
}

#[test]
fn statements_about_the_api_are_found_wherever_they_stand() {
    let found = touching(&role(&[("restApiReader", READER)]), &api());
    assert_eq!(found.len(), 1);
    assert!(found[0].only && found[0].statement == 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is declared: exactly the declared routes are allowed, and no other of the
    /// catalog.
    #[test]
    fn any_set_of_permissions_is_met_exactly(
        chosen in proptest::collection::vec(any::<bool>(), 200),
        newest in any::<bool>(),
    ) {
        let version = if newest { "3.17.2" } else { "2.12.2" };
        let catalog = Catalog::for_version(version);
        let allow: Vec<&str> = catalog
            .permissions()
            .into_iter()
            .zip(chosen)
            .filter_map(|(permission, chosen)| chosen.then_some(permission))
            .collect();
        let level = row(&allow);
        match change(&role(&[("restApiReader", READER)]), &level, &api(), &catalog) {
            Ok(change) => prop_assert_eq!(change.unreached, []),
            Err(failure) => prop_assert!(failure.to_string().contains("10240"), "{}", failure),
        }
    }
}
