//! Backups written, read, and compared with pools that have changed.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    domain::UserStatus,
    plan::{Known, roster},
};

fn user(username: &str, email: &str) -> User {
    User {
        username: username.to_owned(),
        email: Some(email.to_owned()),
        status: UserStatus::Confirmed,
        enabled: true,
        created_at: "2026-11-01T00:00:00Z".parse().ok(),
        modified_at: None,
        attributes: [
            ("sub", username),
            ("email", email),
            ("email_verified", "true"),
            ("cognito:user_status", "CONFIRMED"),
            ("identities", "[]"),
            ("custom:team", "مريم 🦊"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect(),
    }
}

fn group(name: &str) -> Group {
    Group {
        name: name.to_owned(),
        description: Some(format!("the {name}")),
        precedence: Some(1),
        role_arn: None,
        created_at: None,
        modified_at: None,
    }
}

type People = Vec<(User, Vec<String>)>;

fn backup(people: &People, groups: &[Group]) -> Backup {
    let pool = BackupPool {
        id: "us-west-2_x".into(),
        name: "mlflow-user-pool".into(),
        region: "us-west-2".into(),
    };
    let people = people
        .iter()
        .map(|(user, groups)| (user, groups.as_slice()));
    Backup::new(
        "2026-11-20T00:00:00Z".parse().unwrap(),
        pool,
        people,
        groups,
    )
}

fn against(backup: &Backup, people: &People, groups: &[Group]) -> Restoration {
    let people = people
        .iter()
        .map(|(user, groups)| (user, groups.as_slice()));
    missing(backup, &Known::new(people, groups))
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

fn sample() -> (People, Vec<Group>) {
    let people = vec![
        (user("2", "eve@example.com"), names(&["readers", "admins"])),
        (user("1", "ada@example.com"), names(&["readers"])),
    ];
    (people, vec![group("readers"), group("admins")])
}

#[test]
fn a_backup_survives_its_file_and_is_in_order() {
    let (people, groups) = sample();
    let backup = backup(&people, &groups);
    let text = backup.to_json().unwrap();
    assert_eq!(Backup::parse(text.as_bytes(), "pool.json").unwrap(), backup);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json.as_object().unwrap().keys().next().unwrap(), "schema");
    assert_eq!(json["users"][0]["email"], "ada@example.com");
    assert_eq!(
        json["users"][1]["groups"],
        serde_json::json!(["admins", "readers"])
    );
    assert_eq!(json["groups"][0]["name"], "admins");
    // The order that a pool is read in does not matter.
    let mut other = people;
    other.reverse();
    assert_eq!(self::backup(&other, &groups).to_json().unwrap(), text);
}

#[rstest]
#[case("", "no backup")]
#[case("[]", "no backup")]
#[case("{\"users\":[]}", "schema")]
#[case("{\"schema\":2,\"members\":7}", "schema is 2, this version reads 1")]
#[case("{\"schema\":0}", "no schema 0")]
#[case("{\"schema\":1,\"taken_at\":\"yesterday\"}", "line 1 column")]
#[case("{\"schema\":1,\"taken_at\":\"2026-11-20T00:00:00Z\"}", "pool")]
#[case("\u{0}\u{1}", "no backup")]
fn what_is_no_backup_says_the_file_and_the_next_step(#[case] text: &str, #[case] says: &str) {
    let failure = Backup::parse(text.as_bytes(), "pool.json").unwrap_err();
    let text = failure.to_string();
    assert!(text.contains("pool.json") && text.contains(says), "{text}");
    assert!(failure.advice.is_some());
}

#[test]
fn a_field_or_a_user_that_is_wrong_is_named() {
    let (people, groups) = sample();
    let text = backup(&people, &groups).to_json().unwrap();
    let said = |text: &str| {
        Backup::parse(text.as_bytes(), "pool.json")
            .unwrap_err()
            .to_string()
    };
    let missing = said(&text.replacen("\"enabled\"", "\"enable\"", 1));
    assert!(
        missing.contains("`enabled`") && missing.contains("line "),
        "{missing}"
    );
    let twice = said(&text.replace("\"username\": \"2\"", "\"username\": \"1\""));
    assert!(twice.contains("the user \"1\" stands twice"), "{twice}");
}

#[test]
fn nothing_is_missing_from_the_pool_itself() {
    let (people, groups) = sample();
    let made = against(&backup(&people, &groups), &people, &groups);
    assert_eq!(made, Restoration::default());
    assert!(made.is_empty() && made.notes().is_empty());
}

#[test]
fn an_empty_pool_gets_everything_that_can_be_written() {
    let (mut people, groups) = sample();
    people[0].0.enabled = false;
    // A name that somebody chose is kept, one that Cognito chose is not.
    people.push((
        User {
            attributes: crate::domain::Attributes::default(),
            ..user("service", "s@example.com")
        },
        names(&["readers"]),
    ));
    let made = against(&backup(&people, &groups), &Vec::new(), &[]);
    let created: Vec<_> = made
        .users_to_create
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(created, ["ada@example.com", "eve@example.com", "service"]);
    let attributes: Vec<_> = made.users_to_create[0].attributes.keys().collect();
    assert_eq!(attributes, ["custom:team", "email", "email_verified"]);
    assert!(!made.users_to_create[1].enabled);
    let groups: Vec<_> = made
        .groups_to_create
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(groups, ["admins", "readers"]);
    let memberships: Vec<_> = made
        .memberships_to_add
        .iter()
        .map(|it| format!("{}>{}", it.user, it.group))
        .collect();
    assert_eq!(
        memberships,
        [
            "ada@example.com>readers",
            "eve@example.com>admins",
            "eve@example.com>readers",
            "service>readers",
        ]
    );
    assert_eq!(made.differs, Vec::<String>::new());
    let notes = made.notes().join(" ");
    assert!(notes.contains("Passwords cannot be carried"), "{notes}");
    assert!(notes.contains("1 of the users was disabled"), "{notes}");
}

#[test]
fn what_is_there_and_differs_is_told_and_left() {
    let (mut people, mut groups) = sample();
    let backup = backup(&people, &groups);
    // Ada was made again, with another name and address in other letters.
    people[1].0.username = "9".into();
    people[1].0.email = Some("ADA@example.com".into());
    people[1].0.enabled = false;
    people[1].0.attributes.edit(|all| {
        all.insert("name".into(), "Ada".into());
    });
    people[1].1 = names(&["admins"]);
    people.push((user("7", "new@example.com"), vec![]));
    groups[0].precedence = None;
    let made = against(&backup, &people, &groups);
    assert_eq!(made.groups_to_create, []);
    assert_eq!(made.users_to_create, []);
    assert_eq!(
        made.memberships_to_add,
        [Membership {
            user: "9".into(),
            group: "readers".into()
        }]
    );
    assert_eq!(
        made.differs,
        [
            "group readers: precedence was \"1\" and is none",
            "ada@example.com: was enabled and is disabled; not as it was: name; \
             is also in admins now",
            "1 user of the pool is not in the backup, and stays",
        ]
    );
}

#[test]
fn what_cannot_be_restored_is_told() {
    let mut federated = user("google_1", "fed@example.com");
    federated.status = UserStatus::ExternalProvider;
    let people = vec![
        (federated, vec![]),
        (user("1", "ada@example.com"), names(&["gone"])),
    ];
    let made = against(&backup(&people, &[]), &Vec::new(), &[]);
    assert_eq!(made.users_to_create.len(), 1);
    assert_eq!(made.memberships_to_add, []);
    assert!(
        made.differs[0].contains("was in gone"),
        "{:?}",
        made.differs
    );
    assert!(
        made.differs[1].contains("another provider"),
        "{:?}",
        made.differs
    );
}

#[test]
fn nobody_gets_the_groups_of_another_with_the_same_address() {
    let groups = [group("admins"), group("readers")];
    let nothing = |made: &Restoration, says: &str| {
        assert!(made.is_empty(), "{made:?}");
        assert!(made.differs[0].contains(says), "{:?}", made.differs);
    };
    // Two in the backup, neither with a name of their own, and one of them in the pool.
    let twins = vec![
        (user("1", "info@example.com"), names(&["readers"])),
        (user("2", "INFO@example.com"), names(&["admins"])),
    ];
    let one = vec![(user("9", "info@example.com"), vec![])];
    nothing(
        &against(&backup(&twins, &groups), &one, &groups),
        "2 users of the backup have this address",
    );
    // One in the backup, two in the pool.
    nothing(
        &against(
            &backup(
                &vec![(user("5", "info@example.com"), names(&["admins"]))],
                &groups,
            ),
            &twins,
            &groups,
        ),
        "2 users of the pool have this address",
    );
    // Ada is there and has Eve's address now.
    let (before, _) = sample();
    let swapped = vec![(user("1", "eve@example.com"), names(&["readers"]))];
    let made = against(&backup(&before, &groups), &swapped, &groups);
    assert!(made.is_empty(), "{made:?}");
    assert!(
        made.differs
            .iter()
            .any(|it| it.contains("now belongs to 1")),
        "{:?}",
        made.differs
    );
}

#[test]
fn a_backup_is_also_a_sheet() {
    let (people, groups) = sample();
    let backup = backup(&people, &groups);
    let text = roster::to_csv(backup.people()).unwrap();
    let read = roster::parse(text.as_bytes(), "users.csv").unwrap();
    assert_eq!(read.problems, []);
    assert_eq!(read.people[1].groups, ["admins", "readers"]);
    assert_eq!(read.people[1].attributes["custom:team"], "مريم 🦊");
}

fn any_people() -> impl Strategy<Value = People> {
    let person = (
        "[a-c🦊]{1,2}",
        any::<bool>(),
        any::<bool>(),
        proptest::collection::btree_set("[ab]", 0..3),
        proptest::collection::btree_map("name|custom:x|cognito:y", ".{0,8}", 0..3),
    );
    proptest::collection::btree_map("[0-9]{1,2}", person, 0..6).prop_map(|people| {
        people
            .into_iter()
            .map(|(name, (local, enabled, chosen, groups, attributes))| {
                let mut user = user(&name, &format!("{local}@example.com"));
                user.enabled = enabled;
                user.attributes.edit(|all| all.extend(attributes));
                if chosen {
                    user.attributes.edit(|all| {
                        all.shift_remove("sub");
                    });
                }
                (user, groups.into_iter().collect())
            })
            .collect()
    })
}

/// A pool after a restoration was carried out.
fn restored(mut people: People, made: &Restoration) -> People {
    for (at, created) in made.users_to_create.iter().enumerate() {
        // A pool that signs in by address chooses the user name.
        let chosen = created.name.contains('@');
        let username = if chosen {
            format!("new-{at}")
        } else {
            created.name.clone()
        };
        people.push((
            User {
                username,
                email: created.email.clone(),
                status: UserStatus::ForceChangePassword,
                enabled: created.enabled,
                created_at: None,
                modified_at: None,
                attributes: created.attributes.clone().into(),
            },
            made.memberships_to_add
                .iter()
                .filter(|it| it.user == created.name)
                .map(|it| it.group.clone())
                .collect(),
        ));
    }
    for (user, groups) in &mut people {
        for added in made
            .memberships_to_add
            .iter()
            .filter(|it| it.user == user.username)
        {
            if !groups.contains(&added.group) {
                groups.push(added.group.clone());
            }
        }
    }
    people
}

proptest! {
    #[test]
    fn every_backup_survives_its_file(people in any_people()) {
        let backup = backup(&people, &[group("a"), group("b")]);
        let text = backup.to_json().unwrap();
        prop_assert_eq!(Backup::parse(text.as_bytes(), "pool.json").unwrap(), backup);
    }

    #[test]
    fn after_a_restoration_nothing_is_left_to_make(before in any_people(), after in any_people()) {
        let groups = [group("a"), group("b")];
        let backup = backup(&before, &groups);
        let made = against(&backup, &after, &groups);
        let pool = restored(after, &made);
        let again = against(&backup, &pool, &groups);
        prop_assert!(again.is_empty(), "{made:#?}\n{again:#?}");
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(Backup::parse(&bytes, "pool.json").is_err());
    }
}
