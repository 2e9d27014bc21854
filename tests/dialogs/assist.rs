//! A field that helps with what is typed into it, and says where it is wrong.

use mlwarden::app::dialog::{
    Answer, Assistance, Assistant, Dialog, Field, Form, Kind, Mark, Outcome, Target,
};

use crate::harness::{Screen, snapshot};

/// Words that may be typed, one after the other.
const WORDS: [&str; 9] = [
    "größe",
    "größer",
    "名前",
    "名前は",
    "שלום",
    "and",
    "or",
    "not",
    "x",
];

/// Completes the word that the cursor is at the end of.
struct Words;

impl Words {
    /// What stands before the word, the word, and what stands after the cursor.
    fn parts(text: &str, cursor: usize) -> (&str, &str, &str) {
        let (before, after) = text.split_at(cursor);
        let start = before.rfind(' ').map_or(0, |blank| blank + 1);
        let (before, begun) = before.split_at(start);
        (before, begun, after)
    }

    fn fitting(begun: &str) -> Vec<&'static str> {
        let fit = WORDS.iter().filter(|word| word.starts_with(begun));
        fit.copied().collect()
    }
}

impl Assistant for Words {
    fn assist(&self, text: &str, cursor: usize) -> Assistance {
        let offers = Self::fitting(Self::parts(text, cursor).1);
        Assistance {
            expects: if offers.is_empty() { "" } else { "a word" }.to_owned(),
            offers: offers.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    fn take(&self, text: &str, cursor: usize, offer: usize) -> Option<(String, usize)> {
        let (before, begun, after) = Self::parts(text, cursor);
        let word = Self::fitting(begun).get(offer).copied()?;
        let text = format!("{before}{word}{after}");
        Some((text, before.len() + word.len()))
    }
}

fn field(text: &str) -> Field {
    Field::text("filter", "Filter").value(text).assisted(Words)
}

fn form(field: Field) -> Form {
    Form::new("Search", vec![field, Field::text("order", "Order")]).verb("Search")
}

/// A form in which something is marked as wrong.
pub fn marked(text: &str, wrong: &str) -> Form {
    let start = text.find(wrong);
    form(field(text).marked(Mark {
        message: format!("Invalid word '{wrong}'"),
        range: start.map(|start| start..start + wrong.len()),
    }))
}

/// What is typed, and the characters before the cursor.
fn typed(screen: &Screen) -> (&str, usize) {
    let Dialog::Form(form) = &screen.dialog else {
        panic!("no form")
    };
    match &form.fields()[0].kind {
        Kind::Text(input) => (input.value(), input.cursor()),
        _ => panic!("no text"),
    }
}

/// The line of a text on the screen, and the columns of the carets below it.
fn carets(screen: &Screen) -> (String, usize, usize) {
    let text = screen.text();
    let mut above = "";
    for line in text.lines() {
        if let Some((before, _)) = line.split_once('^') {
            let from = ratatui::text::Span::raw(before).width();
            return (above.to_owned(), from, line.matches('^').count());
        }
        above = line;
    }
    panic!("nothing is marked:\n{text}")
}

/// What stands in these columns of a line.
fn under(line: &str, from: usize, count: usize) -> String {
    let mut column = 0;
    let letters = line.chars().filter(|letter| {
        let at = column;
        column += ratatui::text::Span::raw(letter.to_string()).width();
        (from..from + count).contains(&at)
    });
    letters.collect()
}

#[test]
fn what_may_come_is_shown_as_one_types_and_looks_right() {
    snapshot("assist_offers", |width, height| {
        let mut screen = Screen::new(form(field("")), width, height);
        screen.keys(&["größe and "]);
        screen
    });
    let mut screen = Screen::new(form(field("")), 80, 24);
    screen.keys(&["n"]);
    let text = screen.text();
    assert!(
        text.contains("next: a word") && text.contains("▸ not"),
        "{text}"
    );
    screen.keys(&["qq"]);
    assert!(screen.text().contains("is not understood"));
}

#[test]
fn an_offer_is_taken_in_the_middle_of_a_text_of_wide_letters() {
    let mut screen = Screen::new(form(field("größe 名 שלום 名前")), 80, 24);
    screen.keys(&[
        "home", "right", "right", "right", "right", "right", "right", "right",
    ]);
    assert_eq!(typed(&screen), ("größe 名 שלום 名前", 7));
    screen.keys(&["ctrl-n", "ctrl- "]);
    assert_eq!(typed(&screen), ("größe 名前は שלום 名前", 9));
    screen.keys(&["backspace", "ctrl-p", "ctrl-p"]);
    assert!(screen.text().contains("▸ 名前"), "{}", screen.text());
    screen.click(Target::Offer(1));
    assert_eq!(typed(&screen), ("größe 名前は שלום 名前", 9));
}

#[test]
fn the_arrow_takes_an_offer_at_the_end_only_and_tab_goes_on() {
    let mut screen = Screen::new(form(field("")), 80, 24);
    screen.keys(&["gr"]);
    assert!(screen.text().contains("→ take"), "{}", screen.text());
    screen.keys(&["left", "right"]);
    assert_eq!(typed(&screen), ("gr", 2));
    screen.keys(&["right"]);
    assert_eq!(typed(&screen), ("größe", 5));
    screen.keys(&["left"]);
    assert!(
        screen.text().contains("ctrl-space take"),
        "{}",
        screen.text()
    );
    screen.keys(&["tab"]);
    let text = screen.text();
    assert!(!text.contains("next:") && !text.contains("take"), "{text}");
    let outcome = screen.keys(&["enter"]);
    let Outcome::Done(Answer::Form(values)) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(values.text("filter"), "größe");
}

#[test]
fn what_is_wrong_is_marked_in_its_columns() {
    snapshot("assist_mark", |width, height| {
        Screen::new(marked("名前 and größe שלום xx", "xx"), width, height)
    });
    for (text, wrong) in [
        ("x = 1", "x"),
        ("名前 = 'שלום' and größe", "größe"),
        ("名前 = 'שלום'", "'שלום'"),
        ("e\u{301} and 日本語", "日本語"),
    ] {
        let screen = Screen::new(marked(text, wrong), 80, 24);
        let (line, from, count) = carets(&screen);
        assert_eq!(under(&line, from, count), wrong, "{}", screen.text());
        let cursor = screen.draw().cursor.unwrap();
        assert_eq!(usize::from(cursor.x), from, "the cursor is there");
    }
}

#[test]
fn a_mark_in_a_long_text_is_in_view() {
    for at in [0, 5, 20, 59] {
        let words: Vec<String> = (0..60).map(|word| format!("日本{word:02}")).collect();
        let screen = Screen::new(marked(&words.join(" "), &words[at]), 80, 24);
        let (line, from, count) = carets(&screen);
        assert_eq!(under(&line, from, count), words[at], "{}", screen.text());
    }
}

#[test]
fn an_offer_takes_the_place_of_the_marked_word() {
    let mut screen = Screen::new(marked("größe foo 名前", "foo"), 80, 24);
    assert_eq!(typed(&screen), ("größe foo 名前", 6));
    screen.keys(&["ctrl-n", "ctrl-n", "ctrl-n", "ctrl-n", "ctrl-n", "ctrl- "]);
    assert_eq!(typed(&screen), ("größe and 名前", 9));
    let text = screen.text();
    assert!(!text.contains('^'), "{text}");
    assert!(
        text.contains("Invalid word 'foo'"),
        "it is still said: {text}"
    );
}

#[test]
fn the_cursor_is_after_several_words_that_are_wrong() {
    let screen = Screen::new(marked("größe and x", "größe and"), 80, 24);
    assert_eq!(typed(&screen).1, 9);
}
