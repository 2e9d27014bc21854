//! Everything that is known of one deployment. A switch to another one replaces it whole, so
//! that nothing of the old one can be seen in the new one.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{
    Screen,
    draft::Draft,
    job::{Job, Jobs, Work},
    lists::{
        AppRow, CandidateRow, CellRow, FindingRow, GroupRow, Memberships, PersonRow, ProfileRow,
    },
    log::{Entry, Log},
    matrix::{Line, MatrixModel},
    remote::{Remote, Ticket},
    rules::Rules,
    start::Label,
    table::{Direction, Listing, Sort, Table},
};
use crate::{
    access::{Finding, Matrix, audit::What, matrix::Change},
    aws::cognito::{Account, Device},
    config::MatrixFile,
    domain::{Deployment, ExecutionRole, Failure, Role, Space, User},
    plan::{cleanup::Rule, survey::StudioSurvey},
    probe::{audit::Audit, publish::Preview},
    story::Shelved,
};

/// How the deployment's discovery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// Under way.
    Running,
    /// Over.
    Done(Timestamp),
    /// There is no connection.
    NotConnected(Failure),
}

/// What a look at one user told: second factors and devices.
pub type Looked = Result<Box<(Account, Vec<Device>)>, Failure>;

/// Everything that is known of one deployment.
#[derive(Debug)]
pub struct Data {
    /// What it is called and how it is treated.
    pub label: Label,
    /// What is declared, with the changes that are not in its file yet.
    pub declared: Matrix,
    /// The matrix file, and those changes.
    pub draft: Draft,
    /// The deployment as far as it is known.
    pub deployment: Deployment,
    /// How its discovery stands.
    pub discovery: Discovery,
    /// Why the session is not good any more, while it is not.
    pub expired: Option<Failure>,
    /// The pool's users.
    pub users: Table<User>,
    /// The pool's groups.
    pub groups: Table<GroupRow>,
    /// Users and Studio profiles, put together.
    pub people: Table<PersonRow>,
    /// Second factors and devices of the user who was looked at last.
    pub account: Option<(String, Looked)>,
    /// What Studio has, for the people.
    pub studio: Remote<Arc<StudioSurvey>>,
    /// The execution roles.
    pub roles: Table<ExecutionRole>,
    /// The domain's profiles.
    pub profiles: Table<ProfileRow>,
    /// The domain's apps.
    pub apps: Table<AppRow>,
    /// The domain's spaces.
    pub spaces: Table<Space>,
    /// The request that the apps came with.
    pub apps_ticket: Ticket,
    /// The request whose apps are being looked at, or were.
    pub looked_at: Option<Ticket>,
    /// When the users of apps were last active, by the rows' identity.
    pub active: HashMap<String, Timestamp>,
    /// The apps that are forgotten, by the rules in effect.
    pub candidates: Table<CandidateRow>,
    /// A rule that was chosen on the page, in place of the config file's.
    pub cleanup_rule: Option<Rule>,
    /// What is said of all rows of a page together.
    pub words: HashMap<Screen, String>,
    /// The roles that were read, or why they could not be, by ARN.
    pub role_documents: HashMap<String, Result<Box<Role>, Failure>>,
    /// What Studio and the roles tell.
    pub studio_findings: Vec<Finding>,
    /// What a look at roles and settings told.
    pub audit: Remote<Audit>,
    /// Findings of all kinds.
    pub findings: Table<FindingRow>,
    /// The answer to the last question.
    pub answers: Table<CellRow>,
    /// The last question.
    pub question: String,
    /// What was asked about, where the question was who can do something.
    pub asked: Option<What>,
    /// The rules that the authorizer goes by.
    pub rules: Rules,
    /// The request that they come with.
    pub rules_ticket: Ticket,
    /// MLflow, as somebody sees it.
    pub mlflow: super::mlflow::Mlflow,
    /// The jobs as a list.
    pub job_list: Table<Job>,
    /// The log as a list.
    pub log_list: Table<Entry>,
    /// The look at what a publication would change, or at what can come back, that is awaited.
    pub foreseeing: Option<Ticket>,
    /// What a publication would change, until it is known whom that concerns.
    pub foreseen: Option<Box<Preview>>,
    /// The last change of the matrix, until it is known whom it concerns.
    pub untold: Option<Change>,
    /// Whether the plan for the roles is to be shown when they are read.
    pub applying: bool,
    /// The stories that there were when they were last looked up.
    pub stories: Vec<Shelved>,
    /// The look at the stories that is awaited, and which one is wanted then, where one is.
    pub awaited_stories: Option<(Ticket, Option<String>)>,
    /// What runs and what ran.
    pub jobs: Jobs,
    /// What happened.
    pub log: Log,
    /// The matrix.
    pub matrix: MatrixModel,
    /// The cursor's row on it.
    pub matrix_line: Option<Line>,
    /// The cursor's column on it.
    pub matrix_column: usize,
    /// Its first row and column in sight, as last drawn.
    pub matrix_first: (usize, usize),
    /// What the matrix's rows are filtered by.
    pub matrix_filter: String,
    /// What the last verify found.
    pub verify_findings: Vec<Finding>,
    /// What the lists of people and groups tell.
    pub people_findings: Vec<Finding>,
    /// What earlier runs left behind in the deployment.
    pub left_behind: Vec<String>,
    /// Plans that nobody works on and that are not finished, as phrases.
    pub unfinished: Vec<String>,
    /// What the user should know of the last verify.
    pub notes: Vec<String>,
    /// Why the last verify could not run.
    pub verify_failure: Option<Failure>,
    /// The first line shown of the overview.
    pub overview_scroll: usize,
    ticket: Ticket,
}

impl Data {
    /// The deployment before anything is known of it.
    pub fn new(label: Label, declared: Matrix) -> Self {
        let mut data = Self {
            label,
            draft: Draft::new(declared.clone(), MatrixFile::default()),
            declared,
            deployment: Deployment::default(),
            discovery: Discovery::Running,
            expired: None,
            users: Table::default(),
            groups: Table::default(),
            people: Table::default(),
            account: None,
            studio: Remote::Idle,
            roles: Table::default(),
            profiles: Table::default(),
            apps: Table::default(),
            spaces: Table::default(),
            apps_ticket: Ticket::default(),
            looked_at: None,
            active: HashMap::new(),
            candidates: Table::default(),
            cleanup_rule: None,
            words: HashMap::new(),
            role_documents: HashMap::new(),
            studio_findings: Vec::new(),
            audit: Remote::Idle,
            findings: Table::default(),
            answers: Table::default(),
            question: String::new(),
            asked: None,
            rules: Rules::default(),
            rules_ticket: Ticket::default(),
            mlflow: super::mlflow::Mlflow::default(),
            job_list: Table::default(),
            log_list: Table::default(),
            foreseeing: None,
            foreseen: None,
            untold: None,
            applying: false,
            stories: Vec::new(),
            awaited_stories: None,
            jobs: Jobs::default(),
            log: Log::default(),
            matrix: MatrixModel::default(),
            matrix_line: None,
            matrix_column: 0,
            matrix_first: (0, 0),
            matrix_filter: String::new(),
            verify_findings: Vec::new(),
            people_findings: Vec::new(),
            left_behind: Vec::new(),
            unfinished: Vec::new(),
            notes: Vec::new(),
            verify_failure: None,
            overview_scroll: 0,
            ticket: Ticket::default(),
        };
        let by_name = Some(Sort {
            column: 0,
            direction: Direction::Ascending,
        });
        data.users.set_sort(by_name);
        data.groups.set_sort(by_name);
        data.people.set_sort(by_name);
        data.profiles.set_sort(by_name);
        data.roles.set_sort(by_name);
        data.spaces.set_sort(by_name);
        data
    }

    /// A ticket that no request has had.
    pub fn next_ticket(&mut self) -> Ticket {
        self.ticket = self.ticket.next();
        self.ticket
    }

    /// The list of a screen, where it has one.
    pub fn listing(&self, screen: Screen) -> Option<&dyn Listing> {
        Some(match screen {
            Screen::Users => &self.users,
            Screen::Groups => &self.groups,
            Screen::People => &self.people,
            Screen::Roles => &self.roles,
            Screen::Profiles => &self.profiles,
            Screen::Apps => &self.apps,
            Screen::Spaces => &self.spaces,
            Screen::Cleanup => &self.candidates,
            Screen::Findings => &self.findings,
            Screen::Answers => &self.answers,
            Screen::Jobs => &self.job_list,
            Screen::Log => &self.log_list,
            Screen::Overview | Screen::Matrix => return None,
            screen => return self.mlflow.listing(screen),
        })
    }

    /// The list of a screen, to be changed.
    pub fn listing_mut(&mut self, screen: Screen) -> Option<&mut dyn Listing> {
        Some(match screen {
            Screen::Users => &mut self.users,
            Screen::Groups => &mut self.groups,
            Screen::People => &mut self.people,
            Screen::Roles => &mut self.roles,
            Screen::Profiles => &mut self.profiles,
            Screen::Apps => &mut self.apps,
            Screen::Spaces => &mut self.spaces,
            Screen::Cleanup => &mut self.candidates,
            Screen::Findings => &mut self.findings,
            Screen::Answers => &mut self.answers,
            Screen::Jobs => &mut self.job_list,
            Screen::Log => &mut self.log_list,
            Screen::Overview | Screen::Matrix => return None,
            screen => return self.mlflow.listing_mut(screen),
        })
    }

    /// The execution roles found.
    pub fn execution_roles(&self) -> &[ExecutionRole] {
        self.deployment
            .execution_roles
            .as_ref()
            .map(|found| found.value.as_slice())
            .unwrap_or_default()
    }

    /// Whether the deployment is found, as far as it can be.
    pub fn is_found(&self) -> bool {
        matches!(self.discovery, Discovery::Done(_))
    }

    /// When what a screen shows was complete.
    pub fn at(&self, screen: Screen) -> Option<Timestamp> {
        match screen {
            Screen::Overview | Screen::Roles => match &self.discovery {
                Discovery::Done(at) => Some(*at),
                _ => None,
            },
            Screen::Users => self.users.remote().at(),
            Screen::Groups => self.groups.remote().at(),
            Screen::People => self.people.remote().at(),
            Screen::Profiles => self.profiles.remote().at(),
            Screen::Apps | Screen::Cleanup => self.apps.remote().at(),
            Screen::Spaces => self.spaces.remote().at(),
            Screen::Answers => self.answers.remote().at(),
            Screen::Matrix | Screen::Findings | Screen::Jobs | Screen::Log => None,
            screen => self.mlflow.at(screen),
        }
    }

    /// Whether something that is shown moves by itself.
    pub fn moves(&self) -> bool {
        self.discovery == Discovery::Running
            || self.users.remote().is_loading()
            || self.groups.remote().is_loading()
            || self.people.remote().is_loading()
            || self.studio.is_loading()
            || self.apps.remote().is_loading()
            || self.audit.is_loading()
            || self.answers.remote().is_loading()
            || self.jobs.are_active()
            || self.mlflow.moves()
    }

    /// What is being done, where the matrix is put into effect, written down, reviewed or proved by
    /// stories.
    pub fn stage(&self) -> Option<&str> {
        let mut jobs = self.jobs.all().iter().rev();
        let job = jobs.find(|job| {
            job.stage.is_active()
                && matches!(
                    job.work,
                    Work::Publish { .. } | Work::Adopt | Work::Review | Work::Story { .. }
                )
        })?;
        Some(job.doing.as_deref().unwrap_or(&job.title))
    }

    /// The users' groups and what those allow, after the list of groups or the rules changed.
    pub fn rejoin(&mut self) {
        let complete = matches!(self.groups.remote(), Remote::Ready(_));
        let rows = self.groups.remote().shown();
        let memberships = Memberships::of(
            rows.into_iter()
                .flat_map(|rows| rows.iter())
                .map(|row| (row.group.name.as_str(), row.members.as_slice())),
            complete,
        );
        self.users.set_context(memberships.by(self.rules.clone()));
        self.groups.set_context(self.rules.clone());
        self.people.set_context(self.rules.clone());
    }
}
