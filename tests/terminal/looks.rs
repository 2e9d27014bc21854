//! What each kind of terminal gets: colours as many as it has, signs that it can show.

use crate::session::{Session, Start, contains};

fn leave(mut session: Session) -> Vec<u8> {
    session.keys("q");
    let raw = session.raw.clone();
    assert!(session.ended_well());
    raw
}

fn overview(start: Start) -> Vec<u8> {
    let mut session = start.open();
    session.until("high findings");
    leave(session)
}

#[test]
fn a_terminal_gets_the_colours_that_it_has() {
    let raw = overview(Start::new(&["demo"]).with("COLORTERM", "truecolor"));
    assert!(contains(&raw, "38;2;"), "true colours");
    let raw = overview(Start::new(&["demo"]));
    assert!(contains(&raw, "38;5;") && !contains(&raw, "38;2;"), "256");
    let raw = overview(Start::new(&["demo"]).with("TERM", "xterm"));
    assert!(!contains(&raw, "38;2;"), "sixteen");
}

#[test]
fn who_wants_no_colour_gets_none_and_keeps_the_emphasis() {
    for start in [
        Start::new(&["demo"]).with("NO_COLOR", "1"),
        Start::new(&["demo", "--color", "never"]),
    ] {
        let raw = overview(start.with("COLORTERM", "truecolor"));
        for colour in ["38;", "48;", "\x1b[31m", "\x1b[32m", "\x1b[34m"] {
            assert!(!contains(&raw, colour), "{colour:?}");
        }
        assert!(contains(&raw, "\x1b[1m"), "bold stays");
        assert!(contains(&raw, "\x1b[7m"), "reverse stays");
    }
}

#[test]
fn without_utf8_everything_is_ascii() {
    let mut session = Start::new(&["demo"])
        .with("LANG", "C")
        .with("LC_ALL", "C")
        .open();
    session.until("high findings");
    session.keys("2");
    session.until("9 users");
    session.keys("4");
    session.until("allowed");
    session.keys("V");
    session.until("Verify live");
    let text = session.text();
    assert!(text.is_ascii(), "{text}");
    session.keys("\x1bq");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn the_terminals_background_decides_where_nobody_chose() {
    for (answer, ground) in [
        ("ffff/ffff/ffff", "48;2;255;255;255"),
        ("1010/1010/1010", "48;2;29;32;39"),
    ] {
        let mut session = Start::new(&["demo"])
            .with("MLWARDEN_THEME", "")
            .with("COLORTERM", "truecolor")
            .open();
        session.wrote("\x1b]11;?");
        session.keys(&format!("\x1b]11;rgb:{answer}\x1b\\\x1b[?62c"));
        session.until("high findings");
        let raw = leave(session);
        assert!(contains(&raw, ground), "{answer}");
    }
}

#[test]
fn a_theme_is_shown_while_it_is_being_chosen() {
    let mut session = Start::new(&["demo"]).with("COLORTERM", "truecolor").open();
    session.until("high findings");
    session.keys("T");
    session.until("solarized-light");
    // The cursor is on the one in effect; the one above is shown at once.
    session.keys("light");
    session.wrote("48;2;255;255;255");
    session.keys("\x1b");
    session.without("solarized-light");
    session.keys("q");
    assert!(session.ended_well());
}
