//! The contract that the deployed authorizer decides by: read from its package where that is the
//! drop-in, else taken to be the sample's. Nobody is made for it and nothing is borrowed.

use crate::{
    access::Contract,
    aws::Cloud,
    domain::{Deployment, Failure},
    plan::package::{Package, PackageStore},
};

/// What decides about tokens.
#[derive(Clone, Debug)]
pub struct InEffect {
    /// The rules.
    pub contract: Contract,
    /// Why they may be others, where that is not known.
    pub doubt: Option<String>,
}

/// Looks at the authorizer's function. A package that was kept is not downloaded again.
pub async fn in_effect(
    cloud: &Cloud,
    deployment: &Deployment,
    packages: &PackageStore,
) -> InEffect {
    match read(cloud, deployment, packages).await {
        Ok(contract) => InEffect {
            contract: contract.unwrap_or_else(Contract::sample),
            doubt: None,
        },
        Err(failure) => InEffect {
            contract: Contract::sample(),
            doubt: Some(format!(
                "groups are predicted by the sample's contract, since the authorizer's function \
                 cannot be read: {failure}"
            )),
        },
    }
}

async fn read(
    cloud: &Cloud,
    deployment: &Deployment,
    packages: &PackageStore,
) -> Result<Option<Contract>, Failure> {
    let Some(function) = &deployment.authorizer_function else {
        return Ok(None);
    };
    let seen = cloud.lambda.configuration(&function.value).await?;
    let package = match packages.read(&seen.code_sha256)? {
        Some(kept) => kept,
        None => cloud.lambda.package(&function.value, None).await?,
    };
    // A package of another shape is not the drop-in.
    Ok(Package::read(package, &seen)
        .ok()
        .and_then(|package| package.contract()))
}
