//! The sandbox's time: real time and an offset, so that a test can let an hour pass.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Real time plus an offset that grows by [`Clock::advance`], and, where it was asked for,
/// with every call that arrives.
#[derive(Debug, Default)]
pub struct Clock {
    offset_ms: AtomicI64,
    each_call_ms: AtomicI64,
}

impl Clock {
    /// The sandbox's present.
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed));
        Timestamp::now()
            .saturating_add(offset)
            .unwrap_or(Timestamp::MAX)
    }

    /// Lets time pass (or, with a negative duration, goes back).
    pub fn advance(&self, by: SignedDuration) {
        self.offset_ms.fetch_add(millis(by), Ordering::Relaxed);
    }

    /// Lets time pass with every call from now on, so that who looks again and again until
    /// something is done sees it done after as many looks, however fast they are.
    pub fn advance_with_each_call(&self, by: SignedDuration) {
        self.each_call_ms.store(millis(by), Ordering::Relaxed);
    }

    /// A call has arrived.
    pub(super) fn call(&self) {
        let by = self.each_call_ms.load(Ordering::Relaxed);
        self.offset_ms.fetch_add(by, Ordering::Relaxed);
    }
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
