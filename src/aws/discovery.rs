//! Finding the deployment with nothing but AWS credentials.
//!
//! Four things are looked for side by side: who is calling, the user pool, the API and the
//! Studio domain; then the execution roles, which may need two of them. What is known
//! already is not asked for. A right that is lacking on one thing costs that thing alone,
//! and its problem names the IAM action. The sample takes 13 calls (12 where the API's URL
//! names its stage), two of which follow on another at most three deep.

mod api;
mod pool;
mod roles;
mod studio;

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{
    aws::Cloud,
    domain::{Deployment, ExecutionRole, Failure, Found, Origin, Problem, whole},
};

/// The SSM parameters that the sample leaves behind.
const PARAMETERS: [&str; 4] = [
    "mlflow-restApiId",
    "mlflow-restApiUrl",
    "mlflow-uiUrl",
    "mlflow-deploy-bucket",
];

/// What is known already, by flag, environment or config: it wins over discovery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The AWS account id.
    pub account: Option<Found<String>>,
    /// The region, where it is known better than by the SDK's own rules.
    pub region: Option<Found<String>>,
    /// The user pool's id.
    pub user_pool_id: Option<Found<String>>,
    /// The app client's id.
    pub client_id: Option<Found<String>>,
    /// The REST API's id.
    pub rest_api_id: Option<Found<String>>,
    /// The base URL of the protected API.
    pub api_url: Option<Found<String>>,
    /// The stage.
    pub stage: Option<Found<String>>,
    /// The Lambda authorizer's id.
    pub authorizer_id: Option<Found<String>>,
    /// The ARN of the function that the authorizer calls.
    pub authorizer_function: Option<Found<String>>,
    /// The Studio domain's id.
    pub domain_id: Option<Found<String>>,
    /// The execution roles, by name or ARN.
    pub execution_roles: Option<Found<Vec<String>>>,
    /// MLflow's version.
    pub mlflow_version: Option<Found<String>>,
    /// The UI's URL.
    pub ui_url: Option<Found<String>>,
}

impl Known {
    /// What is not given, from the variables that the sample's own deployment reads:
    /// `AWS_ACCOUNT` and `DOMAIN_ID`. (`AWS_REGION` is honoured in [`Cloud::connect`].)
    #[must_use]
    pub fn or_environment(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &str| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            Some(Found::new(value, Origin::Environment(name.to_owned())))
        };
        self.account = self.account.or_else(|| read("AWS_ACCOUNT"));
        self.domain_id = self.domain_id.or_else(|| read("DOMAIN_ID"));
        self
    }
}

/// One item of the deployment, as it becomes known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Discovered {
    /// A text item, by its name in the outputs (`user_pool_id`, …).
    Item(
        #[serde(deserialize_with = "item_name")] ItemName,
        Found<String>,
    ),
    /// The sign-in flows of the app client.
    ClientFlows(Found<Vec<String>>),
    /// The execution roles.
    ExecutionRoles(Found<Vec<ExecutionRole>>),
    /// Something that was not found, or found wanting.
    Problem(#[serde(with = "whole::problem")] Problem),
}

/// A text item's name in the outputs.
pub type ItemName = &'static str;

/// The text items, by their names in the outputs.
const ITEMS: [&str; 14] = [
    "account",
    "region",
    "caller_arn",
    "user_pool_id",
    "client_id",
    "rest_api_id",
    "api_url",
    "stage",
    "authorizer_id",
    "authorizer_function",
    "domain_id",
    "mlflow_version",
    "ui_url",
    "deploy_bucket",
];

fn item_name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ItemName, D::Error> {
    let name = String::deserialize(deserializer)?;
    ITEMS
        .into_iter()
        .find(|known| *known == name)
        .ok_or_else(|| serde::de::Error::custom(format!("there is no item {name:?}")))
}

impl Discovered {
    /// Puts the item in its place.
    pub fn apply(self, deployment: &mut Deployment) {
        let (name, found) = match self {
            Self::Item(name, found) => (name, found),
            Self::ClientFlows(found) => {
                deployment.client_flows = Some(found);
                return;
            }
            Self::ExecutionRoles(found) => {
                deployment.execution_roles = Some(found);
                return;
            }
            Self::Problem(problem) => {
                deployment.problems.push(problem);
                return;
            }
        };
        let place = match name {
            "account" => &mut deployment.account,
            "region" => &mut deployment.region,
            "caller_arn" => &mut deployment.caller_arn,
            "user_pool_id" => &mut deployment.user_pool_id,
            "client_id" => &mut deployment.client_id,
            "rest_api_id" => &mut deployment.rest_api_id,
            "api_url" => &mut deployment.api_url,
            "stage" => &mut deployment.stage,
            "authorizer_id" => &mut deployment.authorizer_id,
            "authorizer_function" => &mut deployment.authorizer_function,
            "domain_id" => &mut deployment.domain_id,
            "mlflow_version" => &mut deployment.mlflow_version,
            "ui_url" => &mut deployment.ui_url,
            "deploy_bucket" => &mut deployment.deploy_bucket,
            _ => return,
        };
        *place = Some(found);
    }
}

/// Finds the deployment; each item is told to `progress` as soon as it is known. It never
/// fails as a whole: what could not be found is in the deployment's problems, in the
/// order of their items.
pub async fn discover(
    cloud: &Cloud,
    known: Known,
    progress: impl Fn(Discovered) + Send + Sync,
) -> Deployment {
    let ledger = Ledger {
        deployment: Mutex::new(Deployment::default()),
        progress: &progress,
    };
    let region = known
        .region
        .clone()
        .unwrap_or_else(|| cloud.region_found().clone());
    ledger.item("region", region);
    if let Some(version) = known.mlflow_version.clone() {
        ledger.item("mlflow_version", version);
    }
    if let Some(function) = known.authorizer_function.clone() {
        ledger.item("authorizer_function", function);
    }
    let (account, (), api, profiles) = futures::join!(
        caller(cloud, &known, &ledger),
        // Boxed, so that whoever spawns or nests this carries no large future.
        Box::pin(pool::find(cloud, &known, &ledger)),
        Box::pin(api::find(cloud, &known, &ledger)),
        Box::pin(studio::find(cloud, &known, &ledger)),
    );
    Box::pin(roles::find(
        cloud,
        &known,
        account.as_deref(),
        api.as_deref(),
        profiles,
        &ledger,
    ))
    .await;
    let mut deployment = ledger
        .deployment
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    deployment
        .problems
        .sort_by(|a, b| (&a.item, &a.failure.doing).cmp(&(&b.item, &b.failure.doing)));
    deployment
}

/// Who is calling. Returns the deployment's account.
async fn caller(cloud: &Cloud, known: &Known, ledger: &Ledger<'_>) -> Option<String> {
    if let Some(account) = &known.account {
        ledger.item("account", account.clone());
    }
    let given = known.account.as_ref().map(|account| account.value.clone());
    let caller = match cloud.sts.caller_identity().await {
        Ok(caller) => caller,
        Err(failure) => {
            ledger.problem("account", failure);
            return given;
        }
    };
    let origin = call("sts:GetCallerIdentity");
    ledger.item("caller_arn", Found::new(caller.arn, origin.clone()));
    match given {
        None => {
            ledger.item("account", Found::new(caller.account.clone(), origin));
            Some(caller.account)
        }
        Some(given) => {
            if given != caller.account {
                ledger.problem(
                    "account",
                    Failure::invalid(
                        "comparing the account",
                        format!(
                            "the credentials belong to account {}, the deployment to {given}",
                            caller.account
                        ),
                    )
                    .advise(format!("use the AWS profile of account {given}")),
                );
            }
            Some(given)
        }
    }
}

/// What was found so far, and whom to tell.
struct Ledger<'a> {
    deployment: Mutex<Deployment>,
    progress: &'a (dyn Fn(Discovered) + Send + Sync),
}

impl Ledger<'_> {
    fn item(&self, name: &'static str, found: Found<String>) {
        self.tell(Discovered::Item(name, found));
    }

    fn problem(&self, item: &str, failure: Failure) {
        self.tell(Discovered::Problem(Problem {
            item: item.to_owned(),
            failure,
        }));
    }

    fn tell(&self, discovered: Discovered) {
        discovered.clone().apply(
            &mut self
                .deployment
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        (self.progress)(discovered);
    }
}

/// The origin of what a call gave.
fn call(action: &str) -> Origin {
    Origin::Call(action.to_owned())
}

/// The one of several that has the sample's name, else the only one; and whether it was
/// found by name.
///
/// `Err` holds the message for a problem: there is none, or the candidates.
fn named_or_only<T>(
    candidates: Vec<T>,
    name: Option<&str>,
    name_of: impl Fn(&T) -> &str,
    describe: impl Fn(&T) -> String,
) -> Result<(T, bool), String> {
    let (mut named, mut others): (Vec<T>, Vec<T>) = candidates
        .into_iter()
        .partition(|one| Some(name_of(one)) == name);
    if named.is_empty() {
        std::mem::swap(&mut named, &mut others);
        if named.len() == 1
            && let Some(only) = named.pop()
        {
            return Ok((only, false));
        }
    }
    if named.len() == 1
        && let Some(one) = named.pop()
    {
        return Ok((one, true));
    }
    if named.is_empty() {
        return Err("there is none".to_owned());
    }
    let list: Vec<String> = named.iter().map(describe).collect();
    Err(format!("it could be any of {}", list.join(", ")))
}
