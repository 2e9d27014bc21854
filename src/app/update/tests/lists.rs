//! Lists while they come in, are refreshed, filtered, marked.

use super::*;

#[test]
fn no_key_is_dropped_while_twenty_thousand_users_come_in() {
    let mut state = start(Screen::Users);
    let ticket = users_ticket(&found(&mut state));
    let users: Vec<User> = (0..20_000).map(user).collect();
    let pages = users.chunks(60);
    let count = pages.len();
    for page in pages {
        hear(&mut state, News::Users(ticket, page.to_vec()));
        keys(&mut state, "j");
        for effect in settle(&mut state) {
            if let Effect::Arrange(epoch, screen, arrangement) = effect {
                let arranged = (arrangement.work)();
                let msg = Msg::Arranged(epoch, screen, arrangement.generation, arranged);
                update(&mut state, msg);
            }
        }
    }
    hear(&mut state, News::UsersDone(ticket, Ok(at())));
    assert_eq!(state.data.users.total(), 20_000);
    assert_eq!(here(&state), format!("u{count:05}"));
}

#[test]
fn the_cursor_stays_with_its_row_through_filter_and_refresh() {
    let mut state = with_users(9);
    keys(&mut state, "jjjj");
    assert_eq!(here(&state), "u00004");
    keys(&mut state, "/00004");
    assert_eq!(
        (state.data.users.shown(), here(&state).as_str()),
        (1, "u00004")
    );
    keys(&mut state, "\u{1b}");
    assert_eq!(
        (state.data.users.shown(), here(&state).as_str()),
        (9, "u00004")
    );
    let effects = keys(&mut state, "r");
    come(&mut state, &effects, (2..9).map(user).collect());
    assert_eq!(here(&state), "u00004");
    let effects = keys(&mut state, "r");
    come(&mut state, &effects, vec![user(2), user(5)]);
    assert_eq!(here(&state), "u00005", "what came after the row that went");
}

#[test]
fn marks_stay_with_their_rows_and_go_with_them() {
    let mut state = with_users(5);
    keys(&mut state, "  j ");
    assert_eq!(state.data.users.targets(), ["u00000", "u00001", "u00003"]);
    keys(&mut state, "/00004\n");
    let marked = state.data.users.marked();
    assert_eq!((marked.count, marked.hidden), (3, 3));
    let effects = keys(&mut state, "\u{1b}r");
    come(&mut state, &effects, (1..5).map(user).collect());
    assert_eq!(state.data.users.targets(), ["u00001", "u00003"]);
    keys(&mut state, "mc");
    assert_eq!(state.data.users.marked().count, 0);
}

#[test]
fn a_late_page_of_an_older_list_changes_nothing() {
    let mut state = start(Screen::Users);
    let old = users_ticket(&found(&mut state));
    let new = users_ticket(&keys(&mut state, "r"));
    hear(&mut state, News::Users(old, vec![user(1)]));
    hear(&mut state, News::UsersDone(old, Ok(at())));
    assert_eq!(state.data.users.total(), 0);
    assert!(state.data.users.remote().is_loading());
    hear(&mut state, News::Users(new, vec![user(2)]));
    assert_eq!(here(&state), "u00002");
}

#[test]
fn what_is_told_twice_or_after_its_end_changes_nothing() {
    let mut state = start(Screen::Users);
    let ticket = users_ticket(&found(&mut state));
    hear(&mut state, News::Users(ticket, vec![user(1)]));
    hear(&mut state, News::UsersDone(ticket, Ok(at())));
    hear(&mut state, News::Users(ticket, vec![user(2)]));
    let error = failure(ErrorClass::Network);
    hear(&mut state, News::UsersDone(ticket, Err(error)));
    assert_eq!(state.data.users.total(), 1);
    assert_eq!(state.data.users.remote().error(), None);
}

#[test]
fn a_reply_for_a_page_that_was_left_is_there_when_one_comes_back() {
    let mut state = start(Screen::Users);
    let effects = found(&mut state);
    keys(&mut state, "1");
    come(&mut state, &effects, vec![user(1)]);
    assert_eq!(state.screen(), Screen::Overview);
    let asked = keys(&mut state, "2");
    assert!(asks(&asked).is_empty(), "it is there: {asked:?}");
    assert_eq!(state.data.users.total(), 1);
}

#[test]
fn groups_name_their_members_and_what_mlflow_makes_of_them() {
    let mut state = start(Screen::Users);
    let ticket = groups_ticket(&found(&mut state));
    for name in ["readers", "model-approvers"] {
        let members = vec!["u2".to_owned(), "u1".to_owned()];
        hear(&mut state, News::Group(ticket, group(name), members));
    }
    hear(&mut state, News::GroupsDone(ticket, Ok(at())));
    let groups = state.data.users.context().groups("u1");
    assert_eq!(groups, ["model-approvers", "readers"]);
}

#[test]
fn a_group_is_there_with_its_first_members_and_grows() {
    let mut state = start(Screen::Users);
    let ticket = groups_ticket(&found(&mut state));
    let members = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    for name in ["readers", "admins"] {
        hear(
            &mut state,
            News::Group(ticket, group(name), members(&["u3"])),
        );
    }
    keys(&mut state, "3");
    let counts = |state: &State| {
        let rows = (0..2).map(|place| state.data.groups.get(place).unwrap().members.len());
        rows.collect::<Vec<_>>()
    };
    assert_eq!(counts(&state), [1, 1]);
    let more = News::Members(ticket, "readers".to_owned(), members(&["u4", "u1"]));
    hear(&mut state, more);
    assert_eq!(counts(&state), [1, 3], "admins come first");
    let late = News::Members(Ticket::default(), "readers".to_owned(), members(&["u9"]));
    hear(&mut state, late);
    hear(&mut state, News::GroupsDone(ticket, Ok(at())));
    assert_eq!(counts(&state), [1, 3]);
    assert_eq!(
        state.data.groups.get(1).unwrap().members,
        ["u1", "u3", "u4"]
    );
    assert_eq!(state.data.users.context().groups("u4"), ["readers"]);
}

#[test]
fn saved_filters_come_back_by_name() {
    let mut state = with_users(9);
    keys(&mut state, "/00003\nfs");
    for _ in 0..10 {
        key(&mut state, KeyCode::Backspace);
    }
    keys(&mut state, "the third\n");
    keys(&mut state, "\u{1b}");
    assert_eq!(state.data.users.shown(), 9);
    keys(&mut state, "ffthird\n");
    assert_eq!((state.filter(), state.data.users.shown()), ("00003", 1));
}

#[test]
fn ten_thousand_toasts_leave_one_line_and_a_log_that_ends() {
    let mut state = with_users(1);
    for number in 0..10_000 {
        update(&mut state, Msg::Done(Ok(format!("saved {number}"))));
    }
    assert_eq!(said(&state), "saved 9999");
    let kept = state.data.log.entries().len();
    assert!((100..10_000).contains(&kept), "{kept}");
    keys(&mut state, "j");
    assert_eq!(said(&state), "", "a key is answered by a free line");
    keys(&mut state, "9");
    settle(&mut state);
    assert_eq!(state.data.log_list.total(), kept);
}

#[test]
fn an_action_on_every_row_knows_the_rows_that_the_filter_hides() {
    let mut state = with_users(9);
    keys(&mut state, "/0000[\n");
    state.data.users.mark(Marking::Clear);
    keys(&mut state, "\u{1b}/00003\nma\u{1b}");
    assert_eq!(state.data.users.targets(), ["u00003"]);
}
