//! Draws a metric's chart: lines of Braille dots, each run with a sign of its own, axes, a
//! legend that reads the cursor.
//!
//! What it costs depends on the size of the area and the number of runs, never on that of points.

mod canvas;
mod legend;

use std::ops::Range;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

use self::canvas::Canvas;
use crate::{
    app::mlflow::chart::{Chart, Drawn, Edge, Stroke, Tick},
    ui::{Role, Theme, text},
};

/// The most that the numbers at the left take.
const LABELS: usize = 12;
/// How many columns lie between two signs of the same line.
const BETWEEN: u16 = 18;

/// What was laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlotSeen {
    /// Where the lines are, without axes and legend.
    pub plot: Rect,
}

impl PlotSeen {
    /// The part of the window at a place of the screen, for [`Chart::point_at`].
    pub fn part(&self, x: u16, y: u16) -> Option<f64> {
        self.plot
            .contains((x, y).into())
            .then(|| f64::from(x - self.plot.x) / f64::from(self.plot.width.max(2) - 1))
    }
}

/// Draws it.
pub fn draw(chart: &Chart, theme: &Theme, buffer: &mut Buffer, area: Rect) -> PlotSeen {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return PlotSeen::default();
    }
    let title = Rect { height: 1, ..area };
    heading(chart, theme, usize::from(area.width)).render(title, buffer);
    let names = legend::height(chart, area.height);
    let below = Rect {
        y: area.bottom() - names,
        height: names,
        ..area
    };
    legend::draw(chart, theme, buffer, below);
    let frame = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1 + names),
        ..area
    };
    let ticks = chart.drawn().up.ticks(usize::from(frame.height / 3).max(2));
    let labels: Vec<String> = ticks
        .iter()
        .map(|tick| signless(&tick.label, theme))
        .collect();
    let wide = labels.iter().map(|label| text::width(label)).max();
    let wide = u16::try_from(wide.unwrap_or(0).min(LABELS)).unwrap_or(0);
    let plot = Rect {
        x: frame.x + wide + 1,
        y: frame.y,
        width: frame.width.saturating_sub(wide + 1),
        height: frame.height.saturating_sub(2),
    };
    if plot.width < 4 || plot.height < 2 || frame.width <= wide + 1 {
        return PlotSeen::default();
    }
    upright(&ticks, &labels, theme, buffer, frame.x, plot);
    level(chart, theme, buffer, plot);
    cursor(chart, theme, buffer, plot);
    for (place, stroke) in chart.drawn().strokes.iter().enumerate().rev() {
        line(chart.drawn(), stroke, place, theme, buffer, plot);
    }
    PlotSeen { plot }
}

/// `loss · by step · log · smoothed 45 % · zoomed · thinned … · 3 without a number`.
fn heading(chart: &Chart, theme: &Theme, room: usize) -> Line<'static> {
    let metric = text::clean(&chart.metric).into_owned();
    let mut words = vec![chart.across().words().to_owned()];
    if chart.is_log() {
        words.push("log".to_owned());
    }
    if chart.smoothing() > 0 {
        words.push(format!("smoothed {} %", chart.smoothing()));
    }
    if chart.is_zoomed() {
        words.push("zoomed".to_owned());
    }
    if chart.is_thinned() {
        words.push("thinned, closer shows more".to_owned());
    }
    let mut line = Line::from(Span::styled(metric, theme.get(Role::Title)));
    let dim = theme.get(Role::Dim);
    let dot = theme.sign(" · ", " - ");
    for word in words {
        line.push_span(Span::styled(format!("{dot}{word}"), dim));
    }
    for edge in [Edge::Above, Edge::Below, Edge::Missing] {
        let count: usize = chart
            .drawn()
            .strokes
            .iter()
            .map(|stroke| of(stroke, edge))
            .sum();
        if count > 0 {
            let words = match edge {
                Edge::Above => "infinite",
                Edge::Below if chart.is_log() => "zero, less or -infinite",
                Edge::Below => "-infinite",
                Edge::Missing => "no number",
            };
            line.push_span(Span::styled(
                format!("{dot}{} {words}", outside(edge, theme)),
                theme.get(Role::Warning),
            ));
        }
    }
    text::fit_line(line, room, theme.cut())
}

fn of(stroke: &Stroke, edge: Edge) -> usize {
    stroke.marks.iter().filter(|mark| mark.edge == edge).count()
}

/// The sign of a value that has no place.
fn outside(edge: Edge, theme: &Theme) -> &'static str {
    match edge {
        Edge::Above => theme.sign("↑", "!"),
        Edge::Below => theme.sign("↓", "_"),
        Edge::Missing => theme.sign("×", "?"),
    }
}

/// A number as it is written where there are only ASCII signs.
fn signless(label: &str, theme: &Theme) -> String {
    if theme.is_ascii() {
        label.replace('∞', "inf")
    } else {
        label.to_owned()
    }
}

/// The axis at the left with its numbers.
fn upright(
    ticks: &[Tick],
    labels: &[String],
    theme: &Theme,
    buffer: &mut Buffer,
    left: u16,
    plot: Rect,
) {
    let (dim, border) = (theme.get(Role::Dim), theme.get(Role::Scrollbar));
    let x = plot.x - 1;
    for y in plot.top()..plot.bottom() {
        buffer.set_stringn(x, y, theme.sign("│", "|"), 1, border);
    }
    for (tick, label) in ticks.iter().zip(labels) {
        let y = plot.y + cell(1.0 - tick.at, plot.height);
        let room = usize::from(x - left);
        let label = text::fit(label, room, theme.cut());
        let pad = u16::try_from(room.saturating_sub(text::width(&label))).unwrap_or(0);
        buffer.set_stringn(left + pad, y, &label, room, dim);
        buffer.set_stringn(x, y, theme.sign("┤", "+"), 1, border);
    }
}

/// The axis at the bottom with its steps or times.
fn level(chart: &Chart, theme: &Theme, buffer: &mut Buffer, plot: Rect) {
    let (dim, border) = (theme.get(Role::Dim), theme.get(Role::Scrollbar));
    let y = plot.bottom();
    buffer.set_stringn(plot.x - 1, y, theme.sign("└", "+"), 1, border);
    for x in plot.left()..plot.right() {
        buffer.set_stringn(x, y, theme.sign("─", "-"), 1, border);
    }
    let most = usize::from(plot.width / 14).max(2);
    let ticks = chart.drawn().across.ticks_across(chart.across(), most);
    let mut free = plot.x - 1;
    for tick in ticks {
        let x = plot.x + cell(tick.at, plot.width);
        let wide = u16::try_from(text::width(&tick.label)).unwrap_or(u16::MAX);
        let start = x
            .saturating_sub(wide / 2)
            .min(plot.right().saturating_sub(wide))
            .max(plot.x - 1);
        if start < free || wide > plot.width {
            continue;
        }
        buffer.set_stringn(x, y, theme.sign("┬", "+"), 1, border);
        buffer.set_stringn(start, y + 1, &tick.label, usize::from(wide), dim);
        free = start + wide + 2;
    }
}

/// The column of the cursor.
fn cursor(chart: &Chart, theme: &Theme, buffer: &mut Buffer, plot: Rect) {
    let Some(at) = chart.cursor().map(|x| chart.drawn().across.part(x)) else {
        return;
    };
    if !(-1e-9..=1.0 + 1e-9).contains(&at) {
        return;
    }
    let x = plot.x + cell(at, plot.width);
    for y in plot.top()..plot.bottom() {
        buffer.set_stringn(x, y, theme.sign("┊", ":"), 1, theme.get(Role::Accent));
    }
}

/// One run's line, its signs, and its marks at the edges.
fn line(
    drawn: &Drawn,
    stroke: &Stroke,
    place: usize,
    theme: &Theme,
    buffer: &mut Buffer,
    plot: Rect,
) {
    let (sign, style) = theme.series(place);
    let mut canvas = Canvas::new(plot.width, plot.height, !theme.is_ascii());
    let mut before = None;
    for vertex in &stroke.vertices {
        let at = (
            drawn.across.part(vertex.place.0),
            1.0 - drawn.up.part(vertex.place.1),
        );
        match before {
            Some(before) if vertex.joined => canvas.line(before, at),
            _ => canvas.dot(at),
        }
        before = Some(at);
    }
    canvas.cells(|x, y, glyph| {
        let glyph = glyph.unwrap_or(sign);
        buffer.set_stringn(plot.x + x, plot.y + y, glyph, 1, style);
    });
    if drawn.strokes.len() > 1 || stroke.vertices.len() == 1 {
        let signed = signs(drawn, stroke, place, plot);
        for (x, y) in signed {
            buffer.set_stringn(x, y, sign, 1, style);
        }
    }
    for mark in &stroke.marks {
        let x = plot.x + cell(drawn.across.part(mark.x), plot.width);
        let y = match mark.edge {
            Edge::Above => plot.y,
            Edge::Below | Edge::Missing => plot.bottom() - 1,
        };
        buffer.set_stringn(x, y, outside(mark.edge, theme), 1, marked(style, theme));
    }
}

fn marked(style: Style, theme: &Theme) -> Style {
    style.patch(Style::new().add_modifier(theme.get(Role::Danger).add_modifier))
}

/// Where a line's sign stands: now and then, each line's at other places, and at its end.
fn signs(drawn: &Drawn, stroke: &Stroke, place: usize, plot: Rect) -> Vec<(u16, u16)> {
    let count = u16::try_from(drawn.strokes.len().max(1)).unwrap_or(BETWEEN);
    let mine = u16::try_from(place % usize::from(count)).unwrap_or(0);
    let mut next = mine * BETWEEN / count.min(BETWEEN) % BETWEEN;
    let mut signs = Vec::new();
    let mut last = None;
    for vertex in &stroke.vertices {
        let across = drawn.across.part(vertex.place.0);
        let up = drawn.up.part(vertex.place.1);
        if !inside(across) || !inside(up) {
            continue;
        }
        let x = cell(across, plot.width);
        let at = (plot.x + x, plot.y + cell(1.0 - up, plot.height));
        if x >= next {
            signs.push(at);
            next = x + BETWEEN;
        }
        last = Some(at);
    }
    signs.extend(last);
    signs
}

fn inside(part: f64) -> bool {
    let all: Range<f64> = 0.0..1.0 + f64::EPSILON;
    all.contains(&part)
}

/// The cell of `cells` that a part of their length falls in.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between nothing and a width of the screen; casts of floats saturate"
)]
fn cell(part: f64, cells: u16) -> u16 {
    let last = cells.saturating_sub(1);
    (((part * f64::from(cells)).max(0.0)) as u16).min(last)
}

#[cfg(test)]
mod tests;
