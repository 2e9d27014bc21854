//! Every screen and window, at both sizes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mlwarden::{
    app::{Msg, Screen, State, update},
    domain::{ErrorClass, Failure},
    ui::Theme,
};

use crate::scene::{
    cells, denied, found, frame, keys, observed, people, predicted, press, proved, start, tickets,
};

fn snapshot(name: &str, state: &State) {
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("{name}_{width}x{height}"),
            frame(state, width, height, &Theme::plain())
        );
    }
}

fn ctrl(state: &mut State, character: char) {
    let key = KeyEvent::new(KeyCode::Char(character), KeyModifiers::CONTROL);
    update(state, Msg::Key(key));
}

fn matrix() -> State {
    let mut state = start(Screen::Matrix);
    found(&mut state);
    predicted(&mut state);
    state
}

#[test]
fn overview() {
    let mut state = start(Screen::Overview);
    snapshot("overview_at_start", &state);
    found(&mut state);
    snapshot("overview", &state);
}

#[test]
fn what_an_earlier_run_left_behind_is_offered_for_removal() {
    let mut state = start(Screen::Overview);
    let left = vec!["the probe user mlwarden-probe-1 of pool us-west-2_x".to_owned()];
    update(&mut state, Msg::LeftBehind(left));
    found(&mut state);
    let frame = frame(&state, 120, 40, &Theme::plain());
    assert!(
        frame.contains("mlwarden-probe-1") && frame.contains("removes it first"),
        "{frame}"
    );
}

#[test]
fn overview_without_a_connection_names_the_next_step() {
    let mut state = start(Screen::Overview);
    let failure = Failure::new(
        ErrorClass::Expired,
        "looking for AWS credentials",
        "the SSO session ran out",
    )
    .advise("run `aws sso login --profile prod`");
    update(&mut state, Msg::NotConnected(failure));
    let frame = frame(&state, 80, 24, &Theme::plain());
    assert!(frame.contains("aws sso login --profile prod"), "{frame}");
}

#[test]
fn users() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    snapshot("users_loading", &state);
    people(&mut state, &wanted);
    snapshot("users", &state);
    keys(&mut state, "/both");
    snapshot("users_filtered", &state);
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Enter);
    snapshot("user_detail", &state);
}

#[test]
fn users_whose_refresh_failed_are_kept() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    people(&mut state, &wanted);
    let wanted = press(&mut state, KeyCode::Char('r'));
    let (Some(ticket), _) = tickets(&wanted) else {
        panic!("no users were asked for")
    };
    let failure = Failure::new(ErrorClass::Throttled, "listing the users", "slow down");
    update(&mut state, Msg::UsersDone(ticket, Err(failure)));
    snapshot("users_failed_kept", &state);
}

#[test]
fn users_that_may_not_be_listed_name_the_action() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    let (Some(ticket), _) = tickets(&wanted) else {
        panic!("no users were asked for")
    };
    let failure = denied("cognito-idp:ListUsers", "listing the users");
    update(&mut state, Msg::UsersDone(ticket, Err(failure)));
    snapshot("users_denied", &state);
}

#[test]
fn groups() {
    let mut state = start(Screen::Groups);
    let wanted = found(&mut state);
    people(&mut state, &wanted);
    snapshot("groups", &state);
}

#[test]
fn matrix_predicted_live_and_proved() {
    let mut state = matrix();
    snapshot("matrix_predicted", &state);
    keys(&mut state, "V");
    snapshot("verify_preview", &state);
    press(&mut state, KeyCode::Enter);
    let all = cells();
    let event = Box::new(mlwarden::probe::Event::Planned(all.clone()));
    update(&mut state, Msg::Verify { live: true, event });
    for (index, cell) in all.into_iter().enumerate().take(30) {
        let event = Box::new(mlwarden::probe::Event::Cell(
            index,
            Box::new(observed(cell)),
        ));
        update(&mut state, Msg::Verify { live: true, event });
    }
    snapshot("matrix_live", &state);
    keys(&mut state, "q");
    snapshot("stop", &state);
    press(&mut state, KeyCode::Esc);
    proved(&mut state);
    snapshot("matrix_proved", &state);
}

#[test]
fn matrix_narrowed_and_explained() {
    let mut state = matrix();
    proved(&mut state);
    ctrl(&mut state, 'z');
    keys(&mut state, "E");
    snapshot("matrix_problems", &state);
    keys(&mut state, "x");
    snapshot("matrix_disagreements", &state);
    keys(&mut state, "jlll");
    press(&mut state, KeyCode::Enter);
    snapshot("explain", &state);
}

#[test]
fn help_names_every_key_of_its_screen() {
    let mut state = matrix();
    keys(&mut state, "?");
    snapshot("help", &state);
    keys(&mut state, "jjjjjjjjjj");
    let scrolled = frame(&state, 80, 24, &Theme::plain());
    assert!(scrolled.contains("q ctrl-c"), "{scrolled}");
}

#[test]
fn read_only_is_seen_and_says_what_stays_predicted() {
    let mut state = matrix();
    state.read_only = true;
    keys(&mut state, "V");
    insta::assert_snapshot!("read_only_80x24", frame(&state, 80, 24, &Theme::plain()));
}

#[test]
fn without_unicode_and_colour_everything_is_told_apart() {
    let mut state = matrix();
    proved(&mut state);
    insta::assert_snapshot!("ascii_80x24", frame(&state, 80, 24, &Theme::ascii()));
}

#[test]
fn any_size_is_drawn() {
    let mut state = matrix();
    proved(&mut state);
    keys(&mut state, "E");
    for screen in ['1', '2', '3', '4'] {
        keys(&mut state, &screen.to_string());
        for (width, height) in [(1, 1), (20, 5), (40, 8), (41, 9), (300, 100)] {
            let frame = frame(&state, width, height, &Theme::plain());
            assert_eq!(frame.lines().count(), usize::from(height));
        }
    }
    let small = frame(&state, 20, 5, &Theme::plain());
    assert!(small.contains("too small"), "{small}");
}
