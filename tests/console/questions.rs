//! Who can, what can somebody, why: asked on the command line and at a cell.

use crossterm::event::KeyCode;
use mlwarden::{
    app::{Effect, Msg, Screen, State, effect::Ask, message::News, update},
    domain::{PolicySource, Principal, Profile, Role, RolePolicy, UserStatus},
    plan::survey::StudioSurvey,
    ui::Theme,
};

use crate::{
    cells::{APPROVER, READER, cells},
    scene::{
        asks, frame, hear, keys, matrix, moment, people, predicted, press, start, tickets, user,
        users,
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

/// A role as the sample has it, by its methods.
fn documents(name: &str, methods: &[&str]) -> Role {
    let resources: Vec<String> = methods
        .iter()
        .map(|end| format!("\"arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/prod/{end}\""))
        .collect();
    let policy = |name: &str, statement: String| RolePolicy {
        source: PolicySource::Inline(name.to_owned()),
        document: format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#),
    };
    Role {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        trust: "{}".to_owned(),
        policies: vec![
            policy(
                "restApiReader",
                format!(
                    r#"{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[{}]}}"#,
                    resources.join(",")
                ),
            ),
            policy(
                "helpful",
                r#"{"Effect":"Allow","Action":"cognito-idp:AdminAddUserToGroup","Resource":"*"}"#
                    .to_owned(),
            ),
        ],
    }
}

/// Both roles are read.
fn roles_come_in(state: &mut State) {
    let reads = ["GET/*", "POST/api/2.0/mlflow/runs/search"];
    let promotes = [
        "GET/*",
        "POST/api/2.0/mlflow/runs/search",
        "POST/api/2.0/mlflow/model-versions/*",
        "POST/api/2.0/mlflow/registered-models/*",
    ];
    for role in [documents(READER, &reads), documents(APPROVER, &promotes)] {
        hear(state, News::Role(role.arn.clone(), Ok(Box::new(role))));
    }
}

/// Studio has a profile of each of these users.
fn studio_comes_in(state: &mut State, wanted: &[Effect]) {
    let profile = |name: &str, role: &str| Profile {
        domain_id: "d-xq4mlw4rd3n0".into(),
        name: name.into(),
        arn: None,
        status: "InService".into(),
        execution_role: Some(format!("arn:aws:iam::123456789012:role/{role}")),
        role_from_domain: false,
        created_at: None,
        modified_at: None,
    };
    let survey = StudioSurvey {
        profiles: vec![profile("both", APPROVER), profile("invited", READER)],
        ..StudioSurvey::default()
    };
    let ticket = asks(wanted).into_iter().find_map(|ask| match ask {
        Ask::Studio(ticket) => Some(*ticket),
        _ => None,
    });
    let result = Ok((moment(), Box::new(survey)));
    hear(state, News::Studio(ticket.unwrap(), result));
}

/// Everything is there that a question may need.
fn everything() -> State {
    let mut state = users();
    predicted(&mut state);
    let wanted = keys(&mut state, "p");
    studio_comes_in(&mut state, &wanted);
    roles_come_in(&mut state);
    state
}

#[test]
fn who_may_do_something_is_a_list_of_principals_people_and_side_doors() {
    let mut state = everything();
    keys(&mut state, ":who model-versions:transition\n");
    snapshot!("who", &mut state);
    let page = frame(&mut state, 200, 40, &Theme::plain());
    let line = |name: &str| {
        page.lines()
            .filter(|line| line.contains(name))
            .collect::<Vec<_>>()
            .join("\n")
    };
    // By the token readers decides, in Studio the approvers' role.
    let both = line("user:both");
    assert!(both.contains("sigv4") && !both.contains("bearer"), "{page}");
    assert!(line("user:left").contains("disabled"), "{page}");
    assert!(!line(" around ").is_empty(), "{page}");
    assert!(!page.contains("user:invited"), "{page}");
}

#[test]
fn who_is_asked_before_anybody_is_known_and_answered_again_when_they_are() {
    let mut state = start(Screen::Overview);
    crate::scene::found(&mut state);
    predicted(&mut state);
    let wanted = keys(&mut state, ":who model-versions:transition\n");
    let page = frame(&mut state, 200, 40, &Theme::plain());
    assert!(
        page.contains("people are being read, 2 roles not read"),
        "{page}"
    );
    assert!(page.contains("group:model-approvers"), "{page}");
    let asked = asks(&wanted);
    assert!(
        asked.iter().any(|ask| matches!(ask, Ask::Users(_))),
        "{asked:?}"
    );
    assert!(
        asked.iter().any(|ask| matches!(ask, Ask::Roles(_))),
        "{asked:?}"
    );
    people(&mut state, &wanted);
    studio_comes_in(&mut state, &wanted);
    roles_come_in(&mut state);
    let page = frame(&mut state, 200, 40, &Theme::plain());
    assert!(page.contains("of 5 people"), "{page}");
    assert!(page.contains("user:left"), "{page}");
}

#[test]
fn of_many_people_the_answer_is_worked_out_elsewhere() {
    let mut state = start(Screen::Users);
    let wanted = crate::scene::found(&mut state);
    predicted(&mut state);
    let tickets = tickets(&wanted);
    let many = (0..2_500).map(|at| user(&format!("u{at}@x"), UserStatus::Confirmed, true, 1));
    hear(
        &mut state,
        News::Users(tickets.users.unwrap(), many.collect()),
    );
    hear(
        &mut state,
        News::UsersDone(tickets.users.unwrap(), Ok(moment())),
    );
    people(&mut state, &wanted);
    for code in ":who runs:read".chars().map(KeyCode::Char) {
        press(&mut state, code);
    }
    let enter =
        crossterm::event::KeyEvent::new(KeyCode::Enter, crossterm::event::KeyModifiers::NONE);
    let effects = update(&mut state, Msg::Key(enter));
    let inquiry = effects.into_iter().find_map(|effect| match effect {
        Effect::Inquire(epoch, ticket, inquiry) => Some((epoch, ticket, inquiry)),
        _ => None,
    });
    let (epoch, ticket, inquiry) = inquiry.unwrap();
    // What is known already is shown meanwhile.
    assert!(frame(&mut state, 120, 40, &Theme::plain()).contains("group:readers"));
    let rows = inquiry.answer();
    update(&mut state, Msg::Answered(epoch, ticket, Some(rows)));
    let late = update(&mut state, Msg::Answered(epoch, ticket, None));
    assert!(late.is_empty());
}

#[test]
fn what_somebody_may_do_is_a_list() {
    let mut state = everything();
    let wanted = keys(&mut state, ":can user:both@example.com\n");
    assert!(asks(&wanted).is_empty(), "{wanted:?}");
    snapshot!("can", &mut state);
}

#[test]
fn what_somebody_may_do_who_is_not_loaded_is_asked_for() {
    let mut state = users();
    predicted(&mut state);
    let wanted = keys(&mut state, ":can user:stranger@example.com\n");
    snapshot!("can_loading", &mut state);
    let Some(Ask::Can(ticket, who)) = asks(&wanted).pop() else {
        panic!("nobody was asked: {wanted:?}")
    };
    assert_eq!(*who, Principal::User("stranger@example.com".into()));
    let admins = Principal::Group("admins".into());
    let answers = cells()
        .into_iter()
        .filter(|cell| cell.principal == admins)
        .map(|mut cell| {
            cell.principal = who.clone();
            cell
        })
        .collect();
    hear(&mut state, News::Can(*ticket, Ok((moment(), answers))));
    let page = frame(&mut state, 120, 40, &Theme::plain());
    assert!(page.contains("22 answers"), "{page}");
}

#[test]
fn groups_may_be_supposed() {
    let mut state = everything();
    keys(&mut state, ":can group:\"readers model-approvers\"\n");
    keys(&mut state, "/transition\n");
    let page = frame(&mut state, 120, 40, &Theme::plain());
    assert!(
        page.contains("what may group:readers model-approvers do?"),
        "{page}"
    );
    assert!(page.contains("deny") && !page.contains(" allow "), "{page}");
    keys(
        &mut state,
        ":can user:ada@example.com --groups model-approvers\n",
    );
    keys(&mut state, "/transition\n");
    let page = frame(&mut state, 120, 40, &Theme::plain());
    assert!(
        page.contains("in model-approvers?") && page.contains(" allow "),
        "{page}"
    );
}

#[test]
fn the_group_trap_is_explained_with_the_way_out() {
    let mut state = everything();
    keys(
        &mut state,
        ":why user:both@example.com POST /ajax-api/2.0/mlflow/registered-models/create\n",
    );
    snapshot!("why_trap", &mut state);
    let page = frame(&mut state, 120, 40, &Theme::plain());
    assert!(page.contains("leave readers"), "{page}");
}

#[test]
fn a_permission_is_explained_route_by_route() {
    let mut state = everything();
    keys(
        &mut state,
        ":why user:both@example.com model-versions:transition\n",
    );
    let page = frame(&mut state, 120, 40, &Theme::plain());
    assert!(page.contains("bearer") && page.contains("sigv4"), "{page}");
    assert!(page.contains("2 answers"), "{page}");
}

#[test]
fn a_roles_cell_is_explained_when_its_policies_are_there() {
    let mut state = matrix();
    keys(&mut state, "/transition\n");
    keys(&mut state, "Ejllll");
    let wanted = press(&mut state, KeyCode::Enter);
    let page = frame(&mut state, 120, 40, &Theme::plain());
    assert!(page.contains("are not known"), "{page}");
    assert!(
        asks(&wanted).iter().any(|ask| matches!(ask, Ask::Roles(_))),
        "{wanted:?}"
    );
    roles_come_in(&mut state);
    snapshot!("explain_role", &mut state);
}
