//! The console on a real deployment, and where it can be sent from inside.

use std::{collections::BTreeSet, env, fs, path::PathBuf, sync::Arc};

use super::{
    OK,
    args::{Color, ConsoleFlags, Global},
    demo,
    session::Effective,
};
use crate::{
    app::{
        self, Atlas, Choice, ColorChoice, Connection, Label, Place, Places, Screen, Start,
        record::Recording,
    },
    aws::Cloud,
    config::{Paths, Settings},
    domain::{Failure, Principal},
    story::Shelf,
};

/// How the console was left, in the state folder.
const KEPT: &str = "console.toml";

/// Opens the console. Nothing but its own files is read before its first frame.
pub(super) fn run(
    global: &Global,
    flags: &ConsoleFlags,
    principal: Option<Principal>,
) -> Result<u8, Failure> {
    if let Some(file) = &flags.replay {
        app::replay(Recording::read(file)?, global.color.into())?;
        return Ok(OK);
    }
    let paths = Paths::find(global.config.clone())?;
    let settings = Settings::read(&paths.config_file)?;
    let config_dir = paths.config_file.parent().map(ToOwned::to_owned);
    let kept = (!flags.fresh && flags.record.is_none()).then(|| paths.state_dir.join(KEPT));
    let atlas = Contexts {
        global: global.clone(),
    };
    let mut choice = Choice::default();
    if global.context.is_none() && env::var_os("MLWARDEN_CONTEXT").is_none() {
        // Where one was, if that still exists.
        choice.context = kept
            .as_deref()
            .and_then(|file| app::kept::Kept::read(file).context)
            .filter(|name| settings.contexts.contains_key(name));
    }
    app::run(Start {
        place: atlas.start(&choice)?,
        atlas: Arc::new(atlas),
        screen: screen(flags.screen.as_deref())?,
        principal,
        color: global.color.into(),
        config_dir,
        theme: settings.console.theme.clone(),
        mouse: settings.console.mouse.unwrap_or(true),
        kept,
        record: flags.record.clone(),
    })?;
    Ok(OK)
}

/// The console on the current deployment as it opens for a picture: as if it had never been used.
pub(super) fn unused(global: &Global) -> Result<Start, Failure> {
    let paths = Paths::find(global.config.clone())?;
    let settings = Settings::read(&paths.config_file)?;
    let atlas = Contexts {
        global: global.clone(),
    };
    Ok(Start {
        place: atlas.start(&Choice::default())?,
        atlas: Arc::new(atlas),
        screen: None,
        principal: None,
        color: global.color.into(),
        config_dir: paths.config_file.parent().map(ToOwned::to_owned),
        theme: settings.console.theme.clone(),
        mouse: false,
        kept: None,
        record: None,
    })
}

/// The contexts of the config file and the profiles of the AWS files.
struct Contexts {
    global: Global,
}

impl Contexts {
    /// The place to start at: flags and environment count.
    fn start(&self, choice: &Choice) -> Result<Place, Failure> {
        let mut global = self.global.clone();
        if choice.context.is_some() {
            global.context.clone_from(&choice.context);
        }
        Self::place_of(&global, Effective::read(&global)?)
    }

    fn place_of(global: &Global, effective: Effective) -> Result<Place, Failure> {
        let matrix_file = effective.matrix_file(global)?;
        let matrix = matrix_file.matrix()?;
        let label = Label {
            context: effective.name.clone(),
            profile: effective
                .target
                .profile
                .clone()
                .or_else(|| env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty())),
            region: effective.target.region.clone(),
            environment: effective.environment(),
            read_only: effective.read_only,
            demo: false,
            rule: effective.rule.clone(),
            prices: effective.prices.clone(),
            cleanup: effective.cleanup.clone(),
            suppress: effective.suppress.clone(),
        };
        let (target, known) = (effective.target, effective.known);
        Ok(Place {
            label,
            matrix,
            matrix_file,
            stories: Shelf::beside(&effective.paths.config_file),
            state_dir: effective.paths.state_dir,
            connect: Arc::new(move || {
                let (target, known) = (target.clone(), known.clone());
                Box::pin(async move {
                    Ok(Connection {
                        cloud: Cloud::connect(&target).await?,
                        known,
                        keep: None,
                    })
                })
            }),
        })
    }
}

impl Atlas for Contexts {
    fn place(&self, choice: &Choice) -> Result<Place, Failure> {
        if choice.demo {
            return demo::place(None, 0, false);
        }
        // What flags and environment say of one deployment says nothing of another one.
        let global = Global {
            context: choice.context.clone().filter(|name| name != "default"),
            profile: choice.profile.clone(),
            region: choice.region.clone(),
            config: self.global.config.clone(),
            endpoint_url: self.global.endpoint_url.clone(),
            read_only: self.global.read_only,
            ..Global::default()
        };
        let elsewhere = choice.profile.is_some() || choice.region.is_some();
        let effective = Effective::of_choice(&global, elsewhere)?;
        Self::place_of(&global, effective)
    }

    fn places(&self) -> Places {
        let contexts = Paths::find(self.global.config.clone())
            .and_then(|paths| Settings::read(&paths.config_file))
            .map(|settings| settings.contexts.keys().cloned().collect())
            .unwrap_or_default();
        Places {
            contexts,
            profiles: profiles().into_iter().collect(),
        }
    }
}

/// The profiles of the AWS config files.
fn profiles() -> BTreeSet<String> {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().join(".aws"));
    let file = |variable: &str, name: &str| {
        env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| Some(home.as_ref()?.join(name)))
    };
    let mut names = BTreeSet::new();
    for file in [
        file("AWS_CONFIG_FILE", "config"),
        file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    ] {
        let text = file.and_then(|file| fs::read_to_string(file).ok());
        names.extend(text.as_deref().map(sections).unwrap_or_default());
    }
    names
}

/// The profiles that a text in the format of the AWS config files has.
fn sections(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            let name = line.trim().strip_prefix('[')?.split(']').next()?.trim();
            let name = name.strip_prefix("profile ").unwrap_or(name).trim();
            let other = name.starts_with("sso-session ") || name.starts_with("services ");
            (!name.is_empty() && !other).then(|| name.to_owned())
        })
        .collect()
}

/// The screen of this name.
pub(super) fn screen(name: Option<&str>) -> Result<Option<Screen>, Failure> {
    name.map(|name| {
        Screen::ALL
            .into_iter()
            .find(|screen| screen.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = Screen::ALL.into_iter().map(Screen::name).collect();
                Failure::invalid(
                    "choosing the screen",
                    format!("there is no screen {name:?}"),
                )
                .advise(format!("use one of {}", names.join(", ")))
            })
    })
    .transpose()
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn profiles_are_told_from_other_sections() {
        let text = "[default]\nregion = x\n[profile ops ]\n [sso-session corp]\n[services s]\n[plain]\n# [no]\n";
        assert_eq!(sections(text), ["default", "ops", "plain"]);
    }
}
