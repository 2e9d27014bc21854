//! What MLflow's version does not have.

use super::Host;
use crate::{domain::Failure, mlflow::ApiRequest};

impl Host {
    /// Why a request cannot be sent: this MLflow, as far as its version is known, has no route for
    /// it. `what` is what would be looked for.
    pub fn lacks(&self, request: &ApiRequest, what: &str) -> Option<Failure> {
        let version = self.known_version()?;
        if self.route(request).is_some() {
            return None;
        }
        let failure = Failure::invalid(
            format!("looking for {what}"),
            format!("MLflow {version} has no {what}"),
        );
        Some(
            failure.advise(
                "MLflow 3 has them; see `mlwarden matrix upgrade` for what an upgrade changes",
            ),
        )
    }
}
