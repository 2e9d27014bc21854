//! The contract that the deployed authorizer decides by: read from its package where that is the
//! drop-in, else what it answered when it was asked last, else taken to be the sample's. Nobody
//! is made for it and nothing is borrowed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Lesson;
use crate::{
    access::Contract,
    aws::Cloud,
    domain::{Deployment, Failure, whole},
    plan::package::{Package, PackageStore},
};

/// What decides about tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InEffect {
    /// The rules.
    pub contract: Contract,
    /// How they are known.
    pub ground: Ground,
    /// Why they may be others, where that is not known.
    pub doubt: Option<String>,
    /// What kept them from being read.
    #[serde(with = "whole::maybe")]
    pub failure: Option<Failure>,
}

impl InEffect {
    /// What is taken where something kept the rules from being read.
    pub fn unread(failure: Failure) -> Self {
        Self {
            contract: fallback(),
            ground: Ground::Assumed,
            doubt: Some(format!(
                "groups are predicted by the sample's contract, since the authorizer's function \
                 cannot be read: {failure}"
            )),
            failure: Some(failure),
        }
    }
}

/// What is taken to decide where nobody knows better: the sample's rules. Whoever takes them says
/// so.
pub fn fallback() -> Contract {
    Contract::sample()
}

/// How the rules that decide are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// They stand in the package.
    Package,
    /// The authorizer answered so when it ran the package that it runs now.
    Answers {
        /// To how many callers.
        trials: usize,
        /// When.
        at: Timestamp,
    },
    /// The package is somebody's own and was never asked: they are taken to be the sample's.
    Assumed,
}

/// Looks at the authorizer's function. A package that was kept is not downloaded again.
pub async fn in_effect(
    cloud: &Cloud,
    deployment: &Deployment,
    packages: &PackageStore,
) -> InEffect {
    match read(cloud, deployment, packages).await {
        Ok((contract, ground)) => InEffect {
            contract,
            ground,
            doubt: None,
            failure: None,
        },
        Err(failure) => InEffect::unread(failure),
    }
}

async fn read(
    cloud: &Cloud,
    deployment: &Deployment,
    packages: &PackageStore,
) -> Result<(Contract, Ground), Failure> {
    let assumed = (fallback(), Ground::Assumed);
    let Some(function) = &deployment.authorizer_function else {
        return Ok(assumed);
    };
    let seen = cloud.lambda.configuration(&function.value).await?;
    let learned = Lesson::read(packages.state(), deployment, &seen.code_sha256)?;
    let learned = learned.map(|lesson| {
        let (trials, at) = (lesson.trials, lesson.at);
        (lesson.contract, Ground::Answers { trials, at })
    });
    let package = match packages.read(&seen.code_sha256)? {
        Some(kept) => Ok(kept),
        None => cloud.lambda.package(&function.value, None).await,
    };
    // A package of another shape is not the drop-in.
    let package = package.map(|package| Package::read(package, &seen).ok());
    match (package, learned) {
        (Ok(Some(package)), learned) => Ok(package
            .contract()
            .map(|contract| (contract, Ground::Package))
            .or(learned)
            .unwrap_or(assumed)),
        (_, Some(learned)) => Ok(learned),
        (Ok(None), None) => Ok(assumed),
        (Err(failure), None) => Err(failure),
    }
}
