//! How many calls a second a service allows, by its own categories; values, nothing else.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// Request quotas in calls a second: Cognito's by the categories' names at AWS, SageMaker's by
/// what is done. Where AWS has one for the account and a smaller one for a pool, the pool's
/// counts here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    /// `ListUsers` and `ListUsersInGroup`.
    pub user_list: NonZeroU32,
    /// Reading one user.
    pub user_read: NonZeroU32,
    /// Changing, enabling, disabling, deleting a user; memberships; signing out.
    pub user_update: NonZeroU32,
    /// Creating a user, sending the invitation again.
    pub user_creation: NonZeroU32,
    /// Setting and resetting passwords.
    pub user_account_recovery: NonZeroU32,
    /// Signing in.
    pub user_authentication: NonZeroU32,
    /// A user's groups and devices.
    pub user_resource_read: NonZeroU32,
    /// A user's devices and second factors, to be changed.
    pub user_resource_update: NonZeroU32,
    /// Pools.
    pub user_pool_read: NonZeroU32,
    /// Groups.
    pub user_pool_resource_read: NonZeroU32,
    /// Groups, to be changed.
    pub user_pool_resource_update: NonZeroU32,
    /// App clients.
    pub user_pool_client_read: NonZeroU32,
    /// SageMaker: listing and describing. AWS does not publish what it allows.
    pub studio_read: NonZeroU32,
    /// SageMaker: creating, changing, deleting.
    pub studio_change: NonZeroU32,
    /// For how many seconds a call is tried again that the service keeps throttling.
    pub patience: u32,
}

impl Default for Quotas {
    /// What AWS gives an account that never asked for more, and five minutes' patience.
    fn default() -> Self {
        const fn calls(a_second: u32) -> NonZeroU32 {
            match NonZeroU32::new(a_second) {
                Some(calls) => calls,
                None => NonZeroU32::MIN,
            }
        }
        Self {
            user_list: calls(30),
            user_read: calls(120),
            user_update: calls(25),
            user_creation: calls(50),
            user_account_recovery: calls(30),
            user_authentication: calls(120),
            user_resource_read: calls(50),
            user_resource_update: calls(25),
            user_pool_read: calls(15),
            user_pool_resource_read: calls(5),
            user_pool_resource_update: calls(5),
            user_pool_client_read: calls(5),
            studio_read: calls(50),
            studio_change: calls(25),
            patience: 300,
        }
    }
}
