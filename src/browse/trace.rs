//! One trace with its spans, wherever MLflow keeps them.

use super::Host;
use crate::{
    domain::{AuthScheme, Failure},
    mlflow::{models::Trace, newer, objection},
    probe::Stay,
};

impl Host {
    /// Reads one trace with its spans. Those of older traces are in a file among the trace's
    /// artifacts, which MLflow serves with a token only: who signs sees such a trace without any.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn trace(&self, stay: &Stay, id: &str) -> Result<Trace, Failure> {
        let root = Self::root(stay);
        let call = newer::trace(root, id);
        if let Some(failure) = self.lacks(&call.request, "traces") {
            return Err(failure);
        }
        let failure = match self.call(stay, &call).await.value {
            Ok(trace) => return Ok(trace),
            Err(failure) if objection(&failure).is_some() => failure,
            Err(failure) => return Err(failure),
        };
        // MLflow stumbles over a trace whose spans are elsewhere; what it is about is known.
        let about = self.call(stay, &newer::trace_info(root, id)).await.value;
        let trace_info = match about {
            Ok(info) if info.is_in_artifacts() => info,
            _ => return Err(failure),
        };
        let mut spans = Vec::new();
        if stay.actor.scheme() == Some(AuthScheme::Bearer) {
            let call = newer::spans_in_artifacts(id);
            spans = self.call(stay, &call).await.value?;
        }
        Ok(Trace { trace_info, spans })
    }
}
