//! What a closer look wants: points that the server left out of a long history.

use super::{Chart, Series};
use crate::app::remote::Ticket;

/// The most points of one run that MLflow sends at a time.
const MOST: usize = 2_500;
/// The most points that it sends at a time of all runs together; what is left over is cut off.
const MOST_OF_ALL: usize = 25_000;

/// How many points of each of so many runs the server is asked for at a time. Of a longer history it
/// sends the first, the last and steps between at even distances, and of each run also the steps
/// that are the first and last of any.
pub fn points(runs: usize) -> u32 {
    let share = (MOST_OF_ALL / runs.max(1)).saturating_sub(2 * runs);
    u32::try_from(share.clamp(1, MOST)).unwrap_or(1)
}

/// From one step to another, both included.
pub type Steps = (i64, i64);

/// What was read of a history after its first, thinned reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Closer {
    /// Whether the server left points out at first.
    thinned: bool,
    /// What was read anew.
    read: Vec<Steps>,
    /// What could not be read.
    failed: Vec<Steps>,
    /// What is being read.
    asked: Option<(Ticket, Steps)>,
    /// Whether points may be missing of what is in the window.
    lacks: bool,
}

impl Closer {
    pub fn of(series: &[Series]) -> Self {
        Self {
            thinned: series
                .iter()
                .any(|one| one.points().len() >= asked_for(series.len())),
            ..Self::default()
        }
    }
}

fn asked_for(runs: usize) -> usize {
    usize::try_from(points(runs)).unwrap_or(usize::MAX)
}

impl Chart {
    /// The steps that are to be read closer: those in the window, where the server left out points
    /// that there is room for. None while others are read.
    pub fn wanted(&self) -> Option<Steps> {
        let closer = &self.closer;
        if !closer.thinned || closer.asked.is_some() || !self.is_zoomed() {
            return None;
        }
        let room = 2 * usize::from(self.width);
        let wanted = self.steps(room)?;
        let tried = closer.read.contains(&wanted) || closer.failed.contains(&wanted);
        (!tried && !self.has(wanted)).then_some(wanted)
    }

    /// Whether every point of these steps is there: they were among others that are too few for the
    /// server to leave some of them out.
    fn has(&self, (from, to): Steps) -> bool {
        let few = i64::from(points(self.series.len()));
        self.closer
            .read
            .iter()
            .any(|(first, last)| *first <= from && to <= *last && last.saturating_sub(*first) < few)
    }

    /// The steps of the runs that have less points in the window than there is room for, a point
    /// to each side included.
    fn steps(&self, room: usize) -> Option<Steps> {
        let (left, right) = self.bounds();
        let mut steps: Option<Steps> = None;
        for (series, curve) in self.series.iter().zip(&self.curves) {
            let first = curve.places.partition_point(|place| place.0 < left);
            let after = curve.places.partition_point(|place| place.0 <= right);
            if after - first >= room {
                continue;
            }
            for at in first.saturating_sub(1)..(after + 1).min(curve.places.len()) {
                if let Some(point) = series.points().get(curve.point(at)) {
                    let (from, to) = steps.unwrap_or((point.step, point.step));
                    steps = Some((from.min(point.step), to.max(point.step)));
                }
            }
        }
        // Between neighbours there is nothing.
        steps.filter(|(from, to)| to.saturating_sub(*from) > 1)
    }

    /// These steps are being read.
    pub fn ask(&mut self, ticket: Ticket, steps: Steps) {
        self.closer.asked = Some((ticket, steps));
    }

    /// Whether what comes with a ticket is for this chart.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.closer.asked.is_some_and(|(asked, _)| asked == ticket)
    }

    /// What was read closer is added to what is there; nothing where it could not be read, which is
    /// not tried again. Nothing goes: MLflow 2 leaves out nearly all of a part that is still too
    /// long for it.
    pub fn refine(&mut self, read: Option<Vec<Series>>) {
        let Some((_, steps)) = self.closer.asked.take() else {
            return;
        };
        match read {
            Some(_) => self.closer.read.push(steps),
            None => self.closer.failed.push(steps),
        }
        for read in read.into_iter().flatten() {
            let known = self.series.iter_mut().find(|series| series.run == read.run);
            if let Some(series) = known {
                series.add(&read);
            }
        }
        self.curve();
    }

    /// Whether points may be missing of what is in the window.
    pub fn is_thinned(&self) -> bool {
        self.closer.lacks
    }

    /// Works that out, after data or window changed.
    pub(super) fn weigh(&mut self) {
        self.closer.lacks =
            self.closer.thinned && self.steps(usize::MAX).is_some_and(|steps| !self.has(steps));
    }
}
