//! Text that is wrapped to a width and scrolled.

use std::ops::Range;

use crate::{app::tone::Tone, domain::Failure};

use super::Room;

/// A piece of text and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it says about its subject.
    pub tone: Tone,
    /// The text; line breaks are kept.
    pub text: String,
}

impl Text {
    /// A text with a tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
        }
    }

    /// A failure among other lines, and what to do about it.
    pub fn failure(failure: &Failure) -> [Self; 2] {
        let next = format!("Next: {}", failure.next_step());
        [
            Self::new(Tone::Danger, failure.to_string()),
            Self::new(Tone::Accent, next),
        ]
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(Tone::Text, text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(Tone::Text, text)
    }
}

/// Lines that fit a width, and which of them are in view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    lines: Vec<Text>,
    top: usize,
}

impl Prose {
    /// Lays `texts` out in `width` columns; words that are too long are broken.
    pub fn lay<'a>(texts: impl IntoIterator<Item = &'a Text>, width: usize) -> Self {
        let mut lines = Vec::new();
        for text in texts {
            for line in wrap(&text.text, width, "") {
                lines.push(Text::new(text.tone, line));
            }
        }
        Self { lines, top: 0 }
    }

    /// All lines.
    pub fn lines(&self) -> &[Text] {
        &self.lines
    }

    /// The lines in view with `rows` rows of room: never past the end.
    pub fn visible(&self, rows: usize) -> Range<usize> {
        let top = self.top.min(self.lines.len().saturating_sub(rows));
        top..(top + rows).min(self.lines.len())
    }

    /// Scrolls by `by` lines with `rows` in view, and stops at both ends.
    pub fn scroll(&mut self, by: i32, rows: usize) {
        let last = self.lines.len().saturating_sub(rows);
        let steps = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        self.top = if by < 0 {
            self.top.min(last).saturating_sub(steps)
        } else {
            self.top.saturating_add(steps).min(last)
        };
    }

    /// The same place in a new layout, as far as there is one.
    pub(super) fn at_top_of(mut self, before: &Self) -> Self {
        self.top = before.top;
        self
    }
}

/// `text` in lines of at most `width` columns, those after the first behind `indent`. Control
/// characters become spaces; an empty text is one empty line.
pub fn wrap(text: &str, width: usize, indent: &str) -> Vec<String> {
    let options = textwrap::Options::new(width.max(1))
        .subsequent_indent(indent)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut lines = Vec::new();
    for line in text.lines() {
        let line: String = line
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        lines.extend(
            textwrap::wrap(&line, &options)
                .into_iter()
                .map(std::borrow::Cow::into_owned),
        );
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// The rows that a window has for its text when `fixed` of them are taken.
pub(super) fn rows(room: Room, fixed: usize) -> usize {
    room.text_height().saturating_sub(fixed)
}
