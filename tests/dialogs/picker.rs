//! Pickers.

use mlwarden::app::dialog::{Answer, Dialog, Item, Outcome, Picker, Target};

use crate::harness::{Screen, snapshot};

pub fn themes() -> Vec<Item> {
    [
        "dark",
        "light",
        "high-contrast",
        "mono",
        "solarized",
        "nord",
    ]
    .map(|name| Item::new(name, name).detail("a theme"))
    .into_iter()
    .chain([Item::new("broken", "broken").disabled("line 3: no such colour")])
    .collect()
}

fn picked(outcome: Outcome) -> Vec<String> {
    match outcome {
        Outcome::Done(Answer::Picked(ids)) => ids,
        other => panic!("nothing picked: {other:?}"),
    }
}

#[test]
fn pictures() {
    snapshot("picker", |width, height| {
        Screen::new(
            Picker::new("Theme", themes()).current("light"),
            width,
            height,
        )
    });
    snapshot("picker_many", |width, height| {
        let mut screen = Screen::new(Picker::new("Themes", themes()).many(), width, height);
        screen.keys(&["o", "space"]);
        screen
    });
    snapshot("picker_nothing", |width, height| {
        let mut screen = Screen::new(Picker::new("Theme", themes()), width, height);
        screen.keys(&["xyz"]);
        screen
    });
}

#[test]
fn typing_finds_and_enter_picks() {
    let mut screen = Screen::new(Picker::new("Theme", themes()), 80, 24);
    screen.keys(&["hc"]);
    assert!(screen.text().contains("1 of 7"), "{}", screen.text());
    assert_eq!(picked(screen.keys(&["enter"])), ["high-contrast"]);
}

#[test]
fn the_characters_found_are_known() {
    let mut screen = Screen::new(Picker::new("P", vec![Item::new("x", "日本 élan")]), 80, 24);
    screen.keys(&["本l"]);
    let Dialog::Picker(picker) = &screen.dialog else {
        panic!()
    };
    assert_eq!(picker.highlights(0..1)[0].0, [1, 4]);
}

#[test]
fn what_cannot_be_picked_says_why() {
    let mut screen = Screen::new(Picker::new("Theme", themes()), 80, 24);
    assert!(matches!(screen.keys(&["broken", "enter"]), Outcome::Stay));
    assert!(screen.text().contains("line 3: no such colour"));
    let mut many = Screen::new(Picker::new("Theme", themes()).many(), 80, 24);
    many.keys(&["ctrl-a"]);
    assert_eq!(picked(many.keys(&["enter"])).len(), 6);
}

#[test]
fn marks_stay_while_the_search_changes() {
    let mut screen = Screen::new(Picker::new("Themes", themes()).many(), 80, 24);
    screen.keys(&["dark", "space", "ctrl-u", "nord", "space", "ctrl-u"]);
    assert!(screen.text().contains("2 marked"), "{}", screen.text());
    assert_eq!(picked(screen.keys(&["enter"])), ["dark", "nord"]);
}

#[test]
fn moving_and_searching_tell_what_to_preview() {
    let picker = Picker::new("Theme", themes()).current("dark").previews();
    let mut screen = Screen::new(picker, 80, 24);
    assert!(matches!(screen.keys(&["down"]), Outcome::Moved(id) if id == "light"));
    assert!(matches!(
        screen.keys(&["mon"]),
        Outcome::Moved(_) | Outcome::Stay
    ));
    assert_eq!(picked(screen.keys(&["enter"])), ["mono"]);
    assert!(matches!(screen.keys(&["esc"]), Outcome::Cancelled));
}

#[test]
fn the_cursor_keeps_its_item_when_the_list_changes() {
    let mut picker = Picker::new("Theme", themes()).current("mono");
    let mut items = themes();
    items.reverse();
    picker.set_items(items);
    let mut screen = Screen::new(picker, 80, 24);
    assert_eq!(picked(screen.keys(&["enter"])), ["mono"]);
}

#[test]
fn ten_thousand_items_show_a_window() {
    let items = (0..10_000)
        .map(|at| Item::new(at.to_string(), format!("user-{at}")))
        .collect();
    let mut screen = Screen::new(Picker::new("User", items), 80, 24);
    screen.keys(&["page-down", "page-down"]);
    let drawn = screen.draw();
    let shown = drawn
        .areas
        .iter()
        .filter(|(_, target)| matches!(target, Target::Item(_)))
        .count();
    assert_eq!(shown, 20);
    assert!(
        drawn.text.contains("▸  user-40") || drawn.text.contains("user-40"),
        "{}",
        drawn.text
    );
    screen.keys(&["9999"]);
    assert_eq!(picked(screen.keys(&["enter"])), ["9999"]);
}

#[test]
fn the_first_click_chooses_and_the_second_picks() {
    let mut screen = Screen::new(Picker::new("Theme", themes()), 80, 24);
    assert!(matches!(screen.click(Target::Item(3)), Outcome::Stay));
    assert_eq!(picked(screen.click(Target::Item(3))), ["mono"]);
}

#[test]
fn the_wheel_moves_the_cursor_and_stops_at_the_ends() {
    let mut screen = Screen::new(Picker::new("Theme", themes()), 40, 12);
    screen.dialog.scroll(2);
    assert_eq!(picked(screen.keys(&["enter"])), ["high-contrast"]);
    screen.dialog.scroll(-100);
    assert_eq!(picked(screen.keys(&["enter"])), ["dark"]);
}
