//! Users: reading one, and one page of them.

use aws_sdk_cognitoidentityprovider::types::{AttributeType, UserStatusType, UserType};

use super::{Cognito, PAGE};
use crate::{
    aws::{Page, all_pages, failure::Attempted, time},
    domain::{Attributes, Failure, User, UserStatus},
};

impl Cognito {
    /// One page (60) of a pool's users, filtered by Cognito's `Filter` where one is given:
    /// `=` or `^=` on one standard attribute, as in `email ^= "ada"`.
    pub async fn users_page(
        &self,
        pool: &str,
        filter: Option<&str>,
        token: Option<String>,
    ) -> Result<Page<User>, Failure> {
        let attempted = Attempted::new(
            "cognito-idp:ListUsers",
            format!("listing the users of pool {pool}"),
        );
        let answer = self
            .pace
            .user_list
            .attempt(&attempted, || {
                self.client
                    .list_users()
                    .user_pool_id(pool)
                    .limit(PAGE)
                    .set_filter(filter.map(ToOwned::to_owned))
                    .set_pagination_token(token.clone())
                    .send()
            })
            .await?;
        Ok(Page::of(answer.users, answer.pagination_token, listed))
    }

    /// Everybody whose e-mail address this is, whether it is an alias or not: those whom
    /// another identity provider signs in too.
    pub async fn users_with_address(
        &self,
        pool: &str,
        address: &str,
    ) -> Result<Vec<User>, Failure> {
        let value = address.replace('\\', "\\\\").replace('"', "\\\"");
        let filter = format!("email = \"{value}\"");
        all_pages(|token| self.users_page(pool, Some(&filter), token)).await
    }

    /// One user, by user name or alias.
    ///
    /// # Errors
    /// `NotFound` where there is no such user.
    pub async fn user(&self, pool: &str, name: &str) -> Result<User, Failure> {
        Ok(self.account(pool, name).await?.user)
    }
}

/// A user as lists and `AdminCreateUser` give it.
pub(super) fn listed(found: UserType) -> Option<User> {
    Some(user(
        found.username?,
        found.attributes,
        found.user_status.as_ref().map(UserStatusType::as_str),
        found.enabled,
        found.user_create_date.as_ref(),
        found.user_last_modified_date.as_ref(),
    ))
}

pub(super) fn user(
    username: String,
    attributes: Option<Vec<AttributeType>>,
    status: Option<&str>,
    enabled: bool,
    created: Option<&aws_smithy_types::DateTime>,
    modified: Option<&aws_smithy_types::DateTime>,
) -> User {
    let attributes: Attributes = attributes
        .unwrap_or_default()
        .into_iter()
        .map(|attribute| (attribute.name, attribute.value.unwrap_or_default()))
        .collect();
    User {
        username,
        email: attributes.get("email").map(ToOwned::to_owned),
        status: UserStatus::from_wire(status.unwrap_or("UNKNOWN")),
        enabled,
        created_at: time(created),
        modified_at: time(modified),
        attributes,
    }
}
