use insta::assert_snapshot;
use ratatui::buffer::Cell;
use rstest::rstest;

use super::*;
use crate::mlflow::models::{Metric, Number, Pair, Run, RunData, RunInfo};

fn run(at: i32) -> Run {
    let metric = |key: &str, value: f64| Metric {
        key: key.to_owned(),
        value: Number(value),
        ..Metric::default()
    };
    let pair = |key: &str, value: String| Pair {
        key: key.to_owned(),
        value,
    };
    let seed = f64::from(at);
    let mut metrics = vec![
        metric("auc", 0.7 + seed / 10.0),
        metric(
            "loss",
            if at == 1 {
                f64::NAN
            } else {
                1.0 / (1.0 + seed)
            },
        ),
        metric("same", 1.0),
        metric("up", if at == 2 { f64::INFINITY } else { 3.0 }),
    ];
    metrics.extend((0..30).map(|key| {
        metric(
            &format!("validation/fold_{key}/error"),
            seed * f64::from(key),
        )
    }));
    Run {
        info: RunInfo {
            run_id: format!("{at:032}"),
            run_name: format!("search-{at}\u{1b}[31m"),
            status: "FINISHED".to_owned(),
            ..RunInfo::default()
        },
        data: RunData {
            metrics,
            params: vec![
                pair("depth", (at + 2).to_string()),
                pair("model/kind", "forest".to_owned()),
            ],
            tags: if at == 0 {
                vec![]
            } else {
                vec![pair("note", format!("中文 {at}\nline two\u{7}"))]
            },
        },
        ..Run::default()
    }
}

fn drawn(compare: &mut Compare, theme: &Theme, width: u16, height: u16) -> (GridSeen, String) {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let seen = draw(compare, theme, &mut buffer, area);
    compare.note_seen(seen.rows, seen.columns.len());
    let harmless = |cell: &Cell| !cell.symbol().chars().any(char::is_control);
    assert!(buffer.content().iter().all(harmless));
    let lines = buffer.content().chunks(usize::from(width)).map(|line| {
        let line: String = line.iter().map(Cell::symbol).collect();
        line.trim_end().to_owned()
    });
    (seen, lines.collect::<Vec<_>>().join("\n"))
}

#[rstest]
fn it_looks_like_this(#[values((80, 24), (120, 40))] (width, height): (u16, u16)) {
    let runs: Vec<Run> = (0..4).map(run).collect();
    let mut compare = Compare::of(&runs);
    compare.go(6, 1);
    let text = drawn(&mut compare, &Theme::plain(), width, height).1;
    assert_snapshot!(format!("comparison_{width}x{height}"), text);
    compare.toggle_differences();
    let text = drawn(&mut compare, &Theme::ascii(), width, height).1;
    assert_snapshot!(format!("comparison_all_ascii_{width}x{height}"), text);
}

#[test]
fn fifty_runs_are_reached_by_scrolling() {
    let runs: Vec<Run> = (0..50).map(run).collect();
    let mut compare = Compare::of(&runs);
    compare.scroll_runs(49);
    let (seen, text) = drawn(&mut compare, &Theme::plain(), 80, 24);
    assert_eq!(seen.columns.last().map(|(_, at)| *at), Some(49));
    assert!(text.contains("search-49"), "{text}");
    compare.scroll_runs(-1);
    let (again, _) = drawn(&mut compare, &Theme::plain(), 80, 24);
    assert_eq!(again.first, seen.first);
}

#[test]
fn no_size_breaks_it() {
    let runs: Vec<Run> = (0..3).map(run).collect();
    for width in 1..40 {
        for height in 1..6 {
            drawn(&mut Compare::of(&runs), &Theme::plain(), width, height);
        }
    }
    drawn(&mut Compare::of(&[]), &Theme::plain(), 80, 24);
}
