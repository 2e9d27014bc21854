//! Every page as it is drawn, at both sizes.

use crossterm::event::KeyCode;
use mlwarden::{
    app::{Msg, Screen, State, job::JobId, message::News, update},
    domain::{ErrorClass, Failure},
    probe::Event,
    ui::Theme,
};

use crate::{
    cells::{cells, observed},
    scene::{
        apps, ctrl, denied, expired, five, found, frame, hear, keys, matrix, moment, people,
        predicted, press, proved, report, start, tickets, users,
    },
};

/// The frame at both sizes.
macro_rules! snapshot {
    ($name:literal, $state:expr) => {
        for (width, height) in [(80, 24), (120, 40)] {
            insta::assert_snapshot!(
                format!("{}_{width}x{height}", $name),
                frame($state, width, height, &Theme::plain())
            );
        }
    };
}

#[test]
fn overview() {
    let mut state = start(Screen::Overview);
    snapshot!("overview_at_start", &mut state);
    found(&mut state);
    snapshot!("overview", &mut state);
}

#[test]
fn what_an_earlier_run_left_behind_is_offered_for_removal() {
    let mut state = start(Screen::Overview);
    let left = vec!["the probe user mlwarden-probe-1 of pool us-west-2_x".to_owned()];
    let unfinished =
        vec!["onboard 3 people, 4 of 12 steps made: `mlwarden journal resume 1f0c9d2e`".to_owned()];
    hear(&mut state, News::LeftBehind(left, unfinished));
    found(&mut state);
    let frame = frame(&mut state, 120, 40, &Theme::plain());
    assert!(
        frame.contains("mlwarden-probe-1") && frame.contains("removes it first"),
        "{frame}"
    );
}

#[test]
fn a_first_run_without_credentials_names_the_next_step_and_the_demo() {
    let mut state = start(Screen::Overview);
    let failure = Failure::new(
        ErrorClass::Invalid,
        "looking for AWS credentials",
        "there are none in the environment, in ~/.aws or on this machine",
    )
    .advise("run `aws configure sso`, or choose a profile with P");
    hear(&mut state, News::NotConnected(failure));
    snapshot!("first_run", &mut state);
}

#[test]
fn an_expired_session_says_the_command_until_it_is_good_again() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    let ticket = tickets(&wanted).users.unwrap();
    hear(&mut state, News::UsersDone(ticket, Err(expired())));
    snapshot!("expired", &mut state);
    keys(&mut state, "1");
    snapshot!("expired_overview", &mut state);
    hear(&mut state, News::SessionRenewed);
    let frame = frame(&mut state, 80, 24, &Theme::plain());
    assert!(!frame.contains("aws sso login"), "{frame}");
}

#[test]
fn users_by_state() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    snapshot!("users_loading", &mut state);
    people(&mut state, &wanted);
    snapshot!("users", &mut state);
}

#[test]
fn users_filtered() {
    let mut state = users();
    keys(&mut state, "/both");
    snapshot!("users_filter_typed", &mut state);
    keys(&mut state, "\n");
    snapshot!("users_filtered", &mut state);
    keys(&mut state, "/ nowhere\n");
    snapshot!("users_filtered_away", &mut state);
}

#[test]
fn a_filter_that_is_wrong_says_what_would_be_right() {
    let mut state = users();
    keys(&mut state, "/colour:red");
    snapshot!("users_filter_error", &mut state);
}

#[test]
fn users_marked_stay_counted_when_the_filter_hides_them() {
    let mut state = users();
    keys(&mut state, "  ");
    snapshot!("users_marked", &mut state);
    keys(&mut state, "/left\n ");
    snapshot!("users_marked_hidden", &mut state);
}

#[test]
fn users_sorted_and_scrolled_sideways() {
    let mut state = users();
    keys(&mut state, "s6lll");
    snapshot!("users_sorted_scrolled", &mut state);
}

#[test]
fn users_whose_refresh_failed_are_kept() {
    let mut state = users();
    let wanted = keys(&mut state, "r");
    let ticket = tickets(&wanted).users.unwrap();
    let failure = Failure::new(ErrorClass::Throttled, "listing the users", "slow down");
    hear(&mut state, News::UsersDone(ticket, Err(failure)));
    snapshot!("users_failed_kept", &mut state);
}

#[test]
fn users_that_may_not_be_listed_name_the_action() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    let ticket = tickets(&wanted).users.unwrap();
    let failure = denied("cognito-idp:ListUsers", "listing the users");
    hear(&mut state, News::UsersDone(ticket, Err(failure)));
    snapshot!("users_denied", &mut state);
}

#[test]
fn users_that_failed_say_why_and_what_to_do() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    let ticket = tickets(&wanted).users.unwrap();
    let failure = Failure::new(
        ErrorClass::Network,
        "listing the users",
        "connection refused",
    );
    hear(&mut state, News::UsersDone(ticket, Err(failure)));
    snapshot!("users_failed", &mut state);
}

#[test]
fn a_pool_without_users_says_so() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    let ticket = tickets(&wanted).users.unwrap();
    hear(&mut state, News::UsersDone(ticket, Ok(moment())));
    snapshot!("users_empty", &mut state);
}

#[test]
fn groups() {
    let mut state = start(Screen::Groups);
    let wanted = found(&mut state);
    people(&mut state, &wanted);
    snapshot!("groups", &mut state);
}

#[test]
fn roles() {
    let mut state = start(Screen::Roles);
    found(&mut state);
    snapshot!("roles", &mut state);
}

#[test]
fn studio_apps() {
    let mut state = start(Screen::Apps);
    let wanted = found(&mut state);
    apps(&mut state, &wanted);
    snapshot!("apps", &mut state);
}

#[test]
fn findings_of_people() {
    let mut state = users();
    keys(&mut state, "7");
    snapshot!("findings", &mut state);
}

#[test]
fn jobs_running_failed_and_finished() {
    let mut state = users();
    keys(&mut state, "  ");
    keys(&mut state, "xy");
    state.now += jiff::SignedDuration::from_secs(2);
    step(&mut state, 1, "ada@example.com", true);
    keys(&mut state, "8");
    snapshot!("jobs_running", &mut state);
    step(&mut state, 1, "both@example.com", false);
    hear(&mut state, News::JobDone(JobId(1), false));
    snapshot!("jobs_failed", &mut state);
    press(&mut state, KeyCode::Enter);
    snapshot!("job_detail", &mut state);
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "2e\n");
    step(&mut state, 2, "ada@example.com", true);
    hear(&mut state, News::JobDone(JobId(2), false));
    keys(&mut state, "8");
    snapshot!("jobs", &mut state);
}

/// A step of a job is over, well or not.
fn step(state: &mut State, job: u64, who: &str, well: bool) {
    let result = if well {
        Ok(())
    } else {
        let doing = format!("disabling {who}");
        let said = "User does not exist.";
        Err(Failure::new(ErrorClass::NotFound, doing, said))
    };
    hear(state, News::Step(JobId(job), who.to_owned(), result));
}

#[test]
fn the_log_has_what_happened_newest_first() {
    let mut state = users();
    let wanted = keys(&mut state, "r");
    let failure = denied("cognito-idp:ListUsers", "listing the users");
    let ticket = tickets(&wanted).users.unwrap();
    hear(&mut state, News::UsersDone(ticket, Err(failure)));
    state.now += jiff::SignedDuration::from_secs(61);
    update(&mut state, Msg::Done(Ok("saved users.csv".to_owned())));
    snapshot!("errors_unread", &mut state);
    keys(&mut state, "9");
    snapshot!("log", &mut state);
}

#[test]
fn matrix_predicted_live_and_proved() {
    let mut state = matrix();
    snapshot!("matrix_predicted", &mut state);
    keys(&mut state, "V");
    snapshot!("verify_preview", &mut state);
    press(&mut state, KeyCode::Enter);
    let job = JobId(1);
    let all = cells();
    let event = Box::new(Event::Planned(all.clone()));
    hear(&mut state, News::Verifying(job, event));
    state.now += jiff::SignedDuration::from_secs(3);
    for (index, cell) in all.into_iter().enumerate().take(30) {
        let event = Box::new(Event::Cell(index, Box::new(observed(cell))));
        hear(&mut state, News::Verifying(job, event));
    }
    snapshot!("matrix_live", &mut state);
    keys(&mut state, "q");
    snapshot!("stop", &mut state);
    press(&mut state, KeyCode::Esc);
    proved(&mut state, job);
    snapshot!("matrix_proved", &mut state);
}

/// The matrix after a live verify.
fn proved_matrix() -> State {
    let mut state = matrix();
    keys(&mut state, "V\n");
    proved(&mut state, JobId(1));
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Up);
    state
}

#[test]
fn matrix_narrowed_and_explained() {
    let mut state = proved_matrix();
    ctrl(&mut state, 'z');
    keys(&mut state, "E");
    snapshot!("matrix_problems", &mut state);
    keys(&mut state, "x");
    snapshot!("matrix_disagreements", &mut state);
    keys(&mut state, "jlll");
    press(&mut state, KeyCode::Enter);
    snapshot!("explain", &mut state);
}

#[test]
fn matrix_filtered() {
    let mut state = matrix();
    keys(&mut state, "/runs\nE");
    snapshot!("matrix_filtered", &mut state);
}

#[test]
fn a_prediction_that_failed_leaves_the_reason_on_the_matrix() {
    let mut state = start(Screen::Matrix);
    found(&mut state);
    let failure = denied("iam:GetRolePolicy", "reading the policies of the roles");
    hear(&mut state, News::Predicted(Err(failure)));
    snapshot!("matrix_failed", &mut state);
}

#[test]
fn read_only_is_seen_and_says_what_stays_predicted() {
    let mut state = matrix();
    state.data.label.read_only = true;
    keys(&mut state, "V");
    insta::assert_snapshot!(
        "read_only_80x24",
        frame(&mut state, 80, 24, &Theme::plain())
    );
}

#[test]
fn without_unicode_and_colour_everything_is_told_apart() {
    let mut state = proved_matrix();
    insta::assert_snapshot!("ascii_80x24", frame(&mut state, 80, 24, &Theme::ascii()));
    let drawn = frame(&mut state, 120, 40, &Theme::ascii());
    let other: String = drawn.chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(other, "", "{drawn}");
}

#[test]
fn a_small_terminal_has_what_matters() {
    let plain = Theme::plain();
    let mut state = users();
    insta::assert_snapshot!("users_40x12", frame(&mut state, 40, 12, &plain));
    keys(&mut state, "x");
    insta::assert_snapshot!("disable_40x12", frame(&mut state, 40, 12, &plain));
    keys(&mut state, "\u{1b}1");
    insta::assert_snapshot!("overview_40x12", frame(&mut state, 40, 12, &plain));
    predicted(&mut state);
    keys(&mut state, "4");
    insta::assert_snapshot!("matrix_40x12", frame(&mut state, 40, 12, &plain));
}

#[test]
fn any_size_is_drawn() {
    let mut state = proved_matrix();
    keys(&mut state, "E");
    for screen in "1234567890".chars() {
        keys(&mut state, &screen.to_string());
        for (width, height) in [(1, 1), (20, 5), (40, 8), (41, 9), (300, 100)] {
            let frame = frame(&mut state, width, height, &Theme::plain());
            assert_eq!(frame.split('\n').count(), usize::from(height));
        }
    }
    insta::assert_snapshot!("too_small_20x5", frame(&mut state, 20, 5, &Theme::plain()));
}

#[test]
fn names_in_other_scripts_keep_their_columns() {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    let mut page = five();
    for (user, name) in page.iter_mut().zip([
        "山田太郎@example.jp",
        "jose\u{301}@example.com",
        "אבא@example.il",
        "evil\u{1b}[31m\u{7}@example.com",
        "👩‍💻@example.com",
    ]) {
        user.email = Some(name.to_owned());
    }
    let ticket = tickets(&wanted).users.unwrap();
    hear(&mut state, News::Users(ticket, page));
    hear(&mut state, News::UsersDone(ticket, Ok(moment())));
    snapshot!("users_scripts", &mut state);
    let drawn = frame(&mut state, 120, 40, &Theme::plain());
    assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}'));
}

#[test]
fn a_report_without_findings_is_no_empty_page() {
    let mut state = matrix();
    hear(&mut state, News::Predicted(Ok(report(cells()))));
    keys(&mut state, "7");
    snapshot!("findings_none", &mut state);
}
