//! Parameters.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    World,
    call::{Call, Reply},
    wire::epoch,
    world::{ACCOUNT, API_ID, BUCKET, REGION, STAGE, Seed},
};

/// What the service holds.
#[derive(Debug)]
pub struct State {
    parameters: BTreeMap<String, String>,
    written: Timestamp,
}

impl State {
    /// As the sample deploys it.
    pub fn sample(seed: &Seed) -> Self {
        let url = seed.url.as_str().trim_end_matches('/');
        let parameters = [
            ("mlflow-restApiId", API_ID.to_owned()),
            ("mlflow-restApiUrl", format!("{url}/{STAGE}/")),
            (
                "mlflow-uiUrl",
                "https://main.d3mlwarden0ui.amplifyapp.com".to_owned(),
            ),
            ("mlflow-deploy-bucket", BUCKET.to_owned()),
        ];
        Self {
            parameters: parameters
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            written: seed.now,
        }
    }

    /// Removes a parameter, as if it had never been deployed.
    pub fn remove(&mut self, name: &str) {
        self.parameters.remove(name);
    }

    fn parameter(&self, name: &str) -> Option<Value> {
        Some(json!({
            "Name": name,
            "Type": "String",
            "Value": self.parameters.get(name)?,
            "Version": 1,
            "LastModifiedDate": epoch(self.written),
            "ARN": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}"),
            "DataType": "text",
        }))
    }
}

/// Answers one call.
pub(crate) fn handle(world: &World, call: &Call) -> Reply {
    let input = match call.json() {
        Ok(input) => input,
        Err(refusal) => return refusal,
    };
    let state = world.ssm.lock();
    match call.operation.as_str() {
        "GetParameter" => {
            let name = input["Name"].as_str().unwrap_or_default();
            match state.parameter(name) {
                Some(parameter) => Reply::json(&json!({"Parameter": parameter})),
                None => Reply::json_error(
                    StatusCode::BAD_REQUEST,
                    "ParameterNotFound",
                    &format!("Parameter {name} not found."),
                ),
            }
        }
        "GetParameters" => {
            let names = input["Names"].as_array().cloned().unwrap_or_default();
            let (mut found, mut missing) = (Vec::new(), Vec::new());
            for name in names.iter().filter_map(Value::as_str) {
                match state.parameter(name) {
                    Some(parameter) => found.push(parameter),
                    None => missing.push(name),
                }
            }
            Reply::json(&json!({"Parameters": found, "InvalidParameters": missing}))
        }
        _ => Reply::unknown_operation(),
    }
}
