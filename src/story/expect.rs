//! What must come of a step, and whether it did.

use serde::{Deserialize, Serialize};

use crate::{
    access::Effect,
    browse::Exchange,
    probe::{Layer, Observation},
};

/// What must come of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Carried out, or refused before MLflow saw it.
    pub effect: Effect,
    /// The status; without it, any success for what is carried out.
    pub status: Option<u16>,
    /// MLflow's `error_code`, or the gateway's error type.
    pub error_code: Option<String>,
    /// Who answers.
    pub layer: Option<Layer>,
}

impl Expected {
    /// In words: `deny, 403, by iam`.
    pub fn words(&self) -> String {
        let mut words = vec![self.effect.as_str().to_owned()];
        words.extend(self.status.map(|status| status.to_string()));
        words.extend(self.error_code.clone());
        words.extend(self.layer.map(|layer| format!("by {layer}")));
        words.join(", ")
    }

    /// Whether it came so.
    pub(super) fn judge(&self, exchange: &Exchange) -> (Outcome, String) {
        self.compare(&exchange.observed, error_code(exchange).as_deref())
    }

    fn compare(&self, observed: &Observation, error_code: Option<&str>) -> (Outcome, String) {
        let failed = |why: String| (Outcome::Failed, why);
        let Some(effect) = observed.effect else {
            return (Outcome::Untested, observed.reason.clone());
        };
        let status = observed.status.unwrap_or_default();
        match (self.effect, effect) {
            (Effect::Deny, Effect::Allow) => {
                let done = if (200..300).contains(&status) {
                    "MLflow did it"
                } else {
                    "the gateway let it through"
                };
                return failed(format!("must be refused, and {done}: {}", observed.reason));
            }
            (Effect::Allow, Effect::Deny) => {
                return failed(format!("must be allowed: {}", observed.reason));
            }
            _ => {}
        }
        let fits = match self.status {
            Some(wanted) => wanted == status,
            None => self.effect == Effect::Deny || (200..300).contains(&status),
        };
        if !fits {
            let wanted = self
                .status
                .map_or_else(|| "a success".to_owned(), |wanted| wanted.to_string());
            return failed(format!(
                "{wanted} is expected, and it is {status}: {}",
                said(observed)
            ));
        }
        if let Some(wanted) = &self.error_code
            && error_code != Some(wanted)
        {
            return failed(format!(
                "{wanted} is expected, and it is {}",
                error_code.unwrap_or("no error")
            ));
        }
        if let Some(wanted) = self.layer
            && wanted != observed.layer
        {
            return failed(format!(
                "an answer of {wanted} is expected, and it is of {}",
                observed.layer
            ));
        }
        (Outcome::Passed, observed.reason.clone())
    }
}

/// What an answer says for itself, else what it means. It may say anything: what would steer a
/// terminal is left out.
fn said(observed: &Observation) -> String {
    let body: serde_json::Value = serde_json::from_str(&observed.body_excerpt).unwrap_or_default();
    let said = body.get("message").and_then(serde_json::Value::as_str);
    said.unwrap_or(&observed.reason)
        .replace(char::is_control, " ")
}

/// MLflow's `error_code`, else the gateway's error type.
pub(super) fn error_code(exchange: &Exchange) -> Option<String> {
    let body: Option<serde_json::Value> = serde_json::from_str(&exchange.body).ok();
    body.as_ref()
        .and_then(|body| body.get("error_code")?.as_str().map(ToOwned::to_owned))
        .or_else(|| exchange.observed.error_type.clone())
}

/// How a step, or a whole story, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed,
    /// There was no answer that decides anything, or nobody to ask as.
    Untested,
    /// Stopped before it.
    Unreached,
}

impl Outcome {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Untested => "not tested",
            Self::Unreached => "not reached",
        }
    }

    /// The sign before it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Failed => "✗",
            Self::Untested => "?",
            Self::Unreached => "·",
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn expected(effect: Effect) -> Expected {
        Expected {
            effect,
            status: None,
            error_code: None,
            layer: None,
        }
    }

    fn observed(effect: Option<Effect>, status: u16, layer: Layer) -> Observation {
        Observation {
            effect,
            status: Some(status),
            layer,
            ..Observation::none("said so")
        }
    }

    #[rstest]
    #[case(Effect::Allow, Some(Effect::Allow), 200, Outcome::Passed)]
    #[case(Effect::Allow, Some(Effect::Allow), 400, Outcome::Failed)]
    #[case(Effect::Allow, Some(Effect::Deny), 403, Outcome::Failed)]
    #[case(Effect::Deny, Some(Effect::Deny), 403, Outcome::Passed)]
    #[case(Effect::Deny, Some(Effect::Deny), 401, Outcome::Passed)]
    #[case(Effect::Deny, Some(Effect::Allow), 200, Outcome::Failed)]
    #[case(Effect::Deny, Some(Effect::Allow), 400, Outcome::Failed)]
    #[case(Effect::Deny, None, 502, Outcome::Untested)]
    #[case(Effect::Allow, None, 429, Outcome::Untested)]
    fn only_what_was_decided_passes_or_fails(
        #[case] wanted: Effect,
        #[case] effect: Option<Effect>,
        #[case] status: u16,
        #[case] outcome: Outcome,
    ) {
        let seen = observed(effect, status, Layer::Mlflow);
        assert_eq!(expected(wanted).compare(&seen, None).0, outcome);
    }

    #[test]
    fn what_mlflow_says_is_told_without_what_would_steer_a_terminal() {
        let seen = Observation {
            body_excerpt: r#"{"error_code":"X","message":"no run \u001b[31mred\n"}"#.to_owned(),
            ..observed(Some(Effect::Allow), 404, Layer::Mlflow)
        };
        let (_, why) = expected(Effect::Allow).compare(&seen, None);
        assert_eq!(
            why,
            "a success is expected, and it is 404: no run  [31mred "
        );
    }

    #[test]
    fn who_refuses_and_how_can_be_expected_too() {
        let strict = Expected {
            status: Some(403),
            error_code: Some("AccessDeniedException".to_owned()),
            layer: Some(Layer::Iam),
            ..expected(Effect::Deny)
        };
        assert_eq!(strict.words(), "deny, 403, AccessDeniedException, by iam");
        let code = Some("AccessDeniedException");
        let by = |status, layer| observed(Some(Effect::Deny), status, layer);
        assert_eq!(
            strict.compare(&by(403, Layer::Iam), code).0,
            Outcome::Passed
        );
        for (seen, code, said) in [
            (by(401, Layer::Iam), code, "403 is expected"),
            (by(403, Layer::Iam), None, "no error"),
            (by(403, Layer::Gateway), code, "of gateway"),
        ] {
            let (outcome, why) = strict.compare(&seen, code);
            assert_eq!(outcome, Outcome::Failed);
            assert!(why.contains(said), "{why}");
        }
    }
}
