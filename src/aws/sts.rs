//! STS: who the credentials belong to, and sessions of other roles.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;

use super::failure::Attempted;
use crate::domain::Failure;

/// Who the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account id.
    pub account: String,
    /// The ARN; for a role it is the session's (`arn:aws:sts::…:assumed-role/…`).
    pub arn: String,
    /// The unique id.
    pub user_id: String,
}

/// The STS adapter.
#[derive(Clone, Debug)]
pub struct Sts {
    client: aws_sdk_sts::Client,
}

impl Sts {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            client: aws_sdk_sts::Client::new(config),
        }
    }

    /// Who the credentials belong to. Needs no right at all.
    ///
    /// # Errors
    /// `Expired` where the credentials are not valid, `Network`, …
    pub async fn caller_identity(&self) -> Result<Caller, Failure> {
        let attempted = Attempted::new("sts:GetCallerIdentity", "asking AWS who the caller is");
        let answer = self
            .client
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        Ok(Caller {
            account: answer
                .account
                .ok_or_else(|| attempted.incomplete("account"))?,
            arn: answer.arn.ok_or_else(|| attempted.incomplete("ARN"))?,
            user_id: answer.user_id.unwrap_or_default(),
        })
    }

    /// A session of `role_arn`, for an hour or what the role allows by default.
    ///
    /// # Errors
    /// `Denied { sts:AssumeRole }` where the role's trust, or the caller's own policy,
    /// refuses; see [`crate::identity::roles::assume`] for telling them apart.
    pub async fn assume(&self, role_arn: &str, session: &str) -> Result<Credentials, Failure> {
        let attempted = Attempted::new("sts:AssumeRole", format!("assuming the role {role_arn}"));
        let answer = self
            .client
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(session)
            .send()
            .await
            .map_err(|error| attempted.failed(&error))?;
        let found = answer
            .credentials
            .ok_or_else(|| attempted.incomplete("credentials"))?;
        Ok(Credentials::new(
            found.access_key_id,
            found.secret_access_key,
            Some(found.session_token),
            SystemTime::try_from(found.expiration).ok(),
            "assumed-role",
        ))
    }
}
