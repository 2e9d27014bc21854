//! MLflow's page tokens: base64 of `{"offset": n}`.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{args::Page, fault::Fault};

/// The offset a token stands for.
pub(super) fn offset(token: &str) -> Result<usize, Fault> {
    STANDARD
        .decode(token)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .and_then(|value| value.get("offset").and_then(Value::as_u64))
        .and_then(|offset| usize::try_from(offset).ok())
        .ok_or_else(|| Fault::invalid("Invalid page token, could not base64-decode"))
}

/// One page of `items` under `name`, with the next page's token where there is one.
pub(super) fn of(name: &str, items: Vec<Value>, page: Page) -> Value {
    let total = items.len();
    let shown: Vec<Value> = items
        .into_iter()
        .skip(page.offset)
        .take(page.limit)
        .collect();
    let end = page.offset.saturating_add(shown.len());
    let mut answer = json!({});
    if let Some(map) = answer.as_object_mut() {
        if !shown.is_empty() {
            map.insert(name.to_owned(), Value::Array(shown));
        }
        if end < total {
            let token = STANDARD.encode(format!("{{\"offset\": {end}}}"));
            map.insert("next_page_token".to_owned(), Value::String(token));
        }
    }
    answer
}
