//! Lists: sorted, cut into pages, going on after the last item even where it is gone by
//! then.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    input::{Checked, Rule},
    refusal::{Answer, Refusal},
};

/// The most items of a page, and their number where the call names none.
const LARGEST_PAGE: u64 = 100;
const PAGE: usize = 10;

/// One thing of a list.
pub(super) struct Item<'a> {
    /// When it was made.
    pub(super) created: Timestamp,
    /// When it was last changed.
    pub(super) modified: Timestamp,
    /// What names it, for the order among equals.
    pub(super) name: String,
    /// Makes what the list shows; asked only for those that stand on the page.
    pub(super) shown: Shown<'a>,
}

type Shown<'a> = Box<dyn FnOnce() -> Value + 'a>;

/// How a list is asked for.
pub(super) struct Order {
    by_change: bool,
    descending: bool,
    size: usize,
    after: Option<(i64, String)>,
}

impl Order {
    /// From the call's `SortBy`, one of `keys`, `SortOrder`, `MaxResults` and `NextToken`.
    pub(super) fn read(
        checked: &mut Checked<'_>,
        input: &Value,
        keys: &'static [&'static str],
    ) -> Answer<Self> {
        let sort = checked.optional("SortBy", Rule::OneOf(keys));
        let order = checked.optional("SortOrder", Rule::OneOf(&["Ascending", "Descending"]));
        let after = match &input["NextToken"] {
            Value::Null => None,
            token => Some(
                token
                    .as_str()
                    .and_then(|token| STANDARD.decode(token).ok())
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .and_then(|text| {
                        let (time, name) = text.split_once(':')?;
                        Some((time.parse().ok()?, name.to_owned()))
                    })
                    .ok_or_else(|| Refusal::invalid("Invalid pagination token."))?,
            ),
        };
        Ok(Self {
            by_change: sort == Some("LastModifiedTime"),
            descending: order == Some("Descending"),
            size: checked.count("MaxResults", LARGEST_PAGE).unwrap_or(PAGE),
            after,
        })
    }

    /// One page of `items`, under `name`.
    pub(super) fn page<'a>(&self, name: &str, items: impl Iterator<Item = Item<'a>>) -> Value {
        let mut items: Vec<((i64, String), Shown<'a>)> = items
            .map(|item| {
                let time = if self.by_change {
                    item.modified
                } else {
                    item.created
                };
                ((time.as_millisecond(), item.name), item.shown)
            })
            .collect();
        items.sort_by(|(one, _), (other, _)| {
            if self.descending {
                other.cmp(one)
            } else {
                one.cmp(other)
            }
        });
        let seen = |place: &(i64, String)| {
            self.after.as_ref().is_some_and(|after| {
                if self.descending {
                    place >= after
                } else {
                    place <= after
                }
            })
        };
        let mut rest = items.into_iter().skip_while(|(place, _)| seen(place));
        let page: Vec<((i64, String), Shown<'a>)> = rest.by_ref().take(self.size).collect();
        let mut answer = Map::new();
        if let (Some(((time, last), _)), Some(_)) = (page.last(), rest.next()) {
            let token = STANDARD.encode(format!("{time}:{last}"));
            answer.insert("NextToken".to_owned(), token.into());
        }
        let shown = page.into_iter().map(|(_, shown)| shown()).collect();
        answer.insert(name.to_owned(), Value::Array(shown));
        Value::Object(answer)
    }
}
