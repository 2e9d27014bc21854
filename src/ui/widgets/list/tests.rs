use std::sync::{Arc, atomic::Ordering};

use ratatui::{Terminal, backend::TestBackend};

use super::*;
use crate::app::{
    remote::Ticket,
    table::{
        Marking, Motion, Table,
        tests::{Item, at, denied, item, table, work},
    },
};

fn draw(
    listing: &dyn Listing,
    theme: &Theme,
    width: u16,
    height: u16,
) -> (Seen, Vec<String>, Buffer) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut seen = Seen::default();
    terminal
        .draw(|frame| {
            let area = frame.area();
            let list = List {
                nothing: None,
                words: None,
                listing,
                theme,
                spinner: "⠋",
                focused: true,
            };
            seen = list.draw(frame.buffer_mut(), area);
        })
        .unwrap();
    let buffer = terminal.backend().buffer().clone();
    let lines = (0..height)
        .map(|y| {
            // A wide character owns the cell after it.
            let mut line = String::new();
            let mut x = 0;
            while x < width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(text::width(symbol).max(1)).unwrap();
            }
            line.trim_end().to_owned()
        })
        .collect();
    (seen, lines, buffer)
}

fn named(names: &[&str]) -> Table<Item> {
    let mut table = Table::new();
    let ticket = Ticket::default();
    table.begin(ticket);
    let items = names.iter().enumerate().map(|(at, name)| Item {
        name: (*name).to_owned(),
        ..item(at)
    });
    table.part(ticket, items.collect());
    table.done(ticket, at(36_000));
    table
}

#[test]
fn a_frame_of_a_long_list_asks_for_the_visible_rows_only() {
    let mut table = table(100_000);
    table.set_filter("item");
    work(&mut table);
    table.go(Motion::To(50_000), 30);
    let asked = Arc::clone(table.context());
    let before = asked.0.load(Ordering::Relaxed);
    let (seen, ..) = draw(&table, &Theme::plain(), 120, 40);
    assert_eq!(seen.rows, 38);
    assert_eq!(asked.0.load(Ordering::Relaxed) - before, 38);
}

#[test]
fn the_line_at_the_top_says_how_much_is_shown_marked_and_sorted() {
    let mut table = table(340);
    table.go(Motion::To(3), 10);
    table.mark(Marking::Toggle);
    table.set_filter("00001");
    table.sort_by(0);
    let (seen, lines, _) = draw(&table, &Theme::plain(), 80, 24);
    assert_eq!(
        lines[0],
        " 11 of 340 items · 1 marked, 1 hidden · by NAME ▲"
    );
    assert!(lines[1].starts_with("  NAME▲"), "{}", lines[1]);
    assert_eq!(seen.scrollbar, None);
    let ascii = draw(&table, &Theme::ascii(), 80, 24).1;
    assert_eq!(
        ascii[0],
        " 11 of 340 items - 1 marked, 1 hidden - by NAME ^"
    );
    assert!(ascii.iter().all(|line| line.is_ascii()));
}

#[test]
fn a_marked_row_has_a_sign_and_a_long_list_a_scrollbar() {
    let mut table = table(100);
    table.go(Motion::Bottom, 10);
    table.mark(Marking::Toggle);
    let (seen, lines, _) = draw(&table, &Theme::plain(), 80, 24);
    assert!(lines[23].starts_with("● Item 000099"), "{}", lines[23]);
    assert_eq!(seen.first_row, 78);
    assert_eq!(seen.scrollbar, Some(Rect::new(79, 2, 1, 22)));
    assert!(lines[23].ends_with('█') && lines[2].ends_with('│'));
    let ascii = draw(&table, &Theme::ascii(), 80, 24).1;
    assert!(ascii[23].starts_with("* Item") && ascii[23].ends_with('#') && ascii[2].ends_with('|'));
}

#[test]
fn what_the_filter_found_is_highlighted_where_it_stands() {
    let mut table = named(&["日本 anna"]);
    table.set_filter("nn");
    let (_, _, buffer) = draw(&table, &Theme::plain(), 80, 24);
    let lined: Vec<u16> = (0..80)
        .filter(|x| buffer[(*x, 2)].modifier.contains(Modifier::UNDERLINED))
        .collect();
    assert_eq!(lined, [8, 9]);
}

#[test]
fn no_text_reaches_the_terminal_as_a_command_nor_moves_its_neighbours() {
    let names = [
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
        "e\u{301}\u{301}\u{301}a\u{308}",
        "שלום עולם",
        "\u{202e}gpj.exe\u{200b}",
        "👩\u{200d}💻 family",
        "line\nbreak\ttab",
        "\u{301}starts with a mark",
    ];
    for (width, height) in [(80, 24), (120, 40)] {
        let table = named(&names);
        let (seen, lines, buffer) = draw(&table, &Theme::plain(), width, height);
        assert!(
            buffer
                .content()
                .iter()
                .all(|cell| !cell.symbol().chars().any(char::is_control))
        );
        let identity = seen.heads.iter().find(|(_, column)| *column == 2).unwrap();
        for y in 2..2 + u16::try_from(names.len()).unwrap() {
            let start: String = (identity.0.start..identity.0.start + 4)
                .map(|x| buffer[(x, y)].symbol())
                .collect();
            assert_eq!(start, format!("id-{}", y - 2), "{}", lines[usize::from(y)]);
        }
        assert!(lines[2].contains("␛[2J") && lines[6].contains("\u{fffd}gpj.exe"));
    }
}

#[test]
fn columns_without_room_are_reached_by_scrolling() {
    let mut table = table(3);
    let (seen, lines, _) = draw(&table, &Theme::plain(), 30, 10);
    assert!(seen.more_columns && lines[1].ends_with('›'), "{}", lines[1]);
    table.note_seen(8, seen.more_columns);
    table.column_right();
    let (seen, lines, _) = draw(&table, &Theme::plain(), 40, 10);
    assert_eq!(
        seen.heads.iter().map(|(_, at)| *at).collect::<Vec<_>>(),
        [0, 2]
    );
    assert!(
        lines[1].contains("‹IDENTITY") && !seen.more_columns,
        "{}",
        lines[1]
    );
    table.note_seen(8, seen.more_columns);
    table.column_right();
    assert_eq!(table.first_column(), 2);
}

#[test]
fn every_state_says_what_it_is_and_what_to_do() {
    let screen = |table: &Table<Item>| draw(table, &Theme::plain(), 80, 24).1.join("\n");
    let ticket = Ticket::default().next();
    let mut table: Table<Item> = Table::new();
    assert!(screen(&table).contains("not asked for yet"));
    table.begin(ticket);
    assert!(screen(&table).contains("⠋ loading items"));
    table.fail(ticket, denied());
    let denied_screen = screen(&table);
    assert!(denied_screen.contains("Not allowed: cognito-idp:ListUsers is missing."));
    assert!(denied_screen.contains("→ ask for the IAM action cognito-idp:ListUsers"));
    table.begin(ticket);
    table.done(ticket, at(36_000));
    assert!(screen(&table).contains("There are no items."));
    let mut table = named(&["anna"]);
    table.set_filter("zoe");
    assert!(screen(&table).contains("None of 1 items matches the filter"));
    table.set_filter("nmae:x");
    assert!(screen(&table).contains("filter: no column \"nmae\""));
    table.set_filter("");
    table.begin(ticket);
    assert!(screen(&table).contains("refreshing, 0 so far, as of 10:00:00 UTC"));
    table.fail(ticket, denied());
    assert!(
        screen(&table).contains("1 item · as of 10:00:00 UTC; refreshing failed: listing items")
    );
}

#[test]
fn no_size_breaks_it() {
    let table = table(50);
    for width in 1..60 {
        for height in 1..6 {
            draw(&table, &Theme::plain(), width, height);
        }
    }
}
