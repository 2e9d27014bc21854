//! Profiles, spaces, apps with their costs, clean-up, and the policies of execution roles.

use mlwarden::{
    app::{Screen, State, effect::Ask, job::JobId, message::News},
    domain::{App, AppOwner, AppStatus, PolicySource, Profile, Role, RolePolicy, Space},
    plan::{
        Step,
        survey::{StudioPart, StudioSurvey},
    },
    ui::Theme,
};

use crate::{
    cells::{APPROVER, READER},
    scene::{asks, ctrl, denied, found, frame, hear, keys, moment, people, press, role, start},
};

const DOMAIN: &str = "d-xq4mlw4rd3n0";

/// Snapshots at both sizes.
fn seen(name: &str, state: &mut State) {
    for (width, height) in [(80, 24), (120, 40)] {
        let frame = frame(state, width, height, &Theme::plain());
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), frame);
    }
}

fn profile(name: &str, role_name: Option<&str>) -> Profile {
    Profile {
        domain_id: DOMAIN.to_owned(),
        name: name.to_owned(),
        arn: None,
        status: "InService".to_owned(),
        execution_role: Some(role(role_name.unwrap_or(READER), name).arn),
        role_from_domain: role_name.is_none(),
        created_at: Some(moment()),
        modified_at: None,
    }
}

fn app(owner: AppOwner, kind: &str, name: &str, hours: i64, idle: Option<i64>) -> App {
    let ago = |hours: i64| moment() - jiff::SignedDuration::from_hours(hours);
    App {
        domain_id: DOMAIN.to_owned(),
        owner,
        app_type: kind.to_owned(),
        name: name.to_owned(),
        status: AppStatus::InService,
        instance_type: Some("ml.t3.medium".to_owned()),
        image: None,
        created_at: Some(ago(hours)),
        active_at: idle.map(ago),
    }
}

fn survey() -> StudioSurvey {
    let of = |name: &str| AppOwner::Profile(name.to_owned());
    StudioSurvey {
        profiles: vec![
            profile("invited", Some(APPROVER)),
            profile("left-last-year", None),
        ],
        spaces: vec![Space {
            domain_id: DOMAIN.to_owned(),
            name: "pricing".to_owned(),
            status: "InService".to_owned(),
            owner: Some("invited".to_owned()),
            created_at: Some(moment()),
        }],
        apps: vec![
            app(of("invited"), "KernelGateway", "kernel", 90, Some(30)),
            app(
                of("left-last-year"),
                "KernelGateway",
                "forgotten",
                900,
                None,
            ),
            app(
                AppOwner::Space("pricing".to_owned()),
                "JupyterLab",
                "default",
                5,
                Some(1),
            ),
        ],
        tags: None,
    }
}

/// A page with all of Studio on it.
fn studio(screen: Screen) -> State {
    let mut state = start(screen);
    let mut wanted = found(&mut state);
    let ticket = |wanted: &[mlwarden::app::Effect]| {
        asks(wanted).into_iter().find_map(|ask| match ask {
            Ask::Studio(ticket) => Some(*ticket),
            _ => None,
        })
    };
    if ticket(&wanted).is_none() {
        wanted.extend(keys(&mut state, "i"));
    }
    people(&mut state, &wanted);
    let (ticket, survey) = (ticket(&wanted).unwrap(), survey());
    let listed = survey.profiles.iter().map(|profile| Profile {
        execution_role: None,
        role_from_domain: false,
        ..profile.clone()
    });
    for part in [
        StudioPart::Profiles(listed.collect()),
        StudioPart::Spaces(survey.spaces.clone()),
        StudioPart::Apps(survey.apps.clone()),
        StudioPart::Described(survey.profiles.clone()),
    ] {
        hear(&mut state, News::StudioPart(ticket, part));
    }
    let all = Ok((moment(), Box::new(survey)));
    hear(&mut state, News::Studio(ticket, all));
    mlwarden::app::settle(&mut state);
    if state.screen() != screen {
        keys(
            &mut state,
            match screen {
                Screen::Cleanup => "K",
                Screen::Spaces => "I",
                Screen::Roles => "5",
                Screen::Apps => "6",
                _ => "i",
            },
        );
    }
    state
}

/// What an approver's role holds in the sample.
fn approver() -> Role {
    let found = role(APPROVER, "mlflow-model-approver");
    let inline = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[
        "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/*/GET/*",
        "arn:aws:execute-api:us-west-2:123456789012:a1b2c3d4e5/*/POST/api/2.0/mlflow/registered-models/*"]}]}"#;
    Role {
        name: found.name,
        arn: found.arn,
        trust: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}"#.to_owned(),
        policies: vec![RolePolicy {
            source: PolicySource::Inline("restApiReader".to_owned()),
            document: inline.to_owned(),
        }],
    }
}

/// The steps of the plan that is asked for.
fn planned(effects: &[mlwarden::app::Effect]) -> Vec<Step> {
    let plan = asks(effects).into_iter().find_map(|ask| match ask {
        Ask::Run(_, plan, _) => Some(plan),
        _ => None,
    });
    let items = plan.unwrap_or_else(|| panic!("no plan in {effects:?}"));
    items
        .items
        .iter()
        .flat_map(|item| item.steps.clone())
        .collect()
}

#[test]
fn profiles_show_owner_role_and_worth() {
    let mut state = studio(Screen::Profiles);
    seen("profiles", &mut state);
    keys(&mut state, "\n");
    seen("profile_detail", &mut state);
}

#[test]
fn profiles_are_there_before_they_are_looked_at() {
    let mut state = start(Screen::Profiles);
    let wanted = found(&mut state);
    let ticket = asks(&wanted).into_iter().find_map(|ask| match ask {
        Ask::Studio(ticket) => Some(*ticket),
        _ => None,
    });
    let listed = vec![Profile {
        execution_role: None,
        ..profile("invited", None)
    }];
    hear(
        &mut state,
        News::StudioPart(ticket.unwrap(), StudioPart::Profiles(listed)),
    );
    let frame = frame(&mut state, 120, 12, &Theme::plain());
    let row = frame.lines().find(|line| line.contains("invited")).unwrap();
    assert!(row.matches('?').count() >= 2, "{row}");
}

#[test]
fn a_profile_gets_another_role_after_a_look_at_what_that_means() {
    let mut state = studio(Screen::Profiles);
    keys(&mut state, "e");
    keys(&mut state, "reader");
    keys(&mut state, "\n");
    seen("profile_role_preview", &mut state);
    let effects = keys(&mut state, "y");
    let steps = planned(&effects);
    let [
        Step::SetProfileRole {
            name,
            after,
            before,
            ..
        },
    ] = steps.as_slice()
    else {
        panic!("{steps:?}")
    };
    assert_eq!(name, "invited");
    assert_eq!(*after, role(READER, "x").arn);
    assert_eq!(*before, Some(role(APPROVER, "x").arn));
}

#[test]
fn a_profile_goes_with_what_is_in_it_once_its_name_is_typed() {
    let mut state = studio(Screen::Profiles);
    press(&mut state, crossterm::event::KeyCode::Delete);
    seen("profile_delete_preview", &mut state);
    assert!(asks(&keys(&mut state, "\n")).is_empty());
    let steps = planned(&keys(&mut state, "invited\n"));
    let calls: Vec<_> = steps.iter().map(Step::call).collect();
    assert_eq!(
        calls,
        [
            "sagemaker:DeleteApp",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteSpace",
            "sagemaker:DeleteUserProfile"
        ]
    );
}

#[test]
fn a_new_profile_has_a_name_that_studio_takes_and_a_role() {
    let mut state = studio(Screen::Profiles);
    keys(&mut state, "atwo words");
    ctrl(&mut state, 's');
    seen("profile_new", &mut state);
    assert!(!state.layers.is_empty());
    for _ in 0.."two words".len() {
        press(&mut state, crossterm::event::KeyCode::Backspace);
    }
    keys(&mut state, "eve");
    ctrl(&mut state, 's');
    let steps = planned(&keys(&mut state, "\n"));
    assert!(
        matches!(steps.as_slice(), [Step::CreateProfile { name, role: None, .. }] if name == "eve"),
        "{steps:?}"
    );
}

#[test]
fn spaces_and_apps() {
    let mut state = studio(Screen::Spaces);
    seen("spaces", &mut state);
    keys(&mut state, "6\n");
    seen("app_detail", &mut state);
}

#[test]
fn what_is_forgotten_is_shown_with_what_it_costs_and_deleted_together() {
    let mut state = studio(Screen::Cleanup);
    seen("cleanup", &mut state);
    press(&mut state, crossterm::event::KeyCode::Delete);
    seen("cleanup_preview", &mut state);
    let steps = planned(&keys(&mut state, "y"));
    let names: Vec<&str> = steps
        .iter()
        .filter_map(|step| match step {
            Step::DeleteApp(app) => Some(app.name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["forgotten", "kernel"]);
    let job = JobId(1);
    for name in [
        "forgotten of profile left-last-year",
        "kernel of profile invited",
    ] {
        let doing = News::Doing(job, format!("KernelGateway {name}"), "Deleting".to_owned());
        hear(&mut state, doing);
    }
    keys(&mut state, "8\n");
    seen("cleanup_job", &mut state);
}

#[test]
fn another_rule_finds_others_and_says_what_it_leaves() {
    let mut state = studio(Screen::Cleanup);
    keys(&mut state, "e");
    seen("cleanup_rule", &mut state);
    keys(&mut state, "\t\t4h");
    ctrl(&mut state, 's');
    let frame = frame(&mut state, 120, 12, &Theme::plain());
    assert!(frame.contains("1 forgotten app"), "{frame}");
    assert!(frame.contains("1 of unknown idleness"), "{frame}");
    assert!(!frame.contains("left-last-year"), "{frame}");
}

#[test]
fn the_domain_is_emptied_only_by_its_id() {
    let mut state = studio(Screen::Cleanup);
    keys(&mut state, "D");
    seen("cleanup_destroy", &mut state);
    assert!(asks(&keys(&mut state, "yes\n")).is_empty());
    for _ in 0..3 {
        press(&mut state, crossterm::event::KeyCode::Backspace);
    }
    let steps = planned(&keys(&mut state, &format!("{DOMAIN}\n")));
    assert_eq!(steps.len(), 6);
}

#[test]
fn nothing_of_studio_is_changed_where_nothing_may_be() {
    for (screen, keyed) in [
        (Screen::Profiles, "e"),
        (Screen::Profiles, "a"),
        (Screen::Cleanup, "D"),
        (Screen::Roles, "e"),
    ] {
        let mut state = studio(screen);
        state.data.label.read_only = true;
        assert!(asks(&keys(&mut state, keyed)).is_empty());
        assert!(state.layers.is_empty(), "{screen:?} {keyed}");
        let frame = frame(&mut state, 120, 40, &Theme::plain());
        assert!(frame.contains("read-only"), "{frame}");
    }
}

#[test]
fn roles_tell_whom_they_trust_and_are_given_what_is_declared() {
    let mut state = studio(Screen::Roles);
    let arn = role(APPROVER, "x").arn;
    hear(&mut state, News::Role(arn, Ok(Box::new(approver()))));
    let reader = role(READER, "x").arn;
    let failure = denied("iam:GetRole", "reading the role");
    hear(&mut state, News::Role(reader, Err(failure)));
    seen("roles_read", &mut state);
    keys(&mut state, "\n");
    seen("role_detail", &mut state);
    keys(&mut state, "\u{1b}e");
    seen("role_policy", &mut state);
    let steps = planned(&keys(&mut state, "y"));
    let [
        Step::PutRolePolicy {
            policy,
            before: Some(_),
            ..
        },
    ] = steps.as_slice()
    else {
        panic!("{steps:?}")
    };
    assert_eq!(policy, "restApiReader");
    // A trust that lets in others than SageMaker is something to act on.
    let findings = &state.data.studio_findings;
    assert!(
        findings.iter().any(|finding| finding.id == "trust-widened"),
        "{findings:?}"
    );
}
