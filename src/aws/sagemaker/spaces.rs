//! Spaces, reading.

use super::{PAGE, SageMaker};
use crate::{
    aws::{Page, all_pages, failure::Attempted, time},
    domain::{Failure, Space},
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
