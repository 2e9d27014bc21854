//! Where a list of lines is looked at.

use std::ops::Range;

/// Where a list of lines is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// The line that the cursor is on.
    pub at: usize,
    top: usize,
}

impl View {
    /// The places in view with so many rows of room, of so many lines.
    pub fn visible(self, rows: usize, count: usize) -> Range<usize> {
        let at = self.at.min(count.saturating_sub(1));
        let top = self.top.min(at);
        let top = if rows > 0 && at >= top + rows {
            at + 1 - rows
        } else {
            top.min(count.saturating_sub(rows))
        };
        top..top.saturating_add(rows).min(count)
    }

    /// Puts the cursor on a line, or on the last where there are fewer.
    pub fn go(&mut self, to: usize, rows: usize, count: usize) {
        self.at = to.min(count.saturating_sub(1));
        self.top = self.visible(rows, count).start;
    }
}
