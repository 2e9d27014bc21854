//! How fast requests may go: a ceiling where one is asked for, and slower after a throttle.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// The first delay after a throttle, in milliseconds.
const FIRST: u64 = 50;
/// The longest delay, in milliseconds.
const LONGEST: u64 = 3_000;

/// The pace of a run, shared by everything it has under way.
#[derive(Debug)]
pub struct Pace {
    ceiling: Option<DefaultDirectRateLimiter>,
    /// Milliseconds to wait before each request; 0 unless something was throttled.
    delay: AtomicU64,
}

impl Pace {
    /// A pace of `rate` requests a second at most; none (or 0) for no ceiling.
    pub fn new(rate: Option<u32>) -> Self {
        Self {
            ceiling: rate.and_then(NonZeroU32::new).map(|rate| {
                RateLimiter::direct(Quota::per_second(rate).allow_burst(NonZeroU32::MIN))
            }),
            delay: AtomicU64::new(0),
        }
    }

    /// Waits until the next request may go.
    pub async fn wait(&self) {
        if let Some(ceiling) = &self.ceiling {
            ceiling.until_ready().await;
        }
        let delay = self.delay.load(Ordering::Relaxed);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
    }

    /// A request was throttled: everybody goes slower.
    pub fn throttled(&self) {
        let _ = self
            .delay
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |delay| {
                Some((delay * 2).clamp(FIRST, LONGEST))
            });
    }

    /// A request went through: everybody may go a little faster again.
    pub fn went_through(&self) {
        if self.delay.load(Ordering::Relaxed) > 0 {
            let _ = self
                .delay
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |delay| {
                    Some(if delay < FIRST { 0 } else { delay * 4 / 5 })
                });
        }
    }
}
