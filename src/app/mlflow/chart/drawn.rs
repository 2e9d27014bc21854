//! What of a chart is drawn: as many points as can be told apart, and marks for what is none.

use super::{Axis, Place, series::Curve, thin};

/// How many points a column of the terminal gets: two dots side by side, and room for a line
/// that goes up and down between them.
const DENSITY: usize = 4;

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vertex {
    /// Its place.
    pub place: Place,
    /// Whether a line leads to it from the one before: nothing between them is missing.
    pub joined: bool,
}

/// Where a value that has no place on the chart is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// At the top: infinite.
    Above,
    /// At the bottom: minus infinite or, where each step multiplies, zero or less.
    Below,
    /// At the bottom: no number.
    Missing,
}

/// A value that has no place on the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Where from left to right.
    pub x: f64,
    /// Where it is told of.
    pub edge: Edge,
}

/// One run's line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stroke {
    /// From left to right, the nearest outside of the window on both sides included.
    pub vertices: Vec<Vertex>,
    /// What has no place, at most one of a kind a dot.
    pub marks: Vec<Mark>,
}

/// A chart as it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// From left to right.
    pub across: Axis,
    /// From the bottom to the top.
    pub up: Axis,
    /// One line a run, in their order.
    pub strokes: Vec<Stroke>,
}

impl Drawn {
    /// What `width` columns can show of the window `across`.
    pub(super) fn of(curves: &[Curve], across: Axis, log: bool, width: u16) -> Self {
        let (mut low, mut high) = (f64::MAX, f64::MIN);
        let mut strokes = Vec::with_capacity(curves.len());
        for curve in curves {
            let inside = Window::of(curve, across);
            for (_, y) in inside.places().iter().filter(|(_, y)| drawable(*y, log)) {
                (low, high) = (low.min(*y), high.max(*y));
            }
            strokes.push(inside.stroke(log, usize::from(width)));
        }
        Self {
            across,
            up: Axis::around(low, high, log),
            strokes,
        }
    }
}

/// Whether a value has a place on the axis.
fn drawable(y: f64, log: bool) -> bool {
    y.is_finite() && (!log || y > 0.0)
}

/// The part of a curve that is in the window.
struct Window<'a> {
    curve: &'a Curve,
    across: Axis,
    from: usize,
    to: usize,
}

impl<'a> Window<'a> {
    fn of(curve: &'a Curve, across: Axis) -> Self {
        let places = &curve.places;
        let from = places.partition_point(|place| place.0 < across.low);
        let to = places.partition_point(|place| place.0 <= across.high);
        Self {
            curve,
            across,
            from,
            to: to.max(from),
        }
    }

    fn places(&self) -> &'a [Place] {
        self.curve
            .places
            .get(self.from..self.to)
            .unwrap_or_default()
    }

    fn stroke(&self, log: bool, width: usize) -> Stroke {
        let lies = |y: f64| if log { y.log10() } else { y };
        let mut points = Vec::new();
        let mut numbers = Vec::new();
        let mut odd = Vec::new();
        // A line comes in from outside and goes on there.
        let from = self.from.saturating_sub(1);
        let to = (self.to + 1).min(self.curve.places.len());
        for (at, (x, y)) in self.curve.places.iter().enumerate().take(to).skip(from) {
            if drawable(*y, log) {
                points.push((*x, lies(*y)));
                numbers.push(at);
            } else {
                odd.push(at);
            }
        }
        let kept = thin(&points, width.max(1) * DENSITY);
        let mut vertices = Vec::with_capacity(kept.len());
        let mut gaps = odd.iter().copied().peekable();
        for at in kept {
            let Some(number) = numbers.get(at) else {
                continue;
            };
            let mut joined = !vertices.is_empty();
            while gaps.next_if(|gap| gap < number).is_some() {
                joined = false;
            }
            let Some(place) = self.curve.places.get(*number) else {
                continue;
            };
            vertices.push(Vertex {
                place: *place,
                joined,
            });
        }
        Stroke {
            vertices,
            marks: self.marks(&odd, width),
        }
    }

    /// What has no place, once a dot and kind.
    fn marks(&self, odd: &[usize], width: usize) -> Vec<Mark> {
        #[expect(clippy::cast_precision_loss, reason = "a width in dots")]
        let dots = (width * 2) as f64;
        let mut marks: Vec<Mark> = Vec::new();
        let mut last = [f64::NEG_INFINITY; 3];
        for at in odd.iter().filter(|at| (self.from..self.to).contains(at)) {
            let Some((x, y)) = self.curve.places.get(*at) else {
                continue;
            };
            let edge = match *y {
                y if y.is_nan() => Edge::Missing,
                f64::INFINITY => Edge::Above,
                _ => Edge::Below,
            };
            let dot = (self.across.part(*x) * dots).floor();
            if let Some(last) = last.get_mut(edge as usize)
                && dot > *last
            {
                *last = dot;
                marks.push(Mark { x: *x, edge });
            }
        }
        marks
    }
}
