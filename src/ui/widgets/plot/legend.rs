//! Which line is whose, and what it says at the cursor or, without one, at its end.

use std::fmt::Write;

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, text::Line, text::Span, widgets::Widget};

use crate::{
    app::mlflow::chart::{Across, Chart, Point, Reading},
    mlflow::models::Number,
    ui::{Role, Theme, text},
};

/// The part of the height that names may take.
const PART: u16 = 3;
/// The most that a name takes.
const NAME: usize = 40;

/// How many lines it takes of so many.
pub(super) fn height(chart: &Chart, area: u16) -> u16 {
    let names = u16::try_from(chart.series().len()).unwrap_or(u16::MAX);
    names.min(area / PART)
}

/// Draws it; where there is no room for all, the last line says how many more there are.
pub(super) fn draw(chart: &Chart, theme: &Theme, buffer: &mut Buffer, area: Rect) {
    let count = chart.series().len();
    let lines = usize::from(area.height);
    let shown = if count > lines {
        lines.saturating_sub(1)
    } else {
        count
    };
    let names: Vec<_> = chart
        .series()
        .iter()
        .take(shown)
        .map(|series| text::clean(&series.label))
        .collect();
    let wide = names
        .iter()
        .map(|name| text::width(name))
        .max()
        .unwrap_or(0);
    let wide = wide.min(NAME).min(usize::from(area.width) / 2);
    let readings = chart.readings();
    let room = usize::from(area.width);
    for (place, (name, y)) in names.iter().zip(area.top()..area.bottom()).enumerate() {
        let (sign, style) = theme.series(place);
        let name = text::fit(name, wide, theme.cut());
        let pad = " ".repeat(wide - text::width(&name));
        let mut line = Line::from(vec![
            Span::styled(format!("{sign} "), style),
            Span::styled(format!("{name}{pad}  "), theme.get(Role::Text)),
        ]);
        let last = || {
            chart
                .series()
                .get(place)
                .and_then(|series| series.points().last())
        };
        let words = match (chart.cursor(), readings.get(place).copied().flatten()) {
            (Some(_), Some(reading)) => said(&reading, chart.across(), theme),
            (None, _) => match last() {
                Some(last) => format!("last {}", value(last, theme)),
                None => "no points".to_owned(),
            },
            (Some(_), None) => "no points".to_owned(),
        };
        line.push_span(Span::styled(words, theme.get(Role::Dim)));
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        text::fit_line(line, room, theme.cut()).render(row, buffer);
    }
    if count > shown && area.height > 0 {
        let words = format!("{} more", count - shown);
        let y = area.bottom() - 1;
        buffer.set_stringn(area.x, y, &words, room, theme.get(Role::Dim));
    }
}

/// `0.25 at step 3 · 2026-01-01 10:00:00 UTC`.
fn said(reading: &Reading, across: Across, theme: &Theme) -> String {
    let point = reading.point;
    let mut words = value(&point, theme);
    if let Some(smoothed) = reading.smoothed {
        let sign = theme.sign("≈", "~");
        let _ = write!(words, " {sign} {}", Number(smoothed));
    }
    let _ = write!(words, " at step {}", point.step);
    if across != Across::Step
        && let Ok(at) = Timestamp::from_millisecond(point.at)
    {
        words.push_str(&at.strftime(", %Y-%m-%d %H:%M:%S UTC").to_string());
    }
    words
}

fn value(point: &Point, theme: &Theme) -> String {
    super::signless(&point.value.to_string(), theme)
}
