//! SageMaker: Studio domains here; profiles, apps, spaces, tags and the changes of them
//! in the modules below.

mod apps;
mod changes;
mod profiles;
mod spaces;
mod tags;

use std::sync::Arc;

use aws_config::{SdkConfig, retry::RetryConfig};
use jiff::Timestamp;

pub use changes::NewProfile;

use super::{Page, Quotas, all_pages, failure::Attempted, pace::StudioPace, time};
use crate::domain::Failure;

/// The largest page that the service gives.
const PAGE: i32 = 100;

/// A Studio domain as `ListDomains` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSummary {
    /// The id, `d-…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// SageMaker's status word.
    pub status: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
}

/// A Studio domain, described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The id, `d-…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// SageMaker's status word.
    pub status: String,
    /// `IAM` or `SSO`.
    pub auth_mode: Option<String>,
    /// The role of every profile that has none of its own.
    pub default_execution_role: Option<String>,
}

/// The SageMaker adapter.
#[derive(Clone, Debug)]
pub struct SageMaker {
    client: aws_sdk_sagemaker::Client,
    pace: Arc<StudioPace>,
}

impl SageMaker {
    pub(super) fn new(config: &SdkConfig, quotas: &Quotas) -> Self {
        // A call is made again by the pace, which counts it.
        let config = aws_sdk_sagemaker::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: aws_sdk_sagemaker::Client::from_conf(config),
            pace: Arc::new(StudioPace::new(quotas)),
        }
    }

    /// Every Studio domain of the region.
    pub async fn domains(&self) -> Result<Vec<DomainSummary>, Failure> {
        let attempted = Attempted::new("sagemaker:ListDomains", "listing the Studio domains");
        all_pages(|token| async {
            let call = self
                .client
                .list_domains()
                .max_results(PAGE)
                .set_next_token(token);
            let answer = self
                .pace
                .read
                .attempt(&attempted, || call.clone().send())
                .await?;
            Ok(Page::of(answer.domains, answer.next_token, |domain| {
                Some(DomainSummary {
                    id: domain.domain_id?,
                    name: domain.domain_name.unwrap_or_default(),
                    status: domain
                        .status
                        .map(|status| status.as_str().to_owned())
                        .unwrap_or_default(),
                    created_at: time(domain.creation_time.as_ref()),
                })
            }))
        })
        .await
    }

    /// One domain with its default role.
    pub async fn describe_domain(&self, id: &str) -> Result<Domain, Failure> {
        let attempted = Attempted::new(
            "sagemaker:DescribeDomain",
            format!("describing the Studio domain {id}"),
        );
        let call = self.client.describe_domain().domain_id(id);
        let answer = self
            .pace
            .read
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(Domain {
            id: answer.domain_id.unwrap_or_else(|| id.to_owned()),
            name: answer.domain_name.unwrap_or_default(),
            status: answer
                .status
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            auth_mode: answer.auth_mode.map(|mode| mode.as_str().to_owned()),
            default_execution_role: answer
                .default_user_settings
                .and_then(|settings| settings.execution_role),
        })
    }
}
