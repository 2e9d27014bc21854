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
                .attempt(&attempted, || call.clone().send())
                .await?;
            Ok(Page::of(answer.tags, answer.next_token, |tag| {
                Some((tag.key?, tag.value.unwrap_or_default()))
            }))
        })
        .await?;
        Ok(tags.into_iter().collect())
    }
}
