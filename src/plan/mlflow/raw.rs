//! A request that is sent to MLflow as it was written: recorded, never sent again by itself, and
//! never taken back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::scheme_of;
use crate::{
    access::Method,
    domain::{Failure, Principal},
    mlflow::{ApiRequest, as_curl},
};

/// How much of a body is kept, in bytes of its JSON.
const KEPT: usize = 16 * 1024;
/// What stands in place of a secret.
const LEFT_OUT: &str = "(left out)";
/// Parts of names whose values are secrets.
const SECRET: [&str; 7] = [
    "password",
    "secret",
    "token",
    "api_key",
    "apikey",
    "authorization",
    "credential",
];

/// A request that may change something, as it was written; its secrets are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRequest {
    /// The URL of the API that it was sent to.
    pub api: String,
    /// As whom.
    pub principal: Principal,
    /// What was sent; what looks like a secret is left out, and a long body is.
    pub request: ApiRequest,
}

impl RawRequest {
    /// What is kept of a request.
    pub fn of(api: &str, principal: &Principal, request: &ApiRequest) -> Self {
        let query = request.query.iter().map(|(name, value)| {
            let value = if is_secret(name) { LEFT_OUT } else { value };
            (name.clone(), value.to_owned())
        });
        Self {
            api: api.to_owned(),
            principal: principal.clone(),
            request: ApiRequest {
                query: query.collect(),
                body: request.body.as_ref().map(kept),
                ..request.clone()
            },
        }
    }

    /// The call, as `mlflow:METHOD`.
    pub fn call(&self) -> &'static str {
        match self.request.method {
            Method::Get => "mlflow:GET",
            Method::Head => "mlflow:HEAD",
            Method::Post => "mlflow:POST",
            Method::Put => "mlflow:PUT",
            Method::Patch => "mlflow:PATCH",
            Method::Delete => "mlflow:DELETE",
            Method::Options => "mlflow:OPTIONS",
        }
    }

    /// What it is made on, and as whom.
    pub(in crate::plan) fn on(&self) -> String {
        format!("{} as {}", self.request.path, self.principal)
    }

    /// What it does, one sentence without an end.
    pub fn does(&self) -> String {
        format!(
            "sends {} {} as {}",
            self.request.method, self.request.path, self.principal
        )
    }

    /// The same as a `curl` command, secrets out; none where the API's URL is none.
    pub(in crate::plan) fn command(&self, region: &str) -> Option<String> {
        let base = Url::parse(&self.api).ok()?;
        let scheme = scheme_of(&self.principal);
        Some(as_curl(&base, &self.request, scheme, region))
    }

    /// Why it is not sent again by itself.
    pub fn not_again(&self) -> Failure {
        Failure::invalid(
            self.does(),
            "a request that was sent as it was written is never sent again by itself: it may have \
             been carried out",
        )
        .advise(
            "look at what MLflow has now; `mlwarden mlflow request` sends it again, and `mlwarden \
             journal dismiss` forgets it",
        )
    }

    /// Why it is not taken back.
    pub fn not_back(&self) -> Failure {
        Failure::invalid(
            self.does(),
            "a request that was sent as it was written cannot be taken back: nothing is known of \
             what was there before",
        )
        .advise("`mlwarden journal show` says what was sent; send what undoes it yourself")
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    SECRET.iter().any(|part| name.contains(part))
}

/// What is kept of a body.
fn kept(body: &Value) -> Value {
    let length = body.to_string().len();
    if length > KEPT {
        return json!(format!("(left out: {length} bytes)"));
    }
    without_secrets(body)
}

fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        Value::Object(fields) => {
            // A tag has its name in one field and its value in another.
            let named = fields.get("key").and_then(Value::as_str);
            let is_named = named.is_some_and(is_secret);
            let fields = fields.iter().map(|(name, field)| {
                let secret = is_secret(name) || (is_named && name == "value");
                let field = if secret {
                    json!(LEFT_OUT)
                } else {
                    without_secrets(field)
                };
                (name.clone(), field)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(request: &ApiRequest) -> ApiRequest {
        let principal = Principal::Group("admins".to_owned());
        RawRequest::of("https://api", &principal, request).request
    }

    #[test]
    fn what_looks_like_a_secret_is_not_kept() {
        let mut request = ApiRequest::post(
            "/x",
            json!({
                "name": "openai",
                "secret_value": {"api_key": "sk-1"},
                "tags": [{"key": "db-password", "value": "hunter2"}, {"key": "team", "value": "a"}],
            }),
        );
        request.query = vec![
            ("X-Api-Key".into(), "sk-2".into()),
            ("id".into(), "7".into()),
        ];
        let kept = of(&request);
        let text = serde_json::to_string(&kept).unwrap();
        for secret in ["sk-1", "sk-2", "hunter2"] {
            assert!(!text.contains(secret), "{text}");
        }
        for told in ["openai", "team", "\"7\""] {
            assert!(text.contains(told), "{text}");
        }
    }

    #[test]
    fn a_long_body_is_not_kept() {
        let request = ApiRequest::post("/x", json!({"text": "a".repeat(KEPT)}));
        let text = serde_json::to_string(&of(&request)).unwrap();
        assert!(text.len() < 1_000 && text.contains("16395 bytes"), "{text}");
    }
}
