//! A trust statement for the caller alone, for minutes: written, used, removed.

use std::time::Duration;

use aws_credential_types::Credentials;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    access::trust::{SID_PREFIX, with_temporary_statement, without_statement},
    aws::{Cloud, WriteAccess},
    domain::{ErrorClass, ExecutionRole, Failure},
    identity::roles::{self, AssumeError},
    plan::{Borrowed, Journal},
    probe::actor::SESSION,
};

/// For how long the statement holds, whatever becomes of this process.
const VALID: SignedDuration = SignedDuration::from_mins(15);
/// How long to wait, between tries, for a new trust to be seen everywhere.
const WAITS: [u64; 7] = [1, 2, 3, 5, 8, 13, 21];

/// A trust statement that stands in a role and must be removed.
#[derive(Clone, Debug)]
pub struct TemporaryTrust {
    /// The journal's entry.
    pub entry: Uuid,
    /// The role's name.
    pub role: String,
    /// The statement's id.
    pub sid: String,
    /// The trust policy as it was.
    pub before: String,
}

/// Announces the statement in the journal and reads the policy it is to join. Nothing is
/// written to IAM yet.
pub async fn announce(
    cloud: &Cloud,
    journal: &Journal,
    account: &str,
    role: &ExecutionRole,
) -> Result<TemporaryTrust, Failure> {
    let before = cloud.iam.role(&role.name).await?.trust;
    let sid = format!("{SID_PREFIX}{}", Uuid::new_v4().simple());
    let entry = journal.borrow(Borrowed::TemporaryTrust {
        account: account.to_owned(),
        role: role.name.clone(),
        sid: sid.clone(),
        before: before.clone(),
    })?;
    Ok(TemporaryTrust {
        entry,
        role: role.name.clone(),
        sid,
        before,
    })
}

/// Writes an announced statement for `caller_arn` alone and takes a session of the role,
/// waiting until IAM shows the change everywhere. Whatever comes of it the statement must be
/// removed.
pub async fn grant(
    cloud: &Cloud,
    writes: &WriteAccess,
    trust: &TemporaryTrust,
    role: &ExecutionRole,
    caller_arn: &str,
    cancel: &CancellationToken,
) -> Result<Credentials, Failure> {
    let until = Timestamp::now()
        .saturating_add(VALID)
        .map_err(|error| Failure::invalid("dating the trust statement", error.to_string()))?;
    let document = with_temporary_statement(&trust.before, caller_arn, &trust.sid, until)?;
    cloud.iam.set_trust(writes, &trust.role, &document).await?;
    let mut waits = WAITS.into_iter();
    loop {
        match roles::assume(&cloud.sts, &role.arn, SESSION).await {
            Ok(credentials) => return Ok(credentials),
            Err(AssumeError::Failed(failure)) => return Err(failure),
            Err(AssumeError::Refused(failure)) => {
                let Some(seconds) = waits.next() else {
                    return Err(failure.advise(
                        "the new trust was not seen within a minute, or your own policy lacks \
                         sts:AssumeRole for this role",
                    ));
                };
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
                    () = cancel.cancelled() => {
                        return Err(Failure::new(
                            ErrorClass::Cancelled,
                            format!("waiting for the trust of role {}", trust.role),
                            "cancelled",
                        ));
                    }
                }
            }
        }
    }
}

/// Removes the statement and records it. Where somebody changed the policy meanwhile only
/// the statement goes; else the policy is put back as it was, to the letter.
pub async fn remove(
    cloud: &Cloud,
    writes: &WriteAccess,
    journal: &Journal,
    trust: &TemporaryTrust,
) -> Result<(), Failure> {
    match restore(cloud, writes, trust).await {
        Ok(()) => journal.given_back(trust.entry),
        // The role is gone, and its trust with it.
        Err(failure) if failure.class == ErrorClass::NotFound => journal.given_back(trust.entry),
        Err(failure) => {
            journal.failed(trust.entry, &failure)?;
            Err(failure.advise(format!(
                "remove the statement {} from the trust policy of role {}; the next verify tries \
                 again, and it has no effect after its time",
                trust.sid, trust.role
            )))
        }
    }
}

async fn restore(
    cloud: &Cloud,
    writes: &WriteAccess,
    trust: &TemporaryTrust,
) -> Result<(), Failure> {
    let now = cloud.iam.role(&trust.role).await?.trust;
    if !now.contains(&trust.sid) {
        return Ok(());
    }
    let without = without_statement(&now, &trust.sid)?;
    let document = if same_json(&without, &trust.before) {
        &trust.before
    } else {
        &without
    };
    cloud.iam.set_trust(writes, &trust.role, document).await
}

fn same_json(one: &str, other: &str) -> bool {
    match (
        serde_json::from_str::<serde_json::Value>(one),
        serde_json::from_str::<serde_json::Value>(other),
    ) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
