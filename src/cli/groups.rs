//! `mlwarden groups`: Cognito groups with their members.

use serde_json::{Value, json};

use super::{
    args::Global,
    output::{self, Listing},
    session::Session,
};
use crate::domain::{Failure, Group, User};

/// Every group with the number of its members.
pub(super) async fn list(global: &Global) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let pool = session.pool()?;
    let cognito = &session.cloud.cognito;
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for group in cognito.groups(pool).await? {
        let members = cognito.members(pool, &group.name).await?;
        rows.push(vec![
            group.name.clone(),
            members.len().to_string(),
            group.precedence.map_or_else(String::new, |p| p.to_string()),
            group.description.clone().unwrap_or_default(),
        ]);
        let mut value = value(&group)?;
        value["member_count"] = json!(members.len());
        values.push(value);
    }
    Listing {
        noun: "groups",
        context: session.context(),
        columns: &["group", "members", "precedence", "description"],
        rows,
        values,
    }
    .print(global.output)
}

/// One group with its members.
pub(super) async fn show(global: &Global, name: &str) -> Result<u8, Failure> {
    let session = Session::open(global).await?;
    let pool = session.pool()?;
    let group = session.cloud.cognito.group(pool, name).await?;
    let members = session.cloud.cognito.members(pool, name).await?;
    let mut value = value(&group)?;
    value["members"] = json!(members.iter().map(User::label).collect::<Vec<_>>());
    output::one(session.context(), "group", value, global.output)
}

fn value(group: &Group) -> Result<Value, Failure> {
    serde_json::to_value(group).map_err(|error| Failure::invalid("writing JSON", error.to_string()))
}
