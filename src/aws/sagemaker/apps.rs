//! Apps, reading.

use super::{PAGE, SageMaker};
use crate::{
    aws::{Page, all_pages, failure::Attempted, time},
    domain::{App, AppOwner, AppStatus, Failure},
};

impl SageMaker {
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
        self.some_apps(domain, None, token, &attempted).await
    }

    /// Every app of a domain.
    pub async fn apps(&self, domain: &str) -> Result<Vec<App>, Failure> {
        all_pages(|token| self.apps_page(domain, token)).await
    }

    /// Every app of one profile or space, deleted ones of the last day included.
    pub async fn apps_of(&self, domain: &str, owner: &AppOwner) -> Result<Vec<App>, Failure> {
        let attempted = Attempted::new(
            "sagemaker:ListApps",
            format!("listing the apps of {}", owner.described()),
        );
        all_pages(|token| self.some_apps(domain, Some(owner), token, &attempted)).await
    }

    async fn some_apps(
        &self,
        domain: &str,
        owner: Option<&AppOwner>,
        token: Option<String>,
        attempted: &Attempted,
    ) -> Result<Page<App>, Failure> {
        let mut call = self
            .client
            .list_apps()
            .domain_id_equals(domain)
            .max_results(PAGE)
            .set_next_token(token);
        call = match owner {
            Some(AppOwner::Profile(name)) => call.user_profile_name_equals(name),
            Some(AppOwner::Space(name)) => call.space_name_equals(name),
            None => call,
        };
        let answer = call
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
    let resources = found.resource_spec;
    let image = resources
        .as_ref()
        .and_then(|spec| spec.sage_maker_image_arn.clone());
    Some(App {
        domain_id: found.domain_id.unwrap_or_else(|| domain.to_owned()),
        owner,
        app_type: found
            .app_type
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        name: found.app_name?,
        status,
        instance_type: resources
            .and_then(|spec| spec.instance_type)
            .map(|kind| kind.as_str().to_owned()),
        image,
        created_at: time(found.creation_time.as_ref()),
        active_at: None,
    })
}
