//! Ctrl-C and SIGTERM: what runs comes to an orderly stop.

use tokio::{
    signal::unix::{SignalKind, signal},
    task::AbortHandle,
};
use tokio_util::sync::CancellationToken;

use super::output;
use crate::domain::{ErrorClass, Failure};

/// Ends the watch when it is dropped.
pub(super) struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Cancels `token` on Ctrl-C or SIGTERM and says `text`, as long as the watch is held.
pub(super) fn cancels(token: &CancellationToken, text: &'static str) -> Result<Watch, Failure> {
    let (stopped, token) = (stopped()?, token.clone());
    let task = tokio::spawn(async move {
        stopped.await;
        output::note(text);
        token.cancel();
    });
    Ok(Watch(task.abort_handle()))
}

/// What ends with Ctrl-C or SIGTERM. Both are caught from the call on, not from the first
/// wait on, so that nothing can be begun before.
pub(super) fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    let caught = |kind| {
        signal(kind).map_err(|error| {
            Failure::new(
                ErrorClass::Unavailable,
                "catching Ctrl-C and SIGTERM",
                error.to_string(),
            )
        })
    };
    let mut interrupt = caught(SignalKind::interrupt())?;
    let mut terminate = caught(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
