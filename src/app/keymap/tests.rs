use super::*;
use crate::app::Screen;

fn keys(text: &str) -> Vec<Key> {
    chord(text).unwrap()
}

#[test]
fn the_embedded_keymap_is_whole_and_without_a_mistake() {
    let mut keymap = Keymap {
        chords: BTreeMap::new(),
    };
    assert_eq!(keymap.overlay(EMBEDDED, "assets/keymap.toml"), []);
    for entry in TABLE {
        assert!(
            keymap.chords.contains_key(&(entry.context, entry.action)),
            "{} has no key",
            entry.name
        );
    }
}

#[test]
fn on_every_page_every_action_can_be_reached_by_a_key() {
    let keymap = Keymap::embedded();
    for screen in Screen::ALL {
        let contexts = Context::of(screen);
        for entry in TABLE
            .iter()
            .filter(|entry| contexts.contains(&entry.context))
        {
            // ctrl-z is "problems only" on the matrix, as the administrators' other consoles
            // have it; there `:suspend` is left.
            if screen == Screen::Matrix && entry.name == "suspend" {
                continue;
            }
            assert!(
                !keymap.keys(entry.action, contexts).is_empty(),
                "{} on {screen:?}",
                entry.name
            );
        }
    }
}

#[test]
fn nothing_that_changes_something_is_on_a_paging_key() {
    let keymap = Keymap::embedded();
    for screen in Screen::ALL {
        assert_eq!(
            keymap.lookup(Context::of(screen), &keys("ctrl-d")),
            Lookup::Action(Action::PageDown)
        );
    }
    let mut keymap = Keymap::embedded();
    let problems = keymap.overlay("[users]\nuser-delete = \"ctrl-d\"\n", "keymap.toml");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].line, 2);
    assert!(problems[0].message.contains("pages"), "{}", problems[0]);
    assert_eq!(keymap, Keymap::embedded(), "the default stays");
}

#[test]
fn the_users_keys_replace_the_embedded_ones_and_an_empty_list_unbinds() {
    let mut keymap = Keymap::embedded();
    let text = "[everywhere]\nrefresh = [\"f5\", \"ctrl-r\"]\nquit = []\n[list]\nmark = \"enter\"\nopen = \"space\"\n";
    assert_eq!(
        keymap.overlay(text, "keymap.toml"),
        [],
        "two can be swapped"
    );
    let contexts = Context::of(Screen::Groups);
    let action = |text: &str| keymap.lookup(contexts, &keys(text));
    assert_eq!(action("f5"), Lookup::Action(Action::Refresh));
    assert_eq!(action("r"), Lookup::None);
    assert_eq!(action("q"), Lookup::None);
    assert_eq!(action("enter"), Lookup::Action(Action::Mark));
    assert_eq!(action("space"), Lookup::Action(Action::Open));
}

#[test]
fn every_mistake_is_named_by_its_line_and_costs_nothing_else() {
    let text = "[everywhere]\nrefrsh = \"f5\"\nhelp = \"hyper-q\"\ntop = \"G\"\npalette = \"f2\"\n\n[users]\nmark = \"x\"\n\n[usres]\nmark = \"x\"\n";
    let mut keymap = Keymap::embedded();
    let problems = keymap.overlay(text, "/home/me/keymap.toml");
    let told: Vec<_> = problems
        .iter()
        .map(|problem| (problem.line, problem.message.as_str()))
        .collect();
    for (line, words) in [
        (2, "did you mean refresh?"),
        (3, "there is no key"),
        (4, "bottom already"),
        (8, "belongs under [list]"),
        (10, "there is no context"),
    ] {
        assert!(
            told.iter()
                .any(|(at, message)| *at == line && message.contains(words)),
            "{line} {words} in {told:?}"
        );
    }
    assert_eq!(told.len(), 5);
    let contexts = Context::of(Screen::Users);
    assert_eq!(keymap.keys(Action::Palette, contexts), ["f2"]);
    assert_eq!(keymap.keys(Action::Top, contexts), ["g", "home"]);
    assert_eq!(keymap.keys(Action::Help, contexts), ["?"]);
}

#[test]
fn a_file_that_is_no_toml_leaves_everything_as_it_was() {
    let mut keymap = Keymap::embedded();
    let problems = keymap.overlay("[everywhere]\nquit = \n", "keymap.toml");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].line, 2);
    assert_eq!(keymap, Keymap::embedded());
}

#[test]
fn keys_that_begin_alike_in_one_place_are_a_mistake() {
    let mut keymap = Keymap::embedded();
    let problems = keymap.overlay("[list]\nmark = \"m\"\n", "keymap.toml");
    assert!(problems[0].message.contains("begin alike"), "{problems:?}");
}

#[test]
fn a_chord_says_what_can_follow() {
    let keymap = Keymap::embedded();
    let contexts = Context::of(Screen::Users);
    let Lookup::Prefix(next) = keymap.lookup(contexts, &keys("m")) else {
        panic!("m begins a chord")
    };
    let next: Vec<String> = next.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(next, ["a", "r", "i", "c"]);
    assert_eq!(
        keymap.lookup(contexts, &keys("m a")),
        Lookup::Action(Action::MarkAll)
    );
    assert_eq!(keymap.lookup(contexts, &keys("m q")), Lookup::None);
    assert_eq!(
        keymap.lookup(Context::of(Screen::Overview), &keys("m")),
        Lookup::None
    );
}
