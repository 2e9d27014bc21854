//! One request that was sent, with what came back and what the matrix says of it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::python::as_python;
use crate::{
    access::{Decision, Effect},
    domain::{AuthScheme, Failure, Principal},
    mlflow::{Answer, ApiRequest, as_curl},
    probe::{Cell, Observation, Verdict},
};

/// How much of a body is kept, in bytes.
const KEPT: usize = 32 * 1024;

/// One request with its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its number, in the order of sending.
    pub number: u64,
    /// Who sent it.
    pub principal: Principal,
    /// How it was authenticated; none for nobody.
    pub scheme: Option<AuthScheme>,
    /// The request.
    pub request: ApiRequest,
    /// The API's URL, with the stage where there is one.
    #[serde(with = "as_text")]
    pub base: Url,
    /// The region that signatures are for.
    pub region: String,
    /// The request's headers; what authenticates is not shown.
    pub sent: Vec<(String, String)>,
    /// The answer's headers.
    pub headers: Vec<(String, String)>,
    /// The start of the answer's body.
    pub body: String,
    /// How many bytes of the body came.
    pub size: u64,
    /// The route's permission, where it is a known route.
    pub permission: Option<String>,
    /// The route's path template, where it is a known route.
    pub route: Option<String>,
    /// What the matrix declares; none where it says nothing of it.
    pub expected: Option<Effect>,
    /// What the deployed policy computes to.
    pub predicted: Option<Decision>,
    /// What came of it: status, layer, latency, meaning.
    pub observed: Observation,
    /// The comparison.
    pub verdict: Verdict,
}

impl Exchange {
    /// Takes the answer in.
    pub(super) fn answered(&mut self, answer: &Result<Answer, Failure>, observed: Observation) {
        if let Ok(answer) = answer {
            self.sent.clone_from(&answer.sent);
            self.headers.clone_from(&answer.headers);
            self.size = u64::try_from(answer.body.len()).unwrap_or(u64::MAX);
            let kept = answer.body.get(..KEPT).unwrap_or(&answer.body);
            self.body = String::from_utf8_lossy(kept).into_owned();
        }
        self.verdict = Verdict::of(self.expected, observed.effect);
        self.observed = observed;
    }

    /// When its answer came.
    pub fn at(&self) -> Timestamp {
        self.observed.at
    }

    /// How long the answer took.
    pub fn latency(&self) -> Duration {
        self.observed.latency
    }

    /// Whether it went otherwise than declared, or than the deployed policy computes to.
    pub fn is_surprise(&self) -> bool {
        let otherwise = matches!(self.verdict, Verdict::OverGranted | Verdict::UnderGranted);
        otherwise || self.cell().is_some_and(|cell| cell.drifts())
    }

    /// The cell of the matrix that it is evidence for; none where it is no known route, or its
    /// answer decides nothing.
    pub fn cell(&self) -> Option<Cell> {
        self.observed.effect?;
        let mut cell = Cell {
            principal: self.principal.clone(),
            scheme: crate::access::route::scheme_of(&self.request.path),
            permission: self.permission.clone()?,
            method: self.request.method,
            path: self.route.clone()?,
            expected: self.expected,
            predicted: self.predicted.clone(),
            observed: Some(self.observed.clone()),
            verdict: self.verdict,
            reason: String::new(),
        };
        cell.judge("");
        Some(cell)
    }

    /// The same request as a `curl` command, secrets out.
    pub fn as_curl(&self) -> String {
        as_curl(&self.base, &self.request, self.scheme, &self.region)
    }

    /// The same request as a Python script, secrets out.
    pub fn as_python(&self) -> String {
        as_python(&self.base, &self.request, self.scheme, &self.region)
    }
}

/// A URL as its text.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use url::Url;

    pub(super) fn serialize<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(url.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
        let text = String::deserialize(deserializer)?;
        Url::parse(&text).map_err(D::Error::custom)
    }
}
