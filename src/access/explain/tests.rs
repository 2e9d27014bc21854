use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    access::{
        Effect, Nobody, Pick,
        audit::fixture::{Town, inline, names, policy},
        contract_of,
    },
    domain::PolicySource,
};

const REGISTER: &str = "POST /ajax-api/2.0/mlflow/registered-models/create";
const SIGNED: &str = "POST /api/2.0/mlflow/registered-models/create";

fn why(town: &Town, principal: &str, route: &str) -> Explanation {
    let house = town.house();
    let subject = town.subject(&house, principal);
    explain(&house, &Matrix::sample(), &subject, town.route(route))
}

fn effect(explanation: &Explanation) -> Effect {
    explanation.decision.as_ref().unwrap().effect
}

fn links(explanation: &Explanation) -> Vec<String> {
    let line = |link: &Link| format!("{} {}: {}", link.kind.as_str(), link.name, link.says);
    explanation.links.iter().map(line).collect()
}

fn texts(explanation: &Explanation) -> Vec<&str> {
    explanation
        .flips
        .iter()
        .map(|flip| flip.text.as_str())
        .collect()
}

#[test]
fn the_group_trap_is_explained_and_leaving_the_first_group_is_the_way_out() {
    let mut town = Town::sample();
    town.settle("ada@example.com", &["model-approvers", "readers"], None);
    let explanation = why(&town, "user:ada@example.com", REGISTER);
    assert_eq!(effect(&explanation), Effect::Deny);
    assert_eq!(
        links(&explanation),
        [
            "user ada@example.com: can sign in",
            "group model-approvers: by Cognito, counts for nothing: the authorizer looks for \
             readers first, and stops there",
            "group readers: by Cognito, decides alone: the first that the authorizer looks for",
            &format!("rule none: no rule of readers matches {REGISTER}"),
        ]
    );
    let flip = &explanation.flips[0];
    assert_eq!(flip.text, "leave readers");
    assert!(
        flip.outcome()
            .contains("the authorizer's rule for model-approvers"),
        "{flip:?}"
    );
    // And it is true.
    town.people.last_mut().unwrap().groups = names(&["model-approvers"]);
    assert_eq!(
        effect(&why(&town, "user:ada@example.com", REGISTER)),
        Effect::Allow
    );
    assert_eq!(
        texts(&explanation),
        [
            "leave readers",
            "join admins",
            &format!("allow {REGISTER} in row reader and publish"),
            "set rule = \"union\" for the authorizer in the matrix and publish",
        ]
    );
}

#[test]
fn what_the_matrix_declares_is_said_for_each_group() {
    let mut town = Town::sample();
    town.settle("ada@example.com", &["model-approvers", "readers"], None);
    let declared = why(&town, "user:ada@example.com", REGISTER).declared;
    let says: Vec<&str> = declared.iter().map(|one| one.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "row model-approver allows registered-models:register",
            "row reader does not list it"
        ]
    );
    assert_eq!(declared[0].effect, Effect::Allow);
}

#[rstest]
#[case(Nobody::Crash, "500")]
#[case(Nobody::Deny, "denies")]
fn in_no_group_the_authorizer_crashes_or_denies_and_joining_helps(
    #[case] nobody: Nobody,
    #[case] says: &str,
) {
    let mut town = Town::sample();
    town.contract.nobody = nobody;
    town.settle("new@example.com", &[], None);
    let explanation = why(&town, "user:new@example.com", REGISTER);
    let links = links(&explanation);
    assert!(links[1].contains("no group"), "{links:?}");
    assert!(links[2].contains(says), "{links:?}");
    assert_eq!(texts(&explanation), ["join model-approvers", "join admins"]);
}

#[test]
fn who_is_disabled_is_said_to_be() {
    let mut town = Town::sample();
    town.settle("gone@example.com", &["admins"], None).enabled = false;
    let explanation = why(&town, "user:gone@example.com", REGISTER);
    assert!(
        links(&explanation)[0].contains("disabled"),
        "{explanation:?}"
    );
}

#[test]
fn an_allowed_request_shows_rule_and_pattern_and_how_to_end_it() {
    let mut town = Town::sample();
    town.settle(
        "eve@example.com",
        &["readers", "admins", "model-approvers"],
        None,
    );
    let explanation = why(&town, "user:eve@example.com", REGISTER);
    assert_eq!(effect(&explanation), Effect::Allow);
    let links = links(&explanation);
    assert!(
        links
            .iter()
            .any(|link| link == "rule * /*: of admins, allows it"),
        "{links:?}"
    );
    assert_eq!(
        explanation.links.last().unwrap().name,
        "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/prod/*/*"
    );
    // Then readers decides, and does not allow it.
    assert_eq!(explanation.flips[0].text, "leave admins");
    assert_eq!(effect(&explanation), Effect::Allow);
}

#[test]
fn where_one_group_is_not_enough_the_fewest_are_left() {
    let mut town = Town::sample();
    town.contract.rule = Pick::Union;
    town.settle(
        "eve@example.com",
        &["readers", "admins", "model-approvers"],
        None,
    );
    let explanation = why(&town, "user:eve@example.com", REGISTER);
    assert_eq!(
        explanation.flips[0].text,
        "leave admins and model-approvers"
    );
}

#[test]
fn who_is_in_a_group_that_comes_first_has_to_leave_it_for_another() {
    let mut town = Town::sample();
    town.settle("lena@example.com", &["readers"], None);
    let explanation = why(&town, "user:lena@example.com", REGISTER);
    let texts = texts(&explanation);
    assert_eq!(
        texts[..2],
        ["join admins", "leave readers and join model-approvers"]
    );
    assert!(explanation.flips[1].also.sum() < explanation.flips[0].also.sum());
}

#[test]
fn supposed_groups_are_called_so() {
    let mut town = Town::sample();
    town.settle("ada@example.com", &["readers"], None);
    let house = town.house();
    let subject = town
        .subject(&house, "user:ada@example.com")
        .supposing(names(&["model-approvers"]));
    let explanation = explain(&house, &Matrix::sample(), &subject, town.route(REGISTER));
    assert!(explanation.supposed);
    assert_eq!(effect(&explanation), Effect::Allow);
    assert_eq!(
        links(&explanation)[1],
        "group model-approvers: supposed, decides"
    );
}

#[test]
fn a_role_is_explained_from_the_profile_to_the_pattern() {
    let mut town = Town::sample();
    town.profiles[2].role_from_domain = true;
    let explanation = why(&town, "user:mlflow-model-approver@example.com", SIGNED);
    let links = links(&explanation);
    assert!(links[1].contains("the domain's default"), "{links:?}");
    assert!(
        links[2].starts_with("role x-sagemakermlflowmodelaprov-y"),
        "{links:?}"
    );
    assert!(
        links[3].starts_with("statement restApi, statement 1"),
        "{links:?}"
    );
    assert!(
        links[4].contains("POST/api/2.0/mlflow/registered-models/*"),
        "{links:?}"
    );
    assert_eq!(explanation.declared[0].effect, Effect::Allow);
    let texts = texts(&explanation);
    assert_eq!(
        texts,
        [
            "give the profile mlflow-model-approver the role x-sagemakermlflowreaderrole-y",
            "deny POST /api/2.0/mlflow/registered-models/create in row model-approver and give \
             the role its policy",
            "remove statement 1 of restApi",
            "deny execute-api:Invoke on arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/\
             prod/POST/api/2.0/mlflow/registered-models/create in an inline policy",
        ]
    );
    // Taking the whole statement takes more than that one route.
    assert!(
        explanation.flips[2].also.lost > 10,
        "{:?}",
        explanation.flips[2]
    );
    assert_eq!(explanation.flips[3].also.sum(), 0);
}

#[test]
fn every_obstacle_of_a_role_is_named_together() {
    let mut town = Town::sample();
    let role = town.role_mut("reader");
    role.policies.push(inline(
        "no",
        "Deny",
        &["POST/api/2.0/mlflow/registered-models/*"],
    ));
    role.policies.push(policy(
        PolicySource::Boundary("arn:aws:iam::123456789012:policy/fence".into()),
        "Allow",
        &["GET/*"],
    ));
    let explanation = why(&town, "profile:mlflow-reader", SIGNED);
    assert_eq!(effect(&explanation), Effect::Deny);
    let links = links(&explanation);
    assert!(
        links.iter().any(|link| link.starts_with("boundary fence")),
        "{links:?}"
    );
    let by_hand = explanation
        .flips
        .iter()
        .find(|flip| matches!(flip.how, Change::EditRole { .. }))
        .unwrap();
    assert!(
        by_hand
            .text
            .starts_with("remove statement 1 of no, and allow"),
        "{}",
        by_hand.text
    );
    assert!(
        by_hand.text.contains("in the boundary fence"),
        "{}",
        by_hand.text
    );
    // What the row gives ends at the boundary: that alone is not proposed.
    let alone = |flip: &Flip| matches!(flip.how, Change::DeclareAndApply { .. });
    assert!(
        !explanation.flips.iter().any(alone),
        "{:?}",
        texts(&explanation)
    );
}

#[test]
fn a_boundary_that_ends_it_is_the_last_link() {
    let mut town = Town::sample();
    town.role_mut("aprov").policies.push(policy(
        PolicySource::Boundary("arn:aws:iam::123456789012:policy/fence".into()),
        "Allow",
        &["GET/*"],
    ));
    let explanation = why(&town, "profile:mlflow-model-approver", SIGNED);
    let last = links(&explanation).pop().unwrap();
    assert_eq!(
        last,
        "boundary fence: does not allow it, although a policy does"
    );
}

#[test]
fn what_is_declared_and_not_deployed_is_to_be_published_as_it_is() {
    let town = Town::sample();
    let route = "POST /graphql";
    let explanation = why(&town, "group:readers", route);
    assert_eq!(effect(&explanation), Effect::Deny);
    assert_eq!(explanation.declared[0].effect, Effect::Allow);
    assert!(
        texts(&explanation).contains(&"publish the matrix as it is declared"),
        "{:?}",
        texts(&explanation)
    );
}

#[rstest]
#[case("anonymous", REGISTER, "asks for a token")]
#[case("anonymous", SIGNED, "asks for the signature")]
#[case("group:admins", "GET /", "has no method")]
fn nobody_and_nowhere_end_at_the_gateway(
    #[case] principal: &str,
    #[case] route: &str,
    #[case] says: &str,
) {
    let town = Town::sample();
    let explanation = why(&town, principal, route);
    assert_eq!(effect(&explanation), Effect::Deny);
    assert!(explanation.links[0].says.contains(says), "{explanation:?}");
    assert!(explanation.flips.is_empty());
}

#[test]
fn a_role_that_could_not_be_read_is_unknown() {
    let mut town = Town::sample();
    town.documents.clear();
    let explanation = why(&town, "profile:mlflow-admin", SIGNED);
    assert_eq!(explanation.decision, None);
    assert!(explanation.answer().starts_with("unknown"));
}

/// Whether a change of groups or of the matrix does what it says, tried from outside.
fn is_true(town: &Town, groups: &[String], route: &Route, flip: &Flip) -> bool {
    let published = |matrix: &Matrix| {
        let contract = contract_of(matrix, &town.catalog);
        contract.decide(groups, route.method, &route.path).effect
    };
    let with = |groups: &[String]| {
        town.contract
            .decide(groups, route.method, &route.path)
            .effect
    };
    let effect = match &flip.how {
        Change::Leave { groups: left } => {
            let stays = groups.iter().filter(|group| !left.contains(group));
            with(&stays.cloned().collect::<Vec<_>>())
        }
        Change::Join { group } => with(&[groups, std::slice::from_ref(group)].concat()),
        Change::Move { leave, join } => {
            let stays = groups.iter().filter(|group| !leave.contains(group));
            with(&stays.chain([join]).cloned().collect::<Vec<_>>())
        }
        Change::Publish => published(&Matrix::sample()),
        Change::Declare { row, effect, .. } => {
            let (matrix, _) = flip::declaring(&Matrix::sample(), row, route, *effect).unwrap();
            published(&matrix)
        }
        Change::Choose { rule } => {
            let mut matrix = Matrix::sample();
            matrix.authorizer.rule = *rule;
            published(&matrix)
        }
        _ => return false,
    };
    effect == flip.decision.effect
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_flip_turns_the_decision_around(
        groups in proptest::sample::subsequence(
            vec!["admins", "readers", "model-approvers", "interns"], 0..=4,
        ),
        union in any::<bool>(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut town = Town::sample();
        if union {
            town.contract.rule = Pick::Union;
        }
        town.settle("ada@example.com", &groups, None);
        let bearer: Vec<&Route> = town
            .catalog
            .routes()
            .iter()
            .filter(|route| route.scheme() == AuthScheme::Bearer)
            .collect();
        let route = *at.get(&bearer);
        let house = town.house();
        let subject = town.subject(&house, "user:ada@example.com");
        let explanation = explain(&house, &Matrix::sample(), &subject, route);
        let before = effect(&explanation);
        for flip in &explanation.flips {
            prop_assert_ne!(flip.decision.effect, before);
            prop_assert!(is_true(&town, &names(&groups), route, flip), "{:?}", flip);
        }
        let data = serde_json::to_value(&explanation).unwrap();
        prop_assert_eq!(&data["links"][0]["kind"], "user");
    }
}
