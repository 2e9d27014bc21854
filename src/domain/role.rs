//! An IAM role, and what makes one an execution role.

use serde::{Deserialize, Serialize};

/// Where a policy of a role stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicySource {
    /// Inline in the role, by policy name.
    Inline(String),
    /// Attached managed policy, by ARN.
    Managed(String),
    /// The role's permissions boundary, by ARN.
    Boundary(String),
}

impl PolicySource {
    /// The name to show: the inline policy's name, or the managed policy's last path part.
    pub fn label(&self) -> &str {
        match self {
            Self::Inline(name) => name,
            Self::Managed(arn) | Self::Boundary(arn) => arn.rsplit('/').next().unwrap_or(arn),
        }
    }
}

/// One policy document of a role, percent-decoded JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePolicy {
    /// Where it stands.
    pub source: PolicySource,
    /// The document, as JSON text (not necessarily valid).
    pub document: String,
}

/// An IAM role with its documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The trust policy, percent-decoded JSON text.
    pub trust: String,
    /// Inline, managed and boundary policies.
    pub policies: Vec<RolePolicy>,
}

/// What tells a role from the others of its stack: CloudFormation calls them
/// `STACK-LOGICALID-RANDOM`, whose beginnings and ends say nothing.
pub fn short_name(name: &str) -> &str {
    let is_random = |part: &str| {
        part.len() >= 12
            && part
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    match name.rsplit_once('-') {
        Some((rest, random)) if is_random(random) => match rest.split_once('-') {
            Some((_, logical)) if !logical.is_empty() => logical,
            _ => name,
        },
        _ => name,
    }
}

/// An execution role of the deployment, as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionRole {
    /// The role's name (the last path part of the ARN).
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The Studio profiles that use it; empty when it was found by its policy.
    pub profiles: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn of_a_stacks_role_the_part_that_differs_is_shown() {
        let named = "SageMakerStudioUserStack-sagemakermlflowreaderrole-1NX32OI2LUKEN";
        assert_eq!(short_name(named), "sagemakermlflowreaderrole");
        for plain in [
            "mlflow-reader",
            "ops-2024",
            "-1NX32OI2LUKEN",
            "a-1NX32OI2LUKEN",
            "",
        ] {
            assert_eq!(short_name(plain), plain);
        }
    }
}
