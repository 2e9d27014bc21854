//! How much of an area a dialog takes: shared by the model, which must know where scrolling
//! ends, and by drawing.

/// The widest that a window gets, in columns.
const WIDEST: u16 = 100;
/// Border and padding on both sides, in columns.
const SIDES: u16 = 4;
/// Border above and below, in rows.
const ENDS: u16 = 2;

/// The size of an area to draw in, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            width: 80,
            height: 24,
        }
    }
}

impl Room {
    /// Room of `width` columns and `height` rows.
    pub fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }

    /// The columns of a window in this room, its border included. Where there is little room
    /// it takes all of it.
    pub fn window_width(self) -> u16 {
        if self.width < 64 {
            self.width
        } else {
            (self.width - 4).min(WIDEST)
        }
    }

    /// The columns for text in a window.
    pub fn text_width(self) -> usize {
        usize::from(self.window_width().saturating_sub(SIDES))
    }

    /// The most rows for text in a window.
    pub fn text_height(self) -> usize {
        usize::from(self.height.saturating_sub(ENDS))
    }
}
