//! Used by key, by paste and by mouse; suspended, resized, left and ended.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::session::{Session, Start};

fn demo() -> Session {
    Start::new(&["demo"]).open()
}

/// On the users, all of them there.
fn users() -> Session {
    let mut session = demo();
    session.until("high findings");
    session.keys("2");
    session.until("9 users");
    session.until("model-approvers");
    session
}

/// What was put on the clipboard last.
fn copied(session: &Session) -> String {
    let raw = String::from_utf8_lossy(&session.raw);
    let text = raw.rsplit("\x1b]52;c;").next().unwrap();
    let text = text.split('\x07').next().unwrap();
    String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap()
}

#[test]
fn the_demo_is_started_verified_and_left() {
    let mut session = demo();
    session.until("high findings");
    session.keys("4");
    session.until("predicted");
    session.keys("Vt");
    session.until("[x] t");
    session.keys("\r");
    session.until("proved live");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn a_signal_puts_the_terminal_back() {
    for signal in ["TERM", "HUP"] {
        let mut session = demo();
        session.until("Deployment");
        session.signal(signal);
        assert!(session.ended_well(), "{signal}");
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let mut child = Start::new(&["demo"]).hang_up_after("Deployment");
    child.wait().unwrap();
}

#[test]
fn the_cursor_stays_on_its_row_whatever_the_size() {
    let mut session = users();
    session.keys("jjj");
    session.keys("c");
    session.until("copied");
    let before = copied(&session);
    for (columns, rows, shows) in [
        (120, 40, "CHANGED"),
        (40, 12, "9 users"),
        (20, 5, "too small"),
        (80, 24, "ENABLED"),
    ] {
        session.resize(columns, rows);
        session.until(shows);
    }
    session.keys("k");
    session.without("copied");
    session.keys("jc");
    session.until("copied");
    assert_eq!(copied(&session), before);
    assert!(before.contains('@'), "{before}");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn a_terminal_that_says_it_has_no_size_is_waited_for() {
    let mut session = Start::new(&["demo"]).sized(0, 0).open();
    session.resize(80, 24);
    session.until("high findings");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn what_is_pasted_is_text_and_never_keys() {
    let mut session = users();
    session.keys("/");
    session.keys("\x1b[200~dana\n\x1b[201~");
    session.until("1 of 9 users");
    session.keys("\r");
    // On the page itself a paste does nothing: `q` would leave.
    session.keys("\x1b[200~qqq\x1b[201~");
    session.keys("\x1b");
    session.without("1 of 9");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn the_mouse_is_enough() {
    let mut session = demo();
    session.until("high findings");
    session.click("2 Users");
    session.until("model-approvers");
    session.click("marco.bianchi");
    session.click("marco.bianchi");
    session.until("user name");
    session.keys("\x1b");
    session.without("user name");
    // A head sorts, and sorts the other way round.
    session.click("STATUS");
    session.until("STATUS▲");
    session.click("STATUS▲");
    session.until("STATUS▼");
    // The hint bar is a row of buttons.
    session.click("? help");
    session.until("Keys: Users");
    session.keys("\x1b");
    session.without("Keys: Users");
    // The wheel walks.
    session.keys("\x1b[<65;10;10M\x1b[<65;10;10M");
    session.keys("c");
    session.until("copied");
    session.click("4 Matrix");
    session.until("PERMISSION");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn it_is_suspended_and_resumed_as_any_program() {
    let mut session = users();
    session.keys("\x1a");
    session.wait("the shell's screen", |screen| !screen.alternate_screen());
    let stat = format!("/proc/{}/stat", session.child.process_id().unwrap());
    while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
        std::thread::yield_now();
    }
    session.signal("CONT");
    session.wait("its own screen", vt100::Screen::alternate_screen);
    session.until("9 users");
    // Drawn anew on demand as well.
    session.keys("\x0c");
    session.keys("4");
    session.until("PERMISSION");
    session.keys("q");
    assert!(session.ended_well());
}

#[test]
fn a_job_that_runs_is_stopped_before_leaving() {
    let mut session = demo();
    session.until("high findings");
    session.keys("4");
    session.until("predicted");
    session.keys("Vt\r");
    session.keys("q");
    // Either it was asked whether to stop, or the verify was over already.
    session.wait("an answer", |screen| {
        screen.contents().contains("Stop and leave?") || !screen.alternate_screen()
    });
    if session.screen.screen().alternate_screen() {
        session.keys("y");
    }
    assert!(session.ended_well());
}
