//! One run's history of a metric, and the curve that it makes.

use super::Place;
use crate::mlflow::models::{Metric, Number};

/// One recorded value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// The step.
    pub step: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The value.
    pub value: Number,
}

/// One run's history of a metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The run's id.
    pub run: String,
    /// What it is called in the legend, untrusted.
    pub label: String,
    /// In order of step, then of time.
    points: Vec<Point>,
}

impl Series {
    /// A history; the points may come in any order.
    pub fn new(run: impl Into<String>, label: impl Into<String>, mut points: Vec<Point>) -> Self {
        if !points.is_sorted_by_key(|point| (point.step, point.at)) {
            points.sort_by_key(|point| (point.step, point.at));
        }
        Self {
            run: run.into(),
            label: label.into(),
            points,
        }
    }

    /// A history as MLflow sends it.
    pub fn of(run: impl Into<String>, label: impl Into<String>, history: &[Metric]) -> Self {
        let point = |metric: &Metric| Point {
            step: metric.step,
            at: metric.timestamp,
            value: metric.value,
        };
        Self::new(run, label, history.iter().map(point).collect())
    }

    /// More points of the same history; those that are there already stay as they are.
    pub(super) fn add(&mut self, more: &Self) {
        self.points.extend_from_slice(&more.points);
        self.points.sort_by_key(|point| (point.step, point.at));
        self.points
            .dedup_by_key(|point| (point.step, point.at, point.value.0.to_bits()));
    }

    /// All points, in order of step, then of time.
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

/// What a chart runs over from left to right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Across {
    /// Steps.
    #[default]
    Step,
    /// The time since each run's first point, in seconds.
    Relative,
    /// The time of day, in seconds since 1970.
    Wall,
}

impl Across {
    /// The next one, for a key that walks through them.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Step => Self::Relative,
            Self::Relative => Self::Wall,
            Self::Wall => Self::Step,
        }
    }

    /// The words on screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Step => "by step",
            Self::Relative => "by time since start",
            Self::Wall => "by time",
        }
    }
}

/// A series laid out from left to right, smoothed or not. What is not finite stays where it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curve {
    /// From left to right.
    pub(super) places: Vec<Place>,
    /// Which point of the series each is, where that is not the same order.
    order: Option<Vec<u32>>,
}

impl Curve {
    /// `weight` is how much of a value comes from those before it, in percent.
    pub(super) fn of(series: &Series, across: Across, weight: u8) -> Self {
        let points = &series.points;
        let by_time = across != Across::Step;
        let order = (by_time && !points.is_sorted_by_key(|point| point.at)).then(|| {
            let mut order: Vec<u32> = (0..).take(points.len()).collect();
            order.sort_by_key(|at| points.get(*at as usize).map(|point| point.at));
            order
        });
        let start = points.iter().map(|point| point.at).min().unwrap_or(0);
        let x = |point: &Point| match across {
            Across::Step => real(point.step),
            Across::Relative => real(point.at.saturating_sub(start)) / 1_000.0,
            Across::Wall => real(point.at) / 1_000.0,
        };
        let place = |point: &Point| (x(point), value(point.value));
        let mut places: Vec<Place> = match &order {
            None => points.iter().map(place).collect(),
            Some(order) => order
                .iter()
                .filter_map(|at| points.get(*at as usize))
                .map(place)
                .collect(),
        };
        if weight > 0 {
            smooth(&mut places, f64::from(weight.min(99)) / 100.0);
        }
        Self { places, order }
    }

    /// The place of the point nearest to `x`.
    pub(super) fn nearest(&self, x: f64) -> Option<usize> {
        let right = self.places.partition_point(|place| place.0 < x);
        let left = right.checked_sub(1);
        let gap = |at: usize| self.places.get(at).map(|place| (place.0 - x).abs());
        match (left, gap(right)) {
            (Some(left), Some(far)) if gap(left).is_some_and(|near| near <= far) => Some(left),
            (Some(left), None) => Some(left),
            (_, Some(_)) => Some(right),
            (None, None) => None,
        }
    }

    /// Which point of the series stands at a place of the curve.
    pub(super) fn point(&self, place: usize) -> usize {
        self.order
            .as_ref()
            .and_then(|order| order.get(place))
            .map_or(place, |at| *at as usize)
    }
}

/// The value, with what stands for infinity as infinity.
fn value(number: Number) -> f64 {
    if number.is_infinite() {
        f64::INFINITY.copysign(number.0)
    } else {
        number.0
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a screen shows fewer places than 2^53"
)]
fn real(number: i64) -> f64 {
    number as f64
}

/// Each value mixed with those before it, the first ones without a pull to zero. What is not
/// finite stays as it is and pulls at nothing.
fn smooth(places: &mut [Place], weight: f64) {
    let (mut mixed, mut trust) = (0.0, 1.0);
    for (_, y) in places.iter_mut().filter(|(_, y)| y.is_finite()) {
        mixed = mixed * weight + *y * (1.0 - weight);
        trust *= weight;
        *y = mixed / (1.0 - trust);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: i64, at: i64, value: f64) -> Point {
        Point {
            step,
            at,
            value: Number(value),
        }
    }

    #[test]
    fn points_come_in_any_order_and_time_may_not_go_with_steps() {
        let series = Series::new(
            "r",
            "run",
            vec![
                point(2, 1_000, 3.0),
                point(1, 5_000, 2.0),
                point(0, 3_000, 1.0),
            ],
        );
        assert_eq!(
            Curve::of(&series, Across::Step, 0).places,
            [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]
        );
        let relative = Curve::of(&series, Across::Relative, 0);
        assert_eq!(relative.places, [(0.0, 3.0), (2.0, 1.0), (4.0, 2.0)]);
        assert_eq!(series.points()[relative.point(1)].step, 0);
        assert_eq!(Curve::of(&series, Across::Wall, 0).places[0], (1.0, 3.0));
    }

    #[test]
    fn the_nearest_point_is_found_and_the_left_one_of_two_as_near() {
        let series = Series::new(
            "r",
            "",
            vec![point(0, 0, 0.0), point(10, 0, 0.0), point(20, 0, 0.0)],
        );
        let curve = Curve::of(&series, Across::Step, 0);
        for (x, place) in [(-9.0, 0), (5.0, 0), (6.0, 1), (15.5, 2), (99.0, 2)] {
            assert_eq!(curve.nearest(x), Some(place), "{x}");
        }
        assert_eq!(Curve::default().nearest(1.0), None);
    }

    #[test]
    fn smoothing_starts_at_the_first_value_and_leaves_gaps_alone() {
        let values = [4.0, 4.0, f64::NAN, f64::INFINITY, 0.0];
        let points = (0..).zip(values).map(|(step, value)| point(step, 0, value));
        let series = Series::new("r", "", points.collect());
        let curve = Curve::of(&series, Across::Step, 50);
        let shown: Vec<f64> = curve.places.iter().map(|place| place.1).collect();
        assert_eq!(shown[..2], [4.0, 4.0]);
        assert!(shown[2].is_nan() && shown[3].is_infinite());
        assert!(shown[4] > 0.0 && shown[4] < 4.0);
    }

    #[test]
    fn what_mlflows_database_makes_of_infinity_is_infinity() {
        let series = Series::new("r", "", vec![point(0, 0, f64::MAX), point(1, 0, f64::MIN)]);
        let places = Curve::of(&series, Across::Step, 0).places;
        assert_eq!(places, [(0.0, f64::INFINITY), (1.0, f64::NEG_INFINITY)]);
    }
}
