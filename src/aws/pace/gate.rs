//! Lets calls through one by one: never more than the quota in any second, evenly, slower
//! while the service throttles.
//!
//! A bucket of tokens would let its burst through on top of its rate. Here the starts of the
//! last calls are kept, so that any second can be looked at; and who waits keeps his place.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// What counts as a second: calls that start in time may arrive closer together.
const SECOND: Duration = Duration::from_millis(1_025);
/// How far calls may be ahead of an even pace: the first ones need not wait for each other,
/// and a timer that fires late costs nothing.
const AHEAD: Duration = Duration::from_millis(200);
/// The share of the rate that is left after a throttle.
const LEFT: f64 = 0.5;
/// The least share of the quota that is used however often it is throttled.
const LEAST: f64 = 1.0 / 16.0;
/// Throttles within this time of the last one are of the same cause.
const SAME: Duration = Duration::from_secs(1);
/// The share of the quota that comes back in a second without a throttle.
const BACK: f64 = 0.05;

/// A quota's gate.
#[derive(Debug)]
pub(super) struct Gate {
    quota: NonZeroU32,
    /// Held while somebody waits: who comes later gets it later.
    turns: tokio::sync::Mutex<Turns>,
    slowed: Mutex<Slowed>,
}

impl Gate {
    pub(super) fn new(quota: NonZeroU32) -> Self {
        Self {
            quota,
            turns: tokio::sync::Mutex::default(),
            slowed: Mutex::default(),
        }
    }

    /// Waits until the next call may start.
    pub(super) async fn turn(&self) {
        let mut turns = self.turns.lock().await;
        loop {
            let now = Instant::now();
            let share = self.slowed().share(now);
            match turns.take(now, self.quota, share) {
                // The share may be another one by then.
                Err(until) => sleep_until(until).await,
                Ok(()) => return,
            }
        }
    }

    /// The service throttles, because others use the same quota.
    pub(super) fn slow_down(&self) {
        self.slowed().throttled(Instant::now());
    }

    fn slowed(&self) -> MutexGuard<'_, Slowed> {
        self.slowed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When calls started.
#[derive(Debug, Default)]
struct Turns {
    /// Those of the last second.
    started: VecDeque<Instant>,
    /// When the next one is due at an even pace.
    due: Option<Instant>,
}

impl Turns {
    /// Starts a call now; where it may not, says when to ask again.
    fn take(&mut self, now: Instant, quota: NonZeroU32, share: f64) -> Result<(), Instant> {
        while self.started.front().is_some_and(|at| *at + SECOND <= now) {
            self.started.pop_front();
        }
        let full = self.started.len() >= quota.get() as usize;
        let second = self.started.front().filter(|_| full).map(|at| *at + SECOND);
        let apart = SECOND.div_f64(f64::from(quota.get()) * share);
        let ahead = if share < 1.0 {
            Duration::ZERO
        } else {
            AHEAD.max(apart * 2)
        };
        let even = self.due.and_then(|due| due.checked_sub(ahead));
        match second.max(even) {
            Some(until) if until > now => Err(until),
            _ => {
                self.started.push_back(now);
                self.due = Some(self.due.map_or(now, |due| due.max(now)) + apart);
                Ok(())
            }
        }
    }
}

/// How much of the quota others leave, as far as throttling told.
#[derive(Debug, Default)]
struct Slowed {
    /// The last throttle, and the share that it left.
    last: Option<(Instant, f64)>,
}

impl Slowed {
    /// The share of the quota to be used now.
    fn share(&self, now: Instant) -> f64 {
        self.last.map_or(1.0, |(at, left)| {
            let quiet = now.duration_since(at).saturating_sub(SAME);
            (left + BACK * quiet.as_secs_f64()).min(1.0)
        })
    }

    fn throttled(&mut self, now: Instant) {
        let share = self.share(now);
        let same = |(at, _)| now.duration_since(at) < SAME;
        if !self.last.is_some_and(same) {
            self.last = Some((now, (share * LEFT).max(LEAST)));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn quota(calls: u32) -> NonZeroU32 {
        NonZeroU32::new(calls).unwrap()
    }

    /// When calls start that `callers` make side by side from `begin` on, each one taking
    /// `latency`; whoever waits is woken up to two milliseconds late.
    fn starts(
        turns: &mut Turns,
        quota: NonZeroU32,
        callers: usize,
        calls: usize,
        begin: Instant,
        latency: Duration,
    ) -> Vec<Instant> {
        let mut starts = Vec::new();
        let mut free = vec![begin; callers];
        let mut now = begin;
        while starts.len() < calls {
            let next = free.iter_mut().min().unwrap();
            now = now.max(*next);
            while let Err(until) = turns.take(now, quota, 1.0) {
                assert!(until > now);
                now = until + MILLISECOND * u32::try_from(starts.len() % 3).unwrap();
            }
            starts.push(now);
            *next = now + latency;
        }
        starts
    }

    /// The most calls that start within any second.
    fn most(starts: &[Instant]) -> usize {
        let second = Duration::from_secs(1);
        (0..starts.len())
            .map(|first| {
                let end = starts[first] + second;
                starts[first..].iter().take_while(|at| **at < end).count()
            })
            .max()
            .unwrap_or(0)
    }

    #[rstest]
    #[case(5, 80)]
    #[case(30, 0)]
    #[case(30, 80)]
    #[case(30, 200)]
    #[case(120, 80)]
    #[case(120, 120)]
    fn no_second_holds_more_than_the_quota_and_little_of_it_is_lost(
        #[case] calls: u32,
        #[case] latency: u32,
    ) {
        let (mut turns, begin) = (Turns::default(), Instant::now());
        let latency = MILLISECOND * latency;
        let total = calls as usize * 60;
        let starts = starts(&mut turns, quota(calls), 16, total, begin, latency);
        assert!(most(&starts) <= calls as usize, "{}", most(&starts));
        let took = *starts.last().unwrap() - begin;
        assert!(took.as_secs_f64() * 0.95 <= 60.0, "{took:?}");
    }

    #[test]
    fn a_rest_saves_up_no_more_than_the_quota_and_the_first_calls_need_not_wait() {
        let (mut turns, begin) = (Turns::default(), Instant::now());
        let mut go =
            |begin, calls| starts(&mut turns, quota(30), 100, calls, begin, Duration::ZERO);
        let mut all = go(begin, 40);
        assert_eq!(all[0], all[4]);
        all.extend(go(begin + Duration::from_mins(1), 100));
        assert!(most(&all) <= 30);
    }

    #[test]
    fn throttling_slows_down_for_a_while() {
        let (mut slowed, begin) = (Slowed::default(), Instant::now());
        let after = |seconds| begin + Duration::from_secs_f64(seconds);
        let near = |share: f64, expected: f64| assert!((share - expected).abs() < 1e-9, "{share}");
        near(slowed.share(begin), 1.0);
        slowed.throttled(begin);
        // Those that were under way with it are refused for the same reason.
        slowed.throttled(after(0.5));
        near(slowed.share(after(0.5)), 0.5);
        near(slowed.share(after(3.0)), 0.6);
        near(slowed.share(after(60.0)), 1.0);
        for second in 60..100 {
            slowed.throttled(after(f64::from(second)));
        }
        near(slowed.share(after(99.0)), LEAST);
        near(slowed.share(after(200.0)), 1.0);
    }

    #[test]
    fn a_smaller_share_is_a_slower_pace() {
        let (mut turns, begin) = (Turns::default(), Instant::now());
        let mut now = begin;
        for _ in 0..31 {
            while let Err(until) = turns.take(now, quota(30), 0.5) {
                now = until;
            }
        }
        let took = (now - begin).as_secs_f64();
        assert!((2.0..2.1).contains(&took), "{took}");
    }

    #[tokio::test]
    async fn who_gives_up_holds_up_nobody() {
        let gate = Gate::new(quota(1000));
        for _ in 0..1000 {
            let turn = gate.turn();
            if futures::FutureExt::now_or_never(turn).is_none() {
                break;
            }
        }
        gate.turn().await;
    }
}
