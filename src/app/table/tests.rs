use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use proptest::prelude::*;
use serde::Serialize;

use super::*;
use crate::{
    app::{remote::Ticket, tone::Tone},
    domain::{ErrorClass, Failure},
};

/// How often a test asked for cells, and how often it may.
#[derive(Default)]
pub(crate) struct Asked(pub(crate) AtomicUsize);

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) size: Option<i64>,
}

impl Record for Item {
    type Context = Asked;
    const NOUNS: (&'static str, &'static str) = ("item", "items");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        const {
            &[
                Column {
                    name: "NAME",
                    width: Width::fill(10, 20, 1),
                    align: Align::Left,
                    searchable: true,
                    cell: |item, scope| {
                        scope.context.0.fetch_add(1, Ordering::Relaxed);
                        Cell::plain(&item.name)
                    },
                    key: |item, _| Key::text(&item.name),
                },
                Column {
                    name: "SIZE",
                    width: Width::between(5, 8),
                    align: Align::Right,
                    searchable: false,
                    cell: |item, _| {
                        let text = item.size.map_or("-".to_owned(), |size| size.to_string());
                        Cell::new(text, Tone::Dim)
                    },
                    key: |item, _| item.size.map_or(Key::None, Key::Number),
                },
                Column {
                    name: "IDENTITY",
                    width: Width::between(20, 36),
                    align: Align::Left,
                    searchable: false,
                    cell: |item, _| Cell::plain(&item.id),
                    key: |item, _| Key::text(&item.id),
                },
            ]
        }
    }
}

pub(crate) fn item(number: usize) -> Item {
    Item {
        id: format!("id-{number}"),
        name: format!("Item {number:06}"),
        size: i64::try_from(number * 7 % 1_000)
            .ok()
            .filter(|size| *size != 0),
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn denied() -> Failure {
    let class = ErrorClass::Denied {
        action: Some("cognito-idp:ListUsers".to_owned()),
    };
    Failure::new(class, "listing items", "User is not authorized")
}

/// Does all the work that a table wants done.
pub(crate) fn work<R: Record>(table: &mut Table<R>) {
    while let Some(wanted) = table.wanted() {
        let arranged = (wanted.work)();
        table.arranged(wanted.generation, arranged);
    }
}

fn refresh(table: &mut Table<Item>, ticket: Ticket, items: Vec<Item>) {
    table.begin(ticket);
    table.part(ticket, items);
    table.done(ticket, at(36_000));
    work(table);
}

pub(crate) fn table(count: usize) -> Table<Item> {
    let mut table = Table::new();
    refresh(
        &mut table,
        Ticket::default(),
        (0..count).map(item).collect(),
    );
    table
}

fn ids(table: &Table<Item>) -> Vec<&str> {
    (0..table.shown())
        .filter_map(|place| table.id(place))
        .collect()
}

fn under(table: &Table<Item>) -> Option<&str> {
    table.id(table.cursor()?)
}

#[test]
fn rows_stream_in_and_a_refresh_keeps_the_old_ones_until_it_is_complete() {
    let mut table = Table::new();
    assert_eq!(table.standing(), Standing::Idle);
    let first = Ticket::default().next();
    table.begin(first);
    table.part(first, vec![item(1)]);
    assert_eq!(ids(&table), ["id-1"]);
    assert_eq!(
        table.standing(),
        Standing::Loading {
            so_far: 1,
            at: None
        }
    );
    table.part(first, vec![item(2)]);
    table.done(first, at(1));
    let second = first.next();
    table.begin(second);
    table.part(first, vec![item(9)]);
    table.part(second, vec![item(3)]);
    assert_eq!(ids(&table), ["id-1", "id-2"]);
    table.done(second, at(2));
    assert_eq!(ids(&table), ["id-3"]);
    assert_eq!(table.standing(), Standing::Ready { at: at(2) });
}

#[test]
fn a_failed_refresh_keeps_rows_and_says_since_when_and_a_denied_load_names_the_right() {
    let mut kept = table(3);
    let ticket = Ticket::default().next();
    kept.begin(ticket);
    kept.fail(ticket, denied());
    assert_eq!(kept.shown(), 3);
    assert!(matches!(kept.standing(), Standing::Stale { .. }));
    let mut none: Table<Item> = Table::new();
    none.begin(ticket);
    none.fail(ticket, denied());
    let action = Some("cognito-idp:ListUsers");
    assert!(matches!(none.standing(), Standing::Denied { action: named, .. } if named == action));
    assert_eq!(none.emptiness(), Some(Emptiness::Empty));
}

#[test]
fn rows_are_sorted_either_way_and_what_has_no_key_is_last() {
    let mut table = table(0);
    let sized = |number, size| Item {
        size,
        ..item(number)
    };
    let items = vec![
        sized(1, None),
        sized(2, Some(9)),
        sized(3, Some(-1)),
        sized(4, Some(9)),
    ];
    refresh(&mut table, Ticket::default(), items);
    table.sort_by(1);
    assert_eq!(ids(&table), ["id-3", "id-2", "id-4", "id-1"]);
    table.sort_by(1);
    assert_eq!(ids(&table), ["id-2", "id-4", "id-3", "id-1"]);
    table.set_sort(None);
    assert_eq!(ids(&table), ["id-1", "id-2", "id-3", "id-4"]);
    table.sort_by(99);
    assert_eq!(table.sort(), None);
}

#[test]
fn the_cursor_follows_its_row_and_leaves_a_gone_one_for_the_next() {
    let mut table = table(10);
    table.go(Motion::To(4), 5);
    table.sort_by(0);
    table.turn_sort();
    assert_eq!((under(&table), table.cursor()), (Some("id-4"), Some(5)));
    table.set_sort(None);
    let some = |gone: &[usize]| (0..10).filter(|at| !gone.contains(at)).map(item).collect();
    refresh(&mut table, Ticket::default().next(), some(&[0, 1]));
    assert_eq!((under(&table), table.cursor()), (Some("id-4"), Some(2)));
    refresh(&mut table, Ticket::default().next(), some(&[0, 1, 4]));
    assert_eq!((under(&table), table.cursor()), (Some("id-5"), Some(2)));
    refresh(&mut table, Ticket::default().next(), some(&[]));
    assert_eq!(under(&table), Some("id-5"), "and stays with that");
}

#[test]
fn a_filter_that_leaves_nothing_does_not_lose_the_cursor() {
    let mut table = table(10);
    table.go(Motion::Bottom, 5);
    table.set_filter("nothing like it");
    assert_eq!(
        (table.cursor(), table.emptiness()),
        (None, Some(Emptiness::Filtered))
    );
    table.go(Motion::Up, 5);
    table.mark(Marking::Toggle);
    assert!(table.targets().is_empty());
    table.set_filter("");
    assert_eq!(under(&table), Some("id-9"));
}

#[test]
fn marks_follow_identity_and_hidden_ones_are_counted() {
    let mut table = table(10);
    table.go(Motion::To(2), 5);
    table.mark(Marking::Toggle);
    table.go(Motion::To(5), 5);
    table.mark(Marking::Range);
    assert_eq!(table.targets(), ["id-2", "id-3", "id-4", "id-5"]);
    table.set_filter("3");
    assert_eq!(
        table.marked(),
        Marked {
            count: 4,
            hidden: 3
        }
    );
    assert_eq!(table.targets(), ["id-3", "id-2", "id-4", "id-5"]);
    let some = (0..10).rev().filter(|at| *at != 4).map(item).collect();
    refresh(&mut table, Ticket::default().next(), some);
    assert_eq!(
        table.marked(),
        Marked {
            count: 3,
            hidden: 2
        }
    );
    table.set_filter("");
    assert_eq!(table.targets(), ["id-5", "id-3", "id-2"]);
    table.mark(Marking::Invert);
    assert_eq!(table.marked().count, 6);
    table.mark(Marking::All);
    assert_eq!(table.marked().count, 9);
    table.mark(Marking::Clear);
    assert_eq!(table.targets().len(), 1, "the row under the cursor");
}

#[test]
fn a_wrong_filter_leaves_the_last_good_one_in_effect() {
    let mut table = table(20);
    table.set_filter("size:>100");
    let good = table.shown();
    assert!(good < 20);
    table.set_filter("sise:>100");
    assert_eq!((table.shown(), table.filter()), (good, "sise:>100"));
    assert!(table.filter_error().unwrap().message.contains("size"));
    table.set_filter("");
    assert_eq!((table.shown(), table.filter_error()), (20, None));
}

#[test]
fn long_lists_are_arranged_elsewhere_and_late_answers_change_nothing() {
    let mut table = table(10_000);
    table.set_filter("99");
    assert_eq!(table.shown(), 10_000, "the old order stays");
    let late = table.wanted().unwrap();
    assert!(table.wanted().is_none(), "asked for once");
    table.set_filter("999");
    let wanted = table.wanted().unwrap();
    table.arranged(late.generation, (late.work)());
    assert_eq!(table.shown(), 10_000);
    table.arranged(wanted.generation, (wanted.work)());
    assert_eq!(table.shown(), 19);
    table.set_filter("9999");
    assert_eq!(table.shown(), 1, "narrowing a short one is done at once");
}

#[test]
fn rows_changing_while_a_long_list_is_arranged_break_nothing() {
    let mut table = table(10_000);
    table.go(Motion::Bottom, 10);
    table.set_filter("1");
    let wanted = table.wanted().unwrap();
    let ticket = Ticket::default().next();
    table.begin(ticket);
    table.part(ticket, vec![item(1), item(2)]);
    table.done(ticket, at(9));
    table.arranged(wanted.generation, (wanted.work)());
    work(&mut table);
    assert_eq!(ids(&table), ["id-1"]);
}

#[test]
fn rows_that_stream_in_take_their_sorted_places() {
    let mut table: Table<Item> = Table::new();
    table.sort_by(1);
    table.set_filter("item");
    let ticket = Ticket::default();
    table.begin(ticket);
    for part in 0..100 {
        table.part(ticket, (part * 50..part * 50 + 50).map(item).collect());
        work(&mut table);
    }
    table.done(ticket, at(1));
    let sizes: Vec<_> = (0..table.shown())
        .filter_map(|place| table.get(place)?.size)
        .collect();
    assert!(sizes.is_sorted() && table.shown() == 5_000);
}

#[test]
fn the_window_stays_unless_the_cursor_leaves_it() {
    let mut table = table(100);
    table.go(Motion::To(30), 10);
    table.note_seen(10, false);
    assert_eq!(table.window(10), 21);
    table.go(Motion::Up, 10);
    assert_eq!(table.window(10), 21);
    table.go(Motion::PageUp, 10);
    assert_eq!(table.window(10), 19);
}

#[test]
fn exports_are_what_the_filter_leaves_in_the_order_shown() {
    let mut table = table(0);
    let named = |number, name: &str| Item {
        name: name.to_owned(),
        ..item(number)
    };
    let items = vec![
        named(1, "=1+1"),
        named(2, "a|b, \"c\""),
        named(3, "x\u{1b}[2J"),
        named(4, "-5"),
    ];
    refresh(&mut table, Ticket::default(), items);
    let csv = table.export(Format::Csv);
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "NAME,SIZE,IDENTITY");
    assert_eq!(lines[1], "'=1+1,7,id-1");
    assert_eq!(lines[2], "\"a|b, \"\"c\"\"\",14,id-2");
    assert_eq!(lines[3], "x␛[2J,21,id-3");
    assert_eq!(lines[4], "-5,28,id-4");
    let markdown = table.export(Format::Markdown);
    assert!(markdown.starts_with("| NAME | SIZE | IDENTITY |\n| --- | ---: | --- |\n"));
    assert!(markdown.contains("a\\|b"));
    table.set_filter("b");
    let json: serde_json::Value = serde_json::from_str(&table.export(Format::Json)).unwrap();
    assert_eq!(json[0]["id"], "id-2");
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!(table.json(0).unwrap()["size"], 14);
    assert_eq!(table.json(1), None);
}

#[derive(Clone, Debug)]
enum Step {
    Begin,
    Part(Vec<usize>),
    Done,
    Fail,
    Filter(&'static str),
    Sort(usize),
    Unsort,
    Mark(Marking),
    Go(Motion),
    Context,
    Work,
    Ask,
    Seen(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Begin),
        prop::collection::vec(0_usize..3_000, 0..5).prop_map(Step::Part),
        (0_usize..3_000).prop_map(|end| Step::Part((0..end).collect())),
        Just(Step::Done),
        Just(Step::Fail),
        prop::sample::select(vec!["", "1", "12", "~19", "!2", "size:>500", "size:>x"])
            .prop_map(Step::Filter),
        (0_usize..4).prop_map(Step::Sort),
        Just(Step::Unsort),
        prop::sample::select(vec![
            Marking::Toggle,
            Marking::Range,
            Marking::All,
            Marking::Clear,
            Marking::Invert
        ])
        .prop_map(Step::Mark),
        prop_oneof![
            prop::sample::select(vec![
                Motion::Down,
                Motion::Up,
                Motion::PageDown,
                Motion::PageUp,
                Motion::Top,
                Motion::Bottom
            ]),
            (0_usize..5_000).prop_map(Motion::To)
        ]
        .prop_map(Step::Go),
        Just(Step::Context),
        Just(Step::Work),
        Just(Step::Ask),
        (0_usize..60).prop_map(Step::Seen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_that_happens_loses_the_cursor_or_marks_another_row(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let mut table: Table<Item> = Table::new();
        let mut ticket = Ticket::default();
        let mut asked = Vec::new();
        for step in steps {
            match step {
                Step::Begin => {
                    ticket = ticket.next();
                    table.begin(ticket);
                }
                Step::Part(rows) => {
                    // Identities are unique in a table.
                    let have: std::collections::HashSet<String> = match table.remote() {
                        crate::app::remote::Remote::Loading { partial, .. } =>
                            partial.iter().map(|row| row.id.clone()).collect(),
                        _ => std::collections::HashSet::default(),
                    };
                    let mut rows = rows;
                    rows.sort_unstable();
                    rows.dedup();
                    let rows = rows.into_iter().map(item).filter(|row| !have.contains(&row.id));
                    table.part(ticket, rows.collect());
                }
                Step::Done => table.done(ticket, at(5)),
                Step::Fail => table.fail(ticket, denied()),
                Step::Filter(text) => table.set_filter(text),
                Step::Sort(column) => table.sort_by(column),
                Step::Unsort => table.set_sort(None),
                Step::Mark(marking) => table.mark(marking),
                Step::Go(motion) => table.go(motion, 10),
                Step::Context => table.set_context(Asked::default()),
                Step::Seen(height) => table.note_seen(height, true),
                Step::Ask => asked.extend(table.wanted()),
                Step::Work => {
                    for wanted in asked.drain(..) {
                        table.arranged(wanted.generation, (wanted.work)());
                    }
                }
            }
            prop_assert_eq!(table.cursor().is_none(), table.shown() == 0);
            prop_assert!(table.cursor().is_none_or(|place| table.row(place).is_some()));
            let window = table.window(7);
            prop_assert!(table.cursor().is_none_or(|at| (window..window + 7).contains(&at)));
            let marked = table.marked();
            let shown = (0..table.shown())
                .filter(|place| table.row(*place).is_some_and(|row| row.marked))
                .count();
            prop_assert_eq!(shown + marked.hidden, marked.count);
        }
        for wanted in asked.drain(..) {
            table.arranged(wanted.generation, (wanted.work)());
        }
        work(&mut table);
        // In the end what is shown is what a fresh table shows.
        let mut fresh: Table<Item> = Table::new();
        fresh.set_filter(table.filter());
        if table.filter_error().is_none() && !table.remote().is_loading() {
            fresh.set_sort(table.sort());
            let rows = table.rows().iter().map(|row| (**row).clone()).collect();
            refresh(&mut fresh, ticket, rows);
            prop_assert_eq!(ids(&table), ids(&fresh));
        }
    }
}
