use jiff::Timestamp;
use proptest::prelude::*;
use serde::Serialize;

use super::*;
use crate::app::table::{Align, Cell, Width};

#[derive(Serialize)]
struct Pet {
    name: String,
    kind: &'static str,
    legs: Option<i64>,
    born: i64,
}

impl Record for Pet {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("pet", "pets");

    fn id(&self) -> &str {
        &self.name
    }

    fn columns() -> &'static [Column<Self>] {
        const {
            &[
                Column {
                    name: "NAME",
                    width: Width::fixed(9),
                    align: Align::Left,
                    searchable: true,
                    cell: |pet, _| Cell::plain(&pet.name),
                    key: |pet, _| Key::text(&pet.name),
                },
                Column {
                    name: "ITS KIND",
                    width: Width::fixed(9),
                    align: Align::Left,
                    searchable: true,
                    cell: |pet, _| Cell::plain(pet.kind),
                    key: |pet, _| Key::text(pet.kind),
                },
                Column {
                    name: "LEGS",
                    width: Width::fixed(9),
                    align: Align::Right,
                    searchable: false,
                    cell: |pet, _| {
                        Cell::plain(pet.legs.map_or(String::new(), |legs| legs.to_string()))
                    },
                    key: |pet, _| pet.legs.map_or(Key::None, Key::Number),
                },
                Column {
                    name: "AGE",
                    width: Width::fixed(9),
                    align: Align::Right,
                    searchable: false,
                    cell: |_, _| Cell::plain("some"),
                    key: |pet, _| Key::time(Timestamp::from_second(pet.born).ok()),
                },
            ]
        }
    }
}

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

fn found(filter: &str) -> Vec<String> {
    let pet = |name: &str, kind, legs, days: i64| Pet {
        name: name.to_owned(),
        kind,
        legs,
        born: NOW - days * DAY,
    };
    let pets = [
        pet("Rex", "dog", Some(4), 1),
        pet("Old Tom", "cat", Some(3), 30),
        pet("Zoë", "", None, 3),
        pet("tweety", "bird", Some(2), 0),
    ];
    let query = Query::parse::<Pet>(filter).unwrap();
    let scope = Scope {
        context: &(),
        now: Timestamp::from_second(NOW).unwrap(),
    };
    pets.iter()
        .filter(|pet| query.finds(*pet, scope, &mut Scratch::default()))
        .map(|pet| pet.name.clone())
        .collect()
}

#[test]
fn words_are_all_looked_for_and_capitals_count() {
    assert_eq!(found("t o"), ["Old Tom"]);
    assert_eq!(found("rex"), ["Rex"]);
    assert_eq!(found("REX"), [""; 0]);
    assert_eq!(found("zoë"), ["Zoë"]);
    assert_eq!(found("\"old tom\""), ["Old Tom"]);
    assert_eq!(found("  ").len(), 4);
    assert_eq!(found("some").len(), 0, "not a searchable column");
}

#[test]
fn fuzzy_and_inverse_terms() {
    assert_eq!(found("~otm"), ["Old Tom"]);
    assert_eq!(found("!dog !cat"), ["Zoë", "tweety"]);
    assert_eq!(found("!~otm").len(), 3);
}

#[test]
fn one_column_by_its_name() {
    assert_eq!(found("name:t"), ["Old Tom", "tweety"]);
    assert_eq!(found("ITS_KIND:dog"), ["Rex"]);
    assert_eq!(found("\"its kind\":dog"), ["Rex"]);
    assert_eq!(found("name:\"d t\""), ["Old Tom"]);
    assert_eq!(found("name:=tom").len(), 0);
    assert_eq!(found("name:=\"old tom\""), ["Old Tom"]);
    assert_eq!(found("its-kind:=\"\""), ["Zoë"]);
    assert_eq!(found("name:~ox"), [""; 0]);
}

#[test]
fn numbers_ages_and_dates_are_compared() {
    assert_eq!(found("legs:>2"), ["Rex", "Old Tom"]);
    assert_eq!(found("legs:<=2"), ["tweety"]);
    assert_eq!(found("legs:=4.0"), ["Rex"]);
    assert_eq!(
        found("!legs:>=0"),
        ["Zoë"],
        "what has none is never compared"
    );
    assert_eq!(found("age:>2d"), ["Old Tom", "Zoë"]);
    assert_eq!(found("age:<=1d12h"), ["Rex", "tweety"]);
    assert_eq!(found("age:>4w"), ["Old Tom"]);
    assert_eq!(found("age:>2027-01-13"), ["Rex", "tweety"]);
}

#[test]
fn what_is_typed_half_does_not_count_yet() {
    for half in ["!", "~", "name:", "legs:>", "age:<=", "\"", "name:="] {
        assert_eq!(found(half).len(), 4, "{half}");
    }
}

#[test]
fn an_error_says_what_would_be_right() {
    let error = |text| Query::parse::<Pet>(text).unwrap_err().to_string();
    let message = error("nmae:x");
    assert!(message.contains("name, its-kind, legs, age"), "{message}");
    assert!(error("age:>soon").contains("2d"));
    assert!(error("legs:>1x").contains("1x"));
}

#[test]
fn what_is_found_is_marked_in_whole_graphemes() {
    let ranges = |filter, text| {
        let query = Query::parse::<Pet>(filter).unwrap();
        query.ranges::<Pet>(0, text, &mut Scratch::default())
    };
    assert_eq!(ranges("an", "Anna Banana"), [0..2, 6..10]);
    assert_eq!(ranges("e", "re\u{301}xe"), [1..4, 5..6]);
    assert_eq!(ranges("~rx", "rex"), [0..1, 2..3]);
    assert_eq!(ranges("~日語", "日本語"), [0..3, 6..9]);
    assert!(ranges("its-kind:a", "anna").is_empty());
    assert!(ranges("!a", "anna").is_empty());
    assert_eq!(ranges("ann nna", "anna ann"), [0..4, 5..8]);
}

#[test]
fn typing_on_narrows_and_an_inverse_does_not() {
    let narrows = |new, old| {
        let parse = |text| Query::parse::<Pet>(text).unwrap();
        parse(new).narrows(&parse(old))
    };
    assert!(narrows("ann", "an"));
    assert!(narrows("an b", "an"));
    assert!(narrows("anN", "an"));
    assert!(narrows("~abc", "~ab"));
    assert!(!narrows("an", "ann"));
    assert!(!narrows("!ann", "!an"));
    assert!(!narrows("ann", "aN"));
    assert!(!narrows("name:ann", "its-kind:an"));
}

proptest! {
    #[test]
    fn no_text_breaks_it(filter in "[a-zA-Z!~:=<>\" éßİ日0-9\\\\]{0,12}", text in "\\PC{0,12}|[a-zéßİ\u{301}日]{0,9}") {
        if let Ok(query) = Query::parse::<Pet>(&filter) {
            let mut end = 0;
            for range in query.ranges::<Pet>(0, &text, &mut Scratch::default()) {
                prop_assert!(range.start >= end && range.start < range.end);
                prop_assert!(text.get(range.clone()).is_some());
                end = range.end;
            }
        }
    }

    #[test]
    fn narrowing_never_finds_more(old in "[!~]?[abAB]{0,3}", more in "[abAB ]{0,2}", text in "[abAB]{0,5}") {
        let new = format!("{old}{more}");
        let (new, old) = (Query::parse::<Pet>(&new).unwrap(), Query::parse::<Pet>(&old).unwrap());
        let pet = Pet { name: text, kind: "", legs: None, born: 0 };
        let scope = Scope { context: &(), now: Timestamp::UNIX_EPOCH };
        let mut scratch = Scratch::default();
        if new.narrows(&old) && new.finds(&pet, scope, &mut scratch) {
            prop_assert!(old.finds(&pet, scope, &mut scratch));
        }
    }
}

proptest! {
    #[test]
    fn a_fuzzy_needle_is_found_where_the_matcher_would_mark_it(
        needle in "[a-cA-C0-1._-]{1,5}",
        text in "[a-dA-D0-1 ._é-]{0,20}",
    ) {
        let (fuzzy, mut scratch) = (Fuzzy::new(&needle), Scratch::default());
        let marked = !fuzzy.ranges(&text, &mut scratch).is_empty();
        prop_assert_eq!(fuzzy.is_in(&text, &mut scratch), marked);
    }
}
