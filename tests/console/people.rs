//! People: the page that puts them together, how they join and leave, and changes of groups.

use crossterm::event::KeyCode;
use mlwarden::{
    app::{Screen, State, effect::Ask, job::JobId, message::News},
    aws::cognito::{Account, Device},
    domain::{App, AppOwner, AppStatus, ErrorClass, Failure, Profile, Space, UserStatus},
    plan::{Step, survey::StudioSurvey},
    ui::Theme,
};
use secrecy::SecretString;

use crate::{
    cells::{APPROVER, READER},
    scene::{
        asks, ctrl, found, frame, hear, keys, moment, people, press, role, start, tickets, user,
        users,
    },
};

/// The frame at 80×24.
fn small(state: &mut State) -> String {
    frame(state, 80, 24, &Theme::plain())
}

fn profile(name: &str, role_name: &str) -> Profile {
    Profile {
        domain_id: "d-xq4mlw4rd3n0".to_owned(),
        name: name.to_owned(),
        arn: None,
        status: "InService".to_owned(),
        execution_role: Some(role(role_name, name).arn),
        role_from_domain: false,
        created_at: None,
        modified_at: None,
    }
}

/// What Studio has: a profile with another's role, one that is nobody's, and what runs there.
fn studio() -> StudioSurvey {
    let app = |owner: AppOwner, app_type: &str, name: &str| App {
        domain_id: "d-xq4mlw4rd3n0".to_owned(),
        owner,
        app_type: app_type.to_owned(),
        name: name.to_owned(),
        status: AppStatus::InService,
        instance_type: Some("ml.t3.medium".to_owned()),
        image: None,
        created_at: None,
        active_at: None,
    };
    StudioSurvey {
        profiles: vec![
            profile("invited", APPROVER),
            profile("left-last-year", READER),
        ],
        spaces: vec![Space {
            domain_id: "d-xq4mlw4rd3n0".to_owned(),
            name: "pricing".to_owned(),
            status: "InService".to_owned(),
            owner: Some("invited".to_owned()),
            created_at: None,
        }],
        apps: vec![
            app(
                AppOwner::Profile("invited".to_owned()),
                "JupyterServer",
                "default",
            ),
            app(
                AppOwner::Space("pricing".to_owned()),
                "JupyterLab",
                "default",
            ),
        ],
        tags: None,
    }
}

/// The page of people, with everything that it is made from.
fn everybody() -> State {
    let mut state = start(Screen::People);
    let wanted = found(&mut state);
    let ticket = asks(&wanted).into_iter().find_map(|ask| match ask {
        Ask::Studio(ticket) => Some(*ticket),
        _ => None,
    });
    people(&mut state, &wanted);
    let studio = Ok((moment(), Box::new(studio())));
    hear(&mut state, News::Studio(ticket.unwrap(), studio));
    state
}

/// The user names and steps of the plan that is asked for.
fn planned(effects: &[mlwarden::app::Effect]) -> Vec<(String, Vec<&'static str>)> {
    let plan = asks(effects).into_iter().find_map(|ask| match ask {
        Ask::Run(_, plan, _) => Some(plan),
        _ => None,
    });
    let items = plan.unwrap().items.iter();
    items
        .map(|item| {
            let calls = item.steps.iter().map(Step::call).collect();
            (item.subject.clone(), calls)
        })
        .collect()
}

#[test]
fn one_person_is_one_row_with_what_does_not_fit() {
    let mut state = everybody();
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("people_{width}x{height}"),
            frame(&mut state, width, height, &Theme::plain())
        );
    }
    keys(&mut state, "/invited\n\n");
    insta::assert_snapshot!("person_detail_80x24", small(&mut state));
}

#[test]
fn a_look_at_somebody_reads_factors_and_devices_and_shows_them_when_they_come() {
    let mut state = users();
    let effects = keys(&mut state, "jd");
    let asked = asks(&effects).into_iter().find_map(|ask| match ask {
        Ask::Account(name) => Some(name.clone()),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("both@example.com"));
    assert!(small(&mut state).contains("being looked up"));
    let account = |name: &str| {
        let account = Account {
            user: user(name, UserStatus::Confirmed, true, 1),
            mfa: vec!["SOFTWARE_TOKEN_MFA".to_owned()],
            preferred_mfa: None,
        };
        let device = Device {
            key: "us-west-2_1".to_owned(),
            name: Some("Firefox".to_owned()),
            last_ip: Some("192.0.2.7".to_owned()),
            created_at: None,
            last_authenticated_at: Some(moment()),
        };
        News::Account(name.to_owned(), Ok(Box::new((account, vec![device]))))
    };
    // The answer about somebody else says nothing about this one.
    hear(&mut state, account("ada@example.com"));
    assert!(!small(&mut state).contains("SOFTWARE_TOKEN_MFA"));
    hear(&mut state, account("both@example.com"));
    insta::assert_snapshot!("user_account_80x24", small(&mut state));
}

#[test]
fn without_studio_nobody_is_said_to_lack_a_profile() {
    let mut state = start(Screen::People);
    let wanted = found(&mut state);
    people(&mut state, &wanted);
    let ticket = asks(&wanted).into_iter().find_map(|ask| match ask {
        Ask::Studio(ticket) => Some(*ticket),
        _ => None,
    });
    let failure = Failure::new(ErrorClass::Network, "listing the profiles", "no answer");
    hear(&mut state, News::Studio(ticket.unwrap(), Err(failure)));
    let page = frame(&mut state, 120, 40, &Theme::plain());
    assert!(page.contains("ada@example.com"), "{page}");
    assert!(!page.contains("has no Studio profile"), "{page}");
}

#[test]
fn somebody_is_onboarded_by_one_form_and_one_look() {
    let mut state = everybody();
    keys(&mut state, "Onew.hire@example.com\t");
    insta::assert_snapshot!("onboard_80x24", small(&mut state));
    keys(&mut state, " read \n");
    insta::assert_snapshot!("onboard_filled_80x24", small(&mut state));
    ctrl(&mut state, 's');
    insta::assert_snapshot!(
        "onboard_preview_120x40",
        frame(&mut state, 120, 40, &Theme::plain())
    );
    let effects = keys(&mut state, "\n");
    assert_eq!(
        planned(&effects),
        [(
            "new.hire@example.com".to_owned(),
            vec![
                "cognito-idp:AdminCreateUser",
                "cognito-idp:AdminAddUserToGroup",
                "sagemaker:CreateUserProfile"
            ]
        )]
    );
    // When it is done, what the person may do is proved by itself.
    let subject = "new.hire@example.com".to_owned();
    hear(&mut state, News::Step(JobId(1), subject, Ok(())));
    let effects = hear(&mut state, News::JobDone(JobId(1), false));
    let proved = asks(&effects).into_iter().any(|ask| {
        matches!(ask, Ask::Prove(_, principals)
            if principals.iter().map(ToString::to_string).eq(["group:readers"]))
    });
    assert!(proved, "{effects:?}");
}

#[test]
fn whoever_has_everything_is_not_asked_about() {
    let mut state = everybody();
    keys(&mut state, "Oada@example.com\t\t\t ");
    ctrl(&mut state, 's');
    assert!(state.layers.is_empty(), "{:?}", state.layers);
    assert!(small(&mut state).contains("has all of it already"));
}

#[test]
fn somebody_who_leaves_loses_what_is_chosen_in_the_right_order() {
    let mut state = everybody();
    keys(&mut state, "/invited\nF");
    insta::assert_snapshot!("offboard_80x24", small(&mut state));
    // All of it: the profile and the user too.
    keys(&mut state, "\t\t \t \t ");
    ctrl(&mut state, 's');
    insta::assert_snapshot!(
        "offboard_preview_120x40",
        frame(&mut state, 120, 40, &Theme::plain())
    );
    assert!(
        asks(&keys(&mut state, "\n")).is_empty(),
        "nothing typed, nothing done"
    );
    let effects = keys(&mut state, "invited@example.com\n");
    let [(_, calls)] = <[_; 1]>::try_from(planned(&effects)).unwrap();
    assert_eq!(
        calls,
        [
            "cognito-idp:AdminDisableUser",
            "cognito-idp:AdminUserGlobalSignOut",
            "cognito-idp:AdminRemoveUserFromGroup",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteSpace",
            "sagemaker:DeleteUserProfile",
            "cognito-idp:AdminDeleteUser"
        ]
    );
}

#[test]
fn what_a_user_is_asked_for_by_the_u_keys() {
    let mut state = users();
    keys(&mut state, "u");
    insta::assert_snapshot!("user_chords_80x24", small(&mut state));
    keys(&mut state, "p");
    insta::assert_snapshot!("user_password_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "ua");
    insta::assert_snapshot!("user_attributes_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "um");
    insta::assert_snapshot!("user_mfa_80x24", small(&mut state));
}

#[test]
fn a_password_that_is_made_is_shown_once_and_never_drawn_again() {
    let mut state = users();
    keys(&mut state, "jjup");
    ctrl(&mut state, 's');
    let effects = keys(&mut state, "y");
    assert_eq!(planned(&effects)[0].1, ["cognito-idp:AdminSetUserPassword"]);
    let subject = || "invited@example.com".to_owned();
    let secret = SecretString::from("Hush-Hush-42");
    hear(&mut state, News::Secret(JobId(1), subject(), secret));
    hear(&mut state, News::Step(JobId(1), subject(), Ok(())));
    assert!(!small(&mut state).contains("Hush"));
    hear(&mut state, News::JobDone(JobId(1), false));
    insta::assert_snapshot!("new_password_80x24", small(&mut state));
    keys(&mut state, "v");
    assert!(small(&mut state).contains("Hush-Hush-42"));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "8\n");
    assert!(!small(&mut state).contains("Hush"));
    assert!(!format!("{state:?}").contains("Hush"));
}

#[test]
fn groups_are_made_changed_and_deleted_by_name() {
    let mut state = users();
    keys(&mut state, "3a");
    insta::assert_snapshot!("group_create_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "e");
    insta::assert_snapshot!("group_edit_80x24", small(&mut state));
    press(&mut state, KeyCode::Esc);
    press(&mut state, KeyCode::Delete);
    insta::assert_snapshot!("group_delete_80x24", small(&mut state));
    assert!(
        asks(&keys(&mut state, "admins\n")).is_empty(),
        "the name alone is not enough"
    );
    press(&mut state, KeyCode::Esc);
    keys(&mut state, "M");
    let page = small(&mut state);
    assert!(
        state.screen() == Screen::Users && page.contains("groups:admins"),
        "{page}"
    );
}

#[test]
fn whoever_joins_a_second_group_is_told_what_they_will_really_be() {
    let mut state = users();
    keys(&mut state, "jj+approv \n");
    insta::assert_snapshot!("group_trap_80x24", small(&mut state));
}

#[test]
fn what_a_job_did_is_taken_back_after_a_look() {
    let mut state = users();
    let effects = keys(&mut state, "jjxy");
    assert_eq!(planned(&effects)[0].1, ["cognito-idp:AdminDisableUser"]);
    hear(
        &mut state,
        News::Step(JobId(1), "invited@example.com".to_owned(), Ok(())),
    );
    hear(&mut state, News::JobDone(JobId(1), false));
    let effects = keys(&mut state, "8u");
    let id = asks(&effects).into_iter().find_map(|ask| match ask {
        Ask::Inverse(id) => Some(*id),
        _ => None,
    });
    assert!(id.is_some(), "{effects:?}");
    let back = mlwarden::plan::Plan::new(
        "undo: disable invited@example.com".to_owned(),
        mlwarden::plan::Place::default(),
        vec![mlwarden::plan::Item::new(
            "invited@example.com",
            vec![Step::EnableUser {
                user: "invited@example.com".to_owned(),
            }],
        )],
    );
    hear(&mut state, News::Inverse(Ok((Box::new(back), Vec::new()))));
    insta::assert_snapshot!("undo_80x24", small(&mut state));
    let effects = keys(&mut state, "y");
    assert_eq!(planned(&effects)[0].1, ["cognito-idp:AdminEnableUser"]);
    assert_eq!(tickets(&effects).users, None);
}
