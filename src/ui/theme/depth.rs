//! How many colours a terminal has, and the nearest that it has to one of ours.

use ratatui::style::Color;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None: bold, underline and reverse only.
    None,
    /// The sixteen of ANSI, in the terminal's own shades.
    Sixteen,
    /// 256.
    Indexed,
    /// All.
    True,
}

/// The sixteen as most terminals show them.
const ANSI: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [170, 0, 0]),
    (Color::Green, [0, 150, 0]),
    (Color::Yellow, [170, 110, 0]),
    (Color::Blue, [0, 0, 200]),
    (Color::Magenta, [150, 0, 150]),
    (Color::Cyan, [0, 140, 140]),
    (Color::Gray, [180, 180, 180]),
    (Color::DarkGray, [100, 100, 100]),
    (Color::LightRed, [255, 100, 100]),
    (Color::LightGreen, [110, 230, 110]),
    (Color::LightYellow, [250, 220, 110]),
    (Color::LightBlue, [110, 160, 255]),
    (Color::LightMagenta, [230, 130, 250]),
    (Color::LightCyan, [110, 220, 230]),
    (Color::White, [255, 255, 255]),
];

/// The nearest colour that the terminal has; none where it has none.
pub(super) fn fit(rgb: [u8; 3], depth: Depth) -> Option<Color> {
    match depth {
        Depth::None => None,
        Depth::True => Some(Color::Rgb(rgb[0], rgb[1], rgb[2])),
        Depth::Indexed => Some(Color::Indexed(indexed(rgb))),
        Depth::Sixteen => ANSI
            .iter()
            .min_by_key(|(_, other)| distance(rgb, *other))
            .map(|(color, _)| *color),
    }
}

/// The colour of the terminal's as red, green and blue; none for its own default.
pub(in crate::ui) fn rgb_of(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index) => Some(of_index(index)),
        other => ANSI
            .iter()
            .find(|(color, _)| *color == other)
            .map(|(_, rgb)| *rgb),
    }
}

/// The nearest of the 6×6×6 cube and the 24 greys.
fn indexed(rgb: [u8; 3]) -> u8 {
    (16..=255)
        .min_by_key(|index| distance(rgb, of_index(*index)))
        .unwrap_or(16)
}

fn of_index(index: u8) -> [u8; 3] {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |at: u8| LEVELS.get(usize::from(at % 6)).copied().unwrap_or(0);
    match index {
        0..=15 => ANSI.get(usize::from(index)).map_or([0; 3], |(_, rgb)| *rgb),
        16..=231 => {
            let at = index - 16;
            [level(at / 36), level(at / 6), level(at)]
        }
        _ => [8 + 10 * (index - 232); 3],
    }
}

/// How different two colours look: weighted by how well the eye tells each part apart.
fn distance(a: [u8; 3], b: [u8; 3]) -> i32 {
    let [red, green, blue] = [0, 1, 2].map(|at| i32::from(a[at]) - i32::from(b[at]));
    let mean = i32::midpoint(i32::from(a[0]), i32::from(b[0]));
    (((512 + mean) * red * red) >> 8) + 4 * green * green + (((767 - mean) * blue * blue) >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_becomes_the_nearest_that_the_terminal_has() {
        assert_eq!(fit([255, 0, 0], Depth::None), None);
        assert_eq!(fit([1, 2, 3], Depth::True), Some(Color::Rgb(1, 2, 3)));
        assert_eq!(fit([255, 0, 0], Depth::Indexed), Some(Color::Indexed(196)));
        // A grey that the cube has not.
        assert_eq!(fit([48, 48, 48], Depth::Indexed), Some(Color::Indexed(236)));
        assert_eq!(fit([255, 128, 128], Depth::Sixteen), Some(Color::LightRed));
        assert_eq!(fit([20, 22, 28], Depth::Sixteen), Some(Color::Black));
        assert_eq!(fit([250, 250, 250], Depth::Sixteen), Some(Color::White));
    }

    #[test]
    fn an_index_names_the_colour_that_it_came_from() {
        for index in 16..=255 {
            assert_eq!(of_index(indexed(of_index(index))), of_index(index));
        }
    }
}
