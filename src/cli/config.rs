//! `mlwarden config show`: every effective value, and where it came from.

use serde_json::{Value, json};

use super::{args::Global, output::Listing, session::Effective};
use crate::{
    aws::Quotas,
    domain::{Failure, Found},
};

/// Prints the effective configuration. Nothing is asked of AWS.
pub(super) fn show(global: &Global) -> Result<u8, Failure> {
    let effective = Effective::read(global)?;
    let known = &effective.known;
    let mut rows = vec![
        row(
            "config_file",
            &effective.paths.config_file.display().to_string(),
            "paths",
        ),
        row(
            "state_dir",
            &effective.paths.state_dir.display().to_string(),
            "paths",
        ),
        row("context", &effective.name, "config"),
        row("read_only", &effective.read_only.to_string(), ""),
    ];
    for (name, value) in [
        ("profile", &effective.target.profile),
        ("endpoint_url", &effective.target.endpoint_url),
    ] {
        if let Some(value) = value {
            rows.push(row(name, value, "flag or context"));
        }
    }
    for (name, found) in [
        ("account", &known.account),
        ("region", &known.region),
        ("user_pool_id", &known.user_pool_id),
        ("client_id", &known.client_id),
        ("rest_api_id", &known.rest_api_id),
        ("api_url", &known.api_url),
        ("stage", &known.stage),
        ("authorizer_id", &known.authorizer_id),
        ("domain_id", &known.domain_id),
        ("mlflow_version", &known.mlflow_version),
    ] {
        rows.push(match found {
            Some(Found { value, origin }) => row(name, value, &origin.to_string()),
            None => row(name, "", "to be discovered"),
        });
    }
    let defaults = json!(Quotas::default());
    if let Value::Object(quotas) = json!(effective.target.quotas) {
        for (name, value) in quotas {
            let given = defaults.get(&name) != Some(&value);
            let from = if given { "config" } else { "default" };
            rows.push(row(&format!("quotas.{name}"), &value.to_string(), from));
        }
    }
    let values = rows
        .iter()
        .map(|row| match row.as_slice() {
            [name, value, origin] => json!({"name": name, "value": value, "from": origin}),
            _ => json!(null),
        })
        .collect();
    Listing {
        noun: "settings",
        context: json!({"name": effective.name}),
        columns: &["name", "value", "from"],
        rows,
        values,
    }
    .print(global.output)
}

fn row(name: &str, value: &str, origin: &str) -> Vec<String> {
    vec![name.to_owned(), value.to_owned(), origin.to_owned()]
}
