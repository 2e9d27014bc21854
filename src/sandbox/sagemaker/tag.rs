//! Tags.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{
    State,
    input::{Checked, Rule},
    refusal::{Answer, Refusal},
};

/// The most tags that a thing may have.
const MOST: usize = 50;

/// The `Tags` of a call.
pub(super) fn read(input: &Value) -> Answer<IndexMap<String, String>> {
    let tags = match input.get("Tags") {
        None | Some(Value::Null) => return Ok(IndexMap::new()),
        Some(Value::Array(tags)) => tags,
        Some(_) => return Err(Refusal::malformed("Tags")),
    };
    let mut read = IndexMap::new();
    for (tag, number) in tags.iter().zip(1..) {
        let (Some(key), Some(value)) = (tag["Key"].as_str(), tag["Value"].as_str()) else {
            return Err(Refusal::malformed("Tags"));
        };
        let complaint = if key.is_empty() {
            "key' failed to satisfy constraint: Member must have length greater than or equal to 1"
        } else if key.chars().count() > 128 {
            "key' failed to satisfy constraint: Member must have length less than or equal to 128"
        } else if value.chars().count() > 256 {
            "value' failed to satisfy constraint: Member must have length less than or equal to 256"
        } else if !is_tag_text(key) {
            "key' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"
        } else if !is_tag_text(value) {
            "value' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"
        } else {
            read.insert(key.to_owned(), value.to_owned());
            continue;
        };
        return Err(Refusal::invalid(format!(
            "1 validation error detected: Value at 'tags.{number}.member.{complaint}"
        )));
    }
    if read.len() > MOST {
        return Err(Refusal::invalid(format!(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to {MOST}"
        )));
    }
    Ok(read)
}

fn is_tag_text(text: &str) -> bool {
    text.chars().all(|letter| {
        letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter)
    })
}

/// Adds tags to what was just made.
pub(super) fn put(state: &mut State, arn: &str, tags: IndexMap<String, String>) {
    if tags.is_empty() {
        state.tags.remove(arn);
    } else {
        state.tags.insert(arn.to_owned(), tags);
    }
}

/// `AddTags`.
pub(super) fn add(state: &mut State, input: &Value) -> Answer {
    let arn = named(state, input)?.to_owned();
    let added = read(input)?;
    let mut tags = state.tags.get(&arn).cloned().unwrap_or_default();
    tags.extend(added);
    if tags.len() > MOST {
        return Err(Refusal::invalid(format!(
            "Resource [{arn}] cannot have more than {MOST} tags."
        )));
    }
    let answer = json!({"Tags": shown(&tags)});
    state.tags.insert(arn, tags);
    Ok(answer)
}

/// `ListTags`, in one page: nothing has more tags than a page holds.
pub(super) fn list(state: &State, input: &Value) -> Answer {
    let arn = named(state, input)?;
    let none = IndexMap::new();
    Ok(json!({"Tags": shown(state.tags.get(arn).unwrap_or(&none))}))
}

/// `DeleteTags`.
pub(super) fn delete(state: &mut State, input: &Value) -> Answer {
    let arn = named(state, input)?.to_owned();
    let Some(keys) = input["TagKeys"].as_array() else {
        return Err(Refusal::malformed("TagKeys"));
    };
    if let Some(tags) = state.tags.get_mut(&arn) {
        for key in keys.iter().filter_map(Value::as_str) {
            tags.shift_remove(key);
        }
    }
    Ok(json!({}))
}

fn shown(tags: &IndexMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

/// The ARN that a call names, of something that is there.
fn named<'a>(state: &State, input: &'a Value) -> Answer<&'a str> {
    let mut checked = Checked::new(input);
    let arn = checked.text("ResourceArn", Rule::Arn);
    checked.done()?;
    if state.holds(arn) {
        Ok(arn)
    } else {
        Err(Refusal::not_found("Resource"))
    }
}
