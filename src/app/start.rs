//! What the console starts with, and where it may be sent.

use std::{any::Any, path::PathBuf, sync::Arc};

use futures::future::BoxFuture;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Screen;
use crate::{
    access::{Matrix, finding::Suppression},
    aws::{Cloud, discovery::Known},
    config::MatrixFile,
    domain::{Environment, Failure, MatchRule, Principal, Usd},
    plan::cleanup::Rule,
    story::Shelf,
};

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
    /// What must live as long as the connection does.
    pub keep: Option<Arc<dyn Any + Send + Sync>>,
}

/// Makes the connection when it is asked for: after the first frame, and again after an
/// expired session was renewed.
pub type Connect = Arc<dyn Fn() -> BoxFuture<'static, Result<Connection, Failure>> + Send + Sync>;

/// Where the user wants to work. What is not said is as at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// A context of the config file.
    pub context: Option<String>,
    /// A profile of the AWS config files.
    pub profile: Option<String>,
    /// A region.
    pub region: Option<String>,
    /// The demo: a copy of the whole deployment in this process.
    pub demo: bool,
}

/// What a place is called and how it is treated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The context's name.
    pub context: String,
    /// The AWS profile, where one was named.
    pub profile: Option<String>,
    /// The region, where one was named.
    pub region: Option<String>,
    /// How much care it wants.
    pub environment: Environment,
    /// Whether nothing may be changed.
    pub read_only: bool,
    /// Whether it is the demo.
    pub demo: bool,
    /// By what users and Studio profiles belong together.
    #[serde(default)]
    pub rule: MatchRule,
    /// What an hour of an instance costs, by the config file.
    #[serde(default)]
    pub prices: IndexMap<String, Usd>,
    /// Which apps are forgotten, by the config file.
    #[serde(default)]
    pub cleanup: Vec<Rule>,
    /// Which findings are left as they are, by the config file.
    #[serde(default)]
    pub suppress: Vec<Suppression>,
}

/// Where to work: everything that is known before the first call.
#[derive(Clone)]
pub struct Place {
    /// What it is called and how it is treated.
    pub label: Label,
    /// What is declared.
    pub matrix: Matrix,
    /// The file that says so.
    pub matrix_file: MatrixFile,
    /// Where the journal is.
    pub state_dir: PathBuf,
    /// Where stories are found.
    pub stories: Shelf,
    /// Makes the connection.
    pub connect: Connect,
}

/// Where one can go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// The contexts of the config file.
    pub contexts: Vec<String>,
    /// The profiles of the AWS config files.
    pub profiles: Vec<String>,
}

/// Finds places: reads the config file, asks nobody.
pub trait Atlas: Send + Sync {
    /// The place of a choice.
    ///
    /// # Errors
    /// `Invalid` and `NotFound`, naming the file and the field.
    fn place(&self, choice: &Choice) -> Result<Place, Failure>;

    /// Where one can go.
    fn places(&self) -> Places;
}

/// What the console starts with.
pub struct Start {
    /// Where it starts.
    pub place: Place,
    /// Where else it can go.
    pub atlas: Arc<dyn Atlas>,
    /// The page to open on.
    pub screen: Option<Screen>,
    /// Whom to choose on it.
    pub principal: Option<Principal>,
    /// Whether to colour.
    pub color: ColorChoice,
    /// The folder of the user's themes and keys; none in the demo.
    pub config_dir: Option<PathBuf>,
    /// The theme that the config asks for.
    pub theme: Option<String>,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// The file that keeps how the console was left; none where nothing is kept.
    pub kept: Option<PathBuf>,
    /// A file that everything that happens is written to.
    pub record: Option<PathBuf>,
}
