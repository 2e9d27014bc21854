//! The model of a metric's chart: several runs' histories over each other, by step or by time,
//! zoomed and panned, with a cursor that reads every run's value.
//!
//! What is drawn is worked out when data, width or window change and kept ([`Chart::drawn`]):
//! a frame never looks at all the points again.

mod axis;
mod closer;
mod drawn;
mod series;
mod thin;

pub use axis::{Axis, Tick};
use closer::Closer;
pub use closer::{Steps, points};
pub use drawn::{Drawn, Edge, Mark, Stroke, Vertex};
use series::Curve;
pub use series::{Across, Point, Series};
pub use thin::{Place, thin};

use crate::app::dialog::Room;

/// How much closer one step of the zoom goes.
const ZOOM: f64 = 2.0;
/// The part of the window that one step to the side goes.
const PAN: f64 = 0.25;
/// The closest that the zoom goes: the part of everything that is still in the window.
const CLOSEST: f64 = 1e-9;
/// What one step of smoothing adds, in percent.
const SMOOTHER: u8 = 15;
/// The most smoothing there is, in percent.
const SMOOTHEST: u8 = 90;
/// The width that is worked for until the real one is known.
const WIDTH: u16 = 200;

/// What a run says at the cursor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The nearest point, as recorded.
    pub point: Point,
    /// The value as drawn, where it is smoothed.
    pub smoothed: Option<f64>,
}

/// The chart of one metric.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The metric's name, untrusted.
    pub metric: String,
    series: Vec<Series>,
    curves: Vec<Curve>,
    across: Across,
    log: bool,
    smoothing: u8,
    /// What is in the window from left to right; everything where there is none.
    window: Option<(f64, f64)>,
    cursor: Option<f64>,
    width: u16,
    drawn: Drawn,
    /// What was read of long histories besides.
    closer: Closer,
}

impl Chart {
    /// A chart without any run yet.
    pub fn new(metric: impl Into<String>) -> Self {
        Self {
            metric: metric.into(),
            series: Vec::new(),
            curves: Vec::new(),
            across: Across::default(),
            log: false,
            smoothing: 0,
            window: None,
            cursor: None,
            width: WIDTH,
            drawn: Drawn::default(),
            closer: Closer::default(),
        }
    }

    /// Replaces the runs' histories. Window, cursor and all that was chosen stay.
    pub fn set(&mut self, series: Vec<Series>) {
        self.closer = Closer::of(&series);
        self.series = series;
        self.curve();
    }

    /// Tells the size of the area that it is drawn in: when it opens, and whenever that
    /// changes.
    pub fn resize(&mut self, room: Room) {
        if room.width != self.width {
            self.width = room.width.max(1);
            self.lay();
        }
    }

    /// The runs' histories.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// What it runs over.
    pub fn across(&self) -> Across {
        self.across
    }

    /// Whether each step upwards multiplies.
    pub fn is_log(&self) -> bool {
        self.log
    }

    /// How much of a value comes from those before it, in percent.
    pub fn smoothing(&self) -> u8 {
        self.smoothing
    }

    /// Whether only a part is in the window.
    pub fn is_zoomed(&self) -> bool {
        self.window.is_some()
    }

    /// Where the cursor stands on the axis from left to right, if it is out.
    pub fn cursor(&self) -> Option<f64> {
        self.cursor
    }

    /// What is to be drawn.
    pub fn drawn(&self) -> &Drawn {
        &self.drawn
    }

    /// Over steps, time since the start, or time.
    pub fn toggle_across(&mut self) {
        self.across = self.across.next();
        self.window = None;
        self.cursor = None;
        self.curve();
    }

    /// Upwards by adding or by multiplying.
    pub fn toggle_log(&mut self) {
        self.log = !self.log;
        self.lay();
    }

    /// More smoothing; none after the most.
    pub fn smoother(&mut self) {
        self.smoothing = if self.smoothing >= SMOOTHEST {
            0
        } else {
            self.smoothing + SMOOTHER
        };
        self.curve();
    }

    /// Closer, to where the cursor is, else to the middle.
    pub fn zoom_in(&mut self) {
        self.zoom(1.0 / ZOOM);
    }

    /// Further away, until all is in the window.
    pub fn zoom_out(&mut self) {
        self.zoom(ZOOM);
    }

    /// A part of the window to the left.
    pub fn pan_left(&mut self) {
        self.pan(-PAN);
    }

    /// A part of the window to the right.
    pub fn pan_right(&mut self) {
        self.pan(PAN);
    }

    /// Everything in the window.
    pub fn show_all(&mut self) {
        self.window = None;
        self.lay();
    }

    /// The cursor by so many columns, to the right if positive. It comes out in the middle; the
    /// window follows it.
    pub fn move_cursor(&mut self, columns: i32) {
        let (left, right) = self.bounds();
        let column = (right - left) / f64::from(self.width.max(1));
        let to = match self.cursor {
            Some(at) => at + column * f64::from(columns),
            None => f64::midpoint(left, right),
        };
        self.put_cursor(to);
    }

    /// The cursor to a part of the window, 0 being its left end: for a click.
    pub fn point_at(&mut self, part: f64) {
        let (left, right) = self.bounds();
        self.put_cursor(left + (right - left) * part.clamp(0.0, 1.0));
    }

    /// The cursor to the first point.
    pub fn cursor_first(&mut self) {
        self.put_cursor(f64::MIN);
    }

    /// The cursor to the last point.
    pub fn cursor_last(&mut self) {
        self.put_cursor(f64::MAX);
    }

    /// Puts the cursor away; says whether it was out.
    pub fn drop_cursor(&mut self) -> bool {
        self.cursor.take().is_some()
    }

    /// What each run says at the cursor, in their order; nothing for a run without points, or
    /// where the cursor is not out.
    pub fn readings(&self) -> Vec<Option<Reading>> {
        let reading = |(series, curve): (&Series, &Curve)| {
            let place = curve.nearest(self.cursor?)?;
            let point = *series.points().get(curve.point(place))?;
            let shown = curve.places.get(place)?.1;
            Some(Reading {
                point,
                smoothed: (self.smoothing > 0 && shown.is_finite()).then_some(shown),
            })
        };
        self.series.iter().zip(&self.curves).map(reading).collect()
    }

    /// What is in the window, from left to right.
    pub fn bounds(&self) -> (f64, f64) {
        self.window.unwrap_or_else(|| self.whole())
    }

    /// From the leftmost to the rightmost point of all.
    fn whole(&self) -> (f64, f64) {
        let ends = |curve: &Curve| Some((curve.places.first()?.0, curve.places.last()?.0));
        let (low, high) = self
            .curves
            .iter()
            .filter_map(ends)
            .fold((f64::MAX, f64::MIN), |(low, high), (from, to)| {
                (low.min(from), high.max(to))
            });
        if low < high {
            (low, high)
        } else if low > high {
            (0.0, 1.0)
        } else {
            let air = (low.abs() * 1e-9).max(0.5);
            (low - air, high + air)
        }
    }

    fn zoom(&mut self, times: f64) {
        let (low, high) = self.whole();
        let (left, right) = self.bounds();
        let span = ((right - left) * times).max((high - low) * CLOSEST);
        // Closer than a number's own grain there is nothing to see.
        let grain = left.abs().max(right.abs()) * f64::EPSILON * 16.0;
        if span >= high - low {
            self.window = None;
        } else if span > grain {
            let middle = self.cursor.unwrap_or_else(|| f64::midpoint(left, right));
            let part = (middle - left) / (right - left);
            let from = (middle - span * part.clamp(0.0, 1.0)).clamp(low, (high - span).max(low));
            self.window = Some((from, from + span));
        }
        self.lay();
    }

    fn pan(&mut self, part: f64) {
        let Some((left, right)) = self.window else {
            return;
        };
        let (low, high) = self.whole();
        let span = right - left;
        let from = (left + span * part).clamp(low, (high - span).max(low));
        self.window = Some((from, from + span));
        self.lay();
    }

    fn put_cursor(&mut self, to: f64) {
        let (low, high) = self.whole();
        let to = to.clamp(low, high);
        self.cursor = Some(to);
        if let Some((left, right)) = self.window {
            let span = right - left;
            let from = if to < left {
                to
            } else if to > right {
                to - span
            } else {
                return;
            };
            let from = from.clamp(low, (high - span).max(low));
            self.window = Some((from, from + span));
            self.lay();
        }
    }

    /// Lays the points out, after the data or the axis changed.
    fn curve(&mut self) {
        let curve = |series| Curve::of(series, self.across, self.smoothing);
        self.curves = self.series.iter().map(curve).collect();
        self.lay();
    }

    /// Works out what is drawn, after the window changed.
    fn lay(&mut self) {
        let (left, right) = self.bounds();
        let across = Axis {
            low: left,
            high: right,
            log: false,
        };
        self.drawn = Drawn::of(&self.curves, across, self.log, self.width);
        self.weigh();
    }
}

#[cfg(test)]
mod tests;
