//! What AWS leaves open or refuses: nothing of it may widen, and the decision says so.

use mlwarden::access::{AccessRequest, Basis, Context, Effect};
use rstest::rstest;
use serde_json::{Value, json};

use super::{ACTION, SEARCH, allow, condition, decide, decide_within, document, set};

#[rstest]
#[case("not an arn", "not an arn", true)]
#[case("not*", "not an arn", true)]
#[case("arn:aws", "arn:aws", true)]
#[case("", "x", false)]
fn an_odd_resource_is_compared_and_never_an_error(
    #[case] pattern: &str,
    #[case] resource: &str,
    #[case] allowed: bool,
) {
    let policy = allow(&json!({"Resource": pattern}));
    assert_eq!(
        decide(&[&policy], ACTION, resource, &Context::new()),
        allowed
    );
}

/// A value of the request that is not of the operator's kind matches nothing; one that is
/// may be written in any usual way.
#[rstest]
#[case("NumericEquals", "10", "ten", false)]
#[case("NumericLessThan", "10", "-1e3", true)]
#[case("DateLessThan", "2026-01-01", "yesterday", false)]
#[case("IpAddress", "0.0.0.0/0", "not an address", false)]
#[case("IpAddress", "203.0.113.9/24", "203.0.113.1", true)]
#[case("ArnLike", "odd", "odd", true)]
fn odd_values_of_a_request(
    #[case] operator: &str,
    #[case] value: &str,
    #[case] given: &str,
    #[case] allowed: bool,
) {
    let policy = allow(&condition(operator, "k:key", &json!(value)));
    let context = Context::new().with("k:key", [given]);
    assert_eq!(decide(&[&policy], ACTION, SEARCH, &context), allowed);
}

#[test]
fn a_star_in_a_default_is_no_wildcard() {
    let policy = allow(&json!({"Resource": "b/${k:absent, '*'}"}));
    assert!(!decide(&[&policy], ACTION, "b/x", &Context::new()));
    assert!(decide(&[&policy], ACTION, "b/*", &Context::new()));
}

#[test]
fn a_boundary_that_is_silent_is_named() {
    let limit = allow(&json!({"Resource": "arn:aws:s3:::*"}));
    let everything = allow(&json!({}));
    let decision = decide_within(
        &[&everything],
        Some(&limit),
        ACTION,
        SEARCH,
        &Context::new(),
    );
    assert_eq!(
        decision.basis,
        Basis::Boundary {
            policy: "limit".into()
        }
    );
}

#[test]
fn an_unreadable_boundary_is_a_fault() {
    let everything = allow(&json!({}));
    let decision = decide_within(
        &[&everything],
        Some("oops"),
        ACTION,
        SEARCH,
        &Context::new(),
    );
    assert_eq!(decision.effect, Effect::Deny);
    assert_eq!(
        set(&[&everything], Some("oops")).faults()[0].policy,
        "limit"
    );
}

#[rstest]
#[case("Action")]
#[case("Resource")]
fn a_statement_about_nothing_has_no_effect_but_is_a_fault(#[case] element: &str) {
    let everything = allow(&json!({}));
    let idle = document("Deny", &json!({element: []}));
    assert!(decide(
        &[&everything, &idle],
        ACTION,
        SEARCH,
        &Context::new()
    ));
    let set = set(&[&idle], None);
    assert!(
        set.faults()[0].message.starts_with(element),
        "{:?}",
        set.faults()
    );
}

/// What AWS refuses: as an Allow it grants nothing, as a Deny it denies what it may mean.
#[rstest]
#[case::unknown_operator(condition("StringMatches", "k", &json!("a")))]
#[case::unknown_operator_without_keys(json!({"Condition": {"StringMatches": {}}}))]
#[case::operator_in_other_case(condition("stringequals", "k", &json!("a")))]
#[case::unknown_qualifier(condition("ForSomeValues:StringEquals", "k", &json!("a")))]
#[case::null_if_exists(condition("NullIfExists", "k", &json!("true")))]
#[case::no_number(condition("NumericLessThan", "k", &json!("many")))]
#[case::no_date(condition("DateLessThan", "k", &json!("soon")))]
#[case::no_truth(condition("Bool", "k", &json!("maybe")))]
#[case::no_network(condition("IpAddress", "k", &json!("10.0.0.0/99")))]
#[case::no_base64(condition("BinaryEquals", "k", &json!("%")))]
#[case::variable_in_a_number(condition("NumericEquals", "k", &json!("${k:n}")))]
#[case::condition_is_text(json!({"Condition": "no"}))]
#[case::operator_is_text(json!({"Condition": {"StringEquals": "no"}}))]
#[case::value_is_an_object(condition("StringEquals", "k", &json!({"a": 1})))]
#[case::no_action(json!({"Action": null}))]
#[case::action_is_a_number(json!({"Action": 3}))]
#[case::action_holds_a_number(json!({"Action": ["execute-api:Invoke", 3]}))]
#[case::action_without_service(json!({"Action": "Invoke"}))]
#[case::no_exceptions(json!({"Action": null, "NotAction": []}))]
#[case::both_actions(json!({"NotAction": "iam:*"}))]
#[case::no_resource(json!({"Resource": null}))]
#[case::resource_is_an_object(json!({"Resource": {}}))]
#[case::both_resources(json!({"NotResource": "arn:aws:s3:::*"}))]
#[case::space_in_a_variable(json!({"Resource": "b/${ aws:username}"}))]
#[case::open_variable(json!({"Resource": "b/${aws:username"}))]
#[case::misspelt_condition(json!({"Conditions": {"Bool": {"aws:SecureTransport": "true"}}}))]
#[case::a_principal(json!({"Principal": "*"}))]
fn what_aws_refuses_never_widens(#[case] extra: Value) {
    let everything = allow(&json!({}));
    let context = Context::new().with("k", ["a"]);
    let unusable = allow(&extra);
    assert!(
        !decide(&[&unusable], ACTION, SEARCH, &context),
        "an unusable Allow granted"
    );
    let unusable = document("Deny", &extra);
    assert!(
        !decide(&[&everything, &unusable], ACTION, SEARCH, &context),
        "an unusable Deny let it through"
    );
    let set = set(&[&unusable], None);
    let fault = &set.faults()[0];
    assert_eq!(
        (fault.policy.as_str(), fault.statement),
        ("policy", Some(0))
    );
}

#[rstest]
#[case(json!("deny"))]
#[case(json!("Permit"))]
#[case(json!(true))]
#[case(json!(null))]
fn an_unknown_effect_counts_as_a_deny(#[case] effect: Value) {
    let odd = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": "execute-api:*", "Resource": "*"}]})
    .to_string();
    let everything = allow(&json!({}));
    assert!(!decide(&[&odd], ACTION, SEARCH, &Context::new()));
    assert!(!decide(
        &[&everything, &odd],
        ACTION,
        SEARCH,
        &Context::new()
    ));
    // … of what its own parts can match, and no more.
    assert!(decide(
        &[&everything, &odd],
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        &Context::new()
    ));
}

#[test]
fn an_unusable_deny_denies_only_what_its_usable_parts_can_match() {
    let deny = document(
        "Deny",
        &json!({"Action": "s3:*", "Condition": {"StringMatches": {"k": "a"}}}),
    );
    let everything = allow(&json!({}));
    assert!(decide(
        &[&everything, &deny],
        ACTION,
        SEARCH,
        &Context::new()
    ));
    assert!(!decide(
        &[&everything, &deny],
        "s3:GetObject",
        "x",
        &Context::new()
    ));
}

#[test]
fn an_unusable_statement_leaves_its_neighbours_alone() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Resource": "*"},
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"},
    ]})
    .to_string();
    assert!(decide(&[&policy], ACTION, SEARCH, &Context::new()));
}

#[rstest]
#[case("")]
#[case("{not json")]
#[case("[]")]
#[case("{}")]
#[case(r#"{"Version": "2012-10-17", "Statement": "Deny"}"#)]
#[case("%7B%22Version%22%3A%222012-10-17%22%7D")]
#[case("{\"Statement\": [\"Deny\"]}")]
#[case(r#"{"Statement": [{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}]}"#)]
fn an_unreadable_document_grants_nothing_and_casts_doubt_on_the_rest(#[case] odd: &str) {
    assert!(!decide(&[odd], ACTION, SEARCH, &Context::new()));
    let everything = allow(&json!({}));
    let set = set(&[&everything, odd], None);
    let context = Context::new();
    let decision = set.evaluate(&AccessRequest {
        action: ACTION,
        resource: SEARCH,
        context: &context,
    });
    assert_eq!(set.faults().len(), 1);
    assert!(
        decision.explain().contains("may have been meant to deny"),
        "{}",
        decision.explain()
    );
}

#[test]
fn an_unknown_language_version_is_unusable_throughout() {
    let policy = |effect: &str| {
        json!({"Version": "2099-01-01", "Statement": [
            {"Effect": effect, "Action": "*", "Resource": "*"}]})
        .to_string()
    };
    let everything = allow(&json!({}));
    assert!(!decide(
        &[&policy("Allow")],
        ACTION,
        SEARCH,
        &Context::new()
    ));
    assert!(!decide(
        &[&everything, &policy("Deny")],
        ACTION,
        SEARCH,
        &Context::new()
    ));
}

#[test]
fn a_decision_names_the_statement_and_the_pattern() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Search", "Effect": "Allow", "Action": "execute-api:*",
         "Resource": ["arn:aws:execute-api:*:*:*/*/GET/*", "arn:*/runs/search"]},
    ]})
    .to_string();
    let context = Context::new();
    let decision = set(&[&policy], None).evaluate(&AccessRequest {
        action: ACTION,
        resource: SEARCH,
        context: &context,
    });
    let Basis::Statement {
        index,
        sid,
        pattern,
        text,
        ..
    } = decision.basis
    else {
        panic!("no statement: {:?}", decision.basis);
    };
    assert_eq!((index, sid.as_deref()), (1, Some("Search")));
    assert_eq!(pattern, "arn:*/runs/search");
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap()["Sid"],
        "Search"
    );
}
