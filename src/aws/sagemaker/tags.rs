//! Tags, reading.

use indexmap::IndexMap;

use super::{PAGE, SageMaker};
use crate::{
    aws::{Page, all_pages, failure::Attempted},
    domain::Failure,
};

impl SageMaker {
    /// The tags of a domain, profile, space or app by its ARN.
    pub async fn tags(&self, arn: &str) -> Result<IndexMap<String, String>, Failure> {
        let attempted = Attempted::new("sagemaker:ListTags", format!("reading the tags of {arn}"));
        let tags = all_pages(|token| async {
            let call = self
                .client
                .list_tags()
                .resource_arn(arn)
                .max_results(PAGE)
                .set_next_token(token);
            let answer = self
                .pace
                .read
                .send(|| call.clone().send())
                .await
                .map_err(|error| attempted.failed(&error))?;
            Ok(Page {
                items: answer.tags.unwrap_or_default(),
                next: answer.next_token,
            })
        })
        .await?;
        Ok(tags
            .into_iter()
            .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
            .collect())
    }
}
