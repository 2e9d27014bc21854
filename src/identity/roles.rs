//! Sessions of execution roles.

use aws_credential_types::Credentials;

use crate::{
    aws::Sts,
    domain::{ErrorClass, Failure},
};

/// Why a role's session could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssumeError {
    /// The role's trust policy, or the caller's own policy, refuses. IAM does not say which
    /// of the two, but a caller who may do everything meets only the trust.
    Refused(Failure),
    /// Anything else.
    Failed(Failure),
}

impl From<AssumeError> for Failure {
    fn from(error: AssumeError) -> Self {
        match error {
            AssumeError::Refused(failure) | AssumeError::Failed(failure) => failure,
        }
    }
}

/// A session of `role_arn`, named so that `CloudTrail` shows whose it was.
///
/// # Errors
/// [`AssumeError::Refused`] where trust or the caller's policy does not allow it: the
/// sample's execution roles trust only SageMaker.
pub async fn assume(
    sts: &Sts,
    role_arn: &str,
    session_name: &str,
) -> Result<Credentials, AssumeError> {
    sts.assume(role_arn, session_name).await.map_err(|failure| {
        if matches!(failure.class, ErrorClass::Denied { .. }) {
            AssumeError::Refused(failure.advise(format!(
                "the trust policy of {role_arn} (or your own policy) does not let you assume it: \
                 its cells stay predicted; --grant-trust adds a trust statement for minutes"
            )))
        } else {
            AssumeError::Failed(failure)
        }
    })
}
