//! What is deployed: the function behind the authorizer and its package.

use std::time::Duration;

use bytes::Bytes;

use super::Publisher;
use crate::{
    access::Contract,
    aws::{
        apigateway::Authorizer,
        lambda::{Function, FunctionArn, LastUpdate},
    },
    domain::{ErrorClass, Failure},
    plan::package::{Package, sha256},
};

/// What decides now.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// The function.
    pub function: Function,
    /// For how long the gateway keeps an answer of the authorizer.
    pub keeps: Duration,
    package: Bytes,
}

impl Deployed {
    /// The package, where the drop-in can be put into it.
    ///
    /// # Errors
    /// `Invalid` with the reason, where it is of another shape.
    pub fn package(&self) -> Result<Package, Failure> {
        Package::read(self.package.clone(), &self.function)
    }

    /// Whether the function runs what it shows.
    pub(super) fn is_settled(&self) -> bool {
        self.function.last_update == LastUpdate::Successful
    }

    /// What the function would decide by with this package in it, where that is the drop-in.
    pub(super) fn contract_in(&self, package: Bytes) -> Option<Contract> {
        Package::read(package, &self.function).ok()?.contract()
    }

    /// What must be known beside the calls.
    pub fn warnings(&self) -> Vec<String> {
        if self.keeps.is_zero() {
            return Vec::new();
        }
        vec![format!(
            "the gateway keeps the authorizer's answers for {} seconds: whoever called before goes \
             on with the old ones for as long",
            self.keeps.as_secs()
        )]
    }
}

impl Publisher {
    /// Reads what is deployed, and keeps a copy of its package unless this is only `a_look`.
    ///
    /// # Errors
    /// `Invalid` where the API does not call the function's newest package, or where its last
    /// update failed and `whatever` is not said; `Conflict` while it is being changed.
    pub async fn deployed(&self, a_look: bool, whatever: bool) -> Result<Deployed, Failure> {
        let doing = "looking for what the authorizer runs";
        let authorizer = self.authorizer().await?;
        let function = authorizer.uri.as_deref().and_then(FunctionArn::of_uri);
        let function = function.ok_or_else(|| {
            Failure::invalid(
                doing,
                format!(
                    "the authorizer {} calls no Lambda function",
                    authorizer.name
                ),
            )
        })?;
        if let Some(qualifier) = &function.qualifier {
            return Err(Failure::invalid(
                doing,
                format!(
                    "the API calls the version or alias {qualifier} of the function {}, which a \
                     new package does not change",
                    function.name()
                ),
            )
            .advise("let the authorizer call the function itself; nothing was changed"));
        }
        let lambda = &self.verifier.cloud.lambda;
        let seen = lambda.configuration(&function.arn).await?;
        match seen.last_update {
            LastUpdate::InProgress => {
                return Err(Failure::new(
                    ErrorClass::Conflict,
                    doing,
                    "the function is being changed by somebody else",
                )
                .advise("wait until that is over, then publish again"));
            }
            LastUpdate::Failed if !whatever => {
                return Err(Failure::invalid(
                    doing,
                    format!(
                        "the last update of the function {} failed, so that what decides is not \
                         what it shows",
                        seen.name
                    ),
                )
                .advise("put a package back first that is known, by `mlwarden matrix rollback`"));
            }
            LastUpdate::Successful | LastUpdate::Failed => {}
        }
        let package = lambda.package(&function.arn, None).await?;
        if !a_look {
            self.packages.keep(&package)?;
        }
        if sha256(&package) != seen.code_sha256 {
            return Err(Failure::new(
                ErrorClass::Conflict,
                doing,
                "the function was changed while its package was downloaded",
            ));
        }
        let keeps = authorizer.result_ttl_seconds.unwrap_or_default();
        Ok(Deployed {
            function: seen,
            keeps: Duration::from_secs(u64::try_from(keeps).unwrap_or_default()),
            package,
        })
    }

    /// The authorizer with the function that it calls.
    async fn authorizer(&self) -> Result<Authorizer, Failure> {
        let deployment = &self.verifier.deployment;
        let api = deployment.need("rest_api_id", deployment.rest_api_id.as_ref())?;
        let id = deployment.need("authorizer_id", deployment.authorizer_id.as_ref())?;
        let all = self.verifier.cloud.apigateway.authorizers(api).await?;
        all.into_iter()
            .find(|authorizer| authorizer.id == *id)
            .ok_or_else(|| {
                Failure::new(
                    ErrorClass::NotFound,
                    format!("looking for the authorizer {id} of API {api}"),
                    "the API has no authorizer of this id",
                )
            })
    }
}
