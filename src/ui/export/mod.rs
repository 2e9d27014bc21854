//! A screen as a picture: SVG, HTML or text.
//!
//! Nothing here knows what is drawn. Whatever stands in the cells, a picture holds no control
//! sequence, no markup of its own and no hidden direction; the same cells give the same bytes.

mod html;
mod lines;
mod svg;
mod text;

use std::path::Path;

use ratatui::buffer::Buffer;

use crate::domain::Failure;

/// What a picture is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A drawing that any browser shows.
    Svg,
    /// A page of its own.
    Html,
    /// The characters alone.
    Text,
}

impl Format {
    /// The format that a file's ending names.
    ///
    /// # Errors
    /// `Invalid`, naming the endings, where it names none.
    pub fn of(file: &Path) -> Result<Self, Failure> {
        let ending = file
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("html" | "htm") => Ok(Self::Html),
            Some("txt") => Ok(Self::Text),
            _ => Err(Failure::invalid(
                format!("saving a picture as {}", file.display()),
                "the name's ending says the format, and this one says none",
            )
            .advise("end it with .svg, .html, .htm or .txt")),
        }
    }
}

/// The screen in the format that the file's ending names. `ground` is what stands for the
/// terminal's own colours: the ground and the text on it.
///
/// # Errors
/// `Invalid`, naming the endings, where the file's is none of them.
pub fn picture(
    file: &Path,
    screen: &Buffer,
    ground: ([u8; 3], [u8; 3]),
    title: &str,
) -> Result<String, Failure> {
    Ok(render(Format::of(file)?, screen, ground, title))
}

/// The screen in a format.
pub fn render(format: Format, screen: &Buffer, ground: ([u8; 3], [u8; 3]), title: &str) -> String {
    let lines = lines::of(screen, ground);
    match format {
        Format::Svg => svg::draw(&lines, screen.area, ground, title),
        Format::Html => html::draw(&lines, ground, title),
        Format::Text => text::draw(&lines),
    }
}

/// A colour as both SVG and HTML write it.
fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The colour `part` of the way (of 100) from one colour to another.
fn mix(from: [u8; 3], to: [u8; 3], part: u16) -> [u8; 3] {
    let mut mixed = [0; 3];
    for (mixed, (from, to)) in mixed.iter_mut().zip(from.into_iter().zip(to)) {
        let sum = u16::from(from) * (100 - part) + u16::from(to) * part;
        *mixed = u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX);
    }
    mixed
}

#[cfg(test)]
mod tests;
