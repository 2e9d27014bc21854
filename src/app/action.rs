//! The one table of actions: keys, words, where they apply. Keys, help and hint bar are read
//! from it, so that none of them can say what the others do not.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::Screen;

/// Something that the user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Leave the console.
    Quit,
    /// Show this screen's keys.
    Help,
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// Half a page down.
    PageDown,
    /// Half a page up.
    PageUp,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// The next screen.
    NextScreen,
    /// The screen before.
    PreviousScreen,
    /// Go to a screen.
    Go(Screen),
    /// Look again.
    Refresh,
    /// Filter the rows.
    Filter,
    /// Type a command.
    Command,
    /// Open what is under the cursor.
    Open,
    /// Open or close the row under the cursor.
    Toggle,
    /// Open or close every row.
    ToggleAll,
    /// Close what is on top, clear the filter.
    Back,
    /// Prove the matrix live.
    Verify,
    /// Show problems only.
    ProblemsOnly,
    /// Show only where the schemes disagree.
    DisagreementsOnly,
    /// Copy what is shown.
    Copy,
}

/// Where an action applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On every screen.
    Everywhere,
    /// On screens with rows.
    Lists,
    /// On the matrix.
    Matrix,
    /// In a window on top.
    Modal,
}

/// An action with its keys and words.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// The keys, the first is shown: `j`, `ctrl-d`, `enter`.
    pub keys: &'static [&'static str],
    /// One or two words for the hint bar; empty keeps it out.
    pub hint: &'static str,
    /// One sentence for the help.
    pub doc: &'static str,
    /// Where it applies.
    pub place: Place,
}

const fn entry(
    action: Action,
    keys: &'static [&'static str],
    hint: &'static str,
    doc: &'static str,
    place: Place,
) -> Entry {
    Entry {
        action,
        keys,
        hint,
        doc,
        place,
    }
}

/// Every action, in the order of the help.
pub const TABLE: &[Entry] = &[
    entry(
        Action::Verify,
        &["V"],
        "verify",
        "prove every cell by live requests that change nothing",
        Place::Matrix,
    ),
    entry(
        Action::Open,
        &["enter"],
        "open",
        "open what is under the cursor; on a cell: explain it",
        Place::Lists,
    ),
    entry(
        Action::Toggle,
        &["space"],
        "routes",
        "show or hide the routes of a permission",
        Place::Matrix,
    ),
    entry(
        Action::ToggleAll,
        &["E"],
        "",
        "show or hide the routes of every permission",
        Place::Matrix,
    ),
    entry(
        Action::ProblemsOnly,
        &["ctrl-z"],
        "problems",
        "problems only",
        Place::Matrix,
    ),
    entry(
        Action::DisagreementsOnly,
        &["x"],
        "disagree",
        "only where token and signature disagree",
        Place::Matrix,
    ),
    entry(
        Action::Filter,
        &["/"],
        "filter",
        "filter the rows",
        Place::Lists,
    ),
    entry(
        Action::Refresh,
        &["r"],
        "refresh",
        "look again",
        Place::Everywhere,
    ),
    entry(
        Action::Down,
        &["j", "down"],
        "",
        "one row down",
        Place::Everywhere,
    ),
    entry(
        Action::Up,
        &["k", "up"],
        "",
        "one row up",
        Place::Everywhere,
    ),
    entry(
        Action::Left,
        &["h", "left"],
        "",
        "one column to the left",
        Place::Matrix,
    ),
    entry(
        Action::Right,
        &["l", "right"],
        "",
        "one column to the right",
        Place::Matrix,
    ),
    entry(
        Action::PageDown,
        &["ctrl-d", "pagedown"],
        "",
        "half a page down",
        Place::Everywhere,
    ),
    entry(
        Action::PageUp,
        &["ctrl-u", "pageup"],
        "",
        "half a page up",
        Place::Everywhere,
    ),
    entry(
        Action::Top,
        &["g", "home"],
        "",
        "the first row",
        Place::Everywhere,
    ),
    entry(
        Action::Bottom,
        &["G", "end"],
        "",
        "the last row",
        Place::Everywhere,
    ),
    entry(
        Action::Go(Screen::Overview),
        &["1"],
        "",
        "Overview",
        Place::Everywhere,
    ),
    entry(
        Action::Go(Screen::Users),
        &["2"],
        "",
        "Users",
        Place::Everywhere,
    ),
    entry(
        Action::Go(Screen::Groups),
        &["3"],
        "",
        "Groups",
        Place::Everywhere,
    ),
    entry(
        Action::Go(Screen::Matrix),
        &["4"],
        "",
        "Matrix",
        Place::Everywhere,
    ),
    entry(
        Action::NextScreen,
        &["tab"],
        "",
        "the next screen",
        Place::Everywhere,
    ),
    entry(
        Action::PreviousScreen,
        &["backtab"],
        "",
        "the screen before",
        Place::Everywhere,
    ),
    entry(
        Action::Command,
        &[":"],
        "",
        "type a command: users, groups, matrix, overview, q",
        Place::Everywhere,
    ),
    entry(
        Action::Copy,
        &["c"],
        "copy",
        "copy the request as a curl command",
        Place::Modal,
    ),
    entry(
        Action::Back,
        &["esc"],
        "",
        "close what is on top, clear the filter",
        Place::Everywhere,
    ),
    entry(
        Action::Help,
        &["?"],
        "help",
        "the keys of this screen",
        Place::Everywhere,
    ),
    entry(
        Action::Quit,
        &["q", "ctrl-c"],
        "quit",
        "leave",
        Place::Everywhere,
    ),
];

impl Entry {
    /// Whether it applies on a screen.
    pub fn applies(&self, screen: Screen) -> bool {
        match self.place {
            Place::Everywhere => true,
            Place::Lists => screen != Screen::Overview,
            Place::Matrix => screen == Screen::Matrix,
            Place::Modal => false,
        }
    }
}

/// The action of a key on a screen.
pub fn lookup(key: KeyEvent, screen: Screen) -> Option<Action> {
    let name = name(key)?;
    TABLE
        .iter()
        .find(|entry| entry.applies(screen) && entry.keys.contains(&name.as_str()))
        .map(|entry| entry.action)
}

/// How a key is written in the table.
pub fn name(key: KeyEvent) -> Option<String> {
    let plain = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(character) => character.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "backtab".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::PageUp => "pageup".to_owned(),
        KeyCode::PageDown => "pagedown".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        _ => return None,
    };
    Some(if key.modifiers.contains(KeyModifiers::CONTROL) {
        format!("ctrl-{plain}")
    } else {
        plain
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_screen_has_two_actions_on_one_key() {
        for screen in Screen::ALL {
            let mut seen = BTreeSet::new();
            for entry in TABLE.iter().filter(|entry| entry.applies(screen)) {
                for key in entry.keys {
                    assert!(seen.insert(key), "{key} twice on {screen:?}");
                }
            }
        }
    }

    #[test]
    fn every_action_has_a_key_and_a_sentence() {
        for entry in TABLE {
            assert!(
                !entry.keys.is_empty() && !entry.doc.is_empty(),
                "{:?}",
                entry.action
            );
        }
    }

    #[test]
    fn nothing_that_destroys_is_on_a_paging_key() {
        let key = KeyEvent::new(KeyCode::Char('d'), KeyModifiers::CONTROL);
        for screen in [Screen::Users, Screen::Groups, Screen::Matrix] {
            assert_eq!(lookup(key, screen), Some(Action::PageDown));
        }
    }
}
