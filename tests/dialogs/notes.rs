//! Secrets shown once, and messages.

use mlwarden::{
    app::{
        dialog::{Answer, Message, Outcome, SecretNote, Target, Text},
        tone::Tone,
    },
    domain::{ErrorClass, Failure},
};
use secrecy::{ExposeSecret, SecretString};

use crate::harness::{Screen, snapshot};

pub fn password() -> SecretNote {
    SecretNote::new(
        "User created",
        "Temporary password of ada@example.com",
        SecretString::from("Tr0ub4dor&3"),
    )
    .notes(vec![Text::from(
        "It must be changed at the first sign-in, within 7 days.",
    )])
}

pub fn failure() -> Message {
    let mut failure = Failure::new(
        ErrorClass::Denied {
            action: Some("cognito-idp:AdminDeleteUser".to_owned()),
        },
        "deleting ada@example.com",
        "User: arn:aws:iam::1:user/x is not authorized to perform it",
    );
    failure.request_id = Some("0f1e-2d3c".to_owned());
    Message::failure(&failure)
}

#[test]
fn pictures() {
    snapshot("secret_masked", |width, height| {
        Screen::new(password(), width, height)
    });
    snapshot("secret_shown", |width, height| {
        let mut screen = Screen::new(password(), width, height);
        screen.keys(&["v", "c"]);
        screen
    });
    snapshot("message", |width, height| {
        Screen::new(failure(), width, height)
    });
}

#[test]
fn a_secret_shows_only_while_revealed() {
    let mut screen = Screen::new(password(), 80, 24);
    assert!(!screen.text().contains("Tr0ub4dor"));
    assert!(!format!("{:?}", screen.dialog).contains("Tr0ub4dor"));
    screen.keys(&["v"]);
    assert!(screen.text().contains("Tr0ub4dor&3"));
    assert!(!format!("{:?}", screen.dialog).contains("Tr0ub4dor"));
    screen.click(Target::Reveal);
    assert!(!screen.text().contains("Tr0ub4dor"));
    assert!(screen.text().contains("will not be shown again"));
}

#[test]
fn its_mask_does_not_tell_its_length() {
    let mask = |secret: &str| {
        Screen::new(
            SecretNote::new("t", "l", SecretString::from(secret)),
            80,
            24,
        )
        .text()
    };
    assert_eq!(mask("a"), mask(&"a".repeat(60)));
}

#[test]
fn it_is_copied_without_being_shown() {
    let mut screen = Screen::new(password(), 80, 24);
    match screen.keys(&["c"]) {
        Outcome::CopySecret(secret) => assert_eq!(secret.expose_secret(), "Tr0ub4dor&3"),
        other => panic!("{other:?}"),
    }
    assert!(screen.text().contains("✓ copied") && !screen.text().contains("Tr0ub4dor"));
    assert!(matches!(
        screen.keys(&["esc"]),
        Outcome::Done(Answer::Acknowledged)
    ));
}

#[test]
fn a_long_secret_is_shown_whole_on_a_small_terminal() {
    let secret: String = ('a'..='z').chain('A'..='Z').collect();
    let note = SecretNote::new(
        "User created",
        "password",
        SecretString::from(secret.clone()),
    );
    let mut screen = Screen::new(note, 40, 12);
    screen.keys(&["v"]);
    let letters: String = screen
        .text()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    assert!(letters.contains(&secret), "{}", screen.text());
    assert!(screen.text().contains("[ Close ]"), "{}", screen.text());
}

#[test]
fn a_failure_says_what_happened_and_what_to_do() {
    let mut screen = Screen::new(failure(), 40, 12);
    let mut seen = screen.text();
    screen.keys(&["end"]);
    seen.push_str(&screen.text());
    for part in [
        "deleting",
        "authorized to perform",
        "Next: ask",
        "0f1e-2d3c",
        "[ Close ]",
    ] {
        assert!(seen.contains(part), "{part}:\n{seen}");
    }
    match screen.keys(&["c"]) {
        Outcome::Copy(text) => assert!(text.contains("Request id: 0f1e-2d3c")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn text_from_outside_cannot_reach_the_terminal_as_control() {
    let message = Message::new(
        "a\u{1b}[2Jb",
        Tone::Text,
        vec![Text::from("x\u{1b}]0;owned\u{7}y\u{202e}z\rw\u{9b}31m")],
    );
    let text = Screen::new(message, 80, 24).text();
    assert!(
        !text
            .chars()
            .any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'),
        "{text:?}"
    );
}
