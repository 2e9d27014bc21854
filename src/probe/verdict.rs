//! Expected, predicted and observed, compared for one cell.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    access::{Decision, Effect, Method},
    domain::{AuthScheme, Principal},
};

/// What the comparison of expected and observed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As declared.
    Ok,
    /// Declared deny, observed allow: the dangerous one.
    OverGranted,
    /// Declared allow, observed deny.
    UnderGranted,
    /// Nothing was declared, or nothing was decided; the reason says which.
    Inconclusive,
}

impl Verdict {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::OverGranted => "over-granted",
            Self::UnderGranted => "under-granted",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Compares what was declared with what was decided. Anything that is missing makes
    /// the cell inconclusive: "could not test" is never shown as deny.
    pub fn of(expected: Option<Effect>, observed: Option<Effect>) -> Self {
        match (expected, observed) {
            (Some(expected), Some(observed)) if expected == observed => Self::Ok,
            (Some(Effect::Deny), Some(Effect::Allow)) => Self::OverGranted,
            (Some(Effect::Allow), Some(Effect::Deny)) => Self::UnderGranted,
            _ => Self::Inconclusive,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Nobody: DNS, refused, cut, timed out; or something on the way that is no part of
    /// the deployment.
    Network,
    /// API Gateway itself.
    Gateway,
    /// The Lambda authorizer, through the gateway.
    Authorizer,
    /// IAM, through the gateway.
    Iam,
    /// MLflow: the request was authorised.
    Mlflow,
}

impl Layer {
    /// Every layer, from the outside in.
    pub const ALL: [Self; 5] = [
        Self::Network,
        Self::Gateway,
        Self::Authorizer,
        Self::Iam,
        Self::Mlflow,
    ];

    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Gateway => "gateway",
            Self::Authorizer => "authorizer",
            Self::Iam => "iam",
            Self::Mlflow => "mlflow",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a live answer is no decision, where a second try may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Asked to slow down.
    Throttled,
    /// The token or the session ran out.
    Expired,
    /// The connection or the server failed.
    Failed,
}

/// What a live request got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Allowed or denied; none where the answer is no decision.
    pub effect: Option<Effect>,
    /// Who answered.
    pub layer: Layer,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The gateway's error type.
    pub error_type: Option<String>,
    /// The gateway's request id.
    pub request_id: Option<String>,
    /// How long the answer took.
    #[serde(
        rename = "latency_ms",
        serialize_with = "milliseconds",
        deserialize_with = "from_milliseconds"
    )]
    pub latency: Duration,
    /// When it came.
    pub at: Timestamp,
    /// One sentence: what the answer means.
    pub reason: String,
    /// The start of the answer's body, for the explanation.
    pub body_excerpt: String,
    /// Whether another try may decide it.
    #[serde(skip)]
    pub retry: Option<Retry>,
}

impl Observation {
    /// Of a request that got no answer.
    pub fn none(reason: impl Into<String>) -> Self {
        Self {
            effect: None,
            layer: Layer::Network,
            status: None,
            error_type: None,
            request_id: None,
            latency: Duration::ZERO,
            at: Timestamp::now(),
            reason: reason.into(),
            body_excerpt: String::new(),
            retry: None,
        }
    }
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn from_milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

/// One principal × auth scheme × route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Who.
    pub principal: Principal,
    /// How the request is authenticated.
    pub scheme: AuthScheme,
    /// The permission that the route belongs to.
    pub permission: String,
    /// The route's method.
    pub method: Method,
    /// The route's path template.
    pub path: String,
    /// What the matrix declares; none where the principal stands in no row.
    pub expected: Option<Effect>,
    /// What the deployed policy computes to.
    pub predicted: Option<Decision>,
    /// What the live request got.
    pub observed: Option<Observation>,
    /// The comparison.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

impl Cell {
    /// The observed effect, where there is one.
    pub fn observed_effect(&self) -> Option<Effect> {
        self.observed.as_ref()?.effect
    }

    /// The predicted effect, where there is one.
    pub fn predicted_effect(&self) -> Option<Effect> {
        self.predicted.as_ref().map(|decision| decision.effect)
    }

    /// Whether prediction and observation disagree.
    pub fn drifts(&self) -> bool {
        matches!((self.predicted_effect(), self.observed_effect()), (Some(a), Some(b)) if a != b)
    }

    /// Sets verdict and reason from what the cell holds. `untested` says why there is no
    /// observation, where there is none.
    pub fn judge(&mut self, untested: &str) {
        self.verdict = Verdict::of(self.expected, self.observed_effect());
        self.reason = match (&self.observed, self.expected) {
            (None, _) => untested.to_owned(),
            (Some(observed), None) if observed.effect.is_some() => {
                format!("{}; the matrix declares nothing for it", observed.reason)
            }
            (Some(observed), _) => observed.reason.clone(),
        };
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some(Effect::Allow), Some(Effect::Allow), Verdict::Ok)]
    #[case(Some(Effect::Deny), Some(Effect::Deny), Verdict::Ok)]
    #[case(Some(Effect::Deny), Some(Effect::Allow), Verdict::OverGranted)]
    #[case(Some(Effect::Allow), Some(Effect::Deny), Verdict::UnderGranted)]
    #[case(Some(Effect::Deny), None, Verdict::Inconclusive)]
    #[case(Some(Effect::Allow), None, Verdict::Inconclusive)]
    #[case(None, Some(Effect::Allow), Verdict::Inconclusive)]
    fn only_two_decisions_make_a_verdict(
        #[case] expected: Option<Effect>,
        #[case] observed: Option<Effect>,
        #[case] verdict: Verdict,
    ) {
        assert_eq!(Verdict::of(expected, observed), verdict);
    }
}
