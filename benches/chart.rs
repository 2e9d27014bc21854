//! Charts of 1,000,000 points, comparisons of 50 runs with 12,000 metrics each, completion among
//! 12,000 keys: what each costs once, and what a frame costs.
#![expect(
    clippy::expect_used,
    reason = "a bench stops at the first thing that is wrong"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mlwarden::{
    app::{
        dialog::Room,
        mlflow::{
            chart::{Chart, Point, Series, thin},
            compare::Compare,
            filter::{Kind, Language, Seen, complete},
            nesting::Nesting,
        },
    },
    mlflow::models::{Metric, Number, PARENT, Pair, Run, RunData, RunInfo},
    ui::{
        Theme,
        widgets::{comparison, plot},
    },
};
use ratatui::{Terminal, backend::TestBackend, layout::Rect};

const ROOM: Room = Room {
    width: 200,
    height: 50,
};

/// A falling loss with noise, from a sequence that is the same each time.
fn history(points: u32, seed: u32) -> Vec<Point> {
    let mut noise = seed.wrapping_mul(2_654_435_761) | 1;
    (0..points)
        .map(|step| {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let part = f64::from(step) / f64::from(points);
            let value = (-4.0 * part).exp() + f64::from(noise) / f64::from(u32::MAX) * 0.3;
            Point {
                step: step.into(),
                at: 1_700_000_000_000 + i64::from(step) * 100,
                value: Number(if step % 9_973 == 7 { f64::NAN } else { value }),
            }
        })
        .collect()
}

fn series(runs: u32, points: u32) -> Vec<Series> {
    (0..runs)
        .map(|run| {
            Series::new(
                run.to_string(),
                format!("run {run}"),
                history(points, run + 1),
            )
        })
        .collect()
}

fn chart(runs: u32, points: u32) -> Chart {
    let mut chart = Chart::new("loss");
    chart.resize(ROOM);
    chart.set(series(runs, points));
    chart
}

fn charts(criterion: &mut Criterion) {
    let places: Vec<(f64, f64)> = history(1_000_000, 1)
        .iter()
        .filter(|point| !point.value.0.is_nan())
        .map(|point| {
            (
                f64::from(i32::try_from(point.step).expect("few")),
                point.value.0,
            )
        })
        .collect();
    let mut group = criterion.benchmark_group("1,000,000 points");
    group.sample_size(20);
    group.bench_function("thinned to 800", |bencher| {
        bencher.iter(|| black_box(thin(&places, 800)));
    });
    let mut empty = Chart::new("loss");
    empty.resize(ROOM);
    group.bench_function("set, one run", |bencher| {
        bencher.iter_batched(
            || series(1, 1_000_000),
            |series| empty.set(series),
            BatchSize::PerIteration,
        );
    });
    let mut one = chart(1, 1_000_000);
    group.bench_function("a key: closer and back", |bencher| {
        bencher.iter(|| {
            one.zoom_in();
            one.zoom_out();
        });
    });
    group.bench_function("a key: the cursor", |bencher| {
        bencher.iter(|| {
            one.move_cursor(1);
            black_box(one.readings());
        });
    });
    group.finish();
    let theme = Theme::plain();
    let mut group = criterion.benchmark_group("frame 200×50");
    for (name, mut chart) in [
        ("1 run of 1,000,000 points", one),
        ("10 runs of 100,000 points", chart(10, 100_000)),
        ("50 runs of 20,000 points", chart(50, 20_000)),
    ] {
        chart.point_at(0.3);
        let mut terminal = Terminal::new(TestBackend::new(200, 50)).expect("a terminal");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let drawn = terminal.draw(|frame| {
                    let area = frame.area();
                    black_box(plot::draw(&chart, &theme, frame.buffer_mut(), area));
                });
                drawn.expect("it draws");
            });
        });
    }
    group.finish();
}

fn runs(count: u32, metrics: u32) -> Vec<Run> {
    let run = |run: u32| Run {
        info: RunInfo {
            run_id: format!("{run:032}"),
            run_name: format!("run {run}"),
            ..RunInfo::default()
        },
        data: RunData {
            metrics: (0..metrics)
                .map(|key| Metric {
                    key: format!("layer_{key:05}/loss"),
                    value: Number(f64::from(if key % 3 == 0 { key } else { key * run })),
                    ..Metric::default()
                })
                .collect(),
            tags: vec![Pair {
                key: PARENT.to_owned(),
                value: format!("{:032}", run / 10),
            }],
            ..RunData::default()
        },
        ..Run::default()
    };
    (0..count).map(run).collect()
}

fn comparisons(criterion: &mut Criterion) {
    let runs = runs(50, 12_000);
    let mut group = criterion.benchmark_group("50 runs with 12,000 metrics");
    group.sample_size(10);
    group.bench_function("compared", |bencher| {
        bencher.iter(|| black_box(Compare::of(&runs)));
    });
    let mut compare = Compare::of(&runs);
    group.bench_function("a key in the filter", |bencher| {
        bencher.iter(|| {
            compare.set_filter("er_0");
            compare.set_filter("er_01");
        });
    });
    compare.set_filter("");
    compare.go(6_000, 20);
    let theme = Theme::plain();
    let mut terminal = Terminal::new(TestBackend::new(200, 50)).expect("a terminal");
    group.bench_function("frame 200×50", |bencher| {
        bencher.iter(|| {
            let drawn = terminal.draw(|frame| {
                let area: Rect = frame.area();
                let seen = comparison::draw(&compare, &theme, frame.buffer_mut(), area);
                compare.note_seen(seen.rows, seen.columns.len());
            });
            drawn.expect("it draws");
        });
    });
    group.finish();
}

fn words(criterion: &mut Criterion) {
    let mut seen = Seen::default();
    for run in runs(1, 12_000) {
        seen.run(&run);
    }
    let language = Language {
        kind: Kind::Runs,
        newer: true,
    };
    let filter = "metrics.`layer_00000/loss` > 0.5 and metrics.layer_11";
    criterion.bench_function("completion among 12,000 keys", |bencher| {
        bencher.iter(|| black_box(complete(language, &seen, filter, filter.len())));
    });
    let runs = runs(50_000, 0);
    let nesting = Nesting::default();
    criterion.bench_function("50,000 runs as a tree", |bencher| {
        bencher.iter(|| black_box(nesting.rows(&runs)));
    });
}

criterion_group!(benches, charts, comparisons, words);
criterion_main!(benches);
