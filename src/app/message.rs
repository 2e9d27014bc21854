//! Everything that happens to the console, on one queue.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    Screen,
    data::Looked,
    effect::Epoch,
    hit::Hit,
    job::JobId,
    lists::CellRow,
    mlflow::{Held, Sight, chart::Series, preview::Preview},
    remote::Ticket,
    start::{Label, Places},
    table::Arranged,
};
use crate::{
    access::{Finding, Matrix},
    aws::discovery::Discovered,
    browse::{Exchange, Offer, Who},
    config::{MatrixFile, Problem},
    domain::{App, Failure, Group, Person, Principal, Role, User, whole},
    mlflow::models::Artifact,
    plan::{
        Plan,
        survey::{StudioPart, StudioSurvey},
    },
    probe::{
        self, Cell, Report,
        adopt::Adoption,
        audit::Audit,
        in_effect::InEffect,
        publish::{self, Ended, Past},
    },
    story::{self, Shelved},
};

/// Something that happened.
#[derive(Debug, Serialize, Deserialize)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something somewhere; what is there, only the event loop knows.
    Pointer(MouseEvent),
    /// The mouse did something to what is on the screen.
    Mouse(Hit),
    /// A text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resized,
    /// Time passed, while something on the screen moves.
    Tick,
    /// The system asks the console to end.
    Terminate,
    /// Everybody was judged: the findings about people and groups, and the people themselves,
    /// unless they are to be put together where this is heard.
    Judged(Epoch, Vec<Finding>, #[serde(skip)] Option<Vec<Person>>),
    /// Who can do something, unless it is to be worked out where this is heard.
    Answered(Epoch, Ticket, #[serde(skip)] Option<Vec<CellRow>>),
    /// The terminal is ours again after a suspension.
    Resumed,
    /// Something of one deployment.
    News(Epoch, News),
    /// Where one can go.
    Places(Places),
    /// A long list is filtered and sorted.
    #[serde(skip)]
    Arranged(Epoch, Screen, u64, Arranged),
    /// Something was done at the terminal: what, or why not.
    Done(#[serde(with = "whole::outcome")] Result<String, Failure>),
    /// The matrix file was written, or why not.
    MatrixWritten(
        #[serde(skip)] Box<MatrixFile>,
        #[serde(with = "whole::outcome")] Result<String, Failure>,
    ),
    /// Another theme is in effect.
    Theme(String, Vec<Problem>),
}

/// A review pack that is written.
#[derive(Debug, Serialize, Deserialize)]
pub struct Packed {
    /// Its folder.
    pub folder: String,
    /// The digest over all of it.
    pub digest: String,
    /// How many people, access levels, side doors and other findings it holds.
    pub counts: [usize; 4],
    /// What is missing in it, one sentence each.
    pub lost: Vec<String>,
    /// Whether it was tested live.
    pub live: bool,
}

/// Stories that were told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    /// What became of each.
    pub reports: Vec<story::Report>,
    /// What could not be given back or taken away.
    pub lost: Vec<Failure>,
}

/// What is heard of one deployment.
#[derive(Debug, Serialize, Deserialize)]
pub enum News {
    /// The place is known; nobody was asked yet.
    Place(Box<Label>, Box<Matrix>, #[serde(skip)] Box<MatrixFile>),
    /// Connecting failed.
    NotConnected(#[serde(with = "whole")] Failure),
    /// An item of the deployment is known.
    Discovered(Discovered),
    /// What earlier runs left behind in the deployment, as phrases: what was borrowed, and
    /// plans that are not finished.
    LeftBehind(Vec<String>, Vec<String>),
    /// Nothing more will be discovered.
    DiscoveryDone(Timestamp),
    /// The session that had expired is good again.
    SessionRenewed,
    /// A page of users.
    Users(Ticket, Vec<User>),
    /// All users are there, or not.
    UsersDone(
        Ticket,
        #[serde(with = "whole::outcome")] Result<Timestamp, Failure>,
    ),
    /// A group with the user names of its members, or of the first of them.
    Group(Ticket, Group, Vec<String>),
    /// More members of a group, by its name.
    Members(Ticket, String, Vec<String>),
    /// All groups are there, or not.
    GroupsDone(
        Ticket,
        #[serde(with = "whole::outcome")] Result<Timestamp, Failure>,
    ),
    /// A part of what Studio has; the rest is still being read.
    StudioPart(Ticket, StudioPart),
    /// All of what Studio has.
    Studio(
        Ticket,
        #[serde(with = "whole::outcome")] Result<(Timestamp, Box<StudioSurvey>), Failure>,
    ),
    /// A page of apps.
    Apps(Ticket, Vec<App>),
    /// All apps are there, or not.
    AppsDone(
        Ticket,
        #[serde(with = "whole::outcome")] Result<Timestamp, Failure>,
    ),
    /// Apps that were looked at, with when their users were last active; none at the end.
    Activity(Ticket, Vec<App>),
    /// A role with its policies, by its ARN, or why it could not be read.
    Role(
        String,
        #[serde(with = "whole::outcome")] Result<Box<Role>, Failure>,
    ),
    /// What the authorizer goes by, as far as that can be found out.
    Rules(Ticket, Box<InEffect>),
    /// What a look at roles and settings told.
    Audited(
        Ticket,
        #[serde(with = "whole::outcome")] Result<(Timestamp, Box<Audit>), Failure>,
    ),
    /// The matrix is predicted, or not.
    Predicted(#[serde(with = "whole::outcome")] Result<Box<Report>, Failure>),
    /// What one principal may do.
    Can(
        Ticket,
        #[serde(with = "whole::outcome")] Result<(Timestamp, Vec<Cell>), Failure>,
    ),
    /// What was observed of some principals.
    Proved(Vec<Cell>),
    /// News of a live verify.
    Verifying(JobId, Box<probe::Event>),
    /// A live verify is over.
    Verified(
        JobId,
        #[serde(with = "whole::outcome")] Result<Box<Report>, Failure>,
    ),
    /// Second factors and devices of a user. Recordings leave the devices out: they tell where
    /// somebody was.
    Account(String, #[serde(with = "whole::outcome")] Looked),
    /// One has become somebody for MLflow, or not.
    /// Recordings leave out what MLflow holds: it is not the console's to show elsewhere.
    #[serde(skip)]
    Became(Ticket, Principal, Result<Box<Who>, Failure>),
    /// A page of MLflow, or why not.
    #[serde(skip)]
    Looked(Ticket, Screen, Result<Box<Sight>, Failure>),
    /// The history of a metric, by its name.
    #[serde(skip)]
    History(Ticket, String, Result<Vec<Series>, Failure>),
    /// The beginning of a file.
    #[serde(skip)]
    Previewed(Ticket, Artifact, Result<Box<Preview>, Failure>),
    /// What can be done with a thing.
    #[serde(skip)]
    Offered(Ticket, Held, Result<Vec<Offer>, Failure>),
    /// A change that was wished for, planned.
    #[serde(skip)]
    Wished(Ticket, Result<Box<Plan>, Failure>),
    /// MLflow's version, as far as it could be learned.
    #[serde(skip)]
    MlflowVersion(String),
    /// Whom one has become for MLflow, as of now: the token may have been renewed.
    #[serde(skip)]
    Who(Box<Who>),
    /// A request to MLflow is over.
    #[serde(skip)]
    Exchanged(Arc<Exchange>),
    /// A request of a story is over.
    #[serde(skip)]
    StoryExchanged(JobId, Arc<Exchange>),
    /// What putting a package of the authorizer into effect would change.
    Foreseen(
        Ticket,
        #[serde(with = "whole::outcome")] Result<Box<publish::Preview>, Failure>,
    ),
    /// The packages of the authorizer that can come back.
    Packages(
        Ticket,
        #[serde(with = "whole::outcome")] Result<Vec<Past>, Failure>,
    ),
    /// A job goes on to its next stage.
    Stage(JobId, String),
    /// A publication is over.
    Published(
        JobId,
        #[serde(with = "whole::outcome")] Result<Box<Ended>, Failure>,
    ),
    /// A matrix that declares what is deployed.
    Adopted(
        JobId,
        #[serde(with = "whole::outcome")] Result<Box<Adoption>, Failure>,
    ),
    /// A review pack is written.
    Reviewed(
        JobId,
        #[serde(with = "whole::outcome")] Result<Box<Packed>, Failure>,
    ),
    /// The stories that there are.
    Stories(Ticket, Vec<Shelved>),
    /// News of stories that are being told.
    Telling(JobId, Box<story::Event>),
    /// Stories are told, or could not be begun.
    Told(
        JobId,
        #[serde(with = "whole::outcome")] Result<Box<Told>, Failure>,
    ),
    /// What a job does for one subject now.
    Doing(JobId, String, String),
    /// A new password for a subject of a job, to be told once.
    #[serde(skip)]
    Secret(JobId, String, SecretString),
    /// What takes a plan back, and what of it cannot be taken back.
    Inverse(#[serde(with = "whole::outcome")] Result<(Box<Plan>, Vec<String>), Failure>),
    /// A step of a job is over: on what, and how.
    Step(
        JobId,
        String,
        #[serde(with = "whole::outcome")] Result<(), Failure>,
    ),
    /// A job is over; cancelled or not.
    JobDone(JobId, bool),
}
