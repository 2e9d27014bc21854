//! Apps, reading.

use aws_sdk_sagemaker::types::{AppType, ResourceSpec};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::{PAGE, SageMaker};
use crate::{
    aws::{Page, all_pages, failure::Attempted, time},
    domain::{App, AppId, AppOwner, AppStatus, ErrorClass, Failure},
};

/// Apps that are looked at at the same time.
const AT_ONCE: usize = 12;

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

    /// One app with what only a look at it tells: when its user was last active, where that is
    /// known. None where there is no such app.
    pub async fn find_app(&self, id: &AppId) -> Result<Option<App>, Failure> {
        let attempted = Attempted::new(
            "sagemaker:DescribeApp",
            format!("looking at the app {}", id.described()),
        );
        let call = self
            .client
            .describe_app()
            .domain_id(&id.domain_id)
            .app_type(AppType::from(id.app_type.as_str()))
            .app_name(&id.name);
        let call = match &id.owner {
            AppOwner::Profile(name) => call.user_profile_name(name),
            AppOwner::Space(name) => call.space_name(name),
        };
        let answer = self.pace.read.send(|| call.clone().send()).await;
        let found = match answer.map_err(|error| attempted.failed(&error)) {
            Ok(found) => found,
            Err(failure) if failure.class == ErrorClass::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let active = time(found.last_user_activity_timestamp.as_ref());
        let checked = time(found.last_health_check_timestamp.as_ref());
        let (image, instance_type) = resources(found.resource_spec);
        Ok(Some(App {
            domain_id: id.domain_id.clone(),
            owner: id.owner.clone(),
            app_type: id.app_type.clone(),
            name: id.name.clone(),
            status: status(found.status.as_ref()),
            instance_type,
            image,
            created_at: time(found.creation_time.as_ref()),
            active_at: active.filter(|active| is_the_users(*active, checked)),
        }))
    }

    /// These apps with the last activity of their users, those that are gone left out. Only
    /// apps that are in service are looked at, one call each.
    ///
    /// # Errors
    /// What the first call that failed says.
    pub async fn with_activity(&self, apps: Vec<App>) -> Result<Vec<App>, Failure> {
        let looked = stream::iter(apps).map(|app| async move {
            if app.status != AppStatus::InService {
                return Ok(Some(app));
            }
            self.find_app(&app.id()).await
        });
        let looked: Vec<Option<App>> = looked.buffered(AT_ONCE).try_collect().await?;
        Ok(looked.into_iter().flatten().collect())
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
        let answer = self
            .pace
            .read
            .attempt(attempted, || call.clone().send())
            .await?;
        Ok(Page::of(answer.apps, answer.next_token, |found| {
            app(found, domain)
        }))
    }
}

/// Whether a time of activity is the user's own: SageMaker's health checks set it, too, to
/// the time of the check (the documentation of `DescribeApp`).
fn is_the_users(active: Timestamp, checked: Option<Timestamp>) -> bool {
    checked.is_none_or(|checked| checked.duration_since(active) >= SignedDuration::from_secs(1))
}

/// The image's ARN and the instance type.
fn resources(spec: Option<ResourceSpec>) -> (Option<String>, Option<String>) {
    let Some(spec) = spec else {
        return (None, None);
    };
    let instance = spec.instance_type.map(|kind| kind.as_str().to_owned());
    (spec.sage_maker_image_arn, instance)
}

fn status(found: Option<&aws_sdk_sagemaker::types::AppStatus>) -> AppStatus {
    match found.map_or("", |status| status.as_str()) {
        "Pending" => AppStatus::Pending,
        "InService" => AppStatus::InService,
        "Deleting" => AppStatus::Deleting,
        "Deleted" => AppStatus::Deleted,
        "Failed" => AppStatus::Failed,
        other => AppStatus::Other(other.to_owned()),
    }
}

fn app(found: aws_sdk_sagemaker::types::AppDetails, domain: &str) -> Option<App> {
    let owner = match (found.user_profile_name, found.space_name) {
        (Some(profile), _) => AppOwner::Profile(profile),
        (None, Some(space)) => AppOwner::Space(space),
        (None, None) => return None,
    };
    let (image, instance_type) = resources(found.resource_spec);
    Some(App {
        domain_id: found.domain_id.unwrap_or_else(|| domain.to_owned()),
        owner,
        app_type: found
            .app_type
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        name: found.app_name?,
        status: status(found.status.as_ref()),
        instance_type,
        image,
        created_at: time(found.creation_time.as_ref()),
        active_at: None,
    })
}
