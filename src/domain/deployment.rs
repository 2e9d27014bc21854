//! One deployment, as found: each item with where it came from.

use serde::{Deserialize, Serialize};

use super::{ExecutionRole, Failure};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A command-line flag, by name.
    Flag(String),
    /// An environment variable, by name.
    Environment(String),
    /// The config file's context, by name.
    Config(String),
    /// An SSM parameter, by name.
    Ssm(String),
    /// An AWS call, as `service:Action`.
    Call(String),
    /// Worked out from another value, and how.
    Derived(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Environment(name) => write!(f, "env {name}"),
            Self::Config(name) => write!(f, "context {name}"),
            Self::Ssm(name) => write!(f, "ssm {name}"),
            Self::Call(name) => f.write_str(name),
            Self::Derived(how) => f.write_str(how),
        }
    }
}

/// A value with where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Found<T> {
    /// A value found at `origin`.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// Something that discovery could not find, or found wanting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The item's name as in the outputs: `user_pool_id`, `execution_roles`, ….
    pub item: String,
    /// What went wrong; a denial names the IAM action.
    #[serde(flatten)]
    pub failure: Failure,
}

/// One deployment of the sample: the account, its pool, its API, its Studio domain.
///
/// Every item may be missing: a right that is lacking on one does not stop the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deployment {
    /// The AWS account id.
    pub account: Option<Found<String>>,
    /// The region.
    pub region: Option<Found<String>>,
    /// The ARN that the caller's credentials belong to.
    pub caller_arn: Option<Found<String>>,
    /// The user pool's id.
    pub user_pool_id: Option<Found<String>>,
    /// The app client's id.
    pub client_id: Option<Found<String>>,
    /// The sign-in flows that the client allows (`ALLOW_USER_SRP_AUTH`, …).
    pub client_flows: Option<Found<Vec<String>>>,
    /// The REST API's id.
    pub rest_api_id: Option<Found<String>>,
    /// The base URL of the protected API, ending in `/`; any path, a stage or none.
    pub api_url: Option<Found<String>>,
    /// The stage.
    pub stage: Option<Found<String>>,
    /// The Lambda authorizer's id.
    pub authorizer_id: Option<Found<String>>,
    /// The ARN of the function that the authorizer calls, with the version or alias where the
    /// API names one.
    pub authorizer_function: Option<Found<String>>,
    /// The Studio domain's id.
    pub domain_id: Option<Found<String>>,
    /// The execution roles, with the profiles that use them.
    pub execution_roles: Option<Found<Vec<ExecutionRole>>>,
    /// MLflow's version, such as `2.12.2`.
    pub mlflow_version: Option<Found<String>>,
    /// The UI's URL.
    pub ui_url: Option<Found<String>>,
    /// The bucket that the deployment was made through.
    pub deploy_bucket: Option<Found<String>>,
    /// What could not be found, and why.
    pub problems: Vec<Problem>,
}

impl Deployment {
    /// The execution roles; none where they were not found.
    pub fn roles(&self) -> &[ExecutionRole] {
        let found = self.execution_roles.as_ref();
        found
            .map(|found| found.value.as_slice())
            .unwrap_or_default()
    }

    /// An item that was found, or the problem that hides it.
    ///
    /// # Errors
    /// What discovery says of the item `name`; `Invalid` where it says nothing.
    pub fn need<'a, T>(&self, name: &str, found: Option<&'a Found<T>>) -> Result<&'a T, Failure> {
        found.map(|found| &found.value).ok_or_else(|| {
            self.problems
                .iter()
                .find(|problem| problem.item == name)
                .map_or_else(
                    || Failure::invalid(format!("looking for {name}"), "it was not found"),
                    |problem| problem.failure.clone(),
                )
        })
    }
}
