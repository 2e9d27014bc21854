//! Semantic styles: the only place that knows a colour.
//!
//! `NO_COLOR` is honoured here: styles lose their colours and keep bold and reverse, since
//! the terminal library would drop those too.

mod contrast;
mod depth;
mod file;
mod source;

use std::collections::HashMap;

use ratatui::style::{Color, Style};

pub use depth::Depth;
pub(in crate::ui) use depth::rgb_of;
pub use source::ThemeSource;

use crate::app::{matrix::Mark, tone::Tone};

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $role:ident = $name:literal,)+) => {
        /// What a style is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $($(#[doc = $doc])+ $role,)+
        }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$role),+];

            /// The name in a theme. A name with a dot that a theme leaves out is as the name
            /// before the dot.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$role => $name),+
                }
            }
        }
    };
}

roles! {
    /// The ground of everything.
    Background = "background",
    /// Plain text.
    Text = "text",
    /// Less important text.
    Dim = "dim",
    /// The title of a page or a window.
    Title = "title",
    /// The name beside a value.
    Label = "label",
    /// The line at the top.
    Header = "header",
    /// A name on it.
    HeaderKey = "header.key",
    /// A screen's tab.
    Tab = "tab",
    /// The tab of the screen shown.
    TabActive = "tab.active",
    /// The head of a column.
    Column = "column",
    /// The row under the cursor.
    Cursor = "cursor",
    /// The cell under the cursor.
    CellCursor = "cursor.cell",
    /// A marked row.
    Marked = "marked",
    /// What a filter or a search found.
    Match = "match",
    /// The item chosen in a list of options.
    Selection = "selection",
    /// Text being typed.
    Input = "input",
    /// What is wrong with it.
    Invalid = "invalid",
    /// A key in the hint bar.
    HintKey = "hint.key",
    /// What it does.
    Hint = "hint",
    /// A line for the user.
    Toast = "toast",
    /// The frame of a window.
    Border = "border",
    /// The scrollbar.
    Scrollbar = "scrollbar",
    /// Stands out without being good or bad.
    Accent = "accent",
    /// As declared, allowed; as it should be.
    Ok = "ok",
    /// As declared, denied.
    Denied = "denied",
    /// Someone can do what they must not; an error.
    Danger = "danger",
    /// Someone cannot do what they should; a warning.
    Warning = "warning",
    /// Not known.
    Unknown = "unknown",
    /// The first line of a chart, and every sixth after it.
    Series1 = "series.1",
    /// The second.
    Series2 = "series.2",
    /// The third.
    Series3 = "series.3",
    /// The fourth.
    Series4 = "series.4",
    /// The fifth.
    Series5 = "series.5",
    /// The sixth.
    Series6 = "series.6",
    /// The read-only flag.
    ReadOnly = "read-only",
    /// A context that wants the most care.
    EnvRed = "env.red",
    /// A context that wants care.
    EnvYellow = "env.yellow",
    /// A context where nothing can go wrong.
    EnvGreen = "env.green",
}

/// The styles in effect, and the signs that go with them.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: HashMap<Role, Style>,
    /// The ground and the text on it, as pictures need them whatever the terminal can.
    ground: ([u8; 3], [u8; 3]),
    depth: Depth,
    ascii: bool,
}

impl Theme {
    /// The dark theme in full colour, whatever the terminal: for snapshots.
    pub fn plain() -> Self {
        Self::embedded("dark", Depth::True, false)
    }

    /// No colours and ASCII signs, whatever the terminal: for snapshots.
    pub fn ascii() -> Self {
        Self::embedded("dark", Depth::None, true)
    }

    /// A theme that is part of the program; the dark one where there is none of that name.
    pub fn embedded(name: &str, depth: Depth, ascii: bool) -> Self {
        file::load(name, &file::embedded, depth, ascii).0
    }

    /// The style for a role.
    pub fn get(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// The style for what a text says.
    pub fn tone(&self, tone: Tone) -> Style {
        self.get(match tone {
            Tone::Text => Role::Text,
            Tone::Dim => Role::Dim,
            Tone::Good => Role::Ok,
            Tone::Warning => Role::Warning,
            Tone::Danger => Role::Danger,
            Tone::Unknown => Role::Unknown,
            Tone::Accent => Role::Accent,
        })
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

    /// The sign that something is cut off.
    pub fn cut(&self) -> &'static str {
        self.sign("…", "~")
    }

    /// The sign and style of a chart's line, by its place: signs differ for twelve lines, so
    /// that they are told apart without any colour.
    pub fn series(&self, place: usize) -> (&'static str, Style) {
        const SIGNS: [(&str, &str); 12] = [
            ("●", "*"),
            ("▲", "^"),
            ("■", "#"),
            ("◆", "x"),
            ("○", "o"),
            ("△", "A"),
            ("□", "H"),
            ("◇", "v"),
            ("★", "@"),
            ("▼", "+"),
            ("☆", "%"),
            ("▽", "&"),
        ];
        const ROLES: [Role; 6] = [
            Role::Series1,
            Role::Series2,
            Role::Series3,
            Role::Series4,
            Role::Series5,
            Role::Series6,
        ];
        let (sign, plain) = SIGNS[place % SIGNS.len()];
        (self.sign(sign, plain), self.get(ROLES[place % ROLES.len()]))
    }

    /// The nearest colour that is drawn for one of a picture; none where there are no colours.
    pub fn colour(&self, rgb: [u8; 3]) -> Option<Color> {
        depth::fit(rgb, self.depth)
    }

    /// Whether only ASCII is drawn.
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The ground and the plain text on it.
    pub fn ground(&self) -> ([u8; 3], [u8; 3]) {
        self.ground
    }
}

#[cfg(test)]
mod tests;
