//! SSM: the parameters that the deployment leaves behind.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_ssm::types::Parameter;
use futures::future::join_all;

use super::failure::Attempted;
use crate::domain::{ErrorClass, Failure};

/// Parameters that are read at once, at most (the service's own limit).
const AT_ONCE: usize = 10;

/// The SSM adapter.
#[derive(Clone, Debug)]
pub struct Ssm {
    client: aws_sdk_ssm::Client,
}

impl Ssm {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_ssm::Client::new(config),
        }
    }

    /// The values of `names` that exist, and the names that do not. One call for ten names;
    /// where it is denied, as it is when one of the names is, one call a name.
    ///
    /// # Errors
    /// `Denied { ssm:GetParameters }` where not one may be read, `Network`, …
    pub async fn parameters(
        &self,
        names: &[&str],
    ) -> Result<(BTreeMap<String, String>, Vec<String>), Failure> {
        let mut found = BTreeMap::new();
        for names in names.chunks(AT_ONCE) {
            match self.at_once(names).await {
                Ok(more) => found.extend(more),
                Err(failure) if matches!(failure.class, ErrorClass::Denied { .. }) => {
                    let single = join_all(names.iter().map(|name| self.single(name))).await;
                    let single: Vec<_> = single.into_iter().flatten().collect();
                    if single.is_empty() {
                        return Err(failure);
                    }
                    found.extend(single);
                }
                Err(failure) => return Err(failure),
            }
        }
        let missing = names
            .iter()
            .filter(|name| !found.contains_key(**name))
            .map(ToString::to_string)
            .collect();
        Ok((found, missing))
    }

    async fn at_once(&self, names: &[&str]) -> Result<Vec<(String, String)>, Failure> {
        let attempted = Attempted::new("ssm:GetParameters", "reading the SSM parameters");
        let answer = self
            .client
            .get_parameters()
            .set_names(Some(names.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        let parameters = answer.parameters.unwrap_or_default();
        Ok(parameters.into_iter().filter_map(pair).collect())
    }

    async fn single(&self, name: &str) -> Result<(String, String), Failure> {
        let attempted = Attempted::new(
            "ssm:GetParameter",
            format!("reading the SSM parameter {name}"),
        );
        self.client
            .get_parameter()
            .name(name)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?
            .parameter
            .and_then(pair)
            .ok_or_else(|| attempted.incomplete("value"))
    }
}

fn pair(parameter: Parameter) -> Option<(String, String)> {
    Some((parameter.name?, parameter.value?))
}
