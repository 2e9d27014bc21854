//! Lines of dots in cells: eight dots a cell in Braille, one in ASCII.

use super::cell;

/// The bit of each dot in a Braille character, by row, then by column.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/// The Braille character without a dot.
const BLANK: u32 = 0x2800;

/// A part of the area from its left upper corner, 0 to 1 each way.
type At = (f64, f64);

/// The dots of one line.
#[derive(Debug)]
pub(super) struct Canvas {
    width: u16,
    height: u16,
    braille: bool,
    dots: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: u16, height: u16, braille: bool) -> Self {
        Self {
            width,
            height,
            braille,
            dots: vec![0; usize::from(width) * usize::from(height)],
        }
    }

    /// How many dots there are each way.
    fn size(&self) -> (u16, u16) {
        if self.braille {
            (self.width.saturating_mul(2), self.height.saturating_mul(4))
        } else {
            (self.width, self.height)
        }
    }

    /// One dot; nothing where it is outside.
    pub(super) fn dot(&mut self, at: At) {
        let all = 0.0..1.0 + f64::EPSILON;
        if all.contains(&at.0) && all.contains(&at.1) {
            let (across, down) = self.size();
            self.put(cell(at.0, across), cell(at.1, down));
        }
    }

    /// All dots from one place to another, as far as they are inside.
    pub(super) fn line(&mut self, from: At, to: At) {
        let Some((from, to)) = clipped(from, to) else {
            return;
        };
        let (across, down) = self.size();
        let start = (
            i32::from(cell(from.0, across)),
            i32::from(cell(from.1, down)),
        );
        let end = (i32::from(cell(to.0, across)), i32::from(cell(to.1, down)));
        self.walk(start, end);
    }

    /// Bresenham's line.
    fn walk(&mut self, start: (i32, i32), end: (i32, i32)) {
        let (wide, high) = ((end.0 - start.0).abs(), -(end.1 - start.1).abs());
        let step = ((end.0 - start.0).signum(), (end.1 - start.1).signum());
        let mut error = wide + high;
        let (mut x, mut y) = start;
        loop {
            if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) {
                self.put(x, y);
            }
            if (x, y) == end {
                break;
            }
            let twice = 2 * error;
            if twice >= high {
                error += high;
                x += step.0;
            }
            if twice <= wide {
                error += wide;
                y += step.1;
            }
        }
    }

    fn put(&mut self, x: u16, y: u16) {
        let (x, y) = (usize::from(x), usize::from(y));
        let (column, row, bit) = if self.braille {
            (x / 2, y / 4, BITS[y % 4][x % 2])
        } else {
            (x, y, 1)
        };
        if let Some(dots) = self.dots.get_mut(row * usize::from(self.width) + column) {
            *dots |= bit;
        }
    }

    /// Hands over every cell with a dot in it: its place and, in Braille, its character.
    pub(super) fn cells(&self, mut put: impl FnMut(u16, u16, Option<&str>)) {
        let mut bytes = [0; 4];
        for (y, row) in (0..).zip(self.dots.chunks(usize::from(self.width).max(1))) {
            for (x, dots) in (0..).zip(row).filter(|(_, dots)| **dots != 0) {
                let glyph = char::from_u32(BLANK + u32::from(*dots)).filter(|_| self.braille);
                put(x, y, glyph.map(|glyph| &*glyph.encode_utf8(&mut bytes)));
            }
        }
    }
}

/// The part of a line that is inside (Liang and Barsky, 1984).
fn clipped(from: At, to: At) -> Option<(At, At)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut start, mut end) = (0.0_f64, 1.0_f64);
    for (toward, room) in [
        (-dx, from.0),
        (dx, 1.0 - from.0),
        (-dy, from.1),
        (dy, 1.0 - from.1),
    ] {
        if toward == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else {
            let at = room / toward;
            if toward < 0.0 {
                start = start.max(at);
            } else {
                end = end.min(at);
            }
        }
    }
    let at = |part: f64| (from.0 + dx * part, from.1 + dy * part);
    (start <= end).then(|| (at(start), at(end)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(canvas: &Canvas) -> Vec<String> {
        let mut lines = vec![vec![' '; usize::from(canvas.width)]; usize::from(canvas.height)];
        canvas.cells(|x, y, glyph| {
            let glyph = glyph.and_then(|glyph| glyph.chars().next()).unwrap_or('*');
            lines[usize::from(y)][usize::from(x)] = glyph;
        });
        lines.into_iter().map(String::from_iter).collect()
    }

    #[test]
    fn a_line_has_eight_dots_a_cell_or_one() {
        let mut canvas = Canvas::new(4, 2, true);
        canvas.line((0.0, 0.0), (1.0, 1.0));
        assert_eq!(drawn(&canvas), ["⠑⢄  ", "  ⠑⢄"]);
        let mut canvas = Canvas::new(4, 4, false);
        canvas.line((0.0, 1.0), (1.0, 0.0));
        assert_eq!(drawn(&canvas), ["   *", "  * ", " *  ", "*   "]);
    }

    #[test]
    fn a_line_from_far_outside_keeps_its_slope() {
        let mut canvas = Canvas::new(4, 4, false);
        canvas.line((-999.5, -999.5), (1_000.5, 1_000.5));
        assert_eq!(drawn(&canvas), ["*   ", " *  ", "  * ", "   *"]);
        let mut canvas = Canvas::new(4, 4, false);
        canvas.line((-1.0, 0.5), (-0.1, 0.5));
        canvas.dot((1.5, 0.5));
        assert!(drawn(&canvas).iter().all(|line| line.trim().is_empty()));
    }

    proptest! {
        #[test]
        fn no_line_breaks_it(
            from in (any::<f64>(), any::<f64>()),
            to in (-2.0..2.0_f64, -2.0..2.0_f64),
            width in 0_u16..9,
            height in 0_u16..9,
            braille: bool,
        ) {
            let mut canvas = Canvas::new(width, height, braille);
            canvas.line(from, to);
            canvas.line(to, from);
            canvas.dot(from);
            canvas.cells(|x, y, _| assert!(x < width && y < height));
        }
    }
}
