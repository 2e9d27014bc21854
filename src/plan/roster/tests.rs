//! Files as people write them, good rows and bad.

use std::{collections::BTreeMap, fmt::Write as _};

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::domain::{User, UserStatus};

fn read(text: &str) -> Roster {
    parse(text.as_bytes(), "people.csv").unwrap()
}

fn said(roster: &Roster) -> Vec<String> {
    roster.problems.iter().map(ToString::to_string).collect()
}

fn one(text: &str) -> Newcomer {
    let roster = read(text);
    assert_eq!(roster.problems, []);
    let [person] = roster.people.as_slice() else {
        panic!("{roster:?}")
    };
    person.clone()
}

#[rstest]
#[case("email,groups,profile\nada@example.com,readers;model-approvers,yes\n")]
#[case("ada@example.com,readers|model-approvers,TRUE")]
#[case("ada@example.com;readers model-approvers readers;yes")]
#[case("E-Mail\tGroup\tProfile\r\nada@example.com\treaders, model-approvers\tyes\r\n")]
#[case(
    "\u{feff}profile , Email Address , groups\n yes , ada@example.com , \"readers\nmodel-approvers\"\n"
)]
#[case("sep=;\r\nada@example.com;\"readers;model-approvers\";yes\r\n")]
fn every_way_to_write_it_means_the_same(#[case] text: &str) {
    let person = one(text);
    assert_eq!(person.email, "ada@example.com");
    assert_eq!(person.groups, ["readers", "model-approvers"]);
    assert_eq!(person.profile, Some(ProfileWish::Derived));
    assert_eq!(person.profile_name().as_deref(), Some("ada"));
}

#[rstest]
#[case("ada@example.com", None, None)]
#[case("ada@example.com,,", Some(ProfileWish::None), None)]
#[case("ada@example.com,,No", Some(ProfileWish::None), None)]
#[case("ada.l@example.com,,true", Some(ProfileWish::Derived), Some("ada-l"))]
#[case("ada@example.com,,Lab-1", Some(ProfileWish::Named("Lab-1".into())), Some("Lab-1"))]
fn the_profile_is_wished_for_or_not(
    #[case] row: &str,
    #[case] wish: Option<ProfileWish>,
    #[case] name: Option<&str>,
) {
    let person = one(row);
    assert_eq!(person.profile, wish);
    assert_eq!(person.profile_name().as_deref(), name);
}

#[test]
fn other_columns_are_attributes() {
    let person = one(
        "email,Given Name,custom:Team,attributes.profile,Phone,status\n\
         ada@example.com, مريم 🦊,\"a\r\nb\",https://x.example,'+491234,CONFIRMED\n",
    );
    let attributes: Vec<_> = person
        .attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        attributes,
        [
            ("given_name", "مريم 🦊"),
            ("custom:Team", "a\r\nb"),
            ("profile", "https://x.example"),
            ("phone_number", "+491234"),
        ]
    );
    let roster = read("email,status,sub\nada@example.com,CONFIRMED,1b2c\n");
    assert_eq!(roster.ignored, ["status", "sub"]);
}

#[rstest]
#[case(
    "ada@example",
    "line 1, email \"ada@example\": the part after the @ is no domain"
)]
#[case(
    "ada@example.com,,-x",
    "line 1, profile \"-x\": no Studio profile can be called so"
)]
#[case(
    "ada@example.com,a\u{7}b",
    "line 1, groups \"a\\u{7}b\": a control character"
)]
#[case("ada@example.com,a,yes,more", "line 1: field 4 stands under no column")]
#[case(
    "email,,name\nada@example.com,x,Ada,y,z",
    "line 2: field 2 stands under"
)]
#[case(
    "email,phone\nada@example.com,0123",
    "line 2, phone_number \"0123\": a phone number"
)]
#[case("email,email_verified\nada@example.com,yes", "either true or false")]
#[case("email,name\nada@example.com,a\u{1b}[2J", "U+001B")]
#[case(
    "email,groups\n,readers",
    "line 2, email: an e-mail address is missing"
)]
#[case(
    "ada@example.com,\"readers",
    "line 1 \"ada@example.com,\\\"readers\": a quote is opened"
)]
fn a_bad_row_says_where_and_why(#[case] text: &str, #[case] says: &str) {
    let roster = read(text);
    assert_eq!(roster.people, []);
    let said = said(&roster);
    assert!(said.len() == 1 && said[0].contains(says), "{said:?}");
}

#[test]
fn what_is_too_long_is_refused_to_the_character() {
    let group = |length: usize| read(&format!("a@b.example,{}", "é".repeat(length)));
    assert_eq!(group(128).problems, []);
    assert!(said(&group(129))[0].contains("129 characters"));
    let name = |length: usize| read(&format!("email,name\na@b.example,{}", "🦊".repeat(length)));
    assert_eq!(name(2048).problems, []);
    let problems = name(2049).problems;
    assert!(problems[0].message.contains("2049"));
    assert_eq!(problems[0].value.as_ref().unwrap().chars().count(), 81);
    let address = |length: usize| {
        let label = "y".repeat(60);
        let last = "z".repeat(length - 2 - 61 - ".example".len());
        read(&format!("x@{label}.{last}.example"))
    };
    assert_eq!(address(128).people[0].email.len(), 128);
    assert!(said(&address(129))[0].contains("129 bytes"));
}

#[test]
fn an_address_stands_once_in_a_file_whatever_its_case() {
    let roster = read("ada@example.com\n\neve@example.com\nADA@Example.com,readers\n");
    assert_eq!(roster.people.len(), 2);
    assert_eq!(
        said(&roster),
        ["line 4, email \"ADA@Example.com\": the same address stands in line 1 already"]
    );
}

#[test]
fn a_row_says_all_that_is_wrong_with_it() {
    let roster = read("email,profile,phone\nada,-,12\n");
    let fields: Vec<_> = roster
        .problems
        .iter()
        .filter_map(|problem| problem.field.as_deref())
        .collect();
    assert_eq!(fields, ["email", "profile", "phone_number"]);
}

#[test]
fn fifty_thousand_lines_give_every_good_row_and_every_problem() {
    let mut text = String::from("email,groups,name\r\n");
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut line = 2;
    for number in 0..50_000_u64 {
        let (row, lines) = match number % 100 {
            7 => (format!("p{number}@example,readers,x"), 1),
            23 => (format!("p{number}@example.com,\"readers,x"), 1),
            42 => ("p0@example.com,readers,x".to_owned(), 1),
            61 => (format!("p{number}@example.com,readers,\"two\r\nlines\""), 2),
            _ => (format!("p{number}@example.com,readers,x"), 1),
        };
        if [7, 23, 42].contains(&(number % 100)) {
            bad.push(line);
        } else {
            good.push(line);
        }
        line += lines;
        write!(text, "{row}\r\n").unwrap();
    }
    let roster = read(&text);
    let lines: Vec<u64> = roster.people.iter().map(|person| person.line).collect();
    assert_eq!(lines, good);
    let lines: Vec<u64> = roster.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, bad);
}

#[rstest]
#[case("emial,groups\n", "no column can be")]
#[case("email,department\nada@example.com,x\n", "department")]
#[case("email,\"groups\nada@example.com,x\n", "line 1")]
fn a_file_that_cannot_be_read_is_named_with_the_next_step(#[case] text: &str, #[case] says: &str) {
    let failure = parse(text.as_bytes(), "people.csv").unwrap_err();
    let text = failure.to_string();
    assert!(text.contains("people.csv") && text.contains(says), "{text}");
    assert!(failure.advice.is_some());
}

#[test]
fn an_empty_file_has_nobody() {
    for text in ["", "\n\n", "# nobody\n", "email,groups\n"] {
        assert_eq!(read(text), Roster::default(), "{text:?}");
    }
}

fn user(number: usize, email: &str, attributes: Vec<(String, String)>) -> User {
    User {
        username: format!("=id-{number}"),
        email: Some(email.to_owned()),
        status: UserStatus::Confirmed,
        enabled: true,
        created_at: "2026-11-01T00:00:00Z".parse().ok(),
        modified_at: None,
        attributes: attributes.into_iter().collect(),
    }
}

#[test]
fn what_is_written_is_safe_in_a_spreadsheet_and_readable() {
    let attribute = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let ada = user(
        1,
        "+ada@example.com",
        vec![
            attribute("sub", "1b2c"),
            attribute("email", "+ada@example.com"),
            attribute("name", " =HYPERLINK(\"x\")"),
            attribute("profile", "https://x.example"),
            attribute("phone_number", "+491234"),
        ],
    );
    let groups = ["readers".to_owned(), "model-approvers".to_owned()];
    let text = to_csv([(&ada, groups.as_slice())]).unwrap();
    assert_eq!(
        text,
        "\"email\",\"username\",\"status\",\"enabled\",\"groups\",\"created\",\"name\",\
         \"phone_number\",\"attributes.profile\",\"sub\"\n\
         \"'+ada@example.com\",\"'=id-1\",\"CONFIRMED\",\"true\",\"readers;model-approvers\",\
         \"2026-11-01T00:00:00Z\",\"' =HYPERLINK(\"\"x\"\")\",\"'+491234\",\
         \"https://x.example\",\"1b2c\"\n"
    );
    let person = one(&text);
    assert_eq!(person.email, "+ada@example.com");
    assert_eq!(person.groups, groups);
    assert_eq!(person.attributes["name"], " =HYPERLINK(\"x\")");
    assert_eq!(person.attributes["phone_number"], "+491234");
    assert_eq!(person.attributes["profile"], "https://x.example");
}

fn any_person() -> impl Strategy<Value = (Vec<String>, Vec<(String, String)>)> {
    let group = "[-=+@'#a-z🦊é]{1,8}";
    let name = prop_oneof![
        Just("name"),
        Just("profile"),
        Just("custom:Team"),
        Just("groups"),
        Just("strange"),
    ];
    let value = "[-=+@'#\" ,;\t\r\na-zé🦊\u{202e}\u{feff}]{1,12}";
    (
        proptest::collection::vec(group, 0..4),
        proptest::collection::vec((name.prop_map(str::to_owned), value), 0..4),
    )
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(
            prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'@'), any::<u8>()],
            0..200,
        ),
    ) {
        match parse(&bytes, "people.csv") {
            Ok(roster) => {
                for problem in roster.problems {
                    prop_assert!(problem.line > 0 && !problem.to_string().is_empty());
                }
            }
            Err(failure) => prop_assert!(failure.to_string().contains("people.csv")),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(email,groups,name\n)?[ab@.,;\"\n\t# é🦊=']{0,80}") {
        let _ = parse(text.as_bytes(), "people.csv");
    }

    #[test]
    fn what_is_written_comes_back_as_it_was(
        people in proptest::collection::vec(any_person(), 1..6),
        local in "[-=+'#a-zé]{1,10}",
    ) {
        let users: Vec<(User, Vec<String>)> = people
            .into_iter()
            .enumerate()
            .map(|(at, (groups, attributes))| {
                (user(at, &format!("{local}{at}@example.com"), attributes), groups)
            })
            .collect();
        let text = to_csv(users.iter().map(|(user, groups)| (user, groups.as_slice()))).unwrap();
        let roster = parse(text.as_bytes(), "people.csv").unwrap();
        prop_assert_eq!(said(&roster), Vec::<String>::new());
        prop_assert_eq!(roster.people.len(), users.len());
        for (person, (user, groups)) in roster.people.iter().zip(&users) {
            prop_assert_eq!(Some(&person.email), user.email.as_ref());
            let mut once: Vec<String> = Vec::new();
            for group in groups {
                if !once.contains(group) {
                    once.push(group.clone());
                }
            }
            prop_assert_eq!(&person.groups, &once);
            let read: BTreeMap<&str, &str> = (person.attributes.iter())
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            prop_assert_eq!(read, user.attributes.iter().collect::<BTreeMap<_, _>>());
        }
    }
}
