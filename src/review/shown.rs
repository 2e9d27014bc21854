//! Text from elsewhere, made visible: what a reader would not see, or what would turn the rest
//! of a line around, is written as its code point.

use std::{borrow::Cow, fmt::Write};

/// The text with all that a page would obey, or a reader would not see, written as `‹U+202E›`:
/// control characters, bidirectional marks, characters without width.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_hidden(char) {
            // Writing to a text cannot fail.
            let _ = write!(out, "‹U+{:04X}›", u32::from(char));
        } else {
            out.push(char);
        }
    }
    Cow::Owned(out)
}

fn is_hidden(char: char) -> bool {
    matches!(char,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ada@example.com", "ada@example.com")]
    #[case("مريم 🦊 müller", "مريم 🦊 müller")]
    #[case("a\u{202e}moc.x", "a‹U+202E›moc.x")]
    #[case("a\nb\u{0}", "a‹U+000A›b‹U+0000›")]
    #[case("\u{feff}\u{e0041}", "‹U+FEFF›‹U+E0041›")]
    fn what_cannot_be_seen_is_named(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(visible(text), shown);
    }
}
