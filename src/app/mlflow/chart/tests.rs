use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{app::remote::Ticket, mlflow::models::Number};

fn series(label: &str, values: &[f64]) -> Series {
    let points = (0..).zip(values).map(|(step, value)| Point {
        step,
        at: 1_700_000_000_000 + step * 1_000,
        value: Number(*value),
    });
    Series::new(label, label, points.collect())
}

fn chart(values: &[f64]) -> Chart {
    let mut chart = Chart::new("loss");
    chart.set(vec![series("a", values)]);
    chart.resize(Room {
        width: 100,
        height: 30,
    });
    chart
}

fn ramp(count: u32) -> Vec<f64> {
    (0..count).map(f64::from).collect()
}

#[test]
fn a_line_breaks_where_a_value_is_missing_and_the_edge_tells_of_it() {
    let chart = chart(&[1.0, 2.0, f64::NAN, 3.0, f64::INFINITY, 4.0, f64::MIN, 5.0]);
    let stroke = &chart.drawn().strokes[0];
    let joined: Vec<bool> = stroke.vertices.iter().map(|vertex| vertex.joined).collect();
    assert_eq!(joined, [false, true, false, false, false]);
    let marks: Vec<_> = stroke
        .marks
        .iter()
        .map(|mark| (mark.x, mark.edge))
        .collect();
    assert_eq!(
        marks,
        [(2.0, Edge::Missing), (4.0, Edge::Above), (6.0, Edge::Below)]
    );
    assert!(chart.drawn().up.high < 6.0, "infinity does not stretch it");
}

#[test]
fn where_steps_multiply_zero_and_less_are_below() {
    let mut chart = chart(&[0.0, -1.0, 0.001, 100.0]);
    chart.toggle_log();
    let drawn = chart.drawn();
    assert!(drawn.up.log && drawn.up.low > 0.0 && drawn.up.low < 0.001);
    assert_eq!(drawn.strokes[0].vertices.len(), 2);
    let below = |mark: &Mark| mark.edge == Edge::Below;
    assert_eq!(
        drawn.strokes[0]
            .marks
            .iter()
            .filter(|mark| below(mark))
            .count(),
        2
    );
}

#[test]
fn zoom_goes_to_the_cursor_and_back_to_everything() {
    let mut chart = chart(&ramp(1_001));
    chart.cursor_last();
    chart.zoom_in();
    assert_eq!(chart.bounds(), (500.0, 1_000.0));
    chart.drop_cursor();
    chart.zoom_in();
    assert_eq!(chart.bounds(), (625.0, 875.0));
    chart.pan_left();
    assert_eq!(chart.bounds(), (562.5, 812.5));
    for _ in 0..9 {
        chart.pan_left();
    }
    assert_eq!(chart.bounds(), (0.0, 250.0));
    chart.zoom_out();
    chart.zoom_out();
    assert!(!chart.is_zoomed());
    assert_eq!(chart.bounds(), (0.0, 1_000.0));
    chart.pan_right();
    assert_eq!(chart.bounds(), (0.0, 1_000.0), "all is in sight");
}

#[test]
fn the_window_fits_the_values_that_it_shows() {
    let mut values = ramp(1_000);
    values[10] = 1e6;
    let mut chart = chart(&values);
    assert!(chart.drawn().up.high > 1e6);
    chart.cursor_last();
    chart.zoom_in();
    let up = chart.drawn().up;
    assert!(up.low > 400.0 && up.high < 1_100.0, "{up:?}");
    // One point on the left of the window, for the line that comes in.
    let first = chart.drawn().strokes[0].vertices[0];
    assert_eq!(first.place, (499.0, 499.0));
}

#[test]
fn the_cursor_reads_the_nearest_point_of_every_run() {
    let mut chart = Chart::new("loss");
    chart.set(vec![
        series("a", &ramp(101)),
        series("b", &[7.0]),
        series("none", &[]),
    ]);
    assert_eq!(chart.readings(), [None, None, None]);
    chart.point_at(0.333);
    let readings = chart.readings();
    assert_eq!(readings[0].map(|reading| reading.point.step), Some(33));
    assert_eq!(
        readings[1].map(|reading| reading.point.value),
        Some(Number(7.0))
    );
    assert_eq!(readings[2], None);
    chart.smoother();
    assert!(chart.readings()[0].unwrap().smoothed.unwrap() < 33.0);
}

#[test]
fn the_cursor_goes_by_columns_and_takes_the_window_along() {
    let mut chart = chart(&ramp(1_001));
    chart.move_cursor(1);
    assert_eq!(chart.cursor(), Some(500.0), "it comes out in the middle");
    chart.move_cursor(-2);
    assert_eq!(chart.cursor(), Some(480.0));
    chart.zoom_in();
    let (left, _) = chart.bounds();
    chart.move_cursor(-99);
    assert!(chart.bounds().0 < left);
    assert_eq!(chart.cursor(), Some(chart.bounds().0));
    chart.cursor_first();
    assert_eq!(chart.bounds(), (0.0, 500.0));
    assert!(chart.drop_cursor() && !chart.drop_cursor());
}

#[rstest]
#[case(Across::Step, (0.0, 60.0))]
#[case(Across::Relative, (0.0, 60.0))]
#[case(Across::Wall, (1_700_000_000.0, 1_700_000_060.0))]
fn another_axis_shows_everything_again(#[case] across: Across, #[case] bounds: (f64, f64)) {
    let mut chart = chart(&ramp(61));
    chart.zoom_in();
    loop {
        chart.toggle_across();
        if chart.across() == across {
            break;
        }
    }
    assert_eq!(chart.bounds(), bounds);
}

#[test]
fn newer_data_leaves_window_and_cursor_where_they_are() {
    let mut chart = chart(&ramp(101));
    chart.point_at(0.5);
    chart.zoom_in();
    let before = (chart.bounds(), chart.cursor());
    chart.set(vec![series("a", &ramp(150))]);
    assert_eq!((chart.bounds(), chart.cursor()), before);
}

#[test]
fn a_chart_without_points_or_with_one_is_a_chart() {
    let empty = chart(&[]);
    assert_eq!(empty.bounds(), (0.0, 1.0));
    let one = chart(&[3.0]);
    assert_eq!(one.bounds(), (-0.5, 0.5));
    assert!(one.drawn().up.low < 3.0 && one.drawn().up.high > 3.0);
    let nothing_finite = chart(&[f64::NAN, f64::INFINITY]);
    assert_eq!(nothing_finite.drawn().strokes[0].marks.len(), 2);
}

proptest! {
    #[test]
    fn no_data_and_no_key_breaks_it(
        values in prop::collection::vec(
            prop_oneof![any::<f64>(), -1.0..1.0_f64, Just(f64::NAN), Just(0.0)], 0..300),
        steps in prop::collection::vec((any::<i64>(), any::<i64>()), 0..300),
        keys in prop::collection::vec(0_u8..12, 0..30),
        width in 0_u16..300,
    ) {
        let points = values.iter().zip(&steps).map(|(value, (step, at))| Point {
            step: *step, at: *at, value: Number(*value),
        });
        let mut chart = Chart::new("m");
        chart.set(vec![Series::new("r", "r", points.collect()), series("s", &values)]);
        chart.resize(Room { width, height: 9 });
        for key in keys {
            match key {
                0 => chart.zoom_in(),
                1 => chart.zoom_out(),
                2 => chart.pan_left(),
                3 => chart.pan_right(),
                4 => chart.toggle_log(),
                5 => chart.toggle_across(),
                6 => chart.smoother(),
                7 => chart.move_cursor(3),
                8 => chart.move_cursor(-50),
                9 => chart.cursor_first(),
                10 => chart.cursor_last(),
                _ => chart.show_all(),
            }
            let (left, right) = chart.bounds();
            prop_assert!(left < right, "{left} {right}");
            let most = usize::from(width.max(1)) * 4;
            for stroke in &chart.drawn().strokes {
                prop_assert!(stroke.vertices.len() <= most);
                prop_assert!(stroke.vertices.iter().all(|vertex| vertex.place.1.is_finite()));
                prop_assert!(stroke.vertices.is_sorted_by(|a, b| a.place.0 <= b.place.0));
                prop_assert!(stroke.marks.len() <= 3 * (usize::from(width.max(1)) * 2 + 1));
            }
            prop_assert_eq!(chart.readings().len(), 2);
        }
    }
}

/// A history of so many steps, as the server sends the part from one step to another: MLflow 2
/// loses its way in a part that is too long and does not begin at the first step.
fn sent(all: i64, steps: Option<Steps>) -> Vec<Series> {
    let (from, to) = steps.unwrap_or((0, all - 1));
    let (from, to) = (from.max(0), to.min(all - 1));
    let (count, most) = (to - from + 1, i64::from(points(1)));
    let mut chosen: Vec<i64> = if count <= most {
        (from..=to).collect()
    } else {
        let sampled = (0..most).map(|at| from + at * count / most);
        sampled.filter(|at| *at < count).chain([to]).collect()
    };
    chosen.push(from);
    let points = chosen.into_iter().map(|step| Point {
        step,
        at: 1_700_000_000_000 + step * 1_000,
        value: Number(if step == 700_001 { 5.0 } else { 1.0 }),
    });
    vec![Series::new("a", "a", points.collect())]
}

/// Answers what the chart asks for, until it asks for nothing; how often it asked.
fn answered(chart: &mut Chart, all: i64) -> usize {
    let mut asked = 0;
    while let Some(steps) = chart.wanted() {
        asked += 1;
        let ticket = Ticket::default().next();
        chart.ask(ticket, steps);
        assert!(chart.awaits(ticket) && chart.wanted().is_none());
        chart.refine(Some(sent(all, Some(steps))));
        assert!(asked < 10, "it asks for ever");
    }
    asked
}

#[rstest]
#[case::by_step(0)]
#[case::by_time(2)]
fn a_closer_look_shows_what_the_server_left_out(#[case] turns: usize) {
    const ALL: i64 = 1_000_000;
    let mut chart = Chart::new("loss");
    chart.set(sent(ALL, None));
    chart.resize(Room {
        width: 100,
        height: 30,
    });
    for _ in 0..turns {
        chart.toggle_across();
    }
    assert!(chart.is_thinned());
    assert_eq!(answered(&mut chart, ALL), 0, "all of it is in the window");
    let peak = |chart: &Chart| chart.drawn().up.high;
    assert!(peak(&chart) < 2.0, "the peak is between two points");
    chart.point_at(0.700_001);
    let mut asked = 0;
    for _ in 0..13 {
        chart.zoom_in();
        asked += answered(&mut chart, ALL);
    }
    assert!((1..10).contains(&asked), "{asked}");
    assert!(peak(&chart) > 4.0, "{}", peak(&chart));
    assert!(!chart.is_thinned());
    let in_order = |points: &[Point]| points.is_sorted_by(|one, next| one.step < next.step);
    assert!(in_order(chart.series()[0].points()));
    // What was read is not read again.
    chart.pan_left();
    chart.pan_right();
    chart.zoom_out();
    chart.zoom_in();
    assert_eq!(answered(&mut chart, ALL), 0);
}

#[test]
fn a_history_that_is_whole_is_not_read_closer_and_a_failure_is_not_tried_for_ever() {
    let mut whole = chart(&ramp(2_000));
    whole.zoom_in();
    assert!(whole.wanted().is_none() && !whole.is_thinned());
    let mut chart = Chart::new("loss");
    chart.set(sent(1_000_000, None));
    while chart.wanted().is_none() {
        chart.zoom_in();
    }
    let steps = chart.wanted().unwrap();
    chart.ask(Ticket::default().next(), steps);
    chart.refine(None);
    assert_eq!(chart.wanted(), None);
    assert!(chart.is_thinned());
}

#[test]
fn many_runs_are_asked_for_fewer_points_each_so_that_none_is_cut_off() {
    assert_eq!(points(1), 2_500);
    for runs in [1_usize, 3, 10, 11, 20, 100] {
        let sent = usize::try_from(points(runs)).unwrap() + 2 * runs;
        assert!(sent <= 2_502 || sent * runs <= 25_000, "{runs}: {sent}");
    }
    assert!(points(20) > 1_000);
}
