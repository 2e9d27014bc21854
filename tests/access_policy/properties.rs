//! What holds of any policy at all.

use mlwarden::access::{Context, PartialContext};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ACTION, allow, decide, decide_within, set};

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

    /// `decide_within` compares the ways of deciding with each other.
    #[test]
    fn every_way_of_deciding_decides_the_same(
        identity in prop::collection::vec(prop::collection::vec((any::<bool>(), statement()), 0..4), 0..4),
        boundary in prop::option::of(prop::collection::vec((any::<bool>(), statement()), 0..4)),
        action in prop::sample::select(vec!["a:Get", "A:GET", "b:Put", "*"]),
        resource in prop::sample::select(vec!["r/1", "r/12", "x"]),
        value in prop::option::of(prop::sample::select(vec!["r", "*"])),
    ) {
        let identity: Vec<String> = identity.iter().map(|statements| policy(statements)).collect();
        let identity: Vec<&str> = identity.iter().map(String::as_str).collect();
        let boundary = boundary.map(|statements| policy(&statements));
        let context = value.map_or_else(Context::new, |value| Context::new().with("k:v", [value]));
        decide_within(&identity, boundary.as_deref(), action, resource, &context);
    }

    /// What is estimated with a key unknown is right whatever the key is: no for never, yes for
    /// always.
    #[test]
    fn an_estimate_holds_for_every_value_of_what_is_not_known(
        statements in prop::collection::vec((any::<bool>(), statement()), 0..5),
        boundary in prop::option::of(prop::collection::vec((any::<bool>(), statement()), 1..4)),
        resource in prop::sample::select(vec!["r/1", "r/12", "x"]),
        value in prop::option::of(prop::sample::select(vec!["r", "*", "x"])),
    ) {
        let (identity, boundary) = (policy(&statements), boundary.map(|limits| policy(&limits)));
        let set = set(&[&identity], boundary.as_deref());
        let view = set.for_action("a:Get");
        let estimate = view.estimate(resource, &PartialContext::default());
        let context = value.map_or_else(Context::new, |value| Context::new().with("k:v", [value]));
        let allowed = view.evaluate(resource, &context).is_allow();
        prop_assert!(!allowed || estimate.is_possible(), "it was said never to be allowed");
        prop_assert!(allowed || !estimate.is_certain(), "it was said always to be allowed");
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
