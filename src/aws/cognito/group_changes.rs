//! What changes a pool's groups: their settings, their members. Every method takes the right
//! to write.

use serde::{Deserialize, Serialize};

use super::{Cognito, groups::group};
use crate::{
    aws::{WriteAccess, failure::Attempted},
    domain::{Failure, Group},
};

/// A group's settings, to create or to change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSettings {
    /// The name.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// Cognito's precedence.
    pub precedence: Option<i32>,
    /// The IAM role of the group.
    pub role_arn: Option<String>,
}

impl GroupSettings {
    /// The settings that a group has.
    pub fn of(group: &Group) -> Self {
        Self {
            name: group.name.clone(),
            description: group.description.clone(),
            precedence: group.precedence,
            role_arn: group.role_arn.clone(),
        }
    }
}

impl Cognito {
    /// Creates a group.
    pub async fn create_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        settings: &GroupSettings,
    ) -> Result<Group, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:CreateGroup",
            format!("creating the group {}", settings.name),
        );
        self.pace
            .user_pool_resource_update
            .attempt(&attempted, || {
                self.client
                    .create_group()
                    .user_pool_id(pool)
                    .group_name(&settings.name)
                    .set_description(settings.description.clone())
                    .set_precedence(settings.precedence)
                    .set_role_arn(settings.role_arn.clone())
                    .send()
            })
            .await?
            .group
            .and_then(group)
            .ok_or_else(|| attempted.incomplete("group"))
    }

    /// Changes a group; what is not given stays as it is.
    pub async fn update_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        settings: &GroupSettings,
    ) -> Result<Group, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:UpdateGroup",
            format!("changing the group {}", settings.name),
        );
        self.pace
            .user_pool_resource_update
            .attempt(&attempted, || {
                self.client
                    .update_group()
                    .user_pool_id(pool)
                    .group_name(&settings.name)
                    .set_description(settings.description.clone())
                    .set_precedence(settings.precedence)
                    .set_role_arn(settings.role_arn.clone())
                    .send()
            })
            .await?
            .group
            .and_then(group)
            .ok_or_else(|| attempted.incomplete("group"))
    }

    /// Deletes a group; its members stay.
    pub async fn delete_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:DeleteGroup",
            format!("deleting the group {name}"),
        );
        self.pace
            .user_pool_resource_update
            .attempt(&attempted, || {
                self.client
                    .delete_group()
                    .user_pool_id(pool)
                    .group_name(name)
                    .send()
            })
            .await?;
        Ok(())
    }

    /// Puts a user into a group; it is no error if it is in there.
    pub async fn add_to_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        group: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminAddUserToGroup",
            format!("adding {user} to the group {group}"),
        );
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_add_user_to_group()
                    .user_pool_id(pool)
                    .username(user)
                    .group_name(group)
                    .send()
            })
            .await?;
        Ok(())
    }

    /// Takes a user out of a group. ID tokens that are out keep the group until they expire.
    pub async fn remove_from_group(
        &self,
        _: &WriteAccess,
        pool: &str,
        user: &str,
        group: &str,
    ) -> Result<(), Failure> {
        let attempted = Attempted::new(
            "cognito-idp:AdminRemoveUserFromGroup",
            format!("removing {user} from the group {group}"),
        );
        self.pace
            .user_update
            .attempt(&attempted, || {
                self.client
                    .admin_remove_user_from_group()
                    .user_pool_id(pool)
                    .username(user)
                    .group_name(group)
                    .send()
            })
            .await?;
        Ok(())
    }
}
