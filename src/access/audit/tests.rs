use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rstest::rstest;

use super::{
    fixture::{Town, inline, names},
    *,
};
use crate::{
    access::{Contract, Matrix, Nobody, Pick, door},
    domain::{AuthScheme, Principal, UserStatus},
};

const REGISTER: &str = "registered-models:register";

/// Who can, by which scheme and through what, in the answer's order.
fn told(answer: &Answer<'_>) -> Vec<String> {
    let line = |holder: &Holder<'_>| {
        let way = answer.way(holder).unwrap();
        let through = crate::domain::role::short_name(&way.through);
        format!("{} {} {through}", holder.who.principal(), way.scheme)
    };
    answer.holders.iter().map(line).collect()
}

fn who(town: &Town, what: &str) -> Vec<String> {
    let (house, what) = (town.house(), what.parse().unwrap());
    told(&house.who_can(&what, town.residents(), &[]))
}

#[test]
fn everybody_who_can_register_is_named_with_every_way() {
    let town = Town::sample();
    assert_eq!(
        who(&town, REGISTER),
        [
            "group:admins bearer admins",
            "group:model-approvers bearer model-approvers",
            "role:x-sagemakermlflowadminrole-y sigv4 x-sagemakermlflowadminrole-y",
            "role:x-sagemakermlflowmodelaprov-y sigv4 x-sagemakermlflowmodelaprov-y",
            "profile:mlflow-admin sigv4 x-sagemakermlflowadminrole-y",
            "profile:mlflow-model-approver sigv4 x-sagemakermlflowmodelaprov-y",
            "user:mlflow-admin@example.com bearer admins",
            "user:mlflow-admin@example.com sigv4 x-sagemakermlflowadminrole-y",
            "user:mlflow-model-approver@example.com bearer model-approvers",
            "user:mlflow-model-approver@example.com sigv4 x-sagemakermlflowmodelaprov-y",
        ]
    );
}

#[rstest]
#[case::bearer("POST /ajax-api/2.0/mlflow/runs/create", &["bearer"])]
#[case::sigv4("post /api/2.0/mlflow/runs/create", &["sigv4"])]
#[case::both("POST mlflow/runs/create", &["bearer", "sigv4"])]
#[case::filled_in("PUT /api/2.0/mlflow-artifacts/artifacts/a/b.txt", &["sigv4"])]
fn a_route_may_be_asked_about_in_each_way_it_is_written(
    #[case] what: &str,
    #[case] schemes: &[&str],
) {
    let town = Town::sample();
    let (house, what) = (town.house(), what.parse::<What>().unwrap());
    let answer = house.who_can(&what, town.residents(), &[]);
    let found: BTreeSet<&str> = answer.ways.iter().map(|way| way.scheme.as_str()).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), schemes);
}

#[test]
fn who_is_in_two_groups_has_the_rights_of_the_first_alone() {
    let mut town = Town::sample();
    town.people.clear();
    town.settle("trapped@example.com", &["model-approvers", "readers"], None);
    assert!(
        !who(&town, REGISTER)
            .iter()
            .any(|line| line.contains("trapped"))
    );
    town.contract.rule = Pick::Union;
    assert_eq!(
        who(&town, REGISTER).last().unwrap(),
        "user:trapped@example.com bearer readers + model-approvers"
    );
    let house = town.house();
    assert!(house.authorizer.ignored(&town.people[0].groups).is_empty());
}

#[test]
fn in_a_union_a_deny_of_one_group_wins() {
    let mut town = Town::sample();
    town.contract.rule = Pick::Union;
    let readers = &mut town.contract.groups[1];
    assert_eq!(readers.name, "readers");
    readers.deny.push(crate::access::authorizer::Rule {
        method: "POST".into(),
        path: "/ajax-api/2.0/mlflow/registered-models/create".into(),
    });
    town.people.clear();
    town.settle("both@example.com", &["model-approvers", "readers"], None);
    assert!(
        !who(&town, REGISTER)
            .iter()
            .any(|line| line.contains("both"))
    );
}

#[rstest]
#[case::disabled(|user: &mut crate::domain::User| user.enabled = false, Standing::Disabled, false)]
#[case::unconfirmed(
    |user: &mut crate::domain::User| user.status = UserStatus::Unconfirmed,
    Standing::Unconfirmed,
    false
)]
#[case::invited(
    |user: &mut crate::domain::User| user.status = UserStatus::ForceChangePassword,
    Standing::Invited,
    true
)]
fn who_cannot_sign_in_is_in_the_answer_and_said_so(
    #[case] change: fn(&mut crate::domain::User),
    #[case] standing: Standing,
    #[case] can_sign_in: bool,
) {
    let mut town = Town::sample();
    town.people.clear();
    change(town.settle("ada@example.com", &["admins"], None));
    let (house, what) = (town.house(), REGISTER.parse().unwrap());
    let answer = house.who_can(&what, town.residents(), &[]);
    let ada = answer.holders.last().unwrap();
    assert_eq!(ada.standing, Some(standing));
    assert!(standing.in_words().is_some());
    assert_eq!(answer.count_users(), (1, usize::from(!can_sign_in)));
}

#[rstest]
#[case(Nobody::Crash)]
#[case(Nobody::Deny)]
fn who_is_in_no_group_can_nothing(#[case] nobody: Nobody) {
    let mut town = Town::sample();
    town.contract.nobody = nobody;
    town.settle("new@example.com", &[], None);
    town.settle("stray@example.com", &["interns"], None);
    let told = who(&town, "*");
    assert!(
        !told
            .iter()
            .any(|line| line.contains("new@") || line.contains("stray@"))
    );
}

#[test]
fn a_permission_that_is_open_in_part_says_which_part() {
    let town = Town::sample();
    let (house, what) = (town.house(), "model-versions:write".parse().unwrap());
    let answer = house.who_can(&what, town.residents(), &[]);
    let way = answer
        .ways
        .iter()
        .find(|way| way.scheme == AuthScheme::SigV4 && way.through.contains("aprov"))
        .unwrap();
    assert!(!way.extent().is_all());
    assert!(way.opens.len() < way.of);
    let opened: Vec<&str> = way
        .opens
        .iter()
        .map(|(route, _)| route.method.as_str())
        .collect();
    assert!(opened.iter().all(|method| *method == "POST"), "{opened:?}");
    assert!(way.why().contains("restApi"), "{}", way.why());
}

#[test]
fn a_profile_with_another_levels_role_lends_its_user_that_level() {
    let mut town = Town::sample();
    let admin = town.roles[0].arn.clone();
    town.profiles[1].execution_role = Some(admin);
    town.profiles[1].role_from_domain = true;
    let told = who(&town, REGISTER);
    assert!(
        told.contains(
            &"user:mlflow-reader@example.com sigv4 x-sagemakermlflowadminrole-y".to_owned()
        )
    );
    assert!(
        !told
            .iter()
            .any(|line| line.starts_with("user:mlflow-reader@example.com bearer"))
    );
}

#[test]
fn a_role_that_could_not_be_read_is_named_and_not_judged() {
    let mut town = Town::sample();
    town.documents.remove(0);
    let (house, what) = (town.house(), "*".parse().unwrap());
    let answer = house.who_can(&what, town.residents(), &[]);
    assert_eq!(answer.unread, ["x-sagemakermlflowadminrole-y"]);
    assert!(
        !told(&answer)
            .iter()
            .any(|line| line.starts_with("role:x-sagemakermlflowadmin"))
    );
    let admin = town.subject(&house, "profile:mlflow-admin");
    let rights = house.can(&admin, |_| true);
    assert!(rights.routes.iter().all(|(_, decision)| decision.is_none()));
    assert_eq!(rights.permissions[0].sigv4.to_string(), "unknown");
}

#[test]
fn what_the_authorizer_answered_itself_goes_before_its_rules() {
    let town = Town::sample();
    let mut house = town.house();
    let open = crate::access::PolicySet::compile(
        &[crate::access::PolicyText {
            label: "the authorizer's policy",
            document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}"#,
        }],
        None,
    );
    let answers = [(names(&["readers"]), open)];
    house.authorizer.answers = &answers;
    let what = REGISTER.parse().unwrap();
    let told = told(&house.who_can(&what, town.residents(), &[]));
    assert!(
        told.contains(&"group:readers bearer readers".to_owned()),
        "{told:?}"
    );
    assert!(told.contains(&"user:mlflow-reader@example.com bearer readers".to_owned()));
}

#[test]
fn who_goes_through_a_side_door_is_named_with_the_people_behind_it() {
    let mut town = Town::sample();
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cognito-idp:AdminAddUserToGroup","Resource":"*"}]}"#;
    town.role_mut("reader")
        .policies
        .push(crate::domain::RolePolicy {
            source: crate::domain::PolicySource::Inline("helpful".into()),
            document: document.into(),
        });
    let house = town.house();
    let site = door::Site {
        api: town.api.clone(),
        pool: Some("us-west-2_AbCdEfGhI".into()),
        domain: None,
        authorizer_function: None,
    };
    let roles = town.roles.iter().cloned().zip(town.documents.clone());
    let doors = door::House::new(
        site,
        roles,
        &Matrix::sample(),
        &town.contract,
        &town.catalog,
    );
    let doors: Vec<door::Door> = doors
        .residents
        .iter()
        .flat_map(|resident| door::doors(&doors, resident))
        .collect();
    let what = REGISTER.parse().unwrap();
    let answer = house.who_can(&what, town.residents(), &doors);
    let [around] = answer.around.as_slice() else {
        panic!("{:?}", answer.around);
    };
    assert_eq!(around.door.role, "x-sagemakermlflowreaderrole-y");
    assert_eq!(around.gives, [REGISTER]);
    let leads: Vec<&str> = around.leads.iter().map(|lead| lead.to.as_str()).collect();
    assert!(leads.contains(&"group:admins"), "{leads:?}");
    let users: Vec<&str> = around.users.iter().map(|user| user.label()).collect();
    assert_eq!(users, ["mlflow-reader@example.com"]);
    // What the role may do anyway is nothing to go around for.
    let what = "runs:read".parse().unwrap();
    assert!(
        house
            .who_can(&what, town.residents(), &doors)
            .around
            .is_empty()
    );
}

#[test]
fn a_person_can_what_the_token_and_the_profiles_role_can() {
    let town = Town::sample();
    let house = town.house();
    let approver = town.subject(&house, "user:mlflow-model-approver@example.com");
    let rights = house.can(&approver, |_| true);
    let extents = |permission: &str| {
        let found = rights
            .permissions
            .iter()
            .find(|one| one.permission == permission);
        let found = found.unwrap();
        (found.bearer.to_string(), found.sigv4.to_string())
    };
    assert_eq!(extents(REGISTER), ("allow".into(), "allow".into()));
    assert_eq!(extents("runs:write"), ("deny".into(), "deny".into()));
    // A token passes any method on versions, a signature POST only.
    assert_eq!(extents("model-versions:delete").0, "allow");
    assert_eq!(extents("model-versions:delete").1, "deny");
    // The UI is served to tokens only.
    assert_eq!(extents("ui:read").1, "-");
    let group = town.subject(&house, "group:readers");
    let rights = house.can(&group, |_| true);
    assert!(
        rights
            .routes
            .iter()
            .all(|(route, _)| route.scheme() == AuthScheme::Bearer)
    );
}

#[test]
fn a_hundred_thousand_users_are_decided_by_their_combinations_of_groups() {
    let mut town = Town::sample();
    town.groups = (0..100).map(|at| format!("group-{at:02}")).collect();
    let like = |like: &str, name: &String| {
        let mut rules = Contract::sample().group(like).unwrap().clone();
        rules.name.clone_from(name);
        rules
    };
    town.contract.groups = town
        .groups
        .iter()
        .enumerate()
        .map(|(at, name)| like(["readers", "model-approvers", "admins"][at % 3], name))
        .collect();
    let combinations: Vec<Vec<String>> = (0..2_000)
        .map(|at| {
            let name = |step: usize| town.groups[(at * step + at / 100) % 100].clone();
            BTreeSet::from([name(1), name(7), name(13)])
                .into_iter()
                .collect()
        })
        .collect();
    let users: Vec<_> = (0..100_000)
        .map(|at| fixture::user(&format!("{at}@x")))
        .collect();
    let house = town.house();
    let residents = users.iter().enumerate().map(|(at, user)| Resident {
        user,
        groups: &combinations[at % combinations.len()],
        profile: None,
    });
    let what = REGISTER.parse().unwrap();
    let answer = house.who_can(&what, residents, &[]);
    assert_eq!(answer.users, 100_000);
    let may = |groups: &[String]| {
        let first = town
            .groups
            .iter()
            .position(|name| groups.contains(name))
            .unwrap();
        first % 3 != 0
    };
    let expected = (0..users.len()).filter(|at| may(&combinations[at % combinations.len()]));
    assert_eq!(answer.count_users().0, expected.count());
    // One way a group that decides, and one a role: no more, however many users there are.
    assert!(answer.ways.len() <= 100 + 3, "{}", answer.ways.len());
}

/// Some of the sample's groups, in any order, and one that nobody knows.
fn some_groups() -> impl Strategy<Value = Vec<String>> {
    let all = vec!["admins", "readers", "model-approvers", "interns"];
    proptest::sample::subsequence(all, 0..=4)
        .prop_shuffle()
        .prop_map(|groups| names(&groups))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn who_can_is_who_is_decided_to(
        groups in proptest::collection::vec((some_groups(), 0..4_usize), 1..12),
        union in any::<bool>(),
        denied in any::<bool>(),
        what in prop::sample::select(vec!["*", "model-versions:*", "*:read", REGISTER]),
    ) {
        let mut town = Town::sample();
        if union {
            town.contract.rule = Pick::Union;
        }
        if denied {
            let deny = inline("no", "Deny", &["*/api/2.0/mlflow/model-versions/create"]);
            town.role_mut("admin").policies.push(deny);
        }
        town.people.clear();
        for (at, (groups, profile)) in groups.iter().enumerate() {
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            let profile = town.profiles.get(*profile).map(|profile| profile.name.clone());
            town.settle(&format!("{at}@x"), &groups, profile.as_deref());
        }
        let (house, what) = (town.house(), what.parse::<What>().unwrap());
        let answer = house.who_can(&what, town.residents(), &[]);
        let mut opened: BTreeMap<Principal, BTreeSet<(&str, &str)>> = BTreeMap::new();
        for holder in answer.holders.iter().filter(|one| matches!(one.who, Who::User(_))) {
            let way = answer.way(holder).unwrap();
            let routes = way.opens.iter().map(|(route, _)| (route.method.as_str(), route.path.as_str()));
            opened.entry(holder.who.principal()).or_default().extend(routes);
        }
        for resident in town.residents() {
            let principal = Principal::User(resident.user.label().to_owned());
            let subject = Subject::of_resident(&house, principal.clone(), resident);
            let decided: BTreeSet<(&str, &str)> = answer
                .routes
                .iter()
                .filter(|route| {
                    let decision = house.decide(subject.means(route.scheme()), route);
                    decision.is_some_and(|decision| decision.is_allow())
                })
                .map(|route| (route.method.as_str(), route.path.as_str()))
                .collect();
            prop_assert_eq!(opened.remove(&principal).unwrap_or_default(), decided);
        }
        prop_assert!(opened.is_empty());
    }
}
