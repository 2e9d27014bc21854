use insta::assert_snapshot;
use ratatui::{Terminal, backend::TestBackend, buffer::Cell};
use rstest::rstest;

use super::*;
use crate::{
    app::{
        dialog::Room,
        mlflow::chart::{Point, Series},
    },
    mlflow::models::Number,
    ui::Depth,
};

fn series(label: &str, value: impl Fn(f64) -> f64) -> Series {
    let point = |step: i32| Point {
        step: step.into(),
        at: 1_700_000_000_000 + i64::from(step) * 1_000,
        value: Number(value(f64::from(step))),
    };
    Series::new(label, label, (0..500).map(point).collect())
}

/// Three runs whose losses fall, the last of them with numbers that are none.
fn losses() -> Chart {
    let mut chart = Chart::new("loss");
    chart.set(vec![
        series("search-0", |step| 1.0 / (1.0 + step / 20.0)),
        series("search-1 \u{1b}[31m中文", |step| {
            1.2 / (1.0 + step / 60.0) + (step / 9.0).sin() * 0.05
        }),
        series("search-2", |step| match step {
            200.0..230.0 => f64::NAN,
            300.0 => f64::INFINITY,
            301.0 => f64::NEG_INFINITY,
            step => 0.4 + step / 2_000.0,
        }),
    ]);
    chart
}

fn drawn(chart: &mut Chart, theme: &Theme, width: u16, height: u16) -> (PlotSeen, Buffer) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    chart.resize(Room { width, height });
    let mut seen = PlotSeen::default();
    terminal
        .draw(|frame| {
            let area = frame.area();
            seen = draw(chart, theme, frame.buffer_mut(), area);
        })
        .unwrap();
    (seen, terminal.backend().buffer().clone())
}

fn text_of(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let lines = buffer.content().chunks(width).map(|line| {
        let line: String = line.iter().map(Cell::symbol).collect();
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[rstest]
fn it_looks_like_this(
    #[values((80, 24), (120, 40))] (width, height): (u16, u16),
    #[values(false, true)] ascii: bool,
) {
    let theme = if ascii {
        Theme::ascii()
    } else {
        Theme::plain()
    };
    let mut chart = losses();
    let (_, buffer) = drawn(&mut chart, &theme, width, height);
    let text = text_of(&buffer);
    let signs = if ascii { "ascii" } else { "braille" };
    assert_snapshot!(format!("plot_{signs}_{width}x{height}"), text);
    if ascii {
        // The name of a run is as it is; the whole screen is made ASCII at the end.
        assert!(
            text.chars()
                .all(|char| char.is_ascii() || "中文␛".contains(char))
        );
    }
}

#[test]
fn zoomed_by_time_on_a_log_scale_with_the_cursor_out() {
    let mut chart = losses();
    chart.toggle_across();
    chart.toggle_log();
    chart.point_at(0.4);
    chart.zoom_in();
    chart.zoom_in();
    let (_, buffer) = drawn(&mut chart, &Theme::plain(), 80, 24);
    assert_snapshot!("plot_cursor_log_80x24", text_of(&buffer));
    chart.toggle_across();
    chart.smoother();
    chart.point_at(0.4);
    let (_, buffer) = drawn(&mut chart, &Theme::ascii(), 80, 24);
    assert_snapshot!("plot_cursor_wall_80x24", text_of(&buffer));
}

#[test]
fn lines_are_told_apart_without_any_colour() {
    let theme = Theme::embedded("dark", Depth::None, false);
    let (seen, buffer) = drawn(&mut losses(), &theme, 80, 24);
    assert!(
        buffer
            .content()
            .iter()
            .all(|cell| cell.fg == ratatui::style::Color::Reset)
    );
    for place in 0..3 {
        let sign = theme.series(place).0;
        let count = seen
            .plot
            .positions()
            .filter(|at| buffer[*at].symbol() == sign)
            .count();
        assert!(count >= 3, "{sign} stands {count} times");
    }
}

#[test]
fn a_click_goes_where_it_points() {
    let mut chart = losses();
    let (seen, _) = drawn(&mut chart, &Theme::plain(), 80, 24);
    let plot = seen.plot;
    assert_eq!(seen.part(plot.x, plot.y), Some(0.0));
    assert_eq!(seen.part(plot.right() - 1, plot.y), Some(1.0));
    assert_eq!(seen.part(plot.x - 1, plot.y), None);
    chart.point_at(seen.part(plot.right() - 1, plot.y).unwrap());
    assert_eq!(chart.cursor(), Some(499.0));
}

#[test]
fn of_many_runs_those_without_room_are_counted() {
    let mut chart = Chart::new("m");
    chart.set(
        (0..50)
            .map(|run| series(&format!("run {run}"), |step| step))
            .collect(),
    );
    let (_, buffer) = drawn(&mut chart, &Theme::plain(), 80, 24);
    let text = text_of(&buffer);
    assert!(text.contains("run 6") && text.contains("43 more"), "{text}");
}

#[test]
fn what_a_run_is_called_never_reaches_the_terminal_as_a_command() {
    let mut chart = Chart::new("\u{1b}]0;title\u{7}");
    chart.set(vec![series("\u{202e}evil\u{1b}[31m", |step| step)]);
    let (_, buffer) = drawn(&mut chart, &Theme::plain(), 80, 24);
    let harmless = |cell: &Cell| !cell.symbol().chars().any(char::is_control);
    assert!(buffer.content().iter().all(harmless));
    assert!(text_of(&buffer).contains("\u{fffd}evil␛[31m"));
}

#[test]
fn no_size_breaks_it() {
    for width in 1..40 {
        for height in 1..14 {
            drawn(&mut losses(), &Theme::plain(), width, height);
        }
    }
    drawn(&mut Chart::new("none"), &Theme::ascii(), 80, 24);
}
