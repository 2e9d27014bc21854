//! The cells of a screen as lines of runs: stretches of text that look the same.

use ratatui::{
    buffer::{Buffer, Cell},
    style::Modifier,
};

use super::mix;
use crate::ui::{text, theme::rgb_of};

/// What of a style is no colour.
const KEPT: Modifier = Modifier::BOLD
    .union(Modifier::ITALIC)
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT);

/// How a run looks, with the colours as they are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The text.
    pub text: [u8; 3],
    /// What is behind it.
    pub ground: [u8; 3],
    /// Bold, italic, underlined, crossed out: what is left once the colours are as seen.
    pub modifier: Modifier,
}

impl Look {
    pub fn is(self, modifier: Modifier) -> bool {
        self.modifier.contains(modifier)
    }
}

/// One character as a reader sees it, and how many cells it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glyph {
    pub text: String,
    pub width: u16,
}

/// A stretch of a line that looks the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its first column.
    pub column: u16,
    /// How many columns it takes.
    pub width: u16,
    pub look: Look,
    pub glyphs: Vec<Glyph>,
}

impl Run {
    /// Its text.
    pub fn text(&self) -> String {
        self.glyphs
            .iter()
            .map(|glyph| glyph.text.as_str())
            .collect()
    }
}

/// The lines of a screen.
pub fn of(screen: &Buffer, ground: ([u8; 3], [u8; 3])) -> Vec<Vec<Run>> {
    let width = usize::from(screen.area.width);
    if width == 0 {
        return Vec::new();
    }
    screen
        .content
        .chunks(width)
        .map(|cells| line(cells, ground))
        .collect()
}

fn line(cells: &[Cell], ground: ([u8; 3], [u8; 3])) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut column, mut left) = (0, cells);
    while let Some(cell) = left.first() {
        let glyph = glyph(cell, left.len());
        let look = look(cell, ground);
        let width = glyph.width;
        match runs.last_mut() {
            Some(run) if run.look == look => {
                run.width += width;
                run.glyphs.push(glyph);
            }
            _ => runs.push(Run {
                column,
                width,
                look,
                glyphs: vec![glyph],
            }),
        }
        column += width;
        // What a wide character lies over is not drawn.
        left = left.get(usize::from(width)..).unwrap_or_default();
    }
    runs
}

/// What a cell shows. Text without a width of its own would lean on the cell before it, and
/// text that is wider than what is left of the line would leave the screen.
fn glyph(cell: &Cell, left: usize) -> Glyph {
    let hidden = cell.modifier.contains(Modifier::HIDDEN);
    let clean = text::clean(cell.symbol());
    let width = text::width(&clean);
    if hidden || width == 0 || width > left {
        return Glyph {
            text: " ".to_owned(),
            width: 1,
        };
    }
    Glyph {
        text: clean.into_owned(),
        width: u16::try_from(width).unwrap_or(1),
    }
}

fn look(cell: &Cell, (ground, plain): ([u8; 3], [u8; 3])) -> Look {
    let mut behind = rgb_of(cell.bg).unwrap_or(ground);
    let mut text = rgb_of(cell.fg).unwrap_or(plain);
    let has = |modifier| cell.modifier.contains(modifier);
    if has(Modifier::REVERSED) {
        std::mem::swap(&mut text, &mut behind);
    }
    if has(Modifier::DIM) {
        text = mix(text, behind, 40);
    }
    Look {
        text,
        ground: behind,
        modifier: cell.modifier & KEPT,
    }
}
