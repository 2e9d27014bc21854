//! Untrusted text made fit for the terminal: nothing in it is obeyed, nothing in it is hidden,
//! and it takes the room that it says.

use std::borrow::Cow;

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::is_invisible;

/// What stands for a character that must not reach the terminal.
const REPLACED: char = '\u{fffd}';

/// The text with all that a terminal would obey, or a reader would not see, made visible:
/// control characters, escapes, bidirectional overrides, characters without width.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let joins = matches!(char, '\u{200c}' | '\u{200d}')
            && out.chars().next_back().is_some_and(joinable)
            && chars.peek().copied().is_some_and(joinable);
        out.push(if joins { char } else { shown(char) });
    }
    Cow::Owned(out)
}

/// What a joiner legitimately stands between: letters of joining scripts and pictures.
fn joinable(char: char) -> bool {
    !char.is_ascii() && char != REPLACED && !is_invisible(char)
}

fn shown(char: char) -> char {
    match char {
        '\t' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(char)).unwrap_or(REPLACED),
        '\u{7f}' => '\u{2421}',
        char if is_invisible(char) => REPLACED,
        char => char,
    }
}

/// How many cells of the terminal a text takes. It has to be [`clean`].
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text of at most `room` cells: what is cut off is told by `sign` (`…`, in ASCII `~`). It
/// has to be [`clean`].
pub fn fit<'a>(text: &'a str, room: usize, sign: &str) -> Cow<'a, str> {
    if text.width() <= room {
        return Cow::Borrowed(text);
    }
    if room < sign.width() {
        return Cow::Borrowed("");
    }
    let mut out = start(text, room - sign.width()).to_owned();
    out.push_str(sign);
    Cow::Owned(out)
}

/// The same with the start cut off: for what differs at its end.
pub fn fit_end<'a>(text: &'a str, room: usize, sign: &str) -> Cow<'a, str> {
    if text.width() <= room {
        return Cow::Borrowed(text);
    }
    if room < sign.width() {
        return Cow::Borrowed("");
    }
    let mut left = room - sign.width();
    let kept = text.graphemes(true).rev().take_while(|grapheme| {
        let fits = grapheme.width() <= left;
        left = left.saturating_sub(grapheme.width());
        fits
    });
    let bytes: usize = kept.map(str::len).sum();
    let end = text.get(text.len() - bytes..).unwrap_or_default();
    Cow::Owned(format!("{sign}{end}"))
}

/// As much of the start of a text as fits, to a grapheme.
pub fn start(text: &str, room: usize) -> &str {
    let mut left = room;
    let mut end = 0;
    for grapheme in text.graphemes(true) {
        let Some(rest) = left.checked_sub(grapheme.width()) else {
            break;
        };
        left = rest;
        end += grapheme.len();
    }
    text.get(..end).unwrap_or_default()
}

/// A line of at most `room` cells: what is cut off is told by `sign`. It has to be [`clean`].
pub fn fit_line(line: Line<'static>, room: usize, sign: &'static str) -> Line<'static> {
    if line.width() <= room {
        return line;
    }
    let mut left = room.saturating_sub(sign.width());
    let mut cut = Line::default().style(line.style);
    for span in line.spans {
        let kept = start(&span.content, left);
        left -= kept.width();
        let whole = kept.len() == span.content.len();
        cut.push_span(Span::styled(kept.to_owned(), span.style));
        if !whole {
            break;
        }
    }
    cut.push_span(sign);
    cut
}

/// A line broken at blanks into lines of at most `room` cells, all after the first `indent`
/// cells in. A word that is longer than a line is broken where the line ends. It has to be
/// [`clean`].
pub fn wrapped(line: &Line<'_>, indent: usize, room: usize) -> Vec<Line<'static>> {
    let room = room.max(1);
    let indent = indent.min(room / 2);
    let letters: Vec<(&str, Style)> = line
        .spans
        .iter()
        .flat_map(|span| {
            let style = line.style.patch(span.style);
            span.content.graphemes(true).map(move |text| (text, style))
        })
        .collect();
    let mut rest = letters.as_slice();
    let mut lines = Vec::new();
    loop {
        let before = if lines.is_empty() { 0 } else { indent };
        let mut left = room - before;
        let fits = rest
            .iter()
            .take_while(|(text, _)| {
                let fits = text.width() <= left;
                left = left.saturating_sub(text.width());
                fits
            })
            .count();
        let is_blank = |at: &usize| rest.get(*at).is_some_and(|(text, _)| *text == " ");
        let text = |at: &usize| rest.iter().take(*at).any(|(text, _)| *text != " ");
        let end = if fits == rest.len() {
            fits
        } else {
            // The blank itself may be what no longer fits.
            let blank = (1..=fits).rev().find(|at| is_blank(at) && text(at));
            blank.unwrap_or(fits.max(1))
        };
        let (head, tail) = rest.split_at(end.min(rest.len()));
        let mut spans = vec![Span::raw(" ".repeat(before))];
        for (text, style) in head {
            match spans.last_mut() {
                Some(span) if span.style == *style => span.content.to_mut().push_str(text),
                _ => spans.push(Span::styled((*text).to_owned(), *style)),
            }
        }
        lines.push(Line::from(spans));
        let blanks = tail.iter().take_while(|(text, _)| *text == " ").count();
        rest = tail.get(blanks..).unwrap_or_default();
        if rest.is_empty() {
            return lines;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(clean("\u{1b}[31mred\u{7}"), "\u{241b}[31mred\u{2407}");
        assert_eq!(clean("a\u{9b}31mb"), "a\u{fffd}31mb");
        assert_eq!(clean("one\r\ntwo\tthree"), "one\u{240d}\u{240a}two three");
    }

    #[test]
    fn what_a_reader_would_not_see_is_shown() {
        assert_eq!(clean("user\u{202e}gpj.exe"), "user\u{fffd}gpj.exe");
        assert_eq!(clean("ad\u{200b}min"), "ad\u{fffd}min");
        assert_eq!(clean("ad\u{200d}min"), "ad\u{fffd}min");
    }

    #[test]
    fn honest_text_stays_as_it_is() {
        for text in [
            "plain",
            "Zoë",
            "e\u{301}",
            "日本語",
            "שלום",
            "👩\u{200d}💻",
            "می\u{200c}خواهم",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn a_cut_text_says_so_and_never_halves_a_character() {
        assert_eq!(fit("abcdef", 4, "…"), "abc…");
        assert_eq!(fit("abcdef", 6, "…"), "abcdef");
        assert_eq!(fit("日本語", 4, "~"), "日~");
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2, "…"), "e\u{301}…");
        assert_eq!(fit("abc", 0, "…"), "");
        assert_eq!(fit_end("/a/long/path", 5, "…"), "…path");
    }

    proptest! {
        #[test]
        fn any_text_fits_and_is_harmless(text in "\\PC*|.*|[\u{0}-\u{2ff}\u{200b}-\u{2069}]*", room in 0_usize..20) {
            let clean = clean(&text);
            prop_assert!(!clean.chars().any(char::is_control));
            prop_assert!(width(&fit(&clean, room, "…")) <= room);
            prop_assert!(width(&fit_end(&clean, room, "…")) <= room);
        }
    }
}
