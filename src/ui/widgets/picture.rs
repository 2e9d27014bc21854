//! Draws a picture with two dots a cell: half blocks in colour, shades without.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    app::mlflow::preview::Picture,
    ui::{Role, Theme},
};

/// The most that a small picture is enlarged.
const LARGER: f64 = 4.0;
/// From dark to light.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
/// The same in ASCII.
const LETTERS: [&str; 10] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"];

/// Draws it as large as it fits, in its own proportions; says where.
pub fn draw(picture: &Picture, theme: &Theme, buffer: &mut Buffer, area: Rect) -> Rect {
    let area = area.intersection(buffer.area);
    let (kept_width, kept_height) = (picture.kept_width, picture.kept_height);
    if area.is_empty() || kept_width == 0 || kept_height == 0 {
        return Rect { width: 0, ..area };
    }
    // A cell is about twice as high as it is wide.
    let scale = (f64::from(area.width) / f64::from(kept_width))
        .min(f64::from(area.height) * 2.0 / f64::from(kept_height))
        .min(LARGER);
    let width = whole(f64::from(kept_width) * scale).clamp(1, u32::from(area.width));
    let height = whole(f64::from(kept_height) * scale).clamp(1, u32::from(area.height) * 2);
    let part = |x: u32, y: u32| {
        let span = |at: u32, of: u32, kept: u32| (at * kept / of, (at + 1) * kept / of);
        let (left, right) = span(x, width, kept_width);
        let (top, bottom) = span(y, height, kept_height);
        let size = (right.saturating_sub(left), bottom.saturating_sub(top));
        (y < height).then(|| picture.mean((left, top), size, theme.ground().0))?
    };
    for (row, y) in (0..height.div_ceil(2)).zip(area.top()..area.bottom()) {
        for (x, column) in (0..width).zip(area.left()..area.right()) {
            let dots = (part(x, row * 2), part(x, row * 2 + 1));
            let (sign, style) = cell(dots, theme);
            buffer.set_stringn(column, y, sign, 1, style);
        }
    }
    Rect {
        width: u16::try_from(width).unwrap_or(area.width),
        height: u16::try_from(height.div_ceil(2)).unwrap_or(area.height),
        ..area
    }
}

/// Two dots, the lower one perhaps below the picture, as a sign and its style.
fn cell(
    (upper, lower): (Option<[u8; 3]>, Option<[u8; 3]>),
    theme: &Theme,
) -> (&'static str, Style) {
    let colour = |dot: Option<[u8; 3]>| dot.and_then(|dot| theme.colour(dot));
    let (over, under) = (colour(upper), colour(lower));
    if let (Some(over), false) = (over, theme.is_ascii()) {
        let style = Style::new().fg(over);
        return ("▀", under.map_or(style, |under| style.bg(under)));
    }
    let lights: Vec<u32> = [upper, lower].into_iter().flatten().map(light).collect();
    let count = u32::try_from(lights.len().max(1)).unwrap_or(1);
    let light = lights.iter().sum::<u32>() / count;
    let signs: &[&'static str] = if theme.is_ascii() { &LETTERS } else { &SHADES };
    let last = signs.len() - 1;
    let at = usize::try_from(light).unwrap_or(0) * last / 255;
    let style = over.map_or(theme.get(Role::Text), |over| Style::new().fg(over));
    (signs.get(at.min(last)).copied().unwrap_or(" "), style)
}

/// How light a colour looks, 0 to 255.
fn light([red, green, blue]: [u8; 3]) -> u32 {
    (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1_000
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size on the screen; casts of floats saturate"
)]
fn whole(size: f64) -> u32 {
    size.round() as u32
}
