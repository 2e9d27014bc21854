//! Semantic styles: the only place that knows a colour.
//!
//! `NO_COLOR` is honoured here: styles lose their colours and keep bold and reverse, since
//! the terminal library would drop those too.

use std::{collections::HashMap, env};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::app::{ColorChoice, matrix::Mark};

const DARK: &str = include_str!("../../themes/dark.toml");
const LIGHT: &str = include_str!("../../themes/light.toml");

/// What a style is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Plain text.
    Text,
    /// Less important text.
    Dim,
    /// The title of a page or a window.
    Title,
    /// The name beside a value.
    Label,
    /// The line at the top.
    Header,
    /// A name on it.
    HeaderKey,
    /// A screen's tab.
    Tab,
    /// The tab of the screen shown.
    TabActive,
    /// The head of a column.
    Column,
    /// The row under the cursor.
    Cursor,
    /// The cell under the cursor.
    CellCursor,
    /// A key in the hint bar.
    HintKey,
    /// What it does.
    Hint,
    /// A line for the user.
    Toast,
    /// The frame of a window.
    Border,
    /// As declared, allowed.
    Ok,
    /// As declared, denied.
    Denied,
    /// Someone can do what they must not; an error.
    Danger,
    /// Someone cannot do what they should; a warning.
    Warning,
    /// Not known.
    Unknown,
    /// The read-only flag.
    ReadOnly,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    palette: HashMap<String, String>,
    styles: HashMap<Role, Spec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Spec {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    reverse: bool,
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    None,
    Sixteen,
    Indexed,
    True,
}

/// The styles in effect, and the signs that go with them.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: HashMap<Role, Style>,
    ascii: bool,
}

impl Theme {
    /// The theme for this terminal: colours as it and `NO_COLOR` allow, ASCII signs where the
    /// locale is not UTF-8 or `MLWARDEN_ASCII` is set.
    pub fn detect(choice: ColorChoice) -> Self {
        // crossterm would answer NO_COLOR by dropping bold and reverse as well.
        crossterm::style::force_color_output(true);
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let depth = match choice {
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
        };
        let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
            .is_none_or(|locale| {
                let locale = locale.to_uppercase();
                locale.contains("UTF-8") || locale.contains("UTF8")
            });
        let ascii = !utf8 || env::var_os("MLWARDEN_ASCII").is_some();
        let light = env::var("MLWARDEN_THEME").is_ok_and(|name| name == "light");
        Self::of(if light { LIGHT } else { DARK }, depth, ascii)
    }

    /// The dark theme in full colour, whatever the terminal: for snapshots.
    pub fn plain() -> Self {
        Self::of(DARK, Depth::True, false)
    }

    /// No colours and ASCII signs, whatever the terminal: for snapshots.
    pub fn ascii() -> Self {
        Self::of(DARK, Depth::None, true)
    }

    fn of(text: &str, depth: Depth, ascii: bool) -> Self {
        // The themes are part of the program and a test reads them; without one text is plain.
        let styles = toml::from_str::<File>(text)
            .map(|file| {
                file.styles
                    .iter()
                    .map(|(role, spec)| (*role, style(spec, &file.palette, depth)))
                    .collect()
            })
            .unwrap_or_default();
        Self { styles, ascii }
    }

    /// The style for a role.
    pub fn get(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// The sign and style of a mark.
    pub fn mark(&self, mark: Mark) -> (&'static str, Style) {
        let (sign, plain, role) = match mark {
            Mark::OverGranted => ("✗", "X", Role::Danger),
            Mark::Drift => ("≠", "#", Role::Danger),
            Mark::UnderGranted => ("!", "!", Role::Warning),
            Mark::Inconclusive => ("?", "?", Role::Unknown),
            Mark::Unknown => ("○", "o", Role::Unknown),
            Mark::Allowed => ("✓", "+", Role::Ok),
            Mark::Denied => ("·", ".", Role::Denied),
        };
        (if self.ascii { plain } else { sign }, self.get(role))
    }

    /// A sign, or what stands for it in ASCII.
    pub fn sign(&self, sign: &'static str, plain: &'static str) -> &'static str {
        if self.ascii { plain } else { sign }
    }
}

fn style(spec: &Spec, palette: &HashMap<String, String>, depth: Depth) -> Style {
    let colour = |name: &Option<String>| {
        let name = name.as_ref()?;
        rgb(palette.get(name).unwrap_or(name)).and_then(|rgb| fit(rgb, depth))
    };
    let mut style = Style::new();
    if let Some(fg) = colour(&spec.fg) {
        style = style.fg(fg);
    }
    if let Some(bg) = colour(&spec.bg) {
        style = style.bg(bg);
    }
    if spec.bold {
        style = style.add_modifier(Modifier::BOLD);
    }
    // A background that cannot be shown is still told apart.
    if spec.reverse || (spec.bg.is_some() && depth == Depth::None) {
        style = style.add_modifier(Modifier::REVERSED);
    }
    style
}

fn rgb(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#')?;
    let bytes = hex::decode(digits).ok()?;
    bytes.try_into().ok()
}

/// The nearest colour that the terminal has.
fn fit([red, green, blue]: [u8; 3], depth: Depth) -> Option<Color> {
    match depth {
        Depth::None => None,
        Depth::True => Some(Color::Rgb(red, green, blue)),
        Depth::Indexed => {
            // The 6×6×6 cube of the 256 colours.
            let level = |value: u8| (u16::from(value) * 5 + 127) / 255;
            let index = 16 + 36 * level(red) + 6 * level(green) + level(blue);
            u8::try_from(index).ok().map(Color::Indexed)
        }
        Depth::Sixteen => {
            let bright = |value: u8| value > 110;
            Some(match (bright(red), bright(green), bright(blue)) {
                (false, false, false) => Color::Black,
                (true, false, false) => Color::Red,
                (false, true, false) => Color::Green,
                (true, true, false) => Color::Yellow,
                (false, false, true) => Color::Blue,
                (true, false, true) => Color::Magenta,
                (false, true, true) => Color::Cyan,
                (true, true, true) => Color::Gray,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_every_style_and_every_colour() {
        for text in [DARK, LIGHT] {
            let file: File = toml::from_str(text).unwrap();
            assert_eq!(file.styles.len(), 21);
            for (role, spec) in &file.styles {
                for name in [&spec.fg, &spec.bg].into_iter().flatten() {
                    let colour = file.palette.get(name).unwrap_or(name);
                    assert!(rgb(colour).is_some(), "{role:?}: {name}");
                }
            }
        }
    }

    #[test]
    fn without_colours_emphasis_stays() {
        let theme = Theme::ascii();
        assert_eq!(theme.get(Role::Danger).fg, None);
        assert!(
            theme
                .get(Role::Danger)
                .add_modifier
                .contains(Modifier::BOLD)
        );
        assert!(
            theme
                .get(Role::Cursor)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
    }

    #[test]
    fn marks_are_told_apart_without_any_colour() {
        let theme = Theme::ascii();
        let mut signs: Vec<_> = [
            Mark::OverGranted,
            Mark::Drift,
            Mark::UnderGranted,
            Mark::Inconclusive,
            Mark::Unknown,
            Mark::Allowed,
            Mark::Denied,
        ]
        .map(|mark| theme.mark(mark).0)
        .to_vec();
        signs.sort_unstable();
        signs.dedup();
        assert_eq!(signs.len(), 7);
    }
}
