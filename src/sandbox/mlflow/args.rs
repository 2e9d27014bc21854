//! The arguments of one call, from the query or the JSON body, and MLflow's checks of them.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Request, fault::Fault};

/// What a parameter has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Flag,
    List,
}

/// One parameter of a call, in the order MLflow checks them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
}

/// A parameter that must be there and not be empty.
pub(super) const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

/// A parameter that may be left out.
pub(super) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

/// The arguments of one call and the time it is answered at.
#[derive(Debug)]
pub(super) struct Args {
    values: Map<String, Value>,
    /// Milliseconds since the epoch, by the sandbox's clock.
    pub(super) now: i64,
}

impl Args {
    /// Reads the arguments as MLflow does: a GET's query, else the JSON body. `None` is what its
    /// server answers with a 500 page: a body that is JSON but no object.
    pub(super) fn read(request: &Request<'_>, now: i64) -> Result<Option<Self>, Fault> {
        let values = if request.method == "GET" && !request.query.is_empty() {
            from_query(request.query)
        } else {
            check_content_type(request)?;
            match from_body(request.body) {
                Some(values) => values,
                None => return Ok(None),
            }
        };
        Ok(Some(Self { values, now }))
    }

    /// The first problem MLflow would name, if any.
    pub(super) fn check(&self, fields: &[Field]) -> Result<(), Fault> {
        for field in fields {
            let value = self.value(field.name);
            if field.required && value.is_none_or(|value| value.is_null() || value == "") {
                return Err(missing(field.name));
            }
            if let Some(value) = value
                && !fits(field, value)
            {
                return Err(unfit(field.name, value));
            }
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let found = self.values.get(name);
        if found.is_none() && name == "run_id" {
            return self.values.get("run_uuid");
        }
        found
    }

    /// Whether the caller gave this parameter at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| !value.is_null())
    }

    /// A string, or the empty string. Experiment ids may come as numbers.
    pub(super) fn text(&self, name: &str) -> String {
        match self.value(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    /// A string that was given, even if empty.
    pub(super) fn maybe_text(&self, name: &str) -> Option<String> {
        self.has(name).then(|| self.text(name))
    }

    /// An integer, as a number or as digits.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(integer)
    }

    /// A number, as a number or as text (`NaN` and the infinities too).
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.value(name).and_then(number)
    }

    /// A flag; absent is false.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.value(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// A list; one value alone (from a query) counts as a list of one.
    pub(super) fn list(&self, name: &str) -> Vec<&Value> {
        match self.value(name) {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![one],
        }
    }

    /// A list of strings.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name)
            .into_iter()
            .filter_map(|value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .collect()
    }

    /// A list of `{"key": …, "value": …}`, as tags and parameters are sent.
    pub(super) fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, Fault> {
        self.list(name)
            .into_iter()
            .map(|item| {
                let field = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
                if field("key").is_empty() {
                    let whole = self.value(name).unwrap_or(&Value::Null);
                    return Err(unfit(name, whole));
                }
                Ok((field("key").to_owned(), field("value").to_owned()))
            })
            .collect()
    }

    /// The page to answer: at most `max_results`, after the offset in `page_token`.
    pub(super) fn page(&self, default: usize, largest: usize) -> Result<Page, Fault> {
        let limit = match self.integer("max_results") {
            None => default,
            Some(given) => match usize::try_from(given) {
                Ok(limit) if limit > largest => {
                    return Err(unfit(
                        "max_results",
                        self.value("max_results").unwrap_or(&Value::Null),
                    ));
                }
                Ok(limit) if limit > 0 => limit,
                _ => {
                    return Err(Fault::invalid(format!(
                        "Invalid value for max_results. It must be a positive integer, but got {given}"
                    )));
                }
            },
        };
        let offset = match self
            .maybe_text("page_token")
            .filter(|token| !token.is_empty())
        {
            None => 0,
            Some(token) => super::page::offset(&token)?,
        };
        Ok(Page { offset, limit })
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

fn missing(name: &str) -> Fault {
    Fault::invalid(format!(
        "Missing value for required parameter '{name}'. See the API docs for more information about request parameters."
    ))
}

/// MLflow's complaint about a value of the wrong type or size.
pub(super) fn unfit(name: &str, value: &Value) -> Fault {
    let (shown, kind) = match value {
        Value::Null => ("None".to_owned(), "NoneType"),
        Value::Bool(true) => ("True".to_owned(), "bool"),
        Value::Bool(false) => ("False".to_owned(), "bool"),
        Value::Number(number) if number.is_f64() => (number.to_string(), "float"),
        Value::Number(number) => (number.to_string(), "int"),
        Value::String(text) => (text.clone(), "str"),
        Value::Array(_) => (value.to_string(), "list"),
        Value::Object(_) => (value.to_string(), "dict"),
    };
    Fault::invalid(format!(
        "Invalid value {shown} for parameter '{name}' supplied. Hint: Value was of type '{kind}'. See the API docs for more information about request parameters."
    ))
}

fn fits(field: &Field, value: &Value) -> bool {
    match field.kind {
        Kind::Text => {
            value.is_string() || value.is_null() || field.name == "experiment_id" && value.is_i64()
        }
        Kind::Integer => value.is_null() || integer(value).is_some(),
        Kind::Number => number(value).is_some(),
        Kind::Flag => value.is_boolean() || value.is_null(),
        Kind::List => value.is_array() || value.is_null(),
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn check_content_type(request: &Request<'_>) -> Result<(), Fault> {
    if !matches!(request.method, "POST" | "PUT") {
        return Ok(());
    }
    let Some(given) = request.content_type else {
        return Err(Fault::invalid(
            "Bad Request. Content-Type header is missing.",
        ));
    };
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence == "application/json" {
        return Ok(());
    }
    Err(Fault::invalid(
        "Bad Request. Content-Type must be one of ['application/json'].",
    ))
}

/// A body that is no JSON counts as empty, one that is doubly encoded is decoded again.
fn from_body(body: &[u8]) -> Option<Map<String, Value>> {
    let mut value = serde_json::from_slice(body).unwrap_or(Value::Null);
    if let Value::String(text) = &value {
        value = serde_json::from_str(text).unwrap_or(Value::Null);
    }
    match value {
        Value::Object(map) => Some(map),
        Value::Null => Some(Map::new()),
        _ => None,
    }
}

/// `a=1&b[]=2&b[]=3`; a name that comes twice becomes a list.
fn from_query(query: &str) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let name = percent_decode_str(&name).decode_utf8_lossy();
        let (name, listed) = match name.split_once('[') {
            Some((name, _)) => (name.to_owned(), true),
            None => (name.into_owned(), false),
        };
        let value = Value::String(value.into_owned());
        match values.get_mut(&name) {
            None if listed => {
                values.insert(name, Value::Array(vec![value]));
            }
            None => {
                values.insert(name, value);
            }
            Some(Value::Array(items)) => items.push(value),
            Some(one) => {
                let first = one.take();
                *one = Value::Array(vec![first, value]);
            }
        }
    }
    values
}
