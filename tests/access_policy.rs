//! Policy evaluation decides as AWS documents it.
//!
//! The evaluator is the heart of every prediction, so it is proved here case by case; each
//! group of cases names the topic of the IAM User Guide that it follows.

use mlwarden::access::{AccessRequest, Basis, Context, Effect, PolicySet, PolicyText};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

const ACTION: &str = "execute-api:Invoke";
const SEARCH: &str =
    "arn:aws:execute-api:us-west-2:123456789012:api/prod/POST/api/2.0/mlflow/runs/search";

fn set(documents: &[&str]) -> PolicySet {
    let texts: Vec<_> = documents
        .iter()
        .map(|document| PolicyText {
            label: "policy",
            document,
        })
        .collect();
    PolicySet::compile(&texts, None)
}

fn decide(documents: &[&str], action: &str, resource: &str, context: &Context) -> bool {
    let set = set(documents);
    let request = AccessRequest {
        action,
        resource,
        context,
    };
    let decision = set.evaluate(&request);
    assert_eq!(
        decision.effect,
        set.effect(&request),
        "the fast path decides otherwise: {}",
        decision.explain()
    );
    decision.effect == Effect::Allow
}

/// One statement that allows everything but for `extra`.
fn allow(extra: &Value) -> String {
    document("Allow", extra)
}

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

/// "Grammar of the IAM JSON policy language"; "IAM JSON policy elements: Action",
/// "… `NotAction`", "… Resource", "… `NotResource`".
#[rstest]
#[case::exact_action(json!({"Action": "execute-api:Invoke"}), true)]
#[case::action_ignores_case(json!({"Action": "EXECUTE-API:invoke"}), true)]
#[case::action_glob(json!({"Action": "execute-api:Inv*"}), true)]
#[case::action_question_mark(json!({"Action": "execute-api:Invok?"}), true)]
#[case::action_question_mark_is_one(json!({"Action": "execute-api:Invoke?"}), false)]
#[case::action_list(json!({"Action": ["s3:*", "execute-api:*"]}), true)]
#[case::other_service(json!({"Action": "s3:*"}), false)]
#[case::service_glob(json!({"Action": "execute*:Invoke"}), true)]
#[case::action_star(json!({"Action": "*"}), true)]
#[case::not_action_other(json!({"Action": null, "NotAction": "iam:*"}), true)]
#[case::not_action_same(json!({"Action": null, "NotAction": ["iam:*", "execute-api:*"]}), false)]
#[case::resource_exact(json!({"Resource": SEARCH}), true)]
#[case::resource_counts_case(json!({"Resource": SEARCH.to_uppercase()}), false)]
#[case::star_crosses_slash_and_colon(json!({"Resource": "arn:*/runs/search"}), true)]
#[case::star_may_be_empty(json!({"Resource": format!("{SEARCH}*")}), true)]
#[case::whole_string(json!({"Resource": SEARCH.trim_end_matches("search")}), false)]
#[case::question_mark_in_resource(json!({"Resource": SEARCH.replace("POST", "P?ST")}), true)]
#[case::method_star(json!({"Resource": SEARCH.replace("POST", "*")}), true)]
#[case::resource_list(json!({"Resource": ["arn:aws:s3:::x", "*/runs/search"]}), true)]
#[case::not_resource_other(json!({"Resource": null, "NotResource": "arn:aws:s3:::*"}), true)]
#[case::not_resource_same(json!({"Resource": null, "NotResource": "*/runs/*"}), false)]
#[case::odd_arn_is_a_plain_string(json!({"Resource": "runs"}), false)]
fn actions_and_resources(#[case] extra: Value, #[case] allowed: bool) {
    assert_eq!(
        decide(&[&allow(&extra)], ACTION, SEARCH, &Context::new()),
        allowed
    );
}

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

/// "Policy evaluation logic": default deny, explicit deny, and the order of neither.
#[rstest]
#[case::nothing(&[], false)]
#[case::allow(&[("Allow", "*")], true)]
#[case::deny_wins(&[("Allow", "*"), ("Deny", "*")], false)]
#[case::deny_wins_in_any_order(&[("Deny", "*/runs/*"), ("Allow", "*")], false)]
#[case::deny_elsewhere(&[("Deny", "arn:aws:s3:::*"), ("Allow", "*")], true)]
fn an_explicit_deny_wins(#[case] statements: &[(&str, &str)], #[case] allowed: bool) {
    let documents: Vec<String> = statements
        .iter()
        .map(|(effect, resource)| document(effect, &json!({"Resource": resource})))
        .collect();
    let texts: Vec<&str> = documents.iter().map(String::as_str).collect();
    assert_eq!(decide(&texts, ACTION, SEARCH, &Context::new()), allowed);
}

/// "Permissions boundaries for IAM entities": the intersection, and a deny in it wins.
#[rstest]
#[case::both_allow(Some("Allow"), "Allow", "*", true)]
#[case::boundary_is_silent(Some("Allow"), "Allow", "arn:aws:s3:::*", false)]
#[case::boundary_denies(Some("Allow"), "Deny", "*", false)]
#[case::boundary_grants_nothing(None, "Allow", "*", false)]
fn a_boundary_only_narrows(
    #[case] identity: Option<&str>,
    #[case] effect: &str,
    #[case] resource: &str,
    #[case] allowed: bool,
) {
    let identity = identity.map(|effect| document(effect, &json!({})));
    let boundary = document(effect, &json!({"Resource": resource}));
    let texts: Vec<_> = identity
        .iter()
        .map(|document| PolicyText {
            label: "inline",
            document,
        })
        .collect();
    let boundary = PolicyText {
        label: "limit",
        document: &boundary,
    };
    let set = PolicySet::compile(&texts, Some(boundary));
    let context = Context::new();
    let request = AccessRequest {
        action: ACTION,
        resource: SEARCH,
        context: &context,
    };
    let decision = set.evaluate(&request);
    assert_eq!(decision.is_allow(), allowed, "{}", decision.explain());
    assert_eq!(decision.effect, set.effect(&request));
    if resource != "*" {
        assert_eq!(
            decision.basis,
            Basis::Boundary {
                policy: "limit".into()
            }
        );
    }
}

#[test]
fn an_unreadable_boundary_allows_nothing() {
    let set = PolicySet::compile(
        &[PolicyText {
            label: "all",
            document: &allow(&json!({})),
        }],
        Some(PolicyText {
            label: "limit",
            document: "oops",
        }),
    );
    let context = Context::new();
    let request = AccessRequest {
        action: ACTION,
        resource: SEARCH,
        context: &context,
    };
    assert_eq!(set.effect(&request), Effect::Deny);
    assert_eq!(set.faults()[0].policy, "limit");
}

fn condition(operator: &str, key: &str, values: &Value) -> Value {
    json!({"Condition": {operator: {key: values}}})
}

/// "IAM JSON policy elements: Condition operators", one key with one value.
#[rstest]
#[case("StringEquals", json!("a"), "a", true)]
#[case("StringEquals", json!("a"), "A", false)]
#[case("StringEquals", json!("a*"), "ab", false)]
#[case("StringEquals", json!(["x", "a"]), "a", true)]
#[case("StringEquals", json!(7), "7", true)]
#[case("StringNotEquals", json!("a"), "b", true)]
#[case("StringNotEquals", json!(["a", "b"]), "b", false)]
#[case("StringEqualsIgnoreCase", json!("Team"), "tEAM", true)]
#[case("StringNotEqualsIgnoreCase", json!("Team"), "tEAM", false)]
#[case("StringLike", json!("a*/?"), "abc/d", true)]
#[case("StringLike", json!("a*"), "Ab", false)]
#[case("StringNotLike", json!("a*"), "ab", false)]
#[case("StringNotLike", json!("a*"), "b", true)]
#[case("NumericEquals", json!("10"), "10", true)]
#[case("NumericEquals", json!(10), "10.0", true)]
#[case("NumericEquals", json!("9007199254740993"), "9007199254740992", false)]
#[case("NumericNotEquals", json!(10), "11", true)]
#[case("NumericLessThan", json!(10), "9", true)]
#[case("NumericLessThan", json!(10), "10", false)]
#[case("NumericLessThan", json!(10), "-1e3", true)]
#[case("NumericLessThanEquals", json!(10), "10", true)]
#[case("NumericGreaterThan", json!(10), "10", false)]
#[case("NumericGreaterThanEquals", json!("10"), "10", true)]
#[case("NumericEquals", json!(10), "ten", false)]
#[case("DateEquals", json!("2026-01-01T00:00:00Z"), "2026-01-01T01:00:00+01:00", true)]
#[case("DateNotEquals", json!("2026-01-01T00:00:00Z"), "2026-01-01T00:00:01Z", true)]
#[case("DateLessThan", json!("2026-01-01T00:00:00Z"), "2025-12-31T23:59:59Z", true)]
#[case("DateLessThan", json!("2026-01-01"), "2026-01-01T00:00:00Z", false)]
#[case("DateLessThanEquals", json!("2026-01-01"), "2026-01-01T00:00:00Z", true)]
#[case("DateGreaterThan", json!("1767225600"), "2026-01-01T00:00:01Z", true)]
#[case("DateGreaterThan", json!("2026-01-01T00:00:00Z"), "1767225601", true)]
#[case("DateGreaterThanEquals", json!("2026-01-01T00:00Z"), "2026-01-01T00:00:00Z", true)]
#[case("DateLessThan", json!("2026-01-01"), "yesterday", false)]
#[case("Bool", json!("true"), "true", true)]
#[case("Bool", json!(false), "FALSE", true)]
#[case("Bool", json!("true"), "false", false)]
#[case("Bool", json!("true"), "yes", false)]
#[case("BinaryEquals", json!("QmluYXJ5"), "QmluYXJ5", true)]
#[case("BinaryEquals", json!("QmluYXJ5"), "qmluYXJ5", false)]
#[case("IpAddress", json!("203.0.113.0/24"), "203.0.113.77", true)]
#[case("IpAddress", json!("203.0.113.0/24"), "203.0.114.1", false)]
#[case("IpAddress", json!("203.0.113.9"), "203.0.113.9", true)]
#[case("IpAddress", json!("203.0.113.9/24"), "203.0.113.1", true)]
#[case("IpAddress", json!("2001:db8:1234:5678::/64"), "2001:db8:1234:5678::1", true)]
#[case("IpAddress", json!("2001:db8::/32"), "10.0.0.1", false)]
#[case("IpAddress", json!(["10.0.0.0/8", "2001:db8::/32"]), "2001:DB8::1", true)]
#[case("IpAddress", json!("0.0.0.0/0"), "not an address", false)]
#[case("NotIpAddress", json!("10.0.0.0/8"), "192.168.0.1", true)]
#[case("NotIpAddress", json!("10.0.0.0/8"), "10.1.2.3", false)]
#[case("ArnEquals", json!("arn:aws:sns:*:1:t"), "arn:aws:sns:eu-west-1:1:t", true)]
#[case("ArnLike", json!("arn:aws:sns:*:t"), "arn:aws:sns:eu-west-1:1:t", false)]
#[case("ArnLike", json!("arn:aws:iam::1:role/*"), "arn:aws:iam::1:role/a/b", true)]
#[case("ArnNotEquals", json!("arn:aws:sns:*:1:t"), "arn:aws:sns:x:2:t", true)]
#[case("ArnNotLike", json!("arn:aws:iam::1:role/*"), "arn:aws:iam::1:role/a", false)]
#[case("ArnLike", json!("odd"), "odd", true)]
#[case("Null", json!("false"), "x", true)]
#[case("Null", json!("true"), "x", false)]
#[case("StringEqualsIfExists", json!("a"), "b", false)]
fn operators(
    #[case] operator: &str,
    #[case] values: Value,
    #[case] given: &str,
    #[case] allowed: bool,
) {
    let policy = allow(&condition(operator, "k:Key", &values));
    let context = Context::new().with("K:key", [given]);
    assert_eq!(decide(&[&policy], ACTION, SEARCH, &context), allowed);
}

/// "IAM JSON policy elements: Condition operators", "...`IfExists`" and "Null": an absent key.
#[rstest]
#[case("StringEquals", "a", false)]
#[case("StringNotEquals", "a", true)]
#[case("StringLike", "*", false)]
#[case("StringNotLike", "*", true)]
#[case("StringNotEqualsIgnoreCase", "a", true)]
#[case("NumericEquals", "1", false)]
#[case("NumericNotEquals", "1", true)]
#[case("NumericLessThan", "1", false)]
#[case("DateLessThan", "2026-01-01", false)]
#[case("DateNotEquals", "2026-01-01", true)]
#[case("Bool", "false", false)]
#[case("BinaryEquals", "QQ==", false)]
#[case("IpAddress", "0.0.0.0/0", false)]
#[case("NotIpAddress", "0.0.0.0/0", true)]
#[case("ArnLike", "*", false)]
#[case("ArnNotLike", "*", true)]
#[case("Null", "true", true)]
#[case("Null", "false", false)]
#[case("StringEqualsIfExists", "a", true)]
#[case("StringNotEqualsIfExists", "a", true)]
#[case("BoolIfExists", "true", true)]
#[case("IpAddressIfExists", "10.0.0.0/8", true)]
#[case("ForAllValues:StringEquals", "a", true)]
#[case("ForAnyValue:StringEquals", "a", false)]
#[case("ForAllValues:StringNotEquals", "a", true)]
#[case("ForAnyValue:StringNotEquals", "a", false)]
#[case("ForAnyValue:StringEqualsIfExists", "a", true)]
fn an_absent_key(#[case] operator: &str, #[case] value: &str, #[case] allowed: bool) {
    let policy = allow(&condition(operator, "k:absent", &json!(value)));
    assert_eq!(decide(&[&policy], ACTION, SEARCH, &Context::new()), allowed);
}

/// "Conditions with multiple context keys or values" and "Single-valued vs. multivalued
/// context keys".
#[rstest]
#[case("ForAllValues:StringEquals", &["a", "b"], true)]
#[case("ForAllValues:StringEquals", &["a", "x"], false)]
#[case("ForAnyValue:StringEquals", &["x", "b"], true)]
#[case("ForAnyValue:StringEquals", &["x", "y"], false)]
#[case("ForAllValues:StringNotEquals", &["x", "y"], true)]
#[case("ForAllValues:StringNotEquals", &["x", "a"], false)]
#[case("ForAnyValue:StringNotEquals", &["x", "a"], true)]
#[case("ForAnyValue:StringNotEquals", &["a", "b"], false)]
#[case("ForAllValues:StringLike", &["a", "b"], true)]
fn keys_of_several_values(#[case] operator: &str, #[case] given: &[&str], #[case] allowed: bool) {
    let policy = allow(&condition(operator, "aws:TagKeys", &json!(["a", "b"])));
    let context = Context::new().with("aws:TagKeys", given.iter().copied());
    assert_eq!(decide(&[&policy], ACTION, SEARCH, &context), allowed);
}

#[rstest]
#[case(&[("a", "1"), ("b", "2")], true)]
#[case(&[("a", "1"), ("b", "3")], false)]
#[case(&[("a", "1")], false)]
fn all_keys_and_all_operators_must_hold(#[case] given: &[(&str, &str)], #[case] allowed: bool) {
    let policy = allow(&json!({"Condition": {
        "StringEquals": {"a": "1"},
        "NumericEquals": {"b": ["2", "4"]},
    }}));
    let context = given.iter().fold(Context::new(), |context, (key, value)| {
        context.with(key, [*value])
    });
    assert_eq!(decide(&[&policy], ACTION, SEARCH, &context), allowed);
}

/// "IAM policy elements: Variables and tags".
#[rstest]
#[case::value("b/${aws:username}/*", "b/ada/x", true)]
#[case::name_ignores_case("b/${AWS:UserName}/*", "b/ada/x", true)]
#[case::other_value("b/${aws:username}/*", "b/eve/x", false)]
#[case::star_in_a_value_is_literal("b/${k:star}/x", "b/anything/x", false)]
#[case::star_in_a_value_matches_itself("b/${k:star}/x", "b/*/x", true)]
#[case::question_mark_in_a_value_is_literal("b/${k:mark}", "b/a", false)]
#[case::variable_in_a_value_is_not_replaced("b/${k:nested}", "b/ada", false)]
#[case::absent("b/${k:absent}", "b/", false)]
#[case::absent_with_a_star("b/${k:absent}*", "b/x", false)]
#[case::absent_after_a_star("*${k:absent}", "b/x", false)]
#[case::default("b/${k:absent, 'shared'}/x", "b/shared/x", true)]
#[case::default_is_not_needed("b/${aws:username, 'shared'}/x", "b/shared/x", false)]
#[case::default_is_literal("b/${k:absent, '*'}", "b/x", false)]
#[case::several_values("b/${k:many}", "b/a", false)]
#[case::escaped_star("b/${*}", "b/x", false)]
#[case::escaped_star_itself("b/${*}", "b/*", true)]
#[case::escaped_question_mark("b/${?}", "b/?", true)]
#[case::escaped_dollar("b/${$}{aws:username}", "b/${aws:username}", true)]
#[case::lone_dollar("b/$x", "b/$x", true)]
fn policy_variables(#[case] pattern: &str, #[case] resource: &str, #[case] allowed: bool) {
    let context = Context::new()
        .with("aws:username", ["ada"])
        .with("k:star", ["*"])
        .with("k:mark", ["?"])
        .with("k:nested", ["${aws:username}"])
        .with("k:many", ["a", "b"]);
    let policy = allow(&json!({"Resource": pattern}));
    assert_eq!(decide(&[&policy], ACTION, resource, &context), allowed);
    let policy = allow(&condition("StringLike", "k:Given", &json!(pattern)));
    let context = context.with("k:Given", [resource]);
    assert_eq!(decide(&[&policy], ACTION, SEARCH, &context), allowed);
}

/// "Variables and tags", policy variables with no value: they equal nothing, so a
/// negation holds, and a `NotResource` excludes nothing.
#[test]
fn a_variable_without_a_value_equals_nothing() {
    let context = Context::new().with("k:Given", ["x"]);
    let policy = allow(&condition(
        "StringNotEquals",
        "k:Given",
        &json!("${k:absent}"),
    ));
    assert!(decide(&[&policy], ACTION, SEARCH, &context));
    let policy = allow(&json!({"Resource": null, "NotResource": "b/${k:absent}"}));
    assert!(decide(&[&policy], ACTION, "b/", &context));
}

/// "IAM JSON policy elements: Version": older policies have no variables.
#[rstest]
#[case(Some("2008-10-17"), "b/ada", false)]
#[case(Some("2008-10-17"), "b/${aws:username}", true)]
#[case(None, "b/${aws:username}", true)]
#[case(None, "b/ada", false)]
#[case(Some("2012-10-17"), "b/ada", true)]
fn only_the_newer_language_has_variables(
    #[case] version: Option<&str>,
    #[case] resource: &str,
    #[case] allowed: bool,
) {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "b/${aws:username}"});
    let mut policy = json!({"Statement": statement});
    if let Some(version) = version {
        policy["Version"] = json!(version);
    }
    let context = Context::new().with("aws:username", ["ada"]);
    assert_eq!(
        decide(&[&policy.to_string()], ACTION, resource, &context),
        allowed
    );
}

#[test]
fn a_single_statement_needs_no_list() {
    let policy =
        json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}).to_string();
    assert!(decide(&[&policy], ACTION, SEARCH, &Context::new()));
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
#[case::empty_actions(json!({"Action": []}))]
#[case::both_actions(json!({"NotAction": "iam:*"}))]
#[case::no_resource(json!({"Resource": null}))]
#[case::resource_is_an_object(json!({"Resource": {}}))]
#[case::both_resources(json!({"NotResource": "arn:aws:s3:::*"}))]
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
    let set = set(&[&unusable]);
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
fn an_unreadable_document_grants_nothing_and_casts_doubt_on_the_rest(#[case] odd: &str) {
    assert!(!decide(&[odd], ACTION, SEARCH, &Context::new()));
    let everything = allow(&json!({}));
    let set = set(&[&everything, odd]);
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
    let decision = set(&[&policy]).evaluate(&AccessRequest {
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

fn statement() -> impl Strategy<Value = Value> {
    let action = prop::sample::select(vec!["*", "a:*", "a:Get", "b:Put", "odd"]);
    let resource = prop::sample::select(vec!["*", "r/*", "r/1", "${k:v}/1", "r/?", "${"]);
    let condition = prop::sample::select(vec![
        json!({}),
        json!({"StringEquals": {"k:v": "r"}}),
        json!({"StringNotLike": {"k:v": "r*"}}),
        json!({"Bool": {"k:b": "maybe"}}),
        json!({"Unheard": {"k:v": "r"}}),
    ]);
    (action, resource, condition, any::<(bool, bool)>()).prop_map(
        |(action, resource, condition, (not_action, not_resource))| {
            json!({
                (if not_action { "NotAction" } else { "Action" }): action,
                (if not_resource { "NotResource" } else { "Resource" }): resource,
                "Condition": condition,
            })
        },
    )
}

fn policy(statements: &[(bool, Value)]) -> String {
    let statements: Vec<Value> = statements
        .iter()
        .map(|(allow, statement)| {
            let mut statement = statement.clone();
            statement["Effect"] = json!(if *allow { "Allow" } else { "Deny" });
            statement
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

proptest! {
    #[test]
    fn a_deny_never_widens_and_an_allow_never_narrows(
        mut statements in prop::collection::vec((any::<bool>(), statement()), 0..5),
        at in any::<prop::sample::Index>(),
        more in statement(),
        denies in any::<bool>(),
        action in prop::sample::select(vec!["a:Get", "A:GET", "b:Put"]),
        resource in prop::sample::select(vec!["r/1", "r/12", "x"]),
        value in prop::option::of(prop::sample::select(vec!["r", "*"])),
    ) {
        let context = value.map_or_else(Context::new, |value| Context::new().with("k:v", [value]));
        let before = decide(&[&policy(&statements)], action, resource, &context);
        statements.insert(at.index(statements.len() + 1), (!denies, more));
        let after = decide(&[&policy(&statements)], action, resource, &context);
        if denies {
            prop_assert!(before || !after, "a deny widened");
        } else {
            prop_assert!(!before || after, "an allow narrowed");
        }
    }

    #[test]
    fn no_document_makes_it_panic(document in "\\PC{0,60}", action in "\\PC{0,10}", resource in "\\PC{0,10}") {
        prop_assert!(!decide(&[&document], &action, &resource, &Context::new()));
    }

    #[test]
    fn no_pattern_makes_it_panic(pattern in "[*?${}a,' é:]{0,12}", resource in "[a*$é:{}]{0,8}") {
        decide(&[&allow(&json!({"Resource": pattern}))], ACTION, &resource, &Context::new());
    }
}
