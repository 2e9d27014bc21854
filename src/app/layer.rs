//! What lies on top of a page: one window over the other, the last one has the keys.

use super::{
    Screen,
    detail::Detail,
    dialog::{Dialog, Room},
    palette::Palette,
    start::Choice,
};
use crate::plan::UserChange;

/// A window on top of the page.
#[derive(Debug)]
pub enum Layer {
    /// The keys of this screen.
    Help {
        /// The first line shown.
        scroll: usize,
    },
    /// Every action by fuzzy search.
    Palette(Palette),
    /// What is under the cursor, in words and as JSON.
    Detail {
        /// What is shown.
        detail: Box<Detail>,
        /// The command that would show or do the same.
        equivalent: Option<String>,
    },
    /// A question, and what its answer is for.
    Dialog(Box<Dialog>, Purpose),
}

impl Layer {
    /// Tells the window how much room it has.
    pub fn resize(&mut self, room: Room) {
        match self {
            Self::Detail { detail, .. } => detail.resize(room),
            Self::Dialog(dialog, _) => dialog.resize(room),
            Self::Help { .. } | Self::Palette(_) => {}
        }
    }
}

/// What the answer of a dialog is for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Nothing: it only says something.
    Told,
    /// Verify live.
    Verify,
    /// Stop the jobs that run, and leave afterwards or not.
    Stop {
        /// Whether to leave afterwards.
        leave: bool,
    },
    /// Change these users.
    Change(UserChange, Vec<String>),
    /// Choose groups to put these users into.
    Groups(Vec<String>),
    /// Make a user.
    Create,
    /// Choose a theme; the one before stays where none is chosen.
    Theme {
        /// The theme before.
        before: String,
    },
    /// Choose a place.
    Place(fn(String) -> Choice),
    /// Choose a saved filter.
    Filter(Screen),
    /// Name the filter to save.
    NameFilter(Screen, String),
    /// Name the file for the list.
    Save,
    /// Name the file for the picture.
    Picture,
}
