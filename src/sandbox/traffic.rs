//! What was called how often, and Cognito's request quotas where they are to be kept.
//!
//! A quota is a bucket: it holds a second's calls and fills up again evenly, as the service's
//! own does. Knows operations by their names only.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// Cognito's categories, what AWS allows of each in a second, and their operations.
const CATEGORIES: [(&str, u32, &[&str]); 13] = [
    ("user-list", 30, &["ListUsers", "ListUsersInGroup"]),
    ("user-read", 120, &["AdminGetUser", "GetUser"]),
    (
        "user-update",
        25,
        &[
            "AdminAddUserToGroup",
            "AdminDeleteUser",
            "AdminDeleteUserAttributes",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminRemoveUserFromGroup",
            "AdminUpdateUserAttributes",
            "AdminUserGlobalSignOut",
            "GlobalSignOut",
        ],
    ),
    (
        "user-creation",
        50,
        &[
            "AdminConfirmSignUp",
            "AdminCreateUser",
            "ConfirmSignUp",
            "SignUp",
        ],
    ),
    (
        "user-account-recovery",
        30,
        &[
            "AdminResetUserPassword",
            "AdminSetUserPassword",
            "ChangePassword",
            "ConfirmForgotPassword",
            "ForgotPassword",
        ],
    ),
    (
        "user-authentication",
        120,
        &[
            "AdminInitiateAuth",
            "AdminRespondToAuthChallenge",
            "InitiateAuth",
            "RespondToAuthChallenge",
        ],
    ),
    ("user-token", 120, &["RevokeToken"]),
    ("user-resource-read", 50, &["AdminListGroupsForUser"]),
    (
        "user-resource-update",
        25,
        &[
            "AdminSetUserMFAPreference",
            "AssociateSoftwareToken",
            "SetUserMFAPreference",
            "VerifySoftwareToken",
        ],
    ),
    ("user-pool-read", 15, &["DescribeUserPool", "ListUserPools"]),
    (
        "user-pool-resource-read",
        5,
        &["GetGroup", "GetUserPoolMfaConfig", "ListGroups"],
    ),
    (
        "user-pool-resource-update",
        5,
        &[
            "CreateGroup",
            "DeleteGroup",
            "SetUserPoolMfaConfig",
            "UpdateGroup",
        ],
    ),
    (
        "user-pool-client-read",
        5,
        &["DescribeUserPoolClient", "ListUserPoolClients"],
    ),
];

/// How many calls of each category are answered in a second; others are not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(BTreeMap<&'static str, u32>);

impl Limits {
    /// What AWS gives an account that never asked for more.
    pub fn aws() -> Self {
        Self(CATEGORIES.map(|(name, calls, _)| (name, calls)).into())
    }

    /// The same for every category.
    pub fn everywhere(calls: u32) -> Self {
        Self(CATEGORIES.map(|(name, ..)| (name, calls)).into())
    }

    /// Limits one category by its name; false where there is none of this name.
    pub fn set(&mut self, category: &str, calls: u32) -> bool {
        let known = CATEGORIES.iter().find(|(name, ..)| *name == category);
        if let Some((name, ..)) = known {
            self.0.insert(name, calls);
        }
        known.is_some()
    }
}

/// How often an operation was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All calls.
    pub calls: u64,
    /// Those that were refused because of a quota.
    pub refused: u64,
}

/// What came in so far.
#[derive(Debug, Default)]
pub struct Traffic {
    operations: BTreeMap<String, Count>,
    categories: BTreeMap<&'static str, Category>,
}

#[derive(Debug, Default)]
struct Category {
    /// What is left in the bucket, and when it was looked at.
    bucket: Option<(f64, Timestamp)>,
    /// The calls of the last second.
    last: VecDeque<Timestamp>,
    /// The most that a second held.
    most: usize,
}

impl Traffic {
    /// How often an operation was called.
    pub fn count(&self, operation: &str) -> Count {
        self.operations.get(operation).copied().unwrap_or_default()
    }

    /// How often anything was refused because of a quota.
    pub fn refused(&self) -> u64 {
        self.operations.values().map(|count| count.refused).sum()
    }

    /// The most calls of a category within any second.
    pub fn most_in_a_second(&self, category: &str) -> usize {
        self.categories.get(category).map_or(0, |found| found.most)
    }

    /// Everything, for a script.
    pub fn summary(&self) -> serde_json::Value {
        let most: BTreeMap<&str, usize> = self
            .categories
            .iter()
            .map(|(name, category)| (*name, category.most))
            .collect();
        serde_json::json!({"operations": self.operations, "most_in_a_second": most})
    }

    /// A call comes in; false where it is above its quota.
    pub(super) fn arrives(&mut self, operation: &str, limits: &Limits, now: Timestamp) -> bool {
        let known = CATEGORIES
            .iter()
            .find(|(.., operations)| operations.contains(&operation));
        let allowed = known.is_none_or(|(name, ..)| {
            let category = self.categories.entry(name).or_default();
            category.arrives(now, limits.0.get(name).copied())
        });
        let count = self.operations.entry(operation.to_owned()).or_default();
        count.calls += 1;
        count.refused += u64::from(!allowed);
        allowed
    }
}

impl Category {
    fn arrives(&mut self, now: Timestamp, limit: Option<u32>) -> bool {
        let since = |at: &Timestamp| now.duration_since(*at);
        while (self.last.front()).is_some_and(|at| since(at) >= SignedDuration::from_secs(1)) {
            self.last.pop_front();
        }
        self.last.push_back(now);
        self.most = self.most.max(self.last.len());
        let Some(limit) = limit.map(f64::from) else {
            return true;
        };
        let left = self.bucket.map_or(limit, |(left, at)| {
            (left + limit * since(&at).as_secs_f64().max(0.0)).min(limit)
        });
        let allowed = left >= 1.0;
        self.bucket = Some((if allowed { left - 1.0 } else { left }, now));
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn what_is_above_the_quota_is_refused_until_time_has_passed() {
        let mut traffic = Traffic::default();
        let mut limits = Limits::default();
        assert!(limits.set("user-list", 4));
        let mut ask = |operation, time| traffic.arrives(operation, &limits, at(time));
        for time in 0..3 {
            assert!(ask("ListUsers", time));
        }
        assert!(ask("ListUsersInGroup", 3), "they share the quota");
        assert!(!ask("ListUsers", 4));
        assert!(ask("AdminGetUser", 5), "another category");
        assert!(ask("ListUsers", 260));
        assert!(!ask("ListUsers", 270));
        assert_eq!(
            traffic.count("ListUsers"),
            Count {
                calls: 6,
                refused: 2
            }
        );
        assert_eq!(traffic.refused(), 2);
        assert_eq!(traffic.most_in_a_second("user-list"), 7);
    }

    #[test]
    fn every_operation_has_one_category_at_most() {
        let mut operations: Vec<_> = CATEGORIES.iter().flat_map(|(.., names)| *names).collect();
        let all = operations.len();
        operations.sort();
        operations.dedup();
        assert_eq!(operations.len(), all);
    }
}
