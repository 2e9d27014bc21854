//! Disturbances: quotas, throttling, latency, server errors, cut connections, expired tokens.
//!
//! What happens to the n-th request depends on the seed and n alone, so the same requests
//! in the same order meet the same fate again. Knows the shapes of errors, but no service's
//! state.

use std::{str::FromStr, time::Duration};

use http::{StatusCode, request::Parts};
use jiff::SignedDuration;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    call::{Protocol, Reply},
    traffic::Limits,
};
use crate::domain::Failure;

/// The longest latency that may be asked for.
const LONGEST: Duration = Duration::from_mins(1);

/// The disturbances to add to the answers; shares are between 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// The share of requests that are told to slow down.
    pub throttle: f64,
    /// The shortest and the longest time to wait before an answer.
    pub latency: (Duration, Duration),
    /// The share of requests that end in a server error.
    pub error: f64,
    /// The share of answers whose connection is cut halfway; the request was carried out.
    pub cut: f64,
    /// The share of requests whose credentials are called expired.
    pub expire: f64,
    /// Cognito's request quotas that are kept.
    pub quota: Limits,
    /// What makes it repeatable.
    pub seed: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            throttle: 0.0,
            latency: (Duration::ZERO, Duration::ZERO),
            error: 0.0,
            cut: 0.0,
            expire: 0.0,
            quota: Limits::default(),
            seed: 1,
        }
    }
}

impl FromStr for Faults {
    type Err = Failure;

    /// Reads `throttle=0.1,latency=50ms..200ms,error=0.02,cut=0.01,expire=0.01,seed=7`;
    /// what is left out is off. `quota=30` refuses what is above so many calls a second of
    /// each of Cognito's categories, `quota=user-list:30` of one (again for another), and
    /// `quota=aws` what AWS refuses. Fails as invalid, naming the part.
    fn from_str(spec: &str) -> Result<Self, Self::Err> {
        let mut faults = Self::default();
        for part in spec.split(',').map(str::trim) {
            let refused = |why: &str| {
                Failure::invalid("reading the faults", format!("{part:?}: {why}")).advise(
                    "write it like throttle=0.1,latency=50ms..200ms,error=0.02,cut=0.01,expire=0.01,quota=aws,seed=7",
                )
            };
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| refused("not NAME=VALUE"))?;
            let share = || {
                value
                    .parse()
                    .ok()
                    .filter(|share| (0.0..=1.0).contains(share))
                    .ok_or_else(|| refused("not a share between 0 and 1"))
            };
            match name {
                "throttle" => faults.throttle = share()?,
                "error" => faults.error = share()?,
                "cut" => faults.cut = share()?,
                "expire" => faults.expire = share()?,
                "latency" => {
                    let (from, to) = value.split_once("..").unwrap_or((value, value));
                    let time = |text: &str| {
                        text.parse::<SignedDuration>()
                            .ok()
                            .and_then(|time| Duration::try_from(time).ok())
                            .filter(|time| *time <= LONGEST)
                            .ok_or_else(|| {
                                refused("not a time of up to 60s such as 50ms or 50ms..200ms")
                            })
                    };
                    faults.latency = (time(from)?, time(to)?);
                    if faults.latency.0 > faults.latency.1 {
                        return Err(refused("the first time is longer than the second"));
                    }
                }
                "quota" => {
                    let (category, calls) = match value.split_once(':') {
                        Some((category, calls)) => (Some(category), calls),
                        None => (None, value),
                    };
                    let calls = || {
                        let number = calls.parse().ok().filter(|calls| *calls > 0);
                        number.ok_or_else(|| refused("not a number of calls a second"))
                    };
                    match category {
                        None if value == "aws" => faults.quota = Limits::aws(),
                        None => faults.quota = Limits::everywhere(calls()?),
                        Some(category) => {
                            if !faults.quota.set(category, calls()?) {
                                return Err(refused("not one of Cognito's categories"));
                            }
                        }
                    }
                }
                "seed" => {
                    faults.seed = value.parse().map_err(|_| refused("not a whole number"))?;
                }
                _ => {
                    return Err(refused(
                        "not one of throttle, latency, error, cut, expire, quota, seed",
                    ));
                }
            }
        }
        Ok(faults)
    }
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// How long to wait first.
    pub(super) delay: Duration,
    /// Whether to cut the connection halfway through the answer.
    pub(super) cut: bool,
    /// What to answer instead.
    pub(super) disturbance: Option<Disturbance>,
}

/// What is answered instead of the service's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disturbance {
    /// Slow down.
    Throttle,
    /// A server error.
    Error,
    /// The credentials have expired.
    Expire,
}

impl Faults {
    /// The fate of the request that arrived as number `number`.
    pub(super) fn fate(&self, number: u64) -> Fate {
        let mut rng = StdRng::seed_from_u64(
            self.seed
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(number),
        );
        // Every roll is made, so that one share does not move the others' hits.
        let rolls: [f64; 5] = rng.random();
        let [throttle, error, expire, cut, wait] = rolls;
        let (shortest, longest) = self.latency;
        let disturbance = if throttle < self.throttle {
            Some(Disturbance::Throttle)
        } else if error < self.error {
            Some(Disturbance::Error)
        } else if expire < self.expire {
            Some(Disturbance::Expire)
        } else {
            None
        };
        Fate {
            delay: shortest + (longest.saturating_sub(shortest)).mul_f64(wait),
            cut: cut < self.cut,
            disturbance,
        }
    }
}

impl Disturbance {
    /// The answer in the shape of the request's protocol and service; `None` where it
    /// cannot happen, as when nobody's credentials are in the request.
    pub(super) fn reply(self, parts: &Parts) -> Option<Reply> {
        let protocol = Protocol::of(parts);
        let (status, code, message) = match self {
            Self::Throttle => throttled(protocol, parts),
            Self::Error => broken(protocol, parts),
            Self::Expire => return expired(protocol, parts),
        };
        Some(Reply::error(protocol, status, code, message))
    }
}

fn service(parts: &Parts) -> &str {
    parts
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.split('.').next())
        .unwrap_or_default()
}

fn throttled(protocol: Protocol, parts: &Parts) -> (StatusCode, &'static str, &'static str) {
    match protocol {
        Protocol::Json if service(parts) == "AWSCognitoIdentityProviderService" => (
            StatusCode::BAD_REQUEST,
            "TooManyRequestsException",
            "Too many requests",
        ),
        Protocol::Json => (
            StatusCode::BAD_REQUEST,
            "ThrottlingException",
            "Rate exceeded",
        ),
        Protocol::Query => (StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
        Protocol::Rest | Protocol::Gateway => (
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "Too Many Requests",
        ),
    }
}

fn broken(protocol: Protocol, parts: &Parts) -> (StatusCode, &'static str, &'static str) {
    let internal = StatusCode::INTERNAL_SERVER_ERROR;
    match protocol {
        Protocol::Json => match service(parts) {
            "AWSCognitoIdentityProviderService" => {
                (internal, "InternalErrorException", "Something went wrong")
            }
            "AmazonSSM" => (internal, "InternalServerError", "Internal server error"),
            _ => (internal, "InternalFailure", "Internal failure"),
        },
        Protocol::Query => (
            internal,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
        Protocol::Rest => (
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
            "Service is temporarily unavailable",
        ),
        Protocol::Gateway => (
            StatusCode::BAD_GATEWAY,
            "InternalServerErrorException",
            "Internal server error",
        ),
    }
}

fn expired(protocol: Protocol, parts: &Parts) -> Option<Reply> {
    let authorization = parts.headers.get(http::header::AUTHORIZATION)?;
    if !authorization.as_bytes().starts_with(b"AWS4-HMAC-SHA256") {
        return Some(Reply::rest_error(
            StatusCode::UNAUTHORIZED,
            "UnauthorizedException",
            "Unauthorized",
        ));
    }
    let (status, code) = match protocol {
        Protocol::Json => (StatusCode::BAD_REQUEST, "ExpiredTokenException"),
        Protocol::Query => (StatusCode::FORBIDDEN, "ExpiredToken"),
        Protocol::Rest | Protocol::Gateway => (StatusCode::FORBIDDEN, "ExpiredTokenException"),
    };
    Some(Reply::error(
        protocol,
        status,
        code,
        "The security token included in the request is expired",
    ))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn reads_every_part() {
        let faults: Faults =
            "throttle=0.1, latency=50ms..200ms,error=0.02,cut=0.01,expire=1,quota=user-list:3,seed=7"
                .parse()
                .unwrap();
        let mut quota = Limits::default();
        quota.set("user-list", 3);
        assert_eq!(
            faults,
            Faults {
                throttle: 0.1,
                latency: (Duration::from_millis(50), Duration::from_millis(200)),
                error: 0.02,
                cut: 0.01,
                expire: 1.0,
                quota,
                seed: 7,
            }
        );
        let constant: Faults = "latency=2s".parse().unwrap();
        assert_eq!(
            constant.latency,
            (Duration::from_secs(2), Duration::from_secs(2))
        );
    }

    #[rstest]
    #[case("throttle=0.1,bogus=1", "bogus=1")]
    #[case("throttle=2", "throttle=2")]
    #[case("throttle=NaN", "throttle=NaN")]
    #[case("error=-0.1", "error=-0.1")]
    #[case("cut", "cut")]
    #[case("latency=200ms..50ms", "latency=200ms..50ms")]
    #[case("latency=soon", "latency=soon")]
    #[case("latency=-5ms", "latency=-5ms")]
    #[case("latency=2h", "latency=2h")]
    #[case("quota=0", "quota=0")]
    #[case("quota=users:3", "quota=users:3")]
    #[case("quota=user-list:many", "quota=user-list:many")]
    #[case("seed=x", "seed=x")]
    #[case("", "\"\"")]
    fn names_the_part_it_cannot_read(#[case] spec: &str, #[case] part: &str) {
        let failure = spec.parse::<Faults>().unwrap_err();
        assert!(failure.message.contains(part), "{failure}");
        assert!(failure.next_step().contains("throttle=0.1"), "{failure}");
    }

    #[test]
    fn a_seed_decides_every_fate() {
        let fates = |seed| {
            let faults = Faults {
                throttle: 0.3,
                error: 0.2,
                cut: 0.1,
                latency: (Duration::ZERO, Duration::from_millis(9)),
                seed,
                ..Faults::default()
            };
            (0..200)
                .map(|number| faults.fate(number))
                .collect::<Vec<_>>()
        };
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }

    #[test]
    fn delays_stay_within_their_bounds_and_differ() {
        let faults: Faults = "latency=10ms..20ms".parse().unwrap();
        let mut delays: Vec<_> = (0..100).map(|number| faults.fate(number).delay).collect();
        let bounds = Duration::from_millis(10)..=Duration::from_millis(20);
        assert!(delays.iter().all(|delay| bounds.contains(delay)));
        delays.dedup();
        assert!(delays.len() > 50);
    }

    #[test]
    fn shares_are_kept_roughly() {
        let faults = Faults {
            throttle: 0.25,
            ..Faults::default()
        };
        let hits = (0..10_000)
            .filter(|number| faults.fate(*number).disturbance.is_some())
            .count();
        assert!((2_200..2_800).contains(&hits), "{hits}");
    }
}
