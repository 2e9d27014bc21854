//! An operation's input, with Cognito's complaints about what is missing or malformed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::refusal::{Answer, Refusal};

/// The members of an operation's input.
#[derive(Clone, Debug)]
pub(super) struct Input(Map<String, Value>);

/// The most that a list operation gives at once.
pub(super) const PAGE: usize = 60;

impl Input {
    /// From the request's body.
    pub(super) fn new(body: Value) -> Answer<Self> {
        match body {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(Refusal::new(
                "SerializationException",
                "Start of structure or map found where not expected.",
            )),
        }
    }

    /// A member as it came.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text that may be missing.
    pub(super) fn optional(&self, name: &str) -> Answer<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::new(
                "SerializationException",
                format!("Unexpected type for {name}: STRING_VALUE expected."),
            )),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&self, name: &str) -> Answer<&str> {
        match self.optional(name)? {
            Some("") => Err(constraint(
                "",
                name,
                "Member must have length greater than or equal to 1",
            )),
            Some(text) => Ok(text),
            None => Err(missing(name)),
        }
    }

    /// A switch; off where missing.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A whole number that may be missing, within `range`.
    pub(super) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Answer<Option<i64>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let Some(number) = value.as_i64() else {
            return Err(Refusal::new(
                "SerializationException",
                format!("Unexpected type for {name}: NUMBER_VALUE expected."),
            ));
        };
        if number < *range.start() {
            let bound = format!(
                "Member must have value greater than or equal to {}",
                range.start()
            );
            return Err(constraint(&number.to_string(), name, &bound));
        }
        if number > *range.end() {
            let bound = format!(
                "Member must have value less than or equal to {}",
                range.end()
            );
            return Err(constraint(&number.to_string(), name, &bound));
        }
        Ok(Some(number))
    }

    /// How many items a list operation shall give: `Limit` or `MaxResults`, 60 at most.
    pub(super) fn limit(&self, name: &str) -> Answer<usize> {
        let limit = self.number(name, 0..=60)?.unwrap_or(0);
        Ok(match usize::try_from(limit) {
            Ok(0) | Err(_) => PAGE,
            Ok(limit) => limit,
        })
    }

    /// A map of texts, empty where missing.
    pub(super) fn texts(&self, name: &str) -> IndexMap<String, String> {
        self.get(name)
            .and_then(Value::as_object)
            .map(|map| {
                map.iter()
                    .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// A list of texts, empty where missing.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.get(name)
            .and_then(Value::as_array)
            .map(|list| {
                list.iter()
                    .filter_map(|value| value.as_str().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// A list of `{"Name": …, "Value": …}`.
    pub(super) fn attributes(&self, name: &str) -> Answer<Vec<(String, String)>> {
        let Some(list) = self.get(name).and_then(Value::as_array) else {
            return Ok(Vec::new());
        };
        list.iter()
            .map(|item| {
                let key = item
                    .get("Name")
                    .and_then(Value::as_str)
                    .ok_or_else(|| missing("name"))?;
                let value = item
                    .get("Value")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                Ok((key.to_owned(), value.to_owned()))
            })
            .collect()
    }

    /// Where a list goes on: the key after which it does, from the token in `name`.
    pub(super) fn after(&self, name: &str) -> Answer<Option<String>> {
        let Some(token) = self.optional(name)? else {
            return Ok(None);
        };
        STANDARD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_prefix("after:").map(str::to_owned))
            .map(Some)
            .ok_or_else(|| Refusal::invalid("Invalid pagination token"))
    }
}

/// One page of a list: at most `limit` of `rest`, shaped, under `name`; where there is
/// more, a token under `token` that goes on after the last item's `place`.
pub(super) fn page<T>(
    (name, token): (&str, &str),
    limit: usize,
    rest: impl Iterator<Item = T>,
    place: impl Fn(&T) -> String,
    shape: impl Fn(&T) -> Value,
) -> Value {
    let mut rest = rest;
    let mut answer = Map::new();
    let items: Vec<T> = rest.by_ref().take(limit).collect();
    answer.insert(name.to_owned(), items.iter().map(shape).collect());
    if let (Some(last), Some(_)) = (items.last(), rest.next()) {
        let next = STANDARD.encode(format!("after:{}", place(last)));
        answer.insert(token.to_owned(), next.into());
    }
    Value::Object(answer)
}

/// The complaint about a missing member.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::invalid(format!(
        "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
        member(name)
    ))
}

/// The complaint about a member that breaks a rule.
pub(super) fn constraint(value: &str, name: &str, rule: &str) -> Refusal {
    Refusal::invalid(format!(
        "1 validation error detected: Value '{value}' at '{}' failed to satisfy constraint: {rule}",
        member(name)
    ))
}

/// A member's name as these complaints spell it: `UserPoolId` is `userPoolId`.
fn member(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
        .unwrap_or_default()
}
