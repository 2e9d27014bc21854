//! Reading a document's JSON as the policy grammar has it: no object names a key twice.
//!
//! Readers of JSON keep the last of two equal keys and say nothing. A statement would then
//! lose its first `Condition`, or a Deny become an Allow; AWS refuses such a document.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads `text`; the error says what AWS would refuse.
pub(super) fn read(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(Unambiguous(value)) => Ok(value),
        Err(error) if error.is_data() => Err(error.to_string()),
        Err(error) => Err(format!("it is not JSON ({error})")),
    }
}

/// A value none of whose objects names a key twice.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(value)) = items.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "{key:?} stands twice in the same object"
                )));
            }
            let Unambiguous(value) = entries.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"a": [1, -2, 2.5, true, null, "x", {"b": {}}], "c": "\u00e9"}"#)]
    #[case(r#"[{"a": 1}, {"a": 2}]"#)]
    #[case(r#"{"a": {"a": 1}}"#)]
    #[case(r#"{"a": 1, "A": 2}"#)]
    fn what_is_unambiguous_is_read_as_it_is(#[case] text: &str) {
        assert_eq!(
            read(text).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
    }

    #[rstest]
    #[case(r#"{"a": 1, "a": 1}"#)]
    #[case(r#"[{"b": {"a": 1, "\u0061": 2}}]"#)]
    fn a_key_that_stands_twice_is_refused(#[case] text: &str) {
        let error = read(text).unwrap_err();
        assert!(
            error.starts_with(r#""a" stands twice in the same object"#),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        assert!(read("{").unwrap_err().starts_with("it is not JSON (EOF"));
    }
}
