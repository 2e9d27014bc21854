//! Who a request is made as.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who a request is made as, written `user:EMAIL`, `group:NAME`,
/// `role:NAME-or-ARN`, `profile:NAME` or `anonymous`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// A Cognito group, through a short-lived probe user; several of them, with a space between
    /// (which no group's name has), stand for somebody who is in all of them.
    Group(String),
    /// A Cognito user, by user name or e-mail address.
    User(String),
    /// An execution role, by name or ARN.
    Role(String),
    /// A Studio profile: its execution role.
    Profile(String),
    /// Nobody: no credential is sent.
    Anonymous,
}

impl Principal {
    /// Somebody who is in all of these groups.
    pub fn in_groups(groups: &[String]) -> Self {
        Self::Group(groups.join(" "))
    }

    /// The groups that a group principal is in; none for any other.
    pub fn groups(&self) -> Option<Vec<String>> {
        match self {
            Self::Group(names) => Some(names.split_whitespace().map(ToOwned::to_owned).collect()),
            _ => None,
        }
    }

    /// The name without its kind; empty for anonymous.
    pub fn name(&self) -> &str {
        match self {
            Self::Group(name) | Self::User(name) | Self::Role(name) | Self::Profile(name) => name,
            Self::Anonymous => "",
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(f, "group:{name}"),
            Self::User(name) => write!(f, "user:{name}"),
            Self::Role(name) => write!(f, "role:{name}"),
            Self::Profile(name) => write!(f, "profile:{name}"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

impl FromStr for Principal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let help = "use user:EMAIL, group:NAME, role:NAME-or-ARN, profile:NAME or anonymous";
        if text == "anonymous" {
            return Ok(Self::Anonymous);
        }
        match text.split_once(':') {
            Some((_, "")) => Err(format!("principal {text:?} has no name: {help}")),
            Some(("user", name)) => Ok(Self::User(name.to_owned())),
            Some(("group", name)) => Ok(Self::Group(name.to_owned())),
            Some(("role", name)) => Ok(Self::Role(name.to_owned())),
            Some(("profile", name)) => Ok(Self::Profile(name.to_owned())),
            _ => Err(format!("unknown principal {text:?}: {help}")),
        }
    }
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_survives_a_round_trip() {
        for text in [
            "user:a@example.com",
            "group:readers",
            "role:arn:aws:iam::123456789012:role/x",
            "profile:mlflow-admin",
            "anonymous",
        ] {
            let principal: Principal = text.parse().unwrap();
            assert_eq!(principal.to_string(), text);
        }
    }

    #[test]
    fn an_unknown_kind_says_what_to_write_instead() {
        let error = "team:x".parse::<Principal>().unwrap_err();
        assert!(error.contains("group:NAME"), "{error}");
        assert!("group:".parse::<Principal>().is_err());
    }
}
