//! Profiles, reading.

use super::{Domain, PAGE, SageMaker};
use crate::{
    aws::{Page, all_pages, failure::Attempted, time},
    domain::{ErrorClass, Failure, Profile},
};

impl SageMaker {
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
        let call = self
            .client
            .list_user_profiles()
            .domain_id_equals(domain)
            .max_results(PAGE)
            .set_next_token(token);
        let answer = self
            .pace
            .read
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(Page::of(
            answer.user_profiles,
            answer.next_token,
            |profile| {
                Some(Profile {
                    domain_id: profile.domain_id.unwrap_or_else(|| domain.to_owned()),
                    name: profile.user_profile_name?,
                    arn: None,
                    status: profile
                        .status
                        .map(|status| status.as_str().to_owned())
                        .unwrap_or_default(),
                    execution_role: None,
                    role_from_domain: false,
                    created_at: time(profile.creation_time.as_ref()),
                    modified_at: time(profile.last_modified_time.as_ref()),
                })
            },
        ))
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
        let call = self
            .client
            .describe_user_profile()
            .domain_id(domain_id)
            .user_profile_name(name);
        let answer = self
            .pace
            .read
            .attempt(&attempted, || call.clone().send())
            .await?;
        let own = answer
            .user_settings
            .and_then(|settings| settings.execution_role)
            .filter(|role| !role.is_empty());
        let inherited = domain.and_then(|domain| domain.default_execution_role.clone());
        Ok(Profile {
            domain_id: domain_id.to_owned(),
            name: answer.user_profile_name.unwrap_or_else(|| name.to_owned()),
            arn: answer.user_profile_arn,
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

    /// One profile with the role that is its own; none where there is no such profile.
    pub async fn find_profile(
        &self,
        domain_id: &str,
        name: &str,
    ) -> Result<Option<Profile>, Failure> {
        match self.describe_profile(domain_id, name, None).await {
            Ok(profile) => Ok(Some(profile)),
            Err(failure) if failure.class == ErrorClass::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
