//! Confirmations: nothing that destroys is ever the default.

use mlwarden::app::{
    dialog::{Answer, Call, Confirm, Outcome, Severity, Target, Text, Toggle},
    tone::Tone,
};

use crate::harness::{Screen, snapshot};

pub fn delete(severity: Severity) -> Confirm {
    Confirm::new("Delete ada@example.com?", "Delete", severity)
        .calls(vec![
            Call::new(
                "cognito-idp:AdminUserGlobalSignOut",
                "signs ada@example.com out",
            ),
            Call::new("cognito-idp:AdminDeleteUser", "deletes ada@example.com"),
        ])
        .irreversible(vec!["the user, with password and groups".to_owned()])
        .effects(vec![Text::new(
            Tone::Dim,
            "2 experiments stay with their owner's name.",
        )])
}

fn verify() -> Confirm {
    Confirm::new("Verify live", "Start", Severity::Enter)
        .intro([
            "Every cell by a request which the gateway authorises and MLflow refuses: nothing in MLflow changes.",
            "Borrowed, and given back at the end (or at the next start):",
        ])
        .calls(vec![Call::new(
            "cognito-idp:AdminCreateUser",
            "a probe user of readers, admins; nobody is invited",
        )])
        .toggles(vec![
            Toggle::new('t', "let me into the execution roles for 15 minutes").adds(vec![
                Call::new("iam:UpdateAssumeRolePolicy", "you alone may assume reader-role"),
            ]),
        ])
}

fn confirmed(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(Answer::Confirmed { .. }))
}

#[test]
fn pictures() {
    snapshot("confirm_yes_no", |width, height| {
        Screen::new(delete(Severity::YesNo), width, height)
    });
    snapshot("confirm_type_name", |width, height| {
        let severity = Severity::TypeName("ada@example.com".to_owned());
        let mut screen = Screen::new(delete(severity), width, height);
        screen.keys(&["ada@"]);
        screen
    });
    snapshot("confirm_verify", |width, height| {
        let mut screen = Screen::new(verify(), width, height);
        screen.keys(&["t"]);
        screen
    });
}

#[test]
fn a_lone_enter_never_destroys() {
    for severity in [Severity::YesNo, Severity::TypeName("ada".to_owned())] {
        let mut screen = Screen::new(delete(severity.clone()), 80, 24);
        assert!(!confirmed(&screen.keys(&["enter"])), "{severity:?}");
        let mut screen = Screen::new(delete(severity.clone()), 80, 24);
        assert!(!confirmed(&screen.keys(&["space"])), "{severity:?}");
        assert!(!confirmed(&screen.keys(&["ctrl-enter"])), "{severity:?}");
        // A paste is text, whatever it holds.
        let mut screen = Screen::new(delete(severity.clone()), 80, 24);
        assert!(!confirmed(&screen.dialog.paste("y\n")), "{severity:?}");
    }
}

#[test]
fn yes_takes_its_key_or_its_button() {
    let screen = || Screen::new(delete(Severity::YesNo), 80, 24);
    assert!(confirmed(&screen().keys(&["y"])));
    assert!(confirmed(&screen().keys(&["right", "enter"])));
    assert!(confirmed(&screen().keys(&["tab", "enter"])));
    assert!(confirmed(&screen().click(Target::Accept)));
    for keys in [["n"], ["esc"], ["q"], ["enter"]] {
        assert!(
            matches!(screen().keys(&keys), Outcome::Cancelled),
            "{keys:?}"
        );
    }
    assert!(matches!(
        screen().click(Target::Dismiss),
        Outcome::Cancelled
    ));
}

#[test]
fn the_name_must_be_exact() {
    let severity = Severity::TypeName("Ada@example.com".to_owned());
    for typed in [
        "ada@example.com",
        "Ada@example.co",
        "Ada@example.com ",
        "Аda@example.com",
    ] {
        let mut screen = Screen::new(delete(severity.clone()), 80, 24);
        assert!(!confirmed(&screen.keys(&[typed, "enter"])), "{typed:?}");
        assert!(
            !confirmed(&screen.keys(&["tab", "tab", "enter"])),
            "{typed:?}"
        );
    }
    let mut screen = Screen::new(delete(severity.clone()), 80, 24);
    assert!(matches!(screen.click(Target::Accept), Outcome::Stay));
    assert!(confirmed(&screen.keys(&["Ada@example.com", "enter"])));
}

#[test]
fn letters_of_a_name_are_no_keys() {
    let mut screen = Screen::new(delete(Severity::TypeName("nqy".to_owned())), 80, 24);
    assert!(matches!(screen.keys(&["nqy"]), Outcome::Stay));
    assert!(confirmed(&screen.keys(&["enter"])));
}

#[test]
fn a_harmless_run_starts_with_enter_and_returns_its_options() {
    let mut screen = Screen::new(verify(), 80, 24);
    assert!(!screen.text().contains("UpdateAssumeRolePolicy"));
    screen.keys(&["t"]);
    assert!(screen.text().contains("UpdateAssumeRolePolicy"));
    match screen.keys(&["enter"]) {
        Outcome::Done(answer) => assert!(answer.is_on('t')),
        other => panic!("{other:?}"),
    }
    let mut screen = Screen::new(verify(), 80, 24);
    screen.click(Target::Toggle(0));
    screen.click(Target::Toggle(0));
    match screen.keys(&["enter"]) {
        Outcome::Done(answer) => assert!(!answer.is_on('t')),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_option_that_is_not_to_be_had_says_why() {
    let confirm = Confirm::new("Verify", "Start", Severity::Enter)
        .toggles(vec![Toggle::new('t', "trust").disabled("read-only")]);
    let mut screen = Screen::new(confirm, 80, 24);
    screen.keys(&["t"]);
    assert!(
        screen.text().contains("[ ] t  trust (read-only)"),
        "{}",
        screen.text()
    );
}

#[test]
fn a_long_plan_scrolls_and_says_how_much_is_out_of_view() {
    let calls = (0..30)
        .map(|at| Call::new("cognito-idp:AdminDeleteUser", format!("deletes user-{at}")))
        .collect();
    let confirm = Confirm::new("Delete 30 users?", "Delete", Severity::YesNo).calls(calls);
    let mut screen = Screen::new(confirm, 40, 12);
    let text = screen.text();
    assert!(text.contains("52 more lines below"), "{text}");
    assert!(
        text.contains("[ No ]") && text.contains("[ Delete ]"),
        "{text}"
    );
    screen.keys(&["end", "down", "down", "down"]);
    let text = screen.text();
    assert!(
        text.contains("user-29") && text.contains("52 more lines above"),
        "{text}"
    );
    // Past the end nothing is stored up: one step up is one line.
    screen.keys(&["up"]);
    assert!(
        screen.text().contains("51 above, ▼ 1 below"),
        "{}",
        screen.text()
    );
}

#[test]
fn what_cannot_be_undone_stands_apart() {
    let text = Screen::new(delete(Severity::YesNo), 80, 24).text();
    assert!(text.contains("This cannot be undone:"), "{text}");
    assert!(
        text.contains("- the user, with password and groups"),
        "{text}"
    );
}

#[test]
fn on_a_small_terminal_name_and_buttons_are_in_view() {
    let severity = Severity::TypeName("a-rather-long-user-name@example.com".to_owned());
    let text = Screen::new(delete(severity), 40, 12).text();
    assert!(
        text.contains("a-rather-long-user-name@example.com"),
        "{text}"
    );
    assert!(
        text.contains("[ Cancel ]") && text.contains("[ Delete ]"),
        "{text}"
    );
    assert!(text.contains("more lines below"), "{text}");
}
