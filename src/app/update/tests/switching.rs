//! Going to other pages, by commands, and to other deployments.

use ratatui::{Terminal, backend::TestBackend};

use super::*;
use crate::{
    access::{Finding, finding::Severity},
    app::{effect::Epoch, start::Choice},
    aws::discovery::Discovered,
    domain::{Found, Origin},
    ui::{self, Theme},
};

/// What is on the screen.
fn drawn(state: &mut State) -> String {
    settle(state);
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal
        .draw(|frame| drop(ui::draw(frame, state, &Theme::plain())))
        .unwrap();
    terminal.backend().to_string()
}

/// A deployment whose every list has somebody or something called `old`.
fn full() -> State {
    let mut state = start(Screen::Users);
    for item in ["account", "user_pool_id", "domain_id", "caller_arn"] {
        let found = Found::new(format!("old-{item}"), Origin::Config("old".to_owned()));
        hear(&mut state, News::Discovered(Discovered::Item(item, found)));
    }
    hear(
        &mut state,
        News::LeftBehind(vec!["an old probe user".to_owned()], Vec::new()),
    );
    let effects = found(&mut state);
    let mut people: Vec<User> = (0..3).map(user).collect();
    for person in &mut people {
        person.email = Some(format!("old-{}", person.username));
    }
    come(&mut state, &effects, people);
    let ticket = groups_ticket(&effects);
    hear(
        &mut state,
        News::Group(ticket, group("old-group"), Vec::new()),
    );
    hear(&mut state, News::GroupsDone(ticket, Ok(at())));
    let finding = Finding {
        id: "several-groups".to_owned(),
        severity: Severity::High,
        subject: "user:old".to_owned(),
        title: "old is in two groups".to_owned(),
        evidence: vec!["old".to_owned()],
        remedy: "leave old in one".to_owned(),
        ..Finding::default()
    };
    let epoch = state.epoch;
    update(&mut state, Msg::Judged(epoch, vec![finding], None));
    state.fail(&Failure::new(ErrorClass::Network, "listing old", "refused"));
    state
}

#[test]
fn nothing_of_the_old_deployment_stays() {
    let mut state = full();
    state.places.contexts = vec!["second".to_owned()];
    for page in "12379".chars() {
        keys(&mut state, &page.to_string());
        assert!(
            drawn(&mut state).contains("old"),
            "page {page} has it first"
        );
    }
    keys(&mut state, "2/old\n");
    keys(&mut state, ":can user:old-u00000\n");
    key(&mut state, KeyCode::Esc);
    keys(&mut state, "2\n");
    assert_eq!(state.layers.len(), 1, "a window shows somebody");
    keys(&mut state, "\u{1b}");
    let effects = keys(&mut state, ":ctx second\n");
    assert!(matches!(
        effects.as_slice(),
        [Effect::Switch(Epoch(1), Choice { context: Some(name), .. })] if name == "second"
    ));
    assert!(state.layers.is_empty() && state.filter().is_empty());
    for screen in Screen::ALL {
        state.nav.go(screen);
        let frame = drawn(&mut state);
        assert!(!frame.contains("old"), "{screen:?}: {frame}");
    }
    keys(&mut state, ":");
    for _ in 0..10 {
        key(&mut state, KeyCode::Up);
        assert!(
            !drawn(&mut state).contains("old"),
            "the commands typed before"
        );
    }
}

#[test]
fn replies_of_the_old_deployment_change_nothing_in_the_new_one() {
    let mut state = full();
    let effects = keys(&mut state, "r");
    let (old, ticket) = (state.epoch, users_ticket(&effects));
    keys(&mut state, ":ctx second\n");
    let effects = found(&mut state);
    let before = drawn(&mut state);
    for news in [
        News::Users(ticket, vec![user(1)]),
        News::Users(users_ticket(&effects), vec![user(1)]),
        News::UsersDone(ticket, Err(failure(ErrorClass::Expired))),
        News::SessionRenewed,
        News::DiscoveryDone(at()),
        News::NotConnected(failure(ErrorClass::Network)),
        News::LeftBehind(vec!["old".to_owned()], Vec::new()),
        News::JobDone(JobId(1), false),
    ] {
        let effects = update(&mut state, Msg::News(old, news));
        assert!(effects.is_empty(), "{effects:?}");
    }
    update(&mut state, Msg::Judged(old, Vec::new(), None));
    assert_eq!(drawn(&mut state), before);
}

#[test]
fn nobody_leaves_a_deployment_while_a_job_runs_there() {
    let mut state = full();
    keys(&mut state, "xy");
    let effects = keys(&mut state, ":ctx second\n");
    assert!(effects.is_empty(), "{effects:?}");
    assert_eq!(state.epoch, Epoch(0));
    assert!(said(&state).contains("a job runs here"), "{}", said(&state));
    hear(&mut state, News::JobDone(JobId(1), false));
    assert_eq!(keys(&mut state, ":ctx second\n").len(), 1);
}

#[test]
fn until_the_new_place_is_known_nothing_may_be_changed_there() {
    let mut state = full();
    keys(&mut state, ":ctx second\n");
    assert!(state.data.label.read_only);
    let label = Label {
        context: "second".to_owned(),
        ..Label::default()
    };
    hear(
        &mut state,
        News::Place(Box::new(label), Box::new(Matrix::sample()), Box::default()),
    );
    assert!(!state.data.label.read_only);
}

#[test]
fn pages_are_walked_back_and_forward() {
    let mut state = with_users(3);
    keys(&mut state, "379");
    keys(&mut state, "--");
    assert_eq!(state.screen(), Screen::Groups);
    keys(&mut state, "]");
    assert_eq!(state.screen(), Screen::Findings);
    keys(&mut state, "1]");
    assert_eq!(state.screen(), Screen::Overview);
    assert!(
        said(&state).contains("no page to go forward"),
        "{}",
        said(&state)
    );
}

#[test]
fn commands_go_filter_sort_and_are_completed() {
    let mut state = with_users(9);
    keys(&mut state, "1:us 00003\n");
    assert_eq!((state.screen(), state.filter()), (Screen::Users, "00003"));
    keys(&mut state, ":filter\n");
    keys(&mut state, "\u{1b}:sort user desc\n");
    assert_eq!(state.data.users.id(0), Some("u00008"));
    keys(&mut state, ":theme no\t\n");
    keys(&mut state, ":sort colour\n");
    assert!(
        said(&state).contains("use one of user, status"),
        "{}",
        said(&state)
    );
    keys(&mut state, ":");
    key(&mut state, KeyCode::Up);
    let Some(crate::app::state::Prompt::Command { input, .. }) = &state.prompt else {
        panic!("nothing is typed")
    };
    assert_eq!(input.value(), "sort colour");
}

#[test]
fn a_completion_is_taken_by_tab_and_enter() {
    let mut state = with_users(1);
    let effects = keys(&mut state, ":theme no\t\n");
    assert!(
        matches!(effects.as_slice(), [Effect::Terminal(crate::app::effect::Terminal::Theme { name })] if name == "nord"),
        "{effects:?}"
    );
}

#[test]
fn another_region_is_looked_at_with_the_same_profile() {
    let mut state = full();
    state.data.label.profile = Some("ops".to_owned());
    let effects = keys(&mut state, ":region eu-west-1\n");
    let [Effect::Switch(_, choice)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(choice.profile.as_deref(), Some("ops"));
    assert_eq!(choice.context.as_deref(), Some("first"));
    let effects = keys(&mut state, ":ctx second\n");
    assert!(
        matches!(effects.as_slice(), [Effect::Switch(_, choice)] if choice.profile.is_none()),
        "{effects:?}"
    );
}
