//! The pages of the console.

/// A page of the console.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Screen {
    /// What was found, from where, what is wrong.
    #[default]
    Overview,
    /// Cognito users.
    Users,
    /// Cognito groups.
    Groups,
    /// One person, one row: user, groups, profile, role, apps.
    People,
    /// Groups and roles × permissions.
    Matrix,
    /// Studio profiles with their owners and execution roles.
    Profiles,
    /// Execution roles with the profiles that use them.
    Roles,
    /// Studio apps.
    Apps,
    /// Studio spaces.
    Spaces,
    /// Apps that were forgotten.
    Cleanup,
    /// MLflow's experiments, as somebody sees them.
    Experiments,
    /// Runs of experiments.
    Runs,
    /// One run.
    Run,
    /// The artifacts of a run.
    Artifacts,
    /// Registered models.
    Models,
    /// Versions of a registered model.
    Versions,
    /// Logged models of experiments.
    #[serde(rename = "logged-models")]
    LoggedModels,
    /// Traces of experiments.
    Traces,
    /// One trace: its spans.
    Trace,
    /// Evaluation datasets of experiments.
    Datasets,
    /// The records of one evaluation dataset.
    Records,
    /// Requests that were sent to MLflow from here.
    Requests,
    /// What an admin should act on.
    Findings,
    /// What runs and what ran.
    Jobs,
    /// What happened.
    Log,
    /// The answer to a question: who can, can, why.
    Answers,
}

impl Screen {
    /// The pages in the order of their tabs.
    pub const ALL: [Self; 26] = [
        Self::Overview,
        Self::Users,
        Self::Groups,
        Self::People,
        Self::Matrix,
        Self::Profiles,
        Self::Roles,
        Self::Apps,
        Self::Spaces,
        Self::Cleanup,
        Self::Experiments,
        Self::Runs,
        Self::Run,
        Self::Artifacts,
        Self::Models,
        Self::Versions,
        Self::LoggedModels,
        Self::Traces,
        Self::Trace,
        Self::Datasets,
        Self::Records,
        Self::Requests,
        Self::Findings,
        Self::Jobs,
        Self::Log,
        Self::Answers,
    ];

    /// The name on the command line and after `:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::People => "people",
            Self::Matrix => "matrix",
            Self::Profiles => "profiles",
            Self::Roles => "roles",
            Self::Apps => "apps",
            Self::Spaces => "spaces",
            Self::Cleanup => "cleanup",
            Self::Experiments => "experiments",
            Self::Runs => "runs",
            Self::Run => "run",
            Self::Artifacts => "artifacts",
            Self::Models => "models",
            Self::Versions => "versions",
            Self::LoggedModels => "logged-models",
            Self::Traces => "traces",
            Self::Trace => "trace",
            Self::Datasets => "datasets",
            Self::Records => "records",
            Self::Requests => "requests",
            Self::Findings => "findings",
            Self::Jobs => "jobs",
            Self::Log => "log",
            Self::Answers => "answers",
        }
    }

    /// The title of its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Users => "Users",
            Self::Groups => "Groups",
            Self::People => "People",
            Self::Matrix => "Matrix",
            Self::Profiles => "Profiles",
            Self::Roles => "Roles",
            Self::Apps => "Apps",
            Self::Spaces => "Spaces",
            Self::Cleanup => "Clean-up",
            Self::Experiments => "MLflow",
            Self::Runs => "Runs",
            Self::Run => "Run",
            Self::Artifacts => "Artifacts",
            Self::Models => "Models",
            Self::Versions => "Versions",
            Self::LoggedModels => "Logged models",
            Self::Traces => "Traces",
            Self::Trace => "Trace",
            Self::Datasets => "Datasets",
            Self::Records => "Records",
            Self::Requests => "Requests",
            Self::Findings => "Findings",
            Self::Jobs => "Jobs",
            Self::Log => "Log",
            Self::Answers => "Answers",
        }
    }
}
