//! A deployment at a frozen moment, as the screens show it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use mlwarden::{
    access::{Basis, Catalog, Contract, Decision, Effect, Matrix},
    app::{Effect as Wanted, Msg, Screen, State, remote::Ticket, update},
    aws::discovery::Discovered,
    domain::{
        AuthScheme, ErrorClass, ExecutionRole, Failure, Found, Group, Origin, Principal, Problem,
        User, UserStatus,
    },
    probe::{Cell, Event, Layer, Observation, Report, Summary, Verdict},
    ui::{Theme, draw},
};
use ratatui::{Terminal, backend::TestBackend};

const READER: &str = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
const APPROVER: &str = "SageMakerStudioUserStack-sagemakermlflowmodelaprov-XTK0XB757WVO";

/// When everything was found: 2026-11-23 10:00 UTC.
fn moment() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// The console as it starts.
pub fn start(screen: Screen) -> State {
    State::new("prod".to_owned(), false, Matrix::sample(), screen, None)
}

/// The console once the deployment is found, and what it then wants.
pub fn found(state: &mut State) -> Vec<Wanted> {
    for (name, value, origin) in [
        (
            "account",
            "123456789012",
            Origin::Call("sts:GetCallerIdentity".into()),
        ),
        (
            "region",
            "us-west-2",
            Origin::Environment("AWS_REGION".into()),
        ),
        (
            "caller_arn",
            "arn:aws:iam::123456789012:user/ops",
            Origin::Call("sts:GetCallerIdentity".into()),
        ),
        (
            "user_pool_id",
            "us-west-2_AbCdEfGhI",
            Origin::Call("cognito-idp:ListUserPools".into()),
        ),
        (
            "client_id",
            "3n4b5urk1ft4fl3mg5e62d9ado",
            Origin::Call("cognito-idp:ListUserPoolClients".into()),
        ),
        (
            "rest_api_id",
            "a1b2c3d4e5",
            Origin::Ssm("mlflow-restApiId".into()),
        ),
        (
            "api_url",
            "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod/",
            Origin::Ssm("mlflow-restApiUrl".into()),
        ),
        ("stage", "prod", Origin::Call("apigateway:GetStages".into())),
        ("domain_id", "d-xq4mlw4rd3n0", Origin::Config("prod".into())),
    ] {
        let item = Discovered::Item(name, Found::new(value.to_owned(), origin));
        update(state, Msg::Discovered(item));
    }
    let role = |name: &str, profile: &str| ExecutionRole {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        profiles: vec![profile.to_owned()],
    };
    update(
        state,
        Msg::Discovered(Discovered::ExecutionRoles(Found::new(
            vec![
                role(READER, "mlflow-reader"),
                role(APPROVER, "mlflow-model-approver"),
            ],
            Origin::Call("sagemaker:DescribeUserProfile".into()),
        ))),
    );
    update(
        state,
        Msg::Discovered(Discovered::Problem(Problem {
            item: "authorizer_id".to_owned(),
            failure: denied(
                "apigateway:GET",
                "reading the authorizers of API a1b2c3d4e5",
            ),
        })),
    );
    update(state, Msg::DiscoveryDone(moment()))
}

pub fn denied(action: &str, doing: &str) -> Failure {
    Failure::new(
        ErrorClass::Denied {
            action: Some(action.to_owned()),
        },
        doing,
        "the caller may not do this",
    )
}

pub fn press(state: &mut State, code: KeyCode) -> Vec<Wanted> {
    update(state, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

pub fn keys(state: &mut State, text: &str) {
    for character in text.chars() {
        press(state, KeyCode::Char(character));
    }
}

/// The ticket of the users that are wanted, and of the groups.
pub fn tickets(wanted: &[Wanted]) -> (Option<Ticket>, Option<Ticket>) {
    let (mut users, mut groups) = (None, None);
    for effect in wanted {
        match effect {
            Wanted::LoadUsers(ticket) => users = Some(*ticket),
            Wanted::LoadGroups(ticket) => groups = Some(*ticket),
            _ => {}
        }
    }
    (users, groups)
}

/// Five people and three groups come in.
pub fn people(state: &mut State, wanted: &[Wanted]) {
    let (users, groups) = tickets(wanted);
    if let Some(ticket) = users {
        let page = [
            ("ada@example.com", UserStatus::Confirmed, true),
            ("both@example.com", UserStatus::Confirmed, true),
            ("invited@example.com", UserStatus::ForceChangePassword, true),
            ("left@example.com", UserStatus::Confirmed, false),
            ("nobody@example.com", UserStatus::Unconfirmed, true),
        ]
        .map(|(email, status, enabled)| User {
            username: email.to_owned(),
            email: Some(email.to_owned()),
            status,
            enabled,
            created_at: Some(moment()),
            modified_at: Some(moment()),
            attributes: [("email".to_owned(), email.to_owned())]
                .into_iter()
                .collect(),
        });
        update(state, Msg::Users(ticket, page.to_vec()));
        update(state, Msg::UsersDone(ticket, Ok(moment())));
    }
    if let Some(ticket) = groups {
        for (name, precedence, members) in [
            ("admins", None, &["ada@example.com"][..]),
            (
                "model-approvers",
                Some(5),
                &["both@example.com", "left@example.com"][..],
            ),
            (
                "readers",
                Some(10),
                &["both@example.com", "invited@example.com"][..],
            ),
            ("interns", None, &[][..]),
        ] {
            let group = Group {
                name: name.to_owned(),
                description: Some(format!("The {name} of the team")),
                precedence,
                role_arn: None,
                created_at: None,
                modified_at: None,
            };
            let members = members.iter().map(|&name| name.to_owned()).collect();
            update(state, Msg::Group(ticket, group, members));
        }
        update(state, Msg::GroupsDone(ticket, Ok(moment())));
    }
}

/// The cells of a plan: groups by the declared contract, roles a little narrower, so that
/// the schemes disagree somewhere.
pub fn cells() -> Vec<Cell> {
    let catalog = Catalog::for_version("2.12.2");
    let contract = Contract::sample();
    let matrix = Matrix::sample();
    let role = |name: &str, profile: &str| ExecutionRole {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        profiles: vec![profile.to_owned()],
    };
    let roles = [
        role(READER, "mlflow-reader"),
        role(APPROVER, "mlflow-model-approver"),
    ];
    let principals = [
        (
            Principal::Group("admins".into()),
            AuthScheme::Bearer,
            "admins",
        ),
        (
            Principal::Group("readers".into()),
            AuthScheme::Bearer,
            "readers",
        ),
        (
            Principal::Group("model-approvers".into()),
            AuthScheme::Bearer,
            "model-approvers",
        ),
        (Principal::Role(READER.into()), AuthScheme::SigV4, "readers"),
        (
            Principal::Role(APPROVER.into()),
            AuthScheme::SigV4,
            "readers",
        ),
    ];
    let mut cells = Vec::new();
    for (principal, scheme, like) in principals {
        for route in catalog.routes() {
            if route.scheme() != scheme
                || !["runs", "model-versions"].contains(&route.area.as_str())
            {
                continue;
            }
            let path = route.path.replace("/api/", "/ajax-api/");
            cells.push(Cell {
                principal: principal.clone(),
                scheme,
                permission: route.permission.clone(),
                method: route.method,
                path: route.path.clone(),
                expected: matrix.expected(&principal, &roles, &route.permission),
                predicted: Some(contract.decide(&[like.to_owned()], route.method, &path)),
                observed: None,
                verdict: Verdict::Inconclusive,
                reason: "predicted only".to_owned(),
            });
        }
    }
    cells
}

/// The cell after a live request that got what was predicted.
pub fn observed(mut cell: Cell) -> Cell {
    let effect = cell.predicted_effect().unwrap();
    let allowed = effect == Effect::Allow;
    cell.observed = Some(Observation {
        effect: Some(effect),
        layer: if allowed {
            Layer::Mlflow
        } else {
            Layer::Gateway
        },
        status: Some(if allowed { 400 } else { 403 }),
        error_type: (!allowed).then(|| "AccessDeniedException".to_owned()),
        request_id: Some("8d5f2c1e-0000-4000-8000-000000000000".to_owned()),
        latency: std::time::Duration::from_millis(12),
        at: moment(),
        reason: if allowed {
            "MLflow answered 400 INVALID_PARAMETER_VALUE".to_owned()
        } else {
            "the authorizer's policy does not allow it".to_owned()
        },
        body_excerpt: r#"{"Message":"User is not authorized to access this resource"}"#.to_owned(),
        retry: None,
    });
    cell.judge("");
    cell
}

/// Predictions come in.
pub fn predicted(state: &mut State) {
    let event = Box::new(Event::Planned(cells()));
    update(state, Msg::Verify { live: false, event });
}

/// A live verify is over; every request got what was predicted.
pub fn proved(state: &mut State) {
    let mut cells: Vec<Cell> = cells().into_iter().map(observed).collect();
    // One that could not be decided, and one that drifts.
    if let Some(seen) = cells.last_mut().and_then(|cell| cell.observed.as_mut()) {
        seen.effect = None;
        "throttled".clone_into(&mut seen.reason);
    }
    if let Some(cell) = cells.first_mut() {
        cell.predicted = Some(Decision::deny(Basis::NoStatement));
    }
    for cell in &mut cells {
        cell.judge("");
    }
    let summary = Summary {
        requests: 200,
        elapsed_ms: 1500,
        ..Summary::of(&cells)
    };
    let report = Report {
        cells,
        findings: Vec::new(),
        summary,
        skipped: Vec::new(),
        notes: Vec::new(),
        not_given_back: Vec::new(),
        cancelled: false,
    };
    update(
        state,
        Msg::Verified {
            live: true,
            result: Ok(Box::new(report)),
        },
    );
}

/// The frame as text.
pub fn frame(state: &State, width: u16, height: u16, theme: &Theme) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state, theme)).unwrap();
    terminal.backend().to_string()
}
