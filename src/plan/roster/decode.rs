//! The text of a file: UTF-8, or UTF-16 as spreadsheets write it.

use std::borrow::Cow;

use crate::domain::Failure;

/// The text, without the mark of its encoding.
///
/// # Errors
/// `Invalid`, naming the file and how to save it right.
pub(crate) fn decode<'a>(bytes: &'a [u8], file: &str) -> Result<Cow<'a, str>, Failure> {
    let wrong = |message: String| {
        Failure::invalid(format!("reading {file}"), message)
            .advise(format!("save {file} again as UTF-8 text"))
    };
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let mut units = Vec::with_capacity(rest.len() / 2);
        let mut pairs = rest.chunks_exact(2);
        for pair in pairs.by_ref() {
            if let [first, second] = pair {
                units.push(unit([*first, *second]));
            }
        }
        match String::from_utf16(&units) {
            Ok(text) if pairs.remainder().is_empty() => Ok(Cow::Owned(text)),
            _ => Err(wrong("it starts as UTF-16 text and is none".to_owned())),
        }
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest).map_err(wrong),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Without a mark, but with the zeroes that Latin letters have in UTF-16.
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        [b'P', b'K', 3, 4, ..] => Err(Failure::invalid(
            format!("reading {file}"),
            "it is a spreadsheet's own file, not text",
        )
        .advise("save the sheet as \"CSV UTF-8\" and give that file")),
        _ => utf8(bytes).map_err(wrong),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = good.split(|byte| *byte == b'\n').count();
            format!("line {line} is not UTF-8 text")
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[rstest]
    #[case("ada 🦊 é\n".as_bytes().to_vec())]
    #[case("\u{feff}ada 🦊 é\n".as_bytes().to_vec())]
    #[case(utf16("\u{feff}ada 🦊 é\n", u16::to_le_bytes))]
    #[case(utf16("\u{feff}ada 🦊 é\n", u16::to_be_bytes))]
    #[case(utf16("ada 🦊 é\n", u16::to_le_bytes))]
    #[case(utf16("ada 🦊 é\n", u16::to_be_bytes))]
    fn every_way_to_save_text_gives_the_same(#[case] bytes: Vec<u8>) {
        assert_eq!(decode(&bytes, "people.csv").unwrap(), "ada 🦊 é\n");
    }

    #[rstest]
    #[case(b"ada\nm\xfcller", "line 2")]
    #[case(b"\xef\xbb\xbf\xff", "line 1")]
    #[case(b"\xff\xfea\0b", "UTF-16")]
    #[case(b"\xff\xfe\x00\xd8", "UTF-16")]
    #[case(b"PK\x03\x04\x14\x00", "spreadsheet")]
    fn what_is_no_text_names_the_file_and_the_next_step(#[case] bytes: &[u8], #[case] says: &str) {
        let failure = decode(bytes, "people.csv").unwrap_err();
        let text = failure.to_string();
        assert!(text.contains("people.csv") && text.contains(says), "{text}");
        assert!(failure.next_step().contains("save"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&bytes, "people.csv");
        }
    }
}
