//! Spaces, reading.

use super::{PAGE, SageMaker};
use crate::{
    aws::{Page, all_pages, failure::Attempted, time},
    domain::{ErrorClass, Failure, Space},
};

impl SageMaker {
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
        let call = self
            .client
            .list_spaces()
            .domain_id_equals(domain)
            .max_results(PAGE)
            .set_next_token(token);
        let answer = self
            .pace
            .read
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(Page::of(answer.spaces, answer.next_token, |space| {
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
        }))
    }

    /// Every space of a domain.
    pub async fn spaces(&self, domain: &str) -> Result<Vec<Space>, Failure> {
        all_pages(|token| self.spaces_page(domain, token)).await
    }

    /// One space; none where there is no such space.
    pub async fn find_space(&self, domain: &str, name: &str) -> Result<Option<Space>, Failure> {
        let attempted = Attempted::new(
            "sagemaker:DescribeSpace",
            format!("looking at the space {name}"),
        );
        let call = self
            .client
            .describe_space()
            .domain_id(domain)
            .space_name(name);
        let answer = self.pace.read.send(|| call.clone().send()).await;
        match answer.map_err(|error| attempted.failed(&error)) {
            Ok(found) => Ok(Some(Space {
                domain_id: domain.to_owned(),
                name: name.to_owned(),
                status: found
                    .status
                    .map(|status| status.as_str().to_owned())
                    .unwrap_or_default(),
                owner: found
                    .ownership_settings
                    .and_then(|owner| owner.owner_user_profile_name),
                created_at: time(found.creation_time.as_ref()),
            })),
            Err(failure) if failure.class == ErrorClass::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The spaces that a profile owns.
    pub async fn spaces_owned_by(
        &self,
        domain: &str,
        profile: &str,
    ) -> Result<Vec<Space>, Failure> {
        let mut spaces = self.spaces(domain).await?;
        spaces.retain(|space| space.owner.as_deref() == Some(profile));
        Ok(spaces)
    }
}
