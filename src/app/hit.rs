//! What the mouse did, in terms of what is on the screen. Where that is, only the drawing knows.

use serde::{Deserialize, Serialize};

use super::{Screen, actions::Action, dialog};

/// What the mouse did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hit {
    /// A click on the tab of a screen.
    Tab(Screen),
    /// A click on an action in the hint bar.
    Action(Action),
    /// A click on a row of the list, by its place; a second one on the same row opens it.
    Row(usize),
    /// A click on a row of the matrix, and on one of its cells.
    Cell(usize, Option<usize>),
    /// A click on a column's head, by its place.
    Head(usize),
    /// The wheel, in lines; down is positive.
    Wheel(i32),
    /// The scrollbar, in thousandths of the way down.
    Scrollbar(u16),
    /// A click on a part of the dialog.
    Dialog(dialog::Target),
    /// A click beside the window on top.
    Outside,
}
