//! A deployment at a frozen moment, as the screens show it, and keys pressed on it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use mlwarden::{
    access::{Contract, Matrix},
    app::{
        Effect, Label, Msg, Screen, State, effect::Ask, job::JobId, message::News, remote::Ticket,
        settle, update,
    },
    aws::discovery::Discovered,
    domain::{
        App, AppOwner, AppStatus, Environment, ErrorClass, ExecutionRole, Failure, Found, Group,
        Origin, Problem, User, UserStatus,
    },
    probe::{
        Report, Summary,
        in_effect::{Ground, InEffect},
    },
    ui::{Seen, Theme, draw},
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use crate::cells::{APPROVER, READER, cells, observed};

/// When everything was found: 2026-11-23 10:00 UTC.
pub fn moment() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// So many hours before [`moment`].
fn ago(hours: i64) -> Timestamp {
    moment() - SignedDuration::from_hours(hours)
}

/// The context that the scenes play in.
pub fn label() -> Label {
    Label {
        context: "prod".to_owned(),
        profile: Some("ops".to_owned()),
        region: Some("us-west-2".to_owned()),
        environment: Environment::Red,
        ..Label::default()
    }
}

/// The console as it starts, two minutes after [`moment`].
pub fn start(screen: Screen) -> State {
    let mut state = State::new(label(), Matrix::sample(), screen);
    state.now = moment() + SignedDuration::from_mins(2);
    state.themes = [
        "catppuccin",
        "dark",
        "gruvbox",
        "high-contrast",
        "light",
        "mono",
        "nord",
        "solarized-dark",
        "solarized-light",
    ]
    .map(str::to_owned)
    .to_vec();
    state.places.contexts = ["dev", "prod", "staging"].map(str::to_owned).to_vec();
    state.places.profiles = ["audit", "ops"].map(str::to_owned).to_vec();
    state
}

/// Something is heard of the deployment shown.
pub fn hear(state: &mut State, news: News) -> Vec<Effect> {
    let effects = update(state, Msg::News(state.epoch, news));
    worked_off(state, effects)
}

/// Does what needs nobody outside; gives back what does.
pub fn worked_off(state: &mut State, effects: Vec<Effect>) -> Vec<Effect> {
    let mut left = Vec::new();
    for effect in effects {
        match effect {
            Effect::Judge(epoch, people) => {
                left.extend(update(
                    state,
                    Msg::Judged(epoch, people.findings(), Some(people.put_together())),
                ));
            }
            Effect::Inquire(epoch, ticket, inquiry) => {
                let rows = Some(inquiry.answer());
                left.extend(update(state, Msg::Answered(epoch, ticket, rows)));
            }
            Effect::Arrange(epoch, screen, arrangement) => {
                let arranged = (arrangement.work)();
                let msg = Msg::Arranged(epoch, screen, arrangement.generation, arranged);
                left.extend(update(state, msg));
            }
            other => left.push(other),
        }
    }
    left
}

/// What is asked of the deployment.
pub fn asks(effects: &[Effect]) -> Vec<&Ask> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Ask(_, ask) => Some(ask),
        _ => None,
    });
    asked.collect()
}

/// The items of a deployment that discovery finds.
const ITEMS: [(&str, &str, Came); 9] = [
    (
        "account",
        "123456789012",
        Came::Call("sts:GetCallerIdentity"),
    ),
    ("region", "us-west-2", Came::Environment("AWS_REGION")),
    (
        "caller_arn",
        "arn:aws:iam::123456789012:user/ops",
        Came::Call("sts:GetCallerIdentity"),
    ),
    (
        "user_pool_id",
        "us-west-2_AbCdEfGhI",
        Came::Call("cognito-idp:ListUserPools"),
    ),
    (
        "client_id",
        "3n4b5urk1ft4fl3mg5e62d9ado",
        Came::Call("cognito-idp:ListUserPoolClients"),
    ),
    ("rest_api_id", "a1b2c3d4e5", Came::Ssm("mlflow-restApiId")),
    (
        "api_url",
        "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod/",
        Came::Ssm("mlflow-restApiUrl"),
    ),
    ("stage", "prod", Came::Call("apigateway:GetStages")),
    ("domain_id", "d-xq4mlw4rd3n0", Came::Config("prod")),
];

/// Where an item came from.
enum Came {
    Call(&'static str),
    Ssm(&'static str),
    Config(&'static str),
    Environment(&'static str),
}

impl Came {
    fn origin(&self) -> Origin {
        match *self {
            Self::Call(name) => Origin::Call(name.into()),
            Self::Ssm(name) => Origin::Ssm(name.into()),
            Self::Config(name) => Origin::Config(name.into()),
            Self::Environment(name) => Origin::Environment(name.into()),
        }
    }
}

/// An execution role of the deployment.
pub fn role(name: &str, profile: &str) -> ExecutionRole {
    ExecutionRole {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        profiles: vec![profile.to_owned()],
    }
}

/// The deployment is found, but for one thing; what is then wanted.
pub fn found(state: &mut State) -> Vec<Effect> {
    for (name, value, came) in ITEMS {
        let item = Discovered::Item(name, Found::new(value.to_owned(), came.origin()));
        hear(state, News::Discovered(item));
    }
    let roles = vec![
        role(READER, "mlflow-reader"),
        role(APPROVER, "mlflow-model-approver"),
    ];
    let origin = Origin::Call("sagemaker:DescribeUserProfile".into());
    let roles = Discovered::ExecutionRoles(Found::new(roles, origin));
    hear(state, News::Discovered(roles));
    let problem = Problem {
        item: "authorizer_id".to_owned(),
        failure: denied(
            "apigateway:GET",
            "reading the authorizers of API a1b2c3d4e5",
        ),
    };
    hear(state, News::Discovered(Discovered::Problem(problem)));
    let wanted = hear(state, News::DiscoveryDone(moment()));
    ruled(state, &wanted, Contract::sample());
    wanted
}

/// The rules of the authorizer come in, as its package says them.
pub fn ruled(state: &mut State, wanted: &[Effect], contract: Contract) {
    let found = InEffect {
        contract,
        ground: Ground::Package,
        doubt: None,
        failure: None,
    };
    for ask in asks(wanted) {
        if let Ask::Rules(ticket) = ask {
            hear(state, News::Rules(*ticket, Box::new(found.clone())));
        }
    }
}

/// A right is missing.
pub fn denied(action: &str, doing: &str) -> Failure {
    let action = Some(action.to_owned());
    Failure::new(
        ErrorClass::Denied { action },
        doing,
        "the caller may not do this",
    )
}

/// The session ran out.
pub fn expired() -> Failure {
    Failure::new(
        ErrorClass::Expired,
        "listing the users",
        "the SSO session ran out",
    )
    .advise("run `aws sso login --profile ops`")
}

/// One key.
pub fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    key(state, code, KeyModifiers::NONE)
}

/// One key with ctrl.
pub fn ctrl(state: &mut State, character: char) -> Vec<Effect> {
    key(state, KeyCode::Char(character), KeyModifiers::CONTROL)
}

fn key(state: &mut State, code: KeyCode, held: KeyModifiers) -> Vec<Effect> {
    let effects = update(state, Msg::Key(KeyEvent::new(code, held)));
    worked_off(state, effects)
}

/// Keys one after the other; a line's end is enter, `\t` is tab, `\u{1b}` is esc.
pub fn keys(state: &mut State, text: &str) -> Vec<Effect> {
    let pressed = text.chars().map(|character| match character {
        '\n' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{1b}' => KeyCode::Esc,
        character => KeyCode::Char(character),
    });
    pressed.flat_map(|code| press(state, code)).collect()
}

/// The tickets of the users, groups and apps that are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tickets {
    pub users: Option<Ticket>,
    pub groups: Option<Ticket>,
    pub apps: Option<Ticket>,
}

/// The tickets in what is wanted.
pub fn tickets(wanted: &[Effect]) -> Tickets {
    let mut tickets = Tickets::default();
    for ask in asks(wanted) {
        match ask {
            Ask::Users(ticket) => tickets.users = Some(*ticket),
            Ask::Groups(ticket) => tickets.groups = Some(*ticket),
            Ask::Apps(ticket) => tickets.apps = Some(*ticket),
            _ => {}
        }
    }
    tickets
}

/// Somebody of the pool, made some hours ago.
pub fn user(email: &str, status: UserStatus, enabled: bool, hours: i64) -> User {
    User {
        username: email.to_owned(),
        email: Some(email.to_owned()),
        status,
        enabled,
        created_at: Some(ago(hours)),
        modified_at: Some(ago(hours / 2)),
        attributes: [("email".to_owned(), email.to_owned())]
            .into_iter()
            .collect(),
    }
}

/// Five people.
pub fn five() -> Vec<User> {
    vec![
        user("ada@example.com", UserStatus::Confirmed, true, 2_000),
        user("both@example.com", UserStatus::Confirmed, true, 100),
        user(
            "invited@example.com",
            UserStatus::ForceChangePassword,
            true,
            30,
        ),
        user("left@example.com", UserStatus::Confirmed, false, 900),
        user("nobody@example.com", UserStatus::Unconfirmed, true, 5),
    ]
}

/// Five people and four groups come in.
pub fn people(state: &mut State, wanted: &[Effect]) {
    let tickets = tickets(wanted);
    if let Some(ticket) = tickets.users {
        hear(state, News::Users(ticket, five()));
        hear(state, News::UsersDone(ticket, Ok(moment())));
    }
    let Some(ticket) = tickets.groups else { return };
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
        hear(state, News::Group(ticket, group, members));
    }
    hear(state, News::GroupsDone(ticket, Ok(moment())));
}

/// The console on its users.
pub fn users() -> State {
    let mut state = start(Screen::Users);
    let wanted = found(&mut state);
    people(&mut state, &wanted);
    state
}

/// Five apps come in.
pub fn apps(state: &mut State, wanted: &[Effect]) {
    let ticket = tickets(wanted).apps.unwrap();
    let app = |owner, kind: &str, name: &str, status, instance: Option<&str>, hours| App {
        domain_id: "d-xq4mlw4rd3n0".to_owned(),
        owner,
        app_type: kind.to_owned(),
        name: name.to_owned(),
        status,
        instance_type: instance.map(str::to_owned),
        image: None,
        created_at: Some(ago(hours)),
        active_at: None,
    };
    let profile = |name: &str| AppOwner::Profile(name.to_owned());
    let page = vec![
        app(
            profile("mlflow-reader"),
            "JupyterServer",
            "default",
            AppStatus::InService,
            None,
            700,
        ),
        app(
            profile("mlflow-reader"),
            "KernelGateway",
            "datascience-1-0-ml-g4dn-xlarge",
            AppStatus::InService,
            Some("ml.g4dn.xlarge"),
            80,
        ),
        app(
            profile("mlflow-model-approver"),
            "KernelGateway",
            "datascience-1-0-ml-t3-medium",
            AppStatus::Failed,
            Some("ml.t3.medium"),
            3,
        ),
        app(
            AppOwner::Space("shared".to_owned()),
            "JupyterLab",
            "default",
            AppStatus::Pending,
            Some("ml.t3.medium"),
            0,
        ),
        app(
            profile("mlflow-admin"),
            "KernelGateway",
            "old",
            AppStatus::Deleted,
            Some("ml.t3.medium"),
            20,
        ),
    ];
    hear(state, News::Apps(ticket, page));
    hear(state, News::AppsDone(ticket, Ok(moment())));
}

/// The console on its matrix.
pub fn matrix() -> State {
    let mut state = start(Screen::Matrix);
    found(&mut state);
    predicted(&mut state);
    state
}

/// Predictions come in.
pub fn predicted(state: &mut State) {
    hear(state, News::Predicted(Ok(report(cells()))));
}

/// A report of these cells.
pub fn report(cells: Vec<mlwarden::probe::Cell>) -> Box<Report> {
    let summary = Summary {
        requests: 200,
        elapsed_ms: 1500,
        ..Summary::of(&cells)
    };
    Box::new(Report {
        cells,
        findings: Vec::new(),
        summary,
        mlflow_version: None,
        skipped: Vec::new(),
        notes: Vec::new(),
        not_given_back: Vec::new(),
        cancelled: false,
    })
}

/// The job's live verify is over; every request but two got what was predicted.
pub fn proved(state: &mut State, job: JobId) {
    let mut cells: Vec<_> = cells().into_iter().map(observed).collect();
    // One that could not be decided, and one that drifts.
    if let Some(seen) = cells.last_mut().and_then(|cell| cell.observed.as_mut()) {
        seen.effect = None;
        "throttled".clone_into(&mut seen.reason);
    }
    if let Some(cell) = cells.first_mut() {
        cell.predicted = Some(crate::cells::no_statement());
    }
    for cell in &mut cells {
        cell.judge("");
    }
    hear(state, News::Verified(job, Ok(report(cells))));
}

/// Draws one frame as the event loop does: brought up to date, drawn, the sizes noted; drawn
/// once more, since the sizes may have changed what is drawn.
pub fn shown(state: &mut State, width: u16, height: u16, theme: &Theme) -> (Buffer, Seen) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut seen = Seen::default();
    for _ in 0..2 {
        let effects = settle(state);
        worked_off(state, effects);
        terminal
            .draw(|frame| seen = draw(frame, state, theme))
            .unwrap();
        seen.note(state);
    }
    (terminal.backend().buffer().clone(), seen)
}

/// The frame as text.
pub fn frame(state: &mut State, width: u16, height: u16, theme: &Theme) -> String {
    let (buffer, _) = shown(state, width, height, theme);
    text(&buffer)
}

/// What stands in the cells, line by line, without blanks at the ends.
pub fn text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut covered = 0;
        for x in buffer.area.left()..buffer.area.right() {
            let symbol = buffer[(x, y)].symbol();
            if covered == 0 {
                line.push_str(symbol);
                covered = unicode_width::UnicodeWidthStr::width(symbol).max(1);
            }
            covered -= 1;
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}
