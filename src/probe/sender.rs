//! One probe sent until its answer is a decision, or no longer worth another try.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{
    actor::Actor,
    classify::classify,
    pace::Pace,
    verdict::{Observation, Retry},
};
use crate::{
    access::{Method, SafeRequest},
    aws::Cloud,
    domain::ErrorClass,
    identity::Credential,
    mlflow::{ApiRequest, Client},
};

/// How often a throttled request is sent again.
const THROTTLED: u32 = 10;
/// How often a request is sent again whose connection or server failed.
const FAILED: u32 = 3;
/// How often a credential is renewed for one request.
const EXPIRED: u32 = 2;

/// Sends the probes of one run.
#[derive(Debug)]
pub struct Sender<'a> {
    cloud: &'a Cloud,
    client: &'a Client,
    pace: Pace,
    sent: AtomicU64,
}

impl<'a> Sender<'a> {
    /// A sender at `pace`.
    pub fn new(cloud: &'a Cloud, client: &'a Client, pace: Pace) -> Self {
        Self {
            cloud,
            client,
            pace,
            sent: AtomicU64::new(0),
        }
    }

    /// How many requests went out so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a safe request as an actor; none where the actor has no credential.
    pub async fn observe(
        &self,
        actor: &Actor,
        method: Method,
        safe: &SafeRequest,
    ) -> Option<Observation> {
        let mut credential = match actor.credential().await {
            Ok(credential) => credential?,
            Err(failure) => return Some(classify(&Err(failure), false)),
        };
        let request = ApiRequest {
            method,
            path: safe.path.clone(),
            query: safe.query.clone(),
            body: safe.body.clone(),
        };
        let anonymous = matches!(credential, Credential::Anonymous);
        let (mut throttled, mut failed, mut expired) = (0, 0, 0);
        loop {
            self.pace.wait().await;
            self.sent.fetch_add(1, Ordering::Relaxed);
            let seen = classify(&self.client.send(&request, &credential).await, anonymous);
            match seen.retry {
                Some(Retry::Throttled) if throttled < THROTTLED => {
                    throttled += 1;
                    self.pace.throttled();
                }
                Some(Retry::Failed) if failed < FAILED => {
                    failed += 1;
                    tokio::time::sleep(Duration::from_millis(100 << failed)).await;
                }
                Some(Retry::Expired) if expired < EXPIRED => {
                    expired += 1;
                    match actor.renewed(self.cloud, &credential).await {
                        Ok(renewed) => credential = renewed,
                        // A token that was handed in cannot be renewed: what was seen stands.
                        Err(failure) if failure.class == ErrorClass::Expired => return Some(seen),
                        Err(failure) => return Some(classify(&Err(failure), anonymous)),
                    }
                }
                _ => {
                    self.pace.went_through();
                    return Some(seen);
                }
            }
        }
    }
}
