//! What is looked for in one text.

use std::ops::Range;

use memchr::memchr2_iter;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{Atom, AtomKind, CaseMatching, Normalization},
};
use unicode_segmentation::UnicodeSegmentation;

/// What looking needs besides the texts; one a thread.
#[derive(Default)]
pub struct Scratch {
    /// Large, and made only when something is looked for fuzzily.
    matcher: Option<Box<Matcher>>,
    chars: Vec<char>,
    indices: Vec<u32>,
}

impl Scratch {
    fn matcher(&mut self) -> (&mut Matcher, &mut Vec<char>, &mut Vec<u32>) {
        let matcher = self
            .matcher
            .get_or_insert_with(|| Box::new(Matcher::new(Config::DEFAULT)));
        (matcher, &mut self.chars, &mut self.indices)
    }
}

/// A text to be found in others, without regard to case unless it has capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    /// As typed; in small letters already where case does not matter.
    text: String,
    sensitive: bool,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            sensitive: text.chars().any(char::is_uppercase),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where it is found first, in bytes, from a byte on.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let rest = text.get(from..)?;
        let found = if self.sensitive {
            rest.find(&self.text).map(|at| at..at + self.text.len())
        } else if self.text.is_ascii() {
            self.find_ascii(rest)
        } else {
            rest.char_indices()
                .find_map(|(at, _)| Some(at..at + self.starts(rest.get(at..)?)?))
        };
        found.map(|range| range.start + from..range.end + from)
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    pub(super) fn is(&self, text: &str) -> bool {
        if self.sensitive {
            self.text == text
        } else {
            self.starts(text) == Some(text.len())
        }
    }

    /// Whether every text that holds this one holds `other` too.
    pub(super) fn implies(&self, other: &Self) -> bool {
        (self.sensitive || !other.sensitive) && other.is_in(&self.text)
    }

    /// Bytes of ASCII never stand inside another character.
    fn find_ascii(&self, text: &str) -> Option<Range<usize>> {
        let needle = self.text.as_bytes();
        let (first, rest) = needle.split_first()?;
        let bytes = text.as_bytes();
        memchr2_iter(*first, first.to_ascii_uppercase(), bytes).find_map(|at| {
            let end = at + needle.len();
            bytes
                .get(at + 1..end)
                .is_some_and(|there| there.eq_ignore_ascii_case(rest))
                .then_some(at..end)
        })
    }

    /// How many bytes of the start of `text` it is, if it stands there.
    fn starts(&self, text: &str) -> Option<usize> {
        let mut wanted = self.text.chars().flat_map(char::to_lowercase).peekable();
        let mut length = 0;
        for char in text.chars() {
            if wanted.peek().is_none() {
                break;
            }
            for lower in char.to_lowercase() {
                // A character that is several in small letters may hold the end.
                if wanted.peek().is_some() && wanted.next() != Some(lower) {
                    return None;
                }
            }
            length += char.len_utf8();
        }
        wanted.peek().is_none().then_some(length)
    }
}

/// Letters to be found in their order, with others between.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fuzzy {
    text: String,
    atom: Atom,
}

impl Fuzzy {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            atom: Atom::new(
                text,
                CaseMatching::Smart,
                Normalization::Smart,
                AtomKind::Fuzzy,
                false,
            ),
        }
    }

    pub(super) fn is_in(&self, text: &str, scratch: &mut Scratch) -> bool {
        if text.is_ascii() && self.text.is_ascii() {
            return self.is_in_ascii(text);
        }
        let (matcher, chars, _) = scratch.matcher();
        let text = Utf32Str::new(text, chars);
        self.atom.score(text, matcher).is_some()
    }

    /// Whether, without asking how well: a small part of the matcher's work.
    fn is_in_ascii(&self, text: &str) -> bool {
        let sensitive = self.text.bytes().any(|byte| byte.is_ascii_uppercase());
        let mut bytes = text.bytes();
        self.text.bytes().all(|wanted| {
            bytes.any(|byte| byte == wanted || (!sensitive && byte.eq_ignore_ascii_case(&wanted)))
        })
    }

    /// The bytes of each letter found.
    pub(super) fn ranges(&self, text: &str, scratch: &mut Scratch) -> Vec<Range<usize>> {
        let (matcher, chars, indices) = scratch.matcher();
        indices.clear();
        let letters = Utf32Str::new(text, chars);
        let ascii = matches!(letters, Utf32Str::Ascii(_));
        if self.atom.indices(letters, matcher, indices).is_none() {
            return Vec::new();
        }
        indices.sort_unstable();
        indices.dedup();
        if ascii {
            let places = indices.iter().map(|index| *index as usize);
            return places.map(|at| at..at + 1).collect();
        }
        let mut graphemes = text.grapheme_indices(true).enumerate();
        indices
            .iter()
            .filter_map(|index| {
                let (_, (at, grapheme)) =
                    graphemes.find(|(number, _)| *number == *index as usize)?;
                Some(at..at + grapheme.len())
            })
            .collect()
    }

    /// Whether every text that holds this one holds `other` too.
    pub(super) fn implies(&self, other: &Self) -> bool {
        self.text.starts_with(&other.text)
    }
}
