//! The contract of a Lambda authorizer: groups in, decision out.
//!
//! The rules are data: the sample's as read from its source, and those that a matrix compiles to
//! and that the drop-in authorizer reads as `access-matrix.json`.

mod caller;
mod words;

pub use caller::Caller;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    decision::{Basis, Decision},
    route::Method,
};
use crate::domain::Failure;

/// The contract of the sample's authorizer, as embedded.
const SAMPLE: &str = include_str!("../../assets/authorizer.toml");

/// The name of the drop-in authorizer's rules, beside its handler.
pub const RULES_FILE: &str = "access-matrix.json";

/// What a Lambda authorizer decides for the groups of an ID token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The version of the form: 1.
    #[serde(default = "form")]
    pub schema: u32,
    /// How it chooses among a caller's groups.
    #[serde(default)]
    pub rule: Pick,
    /// What becomes of a caller in none of its groups.
    #[serde(default)]
    pub nobody: Nobody,
    /// The groups it knows, in the order in which it looks for them.
    #[serde(rename = "group")]
    pub groups: Vec<GroupRules>,
}

/// The version of the rules' form.
fn form() -> u32 {
    1
}

/// How an authorizer chooses among the groups of a caller who is in several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// The first group of its own order decides alone.
    #[default]
    FirstMatch,
    /// The rules of all the caller's groups together. What one group allows is allowed, unless a
    /// rule of another one denies it: as in IAM a deny wins. What a row of a matrix denies, or
    /// does not list, becomes such a rule only where a pattern that the row allows would match it
    /// too; [`super::pairs::taken`] finds where that takes something from somebody.
    Union,
}

impl Pick {
    /// The word used in files and outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstMatch => "first-match",
            Self::Union => "union",
        }
    }
}

/// What becomes of a caller in no known group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nobody {
    /// A policy that denies everything: 403.
    #[default]
    Deny,
    /// The authorizer returns nothing or raises: 500.
    Crash,
}

/// What one group may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRules {
    /// The group's name in Cognito.
    pub name: String,
    /// What it may do; everything else is denied.
    pub allow: Vec<Rule>,
    /// What of that it may not do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Rule>,
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

impl GroupRules {
    /// Whether one of its rules allows every method on every path, whatever is denied of it.
    pub fn allow_everything(&self) -> bool {
        self.allow
            .iter()
            .any(|rule| rule.method == "*" && rule.path.trim_start_matches('/') == "*")
    }
}

impl Rule {
    /// The rule as the end of a method ARN: `POST/ajax-api/2.0/mlflow/runs/search`.
    pub(super) fn resource(&self) -> String {
        resource(&self.method, &self.path)
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

    /// The contract as the drop-in authorizer reads it.
    ///
    /// # Errors
    /// It cannot be written, which only a fault of this program can cause.
    pub fn to_json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| Failure::invalid(format!("writing {RULES_FILE}"), error.to_string()))
    }

    /// The contract that `access-matrix.json` holds.
    ///
    /// # Errors
    /// The text is none, or of a later form.
    pub fn from_json(text: &str) -> Result<Self, Failure> {
        let doing = || format!("reading {RULES_FILE}");
        let contract: Self = serde_json::from_str(text)
            .map_err(|error| Failure::invalid(doing(), error.to_string()))?;
        if contract.schema != form() {
            return Err(Failure::invalid(
                doing(),
                format!(
                    "its form is {}, and this program knows {}",
                    contract.schema,
                    form()
                ),
            ));
        }
        Ok(contract)
    }

    /// The rules of one group.
    pub fn group(&self, name: &str) -> Option<&GroupRules> {
        self.groups.iter().find(|rules| rules.name == name)
    }

    /// The rules that decide for a caller in `groups`: of the first known group that the caller
    /// is in, or of all of them; empty where none is known.
    pub fn rules_for(&self, groups: &[String]) -> Vec<&GroupRules> {
        let mut known = self
            .groups
            .iter()
            .filter(|rules| groups.contains(&rules.name));
        match self.rule {
            Pick::FirstMatch => known.next().into_iter().collect(),
            Pick::Union => known.collect(),
        }
    }

    /// Whether it knows one of these groups.
    pub fn knows(&self, groups: &[String]) -> bool {
        !self.rules_for(groups).is_empty()
    }

    /// The group whose rights a caller in `groups` has, or all of them with a `+` between; none
    /// where none is known.
    pub fn acts_as(&self, groups: &[String]) -> Option<String> {
        let rules = self.rules_for(groups);
        let names: Vec<&str> = rules.iter().map(|group| group.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(" + "))
    }

    /// Decides for a caller whose ID token carries `groups`.
    pub fn decide(&self, groups: &[String], method: Method, path: &str) -> Decision {
        self.caller(groups).decide(method, path)
    }

    /// A caller in `groups`, about whom much is to be decided.
    pub fn caller(&self, groups: &[String]) -> Caller<'_> {
        let rules = self.rules_for(groups);
        let refused = rules.is_empty().then(|| {
            let reason = if groups.is_empty() {
                "the token carries no group".to_owned()
            } else {
                format!("it knows none of the groups {}", groups.join(", "))
            };
            match self.nobody {
                Nobody::Crash => Basis::Crash { reason },
                Nobody::Deny => Basis::NoGroup { reason },
            }
        });
        Caller::new(refused, &rules)
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
        let start = format!("arn:aws:execute-api:{region}:{account}:{api}/{stage}/");
        let rules = self.rules_for(groups);
        let resources = |list: fn(&GroupRules) -> &[Rule]| -> Vec<String> {
            let rules = rules.iter().flat_map(|group| list(group));
            let mut arns: Vec<String> = Vec::new();
            for arn in rules.map(|rule| format!("{start}{}", rule.resource())) {
                if !arns.contains(&arn) {
                    arns.push(arn);
                }
            }
            arns
        };
        if rules.is_empty() && self.nobody == Nobody::Crash {
            return None;
        }
        let allows = resources(|group| &group.allow);
        let mut denies = resources(|group| &group.deny);
        if allows.is_empty() && denies.is_empty() {
            // A policy without a statement is none to API Gateway, which would answer 500.
            denies = vec![format!("{start}*")];
        }
        let statements: Vec<Value> = [("Allow", allows), ("Deny", denies)]
            .into_iter()
            .filter(|(_, resources)| !resources.is_empty())
            .map(|(effect, resources)| {
                json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resources})
            })
            .collect();
        Some(json!({"Version": "2012-10-17", "Statement": statements}))
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
    let resource = resource(method.as_str(), path);
    // Joined at once: this is asked for by the ten thousand.
    [
        "arn:aws:execute-api:",
        region,
        ":",
        account,
        ":",
        api,
        "/",
        stage,
        "/",
        &resource,
    ]
    .concat()
}

/// The end of a method ARN: `POST/ajax-api/2.0/mlflow/runs/search`.
fn resource(method: &str, path: &str) -> String {
    [method, "/", without_slash(path)].concat()
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
