//! What is asked before it is done, what is refused, what is waited for.

use super::*;
use crate::{
    app::{
        actions::{Action, Context, Danger, TABLE},
        job::{Stage, Work},
        layer::{Layer, Purpose},
    },
    domain::Principal,
    plan::Step,
};

/// The page that an action is for.
fn page_of(context: Context) -> Screen {
    match context {
        Context::Users | Context::List => Screen::Users,
        Context::Groups => Screen::Groups,
        Context::Matrix => Screen::Matrix,
        Context::Profiles => Screen::Profiles,
        Context::Apps => Screen::Apps,
        Context::Spaces => Screen::Spaces,
        Context::Cleanup => Screen::Cleanup,
        Context::Roles => Screen::Roles,
        Context::Mlflow => Screen::Experiments,
        Context::Requests => Screen::Requests,
        Context::Findings => Screen::Findings,
        Context::Jobs => Screen::Jobs,
        Context::Overview
        | Context::Everywhere
        | Context::Detail
        | Context::Chart
        | Context::Compare
        | Context::Preview => Screen::Overview,
    }
}

/// A job that changes two users.
fn changing(state: &mut State) -> JobId {
    let effects = keys(state, "  xy");
    match asks(&effects).as_slice() {
        [Ask::Run(id, plan, _)] if plan.items.len() == 2 => *id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_live_starts_without_being_asked_for_twice() {
    let mut state = start(Screen::Matrix);
    found(&mut state);
    assert!(asks(&keys(&mut state, "V")).is_empty());
    assert!(keys(&mut state, "\u{1b}").is_empty());
    assert!(state.data.matrix.live.is_none() && !state.data.jobs.are_active());
    let effects = keys(&mut state, "Vt\n");
    assert!(
        matches!(asks(&effects).as_slice(), [Ask::Verify(_, options)] if options.grant_trust),
        "{effects:?}"
    );
    assert!(state.data.matrix.live.is_some());
}

#[test]
fn no_change_of_a_user_runs_before_its_plan_was_confirmed() {
    for action in ["x", "S", "+", "a", "O", "up", "ua", "um", "F"] {
        let mut state = with_users(3);
        assert!(asks(&keys(&mut state, action)).is_empty(), "{action}");
        assert!(!state.layers.is_empty(), "{action} asks");
        assert!(
            asks(&keys(&mut state, "\u{1b}\u{1b}")).is_empty(),
            "{action}"
        );
        assert!(state.data.jobs.all().is_empty(), "{action}");
    }
}

#[test]
fn what_cognito_would_refuse_is_said_and_not_asked() {
    let mut state = with_users(3);
    for (action, why) in [
        ("ui", "the invitation was followed"),
        ("uc", "no sign-up to confirm"),
    ] {
        assert!(keys(&mut state, action).is_empty());
        assert!(state.layers.is_empty(), "{action}");
        let hint = state.data.log.toast().map_or("", |(_, hint)| hint);
        assert!(hint.contains(why), "{action}: {hint}");
    }
}

#[test]
fn enter_alone_never_destroys() {
    for action in ["x", "S"] {
        let mut state = with_users(3);
        keys(&mut state, action);
        assert!(asks(&keys(&mut state, "\n")).is_empty(), "{action}");
    }
    let mut state = with_users(3);
    key(&mut state, KeyCode::Delete);
    assert!(asks(&keys(&mut state, "\n\ny\n")).is_empty());
    keys(&mut state, "\u{1b}");
    key(&mut state, KeyCode::Delete);
    let effects = keys(&mut state, "person-00000@example.com\n");
    assert!(matches!(
        asks(&effects).as_slice(),
        [Ask::Run(_, plan, _)] if matches!(
            plan.items.as_slice(),
            [item] if item.steps == [Step::DeleteUser { user: "u00000".to_owned() }]
        )
    ));
}

#[test]
fn leaving_waits_until_a_verify_has_given_back() {
    let mut state = start(Screen::Matrix);
    found(&mut state);
    keys(&mut state, "V\n");
    assert!(keys(&mut state, "q").is_empty(), "it asks first");
    let effects = keys(&mut state, "y");
    assert!(matches!(asks(&effects).as_slice(), [Ask::Cancel(JobId(1))]));
    assert!(!state.may_end());
    let error = failure(ErrorClass::Cancelled);
    hear(&mut state, News::Verified(JobId(1), Err(error)));
    assert!(state.may_end());
}

#[test]
fn whoever_leaves_after_having_been_somebody_is_told_that_it_is_given_back() {
    let mut state = with_users(3);
    let _ = update(&mut state, Msg::Terminate);
    assert!(state.data.log.toast().is_none());
    let mut state = with_users(3);
    state.data.mlflow.been = vec![Principal::Group("readers".to_owned())];
    let _ = update(&mut state, Msg::Terminate);
    assert!(state.may_end());
    let (_, told) = state.data.log.toast().unwrap();
    assert!(told.contains("giving back"), "{told}");
}

#[test]
fn leaving_waits_for_the_step_that_is_under_way() {
    let mut state = with_users(3);
    let job = changing(&mut state);
    let effects = update(&mut state, Msg::Terminate);
    assert!(matches!(asks(&effects).as_slice(), [Ask::Cancel(id)] if *id == job));
    assert!(!state.may_end());
    hear(&mut state, News::JobDone(job, true));
    assert!(state.may_end());
}

#[test]
fn a_job_fails_half_way_while_its_page_is_gone_and_is_tried_again_in_part() {
    let mut state = with_users(3);
    let job = changing(&mut state);
    keys(&mut state, "1");
    hear(&mut state, News::Step(job, "u00000".to_owned(), Ok(())));
    let error = failure(ErrorClass::NotFound);
    hear(&mut state, News::Step(job, "u00001".to_owned(), Err(error)));
    hear(&mut state, News::JobDone(job, false));
    assert!(said(&state).contains("1 of 2 failed"), "{}", said(&state));
    assert_eq!(state.data.jobs.get(job).unwrap().stage, Stage::Failed);
    let logged = state
        .data
        .log
        .entries()
        .any(|entry| entry.text.contains("1 of 2 failed"));
    assert!(logged);
    let planned = match &state.data.jobs.get(job).unwrap().work {
        Work::Plan(plan) => Some(plan.id),
        _ => None,
    };
    keys(&mut state, "8t");
    let effects = keys(&mut state, "y");
    assert!(
        matches!(asks(&effects).as_slice(), [Ask::Resume(id, plan)]
            if *id != job && Some(*plan) == planned),
        "{effects:?}"
    );
}

#[test]
fn a_word_about_a_job_that_is_over_changes_nothing() {
    let mut state = with_users(3);
    let job = changing(&mut state);
    hear(&mut state, News::JobDone(job, false));
    let before = state.data.jobs.get(job).unwrap().clone();
    let entries = state.data.log.entries().len();
    let error = failure(ErrorClass::NotFound);
    hear(&mut state, News::Step(job, "u00000".to_owned(), Err(error)));
    assert!(hear(&mut state, News::JobDone(job, true)).is_empty());
    assert!(hear(&mut state, News::JobDone(JobId(99), false)).is_empty());
    let after = state.data.jobs.get(job).unwrap();
    assert_eq!(
        (after.stage, after.rows.len()),
        (before.stage, before.rows.len())
    );
    assert_eq!(state.data.log.entries().len(), entries);
}

#[test]
fn read_only_refuses_every_action_that_writes_and_says_why() {
    let mut refused = 0;
    for entry in TABLE {
        if entry.danger == Danger::None || entry.context == Context::Jobs {
            continue;
        }
        let mut state = with_users(3);
        state.data.label.read_only = true;
        state.nav.go(page_of(entry.context));
        let effects = keys(&mut state, &format!(":{}\n", entry.name));
        assert!(asks(&effects).is_empty(), "{}", entry.name);
        assert!(state.layers.is_empty(), "{}", entry.name);
        assert!(
            said(&state).contains("read-only"),
            "{}: {}",
            entry.name,
            said(&state)
        );
        refused += 1;
    }
    assert!(refused >= 6, "{refused}");
    // What failed before is not tried again either.
    let mut state = with_users(3);
    let job = changing(&mut state);
    let error = failure(ErrorClass::NotFound);
    hear(&mut state, News::Step(job, "u00001".to_owned(), Err(error)));
    hear(&mut state, News::JobDone(job, false));
    state.data.label.read_only = true;
    keys(&mut state, "8t");
    assert!(state.layers.is_empty(), "{:?}", state.layers);
    assert!(said(&state).contains("read-only"), "{}", said(&state));
}

#[test]
fn read_only_verifies_without_borrowing() {
    let mut state = start(Screen::Matrix);
    state.data.label.read_only = true;
    found(&mut state);
    keys(&mut state, "Vt");
    let effects = keys(&mut state, "\n");
    assert!(
        matches!(asks(&effects).as_slice(), [Ask::Verify(_, options)] if !options.grant_trust),
        "{effects:?}"
    );
}

#[test]
fn an_expired_session_is_waited_for_once_then_what_failed_is_read_again() {
    let mut state = with_users(3);
    let effects = keys(&mut state, "r");
    let (users, groups) = (users_ticket(&effects), groups_ticket(&effects));
    let error = || failure(ErrorClass::Expired);
    let first = hear(&mut state, News::UsersDone(users, Err(error())));
    assert!(matches!(asks(&first).as_slice(), [Ask::AwaitSession]));
    let second = hear(&mut state, News::GroupsDone(groups, Err(error())));
    assert!(asks(&second).is_empty(), "one waits already: {second:?}");
    assert_eq!(state.data.users.total(), 3, "what was there stays");
    let effects = hear(&mut state, News::SessionRenewed);
    assert!(state.data.expired.is_none());
    let asked = asks(&effects);
    for wanted in ["Users", "Groups", "Discover"] {
        let is_asked = asked
            .iter()
            .any(|ask| format!("{ask:?}").starts_with(wanted));
        assert!(is_asked, "{wanted} in {asked:?}");
    }
}

#[test]
fn a_question_on_top_keeps_the_keys_from_the_page() {
    let mut state = with_users(3);
    keys(&mut state, "x");
    let before = here(&state);
    keys(&mut state, "jjj8");
    assert_eq!((here(&state), state.screen()), (before, Screen::Users));
    let asked = state.layers.last();
    assert!(matches!(asked, Some(Layer::Dialog(_, Purpose::Run(..)))));
}

#[test]
fn every_action_of_the_table_can_be_typed_on_its_page_without_harm() {
    for entry in TABLE {
        let mut state = with_users(3);
        state.nav.go(page_of(entry.context));
        let effects = keys(&mut state, &format!(":{}\n", entry.name));
        let writes = asks(&effects)
            .iter()
            .any(|ask| matches!(ask, Ask::Run(..) | Ask::Resume(..) | Ask::Verify(..)));
        assert!(!writes, "{} starts something at once", entry.name);
        if entry.action == Action::Quit {
            assert!(state.may_end());
        }
    }
}
