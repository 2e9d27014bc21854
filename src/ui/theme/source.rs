//! Which theme a terminal gets: what it can show, what the user asked for, what there is.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use terminal_colorsaurus::{QueryOptions, background_color};

use super::{Depth, Theme, file};
use crate::{app::ColorChoice, config::Problem};

/// Where themes come from, and what the terminal can show of them.
#[derive(Clone, Debug)]
pub struct ThemeSource {
    depth: Depth,
    ascii: bool,
    folder: Option<PathBuf>,
}

impl ThemeSource {
    /// What this terminal can show, by its environment alone: colours as it and `NO_COLOR`
    /// allow, ASCII signs where the locale is not UTF-8 or `MLWARDEN_ASCII` is set. The user's
    /// own themes are in `themes/` of `config_dir`.
    pub fn detect(choice: ColorChoice, config_dir: Option<&Path>) -> Self {
        // crossterm would answer NO_COLOR by dropping bold and reverse as well.
        crossterm::style::force_color_output(true);
        Self {
            depth: depth(choice),
            ascii: !speaks_utf8() || env::var_os("MLWARDEN_ASCII").is_some(),
            folder: config_dir.map(|folder| folder.join("themes")),
        }
    }

    /// All colours and signs, whatever this terminal is: for pictures.
    pub fn full(config_dir: Option<&Path>) -> Self {
        Self {
            depth: Depth::True,
            ascii: false,
            folder: config_dir.map(|folder| folder.join("themes")),
        }
    }

    /// The theme that a terminal gets before anybody chose one.
    pub fn usual(&self) -> String {
        if let Ok(name) = env::var("MLWARDEN_THEME")
            && !name.is_empty()
        {
            return name;
        }
        // Some terminals say what is behind the text: `15;0` is white on black.
        let light = env::var("COLORFGBG").is_ok_and(|colors| {
            colors
                .rsplit(';')
                .next()
                .and_then(|ground| ground.parse::<u8>().ok())
                .is_some_and(|ground| ground == 7 || ground >= 9)
        });
        if light { "light" } else { "dark" }.to_owned()
    }

    /// Asks the terminal whether its background is light; none where it does not say, or
    /// where it makes no difference.
    pub fn ask_background(&self, patience: Duration) -> Option<bool> {
        if self.depth == Depth::None || env::var_os("MLWARDEN_THEME").is_some() {
            return None;
        }
        let mut options = QueryOptions::default();
        options.timeout = patience;
        background_color(options)
            .ok()
            .map(|color| color.perceived_lightness() > 0.5)
    }

    /// The names of the themes, the user's own among them.
    pub fn names(&self) -> Vec<String> {
        let own = self
            .folder
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok())
            .flatten()
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let is_theme = path.extension().is_some_and(|ending| ending == "toml");
                let name = path.file_stem()?.to_str()?.to_owned();
                is_theme.then_some(name)
            });
        let names: BTreeSet<String> = file::NAMES
            .iter()
            .map(|&name| name.to_owned())
            .chain(own)
            .collect();
        names.into_iter().collect()
    }

    /// A theme by its name, with the mistakes in the user's file. What is wrong there is as in
    /// the theme that it inherits from.
    pub fn load(&self, name: &str) -> (Theme, Vec<Problem>) {
        let find = |name: &str| {
            let own = self.folder.as_ref().and_then(|folder| {
                let path = folder.join(format!("{name}.toml"));
                let text = fs::read_to_string(&path).ok()?;
                Some((path.display().to_string(), text))
            });
            own.or_else(|| file::embedded(name))
        };
        file::load(name, &find, self.depth, self.ascii)
    }
}

fn depth(choice: ColorChoice) -> Depth {
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Never => Depth::None,
        ColorChoice::Auto if no_color => Depth::None,
        _ => supports_color::on(supports_color::Stream::Stdout).map_or(Depth::None, |level| {
            if level.has_16m {
                Depth::True
            } else if level.has_256 {
                Depth::Indexed
            } else {
                Depth::Sixteen
            }
        }),
    }
}

/// Whether the locale is UTF-8, and the terminal more than the Linux console.
fn speaks_utf8() -> bool {
    if env::var("TERM").is_ok_and(|term| term == "linux") {
        return false;
    }
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
        .is_none_or(|locale| {
            let locale = locale.to_uppercase();
            locale.contains("UTF-8") || locale.contains("UTF8")
        })
}
