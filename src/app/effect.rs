//! What the console wants done: values, run by the executor or by the event loop alone.

use std::path::PathBuf;

use secrecy::SecretString;
use uuid::Uuid;

use super::{
    Screen,
    findings::People,
    inquiry::Inquiry,
    job::JobId,
    mlflow::{Held, Look, Wanted, chart::Steps},
    remote::Ticket,
    start::Choice,
    table::Arrangement,
};
use crate::{
    access::Matrix,
    browse::Wish,
    config::MatrixFile,
    domain::{App, ExecutionRole, Principal},
    mlflow::{ApiRequest, models::Artifact},
    plan::{Passwords, Plan},
    probe::{VerifyOptions, publish},
    story::Program,
};

/// Which deployment's connection something belongs to: every switch makes a new one.
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
pub struct Epoch(pub u64);

/// What is wanted of a review pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewWish {
    /// The folder to write it to, which is not there yet.
    pub folder: PathBuf,
    /// Whether to test live; else all of it is predicted.
    pub live: bool,
    /// Whether to let the caller into the execution roles for it.
    pub grant_trust: bool,
    /// Where the matrix comes from, where that is a file.
    pub source: Option<String>,
}

/// Stories that are to be told.
#[derive(Clone, Debug)]
pub struct StoryWish {
    /// Which, and as whom.
    pub program: Program,
    /// Whether to let the caller into the execution roles for it.
    pub grant_trust: bool,
    /// The passwords of the users that they are told as. In memory only.
    pub passwords: Passwords,
}

/// Something to be done outside the state.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Something of one deployment.
    Ask(Epoch, Ask),
    /// Go to another place; everything of the epochs before is stopped.
    Switch(Epoch, Choice),
    /// Look up where one can go.
    FindPlaces,
    /// Look for findings about people and groups, off the UI task.
    Judge(Epoch, Box<People>),
    /// Answer who can do something, off the UI task.
    Inquire(Epoch, Ticket, Box<Inquiry>),
    /// Filter and sort a long list off the UI task.
    Arrange(Epoch, Screen, Arrangement),
    /// Something of the terminal.
    Terminal(Terminal),
}

/// What is asked of one deployment.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Find the deployment (and connect first, where there is no connection yet).
    Discover,
    /// Try until the expired session is renewed, then connect anew.
    AwaitSession,
    /// Read the pool's users.
    Users(Ticket),
    /// Read the pool's groups and their members.
    Groups(Ticket),
    /// Read the domain's apps.
    Apps(Ticket),
    /// Read the domain's profiles, spaces and apps.
    Studio(Ticket),
    /// Look at these apps: when their users were last active.
    Activity(Ticket, Vec<App>),
    /// Read these roles with their policies.
    Roles(Vec<ExecutionRole>),
    /// Read what the authorizer goes by.
    Rules(Ticket),
    /// Look at roles, and at the settings of pool, client and authorizer.
    Audit(Ticket),
    /// From now on this is declared.
    Declare(Box<Matrix>),
    /// Predict the whole matrix.
    Predict,
    /// Predict what one principal may do.
    Can(Ticket, Principal),
    /// Verify live, as a job.
    Verify(JobId, VerifyOptions),
    /// Look up what putting a package of the authorizer into effect would change.
    Foresee(Ticket, publish::Wanted),
    /// Look up which packages of the authorizer can come back.
    Packages(Ticket),
    /// Put a package of the authorizer into effect and prove it, as a job.
    Publish(JobId, Box<publish::Preview>),
    /// Find out what is deployed, to be written down in place of what a file says, as a job.
    Adopt(JobId, Box<MatrixFile>),
    /// Make a review pack, as a job.
    Review(JobId, Box<ReviewWish>),
    /// Look up which stories there are.
    Stories(Ticket),
    /// Tell stories, as a job.
    Tell(JobId, Box<StoryWish>),
    /// Run a plan, as a job.
    Run(JobId, Box<Plan>, Passwords),
    /// Make what is left of a plan, as a job.
    Resume(JobId, Uuid),
    /// Read what only a look at one user tells: second factors and devices.
    Account(String),
    /// Look up in the journal what takes a plan back.
    Inverse(Uuid),
    /// Prove what these principals may do, as a job with a row for each.
    Prove(JobId, Vec<Principal>),
    /// Become somebody for MLflow; let the caller into a role whose trust refuses them, where
    /// that is said; a password where a user needs one.
    Become(Ticket, Principal, bool, Option<SecretString>),
    /// Look at a page of MLflow, and at the same as somebody else.
    Look(Ticket, Screen, Box<Look>, Option<Principal>),
    /// Read the history of a metric of some runs (ids with names) as somebody.
    History(
        Ticket,
        Principal,
        Vec<(String, String)>,
        String,
        Option<Steps>,
    ),
    /// Read the beginning of a file of a run whose artifacts are there.
    Preview(Ticket, Principal, String, String, Box<Artifact>),
    /// Download files, as a job.
    Download(JobId, Box<Wanted>),
    /// Say what can be done with a thing as somebody.
    Offers(Ticket, Principal, Held),
    /// Plan a change as somebody.
    PlanWish(Ticket, Principal, Box<Wish>),
    /// Send a request again as somebody.
    Replay(Principal, Box<ApiRequest>),
    /// Stop a job between two steps; a verify gives back first.
    Cancel(JobId),
}

/// What is done by whoever owns the terminal.
#[derive(Clone, Debug)]
pub enum Terminal {
    /// Put a text on the clipboard.
    Copy(String),
    /// Put a secret on the clipboard.
    CopySecret(SecretString),
    /// Open a URL in the browser.
    Open(String),
    /// Write a text to a file that is not there yet.
    Save(PathBuf, String),
    /// Write the matrix to its file, unless somebody else did meanwhile.
    SaveMatrix(Box<MatrixFile>, String),
    /// Write the screen to a file: SVG, HTML or text by its ending.
    Picture(PathBuf),
    /// Take this theme; `keep` where it is meant to stay.
    Theme {
        /// Its name.
        name: String,
    },
    /// Stop the process as ctrl-z does in a shell.
    Suspend,
    /// Draw everything anew.
    Redraw,
}
