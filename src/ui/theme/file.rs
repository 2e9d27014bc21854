//! A theme as it is written: what it inherits, its palette, its styles.

use std::collections::{BTreeMap, HashMap};

use ratatui::style::{Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::{Depth, Role, Theme, depth::fit};
use crate::config::Problem;

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        /// The names of the themes that are part of the program.
        pub(super) const NAMES: &[&str] = &[$($name),+];

        /// The file and text of a theme that is part of the program.
        pub(super) fn embedded(name: &str) -> Option<(String, String)> {
            let text = match name {
                $($name => include_str!(concat!("../../../themes/", $name, ".toml")),)+
                _ => return None,
            };
            Some((format!("themes/{name}.toml"), text.to_owned()))
        }
    };
}

embedded!(
    "catppuccin",
    "dark",
    "gruvbox",
    "high-contrast",
    "light",
    "mono",
    "nord",
    "solarized-dark",
    "solarized-light",
);

/// Where a theme's text is found: its file and its text.
type Find<'a> = &'a dyn Fn(&str) -> Option<(String, String)>;

/// The theme that all others inherit from in the end.
const ROOT: &str = "dark";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<Spanned<String>>,
    #[serde(default)]
    palette: HashMap<String, Spanned<String>>,
    #[serde(default)]
    styles: BTreeMap<Spanned<String>, Spanned<Spec>>,
}

/// A style as it is written: the text's colour, or all of it.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Spec {
    Text(String),
    Whole(Whole),
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word that a theme may say by itself"
)]
struct Whole {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// A style in colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub fg: Option<[u8; 3]>,
    pub bg: Option<[u8; 3]>,
    modifiers: Modifier,
}

/// Loads a theme with all that it inherits, and tells what is wrong with it.
pub(super) fn load(name: &str, find: Find<'_>, depth: Depth, ascii: bool) -> (Theme, Vec<Problem>) {
    let mut problems = Vec::new();
    let looks = looks(name, find, &mut problems);
    let look = |role: &Role| resolve(&looks, *role);
    let ground = look(&Role::Background);
    let text = look(&Role::Text);
    let theme = Theme {
        styles: Role::ALL
            .iter()
            .map(|role| (*role, style(*role, look(role), depth)))
            .collect(),
        ground: (
            ground.bg.unwrap_or([16, 16, 16]),
            text.fg.unwrap_or([224, 224, 224]),
        ),
        depth,
        ascii,
    };
    (theme, problems)
}

/// The looks by name, of the theme and of all that it inherits from.
pub(super) fn looks(
    name: &str,
    find: Find<'_>,
    problems: &mut Vec<Problem>,
) -> HashMap<String, Look> {
    let mut files: Vec<(String, String, File)> = Vec::new();
    let mut next = Some(name.to_owned());
    let mut seen = Vec::new();
    while let Some(name) = next.take() {
        let Some((path, text)) = find(&name) else {
            let message = format!("there is no theme {name:?}");
            problems.push(match files.last() {
                Some((path, text, file)) => {
                    let at = file.inherits.as_ref().map_or(0, |name| name.span().start);
                    Problem::at(path, text, at, message)
                }
                None => Problem {
                    file: name,
                    line: 0,
                    message,
                },
            });
            break;
        };
        match toml::from_str::<File>(&text) {
            Ok(file) => {
                seen.push(name.clone());
                match &file.inherits {
                    Some(parent) if seen.contains(parent.get_ref()) => {
                        let message = format!("{} inherits from itself", parent.get_ref());
                        problems.push(Problem::at(&path, &text, parent.span().start, message));
                    }
                    Some(parent) => next = Some(parent.get_ref().clone()),
                    None => {}
                }
                files.push((path, text, file));
            }
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                problems.push(Problem::at(&path, &text, at, error.message()));
                break;
            }
        }
    }
    if !seen.iter().any(|name| name == ROOT)
        && let Some((path, text)) = embedded(ROOT)
        && let Ok(file) = toml::from_str(&text)
    {
        files.push((path, text, file));
    }
    // The palette first and whole: a theme that changes a colour changes it in the styles
    // that it inherits too.
    let mut palette: HashMap<String, String> = HashMap::new();
    for (_, _, file) in files.iter().rev() {
        for (name, colour) in &file.palette {
            palette.insert(name.clone(), colour.get_ref().clone());
        }
    }
    let mut looks = HashMap::new();
    for (path, text, file) in files.into_iter().rev() {
        read_styles(&path, &text, file, &palette, &mut looks, problems);
    }
    looks
}

/// Puts the styles of one file over those that it inherits.
fn read_styles(
    path: &str,
    text: &str,
    file: File,
    palette: &HashMap<String, String>,
    looks: &mut HashMap<String, Look>,
    problems: &mut Vec<Problem>,
) {
    for (name, spec) in file.styles {
        if !Role::ALL.iter().any(|role| role.name() == name.get_ref()) {
            let message = format!("there is no style {:?}", name.get_ref());
            problems.push(Problem::at(path, text, name.span().start, message));
            continue;
        }
        let at = spec.span().start;
        let whole = match spec.into_inner() {
            Spec::Text(fg) => Whole {
                fg: Some(fg),
                ..Whole::default()
            },
            Spec::Whole(whole) => whole,
        };
        let mut colour = |name: &Option<String>| {
            let name = name.as_ref()?;
            let found = rgb(palette.get(name).unwrap_or(name));
            if found.is_none() {
                let message = format!("{name:?} is neither in the palette nor #rrggbb");
                problems.push(Problem::at(path, text, at, message));
            }
            found
        };
        let wrong =
            |wanted: &Option<String>, found: Option<[u8; 3]>| wanted.is_some() && found.is_none();
        let (fg, bg) = (colour(&whole.fg), colour(&whole.bg));
        if wrong(&whole.fg, fg) || wrong(&whole.bg, bg) {
            continue;
        }
        let mut modifiers = Modifier::empty();
        for (on, modifier) in [
            (whole.bold, Modifier::BOLD),
            (whole.dim, Modifier::DIM),
            (whole.italic, Modifier::ITALIC),
            (whole.underline, Modifier::UNDERLINED),
            (whole.reverse, Modifier::REVERSED),
        ] {
            if on {
                modifiers |= modifier;
            }
        }
        looks.insert(name.into_inner(), Look { fg, bg, modifiers });
    }
}

/// The look of a role: its own, else that of the name before the dot.
pub(super) fn resolve(looks: &HashMap<String, Look>, role: Role) -> Look {
    let name = role.name();
    let parent = || {
        name.split_once('.')
            .and_then(|(parent, _)| looks.get(parent))
    };
    looks.get(name).or_else(parent).copied().unwrap_or_default()
}

fn style(role: Role, look: Look, depth: Depth) -> Style {
    let fit = |rgb: Option<[u8; 3]>| rgb.and_then(|rgb| fit(rgb, depth));
    let (mut fg, mut bg) = (fit(look.fg), fit(look.bg));
    let mut modifiers = look.modifiers;
    // With few colours the terminal's own ground stays: ours would be a guess.
    if role == Role::Background && depth == Depth::Sixteen {
        (fg, bg) = (None, None);
    }
    if role == Role::Text && depth == Depth::Sixteen {
        fg = None;
    }
    // A background that cannot be shown, or swallows the text, is still told apart.
    if look.bg.is_some() && role != Role::Background && (bg.is_none() || fg == bg) {
        (fg, bg) = (None, None);
        modifiers |= Modifier::REVERSED;
    }
    let mut style = Style::new().add_modifier(modifiers);
    style.fg = fg;
    style.bg = bg;
    style
}

fn rgb(text: &str) -> Option<[u8; 3]> {
    let bytes = hex::decode(text.strip_prefix('#')?).ok()?;
    bytes.try_into().ok()
}
