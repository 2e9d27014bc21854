//! Where the window stands in something long.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::ui::{Role, Theme};

/// Draws a window of `height` from `first` of `total` as a thumb on a track.
pub(in crate::ui) fn draw(
    buffer: &mut Buffer,
    track: Rect,
    theme: &Theme,
    first: usize,
    height: usize,
    total: usize,
) {
    let length = usize::from(track.height);
    let thumb = (length * height / total.max(1)).clamp(1, length.max(1));
    let hidden = total.saturating_sub(height).max(1);
    let free = length.saturating_sub(thumb);
    // Only at the very ends does the thumb touch them.
    let start = match first.min(hidden) {
        0 => 0,
        first if first == hidden => free,
        first => {
            (free * first / hidden).clamp(1.min(free), free.saturating_sub(1).max(1.min(free)))
        }
    };
    let style = theme.get(Role::Scrollbar);
    for (at, y) in (track.top()..track.bottom()).enumerate() {
        let sign = if (start..start + thumb).contains(&at) {
            theme.sign("█", "#")
        } else {
            theme.sign("│", "|")
        };
        buffer.set_stringn(track.x, y, sign, 1, style);
    }
}

/// The place to which a click or drag at line `y` of the screen goes.
pub fn place_at(track: Rect, y: u16, total: usize) -> usize {
    let last = usize::from(track.height).saturating_sub(1).max(1);
    let at = usize::from(y.saturating_sub(track.y)).min(last);
    total.saturating_sub(1) * at / last
}
