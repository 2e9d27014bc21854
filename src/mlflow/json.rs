//! Reading JSON as MLflow writes it.
//!
//! Some of its handlers write Python's words for numbers that JSON has none for: `NaN`,
//! `Infinity`, `-Infinity` without quotes (measured: `metrics/get-history-bulk` of 2.12.2 and of
//! 3.17.2).

use std::borrow::Cow;

use serde::de::DeserializeOwned;

/// The words that Python writes, the longest first.
const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];

/// Reads a value, Python's words for numbers as texts.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(&in_quotes(bytes))
}

/// The same text with those words in quotes where they stand outside of strings.
fn in_quotes(bytes: &[u8]) -> Cow<'_, [u8]> {
    let suspicious = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    if !suspicious(b"NaN") && !suspicious(b"Infinity") {
        return Cow::Borrowed(bytes);
    }
    let mut made = Vec::with_capacity(bytes.len() + 64);
    let (mut at, mut in_string) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        if in_string {
            if byte == b'\\' {
                made.extend_from_slice(rest.get(..2).unwrap_or(rest));
                at += 2;
                continue;
            }
            in_string = byte != b'"';
        } else if byte == b'"' {
            in_string = true;
        } else if let Some(word) = WORDS.into_iter().find(|word| rest.starts_with(word)) {
            made.push(b'"');
            made.extend_from_slice(word);
            made.push(b'"');
            at += word.len();
            continue;
        }
        made.push(byte);
        at += 1;
    }
    Cow::Owned(made)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::mlflow::models::Metric;

    #[test]
    fn pythons_numbers_are_read_and_texts_stay_as_they_are() {
        let sent = br#"{"a":NaN,"b":[-Infinity,Infinity],"NaN \" Infinity":"NaN, \\"}"#;
        assert_eq!(
            read::<Value>(sent).unwrap(),
            json!({"a": "NaN", "b": ["-Infinity", "Infinity"], "NaN \" Infinity": "NaN, \\"})
        );
        let metric: Metric = read(br#"{"key":"loss","value":NaN,"step":"3"}"#).unwrap();
        assert!(metric.value.0.is_nan());
        assert_eq!(metric.step, 3);
    }

    proptest! {
        #[test]
        fn json_is_read_as_json(text in "[NaIfinity\"\\\\{}:, 0-9-]{0,40}", key in ".{0,12}") {
            let value = json!({ key: text });
            let sent = value.to_string();
            prop_assert_eq!(read::<Value>(sent.as_bytes()).unwrap(), value);
        }

        #[test]
        fn anything_else_is_an_error_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read::<Value>(&bytes);
            let mut with_word = b"NaN\"\\".to_vec();
            with_word.extend(bytes);
            let _ = read::<Value>(&with_word);
        }
    }
}
