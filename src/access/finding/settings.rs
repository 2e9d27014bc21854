//! Findings about settings of the pool, the app client and the API's authorizer.

use super::{Finding, Severity};

/// Anybody may sign up: such users are unconfirmed and in no group.
pub fn self_sign_up(pool: &str, open: bool) -> Option<Finding> {
    open.then(|| Finding {
        id: "self-sign-up".to_owned(),
        severity: Severity::Medium,
        subject: format!("pool:{pool}"),
        title: "anybody may sign up, and is then unconfirmed and in no group".to_owned(),
        evidence: vec![format!(
            "AdminCreateUserConfig.AllowAdminCreateUserOnly of {pool} is false"
        )],
        remedy: "let only administrators make users; UpdateUserPool resets every setting that it \
                 is not given, so change it in the stack or in the Cognito console"
            .to_owned(),
        ..Finding::default()
    })
}

/// Cognito does not act on leaked passwords and odd sign-ins. `mode` is Cognito's word: `OFF`,
/// `AUDIT` or `ENFORCED`.
pub fn threat_protection(pool: &str, mode: &str) -> Option<Finding> {
    (mode != "ENFORCED").then(|| Finding {
        id: "threat-protection".to_owned(),
        severity: Severity::Low,
        subject: format!("pool:{pool}"),
        title: match mode {
            "AUDIT" => "threat protection only keeps a record, and stops nobody".to_owned(),
            _ => "threat protection is off: leaked passwords and odd sign-ins are not stopped"
                .to_owned(),
        },
        evidence: vec![format!(
            "UserPoolAddOns.AdvancedSecurityMode of {pool} is {mode}"
        )],
        remedy: "enforce threat protection, as the sample's stack does".to_owned(),
        ..Finding::default()
    })
}

/// What is taken away stays in effect until the ID token runs out: the authorizer checks
/// signature and expiry only. `seconds` is for how long the client's ID tokens are good.
pub fn tokens_outlive(client: &str, seconds: u64) -> Finding {
    /// What Cognito gives where nobody says otherwise.
    const USUAL: u64 = 3600;
    let span = in_words(seconds);
    Finding {
        id: "tokens-outlive".to_owned(),
        severity: if seconds > USUAL {
            Severity::Low
        } else {
            Severity::Info
        },
        subject: format!("client:{client}"),
        title: format!(
            "leaving a group, disabling and signing out are in effect only after {span}"
        ),
        evidence: vec![
            format!("ID tokens of the app client {client} are good for {span}"),
            "the authorizer checks signature and expiry only: a token that is out stays good"
                .to_owned(),
        ],
        remedy: "count access as gone only when the last token has run out; the client's \
                 IdTokenValidity may be as short as 5 minutes"
            .to_owned(),
        ..Finding::default()
    }
}

/// The API keeps the authorizer's answers, so that a change takes longer. `seconds` is for how
/// long; 0 is never.
pub fn authorizer_cache(authorizer: &str, seconds: u64) -> Option<Finding> {
    (seconds > 0).then(|| Finding {
        id: "authorizer-cache".to_owned(),
        severity: Severity::Low,
        subject: format!("authorizer:{authorizer}"),
        title: format!(
            "the API keeps the authorizer's answers for {}",
            in_words(seconds)
        ),
        evidence: vec![format!(
            "authorizerResultTtlInSeconds of {authorizer} is {seconds}: a published matrix is in \
             effect for a token in use only after that"
        )],
        remedy: "set it to 0, as the sample's stack does, or wait so long after each change"
            .to_owned(),
        ..Finding::default()
    })
}

/// `90 seconds`, `60 minutes`, `8 hours`.
fn in_words(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        _ if seconds.is_multiple_of(3600) => (seconds / 3600, "hour"),
        _ => (seconds / 60, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_as_in_the_sample_are_told_and_good_ones_are_not() {
        assert_eq!(self_sign_up("p", true).unwrap().subject, "pool:p");
        assert_eq!(self_sign_up("p", false), None);
        assert_eq!(threat_protection("p", "ENFORCED"), None);
        for (mode, says) in [("AUDIT", "record"), ("OFF", "is off")] {
            let finding = threat_protection("p", mode).unwrap();
            assert!(finding.title.contains(says), "{}", finding.title);
        }
        assert_eq!(authorizer_cache("a", 0), None);
        let kept = authorizer_cache("a", 300).unwrap();
        assert!(kept.title.ends_with("5 minutes"), "{}", kept.title);
    }

    #[test]
    fn how_long_a_token_outlives_a_right_is_told_in_words() {
        let usual = tokens_outlive("c", 3600);
        assert_eq!(usual.severity, Severity::Info);
        assert!(usual.title.ends_with("after 60 minutes"), "{}", usual.title);
        let long = tokens_outlive("c", 86_400);
        assert_eq!(long.severity, Severity::Low);
        assert!(long.title.ends_with("after 24 hours"), "{}", long.title);
        assert_eq!(usual.fingerprint(), long.fingerprint());
        assert_eq!([in_words(1), in_words(9000)], ["1 second", "150 minutes"]);
    }
}
