//! Texts with placeholders: `{run}` stands for a value, `{{` and `}}` for braces.

use std::fmt::Write;

use indexmap::IndexMap;
use serde_json::Value;

/// The values that placeholders stand for, by name.
pub(super) type Values = IndexMap<String, Value>;

/// A part of a text.
enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// A placeholder.
    Name(&'a str),
}

/// The parts of a text, in order.
///
/// # Errors
/// A brace that is not closed, or closes nothing.
fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        parts.push(Part::Text(before));
        if let Some(after) = from.strip_prefix("{{") {
            parts.push(Part::Text("{"));
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            parts.push(Part::Text("}"));
            rest = after;
        } else {
            let inside = from.strip_prefix('{').and_then(|from| from.split_once('}'));
            let Some((name, after)) = inside else {
                return Err(format!(
                    "{text:?} has a brace without the other: write {{{{ or }}}} for a brace itself"
                ));
            };
            parts.push(Part::Name(name));
            rest = after;
        }
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// The placeholders of a text; none where its braces are wrong.
pub(super) fn names(text: &str) -> Vec<String> {
    let parts = parts(text).unwrap_or_default();
    parts
        .into_iter()
        .filter_map(|part| match part {
            Part::Name(name) => Some(name.to_owned()),
            Part::Text(_) => None,
        })
        .collect()
}

/// Adds the placeholders of every text in a value.
pub(super) fn names_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(names(text)),
        Value::Array(items) => items.iter().for_each(|item| names_in(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| names_in(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What is wrong with the braces of any text in a value.
pub(super) fn mistake_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => parts(text).err(),
        Value::Array(items) => items.iter().find_map(mistake_in),
        Value::Object(fields) => fields.values().find_map(mistake_in),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The one placeholder that a text is, where it is nothing else.
pub(super) fn only_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

/// The text with its values in place; `write` says how a value stands in it.
///
/// # Errors
/// A value that is not there.
pub(super) fn filled(
    text: &str,
    values: &Values,
    write: impl Fn(&str) -> String,
) -> Result<String, String> {
    let mut made = String::new();
    for part in parts(text)? {
        match part {
            Part::Text(text) => made.push_str(text),
            Part::Name(name) => {
                let value = values
                    .get(name)
                    .ok_or_else(|| format!("nothing is known as {{{name}}}"))?;
                let _ = write!(made, "{}", write(&plain(value)));
            }
        }
    }
    Ok(made)
}

/// A value with the values of its placeholders in place. A text that is one placeholder and
/// nothing else becomes the value itself, of its own type.
///
/// # Errors
/// As [`filled`].
pub(super) fn filled_in(value: &Value, values: &Values) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match only_name(text).and_then(|name| values.get(name)) {
            Some(whole) => whole.clone(),
            None => Value::String(filled(text, values, ToOwned::to_owned)?),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| filled_in(item, values))
            .collect::<Result<_, _>>()?,
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| Ok((name.clone(), filled_in(field, values)?)));
            Value::Object(fields.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

/// A value as it stands in a text: a text without quotes, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What stands in a value at `run.info.run_id`, a number for a place in a list.
pub(super) fn at<'v>(value: &'v Value, place: &str) -> Option<&'v Value> {
    place.split('.').try_fold(value, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values() -> Values {
        Values::from([
            ("run".to_owned(), json!("abc")),
            ("step".to_owned(), json!(3)),
        ])
    }

    #[test]
    fn a_whole_text_takes_the_values_type_and_a_part_its_text() {
        let body = json!({"run_id": "{run}", "step": "{step}", "key": "at {step} of {{run}}"});
        assert_eq!(
            filled_in(&body, &values()).unwrap(),
            json!({"run_id": "abc", "step": 3, "key": "at 3 of {run}"})
        );
    }

    #[test]
    fn what_is_not_known_and_what_is_not_closed_is_said() {
        let wrong = filled_in(&json!(["{who}"]), &values()).unwrap_err();
        assert!(wrong.contains("{who}"), "{wrong}");
        for text in ["{run", "run}", "{run}}"] {
            assert!(mistake_in(&json!({ "a": text })).is_some(), "{text}");
        }
    }

    #[test]
    fn a_place_in_an_answer_goes_through_lists() {
        let answer = json!({"runs": [{"info": {"run_id": "abc"}}]});
        assert_eq!(at(&answer, "runs.0.info.run_id"), Some(&json!("abc")));
        assert_eq!(at(&answer, "runs.1.info.run_id"), None);
        assert_eq!(at(&answer, "runs.x"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_filled_or_refused(text in "[{}a-z ]{0,24}") {
            let known = names(&text).iter().all(|name| values().contains_key(name));
            let made = filled(&text, &values(), ToOwned::to_owned);
            prop_assert_eq!(made.is_ok(), known && mistake_in(&json!(text)).is_none());
        }

        #[test]
        fn braces_that_are_doubled_come_out_as_they_were(text in "[{}a-z]{0,24}") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(filled(&doubled, &values(), ToOwned::to_owned), Ok(text));
        }
    }
}
