//! A table of 100,000 rows: what a frame costs, and what a keystroke in its filter costs.
#![expect(
    clippy::expect_used,
    reason = "a bench stops at the first thing that is wrong"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use mlwarden::{
    app::{
        remote::Ticket,
        table::{Align, Arrangement, Cell, Column, Key, Listing, Motion, Record, Table, Width},
    },
    ui::{Theme, widgets::list::List},
};
use ratatui::{Terminal, backend::TestBackend};
use serde::Serialize;

const ROWS: usize = 100_000;

#[derive(Serialize)]
struct Person {
    id: String,
    email: String,
    status: &'static str,
    created: Timestamp,
}

impl Record for Person {
    type Context = ();
    const NOUNS: (&'static str, &'static str) = ("people", "people");

    fn id(&self) -> &str {
        &self.id
    }

    fn columns() -> &'static [Column<Self>] {
        const {
            &[
                Column {
                    name: "EMAIL",
                    width: Width::fill(20, 40, 1),
                    align: Align::Left,
                    searchable: true,
                    cell: |person, _| Cell::plain(&person.email),
                    key: |person, _| Key::text(&person.email),
                },
                Column {
                    name: "STATUS",
                    width: Width::between(10, 22),
                    align: Align::Left,
                    searchable: true,
                    cell: |person, _| Cell::plain(person.status),
                    key: |person, _| Key::text(person.status),
                },
                Column {
                    name: "NAME",
                    width: Width::between(12, 36),
                    align: Align::Left,
                    searchable: true,
                    cell: |person, _| Cell::plain(&person.id),
                    key: |person, _| Key::text(&person.id),
                },
                Column {
                    name: "AGE",
                    width: Width::fixed(6),
                    align: Align::Right,
                    searchable: false,
                    cell: |person, scope| {
                        let seconds = scope.now.as_second() - person.created.as_second();
                        Cell::plain(format!("{}d", seconds / 86_400))
                    },
                    key: |person, _| Key::Time(person.created),
                },
            ]
        }
    }
}

fn people() -> Table<Person> {
    let mut table = Table::new();
    let ticket = Ticket::default();
    table.begin(ticket);
    let rows = (0..ROWS).map(|number| Person {
        id: format!(
            "{:08x}-7f3c-4b1e-9d2a-{:012x}",
            number * 2_654_435_761 % 4_294_967_291,
            number
        ),
        email: format!(
            "first{}.last{}@company{}.example",
            number % 977,
            number,
            number % 13
        ),
        status: if number % 5 == 0 {
            "FORCE_CHANGE_PASSWORD"
        } else {
            "CONFIRMED"
        },
        created: Timestamp::UNIX_EPOCH,
    });
    table.part(ticket, rows.collect());
    table.done(ticket, Timestamp::UNIX_EPOCH);
    table.sort_by(0);
    settle(&mut table);
    table
}

fn settle(table: &mut Table<Person>) {
    while let Some(wanted) = table.wanted() {
        table.arranged(wanted.generation, (wanted.work)());
    }
}

fn frame(criterion: &mut Criterion) {
    let mut table = people();
    table.set_filter("last9");
    settle(&mut table);
    table.go(Motion::To(5_000), 48);
    let theme = Theme::plain();
    let mut terminal = Terminal::new(TestBackend::new(200, 50)).expect("a terminal");
    criterion.bench_function("frame 200×50 of 100,000 rows", |bencher| {
        bencher.iter(|| {
            terminal
                .draw(|frame| {
                    let area = frame.area();
                    let list = List {
                        nothing: None,
                        words: None,
                        listing: &table,
                        theme: &theme,
                        spinner: " ",
                        focused: true,
                    };
                    black_box(list.draw(frame.buffer_mut(), area));
                })
                .expect("it draws");
        });
    });
}

fn keystroke(criterion: &mut Criterion) {
    let mut table = people();
    let mut group = criterion.benchmark_group("keystroke over 100,000 rows");
    for (name, before, after) in [
        ("first letter", "", "l"),
        ("substring", "", "last99"),
        ("substring, none found", "", "zzz"),
        ("substring, typed on", "last9", "last99"),
        ("fuzzy", "", "~fl99"),
        ("column", "", "status:force"),
        ("age", "", "age:>2d"),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                || {
                    table.set_filter(before);
                    settle(&mut table);
                    table.set_filter(after);
                    table.wanted().expect("a long list is arranged elsewhere")
                },
                |wanted: &mut Arrangement| black_box((wanted.work)()),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    table.set_filter("");
    settle(&mut table);
    criterion.bench_function("sort of 100,000 rows by a text", |bencher| {
        bencher.iter_batched_ref(
            || {
                table.set_sort(None);
                settle(&mut table);
                table.sort_by(0);
                table.wanted().expect("a long list is arranged elsewhere")
            },
            |wanted: &mut Arrangement| black_box((wanted.work)()),
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, frame, keystroke);
criterion_main!(benches);
