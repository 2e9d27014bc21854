//! Windows that ask or tell: forms, pickers, confirmations, secrets, messages.
//!
//! Plain models: a key, a paste or a click goes in, an [`Outcome`] comes out. What an answer is
//! for, and how a window looks, is decided elsewhere. Their keys are conventions and the same
//! everywhere; they are not bound by the keymap.

mod assist;
mod confirm;
mod field;
mod form;
mod message;
mod picker;
mod prose;
mod room;
mod secret_note;
mod typing;
mod values;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use assist::{Aid, Assistance, Assistant, Mark, at_end};
pub use confirm::{Button, Call, Confirm, Focus, Severity, Toggle};
pub use field::{Check, Field, Kind};
pub use form::{Consequence, Form};
pub use message::Message;
pub use picker::{Item, Picker};
pub use prose::{Prose, Text, wrap};
pub use room::Room;
pub use secret_note::SecretNote;
pub use typing::{SecretInput, flatten, typed};
pub use values::{Value, Values};

/// A window on top of the page.
#[derive(Debug)]
pub enum Dialog {
    /// Asks for values.
    Form(Form),
    /// Asks for one or several of a list.
    Picker(Picker),
    /// Shows what will be done and asks whether to do it.
    Confirm(Confirm),
    /// Shows a secret once.
    Secret(SecretNote),
    /// Shows an error, or anything else to read.
    Message(Message),
}

/// What came of a key, a paste or a click.
#[derive(Debug)]
pub enum Outcome {
    /// The dialog stays open; it may have changed.
    Stay,
    /// The cursor of a picker with a preview is on another item: its id.
    Moved(String),
    /// Put this text into the clipboard; the dialog stays open.
    Copy(String),
    /// Put this secret into the clipboard; the dialog stays open.
    CopySecret(SecretString),
    /// Closed without an answer: nothing is to be done.
    Cancelled,
    /// Closed with an answer.
    Done(Answer),
}

/// A dialog's answer.
#[derive(Debug)]
pub enum Answer {
    /// A form's values, all of them valid.
    Form(Values),
    /// The ids of what was picked, in the order of the list.
    Picked(Vec<String>),
    /// Confirmed, with every toggle's key and whether it is on.
    Confirmed {
        /// The toggles, in the dialog's order.
        toggles: Vec<(char, bool)>,
    },
    /// Read and closed.
    Acknowledged,
}

impl Answer {
    /// Whether the toggle `key` of a confirmation is on.
    pub fn is_on(&self, key: char) -> bool {
        matches!(self, Self::Confirmed { toggles } if toggles.contains(&(key, true)))
    }
}

/// A part of a dialog that can be clicked; drawing tells where each is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Target {
    /// The window itself: a click there does nothing, and none behind it.
    Window,
    /// A form's field, by its place.
    Field(usize),
    /// The next option of the choice at this place.
    NextOption(usize),
    /// The previous option of the choice at this place.
    PreviousOption(usize),
    /// An item of a picker, by its place among those that match.
    Item(usize),
    /// The mark before an item.
    ItemMark(usize),
    /// A confirmation's toggle, by its place.
    Toggle(usize),
    /// The button that goes ahead.
    Accept,
    /// The button that closes and does nothing.
    Dismiss,
    /// The button that reveals or hides a secret.
    Reveal,
    /// The button that copies.
    Copy,
    /// A way to go on with the line being typed, by its place among those offered.
    Offer(usize),
}

impl Dialog {
    /// Handles a key.
    pub fn key(&mut self, key: KeyEvent) -> Outcome {
        if key.kind == KeyEventKind::Release {
            return Outcome::Stay;
        }
        match self {
            Self::Form(form) => form.key(key),
            Self::Picker(picker) => picker.key(key),
            Self::Confirm(confirm) => confirm.key(key),
            Self::Secret(note) => note.key(key),
            Self::Message(message) => message.key(key),
        }
    }

    /// Handles pasted text: it goes into the line being typed, as one line, and is never taken
    /// for keys.
    pub fn paste(&mut self, text: &str) -> Outcome {
        match self {
            Self::Form(form) => form.paste(text),
            Self::Picker(picker) => picker.paste(text),
            Self::Confirm(confirm) => confirm.paste(text),
            Self::Secret(_) | Self::Message(_) => Outcome::Stay,
        }
    }

    /// Handles a click on a part that was drawn.
    pub fn click(&mut self, target: Target) -> Outcome {
        match self {
            Self::Form(form) => form.click(target),
            Self::Picker(picker) => picker.click(target),
            Self::Confirm(confirm) => confirm.click(target),
            Self::Secret(note) => note.click(target),
            Self::Message(message) => message.click(target),
        }
    }

    /// Scrolls by `lines`, down if positive: the mouse wheel.
    pub fn scroll(&mut self, lines: i32) -> Outcome {
        match self {
            Self::Form(form) => form.scroll(lines),
            Self::Picker(picker) => picker.scroll(lines),
            Self::Confirm(confirm) => confirm.scroll(lines),
            Self::Secret(_) => Outcome::Stay,
            Self::Message(message) => message.scroll(lines),
        }
    }

    /// Tells the size of the area that the dialog is drawn in; needed when it opens and when
    /// the terminal's size changes, so that scrolling ends where the text does.
    pub fn resize(&mut self, room: Room) {
        match self {
            Self::Form(form) => form.resize(room),
            Self::Picker(picker) => picker.resize(room),
            Self::Confirm(confirm) => confirm.resize(room),
            Self::Secret(_) => {}
            Self::Message(message) => message.resize(room),
        }
    }

    /// The window's title.
    pub fn title(&self) -> &str {
        match self {
            Self::Form(form) => &form.title,
            Self::Picker(picker) => &picker.title,
            Self::Confirm(confirm) => &confirm.title,
            Self::Secret(note) => &note.title,
            Self::Message(message) => &message.title,
        }
    }
}

impl From<Form> for Dialog {
    fn from(form: Form) -> Self {
        Self::Form(form)
    }
}

impl From<Picker> for Dialog {
    fn from(picker: Picker) -> Self {
        Self::Picker(picker)
    }
}

impl From<Confirm> for Dialog {
    fn from(confirm: Confirm) -> Self {
        Self::Confirm(confirm)
    }
}

impl From<SecretNote> for Dialog {
    fn from(note: SecretNote) -> Self {
        Self::Secret(note)
    }
}

impl From<Message> for Dialog {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

fn controlled(key: KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::CONTROL)
}

/// How many lines a key scrolls by, with `page` lines in view; `None` for any other key.
fn scrolling(key: KeyEvent, page: usize) -> Option<i32> {
    let page = i32::try_from(page.max(1)).unwrap_or(i32::MAX);
    Some(match key.code {
        KeyCode::Down | KeyCode::Char('j') => 1,
        KeyCode::Up | KeyCode::Char('k') => -1,
        KeyCode::PageDown | KeyCode::Char(' ') => page,
        KeyCode::PageUp => -page,
        KeyCode::Home | KeyCode::Char('g') => i32::MIN,
        KeyCode::End | KeyCode::Char('G') => i32::MAX,
        _ => return None,
    })
}
