//! What the join gives to whom, and that nobody and nothing is lost.

use std::collections::HashSet;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::domain::UserStatus;

fn user(username: &str, email: &str) -> User {
    User {
        username: username.to_owned(),
        email: (!email.is_empty()).then(|| email.to_owned()),
        status: UserStatus::Confirmed,
        enabled: true,
        created_at: None,
        modified_at: None,
        attributes: crate::domain::Attributes::default(),
    }
}

fn profile(name: &str) -> Profile {
    Profile {
        domain_id: "d-1".into(),
        name: name.into(),
        arn: None,
        status: "InService".into(),
        execution_role: Some("arn:aws:iam::123456789012:role/reader".into()),
        role_from_domain: false,
        created_at: None,
        modified_at: None,
    }
}

fn app(owner: AppOwner, name: &str, status: AppStatus) -> App {
    App {
        domain_id: "d-1".into(),
        owner,
        app_type: "KernelGateway".into(),
        name: name.into(),
        status,
        instance_type: None,
        image: None,
        created_at: None,
        active_at: None,
    }
}

fn people(users: Vec<User>, studio: Studio<'_>, rule: &MatchRule) -> Vec<Person> {
    join(users.into_iter().map(Arc::new), |_| &[], studio, rule)
}

/// Whose each profile became, by label; `-` where nobody's.
fn owners(people: &[Person]) -> Vec<(String, String)> {
    people
        .iter()
        .map(|person| {
            let user = person.user.as_ref().map_or("-", |user| user.label());
            let profile = person.profile.as_ref().map_or("-", |it| it.name.as_str());
            (user.to_owned(), profile.to_owned())
        })
        .collect()
}

#[rstest]
#[case(MatchRule::EmailLocalPart, "1b2c", "Ada.L@example.com", "ada-l")]
#[case(MatchRule::EmailLocalPart, "ada@example.com", "", "ada")]
#[case(MatchRule::UserName, "ada_l", "other@example.com", "Ada-L")]
#[case(MatchRule::Tag("owner".into()), "1b2c", "ada@example.com", "by-mail")]
#[case(MatchRule::Tag("owner".into()), "1B2D", "eve@example.com", "by-name")]
fn the_rule_decides(
    #[case] rule: MatchRule,
    #[case] username: &str,
    #[case] email: &str,
    #[case] name: &str,
) {
    let tags = HashMap::from([
        ("by-mail".to_owned(), "Ada@Example.com ".to_owned()),
        ("by-name".to_owned(), "1b2d".to_owned()),
        ("nobodys".to_owned(), String::new()),
    ]);
    let profiles = [profile(name), profile("nobodys")];
    let studio = Studio {
        profiles: &profiles,
        tags: Some(&tags),
        ..Studio::default()
    };
    let ada = user(username, email);
    let label = ada.label().to_owned();
    let found = people(vec![ada], studio, &rule);
    assert_eq!(
        owners(&found),
        [(label, name.to_owned()), ("-".into(), "nobodys".into())]
    );
    assert_eq!(found[0].mismatches, []);
    assert_eq!(found[1].mismatches, [Mismatch::NoUser]);
}

#[test]
fn a_profile_that_two_could_have_goes_to_neither() {
    let profiles = [profile("info")];
    let studio = Studio {
        profiles: &profiles,
        ..Studio::default()
    };
    let users = vec![
        user("1", "info@a.example"),
        user("2", "INFO@b.example"),
        user("3", "ada@a.example"),
    ];
    let found = people(users, studio, &MatchRule::default());
    assert_eq!(
        found
            .iter()
            .map(|person| person
                .mismatches
                .iter()
                .map(Mismatch::text)
                .collect::<String>())
            .collect::<Vec<_>>(),
        [
            "2 users and 1 profile answer to \"info\", so that nobody got the profile: \
             also INFO@b.example, the profile info",
            "2 users and 1 profile answer to \"info\", so that nobody got the profile: \
             also info@a.example, the profile info",
            "has no Studio profile",
            "2 users and 1 profile answer to \"info\", so that nobody got the profile: \
             also info@a.example, INFO@b.example",
        ]
    );
    assert!(found.iter().take(3).all(|person| person.profile.is_none()));
}

#[test]
fn two_profiles_that_differ_in_case_only_are_nobodys() {
    let profiles = [profile("ada"), profile("Ada")];
    let studio = Studio {
        profiles: &profiles,
        ..Studio::default()
    };
    let found = people(
        vec![user("1", "ada@a.example")],
        studio,
        &MatchRule::default(),
    );
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|person| matches!(
        person.mismatches.as_slice(),
        [Mismatch::Ambiguous {
            users: 1,
            profiles: 2,
            ..
        }]
    )));
}

#[test]
fn many_who_could_have_it_are_named_by_the_first_few() {
    let profiles = [profile("info")];
    let studio = Studio {
        profiles: &profiles,
        ..Studio::default()
    };
    let users = (0..100)
        .map(|at| user(&at.to_string(), &format!("info@{at}.example")))
        .collect();
    let found = people(users, studio, &MatchRule::default());
    let text = found[0].mismatches[0].text();
    assert!(text.contains("100 users"), "{text}");
    assert!(
        text.ends_with("info@1.example, info@2.example, info@3.example and 97 more"),
        "{text}"
    );
}

#[test]
fn what_runs_comes_with_the_profile_and_with_its_spaces() {
    let space = |name: &str, owner: Option<&str>| Space {
        domain_id: "d-1".into(),
        name: name.into(),
        status: "InService".into(),
        owner: owner.map(ToOwned::to_owned),
        created_at: None,
    };
    let profiles = [profile("ada"), profile("eve")];
    let spaces = [
        space("lab", Some("ada")),
        space("shared", None),
        space("hers", Some("eve")),
    ];
    let by_profile = |name: &str| AppOwner::Profile(name.into());
    let in_space = |name: &str| AppOwner::Space(name.into());
    let mut elsewhere = app(by_profile("ada"), "elsewhere", AppStatus::InService);
    elsewhere.domain_id = "d-2".into();
    let apps = [
        app(in_space("lab"), "in-lab", AppStatus::Pending),
        app(by_profile("ada"), "own", AppStatus::InService),
        app(by_profile("ada"), "gone", AppStatus::Deleted),
        app(in_space("shared"), "of-all", AppStatus::InService),
        // A space may be called as a profile is.
        app(in_space("ada"), "other", AppStatus::InService),
        app(by_profile("eve"), "eves", AppStatus::InService),
        elsewhere,
    ];
    let studio = Studio {
        profiles: &profiles,
        spaces: &spaces,
        apps: &apps,
        tags: None,
    };
    let mut eve = user("2", "eve@example.com");
    eve.enabled = false;
    let found = people(
        vec![user("1", "ada@example.com"), eve],
        studio,
        &MatchRule::default(),
    );
    let names = |person: &Person| -> Vec<String> {
        person.apps.iter().map(|app| app.name.clone()).collect()
    };
    assert_eq!(names(&found[0]), ["own", "in-lab"]);
    assert_eq!(found[0].spaces, ["lab"]);
    assert_eq!(
        found[0].role.as_deref(),
        Some("arn:aws:iam::123456789012:role/reader")
    );
    assert_eq!(found[0].mismatches, []);
    assert_eq!(names(&found[1]), ["eves"]);
    assert_eq!(
        found[1].mismatches[0].text(),
        "is disabled, and 1 app still runs"
    );
}

#[test]
fn who_cannot_sign_in_needs_no_profile_and_who_has_no_address_says_so() {
    let mut gone = user("1", "gone@example.com");
    gone.enabled = false;
    let found = people(
        vec![gone, user("service", "")],
        Studio::default(),
        &MatchRule::default(),
    );
    assert_eq!(found[0].mismatches, []);
    assert_eq!(
        found[1].mismatches[0].text(),
        "has no e-mail address to find a Studio profile by"
    );
}

#[test]
fn a_person_is_one_object() {
    let found = people(
        vec![user("1", "🦊@example.com")],
        Studio::default(),
        &MatchRule::default(),
    );
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json[0]["user"]["email"], "🦊@example.com");
    assert_eq!(json[0]["mismatches"][0]["mismatch"], "no_profile");
    assert_eq!(json[0]["profile"], serde_json::Value::Null);
}

fn any_user() -> impl Strategy<Value = (String, bool)> {
    (
        "([aAbB.é🦊]{0,3}@[xy]\\.example)?",
        proptest::bool::weighted(0.8),
    )
}

proptest! {
    #[test]
    fn every_user_and_every_profile_is_there_exactly_once(
        users in proptest::collection::vec(any_user(), 0..12),
        profiles in proptest::collection::hash_set("[aAbB]{1,2}", 0..8),
        rule in prop_oneof![
            Just(MatchRule::EmailLocalPart),
            Just(MatchRule::UserName),
            Just(MatchRule::Tag("owner".into())),
        ],
    ) {
        let profiles: Vec<Profile> = profiles.iter().map(|name| profile(name)).collect();
        let apps: Vec<App> = profiles
            .iter()
            .map(|owner| {
                app(AppOwner::Profile(owner.name.clone()), &owner.name, AppStatus::InService)
            })
            .collect();
        let tags: HashMap<String, String> = profiles
            .iter()
            .map(|profile| (profile.name.clone(), format!("{}@x.example", profile.name)))
            .collect();
        let users: Vec<User> = users
            .into_iter()
            .enumerate()
            .map(|(at, (email, enabled))| User { enabled, ..user(&at.to_string(), &email) })
            .collect();
        let studio = Studio { profiles: &profiles, spaces: &[], apps: &apps, tags: Some(&tags) };
        let found = people(users.clone(), studio, &rule);
        let names: Vec<_> = found.iter().filter_map(|it| it.user.as_deref()).collect();
        prop_assert_eq!(names, users.iter().collect::<Vec<_>>());
        let mut given: Vec<_> =
            found.iter().filter_map(|it| it.profile.as_ref()).map(|it| &it.name).collect();
        given.sort();
        let mut all: Vec<_> = profiles.iter().map(|it| &it.name).collect();
        all.sort();
        prop_assert_eq!(given, all);
        prop_assert_eq!(found.iter().map(|it| it.apps.len()).sum::<usize>(), apps.len());
        let keys: HashSet<_> = found.iter().map(|it| &it.key).collect();
        prop_assert_eq!(keys.len(), found.len());
        for person in found {
            prop_assert!(person.user.is_some() || person.profile.is_some());
            prop_assert!(person.mismatches.iter().all(|it| !it.text().is_empty()));
        }
    }
}
