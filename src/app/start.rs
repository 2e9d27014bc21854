//! What the console starts with.

use std::{any::Any, path::PathBuf};

use futures::future::BoxFuture;

use crate::{
    access::Matrix,
    aws::{Cloud, discovery::Known},
    domain::{Failure, Principal},
};

/// A page of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    /// What was found, from where, what is wrong.
    #[default]
    Overview,
    /// Cognito users.
    Users,
    /// Cognito groups.
    Groups,
    /// Groups and roles × permissions.
    Matrix,
}

impl Screen {
    /// The pages in the order of their tabs.
    pub const ALL: [Self; 4] = [Self::Overview, Self::Users, Self::Groups, Self::Matrix];

    /// The name on the command line and after `:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Matrix => "matrix",
        }
    }

    /// The title of its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Users => "Users",
            Self::Groups => "Groups",
            Self::Matrix => "Matrix",
        }
    }
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where the terminal can and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A connection to one deployment's account.
pub struct Connection {
    /// The clients.
    pub cloud: Cloud,
    /// What is known before discovery.
    pub known: Known,
    /// What must live as long as the console does.
    pub keep: Option<Box<dyn Any + Send>>,
}

/// Makes the connection when it is asked for: after the first frame.
pub type Connect = Box<dyn FnOnce() -> BoxFuture<'static, Result<Connection, Failure>> + Send>;

/// What the console starts with.
pub struct Start {
    /// Makes the connection, after the first frame.
    pub connect: Connect,
    /// Whether nothing may be changed.
    pub read_only: bool,
    /// The context's name.
    pub context: String,
    /// The page to open on.
    pub screen: Option<Screen>,
    /// Whom to choose on it.
    pub principal: Option<Principal>,
    /// What is declared.
    pub matrix: Matrix,
    /// Where the journal is.
    pub state_dir: PathBuf,
    /// Whether to colour.
    pub color: ColorChoice,
}
