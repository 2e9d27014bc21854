use proptest::prelude::*;

use super::*;
use crate::mlflow::models::{Metric, Number, Pair, RunData, RunInfo};

fn run(name: &str, metrics: &[(&str, f64)], params: &[(&str, &str)]) -> Run {
    Run {
        info: RunInfo {
            run_id: format!("id-{name}"),
            run_name: name.to_owned(),
            status: "FINISHED".to_owned(),
            start_time: 1_700_000_000_000,
            end_time: 1_700_000_090_000,
            ..RunInfo::default()
        },
        data: RunData {
            metrics: metrics
                .iter()
                .map(|(key, value)| Metric {
                    key: (*key).to_owned(),
                    value: Number(*value),
                    ..Metric::default()
                })
                .collect(),
            params: params
                .iter()
                .map(|(key, value)| Pair {
                    key: (*key).to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
            tags: Vec::new(),
        },
        ..Run::default()
    }
}

fn shown(compare: &Compare) -> Vec<String> {
    let line = |line: &Line| match line {
        Line::Section(section) => format!("[{}]", section.word()),
        Line::Row(row) => compare.rows()[*row].name.to_string(),
    };
    compare.lines().iter().map(line).collect()
}

fn three() -> Compare {
    let runs = [
        run(
            "a",
            &[
                ("auc", 0.7),
                ("loss", 1.0),
                ("same", 1.0),
                ("nan", f64::NAN),
            ],
            &[("depth", "2"), ("kind", "forest"), ("lr", "0.1")],
        ),
        run(
            "b",
            &[
                ("auc", 0.9),
                ("loss", f64::NAN),
                ("same", 1.0),
                ("nan", f64::NAN),
            ],
            &[("depth", "10"), ("kind", "forest"), ("lr", "auto")],
        ),
        run(
            "c",
            &[
                ("auc", 0.8),
                ("same", 1.0),
                ("nan", f64::NAN),
                ("loss", 3.0),
            ],
            &[("depth", "3"), ("kind", "forest")],
        ),
    ];
    Compare::of(&runs)
}

fn row<'a>(compare: &'a Compare, name: &str) -> &'a Row {
    compare
        .rows()
        .iter()
        .find(|row| &*row.name == name)
        .unwrap()
}

#[test]
fn what_is_equal_in_all_runs_is_left_out_until_asked_for() {
    let mut compare = three();
    assert_eq!(
        shown(&compare),
        [
            "[attributes]",
            "name",
            "[params]",
            "depth",
            "lr",
            "[metrics]",
            "auc",
            "loss"
        ]
    );
    assert_eq!(compare.differing(), (5, 15));
    assert_eq!(compare.count(Section::Metrics), (4, 2));
    compare.toggle_differences();
    assert_eq!(shown(&compare).len(), 15 + 3);
}

#[test]
fn the_lowest_and_the_highest_number_are_told_and_texts_are_not_numbers() {
    let compare = three();
    let extremes = |name| {
        let row = row(&compare, name);
        [0, 1, 2].map(|run| row.extreme(run))
    };
    let (low, high) = (Some(Extreme::Lowest), Some(Extreme::Highest));
    assert_eq!(extremes("auc"), [low, high, None]);
    // Not by their digits.
    assert_eq!(extremes("depth"), [low, high, None]);
    assert_eq!(extremes("loss"), [low, None, high]);
    assert_eq!(extremes("lr"), [None, None, None]);
    assert_eq!(extremes("same"), [None, None, None]);
    assert_eq!(extremes("started"), [None, None, None]);
}

#[test]
fn what_a_run_has_not_is_a_difference() {
    let compare = three();
    assert_eq!(row(&compare, "lr").values[2], Value::None);
    assert!(row(&compare, "lr").differs);
    assert!(!row(&compare, "nan").differs, "none of them is a number");
    assert_eq!(row(&compare, "took").values[0].to_string(), "90 s");
}

#[test]
fn the_cursor_stays_on_its_row_when_others_come_and_go() {
    let mut compare = three();
    compare.go(6, 1);
    assert_eq!(compare.current_value().as_deref(), Some("0.9"));
    compare.toggle_differences();
    assert_eq!(
        compare.row(compare.cursor().0).map(|row| &*row.name),
        Some("auc")
    );
    compare.set_filter("LOSS");
    assert_eq!(shown(&compare), ["[metrics]", "loss"]);
    assert_eq!(
        compare.row(compare.cursor().0).map(|row| &*row.name),
        Some("loss")
    );
    compare.set_filter("no such thing");
    assert_eq!((compare.cursor(), compare.current_value()), ((0, 1), None));
    compare.scroll(-3);
    compare.scroll_runs(99);
    assert_eq!(compare.cursor(), (0, 2));
}

#[test]
fn the_window_follows_the_cursor() {
    let mut compare = three();
    compare.scroll(i32::MAX);
    compare.scroll_runs(2);
    compare.note_seen(3, 2);
    assert_eq!(compare.first(), (5, 1));
    compare.scroll(-1);
    compare.note_seen(3, 2);
    assert_eq!(compare.first(), (5, 1));
}

#[test]
fn mlflows_own_tags_stand_after_the_users() {
    let mut first = run("a", &[], &[]);
    first.data.tags = ["mlflow.user", "zebra", "apple"]
        .map(|key| Pair {
            key: key.to_owned(),
            value: "x".to_owned(),
        })
        .to_vec();
    let compare = Compare::of(&[first, run("b", &[], &[])]);
    let tags: Vec<&str> = compare
        .rows()
        .iter()
        .filter(|row| row.section == Section::Tags)
        .map(|row| &*row.name)
        .collect();
    assert_eq!(tags, ["apple", "zebra", "mlflow.user"]);
}

proptest! {
    #[test]
    fn a_row_is_left_out_only_if_every_run_says_the_same(
        values in prop::collection::vec(prop::collection::vec(prop::option::of(0_u8..3), 0..6), 1..6),
    ) {
        let runs: Vec<Run> = values
            .iter()
            .map(|values| {
                let mut made = run("same", &[], &[]);
                made.data.metrics = values
                    .iter()
                    .enumerate()
                    .filter_map(|(at, value)| Some(Metric {
                        key: format!("m{at}"),
                        value: Number(f64::from((*value)?)),
                        ..Metric::default()
                    }))
                    .collect();
                made
            })
            .collect();
        let compare = Compare::of(&runs);
        for row in compare.rows() {
            prop_assert_eq!(row.values.len(), runs.len());
            let first = &row.values[0];
            prop_assert_eq!(row.differs, row.values.iter().any(|value| value != first));
        }
    }
}
