//! Forms.

use mlwarden::app::{
    dialog::{Answer, Dialog, Field, Form, Item, Outcome, Target, Text, Values},
    tone::Tone,
};
use secrecy::ExposeSecret;

use crate::harness::{Screen, snapshot};

fn groups() -> Vec<Item> {
    vec![
        Item::new("readers", "readers").detail("may look"),
        Item::new("admins", "admins").detail("may do everything"),
        Item::new("model-approvers", "model-approvers").disabled("managed elsewhere"),
    ]
}

pub fn new_user() -> Form {
    Form::new(
        "New user",
        vec![
            Field::text("email", "Email")
                .required()
                .help("where the invitation goes")
                .check(|text| {
                    if text.contains('@') {
                        Ok(())
                    } else {
                        Err("needs an @".to_owned())
                    }
                }),
            Field::secret("password", "Password").check(|text| {
                if text.len() < 8 {
                    Err("needs 8 characters".to_owned())
                } else {
                    Ok(())
                }
            }),
            Field::choice("first", "First group", groups(), Some("readers")),
            Field::many("more", "More groups", groups(), &[]),
            Field::flag("invite", "Send invitation", true),
        ],
    )
    .note("The user can sign in at once.")
    .verb("Create")
    .consequence(|values| {
        vec![Text::new(
            Tone::Warning,
            format!(
                "{} will be in {}",
                values.text("email"),
                values.text("first")
            ),
        )]
    })
}

fn values(outcome: Outcome) -> Values {
    match outcome {
        Outcome::Done(Answer::Form(values)) => values,
        other => panic!("not sent: {other:?}"),
    }
}

#[test]
fn empty_and_with_a_mistake() {
    snapshot("form_empty", |width, height| {
        Screen::new(new_user(), width, height)
    });
    snapshot("form_mistake", |width, height| {
        let mut screen = Screen::new(new_user(), width, height);
        screen.keys(&["ada", "tab", "short", "ctrl-s"]);
        screen
    });
    snapshot("form_list", |width, height| {
        let mut screen = Screen::new(new_user(), width, height);
        screen.keys(&["ada@example.com", "tab", "tab", "tab", "space"]);
        screen
    });
}

#[test]
fn everything_is_entered_with_the_keyboard_alone() {
    let mut screen = Screen::new(new_user(), 80, 24);
    let outcome = screen.keys(&[
        "ada@example.com",
        "enter",
        "long enough",
        "tab",
        "right",
        "down",
        "space",
        "space",
        "enter",
        "tab",
        "space",
        "enter",
    ]);
    let values = values(outcome);
    assert_eq!(values.text("email"), "ada@example.com");
    assert_eq!(
        values.secret("password").unwrap().expose_secret(),
        "long enough"
    );
    assert_eq!(values.text("first"), "admins");
    assert_eq!(values.many("more"), ["readers"]);
    assert!(!values.flag("invite"));
}

#[test]
fn a_mistake_is_said_as_one_types_and_not_before() {
    let mut screen = Screen::new(new_user(), 80, 24);
    assert!(!screen.text().contains("must not be empty"));
    screen.keys(&["ad"]);
    assert!(screen.text().contains("✗ needs an @"), "{}", screen.text());
    screen.keys(&["@"]);
    assert!(!screen.text().contains("needs an @"));
}

#[test]
fn sending_with_a_mistake_goes_to_the_first_bad_field() {
    let mut screen = Screen::new(new_user(), 80, 24);
    let outcome = screen.keys(&["tab", "short", "tab", "ctrl-s"]);
    assert!(matches!(outcome, Outcome::Stay));
    let Dialog::Form(form) = &screen.dialog else {
        panic!()
    };
    assert_eq!(form.focus(), 0);
    let text = screen.text();
    assert!(
        text.contains("must not be empty") && text.contains("needs 8"),
        "{text}"
    );
}

#[test]
fn what_the_values_lead_to_follows_them() {
    let mut screen = Screen::new(new_user(), 80, 24);
    screen.keys(&["ada@example.com", "tab", "tab", "right"]);
    assert!(screen.text().contains("ada@example.com will be in admins"));
}

#[test]
fn options_that_cannot_be_chosen_are_passed_over() {
    let mut screen = Screen::new(new_user(), 80, 24);
    screen.keys(&["tab", "tab", "right", "right"]);
    assert!(screen.text().contains("‹ readers ›"), "{}", screen.text());
    screen.keys(&["left"]);
    assert!(screen.text().contains("‹ admins ›"), "{}", screen.text());
}

#[test]
fn esc_leaves_the_list_first_and_then_the_form() {
    let mut screen = Screen::new(new_user(), 80, 24);
    screen.keys(&["tab", "tab", "space"]);
    assert!(matches!(screen.keys(&["esc"]), Outcome::Stay));
    assert!(matches!(screen.keys(&["esc"]), Outcome::Cancelled));
}

#[test]
fn a_paste_becomes_one_clean_line_and_never_a_key() {
    let mut screen = Screen::new(new_user(), 80, 24);
    let outcome = screen
        .dialog
        .paste("\u{1b}[31mada@\r\n\texample.com\u{7}\u{202e}\n");
    assert!(matches!(outcome, Outcome::Stay));
    let Dialog::Form(form) = &screen.dialog else {
        panic!()
    };
    assert_eq!(form.values().text("email"), "[31mada@ example.com");
    let text = screen.text();
    assert!(
        !text
            .chars()
            .any(|letter| letter.is_control() && letter != '\n')
    );
}

#[test]
fn a_secret_shows_neither_on_screen_nor_when_formatted() {
    let mut screen = Screen::new(new_user(), 80, 24);
    screen.keys(&["tab", "hunter2-hunter2"]);
    screen.dialog.paste("-pasted\n");
    let formatted = format!("{:?}", screen.dialog);
    let Dialog::Form(form) = &screen.dialog else {
        panic!()
    };
    let values = form.values();
    assert_eq!(
        values.secret("password").unwrap().expose_secret(),
        "hunter2-hunter2-pasted"
    );
    for shown in [screen.text(), formatted, format!("{values:?}")] {
        assert!(
            !shown.contains("hunter2") && !shown.contains("pasted"),
            "{shown}"
        );
    }
    assert!(screen.text().contains(&"•".repeat(22)));
}

#[test]
fn the_secret_line_is_edited_like_any_other() {
    let mut screen = Screen::new(new_user(), 80, 24);
    screen.keys(&[
        "tab",
        "gone",
        "ctrl-u",
        "bcd",
        "home",
        "a",
        "end",
        "x",
        "backspace",
        "ée",
    ]);
    let Dialog::Form(form) = &screen.dialog else {
        panic!()
    };
    assert_eq!(
        form.values().secret("password").unwrap().expose_secret(),
        "abcdée"
    );
}

#[test]
fn clicks_do_what_keys_do() {
    let mut screen = Screen::new(new_user(), 80, 24);
    screen.click(Target::NextOption(2));
    screen.click(Target::Field(4));
    screen.click(Target::Field(0));
    screen.dialog.paste("ada@example.com");
    let outcome = screen.click(Target::Accept);
    let values = values(outcome);
    assert_eq!(values.text("first"), "admins");
    assert!(!values.flag("invite"));
    let mut screen = Screen::new(new_user(), 80, 24);
    assert!(matches!(screen.click(Target::Dismiss), Outcome::Cancelled));
}

#[test]
fn the_cursor_stands_after_wide_characters() {
    let mut screen = Screen::new(new_user(), 80, 24);
    let before = screen.draw().cursor.unwrap();
    screen.keys(&["日本"]);
    let after = screen.draw().cursor.unwrap();
    assert_eq!((after.x - before.x, after.y), (4, before.y));
    screen.keys(&["left"]);
    assert_eq!(screen.draw().cursor.unwrap().x - before.x, 2);
    // However long the line is, the cursor stays in the window.
    screen.keys(&["end", &"日".repeat(100)]);
    assert!(screen.draw().cursor.unwrap().x < 78);
}

#[test]
fn on_a_small_terminal_the_field_its_message_and_the_buttons_are_in_view() {
    let mut screen = Screen::new(new_user(), 40, 12);
    screen.keys(&["ctrl-s"]);
    let text = screen.text();
    assert!(
        text.contains("Email") && text.contains("must not be empty"),
        "{text}"
    );
    assert!(
        text.contains("[ Create ]") && text.contains("esc cancel"),
        "{text}"
    );
    for _ in 0..5 {
        screen.keys(&["tab"]);
        assert!(screen.text().contains('▸'), "{}", screen.text());
    }
    assert!(
        screen.text().contains("will be in readers"),
        "{}",
        screen.text()
    );
}
