//! An axis: from where to where, where a value stands on it, and what is written beside it.

use std::fmt::Write;

use jiff::Timestamp;

use super::Across;
use crate::mlflow::models::Number;

/// Steps between marks on a clock, in seconds.
const CLOCK: [f64; 16] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 10_800.0,
    21_600.0, 43_200.0,
];
const DAY: f64 = 86_400.0;

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it stands, from 0 to 1.
    pub at: f64,
    /// What is written beside it.
    pub label: String,
}

/// An axis from its lowest to its highest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The value at its start.
    pub low: f64,
    /// The value at its end.
    pub high: f64,
    /// Whether each step multiplies.
    pub log: bool,
}

impl Default for Axis {
    fn default() -> Self {
        Self {
            low: 0.0,
            high: 1.0,
            log: false,
        }
    }
}

impl Axis {
    /// An axis that holds all values from `low` to `high`, with some air; any, where there are
    /// none.
    pub(super) fn around(low: f64, high: f64, log: bool) -> Self {
        if low > high {
            let (low, high) = if log { (0.1, 1.0) } else { (0.0, 1.0) };
            return Self { low, high, log };
        }
        if log {
            let (from, to) = (low.log10(), high.log10());
            let air = ((to - from) * 0.05).max(0.02);
            let least = f64::MIN_POSITIVE;
            return Self {
                low: 10_f64.powf(from - air).max(least),
                high: 10_f64.powf(to + air).min(f64::MAX),
                log,
            };
        }
        // Halved, since the distance of two large numbers is none.
        let air = (high / 2.0 - low / 2.0) * 0.1;
        let air = if air > 0.0 {
            air
        } else {
            (low.abs() * 0.1).max(1e-9)
        };
        Self {
            low: (low - air).max(f64::MIN),
            high: (high + air).min(f64::MAX),
            log,
        }
    }

    /// Where a value stands: 0 at the start, 1 at the end, beyond them outside.
    pub fn part(&self, value: f64) -> f64 {
        let (low, high, value) = if self.log {
            (self.low.log10(), self.high.log10(), value.log10())
        } else {
            (self.low, self.high, value)
        };
        let span = high / 2.0 - low / 2.0;
        if span > 0.0 {
            (value / 2.0 - low / 2.0) / span
        } else {
            0.5
        }
    }

    /// The value that stands at a part of it.
    pub fn value(&self, part: f64) -> f64 {
        if self.log {
            let (low, high) = (self.low.log10(), self.high.log10());
            10_f64.powf(low + (high - low) * part)
        } else {
            self.low * (1.0 - part) + self.high * part
        }
    }

    /// At most about `most` marks at round values.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let label = |value: f64| Number(value).to_string();
        if self.log {
            let decades = self.decades(most);
            if decades.len() > 1 {
                return self.marks(decades, label);
            }
        }
        let step = round_up((self.high / 2.0 - self.low / 2.0) * 2.0 / real(most));
        self.marks(self.multiples(step), label)
    }

    /// The same for an axis that a chart runs over.
    pub fn ticks_across(&self, across: Across, most: usize) -> Vec<Tick> {
        let least = (self.high - self.low) / real(most);
        match across {
            Across::Step => {
                let step = round_up(least).max(1.0);
                self.marks(self.multiples(step), |value| whole(value).to_string())
            }
            Across::Relative => {
                let step = clock_step(least);
                self.marks(self.multiples(step), |value| duration(value, step))
            }
            Across::Wall => {
                let step = clock_step(least);
                self.marks(self.multiples(step), |value| clock(value, step))
            }
        }
    }

    fn marks(&self, values: Vec<f64>, label: impl Fn(f64) -> String) -> Vec<Tick> {
        let inside = |at: &f64| (0.0..=1.0).contains(at);
        let marks = values.into_iter().map(|value| (self.part(value), value));
        marks
            .filter(|(at, _)| inside(at))
            .map(|(at, value)| Tick {
                at,
                label: label(value),
            })
            .collect()
    }

    /// The multiples of `step` on it.
    fn multiples(&self, step: f64) -> Vec<f64> {
        let first = (self.low / step).ceil();
        let last = (self.high / step).floor();
        if !(step > 0.0 && step.is_finite() && first.is_finite() && last - first < 1_000.0) {
            return vec![self.low, self.high];
        }
        let mut values = Vec::new();
        let mut at = first;
        while at <= last {
            // Not -0.
            values.push(at * step + 0.0);
            // Far out a step may be too small to count.
            if at + 1.0 <= at {
                break;
            }
            at += 1.0;
        }
        values
    }

    /// Powers of ten on it, at most about `most`.
    fn decades(&self, most: usize) -> Vec<f64> {
        let (first, last) = (self.low.log10().ceil(), self.high.log10().floor());
        let stride = ((last - first + 1.0) / real(most)).ceil().max(1.0);
        let mut powers = Vec::new();
        let mut power = first;
        while power <= last {
            powers.push(10_f64.powf(power));
            power += stride;
        }
        powers
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of marks")]
fn real(count: usize) -> f64 {
    count.max(1) as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "steps are whole numbers, and casts of floats saturate"
)]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// The next of 1, 2, 5, 10, 20, 50, … and so on both ways.
fn round_up(least: f64) -> f64 {
    // A step that is too small by less than a rounding error is not.
    let least = least * 0.999_999;
    let size = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|times| times * size)
        .find(|step| *step >= least)
        .unwrap_or(size * 10.0)
}

/// The next round step of a clock or, below a second and above a day, of numbers.
fn clock_step(least: f64) -> f64 {
    if least < 0.5 {
        return round_up(least);
    }
    if least > 43_200.0 {
        return round_up(least / DAY) * DAY;
    }
    CLOCK.into_iter().find(|step| *step >= least).unwrap_or(DAY)
}

/// `0`, `1.5s`, `30s`, `2m`, `2m30s`, `1h15m`, `3d`.
fn duration(seconds: f64, step: f64) -> String {
    if step < 1.0 {
        return format!("{}s", Number(seconds));
    }
    let mut left = whole(seconds);
    let mut text = String::new();
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= size {
            let _ = write!(text, "{}{unit}", left / size);
            left %= size;
        }
    }
    if text.is_empty() {
        "0".to_owned()
    } else {
        text
    }
}

/// A time of day, or a day where marks are days apart.
fn clock(seconds: f64, step: f64) -> String {
    let Ok(at) = Timestamp::from_millisecond(whole(seconds * 1_000.0)) else {
        return String::new();
    };
    let format = if step >= DAY {
        "%Y-%m-%d"
    } else if step >= 60.0 {
        "%m-%d %H:%M"
    } else if step >= 1.0 {
        "%H:%M:%S"
    } else {
        "%H:%M:%S%.3f"
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn marks_stand_at_round_values() {
        let axis = Axis {
            low: -0.13,
            high: 1.07,
            log: false,
        };
        assert_eq!(
            labels(&axis.ticks(6)),
            ["0", "0.2", "0.4", "0.6", "0.8", "1"]
        );
        let axis = Axis {
            low: 0.0009,
            high: 1_500.0,
            log: true,
        };
        assert_eq!(
            labels(&axis.ticks(8)),
            ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]
        );
        assert_eq!(labels(&axis.ticks(4)), ["0.001", "0.1", "10", "1000"]);
    }

    #[rstest]
    #[case(Across::Step, 0.0, 49.0, &["0", "10", "20", "30", "40"])]
    #[case(Across::Step, 0.0, 1.0, &["0", "1"])]
    #[case(Across::Relative, 0.0, 95.0, &["0", "30s", "1m", "1m30s"])]
    #[case(Across::Relative, 0.0, 0.5, &["0s", "0.1s", "0.2s", "0.3s", "0.4s", "0.5s"])]
    #[case(Across::Relative, 0.0, 400_000.0, &["0", "1d", "2d", "3d", "4d"])]
    #[case(Across::Wall, 1_700_000_000.0, 1_700_000_100.0, &["22:13:30", "22:14:00", "22:14:30", "22:15:00"])]
    #[case(Across::Wall, 1_700_000_000.0, 1_700_010_000.0, &["11-14 22:30", "11-14 23:00", "11-14 23:30", "11-15 00:00", "11-15 00:30", "11-15 01:00"])]
    fn marks_across_are_steps_or_times(
        #[case] across: Across,
        #[case] low: f64,
        #[case] high: f64,
        #[case] shown: &[&str],
    ) {
        let axis = Axis {
            low,
            high,
            log: false,
        };
        assert_eq!(labels(&axis.ticks_across(across, 6)), shown);
    }

    proptest! {
        #[test]
        fn any_axis_has_marks_on_it_and_gives_back_what_stands_where(
            low in prop_oneof![-1e3..1e3_f64, Just(f64::MIN), Just(0.0), -1e-300..1e-300_f64],
            more in prop_oneof![0.0..1e6_f64, Just(f64::MAX), Just(1e-308)],
            log: bool,
            most in 1_usize..12,
        ) {
            let low = if log { low.abs().clamp(1e-300, 1e300) } else { low };
            let axis = Axis::around(low, (low + more).min(f64::MAX), log);
            prop_assert!(axis.low.is_finite() && axis.high.is_finite() && axis.low < axis.high);
            for tick in axis.ticks(most).into_iter().chain(axis.ticks_across(Across::Step, most)) {
                prop_assert!((0.0..=1.0).contains(&tick.at));
            }
            prop_assert!((-0.001..=1.001).contains(&axis.part(low)), "{axis:?} {low}");
            let half = axis.value(0.5);
            prop_assert!((axis.part(half) - 0.5).abs() < 1e-3, "{axis:?} {half}");
        }
    }
}
