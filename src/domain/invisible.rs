//! Characters that do not show what they do to a text.

/// Whether a reader would not see a character, or it would turn the rest of a line around, or a
/// terminal would obey it: control characters, bidirectional marks, characters without width,
/// and the two that stand for none. The joiners of scripts and pictures are among them.
pub fn is_invisible(char: char) -> bool {
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
    use super::*;

    #[test]
    fn what_hides_turns_around_or_commands_is_told_from_what_is_read() {
        for char in
            "\u{0}\n\u{1b}\u{7f}\u{9b}\u{ad}\u{200b}\u{202e}\u{2066}\u{feff}\u{ffff}\u{e0041}"
                .chars()
        {
            assert!(is_invisible(char), "{char:?}");
        }
        for char in " a~é日ש\u{301}\u{fe0f}🦊\u{fffd}".chars() {
            assert!(!is_invisible(char), "{char:?}");
        }
    }
}
