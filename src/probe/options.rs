//! What to verify, and how.

use crate::domain::{AuthScheme, Principal};

/// What to verify, and how.
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// Whom; empty for every group, every execution role and anonymous.
    pub principals: Vec<Principal>,
    /// Only this auth scheme.
    pub scheme: Option<AuthScheme>,
    /// Only permissions that match this glob.
    pub permission: Option<String>,
    /// Send nothing to the protected API and borrow nothing.
    pub predicted_only: bool,
    /// Where a role's trust refuses the caller, let the caller in for minutes.
    pub grant_trust: bool,
    /// Predict roles by `SimulatePrincipalPolicy` instead of the own evaluation.
    pub simulate: bool,
    /// Requests a second at most; none for as fast as answers come.
    pub rate: Option<u32>,
    /// Requests under way at once. The default is well below the 100 that the sample
    /// reserves for its authorizer.
    pub concurrency: usize,
}

impl VerifyOptions {
    /// What proves live what these may do: a role that trusts nobody but SageMaker lets the
    /// caller in for as long as it takes.
    pub fn proof(principals: Vec<Principal>) -> Self {
        let is_role =
            |principal: &Principal| matches!(principal, Principal::Role(_) | Principal::Profile(_));
        Self {
            grant_trust: principals.iter().any(is_role),
            principals,
            ..Self::default()
        }
    }
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            principals: Vec::new(),
            scheme: None,
            permission: None,
            predicted_only: false,
            grant_trust: false,
            simulate: false,
            rate: None,
            concurrency: 16,
        }
    }
}
