//! `mlwarden discover`: each item of the deployment, and where it came from.

use serde_json::{Value, json};

use super::{
    OK, UNREACHED,
    args::{Global, Output},
    output::{self, Listing},
    session::Session,
};
use crate::domain::{Deployment, Failure, Found};

/// Finds the deployment and prints it; 3 where something could not be found.
pub(super) async fn run(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    print(&session, global.output)?;
    Ok(if session.deployment.problems.is_empty() {
        OK
    } else {
        UNREACHED
    })
}

/// Prints the items and what is wrong.
pub(super) fn print(session: &Session, output: Output) -> Result<u8, Failure> {
    let deployment = &session.deployment;
    if output == Output::Json {
        let mut value = serde_json::to_value(deployment)
            .map_err(|error| Failure::invalid("writing JSON", error.to_string()))?;
        if let Some(problems) = value.get_mut("problems").and_then(Value::as_array_mut) {
            for (problem, value) in deployment.problems.iter().zip(problems) {
                value["next_step"] = json!(problem.failure.next_step());
            }
        }
        return output::object(session.context(), "deployment", value);
    }
    let items = items(deployment);
    Listing {
        noun: "items",
        context: session.context(),
        columns: &["item", "value", "from"],
        rows: items
            .into_iter()
            .map(|(name, value, origin)| vec![name.to_owned(), value, origin])
            .collect(),
        values: Vec::new(),
    }
    .print(output)?;
    for problem in &deployment.problems {
        output::note(&format!(
            "✗ {}: {}\n  → {}",
            problem.item,
            problem.failure,
            problem.failure.next_step()
        ));
    }
    Ok(OK)
}

/// Each item's name, value and origin; a dash where it was not found.
fn items(deployment: &Deployment) -> Vec<(&'static str, String, String)> {
    fn row<T>(
        name: &'static str,
        found: Option<&Found<T>>,
        show: impl Fn(&T) -> String,
    ) -> (&'static str, String, String) {
        found.map_or_else(
            || (name, "—".to_owned(), "not found".to_owned()),
            |found| (name, show(&found.value), found.origin.to_string()),
        )
    }
    let mut items: Vec<_> = [
        ("account", &deployment.account),
        ("region", &deployment.region),
        ("caller_arn", &deployment.caller_arn),
        ("user_pool_id", &deployment.user_pool_id),
        ("client_id", &deployment.client_id),
        ("rest_api_id", &deployment.rest_api_id),
        ("api_url", &deployment.api_url),
        ("stage", &deployment.stage),
        ("authorizer_id", &deployment.authorizer_id),
        ("authorizer_function", &deployment.authorizer_function),
        ("domain_id", &deployment.domain_id),
        ("mlflow_version", &deployment.mlflow_version),
        ("ui_url", &deployment.ui_url),
    ]
    .into_iter()
    .map(|(name, found)| row(name, found.as_ref(), Clone::clone))
    .collect();
    items.push(row(
        "client_flows",
        deployment.client_flows.as_ref(),
        |flows| flows.join("\n"),
    ));
    items.push(row(
        "execution_roles",
        deployment.execution_roles.as_ref(),
        |roles| {
            let lines: Vec<String> = roles
                .iter()
                .map(|role| format!("{} ({})", role.name, role.profiles.join(", ")))
                .collect();
            lines.join("\n")
        },
    ));
    items
}
