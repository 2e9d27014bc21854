//! Where the config file and the state live.

use std::{env, path::PathBuf};

use directories::ProjectDirs;

use crate::domain::Failure;

/// The environment variable that names the config folder.
pub const CONFIG_DIR: &str = "MLWARDEN_CONFIG_DIR";
/// The environment variable that names the state folder: journal and locks.
pub const STATE_DIR: &str = "MLWARDEN_STATE_DIR";

/// The program's folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The config file.
    pub config_file: PathBuf,
    /// The folder of journal and locks.
    pub state_dir: PathBuf,
}

impl Paths {
    /// The folders: `config` if given (the flag), else by environment variable, else the
    /// system's own place for them.
    pub fn find(config: Option<PathBuf>) -> Result<Self, Failure> {
        let folder = |variable: &str| {
            env::var_os(variable)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        let system = ProjectDirs::from("", "", "mlwarden");
        let missing = |what: &str, variable: &str| {
            Failure::invalid(
                format!("looking for the {what} folder"),
                "this user has no home folder",
            )
            .advise(format!("name one by {variable}"))
        };
        let config_file = match config {
            Some(file) => file,
            None => folder(CONFIG_DIR)
                .or_else(|| system.as_ref().map(|dirs| dirs.config_dir().to_owned()))
                .ok_or_else(|| missing("config", CONFIG_DIR))?
                .join("config.toml"),
        };
        let state_dir = folder(STATE_DIR)
            .or_else(|| {
                let dirs = system.as_ref()?;
                Some(
                    dirs.state_dir()
                        .unwrap_or_else(|| dirs.data_local_dir())
                        .to_owned(),
                )
            })
            .ok_or_else(|| missing("state", STATE_DIR))?;
        Ok(Self {
            config_file,
            state_dir,
        })
    }
}
