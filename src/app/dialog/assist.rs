//! What helps with a line being typed: ways to go on from the cursor, and a mark where the line
//! is wrong.

use std::{fmt, ops::Range, sync::Arc};

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::{controlled, typing};

/// Knows how a line may go on.
pub trait Assistant: Send + Sync {
    /// What may come at the byte `cursor` of `text`, which lies between two characters.
    fn assist(&self, text: &str, cursor: usize) -> Assistance;

    /// The text after the offer at the place `offer` of [`Assistance::offers`] was taken, and
    /// the byte that the cursor is before then; nothing where there is no such offer.
    fn take(&self, text: &str, cursor: usize, offer: usize) -> Option<(String, usize)>;
}

/// What may come at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assistance {
    /// What belongs there, in words; empty where that is not known.
    pub expects: String,
    /// The ways to go on, the likeliest first. Untrusted.
    pub offers: Vec<String>,
}

/// What was found wrong with a line, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What is wrong, untrusted.
    pub message: String,
    /// The bytes of the line that it is about, where that is known.
    pub range: Option<Range<usize>>,
}

/// The help that a field gives while it has the focus.
#[derive(Clone)]
pub struct Aid {
    assistant: Arc<dyn Assistant>,
    assistance: Assistance,
    chosen: usize,
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aid")
            .field("assistance", &self.assistance)
            .field("chosen", &self.chosen)
            .finish_non_exhaustive()
    }
}

/// What a key means to a line with help.
pub(super) enum Wish {
    /// To choose the offer after the chosen one, or before it.
    Turn(bool),
    /// To take the chosen one.
    Take,
}

impl Wish {
    /// Ctrl-n and ctrl-p choose, ctrl-space takes, and at the end of the line → does.
    pub(super) fn of(key: KeyEvent, input: &Input) -> Option<Self> {
        match key.code {
            KeyCode::Char('n') if controlled(key) => Some(Self::Turn(true)),
            KeyCode::Char('p') if controlled(key) => Some(Self::Turn(false)),
            KeyCode::Char(' ') if controlled(key) => Some(Self::Take),
            KeyCode::Right if key.modifiers.is_empty() && at_end(input) => Some(Self::Take),
            _ => None,
        }
    }
}

impl Aid {
    pub(super) fn new(assistant: Arc<dyn Assistant>) -> Self {
        Self {
            assistant,
            assistance: Assistance::default(),
            chosen: 0,
        }
    }

    /// What may come at the cursor.
    pub fn assistance(&self) -> &Assistance {
        &self.assistance
    }

    /// The place of the offer that is taken next.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// Looks at the line anew: it was changed, or the cursor in it was moved.
    pub(super) fn look(&mut self, input: &Input, marked: Option<&Range<usize>>) {
        let (text, cursor) = without(input, marked);
        self.assistance = self.assistant.assist(&text, cursor);
        self.chosen = 0;
    }

    /// Chooses the offer beside the chosen one, round and round.
    pub(super) fn turn(&mut self, forward: bool) {
        let count = self.assistance.offers.len();
        if count > 0 {
            let step = if forward { 1 } else { count - 1 };
            self.chosen = (self.chosen + step) % count;
        }
    }

    /// The line with the offer at a place taken; nothing where there is none, or where the line
    /// would get too long.
    pub(super) fn taken(
        &self,
        input: &Input,
        marked: Option<&Range<usize>>,
        offer: usize,
    ) -> Option<Input> {
        let (text, cursor) = without(input, marked);
        let (text, cursor) = self.assistant.take(&text, cursor, offer)?;
        let before = text.get(..cursor)?.chars().count();
        let fits = text.chars().count() <= typing::LONGEST;
        fits.then(|| Input::new(text).with_cursor(before))
    }
}

/// Whether the cursor is after all that was typed.
pub fn at_end(input: &Input) -> bool {
    input.cursor() >= input.value().chars().count()
}

/// A line and its cursor, in bytes. What is marked right after the cursor as wrong is left out:
/// an offer takes its place.
fn without(input: &Input, marked: Option<&Range<usize>>) -> (String, usize) {
    let (text, cursor) = (input.value(), byte(input.value(), input.cursor()));
    let wrong = marked.filter(|range| range.start == cursor && is_word(text, range));
    match wrong.and_then(|range| Some((text.get(..cursor)?, text.get(range.end..)?))) {
        Some((before, after)) => (format!("{before}{after}"), cursor),
        None => (text.to_owned(), cursor),
    }
}

/// Whether these bytes of a text are one word.
fn is_word(text: &str, range: &Range<usize>) -> bool {
    text.get(range.clone())
        .is_some_and(|part| !part.contains(char::is_whitespace))
}

/// Where in `text` the cursor goes that shows what is wrong with these bytes: before a word,
/// which an offer then takes the place of; after several, which may only be unfinished.
pub(super) fn cursor_at(text: &str, range: &Range<usize>) -> usize {
    let at = if is_word(text, range) {
        range.start
    } else {
        range.end
    };
    text.get(..at).map_or(0, |before| before.chars().count())
}

/// The byte before which the cursor is that has so many characters before it.
pub(super) fn byte(text: &str, cursor: usize) -> usize {
    text.char_indices()
        .nth(cursor)
        .map_or(text.len(), |(at, _)| at)
}
