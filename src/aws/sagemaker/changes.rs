//! What changes something: profiles made, given a role and deleted, apps and spaces
//! deleted. Every method takes the right to write, and returns as soon as the service has
//! taken the order: profiles, apps and spaces come and go in their own time, which the
//! reads tell.

use aws_sdk_sagemaker::types::{AppType, Tag, UserSettings};
use indexmap::IndexMap;

use super::SageMaker;
use crate::{
    aws::{WriteAccess, failure::Attempted},
    domain::{AppId, AppOwner, Failure},
};

/// A profile to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewProfile {
    /// The name: up to 63 letters, digits and single hyphens.
    pub name: String,
    /// The execution role's ARN; none takes the domain's default.
    pub execution_role: Option<String>,
    /// Tags by key.
    pub tags: IndexMap<String, String>,
}

impl SageMaker {
    /// Creates a profile; it is `Pending` at first.
    ///
    /// # Errors
    /// `Conflict` where the domain has a profile of this name, `Invalid` where the name is
    /// none or the role cannot be used.
    pub async fn create_profile(
        &self,
        _: &WriteAccess,
        domain: &str,
        new: &NewProfile,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "sagemaker:CreateUserProfile",
            format!("creating the profile {}", new.name),
        );
        let tags = new
            .tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect::<Vec<_>>();
        let call = self
            .client
            .create_user_profile()
            .domain_id(domain)
            .user_profile_name(&new.name)
            .set_user_settings(new.execution_role.as_deref().map(settings))
            .set_tags((!tags.is_empty()).then_some(tags));
        self.pace
            .change
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(())
    }

    /// Gives a profile an execution role of its own; apps that run keep the role they were
    /// started with.
    ///
    /// # Errors
    /// `NotFound` where there is no such profile, `Conflict` while it is being changed.
    pub async fn set_profile_role(
        &self,
        _: &WriteAccess,
        domain: &str,
        name: &str,
        role_arn: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "sagemaker:UpdateUserProfile",
            format!("changing the execution role of the profile {name}"),
        );
        let call = self
            .client
            .update_user_profile()
            .domain_id(domain)
            .user_profile_name(name)
            .user_settings(settings(role_arn));
        self.pace
            .change
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(())
    }

    /// Deletes a profile, `Deleting` at first; nobody gets at the files of its home folder any
    /// more.
    ///
    /// # Errors
    /// `NotFound` where there is no such profile, `Conflict` while it has apps or spaces.
    pub async fn delete_profile(
        &self,
        _: &WriteAccess,
        domain: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "sagemaker:DeleteUserProfile",
            format!("deleting the profile {name}"),
        );
        let call = self
            .client
            .delete_user_profile()
            .domain_id(domain)
            .user_profile_name(name);
        self.pace
            .change
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(())
    }

    /// Deletes an app, which takes up to 20 minutes; a deleted app stays listed for a day.
    ///
    /// # Errors
    /// `NotFound` where there is no such app, also where it is deleted already or failed,
    /// which takes it away too.
    pub async fn delete_app(&self, _: &WriteAccess, app: &AppId) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "sagemaker:DeleteApp",
            format!(
                "deleting the {} app {} of {}",
                app.app_type,
                app.name,
                app.owner.described()
            ),
        );
        let call = self
            .client
            .delete_app()
            .domain_id(&app.domain_id)
            .app_type(AppType::from(app.app_type.as_str()))
            .app_name(&app.name);
        let call = match &app.owner {
            AppOwner::Profile(name) => call.user_profile_name(name),
            AppOwner::Space(name) => call.space_name(name),
        };
        self.pace
            .change
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(())
    }

    /// Deletes a space with its storage; it is `Deleting` at first.
    ///
    /// # Errors
    /// `NotFound` where there is no such space, `Conflict` while it has apps.
    pub async fn delete_space(
        &self,
        _: &WriteAccess,
        domain: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "sagemaker:DeleteSpace",
            format!("deleting the space {name}"),
        );
        let call = self
            .client
            .delete_space()
            .domain_id(domain)
            .space_name(name);
        self.pace
            .change
            .attempt(&attempted, || call.clone().send())
            .await?;
        Ok(())
    }
}

fn settings(role_arn: &str) -> UserSettings {
    UserSettings::builder().execution_role(role_arn).build()
}
