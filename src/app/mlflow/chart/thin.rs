//! Fewer points that look like all of them: Largest Triangle Three Buckets (Steinarsson, 2013).

/// A place on the plane.
pub type Place = (f64, f64);

/// Below this many points there is no room for the extremes besides the ends and a bucket.
const EXTREMES: usize = 6;

/// Which of the points to keep, at most `most`, in order: the first and the last, the lowest and
/// the highest, and in between those that span the largest triangles with their neighbours.
/// The points have to be finite and in order of their first number.
pub fn thin(points: &[Place], most: usize) -> Vec<usize> {
    let count = points.len();
    if count <= most {
        return (0..count).collect();
    }
    match most {
        0 => Vec::new(),
        1 => vec![0],
        2 => vec![0, count - 1],
        most if most < EXTREMES => buckets(points, most - 2),
        most => {
            let mut kept = buckets(points, most - 4);
            for extreme in extremes(points) {
                if let Err(at) = kept.binary_search(&extreme) {
                    kept.insert(at, extreme);
                }
            }
            kept
        }
    }
}

/// The first, one of each of `number` buckets of equal size, the last.
fn buckets(points: &[Place], number: usize) -> Vec<usize> {
    let inner = points.len() - 2;
    let start = |bucket: usize| 1 + bucket * inner / number;
    let mut kept = Vec::with_capacity(number + 2);
    let mut left = points[0];
    kept.push(0);
    for bucket in 0..number {
        let (from, to) = (start(bucket), start(bucket + 1));
        let end = if bucket + 1 < number {
            start(bucket + 2)
        } else {
            points.len()
        };
        let right = middle(points.get(to..end).unwrap_or_default());
        let (mut best, mut largest) = (from, -1.0);
        for (at, point) in points.iter().enumerate().take(to).skip(from) {
            let area = ((left.0 - right.0) * (point.1 - left.1)
                - (left.0 - point.0) * (right.1 - left.1))
                .abs();
            if area > largest {
                (best, largest) = (at, area);
            }
        }
        left = points[best];
        kept.push(best);
    }
    kept.push(points.len() - 1);
    kept
}

fn middle(points: &[Place]) -> Place {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    let count = points.len().max(1) as f64;
    // Each by itself, since the sum of large numbers is none.
    points.iter().fold((0.0, 0.0), |(x, y), point| {
        (x + point.0 / count, y + point.1 / count)
    })
}

/// The lowest and the highest, the first of each.
fn extremes(points: &[Place]) -> [usize; 2] {
    let (mut lowest, mut highest) = (0, 0);
    for (at, point) in points.iter().enumerate() {
        if point.1 < points[lowest].1 {
            lowest = at;
        }
        if point.1 > points[highest].1 {
            highest = at;
        }
    }
    [lowest, highest]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(values: &[f64]) -> Vec<Place> {
        (0..u32::MAX)
            .map(f64::from)
            .zip(values.iter().copied())
            .collect()
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let points = series(&[1.0, 2.0, 3.0]);
        assert_eq!(thin(&points, 3), [0, 1, 2]);
        assert_eq!(thin(&points, 2), [0, 2]);
        assert_eq!(thin(&points, 1), [0]);
        assert_eq!(thin(&points, 0), [] as [usize; 0]);
        assert_eq!(thin(&[], 9), [] as [usize; 0]);
    }

    #[test]
    fn a_single_spike_in_a_million_points_is_kept() {
        let mut values = vec![0.5; 1_000_000];
        values[654_321] = 9.0;
        values[654_322] = -9.0;
        let kept = thin(&series(&values), 200);
        assert!(kept.contains(&654_321) && kept.contains(&654_322));
        assert!(kept.len() <= 200);
    }

    #[test]
    fn the_corner_of_a_line_is_kept_where_its_straight_parts_are_not() {
        let rising = (0..500).map(f64::from);
        let falling = (0..500).rev().map(f64::from);
        let values: Vec<f64> = rising.chain(falling).collect();
        let kept = thin(&series(&values), 5);
        assert!(kept.iter().any(|at| (498..502).contains(at)), "{kept:?}");
    }

    proptest! {
        #[test]
        fn what_is_kept_is_a_part_in_order_with_both_ends_and_extremes(
            values in prop::collection::vec(prop_oneof![-10.0..10.0_f64, Just(f64::MAX / 2.0), Just(f64::MIN)], 0..400),
            most in 0_usize..80,
        ) {
            let points = series(&values);
            let kept = thin(&points, most);
            prop_assert!(kept.len() <= most);
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(kept.iter().all(|at| *at < points.len()));
            if most >= 2 && !points.is_empty() {
                prop_assert_eq!(kept.first(), Some(&0));
                prop_assert_eq!(kept.last(), Some(&(points.len() - 1)));
            }
            if most >= EXTREMES && !points.is_empty() {
                let ends = |places: &mut dyn Iterator<Item = f64>| {
                    places.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
                };
                let whole = ends(&mut values.iter().copied());
                prop_assert_eq!(ends(&mut kept.iter().map(|at| points[*at].1)), whole);
            }
        }
    }
}
