//! What differs from run to run of the demo, made the same: for the pictures of the README,
//! which a test makes anew.
//!
//! Only what comes by chance is touched: when something happened, how long it took, on which
//! free port the demo listens, the ids that it makes up for requests. What is shown of the
//! deployment itself is as it came.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Msg;

/// The port that stands for the demo's.
const PORT: &str = "4566";
/// The id that stands for every request's.
const REQUEST: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
/// What every answer is said to have taken, in milliseconds.
const LATENCY: u64 = 2;
/// What every run is said to have taken.
const ELAPSED: u64 = 500;

/// Maps the times of one run to those of another one.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    started: Timestamp,
    now: Timestamp,
}

impl Steady {
    /// What happens from `started` on happens at `now`.
    pub fn new(started: Timestamp, now: Timestamp) -> Self {
        Self { started, now }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The message with nothing in it that comes by chance.
    pub fn message(&self, msg: Msg) -> Msg {
        if matches!(msg, Msg::Arranged(..)) {
            return msg;
        }
        let Ok(mut value) = serde_json::to_value(&msg) else {
            return msg;
        };
        self.walk(&mut value, "");
        serde_json::from_value(value).unwrap_or(msg)
    }

    fn walk(&self, value: &mut Value, name: &str) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    self.walk(value, name);
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.walk(value, "");
                }
            }
            Value::Number(_) if name == "latency_ms" => *value = LATENCY.into(),
            Value::Number(_) if name == "elapsed_ms" => *value = ELAPSED.into(),
            Value::String(text) if name == "request_id" => REQUEST.clone_into(text),
            Value::String(text) => {
                if let Ok(at) = text.parse::<Timestamp>() {
                    *text = self.time(at).to_string();
                } else if let Some(steady) = with_port(text) {
                    *text = steady;
                }
            }
            _ => {}
        }
    }

    /// The same distance from now, to the minute: the demo is made a moment after the start.
    fn time(&self, at: Timestamp) -> Timestamp {
        let seconds = at.as_second() - self.started.as_second();
        let minutes = (seconds + 30).div_euclid(60).min(0);
        self.now
            .saturating_add(SignedDuration::from_mins(minutes))
            .unwrap_or(self.now)
    }
}

/// The text with the demo's port replaced, where it holds it.
fn with_port(text: &str) -> Option<String> {
    const HOST: &str = "127.0.0.1:";
    let mut parts = text.split(HOST);
    let mut steady = parts.next()?.to_owned();
    let mut found = false;
    for part in parts {
        let rest = part.trim_start_matches(|char: char| char.is_ascii_digit());
        steady.push_str(HOST);
        steady.push_str(PORT);
        steady.push_str(rest);
        found = true;
    }
    found.then_some(steady)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::{effect::Epoch, message::News},
        domain::{ErrorClass, Failure},
    };

    #[test]
    fn times_keep_their_distance_and_chance_is_gone() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let steady = Steady::new(at("2026-01-02T03:04:05Z"), at("2026-11-23T10:00:00Z"));
        assert_eq!(steady.time(at("2026-01-02T03:04:07Z")), steady.now());
        assert_eq!(
            steady.time(at("2026-01-01T03:04:06.5Z")),
            at("2026-11-22T10:00:00Z")
        );
        let mut failure = Failure::new(
            ErrorClass::Network,
            "asking http://127.0.0.1:39123/prod and 127.0.0.1:1",
            "cut",
        );
        failure.request_id = Some("by chance".to_owned());
        let heard = Msg::News(Epoch::default(), News::NotConnected(failure));
        let Msg::News(_, News::NotConnected(failure)) = steady.message(heard) else {
            panic!("another message");
        };
        assert_eq!(
            failure.doing,
            "asking http://127.0.0.1:4566/prod and 127.0.0.1:4566"
        );
        assert_eq!(failure.request_id.as_deref(), Some(REQUEST));
    }
}
