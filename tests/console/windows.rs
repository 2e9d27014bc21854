//! Every window on top of a page: help, palette, lines being typed, questions.

use crossterm::event::KeyCode;
use mlwarden::{
    app::{Effect, Screen, State, job::JobId, message::News},
    domain::{ErrorClass, Failure},
    ui::Theme,
};

use crate::scene::{ctrl, frame, hear, keys, matrix, predicted, press, start, tickets, users};

/// The frame at 80×24.
fn small(state: &mut State) -> String {
    frame(state, 80, 24, &Theme::plain())
}

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
fn help_names_every_key_of_its_page() {
    let mut state = matrix();
    keys(&mut state, "?");
    snapshot!("help_matrix", &mut state);
    press(&mut state, KeyCode::PageDown);
    press(&mut state, KeyCode::PageDown);
    press(&mut state, KeyCode::PageDown);
    let scrolled = small(&mut state);
    assert!(scrolled.contains("ctrl-c"), "{scrolled}");
    let mut state = users();
    keys(&mut state, "?");
    snapshot!("help_users", &mut state);
}

#[test]
fn palette_finds_actions_by_their_words() {
    let mut state = users();
    ctrl(&mut state, 'p');
    snapshot!("palette", &mut state);
    keys(&mut state, "sign out");
    snapshot!("palette_typed", &mut state);
}

#[test]
fn the_command_line_offers_what_can_follow() {
    let mut state = users();
    predicted(&mut state);
    keys(&mut state, ":");
    insta::assert_snapshot!("command_80x24", small(&mut state));
    keys(&mut state, "can us\t");
    insta::assert_snapshot!("command_principals_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, ":who mod\t\t");
    insta::assert_snapshot!("command_chosen_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, ":frobnicate\n");
    insta::assert_snapshot!("command_unknown_80x24", small(&mut state));
}

#[test]
fn the_first_key_of_a_chord_shows_what_can_follow() {
    let mut state = users();
    keys(&mut state, "m");
    insta::assert_snapshot!("keys_after_m_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "s");
    insta::assert_snapshot!("keys_after_s_80x24", small(&mut state));
}

#[test]
fn a_user_in_words_and_as_json() {
    let mut state = users();
    keys(&mut state, "j\n");
    snapshot!("user_detail", &mut state);
    keys(&mut state, "\t");
    snapshot!("user_json", &mut state);
    keys(&mut state, "/example");
    snapshot!("user_json_search", &mut state);
}

#[test]
fn a_group_and_a_finding_in_words() {
    let mut state = users();
    keys(&mut state, "3G\n");
    insta::assert_snapshot!("group_detail_80x24", small(&mut state));
    keys(&mut state, "\u{1b}7\n");
    insta::assert_snapshot!("finding_detail_80x24", small(&mut state));
    keys(&mut state, "\u{1b}5\n");
    insta::assert_snapshot!("role_detail_80x24", small(&mut state));
}

#[test]
fn a_user_is_made_from_a_form() {
    let mut state = users();
    keys(&mut state, "a");
    snapshot!("create", &mut state);
    keys(&mut state, "ada@example.com\n");
    snapshot!("create_taken", &mut state);
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "anew@exam");
    press(&mut state, KeyCode::Tab);
    insta::assert_snapshot!("create_no_address_80x24", small(&mut state));
}

/// The form of a new user, sent with a shown password; the plan is on the screen.
fn new_user_preview() -> State {
    let mut state = users();
    keys(&mut state, "anew@example.com\t");
    // The group from its list, then how the person is told.
    keys(&mut state, " read \n\t");
    press(&mut state, KeyCode::Right);
    state
}

#[test]
fn a_new_user_is_previewed_and_the_password_is_masked() {
    let mut state = new_user_preview();
    insta::assert_snapshot!("create_filled_80x24", small(&mut state));
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Enter);
    insta::assert_snapshot!("create_preview_80x24", small(&mut state));
    press(&mut state, KeyCode::Enter);
    let before = small(&mut state);
    assert!(
        !before.contains("Temporary"),
        "nobody is made yet: {before}"
    );
    let name = "new@example.com".to_owned();
    hear(&mut state, News::Step(JobId(1), name, Ok(())));
    hear(&mut state, News::JobDone(JobId(1), false));
    snapshot!("password", &mut state);
}

#[test]
fn changes_are_asked_for_by_how_much_they_destroy() {
    let mut state = users();
    keys(&mut state, "   x");
    snapshot!("disable", &mut state);
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "S");
    insta::assert_snapshot!("sign_out_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "e");
    insta::assert_snapshot!("enable_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "mc");
    press(&mut state, KeyCode::Delete);
    snapshot!("delete", &mut state);
    keys(&mut state, "left@exam");
    insta::assert_snapshot!("delete_half_typed_80x24", small(&mut state));
}

#[test]
fn groups_are_picked_then_previewed() {
    let mut state = users();
    keys(&mut state, "+");
    snapshot!("pick_groups", &mut state);
    keys(&mut state, "read ");
    insta::assert_snapshot!("pick_groups_typed_80x24", small(&mut state));
    keys(&mut state, "\n");
    insta::assert_snapshot!("groups_preview_80x24", small(&mut state));
}

#[test]
fn themes_contexts_and_regions_are_picked() {
    let mut state = users();
    keys(&mut state, "T");
    snapshot!("themes", &mut state);
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "X");
    insta::assert_snapshot!("contexts_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "R");
    insta::assert_snapshot!("regions_80x24", small(&mut state));
}

#[test]
fn the_newest_error_is_shown_whole() {
    let mut state = users();
    let wanted = keys(&mut state, "r");
    let ticket = tickets(&wanted).users.unwrap();
    let mut failure = Failure::new(ErrorClass::Throttled, "listing the users", "Rate exceeded");
    failure.request_id = Some("8d5f2c1e-0000-4000-8000-000000000000".to_owned());
    hear(&mut state, News::UsersDone(ticket, Err(failure)));
    keys(&mut state, "!");
    insta::assert_snapshot!("error_80x24", small(&mut state));
}

#[test]
fn the_same_as_a_command_and_the_file_to_save_in() {
    let mut state = users();
    keys(&mut state, "C");
    insta::assert_snapshot!("equivalent_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    ctrl(&mut state, 's');
    insta::assert_snapshot!("save_80x24", small(&mut state));
}

#[test]
fn filters_are_saved_by_name_and_picked() {
    let mut state = users();
    keys(&mut state, "/status:invited\nfs");
    insta::assert_snapshot!("filter_save_80x24", small(&mut state));
    keys(&mut state, "\n");
    keys(&mut state, "\u{1b}ff");
    insta::assert_snapshot!("filter_pick_80x24", small(&mut state));
}

#[test]
fn a_job_that_is_watched_moves_on_by_itself() {
    let mut state = users();
    // Not the last administrator, which would have to be typed out.
    keys(&mut state, "jxy8\n");
    let before = small(&mut state);
    assert!(before.contains("running"), "{before}");
    hear(
        &mut state,
        News::Step(JobId(1), "ada@example.com".to_owned(), Ok(())),
    );
    hear(&mut state, News::JobDone(JobId(1), false));
    let after = small(&mut state);
    assert!(
        after.contains("1 of 1") && !after.contains("running"),
        "{after}"
    );
}

#[test]
fn windows_at_any_size_neither_panic_nor_lose_the_page() {
    let open: [fn(&mut State); 9] = [
        |state| drop(keys(state, "?")),
        |state| drop(ctrl(state, 'p')),
        |state| drop(keys(state, "a")),
        |state| drop(keys(state, "x")),
        |state| drop(press(state, KeyCode::Delete)),
        |state| drop(keys(state, "+")),
        |state| drop(keys(state, "T")),
        |state| drop(keys(state, "\n")),
        |state| drop(keys(state, ":who ")),
    ];
    for open in open {
        let mut state = users();
        open(&mut state);
        for (width, height) in [(1, 1), (40, 8), (41, 9), (200, 60), (40, 8)] {
            frame(&mut state, width, height, &Theme::plain());
        }
        press(&mut state, KeyCode::Esc);
        let page = small(&mut state);
        assert!(page.contains("ada@example.com"), "{page}");
    }
}

#[test]
fn the_demo_is_one_key_away_where_there_is_no_deployment() {
    let mut state = start(Screen::Overview);
    let failure = Failure::invalid("looking for AWS credentials", "there are none");
    hear(&mut state, News::NotConnected(failure));
    let effects = keys(&mut state, "D");
    assert!(
        matches!(effects.as_slice(), [Effect::Switch(_, choice)] if choice.demo),
        "{effects:?}"
    );
}
