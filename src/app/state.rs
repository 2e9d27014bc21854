//! All state of the console, owned by the UI task alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tui_input::Input;

use super::{
    Screen,
    matrix::{Line, MatrixModel},
    remote::{Remote, Ticket},
};
use crate::{
    access::{Finding, Matrix},
    domain::{Deployment, ExecutionRole, Failure, Group, Principal, User},
};

/// A group with the user names of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// The group.
    pub group: Group,
    /// User names.
    pub members: Vec<String>,
}

/// A cursor in a list: on a row's identity, so that it stays with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The row's place when it was last looked for.
    pub at: usize,
    /// The row's identity; none before the first row is there.
    pub id: Option<String>,
}

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

/// What is on top of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modal {
    /// This screen's keys.
    Help {
        /// The first line shown.
        scroll: u16,
    },
    /// About to verify live.
    Verify {
        /// Whether to let the caller into roles that do not trust it.
        grant_trust: bool,
    },
    /// One cell explained, line by line: what, and its text.
    Explain {
        /// What the cell is.
        title: String,
        /// Names and texts.
        fields: Vec<(&'static str, String)>,
        /// The request as a `curl` command.
        curl: Option<String>,
        /// The first line shown.
        scroll: u16,
    },
    /// Details of a user or a group.
    Detail {
        /// Whose.
        title: String,
        /// Names and texts.
        fields: Vec<(&'static str, String)>,
        /// The first line shown.
        scroll: u16,
    },
    /// A verify runs: really stop it (and leave)?
    Stop {
        /// Whether to leave afterwards.
        leave: bool,
    },
}

/// A line being typed at the bottom.
#[derive(Clone, Debug)]
pub enum Prompt {
    /// After `/`.
    Filter(Input),
    /// After `:`.
    Command(Input),
}

/// All state.
#[derive(Debug)]
pub struct State {
    /// The context's name.
    pub context: String,
    /// Whether nothing may be changed.
    pub read_only: bool,
    /// What is declared.
    pub declared: Matrix,
    /// Whom to show first on the matrix.
    pub principal: Option<Principal>,
    /// The page.
    pub screen: Screen,
    /// What is on top.
    pub modal: Option<Modal>,
    /// What is being typed.
    pub prompt: Option<Prompt>,
    /// What the rows of each screen are filtered by.
    pub filters: BTreeMap<&'static str, String>,
    /// One line for the user, until the next key.
    pub toast: Option<String>,
    /// The deployment as far as it is known.
    pub deployment: Deployment,
    /// How its discovery stands.
    pub discovery: Discovery,
    /// The first line shown of the overview.
    pub overview_scroll: usize,
    /// The pool's users.
    pub users: Remote<Vec<User>>,
    /// The cursor among them.
    pub users_cursor: Cursor,
    /// The pool's groups.
    pub groups: Remote<Vec<GroupRow>>,
    /// The cursor among them.
    pub groups_cursor: Cursor,
    /// The matrix.
    pub matrix: MatrixModel,
    /// The cursor's row on it.
    pub matrix_line: Option<Line>,
    /// The cursor's column on it.
    pub matrix_column: usize,
    /// What the last verify found.
    pub findings: Vec<Finding>,
    /// What the lists of people and groups tell.
    pub people_findings: Vec<Finding>,
    /// What earlier runs left behind in the deployment.
    pub left_behind: Vec<String>,
    /// What the user should know of the last verify.
    pub notes: Vec<String>,
    /// Why the last verify could not run.
    pub verify_failure: Option<Failure>,
    /// The newest ticket.
    pub ticket: Ticket,
    /// Which picture of the spinner is next.
    pub spin: usize,
    /// Set when the console is to end as soon as nothing runs.
    pub leaving: bool,
    /// The lines that the page's list can show; set by what drew it last.
    pub page: usize,
}

impl State {
    /// The state before anything is known.
    pub fn new(
        context: String,
        read_only: bool,
        declared: Matrix,
        screen: Screen,
        principal: Option<Principal>,
    ) -> Self {
        Self {
            context,
            read_only,
            declared,
            principal,
            screen,
            modal: None,
            prompt: None,
            filters: BTreeMap::new(),
            toast: None,
            deployment: Deployment::default(),
            discovery: Discovery::Running,
            overview_scroll: 0,
            users: Remote::Idle,
            users_cursor: Cursor::default(),
            groups: Remote::Idle,
            groups_cursor: Cursor::default(),
            matrix: MatrixModel::default(),
            matrix_line: None,
            matrix_column: 0,
            findings: Vec::new(),
            people_findings: Vec::new(),
            left_behind: Vec::new(),
            notes: Vec::new(),
            verify_failure: None,
            ticket: Ticket::default(),
            spin: 0,
            leaving: false,
            page: 10,
        }
    }

    /// A ticket that no request has had.
    pub fn next_ticket(&mut self) -> Ticket {
        self.ticket = self.ticket.next();
        self.ticket
    }

    /// What this screen's rows are filtered by.
    pub fn filter(&self) -> &str {
        match &self.prompt {
            Some(Prompt::Filter(input)) => input.value(),
            _ => self
                .filters
                .get(self.screen.name())
                .map_or("", String::as_str),
        }
    }

    /// The execution roles found.
    pub fn roles(&self) -> &[ExecutionRole] {
        self.deployment
            .execution_roles
            .as_ref()
            .map(|found| found.value.as_slice())
            .unwrap_or_default()
    }

    /// The users that the filter leaves, in the order shown.
    pub fn shown_users(&self) -> Vec<&User> {
        let filter = self.filter().to_lowercase();
        self.users
            .shown()
            .into_iter()
            .flatten()
            .filter(|user| {
                filter.is_empty()
                    || user.label().to_lowercase().contains(&filter)
                    || user.status.as_str().to_lowercase().contains(&filter)
                    || self
                        .groups_of(&user.username)
                        .iter()
                        .any(|group| group.to_lowercase().contains(&filter))
            })
            .collect()
    }

    /// The groups that the filter leaves.
    pub fn shown_groups(&self) -> Vec<&GroupRow> {
        let filter = self.filter().to_lowercase();
        self.groups
            .shown()
            .into_iter()
            .flatten()
            .filter(|row| row.group.name.to_lowercase().contains(&filter))
            .collect()
    }

    /// The names of the groups that a user is in, as far as they are known.
    pub fn groups_of(&self, username: &str) -> Vec<&str> {
        self.groups
            .shown()
            .into_iter()
            .flatten()
            .filter(|row| {
                row.members
                    .binary_search_by(|name| name.as_str().cmp(username))
                    .is_ok()
            })
            .map(|row| row.group.name.as_str())
            .collect()
    }

    /// Whether something on the screen moves by itself.
    pub fn moves(&self) -> bool {
        self.discovery == Discovery::Running
            || self.users.is_loading()
            || self.groups.is_loading()
            || self.matrix.live.is_some()
    }

    /// Whether the console may end now.
    pub fn may_end(&self) -> bool {
        self.leaving && self.matrix.live.is_none()
    }
}
