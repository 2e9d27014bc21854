use rstest::rstest;

use super::*;
use crate::access::{Catalog, Method};

const READER: &str = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
const APPROVER: &str = "SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";

fn role(name: &str, profiles: &[&str]) -> ExecutionRole {
    ExecutionRole {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        profiles: profiles.iter().map(|&name| name.to_owned()).collect(),
    }
}

/// `GET /version`, which is `ui:read`.
fn route() -> &'static Route {
    Catalog::every_route()
        .find(|route| route.method == Method::Get && route.path == "/version")
        .unwrap()
}

fn row<'m>(matrix: &'m Matrix, principal: &str, roles: &[ExecutionRole]) -> Option<&'m str> {
    matrix
        .row_of(&principal.parse().unwrap(), roles)
        .map(|row| row.name.as_str())
}

#[test]
fn the_sample_declares_what_its_text_promises() {
    let matrix = Matrix::parse(SAMPLE, "matrix.toml").unwrap();
    let names: Vec<_> = matrix.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["admin", "reader", "model-approver"]);
    for permission in Catalog::all_permissions() {
        let allowed = |row: usize| matrix.rows[row].effect(permission) == Effect::Allow;
        let read = permission.ends_with(":read") || permission == "graphql:query";
        let promotes = [
            "registered-models:register",
            "model-versions:create",
            "model-versions:transition",
        ];
        assert!(allowed(0), "{permission}");
        assert_eq!(allowed(1), read, "{permission}");
        assert_eq!(
            allowed(2),
            read || promotes.contains(&permission),
            "{permission}"
        );
    }
}

#[test]
fn every_kind_of_principal_finds_its_row() {
    let matrix = Matrix::sample();
    let roles = [
        role(READER, &["mlflow-reader"]),
        role(APPROVER, &[]),
        role("Custom", &["mlflow-admin"]),
    ];
    for (principal, expected) in [
        ("group:readers", Some("reader")),
        ("group:interns", None),
        (&format!("role:{READER}"), Some("reader")),
        (
            &format!("role:arn:aws:iam::1:role/{APPROVER}"),
            Some("model-approver"),
        ),
        ("role:Custom", Some("admin")),
        ("role:arn:aws:iam::123456789012:role/Custom", Some("admin")),
        ("role:Other", None),
        ("profile:mlflow-model-approver", Some("model-approver")),
        ("profile:unknown", None),
        ("user:a@example.com", None),
    ] {
        assert_eq!(row(&matrix, principal, &roles), expected, "{principal}");
    }
}

#[test]
fn a_profile_is_expected_to_do_what_its_name_says_whatever_role_it_got() {
    let roles = [role(
        "SageMakerStudioUserStack-sagemakermlflowadminrole-X",
        &["mlflow-admin", "mlflow-reader"],
    )];
    let matrix = Matrix::sample();
    assert_eq!(
        row(&matrix, "profile:mlflow-reader", &roles),
        Some("reader")
    );
}

#[test]
fn anonymous_may_do_nothing_and_the_undeclared_is_unknown() {
    let matrix = Matrix::sample();
    assert_eq!(
        matrix.expected(&Principal::Anonymous, &[], route()),
        Some(Effect::Deny)
    );
    assert_eq!(
        matrix.expected(&Principal::Group("interns".into()), &[], route()),
        None
    );
}

#[rstest]
#[case("row = 3", "line 1")]
#[case("[[row]]\nname = \"a\"\ngroup = \"g\"\nalow = []", "line 4")]
#[case("[[row]]\nname = \"a\"\ngroup = \"g\"", "allow")]
#[case("[[row]]\nname = \"a\"\ngroup = 7\nallow = []", "line 3")]
#[case(
    "[[row]]\nname = \"a\"\nallow = []",
    "line 1, column 1: row: needs a group"
)]
#[case(
    "[[row]]\nname = \" \"\ngroup = \"g\"\nallow = []",
    "line 2, column 8: name: must not be empty"
)]
#[case(
    "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\n \"runs:read\",\n \"runs:wirte\"]",
    "line 6, column 2: allow: there is no permission \"runs:wirte\""
)]
#[case(
    "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\"run:*\"]",
    "line 4, column 10: allow: \"run:*\" matches no permission"
)]
#[case(
    "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\"*\", \"*\"]",
    "line 4, column 15: allow: \"*\" stands twice"
)]
#[case(
    "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = []\n[[row]]\nname = \"b\"\ngroup = \"g\"\nallow = []",
    "line 7, column 9: group: \"g\" stands in line 3 already"
)]
#[case("[[row]\n", "line 1")]
fn a_mistake_is_named_with_file_line_and_field(#[case] text: &str, #[case] expected: &str) {
    let message = Matrix::parse(text, "my/matrix.toml")
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("reading my/matrix.toml: line"),
        "{message}"
    );
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_misspelt_verb_is_told_the_right_ones() {
    let text = "[[row]]\nname = \"a\"\ngroup = \"g\"\nallow = [\"metrics:wirte\"]";
    let failure = Matrix::parse(text, "m").unwrap_err();
    assert_eq!(
        failure.next_step(),
        "use one of metrics:read, metrics:write"
    );
}

#[test]
fn what_is_written_reads_back() {
    let matrix = Matrix::sample();
    let text = matrix.to_toml().unwrap();
    assert_eq!(Matrix::parse(&text, "m").unwrap(), matrix);
}
