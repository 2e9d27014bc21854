use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::{
    access::Matrix,
    app::remote::Ticket,
    domain::{ErrorClass, Group, User, UserStatus},
};

fn state() -> State {
    State::new("test".into(), false, Matrix::sample(), Screen::Users, None)
}

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    update(state, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn user(number: usize) -> User {
    User {
        username: format!("u{number:05}"),
        email: Some(format!("person-{number:05}@example.com")),
        status: UserStatus::Confirmed,
        enabled: true,
        created_at: None,
        modified_at: None,
        attributes: indexmap::IndexMap::new(),
    }
}

fn found(state: &mut State) -> Vec<Effect> {
    update(state, Msg::DiscoveryDone(jiff::Timestamp::UNIX_EPOCH))
}

fn ticket(effects: &[Effect]) -> Ticket {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::LoadUsers(ticket) => Some(*ticket),
            _ => None,
        })
        .unwrap()
}

#[test]
fn no_key_is_dropped_while_twenty_thousand_users_come_in() {
    let mut state = state();
    let effects = found(&mut state);
    let ticket = ticket(&effects);
    let users: Vec<User> = (0..20_000).map(user).collect();
    for page in users.chunks(60) {
        update(&mut state, Msg::Users(ticket, page.to_vec()));
        press(&mut state, KeyCode::Char('j'));
    }
    update(
        &mut state,
        Msg::UsersDone(ticket, Ok(jiff::Timestamp::UNIX_EPOCH)),
    );
    assert_eq!(state.users.shown().unwrap().len(), 20_000);
    assert_eq!(state.users_cursor.at, users.len().div_ceil(60));
    assert_eq!(state.users_cursor.id.as_deref(), Some("u00334"));
}

#[test]
fn the_cursor_stays_with_its_row_through_filter_and_refresh() {
    let mut state = state();
    let first = ticket(&found(&mut state));
    update(&mut state, Msg::Users(first, (0..9).map(user).collect()));
    update(
        &mut state,
        Msg::UsersDone(first, Ok(jiff::Timestamp::UNIX_EPOCH)),
    );
    for _ in 0..4 {
        press(&mut state, KeyCode::Char('j'));
    }
    let id = state.users_cursor.id.clone();
    press(&mut state, KeyCode::Char('/'));
    press(&mut state, KeyCode::Char('4'));
    assert_eq!(state.shown_users().len(), 1);
    assert_eq!(state.users_cursor.id, id);
    press(&mut state, KeyCode::Esc);
    let second = ticket(&press(&mut state, KeyCode::Char('r')));
    update(&mut state, Msg::Users(second, (2..9).map(user).collect()));
    update(
        &mut state,
        Msg::UsersDone(second, Ok(jiff::Timestamp::UNIX_EPOCH)),
    );
    press(&mut state, KeyCode::Char('j'));
    assert_eq!(state.users_cursor.id.as_deref(), Some("u00005"));
}

#[test]
fn a_late_page_of_an_older_list_changes_nothing() {
    let mut state = state();
    let old = ticket(&found(&mut state));
    let new = ticket(&press(&mut state, KeyCode::Char('r')));
    update(&mut state, Msg::Users(old, vec![user(1)]));
    assert_eq!(state.users.shown(), Some(&vec![]));
    update(&mut state, Msg::Users(new, vec![user(2)]));
    assert_eq!(state.users.shown().unwrap().len(), 1);
}

#[test]
fn nothing_live_starts_without_being_asked_for_twice() {
    let mut state = state();
    found(&mut state);
    update(
        &mut state,
        Msg::Key(KeyEvent::new(KeyCode::Char('4'), KeyModifiers::NONE)),
    );
    assert!(press(&mut state, KeyCode::Char('V')).is_empty());
    assert!(matches!(
        state.modal,
        Some(Modal::Verify { grant_trust: false })
    ));
    assert!(press(&mut state, KeyCode::Esc).is_empty());
    assert!(state.matrix.live.is_none());
    press(&mut state, KeyCode::Char('V'));
    press(&mut state, KeyCode::Char('t'));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Verify(options)] if options.grant_trust));
    assert!(state.matrix.live.is_some());
}

#[test]
fn leaving_waits_until_a_verify_has_given_back() {
    let mut state = state();
    found(&mut state);
    press(&mut state, KeyCode::Char('4'));
    press(&mut state, KeyCode::Char('V'));
    press(&mut state, KeyCode::Enter);
    assert!(
        press(&mut state, KeyCode::Char('q')).is_empty(),
        "it asks first"
    );
    let effects = press(&mut state, KeyCode::Char('y'));
    assert!(matches!(&effects[..], [Effect::CancelVerify]));
    assert!(!state.may_end());
    let failure = Failure::new(ErrorClass::Cancelled, "verifying", "cancelled");
    update(
        &mut state,
        Msg::Verified {
            live: true,
            result: Err(failure),
        },
    );
    assert!(state.may_end());
}

#[test]
fn read_only_offers_no_trust() {
    let mut state = state();
    state.read_only = true;
    found(&mut state);
    press(&mut state, KeyCode::Char('4'));
    press(&mut state, KeyCode::Char('V'));
    press(&mut state, KeyCode::Char('t'));
    assert!(matches!(
        state.modal,
        Some(Modal::Verify { grant_trust: false })
    ));
}

#[test]
fn groups_name_their_members() {
    let mut state = state();
    let effects = found(&mut state);
    let ticket = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::LoadGroups(ticket) => Some(*ticket),
            _ => None,
        })
        .unwrap();
    for name in ["readers", "model-approvers"] {
        let group = Group {
            name: name.into(),
            description: None,
            precedence: None,
            role_arn: None,
            created_at: None,
            modified_at: None,
        };
        update(
            &mut state,
            Msg::Group(ticket, group, vec!["u2".into(), "u1".into()]),
        );
    }
    assert_eq!(state.groups_of("u1"), ["readers", "model-approvers"]);
    assert_eq!(
        in_mlflow(&state.groups_of("u1")),
        "readers alone: the first that matches"
    );
    assert!(in_mlflow(&[]).starts_with("500"));
}
