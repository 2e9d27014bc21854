//! How things come and go: by the sandbox's clock alone.

use jiff::{SignedDuration, Timestamp};

/// How long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From `Pending` to `InService`.
    pub coming: SignedDuration,
    /// From `Updating` to `InService`.
    pub changing: SignedDuration,
    /// From `Deleting` to gone.
    pub going: SignedDuration,
}

impl Pace {
    /// Everything is done when the call is answered.
    pub const AT_ONCE: Self = Self {
        coming: SignedDuration::ZERO,
        changing: SignedDuration::ZERO,
        going: SignedDuration::ZERO,
    };
}

impl Default for Pace {
    /// Long enough to be seen, short enough for a demonstration.
    fn default() -> Self {
        Self {
            coming: SignedDuration::from_secs(3),
            changing: SignedDuration::from_secs(2),
            going: SignedDuration::from_secs(4),
        }
    }
}

/// Where something is in its life.
#[derive(Clone, Copy, Debug)]
pub(super) enum Life {
    /// Pending until then.
    Coming(Timestamp),
    /// Updating until then.
    Changing(Timestamp),
    /// There.
    There,
    /// Never came up.
    Failed,
    /// Deleting until then.
    Going(Timestamp),
}

impl Life {
    /// Begins now.
    pub(super) fn begun(now: Timestamp, pace: Pace) -> Self {
        Self::Coming(after(now, pace.coming))
    }

    /// Changes now.
    pub(super) fn changed(now: Timestamp, pace: Pace) -> Self {
        Self::Changing(after(now, pace.changing))
    }

    /// Ends from now on.
    pub(super) fn ended(now: Timestamp, pace: Pace) -> Self {
        Self::Going(after(now, pace.going))
    }

    /// SageMaker's word.
    pub(super) fn status(self, now: Timestamp) -> &'static str {
        match self {
            Self::Coming(until) if now < until => "Pending",
            Self::Changing(until) if now < until => "Updating",
            Self::Going(until) if now < until => "Deleting",
            Self::Coming(_) | Self::Changing(_) | Self::There => "InService",
            Self::Going(_) => "Deleted",
            Self::Failed => "Failed",
        }
    }

    /// Since when it is gone, where it is.
    pub(super) fn gone_since(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Going(until) if until <= now => Some(until),
            _ => None,
        }
    }

    /// Whether it is gone.
    pub(super) fn is_gone(self, now: Timestamp) -> bool {
        self.gone_since(now).is_some()
    }
}

/// A time later.
pub(super) fn after(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
