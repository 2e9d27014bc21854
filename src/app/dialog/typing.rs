//! Lines being typed: what keys and pastes do to them.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use secrecy::SecretString;
use tui_input::{Input, InputRequest};
use zeroize::Zeroizing;

use super::controlled;

/// The longest line that is taken, in characters; a paste beyond it is cut.
pub(super) const LONGEST: usize = 4096;
/// The longest secret, in characters: Cognito takes 256.
const LONGEST_SECRET: usize = 256;

/// Pasted text as one line: line breaks and tabs become spaces, blanks around it go, and so do
/// control characters and the invisible ones that would reorder or hide what is next to them.
pub fn flatten(text: &str) -> String {
    text.split(['\r', '\n', '\t'])
        .map(|part| part.chars().filter(|letter| typed(*letter)).collect())
        .map(|part: String| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a character may stand in a line being typed.
pub fn typed(letter: char) -> bool {
    !letter.is_control()
        && !matches!(
            letter,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

enum Edit {
    Insert(char),
    Request(InputRequest),
}

fn edit(key: KeyEvent) -> Option<Edit> {
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(Edit::Request(match key.code {
        KeyCode::Backspace if alt || controlled(key) => InputRequest::DeletePrevWord,
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left if alt || controlled(key) => InputRequest::GoToPrevWord,
        KeyCode::Right if alt || controlled(key) => InputRequest::GoToNextWord,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        KeyCode::Char(letter) if controlled(key) && !alt => match letter {
            'u' => InputRequest::DeleteFromStart,
            'k' => InputRequest::DeleteTillEnd,
            'w' => InputRequest::DeletePrevWord,
            'a' => InputRequest::GoToStart,
            'e' => InputRequest::GoToEnd,
            'h' => InputRequest::DeletePrevChar,
            _ => return None,
        },
        // AltGr arrives as ctrl and alt together, with the letter that it makes.
        KeyCode::Char(letter) if alt == controlled(key) && typed(letter) => {
            return Some(Edit::Insert(letter));
        }
        _ => return None,
    }))
}

/// Lets a key edit `input`: whether it was a key for editing.
pub(super) fn apply(input: &mut Input, key: KeyEvent) -> bool {
    match edit(key) {
        Some(Edit::Insert(letter)) => {
            if input.value().chars().count() < LONGEST {
                input.handle(InputRequest::InsertChar(letter));
            }
            true
        }
        Some(Edit::Request(request)) => {
            input.handle(request);
            true
        }
        None => false,
    }
}

/// Puts pasted text at the cursor of `input`, as one line.
pub(super) fn paste(input: &mut Input, text: &str) {
    let before: Vec<char> = input.value().chars().collect();
    let at = input.cursor().min(before.len());
    let added: Vec<char> = flatten(text)
        .chars()
        .take(LONGEST.saturating_sub(before.len()))
        .collect();
    let cursor = at + added.len();
    let (left, right) = before.split_at(at);
    let value: String = left.iter().chain(&added).chain(right).collect();
    *input = Input::new(value).with_cursor(cursor);
}

/// A line whose text is never shown, and wiped from memory when it goes.
pub struct SecretInput {
    // Never grows beyond its first allocation, so that no copy is left behind.
    text: Zeroizing<String>,
    cursor: usize,
}

impl Default for SecretInput {
    fn default() -> Self {
        Self {
            text: Zeroizing::new(String::with_capacity(LONGEST_SECRET * 4)),
            cursor: 0,
        }
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput(…)")
    }
}

impl SecretInput {
    /// How many characters were typed.
    pub fn len(&self) -> usize {
        self.text.chars().count()
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// What was typed.
    pub fn secret(&self) -> SecretString {
        SecretString::from(self.text.as_str())
    }

    pub(super) fn exposed(&self) -> &str {
        &self.text
    }

    pub(super) fn apply(&mut self, key: KeyEvent) -> bool {
        match edit(key) {
            Some(Edit::Insert(letter)) => self.insert(letter),
            Some(Edit::Request(request)) => self.request(request),
            None => return false,
        }
        true
    }

    /// Puts a pasted secret at the cursor. Only line breaks around it go: blanks may be part
    /// of it.
    pub(super) fn paste(&mut self, text: &str) {
        for letter in text.trim_matches(['\r', '\n']).chars() {
            if typed(letter) {
                self.insert(letter);
            }
        }
    }

    fn insert(&mut self, letter: char) {
        if self.len() < LONGEST_SECRET {
            let at = self.byte(self.cursor);
            self.text.insert(at, letter);
            self.cursor += 1;
        }
    }

    fn request(&mut self, request: InputRequest) {
        let end = self.len();
        match request {
            InputRequest::DeletePrevChar => self.remove(self.cursor.saturating_sub(1), self.cursor),
            InputRequest::DeleteNextChar => self.remove(self.cursor, (self.cursor + 1).min(end)),
            // Words of a secret are nobody's business: to the start.
            InputRequest::DeletePrevWord | InputRequest::DeleteFromStart => {
                self.remove(0, self.cursor);
            }
            InputRequest::DeleteTillEnd => self.remove(self.cursor, end),
            InputRequest::GoToPrevChar => self.cursor = self.cursor.saturating_sub(1),
            InputRequest::GoToNextChar => self.cursor = (self.cursor + 1).min(end),
            InputRequest::GoToPrevWord | InputRequest::GoToStart => self.cursor = 0,
            InputRequest::GoToNextWord | InputRequest::GoToEnd => self.cursor = end,
            _ => {}
        }
    }

    fn remove(&mut self, from: usize, to: usize) {
        let range = self.byte(from)..self.byte(to);
        self.text.replace_range(range, "");
        self.cursor = from;
    }

    fn byte(&self, character: usize) -> usize {
        self.text
            .char_indices()
            .nth(character)
            .map_or(self.text.len(), |(at, _)| at)
    }
}
