//! One route of MLflow's REST API.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::domain::AuthScheme;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `HEAD`
    Head,
    /// `OPTIONS`
    Options,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 7] = [
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Head,
        Self::Options,
    ];

    /// The method as it stands in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("unknown method {text:?}: use GET, POST, PUT, PATCH or DELETE"))
    }
}

/// What a route does to MLflow's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Reads only (searches by POST are reads).
    Read,
    /// Creates or changes.
    Write,
    /// Deletes.
    Delete,
}

/// How a route can be probed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// By a request that a gateway would authorise and that changes nothing.
    Safe(SafeRequest),
    /// Not at all.
    None {
        /// Why there is no safe request.
        reason: String,
    },
}

/// A request that changes nothing: MLflow refuses it or only reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SafeRequest {
    /// The path, sentinels filled in.
    pub path: String,
    /// The query parameters, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The JSON body.
    pub body: Option<serde_json::Value>,
}

/// One method and path template, with the MLflow versions that have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path template; parameters stand as `<name>`.
    pub path: String,
    /// The permission it belongs to, for example `runs:write`.
    pub permission: String,
    /// What it does to MLflow's data.
    pub kind: Kind,
    /// The part of MLflow it belongs to: `runs`, `traces`, ….
    pub area: String,
    /// The operation's name in MLflow.
    pub rpc: String,
    /// The known MLflow versions that have it, oldest first.
    pub versions: Vec<&'static str>,
    /// How it can be probed.
    pub probe: Probe,
}

impl Route {
    /// How API Gateway authenticates it: SigV4 under `/api/` and `/endpoints/`, a bearer
    /// token everywhere else.
    pub fn scheme(&self) -> AuthScheme {
        scheme_of(&self.path)
    }

    /// The path without its root, the same for both prefixes: `mlflow/runs/create` for
    /// `/ajax-api/2.0/mlflow/runs/create` and `/api/2.0/mlflow/runs/create`; `3.0/…` keeps
    /// its version, and what stands under no prefix is its path without the first slash.
    pub fn operation(&self) -> &str {
        operation_of(&self.path)
    }
}

/// A path without its root, the same for both prefixes; see [`Route::operation`].
pub fn operation_of(path: &str) -> &str {
    match path
        .strip_prefix("/ajax-api/")
        .or_else(|| path.strip_prefix("/api/"))
    {
        Some(rest) => rest.strip_prefix("2.0/").unwrap_or(rest),
        None => path.strip_prefix('/').unwrap_or(path),
    }
}

/// How API Gateway authenticates a path.
pub fn scheme_of(path: &str) -> AuthScheme {
    if path.starts_with("/api/") || path.starts_with("/endpoints/") {
        AuthScheme::SigV4
    } else {
        AuthScheme::Bearer
    }
}

/// Whether API Gateway has a method for a path at all: `/`, `/api` and `/endpoints` have none.
pub fn has_method(path: &str) -> bool {
    !matches!(path.trim_end_matches('/'), "" | "/api" | "/endpoints")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Route {
        Route {
            method: Method::Get,
            path: path.to_owned(),
            permission: "runs:read".to_owned(),
            kind: Kind::Read,
            area: "runs".to_owned(),
            rpc: "x".to_owned(),
            versions: vec!["2.12.2"],
            probe: Probe::None {
                reason: "x".to_owned(),
            },
        }
    }

    #[test]
    fn both_prefixes_name_the_same_operation_under_their_own_scheme() {
        let (ajax, api) = (
            route("/ajax-api/2.0/mlflow/runs/get"),
            route("/api/2.0/mlflow/runs/get"),
        );
        assert_eq!(ajax.operation(), "mlflow/runs/get");
        assert_eq!(ajax.operation(), api.operation());
        assert_eq!(ajax.scheme(), AuthScheme::Bearer);
        assert_eq!(api.scheme(), AuthScheme::SigV4);
        assert_eq!(route("/api/3.0/mlflow/x").operation(), "3.0/mlflow/x");
        assert_eq!(route("/get-artifact").operation(), "get-artifact");
        assert_eq!(route("/get-artifact").scheme(), AuthScheme::Bearer);
    }

    #[test]
    fn the_roots_have_no_method() {
        for path in ["/", "/api", "/endpoints"] {
            assert!(!has_method(path), "{path}");
        }
        assert!(has_method("/api/2.0/endpoints"));
        assert!(has_method("/health"));
    }
}
