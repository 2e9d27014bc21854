//! Groups and memberships, reading.

use aws_sdk_cognitoidentityprovider::types::GroupType;

use super::{Cognito, PAGE, users::listed};
use crate::{
    aws::{Page, all_pages, failure::Attempted, time},
    domain::{Failure, Group, User},
};

impl Cognito {
    /// One page (60) of a pool's groups.
    pub async fn groups_page(
        &self,
        pool: &str,
        token: Option<String>,
    ) -> Result<Page<Group>, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:ListGroups",
            format!("listing the groups of pool {pool}"),
        );
        let answer = self
            .pace
            .user_pool_resource_read
            .attempt(&attempted, || {
                self.client
                    .list_groups()
                    .user_pool_id(pool)
                    .limit(PAGE)
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        Ok(Page::of(answer.groups, answer.next_token, group))
    }

    /// Every group of a pool.
    pub async fn groups(&self, pool: &str) -> Result<Vec<Group>, Failure> {
        all_pages(|token| self.groups_page(pool, token)).await
    }

    /// One group.
    pub async fn group(&self, pool: &str, name: &str) -> Result<Group, Failure> {
        let attempted = Attempted::new("cognito-idp:GetGroup", format!("reading the group {name}"));
        self.pace
            .user_pool_resource_read
            .attempt(&attempted, || {
                self.client
                    .get_group()
                    .user_pool_id(pool)
                    .group_name(name)
                    .send()
            })
            .await?
            .group
            .and_then(group)
            .ok_or_else(|| attempted.incomplete("group"))
    }

    /// One page (60) of a group's members.
    pub async fn members_page(
        &self,
        pool: &str,
        group: &str,
        token: Option<String>,
    ) -> Result<Page<User>, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:ListUsersInGroup",
            format!("listing the members of group {group}"),
        );
        let answer = self
            .pace
            .user_list
            .attempt(&attempted, || {
                self.client
                    .list_users_in_group()
                    .user_pool_id(pool)
                    .group_name(group)
                    .limit(PAGE)
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        Ok(Page::of(answer.users, answer.next_token, listed))
    }

    /// Every member of a group.
    pub async fn members(&self, pool: &str, group: &str) -> Result<Vec<User>, Failure> {
        all_pages(|token| self.members_page(pool, group, token)).await
    }

    /// The groups of one user. For many users read each group's members instead.
    pub async fn groups_of(&self, pool: &str, user: &str) -> Result<Vec<Group>, Failure> {
        let attempted = &Attempted::new(
            "cognito-idp:AdminListGroupsForUser",
            format!("listing the groups of user {user}"),
        );
        all_pages(|token| async move {
            let answer = self
                .pace
                .user_resource_read
                .attempt(attempted, || {
                    self.client
                        .admin_list_groups_for_user()
                        .user_pool_id(pool)
                        .username(user)
                        .limit(PAGE)
                        .set_next_token(token.clone())
                        .send()
                })
                .await?;
            Ok(Page::of(answer.groups, answer.next_token, group))
        })
        .await
    }
}

pub(super) fn group(found: GroupType) -> Option<Group> {
    Some(Group {
        name: found.group_name?,
        description: found.description,
        precedence: found.precedence,
        role_arn: found.role_arn,
        created_at: time(found.creation_date.as_ref()),
        modified_at: time(found.last_modified_date.as_ref()),
    })
}
