//! SageMaker: Studio domains, profiles, apps and spaces.

use aws_config::SdkConfig;
use jiff::Timestamp;

use super::{Page, all_pages, failure::Attempted, time};
use crate::domain::{App, AppOwner, AppStatus, Failure, Profile, Space};

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
}

impl SageMaker {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_sagemaker::Client::new(config),
        }
    }

    /// Every Studio domain of the region.
    pub async fn domains(&self) -> Result<Vec<DomainSummary>, Failure> {
        let attempted = Attempted::new("sagemaker:ListDomains", "listing the Studio domains");
        all_pages(|token| async {
            let answer = self
                .client
                .list_domains()
                .max_results(PAGE)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| attempted.failed(&error))?;
            Ok(Page {
                items: answer
                    .domains
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|domain| {
                        Some(DomainSummary {
                            id: domain.domain_id?,
                            name: domain.domain_name.unwrap_or_default(),
                            status: domain
                                .status
                                .map(|status| status.as_str().to_owned())
                                .unwrap_or_default(),
                            created_at: time(domain.creation_time.as_ref()),
                        })
                    })
                    .collect(),
                next: answer.next_token,
            })
        })
        .await
    }

    /// One domain with its default role.
    pub async fn describe_domain(&self, id: &str) -> Result<Domain, Failure> {
        let attempted = Attempted::new(
            "sagemaker:DescribeDomain",
            format!("describing the Studio domain {id}"),
        );
        let answer = self
            .client
            .describe_domain()
            .domain_id(id)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
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

    /// One page of a domain's profiles; their roles come with [`Self::describe_profile`].
    pub async fn profiles_page(
        &self,
        domain: &str,
        token: Option<String>,
    ) -> Result<Page<Profile>, Failure> {
        let attempted = Attempted::new(
            "sagemaker:ListUserProfiles",
            format!("listing the profiles of domain {domain}"),
        );
        let answer = self
            .client
            .list_user_profiles()
            .domain_id_equals(domain)
            .max_results(PAGE)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(Page {
            items: answer
                .user_profiles
                .unwrap_or_default()
                .into_iter()
                .filter_map(|profile| {
                    Some(Profile {
                        domain_id: profile.domain_id.unwrap_or_else(|| domain.to_owned()),
                        name: profile.user_profile_name?,
                        status: profile
                            .status
                            .map(|status| status.as_str().to_owned())
                            .unwrap_or_default(),
                        execution_role: None,
                        role_from_domain: false,
                        created_at: time(profile.creation_time.as_ref()),
                        modified_at: time(profile.last_modified_time.as_ref()),
                    })
                })
                .collect(),
            next: answer.next_token,
        })
    }

    /// Every profile of a domain, not described.
    pub async fn profiles(&self, domain: &str) -> Result<Vec<Profile>, Failure> {
        all_pages(|token| self.profiles_page(domain, token)).await
    }

    /// One profile with its effective execution role: its own, else the domain's default
    /// where the domain is given.
    pub async fn describe_profile(
        &self,
        domain_id: &str,
        name: &str,
        domain: Option<&Domain>,
    ) -> Result<Profile, Failure> {
        let attempted = Attempted::new(
            "sagemaker:DescribeUserProfile",
            format!("describing the profile {name}"),
        );
        let answer = self
            .client
            .describe_user_profile()
            .domain_id(domain_id)
            .user_profile_name(name)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        let own = answer
            .user_settings
            .and_then(|settings| settings.execution_role)
            .filter(|role| !role.is_empty());
        let inherited = domain.and_then(|domain| domain.default_execution_role.clone());
        Ok(Profile {
            domain_id: domain_id.to_owned(),
            name: answer.user_profile_name.unwrap_or_else(|| name.to_owned()),
            status: answer
                .status
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            role_from_domain: own.is_none() && inherited.is_some(),
            execution_role: own.or(inherited),
            created_at: time(answer.creation_time.as_ref()),
            modified_at: time(answer.last_modified_time.as_ref()),
        })
    }

    /// One page of a domain's apps, deleted ones of the last day included.
    pub async fn apps_page(
        &self,
        domain: &str,
        token: Option<String>,
    ) -> Result<Page<App>, Failure> {
        let attempted = Attempted::new(
            "sagemaker:ListApps",
            format!("listing the apps of domain {domain}"),
        );
        let answer = self
            .client
            .list_apps()
            .domain_id_equals(domain)
            .max_results(PAGE)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(Page {
            items: answer
                .apps
                .unwrap_or_default()
                .into_iter()
                .filter_map(|found| app(found, domain))
                .collect(),
            next: answer.next_token,
        })
    }

    /// Every app of a domain.
    pub async fn apps(&self, domain: &str) -> Result<Vec<App>, Failure> {
        all_pages(|token| self.apps_page(domain, token)).await
    }

    /// One page of a domain's spaces.
    pub async fn spaces_page(
        &self,
        domain: &str,
        token: Option<String>,
    ) -> Result<Page<Space>, Failure> {
        let attempted = Attempted::new(
            "sagemaker:ListSpaces",
            format!("listing the spaces of domain {domain}"),
        );
        let answer = self
            .client
            .list_spaces()
            .domain_id_equals(domain)
            .max_results(PAGE)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(Page {
            items: answer
                .spaces
                .unwrap_or_default()
                .into_iter()
                .filter_map(|space| {
                    Some(Space {
                        domain_id: space.domain_id.unwrap_or_else(|| domain.to_owned()),
                        name: space.space_name?,
                        status: space
                            .status
                            .map(|status| status.as_str().to_owned())
                            .unwrap_or_default(),
                        owner: space
                            .ownership_settings_summary
                            .and_then(|owner| owner.owner_user_profile_name),
                        created_at: time(space.creation_time.as_ref()),
                    })
                })
                .collect(),
            next: answer.next_token,
        })
    }

    /// Every space of a domain.
    pub async fn spaces(&self, domain: &str) -> Result<Vec<Space>, Failure> {
        all_pages(|token| self.spaces_page(domain, token)).await
    }
}

fn app(found: aws_sdk_sagemaker::types::AppDetails, domain: &str) -> Option<App> {
    let owner = match (found.user_profile_name, found.space_name) {
        (Some(profile), _) => AppOwner::Profile(profile),
        (None, Some(space)) => AppOwner::Space(space),
        (None, None) => return None,
    };
    let status = found.status.map_or_else(
        || AppStatus::Other(String::new()),
        |status| match status.as_str() {
            "Pending" => AppStatus::Pending,
            "InService" => AppStatus::InService,
            "Deleting" => AppStatus::Deleting,
            "Deleted" => AppStatus::Deleted,
            "Failed" => AppStatus::Failed,
            other => AppStatus::Other(other.to_owned()),
        },
    );
    Some(App {
        domain_id: found.domain_id.unwrap_or_else(|| domain.to_owned()),
        owner,
        app_type: found
            .app_type
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        name: found.app_name?,
        status,
        instance_type: found
            .resource_spec
            .and_then(|spec| spec.instance_type)
            .map(|kind| kind.as_str().to_owned()),
        created_at: time(found.creation_time.as_ref()),
    })
}
