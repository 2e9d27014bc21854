//! Text that a spreadsheet does not take for a formula, and back.
//!
//! A name or an attribute is written by whoever signs up. In a file that an admin opens in a
//! spreadsheet, `=HYPERLINK(…)` would run with the admin's rights. What starts like a formula
//! gets an apostrophe before it, which spreadsheets show as text; [`restored`] takes it away
//! again, so that nothing is lost between writing and reading.

/// What starts a formula, also as East Asian keyboards write it.
const STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The text with an apostrophe before it where a spreadsheet would take it for a formula.
pub fn neutral(text: &str) -> String {
    if is_formula(text.trim_start_matches('\'')) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text that [`neutral`] was given.
pub fn restored(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

/// Spreadsheets look past blanks, and import dialogs cut at tabs and line breaks.
fn is_formula(text: &str) -> bool {
    let blank = |char: char| {
        char.is_whitespace()
            || char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    text.trim_start_matches(blank).starts_with(STARTS) || text.starts_with(['\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("=HYPERLINK(\"x\")")]
    #[case("+1")]
    #[case("-1")]
    #[case("@SUM(A1)")]
    #[case("\t=1")]
    #[case("\r=1")]
    #[case("\n=1")]
    #[case("\tx")]
    #[case("\rx")]
    #[case("  =1")]
    #[case("\u{a0}=1")]
    #[case("\u{feff}=1")]
    #[case("\u{200b}\u{0}=1")]
    #[case("＝1")]
    fn a_formula_is_no_formula_any_more(#[case] text: &str) {
        assert_eq!(neutral(text), format!("'{text}"));
        assert_eq!(restored(&neutral(text)), text);
    }

    #[rstest]
    #[case("group:readers")]
    #[case("")]
    #[case("'tis")]
    #[case("a=b")]
    #[case("a\t=b")]
    fn the_rest_stays_as_it_is(#[case] text: &str) {
        assert_eq!(neutral(text), text);
        assert_eq!(restored(text), text);
    }

    #[test]
    fn an_apostrophe_of_the_texts_own_is_kept() {
        assert_eq!(neutral("'=1"), "''=1");
        assert_eq!(restored("''=1"), "'=1");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "['=+@\\- \t\r\nax]{0,6}") {
            let written = neutral(&text);
            prop_assert_eq!(restored(&written), text.as_str());
            prop_assert!(!is_formula(&written));
        }
    }
}
