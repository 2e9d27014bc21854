//! A screen as SVG, in a window's frame.
//!
//! Every piece of text says where it starts and how wide it is, so that columns stay under
//! each other in any font; lines and blocks are drawn, so that they meet.

use std::fmt::Write;

use ratatui::{layout::Rect, style::Modifier};

use super::{
    hex,
    html::FONTS,
    lines::{Glyph, Look, Run},
    mix,
};
use crate::{domain::markup::escaped, ui::text};

/// A cell, in tenths of a pixel: fonts are about 0.6 as wide as high.
const WIDTH: u32 = 84;
const HEIGHT: u32 = 180;
/// Where text stands in its cell.
const BASELINE: u32 = 134;
/// Around the cells.
const MARGIN: u32 = 140;
/// The window's bar.
const BAR: u32 = 340;
/// A drawn line.
const THICK: u32 = 10;

/// The picture.
pub fn draw(
    lines: &[Vec<Run>],
    area: Rect,
    (ground, plain): ([u8; 3], [u8; 3]),
    title: &str,
) -> String {
    let (width, height) = (
        u32::from(area.width) * WIDTH + 2 * MARGIN,
        u32::from(area.height) * HEIGHT + BAR + MARGIN,
    );
    let title = text::clean(title);
    let title = escaped(&title);
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-label=\"{title}\" font-family=\"{FONTS}\" font-size=\"14\" fill=\"{text}\">\n\
         <title>{title}</title>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{inner_w}\" height=\"{inner_h}\" rx=\"8\" fill=\"{ground_hex}\" stroke=\"{edge}\"/>\n",
        w = px(width),
        h = px(height),
        text = hex(plain),
        inner_w = px(width - 10),
        inner_h = px(height - 10),
        ground_hex = hex(ground),
        edge = hex(mix(ground, plain, 25)),
    );
    bar(&mut out, width, (ground, plain), &title);
    for (row, line) in (0_u32..).zip(lines) {
        let top = BAR + row * HEIGHT;
        for run in line {
            if run.look.ground != ground {
                let _ = writeln!(
                    out,
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" shape-rendering=\"crispEdges\"/>",
                    px(left(run.column)),
                    px(top),
                    px(u32::from(run.width) * WIDTH),
                    px(HEIGHT),
                    hex(run.look.ground),
                );
            }
        }
        for run in line {
            draw_run(&mut out, run, top, plain);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn bar(out: &mut String, width: u32, (ground, plain): ([u8; 3], [u8; 3]), title: &str) {
    for (place, color) in [(180, "#ff5f57"), (360, "#febc2e"), (540, "#28c840")] {
        let _ = writeln!(
            out,
            "<circle cx=\"{}\" cy=\"17\" r=\"5.5\" fill=\"{color}\"/>",
            px(place)
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"21.5\" text-anchor=\"middle\" font-size=\"13\" fill=\"{}\">{title}</text>",
        px(width / 2),
        hex(mix(ground, plain, 65)),
    );
}

fn draw_run(out: &mut String, run: &Run, top: u32, plain: [u8; 3]) {
    let mut column = run.column;
    let mut piece = Piece::default();
    for glyph in &run.glyphs {
        if let Some(shape) = shape(glyph, left(column), top) {
            piece.end(out, run.look, top, plain);
            let _ = writeln!(
                out,
                "<path d=\"{shape}\" fill=\"{}\" shape-rendering=\"crispEdges\"/>",
                hex(run.look.text)
            );
        } else if glyph.width > 1 || !is_plain(glyph) {
            // From another font, most likely: what follows must not be moved by it.
            piece.end(out, run.look, top, plain);
            piece.add(column, glyph);
            piece.end(out, run.look, top, plain);
        } else {
            if glyph.text == " " && piece.spaces > 0 {
                piece.end(out, run.look, top, plain);
            }
            piece.add(column, glyph);
        }
        column += glyph.width;
    }
    piece.end(out, run.look, top, plain);
    rules(out, run, top);
}

/// Whether every font of the list has it, as wide as the others.
fn is_plain(glyph: &Glyph) -> bool {
    glyph.text.chars().all(|char| char < '\u{250}')
}

/// Text that is written at one place: no spaces at its ends, none but single ones within.
#[derive(Default)]
struct Piece {
    column: u16,
    width: u16,
    text: String,
    /// How many spaces it ends with.
    spaces: u16,
}

impl Piece {
    fn add(&mut self, column: u16, glyph: &Glyph) {
        let space = glyph.text == " ";
        if self.text.is_empty() {
            if space {
                return;
            }
            self.column = column;
        }
        self.width += glyph.width;
        self.text.push_str(&glyph.text);
        self.spaces = if space { self.spaces + 1 } else { 0 };
    }

    fn end(&mut self, out: &mut String, look: Look, top: u32, plain: [u8; 3]) {
        let piece = std::mem::take(self);
        let text = piece.text.trim_end_matches(' ');
        if text.is_empty() {
            return;
        }
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"",
            px(left(piece.column)),
            px(top + BASELINE),
            px(u32::from(piece.width - piece.spaces) * WIDTH),
        );
        if look.text != plain {
            let _ = write!(out, " fill=\"{}\"", hex(look.text));
        }
        if look.is(Modifier::BOLD) {
            out.push_str(" font-weight=\"bold\"");
        }
        if look.is(Modifier::ITALIC) {
            out.push_str(" font-style=\"italic\"");
        }
        if !text.is_ascii() {
            // The cells are in the order of the screen already.
            out.push_str(" unicode-bidi=\"bidi-override\" direction=\"ltr\"");
        }
        let _ = writeln!(out, ">{}</text>", escaped(text));
    }
}

/// Underlined and crossed out text, spaces and all.
fn rules(out: &mut String, run: &Run, top: u32) {
    for (wanted, place) in [
        (run.look.is(Modifier::UNDERLINED), 152),
        (run.look.is(Modifier::CROSSED_OUT), 92),
    ] {
        if wanted {
            let _ = writeln!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"1\" fill=\"{}\"/>",
                px(left(run.column)),
                px(top + place),
                px(u32::from(run.width) * WIDTH),
                hex(run.look.text),
            );
        }
    }
}

/// The path of a line or a block that fills its cell to the edges.
fn shape(glyph: &Glyph, x: u32, y: u32) -> Option<String> {
    let mut chars = glyph.text.chars();
    let (char, None) = (chars.next()?, chars.next()) else {
        return None;
    };
    // Which of the cell's edges a line goes to: left, right, top, bottom.
    let [to_left, to_right, to_top, to_bottom] = match char {
        '─' | '━' => [true, true, false, false],
        '│' | '┃' => [false, false, true, true],
        '┌' | '╭' => [false, true, false, true],
        '┐' | '╮' => [true, false, false, true],
        '└' | '╰' => [false, true, true, false],
        '┘' | '╯' => [true, false, true, false],
        '├' => [false, true, true, true],
        '┤' => [true, false, true, true],
        '┬' => [true, true, false, true],
        '┴' => [true, true, true, false],
        '┼' => [true; 4],
        '█' => return Some(rectangle(x, y, WIDTH, HEIGHT)),
        '▌' => return Some(rectangle(x, y, WIDTH / 2, HEIGHT)),
        '▐' => return Some(rectangle(x + WIDTH / 2, y, WIDTH / 2, HEIGHT)),
        '▀' => return Some(rectangle(x, y, WIDTH, HEIGHT / 2)),
        '▄' => return Some(rectangle(x, y + HEIGHT / 2, WIDTH, HEIGHT / 2)),
        _ => return None,
    };
    let (middle_x, middle_y) = (x + (WIDTH - THICK) / 2, y + (HEIGHT - THICK) / 2);
    let mut path = String::new();
    if to_left || to_right {
        let from = if to_left { x } else { middle_x };
        let to = if to_right {
            x + WIDTH
        } else {
            middle_x + THICK
        };
        path.push_str(&rectangle(from, middle_y, to - from, THICK));
    }
    if to_top || to_bottom {
        let from = if to_top { y } else { middle_y };
        let to = if to_bottom {
            y + HEIGHT
        } else {
            middle_y + THICK
        };
        path.push_str(&rectangle(middle_x, from, THICK, to - from));
    }
    Some(path)
}

fn rectangle(x: u32, y: u32, width: u32, height: u32) -> String {
    format!(
        "M{} {}h{}v{}h-{}z",
        px(x),
        px(y),
        px(width),
        px(height),
        px(width)
    )
}

/// Where a column starts.
fn left(column: u16) -> u32 {
    MARGIN + u32::from(column) * WIDTH
}

/// Tenths of a pixel as pixels.
fn px(tenths: u32) -> String {
    match tenths % 10 {
        0 => format!("{}", tenths / 10),
        rest => format!("{}.{rest}", tenths / 10),
    }
}
