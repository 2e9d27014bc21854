//! The declared contract of the Lambda authorizer: groups in, decision out.
//!
//! The rules are data, so that a copy can be changed and compared with what is deployed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    decision::{Basis, Decision},
    policy::glob,
    route::{self, Method},
};
use crate::domain::Failure;

/// The contract of the sample's authorizer, as embedded.
const SAMPLE: &str = include_str!("../../assets/authorizer.toml");

/// What a Lambda authorizer decides for the groups of an ID token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The groups it knows, in the order in which it looks for them: the first that the
    /// caller is in decides alone.
    #[serde(rename = "group")]
    pub groups: Vec<GroupRules>,
}

/// What one group may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRules {
    /// The group's name in Cognito.
    pub name: String,
    /// What it may do; everything else is denied.
    pub allow: Vec<Rule>,
}

/// One rule: a method, or `*`, and a glob over the whole path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `GET`, `POST`, …, or `*` for every method.
    pub method: String,
    /// The path, with `*` and `?`.
    pub path: String,
}

impl Rule {
    /// The rule as the end of a method ARN: `POST/ajax-api/2.0/mlflow/runs/search`.
    fn resource(&self) -> String {
        format!("{}/{}", self.method, without_slash(&self.path))
    }
}

impl Contract {
    /// The sample's contract.
    pub fn sample() -> Self {
        // The asset is part of the program and a test reads it; an empty contract denies all.
        toml::from_str(SAMPLE).unwrap_or_default()
    }

    /// A contract from TOML text; the error names the file, the line and the field.
    pub fn parse(text: &str, file: &str) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|error| {
            Failure::invalid(format!("reading {file}"), error.to_string().trim_end())
        })
    }

    /// The rules that decide for a caller in `groups`: those of the first known group the
    /// caller is in.
    pub fn rules_for(&self, groups: &[String]) -> Option<&GroupRules> {
        self.groups
            .iter()
            .find(|rules| groups.contains(&rules.name))
    }

    /// Decides for a caller whose ID token carries `groups`.
    pub fn decide(&self, groups: &[String], method: Method, path: &str) -> Decision {
        if !route::has_method(path) {
            return Decision::deny(Basis::NoMethod);
        }
        let Some(rules) = self.rules_for(groups) else {
            let reason = if groups.is_empty() {
                "the token carries no group".to_owned()
            } else {
                format!("it knows none of the groups {}", groups.join(", "))
            };
            return Decision::deny(Basis::Crash { reason });
        };
        let wanted = format!("{method}/{}", without_slash(path));
        let allowed = rules
            .allow
            .iter()
            .find(|rule| glob::matches(&rule.resource(), &wanted));
        match allowed {
            Some(rule) => Decision::allow(Basis::Rule {
                group: rules.name.clone(),
                rule: format!("{} {}", rule.method, rule.path),
            }),
            None => Decision::deny(Basis::NoStatement),
        }
    }

    /// The policy document that the authorizer returns for a caller in `groups`; none
    /// where it crashes instead.
    pub fn policy_for(
        &self,
        groups: &[String],
        region: &str,
        account: &str,
        api: &str,
        stage: &str,
    ) -> Option<Value> {
        let rules = self.rules_for(groups)?;
        let resources: Vec<String> = rules
            .allow
            .iter()
            .map(|rule| {
                format!(
                    "arn:aws:execute-api:{region}:{account}:{api}/{stage}/{}",
                    rule.resource()
                )
            })
            .collect();
        Some(json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Action": "execute-api:Invoke",
                "Effect": "Allow",
                "Resource": resources,
            }],
        }))
    }
}

/// The ARN that API Gateway asks about for one method of the protected API.
pub fn method_arn(
    region: &str,
    account: &str,
    api: &str,
    stage: &str,
    method: Method,
    path: &str,
) -> String {
    format!(
        "arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{}",
        without_slash(path)
    )
}

fn without_slash(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn groups(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[rstest]
    #[case(
        "admins",
        Method::Delete,
        "/ajax-api/2.0/mlflow/model-versions/delete",
        true
    )]
    #[case("admins", Method::Post, "/graphql", true)]
    #[case("admins", Method::Get, "/ajax-api/3.0/mlflow/scorers/list", true)]
    #[case("readers", Method::Post, "/ajax-api/2.0/mlflow/runs/search", true)]
    #[case(
        "readers",
        Method::Post,
        "/ajax-api/2.0/mlflow/experiments/search",
        true
    )]
    #[case("readers", Method::Get, "/ajax-api/2.0/mlflow/gateway-proxy", true)]
    #[case("readers", Method::Get, "/get-artifact", true)]
    #[case("readers", Method::Get, "/model-versions/get-artifact", true)]
    #[case("readers", Method::Post, "/ajax-api/2.0/mlflow/runs/create", false)]
    #[case("readers", Method::Post, "/graphql", false)]
    #[case("readers", Method::Get, "/ajax-api/3.0/mlflow/scorers/list", false)]
    #[case(
        "readers",
        Method::Get,
        "/ajax-api/2.0/mlflow-artifacts/artifacts",
        false
    )]
    #[case(
        "readers",
        Method::Post,
        "/ajax-api/2.0/mlflow/registered-models/get-latest-versions",
        false
    )]
    #[case(
        "model-approvers",
        Method::Post,
        "/ajax-api/2.0/mlflow/registered-models/create",
        true
    )]
    #[case(
        "model-approvers",
        Method::Patch,
        "/ajax-api/2.0/mlflow/registered-models/update",
        false
    )]
    #[case(
        "model-approvers",
        Method::Delete,
        "/ajax-api/2.0/mlflow/model-versions/delete",
        true
    )]
    #[case(
        "model-approvers",
        Method::Post,
        "/ajax-api/2.0/mlflow/runs/create",
        false
    )]
    fn the_sample_decides_as_its_source_says(
        #[case] group: &str,
        #[case] method: Method,
        #[case] path: &str,
        #[case] allowed: bool,
    ) {
        let decision = Contract::sample().decide(&groups(&[group]), method, path);
        assert_eq!(decision.is_allow(), allowed, "{}", decision.explain());
    }

    #[test]
    fn someone_in_two_groups_has_only_the_first_ones_rights() {
        let path = "/ajax-api/2.0/mlflow/registered-models/create";
        let contract = Contract::sample();
        for order in [
            ["readers", "model-approvers"],
            ["model-approvers", "readers"],
        ] {
            let decision = contract.decide(&groups(&order), Method::Post, path);
            assert!(!decision.is_allow(), "{order:?}");
        }
    }

    #[test]
    fn without_a_known_group_it_crashes_and_says_so() {
        let contract = Contract::sample();
        for names in [groups(&[]), groups(&["interns"])] {
            let decision = contract.decide(&names, Method::Get, "/ajax-api/2.0/mlflow/runs/get");
            assert!(matches!(decision.basis, Basis::Crash { .. }));
            assert!(!decision.is_allow());
            assert_eq!(contract.policy_for(&names, "r", "a", "i", "prod"), None);
        }
    }

    #[test]
    fn a_path_without_a_method_is_refused_even_for_admins() {
        let decision = Contract::sample().decide(&groups(&["admins"]), Method::Get, "/");
        assert_eq!(decision.basis, Basis::NoMethod);
    }

    #[test]
    fn a_tampered_copy_decides_otherwise() {
        let mut contract = Contract::sample();
        contract.groups[1].allow.push(Rule {
            method: "POST".into(),
            path: "/ajax-api/2.0/mlflow/runs/*".into(),
        });
        let decision = contract.decide(
            &groups(&["readers"]),
            Method::Post,
            "/ajax-api/2.0/mlflow/runs/create",
        );
        assert!(decision.is_allow());
    }

    #[test]
    fn a_malformed_contract_names_the_file_and_the_line() {
        let error = Contract::parse("[[group]]\nname = 3\n", "mine.toml").unwrap_err();
        assert!(error.to_string().contains("mine.toml"), "{error}");
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
