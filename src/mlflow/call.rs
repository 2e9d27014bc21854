//! Typed requests as values: what is asked, and how its answer is read. Whoever sends one
//! decides what to record of it.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{Answer, ApiRequest, json};
use crate::{
    access::Method,
    aws::Page,
    domain::{AuthScheme, ErrorClass, Failure},
};

/// How an answer's bytes are read.
type Read<T> = Box<dyn Fn(&[u8]) -> Result<T, String> + Send + Sync>;

/// One request with how its answer is read.
pub struct Call<T> {
    /// What it does, as a phrase: `searching runs`.
    pub doing: String,
    /// The request.
    pub request: ApiRequest,
    read: Read<T>,
}

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("doing", &self.doing)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned> Call<T> {
    /// The answer as a whole is the value.
    pub(super) fn whole(doing: impl Into<String>, request: ApiRequest) -> Self {
        Self {
            doing: doing.into(),
            request,
            read: Box::new(|bytes| json::read(bytes).map_err(|error| error.to_string())),
        }
    }

    /// The value stands in the answer under `field`.
    pub(super) fn field(
        doing: impl Into<String>,
        request: ApiRequest,
        field: &'static str,
    ) -> Self {
        let read = move |bytes: &[u8]| {
            let mut answer: Map<String, Value> =
                json::read(bytes).map_err(|error| error.to_string())?;
            let value = answer
                .remove(field)
                .ok_or_else(|| format!("it has no {field:?}"))?;
            serde_json::from_value(value).map_err(|error| format!("{field}: {error}"))
        };
        Self {
            doing: doing.into(),
            request,
            read: Box::new(read),
        }
    }
}

impl<T: DeserializeOwned> Call<Page<T>> {
    /// One page of the list that stands in the answer under `list`.
    pub(super) fn page(doing: impl Into<String>, request: ApiRequest, list: &'static str) -> Self {
        Self::paged(doing, request, list, Ok)
    }

    /// The same where the list is a text with JSON in it.
    pub(super) fn quoted_page(
        doing: impl Into<String>,
        request: ApiRequest,
        list: &'static str,
    ) -> Self {
        Self::paged(doing, request, list, |value| match value {
            Value::String(text) => json::read(text.as_bytes()),
            other => Ok(other),
        })
    }

    fn paged(
        doing: impl Into<String>,
        request: ApiRequest,
        list: &'static str,
        unquoted: fn(Value) -> serde_json::Result<Value>,
    ) -> Self {
        let read = move |bytes: &[u8]| {
            let mut wire: Wire = json::read(bytes).map_err(|error| error.to_string())?;
            // MLflow leaves an empty list out.
            let items = wire.rest.remove(list).unwrap_or_else(|| json!([]));
            let items = unquoted(items).and_then(serde_json::from_value);
            Ok(Page {
                items: items.map_err(|error| format!("{list}: {error}"))?,
                next: wire.next_page_token.filter(|token| !token.is_empty()),
            })
        };
        Self {
            doing: doing.into(),
            request,
            read: Box::new(read),
        }
    }
}

impl Call<()> {
    /// Only that it was done counts.
    pub(super) fn done(doing: impl Into<String>, request: ApiRequest) -> Self {
        Self {
            doing: doing.into(),
            request,
            read: Box::new(|_| Ok(())),
        }
    }
}

impl<T: 'static> Call<T> {
    /// The same request, its value made into another.
    pub fn map<U>(self, make: impl Fn(T) -> U + Send + Sync + 'static) -> Call<U> {
        let read = self.read;
        Call {
            doing: self.doing,
            request: self.request,
            read: Box::new(move |bytes| read(bytes).map(&make)),
        }
    }
}

impl<T> Call<T> {
    /// The answer as a value.
    ///
    /// # Errors
    /// What the answer says where it is no success, of the class that goes with it;
    /// `Unavailable` where it is not what MLflow sends.
    pub fn value(&self, answer: &Answer) -> Result<T, Failure> {
        if !answer.is_success() {
            return Err(refused(&self.doing, answer));
        }
        let unusable = |what: String| {
            let mut failure = Failure::new(ErrorClass::Unavailable, &self.doing, what);
            failure.request_id.clone_from(&answer.request_id);
            failure
        };
        if answer.cut {
            return Err(
                unusable("the answer is larger than 16 MiB".into()).advise("ask for fewer at once")
            );
        }
        if answer.is_html() {
            return Err(unusable("MLflow answered an HTML page".into())
                .advise("check the API's URL: it must end in the stage, such as /prod/"));
        }
        (self.read)(&answer.body)
            .map_err(|error| unusable(format!("the answer is not what MLflow sends: {error}")))
    }
}

/// A page as MLflow sends it: the list stands under a name of its own.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Under which root a request stands: the same operation has one path a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// `/ajax-api`: a token.
    Ajax,
    /// `/api`: a signature.
    Api,
}

impl Root {
    /// The root for a scheme; without a credential the token's.
    pub fn of(scheme: Option<AuthScheme>) -> Self {
        match scheme {
            Some(AuthScheme::SigV4) => Self::Api,
            Some(AuthScheme::Bearer) | None => Self::Ajax,
        }
    }

    /// The path of an operation: `mlflow/runs/search`, or `3.0/mlflow/traces/search` for those
    /// of another interface than the second.
    pub fn path(self, operation: &str) -> String {
        let root = match self {
            Self::Ajax => "ajax-api",
            Self::Api => "api",
        };
        if operation.starts_with("3.0/") {
            format!("/{root}/{operation}")
        } else {
            format!("/{root}/2.0/{operation}")
        }
    }

    /// A GET of an operation.
    pub(super) fn get<K: Into<String>, V: Into<String>>(
        self,
        operation: &str,
        query: impl IntoIterator<Item = (K, V)>,
    ) -> ApiRequest {
        ApiRequest {
            query: query
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            ..ApiRequest::get(self.path(operation))
        }
    }

    /// A request of an operation with a body.
    pub(super) fn send(self, method: Method, operation: &str, body: Value) -> ApiRequest {
        ApiRequest {
            method,
            ..ApiRequest::post(self.path(operation), body)
        }
    }
}

/// The failure that an answer other than 2xx is, for those who wanted the value.
pub(crate) fn refused(doing: &str, answer: &Answer) -> Failure {
    let body = answer.json().unwrap_or_default();
    let said = ["message", "Message", "detail"]
        .iter()
        .find_map(|key| body.get(key).and_then(Value::as_str))
        .unwrap_or(if answer.is_html() {
            "an HTML page"
        } else {
            "no message"
        });
    let kind = body
        .get("error_code")
        .and_then(Value::as_str)
        .or(answer.error_type.as_deref());
    let class = match (answer.status, kind) {
        (401, _) | (_, Some("ExpiredTokenException")) => ErrorClass::Expired,
        (403, _) => ErrorClass::Denied { action: None },
        (404, _) => ErrorClass::NotFound,
        (409, _) | (_, Some("RESOURCE_ALREADY_EXISTS")) => ErrorClass::Conflict,
        (429, _) => ErrorClass::Throttled,
        (400..=499, _) => ErrorClass::Invalid,
        _ => ErrorClass::Unavailable,
    };
    let kind = kind.map_or_else(String::new, |kind| format!(", {kind}"));
    let mut failure = Failure::new(class, doing, format!("{said} ({}{kind})", answer.status));
    failure.request_id.clone_from(&answer.request_id);
    failure
}

/// What MLflow itself has against a request, in its own words; nothing where somebody else
/// refused it or it failed for another reason.
///
/// MLflow 3 answers 500 where it stumbles over a filter: over an attribute that logged models do
/// not have, over a list without quotes.
pub fn objection(failure: &Failure) -> Option<&str> {
    let (said, kind) = failure.message.strip_suffix(')')?.rsplit_once(" (")?;
    matches!(
        kind,
        "400, INVALID_PARAMETER_VALUE" | "400, BAD_REQUEST" | "500, INTERNAL_ERROR"
    )
    .then_some(said)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "Invalid clause(s) in filter string: 'a (b)' (400, INVALID_PARAMETER_VALUE)",
        Some("Invalid clause(s) in filter string: 'a (b)'")
    )]
    #[case(
        "type object 'SqlLoggedModel' has no attribute 'foo' (500, INTERNAL_ERROR)",
        Some("type object 'SqlLoggedModel' has no attribute 'foo'")
    )]
    #[case("bad request (400, BadRequestException)", None)]
    #[case("User is not authorized (403, AccessDeniedException)", None)]
    #[case("the answer is larger than 16 MiB", None)]
    fn what_mlflow_objects_is_told_from_what_others_refuse(
        #[case] message: &str,
        #[case] said: Option<&str>,
    ) {
        let failure = Failure::invalid("searching runs", message);
        assert_eq!(objection(&failure), said);
    }
}
