//! The Studio domain, and which execution role each of its profiles has.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::{Known, Ledger, call, named_or_only};
use crate::{
    aws::{Cloud, sagemaker::DomainSummary},
    domain::{ErrorClass, ExecutionRole, Failure, Found, Origin, Profile},
};

/// The profiles that the sample makes.
const PROFILES: [&str; 3] = ["mlflow-admin", "mlflow-reader", "mlflow-model-approver"];
/// Profiles that are described side by side: `SageMaker` throttles early.
const SIDE_BY_SIDE: usize = 4;

/// Profiles that are looked at to find the roles. A domain may have thousands, and a few roles:
/// whoever shows all of them looks at all of them.
const LOOKED_AT: usize = 60;

/// The roles of profiles.
#[derive(Debug, Default)]
pub(super) struct OfProfiles {
    /// By ARN.
    pub roles: Vec<ExecutionRole>,
    /// Whether every profile was looked at.
    pub complete: bool,
}

/// Finds the domain; returns the roles of its profiles, by ARN.
pub(super) async fn find(cloud: &Cloud, known: &Known, ledger: &Ledger<'_>) -> OfProfiles {
    let (domain, listed) = if let Some(domain) = &known.domain_id {
        (domain.clone(), None)
    } else {
        match domain(cloud).await {
            Ok(found) => found,
            Err(failure) => {
                ledger.problem("domain_id", failure);
                return OfProfiles::default();
            }
        }
    };
    ledger.item("domain_id", domain.clone());
    let (described, profiles) =
        futures::join!(cloud.sagemaker.describe_domain(&domain.value), async {
            match listed {
                Some(profiles) => Ok((profiles, true)),
                None => first(cloud, &domain.value).await,
            }
        },);
    let described = described
        .map_err(|failure| ledger.problem("execution_roles", failure))
        .ok();
    let (mut profiles, mut complete) = match profiles {
        Ok(profiles) => profiles,
        Err(failure) => {
            ledger.problem("execution_roles", failure);
            return OfProfiles::default();
        }
    };
    // The sample's own first.
    profiles.sort_by_key(|profile| !PROFILES.contains(&profile.name.as_str()));
    complete &= profiles.len() <= LOOKED_AT;
    profiles.truncate(LOOKED_AT);
    let described: Vec<_> = stream::iter(profiles)
        .map(|profile| {
            let (domain, described) = (&domain.value, described.as_ref());
            async move {
                cloud
                    .sagemaker
                    .describe_profile(domain, &profile.name, described)
                    .await
            }
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut refused: Option<Failure> = None;
    for profile in described {
        match profile {
            Ok(profile) => {
                if let Some(arn) = profile.execution_role {
                    roles.entry(arn).or_default().push(profile.name);
                }
            }
            // One problem for the right that is missing on them all.
            Err(failure) => refused = Some(refused.unwrap_or(failure)),
        }
    }
    if let Some(failure) = refused {
        ledger.problem("execution_roles", failure);
    }
    let roles = roles.into_iter().map(|(arn, mut profiles)| {
        profiles.sort();
        ExecutionRole {
            name: super::roles::name_of(&arn).to_owned(),
            arn,
            profiles,
        }
    });
    OfProfiles {
        roles: roles.collect(),
        complete,
    }
}

/// The first page of a domain's profiles, and whether there are no more.
async fn first(cloud: &Cloud, domain: &str) -> Result<(Vec<Profile>, bool), Failure> {
    let page = cloud.sagemaker.profiles_page(domain, None).await?;
    let complete = page.next.is_none();
    Ok((page.items, complete))
}

/// The domain, and its profiles where they had to be read to choose it: the one that has
/// the sample's profiles, else the only one.
async fn domain(cloud: &Cloud) -> Result<(Found<String>, Option<Vec<Profile>>), Failure> {
    let domains = cloud.sagemaker.domains().await?;
    let domains = if domains.len() > 1 {
        let with_profiles = sample_domains(cloud, &domains).await?;
        match <[_; 1]>::try_from(with_profiles) {
            Ok([(id, profiles)]) => {
                let origin = Origin::Derived("the domain that has the sample's profiles".into());
                return Ok((Found::new(id, origin), Some(profiles)));
            }
            Err(several) if several.is_empty() => domains,
            Err(several) => domains
                .into_iter()
                .filter(|domain| several.iter().any(|(id, _)| *id == domain.id))
                .collect(),
        }
    } else {
        domains
    };
    named_or_only(
        domains,
        None, // the sample's domain has no name of its own
        |domain| &domain.name,
        |domain| format!("{} ({})", domain.id, domain.name),
    )
    .map(|(domain, _)| (Found::new(domain.id, call("sagemaker:ListDomains")), None))
    .map_err(|message| {
        Failure::new(
            ErrorClass::NotFound,
            "looking for the Studio domain",
            message,
        )
        .advise("give the domain's id (DOMAIN_ID), and check the region")
    })
}

async fn sample_domains(
    cloud: &Cloud,
    domains: &[DomainSummary],
) -> Result<Vec<(String, Vec<Profile>)>, Failure> {
    let mut found = Vec::new();
    let mut all = stream::iter(domains)
        .map(|domain| async {
            let profiles = cloud.sagemaker.profiles(&domain.id).await?;
            Ok::<_, Failure>((domain.id.clone(), profiles))
        })
        .buffered(SIDE_BY_SIDE);
    while let Some(one) = all.next().await {
        let (id, profiles) = one?;
        let has = |name: &&str| profiles.iter().any(|profile| profile.name == **name);
        if PROFILES.iter().any(has) {
            found.push((id, profiles));
        }
    }
    Ok(found)
}
