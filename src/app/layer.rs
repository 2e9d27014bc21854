//! What lies on top of a page: one window over the other, the last one has the keys.

use super::{
    Screen,
    actions::Context,
    detail::Detail,
    dialog::{Dialog, Room},
    effect::{ReviewWish, StoryWish},
    mlflow::{Held, chart::Chart, compare::Compare, preview::Preview},
    palette::Palette,
    start::Choice,
};
use crate::{
    aws::cognito::GroupSettings,
    browse::ChangeKind,
    config::MatrixFile,
    domain::{Person, Principal},
    mlflow::{ApiRequest, models::Artifact},
    plan::{Passwords, Plan},
    probe::publish,
    story::Story,
};

/// A window on top of the page.
#[derive(Debug)]
pub enum Layer {
    /// The keys of this screen.
    Help {
        /// The first line shown.
        scroll: usize,
    },
    /// Every action by fuzzy search.
    Palette(Palette),
    /// What is under the cursor, in words and as JSON.
    Detail {
        /// What is shown.
        detail: Box<Detail>,
        /// The command that would show or do the same.
        equivalent: Option<String>,
    },
    /// The history of a metric.
    Chart(Box<Chart>),
    /// Runs side by side.
    Compare(Box<Compare>),
    /// The beginning of a file, and which file it is.
    Preview {
        /// What is shown.
        preview: Box<Preview>,
        /// The file.
        artifact: Artifact,
    },
    /// A question, and what its answer is for.
    Dialog(Box<Dialog>, Purpose),
}

impl Layer {
    /// Tells the window how much room it has.
    pub fn resize(&mut self, room: Room) {
        match self {
            Self::Detail { detail, .. } => detail.resize(room),
            Self::Dialog(dialog, _) => dialog.resize(room),
            Self::Chart(chart) => chart.resize(room),
            Self::Preview { preview, .. } => preview.resize(room),
            Self::Help { .. } | Self::Palette(_) | Self::Compare(_) => {}
        }
    }

    /// The context of its own keys, where it has any.
    pub fn context(&self) -> Option<Context> {
        match self {
            Self::Detail { .. } => Some(Context::Detail),
            Self::Chart(_) => Some(Context::Chart),
            Self::Compare(_) => Some(Context::Compare),
            Self::Preview { .. } => Some(Context::Preview),
            Self::Help { .. } | Self::Palette(_) | Self::Dialog(..) => None,
        }
    }

    /// The contexts in which its keys are looked up, where it has any of its own.
    pub fn contexts(&self) -> Option<&'static [Context]> {
        match self {
            Self::Detail { .. } => Some(Context::DETAIL),
            Self::Chart(_) => Some(&[Context::Chart, Context::Everywhere]),
            Self::Compare(_) => Some(&[Context::Compare, Context::Everywhere]),
            Self::Preview { .. } => Some(&[Context::Preview, Context::Everywhere]),
            Self::Help { .. } | Self::Palette(_) | Self::Dialog(..) => None,
        }
    }
}

/// What the answer of a dialog is for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Nothing: it only says something.
    Told,
    /// Verify live.
    Verify,
    /// Stop the jobs that run, and leave afterwards or not.
    Stop {
        /// Whether to leave afterwards.
        leave: bool,
    },
    /// Run a plan, then prove what these may do.
    Run(Box<Plan>, Passwords, Vec<Principal>),
    /// Go on with a plan of which so many items are left.
    Resume(Box<Plan>, usize),
    /// Choose groups.
    Groups {
        /// For these users.
        users: Vec<String>,
        /// To put them into, else to take them out of.
        join: bool,
    },
    /// Make a user.
    Create,
    /// Set the password of these users.
    Password(Vec<String>),
    /// Edit the attributes of a user.
    Attributes(String),
    /// Say which second factors these users have.
    Mfa(Vec<String>),
    /// Choose which apps count as forgotten.
    CleanupRule,
    /// Prove what these may do.
    Prove(Vec<Principal>),
    /// Make a Studio profile.
    ProfileCreate,
    /// Give these Studio profiles an execution role.
    ProfileRole(Vec<String>),
    /// Make a group.
    GroupCreate,
    /// Edit a group that has these settings.
    GroupEdit(GroupSettings),
    /// Choose members.
    Members {
        /// Of this group.
        group: String,
        /// To put into it, else to take out of it.
        join: bool,
    },
    /// Onboard somebody.
    Onboard,
    /// Offboard these people.
    Offboard(Vec<Person>),
    /// Name the file for the matrix.
    MatrixFile,
    /// Write the matrix to its file: this text, in place of what was read of it.
    MatrixSave(Box<MatrixFile>, String),
    /// Choose the package of the authorizer to put back.
    Package,
    /// Put a package of the authorizer into effect, as it was shown.
    Publish(Box<publish::Preview>),
    /// Ask the authorizer what it does, to write that down.
    Adopt,
    /// Name the file for the matrix that is adopted: this text.
    AdoptFile(String),
    /// Write what is deployed to the matrix file: this text, in place of what was read of it.
    AdoptSave(Box<MatrixFile>, String),
    /// Name the folder for a review pack.
    ReviewFolder,
    /// Make a review pack.
    Review(Box<ReviewWish>),
    /// Choose stories.
    Stories,
    /// Say whom these stories are told as, and by which scheme.
    StoryWhom(Vec<Story>),
    /// Give the passwords of those whom these stories are told as.
    StoryPasswords(Box<StoryWish>),
    /// Tell stories.
    Tell(Box<StoryWish>),
    /// Choose a theme; the one before stays where none is chosen.
    Theme {
        /// The theme before.
        before: String,
    },
    /// Choose a place.
    Place(fn(String) -> Choice),
    /// Choose a saved filter.
    Filter(Screen),
    /// Name the filter to save.
    NameFilter(Screen, String),
    /// Name the file for the list.
    Save,
    /// Choose whom to be for MLflow, or who looks beside.
    Whom {
        /// Whether beside the one that one is.
        beside: bool,
    },
    /// Become this one for MLflow.
    Become {
        /// Whom.
        principal: Principal,
        /// Whether beside the one that one is.
        beside: bool,
    },
    /// MLflow's filter or order for a page.
    Query(Screen),
    /// Choose the columns of the runs.
    Columns,
    /// Choose which metric of these runs is drawn: ids with names.
    Chart(Vec<(String, String)>),
    /// Choose what is to be changed of this.
    Offer(Held),
    /// Say what the change needs to know.
    Wish(Held, ChangeKind),
    /// Name the folder that these files are written into.
    Download(Vec<Artifact>),
    /// Send a request again as somebody.
    Replay(Box<ApiRequest>),
    /// Name the file for the picture.
    Picture,
}
