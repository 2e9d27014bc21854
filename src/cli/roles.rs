//! `mlwarden roles`: execution roles, whom they trust, what they hold.

use serde_json::json;

use super::{
    args::Global,
    output::{self, Listing},
    session::Session,
};
use crate::{
    access::trust,
    domain::{ErrorClass, Failure},
};

/// The execution roles with the profiles that use them.
pub(super) async fn list(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let roles = session
        .deployment
        .execution_roles
        .as_ref()
        .map(|found| found.value.as_slice())
        .unwrap_or_default();
    Listing {
        noun: "roles",
        context: session.context(),
        columns: &["role", "profiles", "arn"],
        rows: roles
            .iter()
            .map(|role| {
                vec![
                    role.name.clone(),
                    role.profiles.join(", "),
                    role.arn.clone(),
                ]
            })
            .collect(),
        values: roles.iter().map(|role| json!(role)).collect(),
    }
    .print(global.output)
}

/// One role with its trust in words and every policy.
pub(super) async fn show(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let name = name.rsplit('/').next().unwrap_or(name);
    let role = session.cloud.iam.role(name).await?;
    let mut value = serde_json::to_value(&role)
        .map_err(|error| Failure::new(ErrorClass::Invalid, "writing JSON", error.to_string()))?;
    value["trusts"] = json!(trust::in_words(&role.trust));
    output::one(session.context(), "role", value, global.output)
}
