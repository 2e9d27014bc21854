//! What the authorizer goes by, read once and shared by what needs it.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    aws::Cloud,
    domain::Deployment,
    plan::PackageStore,
    probe::in_effect::{InEffect, in_effect},
};

/// What was read last; whoever asks while it is being read waits for that.
pub(super) type Latest = Arc<Mutex<Option<InEffect>>>;

/// Reads it.
pub(super) struct RulesReader {
    pub cloud: Cloud,
    pub deployment: Deployment,
    pub packages: PackageStore,
    pub latest: Latest,
}

impl RulesReader {
    /// As it was read last, or as it is now where nobody has read it yet.
    pub async fn read(&self) -> InEffect {
        let mut latest = self.latest.lock().await;
        if let Some(found) = &*latest {
            return found.clone();
        }
        let found = Box::pin(in_effect(&self.cloud, &self.deployment, &self.packages)).await;
        latest.insert(found).clone()
    }
}
