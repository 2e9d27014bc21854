//! The command line as clap knows it: words and flags, nothing that acts.
#![expect(
    clippy::doc_markdown,
    reason = "the comments are the help texts, which a person reads as they stand"
)]

mod audit;
mod findings;
mod matrix;
pub mod mlflow;
mod people;
mod review;
mod roles;
mod story;
mod studio;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

pub use audit::{Can, WhoCan, Why};
pub use people::{
    GroupFlags, GroupsCommand, JournalCommand, Offboard, Onboard, Password, Users, UsersCommand,
    Welcome,
};

pub use findings::{Findings, FindingsCommand};
pub use matrix::MatrixCommand;
pub use mlflow::MlflowCommand;
pub use review::{ApplyReview, CloseReview, Decide, MakeReview, Review, ReviewCommand};
pub use roles::RolesCommand;
pub use story::Stories;
pub use studio::{AppFilter, AppsCommand, Cleanup, ProfilesCommand, SpacesCommand};

use crate::domain::{AuthScheme, Principal};

/// A terminal console for the administrators of MLflow behind Amazon API Gateway.
///
/// Without a command it opens the console on the current context.
#[derive(Debug, Parser)]
#[command(
    name = "mlwarden",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command; none opens the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the console opens.
    #[command(flatten)]
    pub console: ConsoleFlags,
    /// Open the console with this principal chosen.
    #[arg(long = "as", value_name = "PRINCIPAL")]
    pub principal: Option<Principal>,
}

/// How the console opens.
#[derive(Clone, Debug, Default, Args)]
pub struct ConsoleFlags {
    /// Open the console on this screen: overview, users, groups, matrix, roles, apps, findings, jobs or log.
    #[arg(short = 's', long, value_name = "SCREEN")]
    pub screen: Option<String>,
    /// Open the console as if it had never been used: keep nothing, take nothing up.
    #[arg(long)]
    pub fresh: bool,
    /// Write everything that happens to this file, names and addresses made unknown: for a bug report. It starts as --fresh does.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Show what another session has recorded, as it happened; nobody is asked for anything.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "screen", "fresh"])]
    pub replay: Option<PathBuf>,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For a person.
    #[default]
    Table,
    /// One JSON object.
    Json,
    /// One line an item.
    Csv,
    /// For a ticket or a pull request.
    Md,
    /// JUnit XML (verify and findings only).
    Junit,
    /// SARIF 2.1.0 (findings only).
    Sarif,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Where the terminal can and NO_COLOR is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// The profile in the AWS config files.
    #[arg(long, global = true, value_name = "NAME", help_heading = "AWS")]
    pub profile: Option<String>,
    /// The AWS region.
    #[arg(long, global = true, value_name = "REGION", help_heading = "AWS")]
    pub region: Option<String>,
    /// One endpoint for every AWS service.
    #[arg(long, global = true, value_name = "URL", help_heading = "AWS")]
    pub endpoint_url: Option<String>,
    /// The context of the config file to use [env: MLWARDEN_CONTEXT].
    #[arg(long, global = true, value_name = "NAME", help_heading = "Context")]
    pub context: Option<String>,
    /// The config file [env: MLWARDEN_CONFIG_DIR for its folder].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Context")]
    pub config: Option<PathBuf>,
    /// The matrix file; the sample's own promises where none is given.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Context")]
    pub matrix: Option<PathBuf>,
    /// The AWS account id [env: AWS_ACCOUNT].
    #[arg(
        long,
        global = true,
        value_name = "ID",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub account: Option<String>,
    /// The user pool's id [env: MLWARDEN_USER_POOL_ID].
    #[arg(
        long,
        global = true,
        value_name = "ID",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub user_pool_id: Option<String>,
    /// The app client's id [env: MLWARDEN_CLIENT_ID].
    #[arg(
        long,
        global = true,
        value_name = "ID",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub client_id: Option<String>,
    /// The REST API's id [env: MLWARDEN_REST_API_ID].
    #[arg(
        long,
        global = true,
        value_name = "ID",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub rest_api_id: Option<String>,
    /// The base URL of the protected API [env: MLWARDEN_API_URL].
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub api_url: Option<String>,
    /// The API's stage [env: MLWARDEN_STAGE].
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub stage: Option<String>,
    /// The Studio domain's id [env: DOMAIN_ID].
    #[arg(
        long,
        global = true,
        value_name = "ID",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub domain_id: Option<String>,
    /// MLflow's version [env: MLWARDEN_MLFLOW_VERSION].
    #[arg(
        long,
        global = true,
        value_name = "VERSION",
        help_heading = "Context",
        hide_short_help = true
    )]
    pub mlflow_version: Option<String>,
    /// Change nothing, whatever is asked [env: MLWARDEN_READ_ONLY].
    #[arg(long, global = true, help_heading = "Safety")]
    pub read_only: bool,
    /// Do not ask before changing something.
    #[arg(short = 'y', long, global = true, help_heading = "Safety")]
    pub yes: bool,
    /// Show what would be done, and do nothing.
    #[arg(long, global = true, help_heading = "Safety")]
    pub dry_run: bool,
    /// The text that must be typed out to do the worst, where there is no terminal to type it on.
    #[arg(long, global = true, value_name = "TEXT", help_heading = "Safety")]
    pub confirm: Vec<String>,
    /// How to write the result.
    #[arg(
        short = 'o',
        long,
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub output: Output,
    /// Whether to colour.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub color: Color,
    /// Write a log to this file; it holds no secret.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub log_file: Option<PathBuf>,
    /// Log more; twice for everything.
    #[arg(short = 'v', long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on a copy of the whole deployment, in this process; no AWS account needed
    Demo {
        /// Put the copy's gateway before a real MLflow server
        #[arg(long, value_name = "URL")]
        mlflow: Option<Url>,
        /// How many more users to make up
        #[arg(long, value_name = "N", default_value_t = 0)]
        users: usize,
    },
    /// Only the copy of the deployment; prints the environment to use it as one JSON line
    ///
    /// At the end another line tells how often each operation was called.
    Sandbox {
        /// Put the gateway before a real MLflow server
        #[arg(long, value_name = "URL")]
        mlflow: Option<Url>,
        /// Where to listen, on loopback
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
        addr: SocketAddr,
        /// How many more users to make up
        #[arg(long, value_name = "N", default_value_t = 0)]
        users: usize,
        /// How many more Studio profiles to make up
        #[arg(long, value_name = "N", default_value_t = 0)]
        profiles: usize,
        /// How many more Studio apps to make up, spread over these profiles
        #[arg(long, value_name = "N", default_value_t = 0)]
        apps: usize,
        /// What goes wrong, and how often: throttle=0.1,latency=50ms..200ms,error=0.02,cut=0.01,expire=0.01,quota=aws,seed=7
        #[arg(long, value_name = "SPEC")]
        faults: Option<String>,
    },
    /// Find the deployment and keep it as a context in the config file
    Init {
        /// The context's name
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Find the deployment: each item, and where it came from
    Discover,
    /// Check credentials, clock, rights, config and leftovers
    Doctor,
    /// The effective configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Cognito users
    #[command(subcommand)]
    Users(UsersCommand),
    /// Cognito groups
    #[command(subcommand)]
    Groups(GroupsCommand),
    /// Everything that people get: user, groups, Studio profile, and the proof of it
    Onboard(Onboard),
    /// Everything that people have: stop them at once, then take what is chosen
    Offboard(Offboard),
    /// Studio profiles
    #[command(subcommand)]
    Profiles(ProfilesCommand),
    /// Studio apps
    #[command(subcommand)]
    Apps(AppsCommand),
    /// Studio spaces
    #[command(subcommand)]
    Spaces(SpacesCommand),
    /// Apps that were forgotten, and what they cost; with --yes they are deleted
    Cleanup(Cleanup),
    /// Execution roles
    #[command(subcommand)]
    Roles(RolesCommand),
    /// The matrix: as declared, compared with what is deployed, put into effect
    #[command(subcommand)]
    Matrix(MatrixCommand),
    /// Prove the matrix by requests that change nothing
    Verify(Verify),
    /// A pack to review access by: who can do what, and the evidence of it
    Review(Box<Review>),
    /// What you should act on, with its evidence and its remedy; exits 1 where anything is open
    Findings(Findings),
    /// Who can use a permission or a route, and how, side doors included
    WhoCan(WhoCan),
    /// What a principal can do, with a token and with a signature, by the deployed policies
    Can(Can),
    /// Why a principal can or cannot use a route, and what would turn it around
    Why(Why),
    /// What is in MLflow, as whoever you choose, through the protected API
    #[command(subcommand)]
    Mlflow(Box<MlflowCommand>),
    /// What was planned and what was borrowed: how far it is, resume it, undo it
    #[command(subcommand)]
    Journal(JournalCommand),
    /// The least IAM policy that this program itself needs
    IamPolicy,
    /// A page of the console as a picture, without a terminal
    Snapshot(Snapshot),
    /// Completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// The manual page
    Man,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every effective value, and where it came from
    Show,
}

/// `verify`
#[derive(Debug, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub struct Verify {
    /// Whom; every group, every execution role and anonymous where none is named
    #[arg(long = "as", value_name = "PRINCIPAL")]
    pub principals: Vec<Principal>,
    /// Only this auth scheme: bearer or sigv4
    #[arg(long)]
    pub scheme: Option<AuthScheme>,
    /// Only permissions that match
    #[arg(long, value_name = "GLOB")]
    pub permission: Option<String>,
    /// Send nothing, make nobody: only what the deployed policies compute to
    #[arg(long)]
    pub predicted_only: bool,
    /// Where a role's trust refuses you, let you alone in for minutes
    #[arg(long)]
    pub grant_trust: bool,
    /// Predict roles by IAM's own simulation
    #[arg(long)]
    pub simulate: bool,
    /// Requests a second at most
    #[arg(long, value_name = "N")]
    pub rate: Option<u32>,
    /// Requests under way at once, at most 50
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub concurrency: u8,
    /// List the cells that are ok too
    #[arg(long)]
    pub all: bool,
    /// Stories to tell instead.
    #[command(flatten)]
    pub stories: Stories,
    /// Read the password for user:… from standard input [env: MLWARDEN_PASSWORD]
    #[arg(long)]
    pub password_stdin: bool,
}

/// `snapshot`
#[derive(Clone, Debug, Args)]
pub struct Snapshot {
    /// The page: overview, users, groups, matrix, roles, apps, findings, jobs, log or answers
    #[arg(value_name = "PAGE", required_unless_present_any = ["pictures", "recording"])]
    pub page: Option<String>,
    /// Columns and lines
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "120x40", value_parser = size)]
    pub size: (u16, u16),
    /// The theme; the config's where none is named
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Keys to press first, as in a keymap and with spaces between them; what stands in double quotes is typed: '/ "ada" enter'
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: String,
    /// The file to write; standard output where none is named
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The format; by the file's ending, else text
    #[arg(long, value_enum)]
    pub format: Option<Picture>,
    /// Of the demo's deployment
    #[arg(long)]
    pub demo: bool,
    /// The last screen of what a session has recorded
    #[arg(id = "recording", long = "replay", value_name = "FILE", conflicts_with_all = ["page", "keys", "demo", "size", "theme"])]
    pub recording: Option<PathBuf>,
    /// Make the pictures of the README in this folder, from the demo
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["page", "keys", "out", "format", "theme"])]
    pub pictures: Option<PathBuf>,
}

/// What a picture is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// A drawing that any browser shows
    Svg,
    /// A page of its own
    Html,
    /// The characters alone
    Text,
}

/// `120x40`
fn size(text: &str) -> Result<(u16, u16), String> {
    let side = |text: &str| text.parse().ok().filter(|side| (1..=1_000).contains(side));
    text.split_once(['x', '×'])
        .and_then(|(width, height)| Some((side(width)?, side(height)?)))
        .ok_or_else(|| "write columns and lines, each from 1 to 1000, such as 120x40".to_owned())
}
