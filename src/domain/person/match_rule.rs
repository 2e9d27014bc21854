//! By what a user and a Studio profile belong together.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest key of an AWS tag, in characters.
const MAX_TAG: usize = 128;

/// By what a user and a profile belong together, written `email-local-part`, `user-name` or
/// `tag:KEY`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum MatchRule {
    /// The profile is called as the user is in Cognito, as far as a profile can be.
    UserName,
    /// The profile is called as the address before its `@`, as far as a profile can be.
    #[default]
    EmailLocalPart,
    /// The profile's tag of this key holds the user's address or user name.
    Tag(String),
}

impl fmt::Display for MatchRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserName => f.write_str("user-name"),
            Self::EmailLocalPart => f.write_str("email-local-part"),
            Self::Tag(key) => write!(f, "tag:{key}"),
        }
    }
}

impl FromStr for MatchRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "user-name" => return Ok(Self::UserName),
            "email-local-part" => return Ok(Self::EmailLocalPart),
            _ => {}
        }
        let Some(key) = text.strip_prefix("tag:") else {
            return Err(format!(
                "unknown rule {text:?}: use email-local-part, user-name or tag:KEY"
            ));
        };
        let allowed = |char: char| char.is_alphanumeric() || " _.:/=+-@".contains(char);
        if key.trim().is_empty() || key.chars().count() > MAX_TAG || !key.chars().all(allowed) {
            return Err(format!(
                "{key:?} is no key of a tag: 1 to {MAX_TAG} letters, digits, blanks and _.:/=+-@"
            ));
        }
        Ok(Self::Tag(key.to_owned()))
    }
}

impl Serialize for MatchRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MatchRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("user-name", MatchRule::UserName)]
    #[case("email-local-part", MatchRule::EmailLocalPart)]
    #[case("tag:mail of owner", MatchRule::Tag("mail of owner".into()))]
    fn every_rule_survives_a_round_trip(#[case] text: &str, #[case] rule: MatchRule) {
        assert_eq!(text.parse::<MatchRule>().unwrap(), rule);
        assert_eq!(rule.to_string(), text);
    }

    #[rstest]
    #[case("")]
    #[case("email")]
    #[case("tag")]
    #[case("tag:")]
    #[case("tag: ")]
    #[case("tag:a\nb")]
    #[case("tag:{}")]
    fn what_is_no_rule_says_what_to_write_instead(#[case] text: &str) {
        let error = text.parse::<MatchRule>().unwrap_err();
        assert!(
            error.contains("tag:KEY") || error.contains("letters"),
            "{error}"
        );
    }
}
