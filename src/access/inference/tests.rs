use rstest::rstest;

use super::*;

fn api() -> Api {
    Api {
        region: "us-west-2".to_owned(),
        account: "123456789012".to_owned(),
        id: "abc".to_owned(),
        stage: "prod".to_owned(),
    }
}

fn names(groups: &[&str]) -> Vec<String> {
    groups.iter().map(|&name| name.to_owned()).collect()
}

/// Asks an authorizer that keeps `contract`.
fn ask(contract: &Contract, groups: &[&str]) -> Vec<Asked> {
    let Api {
        region,
        account,
        id,
        ..
    } = api();
    sets_to_ask(&names(groups))
        .into_iter()
        .map(|groups| {
            let policy = contract.policy_for(&groups, &region, &account, &id, "prod");
            let answer = policy.map_or(Answer::Crash, |policy| Answer::Policy(policy.to_string()));
            Asked { groups, answer }
        })
        .collect()
}

fn learned(contract: &Contract, groups: &[&str]) -> Inferred {
    infer(&ask(contract, groups), &api())
}

fn rule(text: &str) -> Rule {
    let (method, path) = text.split_once(' ').unwrap();
    Rule {
        method: method.to_owned(),
        path: path.to_owned(),
    }
}

fn group(name: &str, allow: &[&str], deny: &[&str]) -> GroupRules {
    GroupRules {
        name: name.to_owned(),
        allow: allow.iter().map(|text| rule(text)).collect(),
        deny: deny.iter().map(|text| rule(text)).collect(),
    }
}

fn contract(rule: Pick, groups: Vec<GroupRules>) -> Contract {
    Contract {
        schema: 1,
        rule,
        nobody: Nobody::Deny,
        groups,
    }
}

#[rstest]
#[case(&["admins", "readers", "model-approvers"])]
#[case(&["model-approvers", "readers", "admins"])]
#[case(&["interns", "readers", "admins", "model-approvers"])]
fn the_samples_contract_is_learned_exactly(#[case] groups: &[&str]) {
    let inferred = learned(&Contract::sample(), groups);
    assert_eq!(inferred.contract, Contract::sample());
    assert_eq!(inferred.caveats, Vec::<String>::new());
}

#[rstest]
#[case::union(Pick::Union)]
#[case::first_match(Pick::FirstMatch)]
fn what_groups_have_together_is_learned_with_its_denials(#[case] pick: Pick) {
    let groups = vec![
        group("b", &["GET /x/*"], &["GET /x/secret"]),
        group("a", &["POST /y"], &[]),
        group("c", &["GET /x/secret", "* /z/*"], &[]),
    ];
    let deployed = contract(pick, groups);
    let inferred = learned(&deployed, &["b", "a", "c"]);
    assert_eq!(inferred.contract, deployed);
    assert_eq!(inferred.caveats, Vec::<String>::new());
}

#[test]
fn a_group_that_is_given_nothing_and_comes_first_is_known() {
    let blocked = group("blocked", &[], &["* /*"]);
    let deployed = contract(
        Pick::FirstMatch,
        vec![
            group("admins", &["* /*"], &[]),
            blocked,
            group("readers", &["GET /*"], &[]),
        ],
    );
    let inferred = learned(&deployed, &["readers", "blocked", "admins", "strangers"]);
    assert_eq!(inferred.contract, deployed);
    assert_eq!(inferred.caveats, Vec::<String>::new());
}

#[test]
fn what_fits_no_rule_is_said() {
    let deployed = Contract::sample();
    let mut asked = ask(&deployed, &["admins", "readers", "model-approvers"]);
    for asked in &mut asked {
        if asked.groups == ["readers", "model-approvers"] {
            let everything = deployed.policy_for(&names(&["admins"]), "*", "*", "*", "*");
            asked.answer = Answer::Policy(everything.unwrap().to_string());
        }
    }
    let caveats = infer(&asked, &api()).caveats;
    assert_eq!(caveats.len(), 1, "{caveats:?}");
    assert!(
        caveats[0].contains("readers and model-approvers"),
        "{caveats:?}"
    );
}

#[rstest]
#[case(r#"{"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-west-2:123456789012:abc/prod/GET/x","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#, "more than rules can say")]
#[case(
    r#"{"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","NotResource":"x"}]}"#,
    "more than rules can say"
)]
#[case(r#"{"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-west-2:123456789012:other/prod/GET/x"}]}"#, "none of this API's")]
#[case(r#"{"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-west-2:123456789012:abc/dev/GET/x"}]}"#, "none of this API's")]
#[case(
    r#"{"Statement":[{"Effect":"Perhaps","Action":"execute-api:Invoke","Resource":"*"}]}"#,
    "neither allows nor denies"
)]
#[case("oh", "cannot be read")]
fn what_rules_cannot_say_is_kept_as_a_caveat(#[case] document: &str, #[case] caveat: &str) {
    let asked = [
        Asked {
            groups: Vec::new(),
            answer: Answer::Crash,
        },
        Asked {
            groups: names(&["readers"]),
            answer: Answer::Policy(document.to_owned()),
        },
    ];
    let inferred = infer(&asked, &api());
    assert_eq!(inferred.caveats.len(), 1, "{:?}", inferred.caveats);
    assert!(
        inferred.caveats[0].starts_with("group readers: "),
        "{:?}",
        inferred.caveats
    );
    assert!(
        inferred.caveats[0].contains(caveat),
        "{:?}",
        inferred.caveats
    );
    let readers = inferred.contract.group("readers").unwrap();
    assert_eq!(readers.allow, []);
}

#[rstest]
#[case("*")]
#[case("arn:aws:execute-api:*:*:*")]
#[case("arn:aws:execute-api:us-west-2:123456789012:abc/*")]
#[case("arn:aws:execute-api:us-west-2:123456789012:abc/prod/*")]
#[case("arn:aws:execute-api:us-west-2:123456789012:abc/*/*/*")]
#[case("arn:aws:execute-api:*:*:*/prod/*/*")]
fn everything_is_everything_however_it_is_written(#[case] arn: &str) {
    let document = serde_json::json!({
        "Statement": {"Effect": "Allow", "Action": "execute-api:*", "Resource": arn}
    });
    let (grant, odd) = read(&document.to_string(), &api());
    assert_eq!((grant.allow, odd), (vec![rule("* /*")], Vec::new()));
}

#[test]
fn who_is_in_no_group_and_may_do_something_is_said() {
    let mut asked = ask(&Contract::sample(), &["admins"]);
    let readers = Contract::sample().policy_for(&names(&["readers"]), "*", "*", "*", "*");
    asked[0].answer = Answer::Policy(readers.unwrap().to_string());
    let inferred = infer(&asked, &api());
    assert_eq!(inferred.contract.nobody, Nobody::Deny);
    assert!(inferred.caveats[0].starts_with("a caller in no group may do POST/"));
    let mut asked = ask(&Contract::sample(), &["interns"]);
    asked[0].answer = Answer::Refused;
    let caveats = infer(&asked, &api()).caveats;
    assert!(
        caveats[0].contains("401") && caveats[0].contains("500"),
        "{caveats:?}"
    );
}

#[test]
fn one_caller_goes_through_all_sets_with_few_changes() {
    let sets = sets_to_ask(&names(&["a", "b", "c"]));
    assert_eq!(sets.len(), 7);
    let changes: usize = sets
        .windows(2)
        .map(|pair| {
            let missing = |from: &[String], to: &[String]| {
                to.iter().filter(|group| !from.contains(group)).count()
            };
            missing(&pair[0], &pair[1]) + missing(&pair[1], &pair[0])
        })
        .sum();
    assert!(changes <= 8, "{changes} changes: {sets:?}");
    let seven = names(&["a", "b", "c", "d", "e", "f", "g"]);
    assert_eq!(sets_to_ask(&seven).len(), 1 + 7 + 6);
}
