//! Text from elsewhere, made visible: what a reader would not see, or what would turn the rest
//! of a line around, is written as its code point.

use std::{borrow::Cow, fmt::Write};

use crate::domain::is_invisible;

/// The text with all that a page would obey, or a reader would not see, written as `‹U+202E›`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_invisible(char) {
            // Writing to a text cannot fail.
            let _ = write!(out, "‹U+{:04X}›", u32::from(char));
        } else {
            out.push(char);
        }
    }
    Cow::Owned(out)
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
