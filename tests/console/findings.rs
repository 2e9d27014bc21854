//! The findings: what is read for them, what is suppressed, and what their keys do.

use mlwarden::{
    access::{Finding, Severity, finding::Suppression},
    app::{
        Effect, Screen, State,
        effect::{Ask, Terminal},
        message::News,
        remote::Ticket,
    },
    plan::Step,
    probe::audit::{Audit, Unseen},
    ui::Theme,
};

use crate::scene::{asks, denied, found, frame, hear, keys, moment, people, start, users};

/// Snapshots at both sizes.
fn seen(name: &str, state: &mut State) {
    for (width, height) in [(80, 24), (120, 40)] {
        let frame = frame(state, width, height, &Theme::plain());
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), frame);
    }
}

fn wanted_audit(effects: &[Effect]) -> Ticket {
    asks(effects)
        .into_iter()
        .find_map(|ask| match ask {
            Ask::Audit(ticket) => Some(*ticket),
            _ => None,
        })
        .unwrap()
}

fn door() -> Finding {
    Finding {
        id: "side-door-group".to_owned(),
        severity: Severity::High,
        subject: "role:reader".to_owned(),
        title: "reader may put its holder into a group that may do more".to_owned(),
        evidence: vec!["a notebook of reader puts itself into admins".to_owned()],
        remedy: "`mlwarden roles guard reader` shows the policy that closes it".to_owned(),
        command: Some("mlwarden roles guard --apply reader".to_owned()),
        ..Finding::default()
    }
}

/// What was put on the clipboard.
fn copied(effects: &[Effect]) -> &str {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Terminal(Terminal::Copy(text)) => Some(text.as_str()),
            _ => None,
        })
        .unwrap()
}

#[test]
fn the_page_reads_what_findings_are_about_and_says_what_it_may_not() {
    let mut state = start(Screen::Overview);
    found(&mut state);
    let effects = keys(&mut state, "7");
    let asked = asks(&effects);
    for wanted in [
        asked.iter().any(|ask| matches!(ask, Ask::Users(_))),
        asked.iter().any(|ask| matches!(ask, Ask::Groups(_))),
        asked.iter().any(|ask| matches!(ask, Ask::Studio(_))),
    ] {
        assert!(wanted, "{asked:?}");
    }
    let ticket = wanted_audit(&effects);
    // Nothing is asked twice.
    assert!(asks(&keys(&mut state, "17")).is_empty());
    people(&mut state, &effects);
    let audit = Audit {
        findings: vec![door()],
        not_looked_at: vec![Unseen {
            part: "the pool's settings".to_owned(),
            failure: denied("cognito-idp:DescribeUserPool", "describing the pool"),
        }],
    };
    hear(
        &mut state,
        News::Audited(ticket, Ok((moment(), Box::new(audit)))),
    );
    seen("findings_audited", &mut state);
    keys(&mut state, "g\n");
    seen("finding_of_a_role", &mut state);
    // r looks at everything again.
    keys(&mut state, "\u{1b}");
    wanted_audit(&keys(&mut state, "r"));
}

#[test]
fn what_is_suppressed_stands_last_and_does_not_count() {
    let mut state = start(Screen::Users);
    let suppression = |until: &str| Suppression {
        finding: "several-groups".to_owned(),
        subject: "user:both@*".to_owned(),
        detail: None,
        reason: "moves in March".to_owned(),
        until: until.parse().unwrap(),
    };
    state.data.label.suppress = vec![suppression("2027-03-01")];
    let wanted = found(&mut state);
    people(&mut state, &wanted);
    keys(&mut state, "7");
    seen("findings_suppressed", &mut state);
    keys(&mut state, "G\n");
    let detail = frame(&mut state, 120, 40, &Theme::plain());
    assert!(
        detail.contains("until 2027-03-01: moves in March"),
        "{detail}"
    );
    keys(&mut state, "\u{1b}1");
    let overview = frame(&mut state, 120, 40, &Theme::plain());
    assert!(!overview.contains("both@example.com"), "{overview}");

    // After its end it is open again, and says so.
    let mut state = start(Screen::Users);
    state.data.label.suppress = vec![suppression("2026-11-22")];
    let wanted = found(&mut state);
    people(&mut state, &wanted);
    let row = state
        .data
        .findings
        .rows()
        .iter()
        .find(|row| row.finding.id == "several-groups")
        .unwrap();
    assert_eq!(row.suppression, None);
    assert!(
        row.finding
            .evidence
            .contains(&"its suppression ended on 2026-11-22: moves in March".to_owned())
    );
}

#[test]
fn a_key_plans_the_remedy_and_another_copies_the_suppression() {
    let mut state = users();
    keys(&mut state, "7/several\n");
    let effects = keys(&mut state, "S");
    let lines: toml::Table = toml::from_str(copied(&effects)).unwrap();
    let suppress = &lines["suppress"][0];
    assert_eq!(suppress["finding"].as_str(), Some("several-groups"));
    assert_eq!(suppress["subject"].as_str(), Some("user:both@example.com"));
    assert_eq!(suppress["until"].as_str(), Some("2027-02-21"));

    keys(&mut state, "a");
    seen("finding_plan", &mut state);
    let effects = keys(&mut state, "y");
    let steps: Vec<Step> = asks(&effects)
        .into_iter()
        .filter_map(|ask| match ask {
            Ask::Run(_, plan, _) => Some(plan.items.clone()),
            _ => None,
        })
        .flatten()
        .flat_map(|item| item.steps)
        .collect();
    assert_eq!(
        steps,
        [Step::RemoveFromGroup {
            user: "both@example.com".to_owned(),
            group: "model-approvers".to_owned()
        }]
    );
}

#[test]
fn in_a_read_only_context_the_key_copies_the_command() {
    let mut state = users();
    state.data.label.read_only = true;
    keys(&mut state, "7/unconfirmed\n");
    let effects = keys(&mut state, "a");
    assert_eq!(copied(&effects), "mlwarden users delete nobody@example.com");
}
