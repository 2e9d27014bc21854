//! Every call of an adapter goes through here: it waits for its turn below the service's
//! quota, and is made again where it was throttled or lost on the way.
//!
//! The SDK's own retries would go past the quota, so an adapter that is paced switches them
//! off. Nothing here knows what a call means.

mod gate;

use std::{error::Error, num::NonZeroU32, time::Duration};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::{error::metadata::ProvideErrorMetadata, retry::ErrorKind};
use tokio::time::{Instant, sleep};

use self::gate::Gate;
use super::{Quotas, failure::Attempted};
use crate::domain::Failure;

/// The first pause after a call that was throttled.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two tries of a call that is throttled.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How often a call is made that gets lost.
const ATTEMPTS: u32 = 5;
/// The longest pause between two tries of a call that got lost.
const LONGEST_LOST: Duration = Duration::from_secs(5);
/// How long a call that gets lost is tried again.
const LOST: Duration = Duration::from_secs(45);

/// What a failed call says about making it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// Slower.
    Throttled,
    /// It, or its answer, got lost, or the service stumbled.
    Lost,
    /// It would fail again.
    Never,
}

/// One category of calls, which share a quota.
#[derive(Debug)]
pub(super) struct Lane {
    gate: Gate,
    patience: Duration,
}

impl Lane {
    fn new(quota: NonZeroU32, patience: Duration) -> Self {
        Self {
            gate: Gate::new(quota),
            patience,
        }
    }

    /// Makes a call as [`Self::send`] does; what failed is told as what was attempted.
    pub(super) async fn attempt<T, E, F>(
        &self,
        attempted: &Attempted,
        call: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let answer = self.send(call).await;
        answer.map_err(|error| attempted.failed(&error))
    }

    /// Makes a call when it is its turn, and again while that helps. Every try takes its
    /// own turn; they come in the order in which they were asked for.
    pub(super) async fn send<T, E, F>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, SdkError<E, HttpResponse>>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let (mut throttled, mut lost) = (0, 0);
        let (mut throttled_since, mut lost_since) = (None, None);
        loop {
            self.gate.turn().await;
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let now = Instant::now();
            let pause = match again(&error) {
                Again::Throttled => {
                    self.gate.slow_down();
                    if *throttled_since.get_or_insert(now) + self.patience <= now {
                        return Err(error);
                    }
                    throttled += 1;
                    pause(throttled, LONGEST_PAUSE)
                }
                Again::Lost => {
                    lost += 1;
                    if lost >= ATTEMPTS || *lost_since.get_or_insert(now) + LOST <= now {
                        return Err(error);
                    }
                    pause(lost, LONGEST_LOST)
                }
                Again::Never => return Err(error),
            };
            tracing::debug!(
                throttled,
                lost,
                pause_ms = pause.as_millis(),
                "a call is made again"
            );
            sleep(pause).await;
        }
    }
}

/// Twice as long with every try, and never the same for two who were refused together.
fn pause(tries: u32, longest: Duration) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    doubled.min(longest).mul_f64(rand::random_range(0.5..=1.0))
}

fn again<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Again {
    match error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or_default();
            // `LimitExceeded` is no rate at Cognito: so many mails a day, so many groups.
            match code.strip_suffix("Exception").unwrap_or(code) {
                "TooManyRequests"
                | "Throttling"
                | "Throttled"
                | "RequestThrottled"
                | "RequestLimitExceeded"
                | "SlowDown" => Again::Throttled,
                "RequestTimeout" => Again::Lost,
                _ => match service.raw().status().as_u16() {
                    429 => Again::Throttled,
                    500 | 502 | 503 | 504 => Again::Lost,
                    _ => Again::Never,
                },
            }
        }
        SdkError::ResponseError(_) | SdkError::TimeoutError(_) => Again::Lost,
        SdkError::DispatchFailure(failure)
            if failure.is_io()
                || failure.is_timeout()
                || matches!(
                    failure.as_other(),
                    Some(ErrorKind::TransientError | ErrorKind::ServerError)
                ) =>
        {
            Again::Lost
        }
        _ => Again::Never,
    }
}

/// What keeps the SageMaker adapter below its quotas.
#[derive(Debug)]
pub(super) struct StudioPace {
    pub(super) read: Lane,
    pub(super) change: Lane,
}

impl StudioPace {
    pub(super) fn new(quotas: &Quotas) -> Self {
        let patience = Duration::from_secs(quotas.patience.into());
        Self {
            read: Lane::new(quotas.studio_read, patience),
            change: Lane::new(quotas.studio_change, patience),
        }
    }
}

/// What keeps the Cognito adapter below its quotas: a lane for each category.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "AWS's names of the categories")]
pub(super) struct Pace {
    pub(super) user_list: Lane,
    pub(super) user_read: Lane,
    pub(super) user_update: Lane,
    pub(super) user_creation: Lane,
    pub(super) user_account_recovery: Lane,
    pub(super) user_authentication: Lane,
    pub(super) user_resource_read: Lane,
    pub(super) user_resource_update: Lane,
    pub(super) user_pool_read: Lane,
    pub(super) user_pool_resource_read: Lane,
    pub(super) user_pool_resource_update: Lane,
    pub(super) user_pool_client_read: Lane,
}

impl Pace {
    pub(super) fn new(quotas: &Quotas) -> Self {
        let patience = Duration::from_secs(quotas.patience.into());
        let lane = |quota| Lane::new(quota, patience);
        Self {
            user_list: lane(quotas.user_list),
            user_read: lane(quotas.user_read),
            user_update: lane(quotas.user_update),
            user_creation: lane(quotas.user_creation),
            user_account_recovery: lane(quotas.user_account_recovery),
            user_authentication: lane(quotas.user_authentication),
            user_resource_read: lane(quotas.user_resource_read),
            user_resource_update: lane(quotas.user_resource_update),
            user_pool_read: lane(quotas.user_pool_read),
            user_pool_resource_read: lane(quotas.user_pool_resource_read),
            user_pool_resource_update: lane(quotas.user_pool_resource_update),
            user_pool_client_read: lane(quotas.user_pool_client_read),
        }
    }
}
