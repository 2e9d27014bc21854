//! Where actions apply: pages and windows.

use crate::app::Screen;

/// Where an action applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// On every page.
    Everywhere,
    /// On pages with a list.
    List,
    /// On the overview.
    Overview,
    /// On the users and the people.
    Users,
    /// On the groups.
    Groups,
    /// On the matrix.
    Matrix,
    /// On the Studio profiles.
    Profiles,
    /// On the Studio apps.
    Apps,
    /// On the Studio spaces.
    Spaces,
    /// On the forgotten apps.
    Cleanup,
    /// On the execution roles.
    Roles,
    /// On MLflow's pages.
    Mlflow,
    /// On the requests.
    Requests,
    /// On the findings.
    Findings,
    /// On the jobs.
    Jobs,
    /// In the window that shows one thing in words and as JSON.
    Detail,
    /// In the window with a metric's history.
    Chart,
    /// In the window with runs side by side.
    Compare,
    /// In the window that shows a file.
    Preview,
}

impl Context {
    /// Every context, the most general first.
    pub const ALL: [Self; 19] = [
        Self::Everywhere,
        Self::List,
        Self::Overview,
        Self::Users,
        Self::Groups,
        Self::Matrix,
        Self::Profiles,
        Self::Apps,
        Self::Spaces,
        Self::Cleanup,
        Self::Roles,
        Self::Mlflow,
        Self::Requests,
        Self::Findings,
        Self::Jobs,
        Self::Detail,
        Self::Chart,
        Self::Compare,
        Self::Preview,
    ];

    /// The name in a keymap.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "list",
            Self::Overview => "overview",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Matrix => "matrix",
            Self::Profiles => "profiles",
            Self::Apps => "apps",
            Self::Spaces => "spaces",
            Self::Cleanup => "cleanup",
            Self::Roles => "roles",
            Self::Mlflow => "mlflow",
            Self::Requests => "requests",
            Self::Findings => "findings",
            Self::Jobs => "jobs",
            Self::Detail => "detail",
            Self::Chart => "chart",
            Self::Compare => "compare",
            Self::Preview => "preview",
        }
    }

    /// The contexts of a page, the most special first.
    pub fn of(screen: Screen) -> &'static [Self] {
        match screen {
            Screen::Overview => &[Self::Overview, Self::Everywhere],
            Screen::Users | Screen::People => &[Self::Users, Self::List, Self::Everywhere],
            Screen::Groups => &[Self::Groups, Self::List, Self::Everywhere],
            Screen::Matrix => &[Self::Matrix, Self::Everywhere],
            Screen::Jobs => &[Self::Jobs, Self::List, Self::Everywhere],
            Screen::Profiles => &[Self::Profiles, Self::List, Self::Everywhere],
            Screen::Apps => &[Self::Apps, Self::List, Self::Everywhere],
            Screen::Spaces => &[Self::Spaces, Self::List, Self::Everywhere],
            Screen::Cleanup => &[Self::Cleanup, Self::List, Self::Everywhere],
            Screen::Roles => &[Self::Roles, Self::List, Self::Everywhere],
            Screen::Findings => &[Self::Findings, Self::List, Self::Everywhere],
            Screen::Experiments
            | Screen::Runs
            | Screen::Run
            | Screen::Artifacts
            | Screen::Models
            | Screen::Versions
            | Screen::LoggedModels
            | Screen::Traces
            | Screen::Trace
            | Screen::Datasets
            | Screen::Records => &[Self::Mlflow, Self::List, Self::Everywhere],
            Screen::Requests => &[Self::Requests, Self::List, Self::Everywhere],
            Screen::Log | Screen::Answers => &[Self::List, Self::Everywhere],
        }
    }

    /// The contexts of the window that shows one thing.
    pub const DETAIL: &'static [Self] = &[Self::Detail, Self::Everywhere];
}
