//! What a file looks like, told from its first bytes: text, JSON, a table, a picture, a model's
//! description, or bytes.
//!
//! Making one may take a while (a picture is decoded): it is done where waiting does not matter.
//! No file is taken at its word: sizes are bounded before anything is made of them. Texts are
//! as they came; whoever draws them cleans them.

mod model;
mod picture;
mod sheet;
mod yaml;

use std::fmt::Write;

pub use picture::Picture;
pub use sheet::Sheet;

use super::super::{detail::Detail, dialog::Room, tone::Tone};
use crate::mlflow::read_json;

/// How much of a file is looked at, in bytes.
pub const FIRST: u64 = 256 * 1_024;
/// The largest picture that is read, in bytes: half of one is none.
pub const PICTURE: u64 = 4 * 1_024 * 1_024;
/// How many bytes a line of a dump has.
const DUMPED: usize = 16;
/// The columns between two stops of the tabulator.
const TAB: usize = 8;
/// How far a step to the side goes, in columns.
const SIDEWAYS: usize = 8;
/// The columns and rows of the border.
const BORDER: u16 = 2;

/// How many bytes of a file a preview is made from, given its path and size.
pub fn wanted(path: &str, size: u64) -> u64 {
    let ending = ending(path);
    let is_picture = picture::ENDINGS.contains(&ending.as_str());
    if is_picture && size <= PICTURE {
        size
    } else {
        size.min(FIRST)
    }
}

/// What is shown of a file.
#[derive(Debug)]
pub enum Body {
    /// Lines of text, untrusted.
    Lines(Vec<String>),
    /// A table.
    Sheet(Sheet),
    /// A picture.
    Picture(Picture),
    /// JSON, or a model's description.
    Detail(Box<Detail>),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What a file looks like, and where in it the user is.
#[derive(Debug)]
pub struct Preview {
    /// The file's path, untrusted.
    pub title: String,
    /// What kind of file it is: `JSON`, `PNG 40×20`.
    pub kind: String,
    /// What else is to be said: that it is cut off, or cannot be read as what it seems to be.
    pub note: Option<String>,
    body: Body,
    top: usize,
    left: usize,
    room: Room,
}

impl Preview {
    /// Makes one from the first bytes of a file of `size` bytes.
    pub fn of(path: &str, bytes: &[u8], size: u64) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let whole = length >= size;
        let (kind, body, problem) = look(path, bytes, whole);
        let cut = (!whole).then(|| format!("the first {length} of {size} bytes"));
        let note = match (problem, cut) {
            (Some(problem), Some(cut)) => Some(format!("{problem}; {cut}")),
            (problem, cut) => problem.or(cut),
        };
        Self {
            title: path.to_owned(),
            kind,
            note,
            body,
            top: 0,
            left: 0,
            room: Room::default(),
        }
    }

    /// What is shown.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The pane of JSON or of a model, for its own keys: fold, search, copy.
    pub fn detail_mut(&mut self) -> Option<&mut Detail> {
        match &mut self.body {
            Body::Detail(detail) => Some(detail),
            _ => None,
        }
    }

    /// Tells the size of the area that it is drawn in: when it opens, and whenever that
    /// changes.
    pub fn resize(&mut self, room: Room) {
        self.room = room;
        if let Body::Detail(detail) = &mut self.body {
            detail.resize(room);
        }
        self.scroll(0);
    }

    /// How many lines there are; none for a picture.
    pub fn count(&self) -> usize {
        match &self.body {
            Body::Lines(lines) => lines.len(),
            Body::Sheet(sheet) => sheet.rows().len(),
            Body::Picture(_) => 0,
            Body::Detail(detail) => detail.count(),
            Body::Bytes(bytes) => bytes.len().div_ceil(DUMPED),
        }
    }

    /// The first line in the window.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The first column in the window: of the terminal or, in a table, of the table.
    pub fn left(&self) -> usize {
        self.left
    }

    /// A line of bytes as numbers and as characters.
    pub fn dumped(&self, line: usize) -> Option<String> {
        let Body::Bytes(bytes) = &self.body else {
            return None;
        };
        let start = line.checked_mul(DUMPED)?;
        let end = bytes.len().min(start + DUMPED);
        let row = bytes.get(start..end).filter(|row| !row.is_empty())?;
        Some(dump(start, row))
    }

    /// By so many lines, down if positive.
    pub fn scroll(&mut self, lines: i32) {
        if let Body::Detail(detail) = &mut self.body {
            detail.scroll(lines);
            return;
        }
        let steps = usize::try_from(lines.unsigned_abs()).unwrap_or(usize::MAX);
        let to = if lines < 0 {
            self.top.saturating_sub(steps)
        } else {
            self.top.saturating_add(steps)
        };
        self.top = to.min(self.count().saturating_sub(self.rows()));
    }

    /// One page down.
    pub fn page_down(&mut self) {
        self.scroll(i32::try_from(self.rows().max(1)).unwrap_or(i32::MAX));
    }

    /// One page up.
    pub fn page_up(&mut self) {
        self.scroll(i32::try_from(self.rows().max(1)).map_or(i32::MIN, |rows| -rows));
    }

    /// To the first line.
    pub fn first_line(&mut self) {
        self.scroll(i32::MIN);
    }

    /// To the last line.
    pub fn last_line(&mut self) {
        self.scroll(i32::MAX);
    }

    /// Further to the left.
    pub fn go_left(&mut self) {
        match &mut self.body {
            Body::Detail(detail) => detail.left(),
            Body::Sheet(_) => self.left = self.left.saturating_sub(1),
            _ => self.left = self.left.saturating_sub(SIDEWAYS),
        }
    }

    /// Further to the right, as long as there is something.
    pub fn go_right(&mut self) {
        let rows = self.rows();
        match &mut self.body {
            Body::Detail(detail) => detail.right(),
            Body::Sheet(sheet) => {
                self.left = (self.left + 1).min(sheet.widths().len().saturating_sub(1));
            }
            Body::Lines(lines) => {
                let seen = lines.iter().skip(self.top).take(rows);
                let longest = seen.map(|line| line.chars().count()).max().unwrap_or(0);
                if self.left + SIDEWAYS < longest {
                    self.left += SIDEWAYS;
                }
            }
            Body::Picture(_) | Body::Bytes(_) => {}
        }
    }

    /// The lines of the window: a table's head takes one.
    fn rows(&self) -> usize {
        let head = u16::from(matches!(self.body, Body::Sheet(_)));
        usize::from(self.room.height.saturating_sub(BORDER + head))
    }
}

/// What kind of file it is, what is shown of it, and what is wrong with it.
type Look = (String, Body, Option<String>);

fn look(path: &str, bytes: &[u8], whole: bool) -> Look {
    if let Some(format) = picture::format(bytes) {
        return match Picture::read(format, bytes) {
            Ok(picture) => {
                let kind = format!("{} {}×{}", picture.format, picture.width, picture.height);
                (kind, Body::Picture(picture), None)
            }
            Err(problem) => (
                picture::word(format).to_owned(),
                Body::Bytes(bytes.to_vec()),
                Some(problem),
            ),
        };
    }
    match readable(bytes, whole) {
        Some(text) => look_at_text(path, text, whole),
        None => ("binary".to_owned(), Body::Bytes(bytes.to_vec()), None),
    }
}

fn look_at_text(path: &str, text: &str, whole: bool) -> Look {
    let ending = ending(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    let plain = |kind: &str, problem: Option<&str>| {
        (
            kind.to_owned(),
            Body::Lines(lines(text)),
            problem.map(str::to_owned),
        )
    };
    match ending.as_str() {
        _ if name == "MLmodel" => match model::fields(text) {
            Some((fields, json)) => {
                let detail = Detail::new(path, fields, json);
                ("MLmodel".to_owned(), Body::Detail(Box::new(detail)), None)
            }
            None => plain("MLmodel", Some("it cannot be read as YAML")),
        },
        "json" | "ipynb" | "geojson" => match json(path, text) {
            Some(body) => ("JSON".to_owned(), body, None),
            None => plain("JSON", whole.then_some("it cannot be read as JSON")),
        },
        "csv" | "tsv" => {
            let kind = ending.to_uppercase();
            match Sheet::read(text, ending == "tsv", whole) {
                Some(sheet) => (kind, Body::Sheet(sheet), None),
                None => plain(&kind, Some("it cannot be read as a table")),
            }
        }
        "yaml" | "yml" => plain("YAML", None),
        "md" | "markdown" => plain("Markdown", None),
        _ => match json(path, text).filter(|_| text.trim_start().starts_with(['{', '['])) {
            Some(body) => ("JSON".to_owned(), body, None),
            None => plain("text", None),
        },
    }
}

fn json(path: &str, text: &str) -> Option<Body> {
    let value = read_json(text.as_bytes()).ok()?;
    let mut detail = Detail::new(path, Vec::<(String, String, Tone)>::new(), value);
    detail.toggle_part();
    Some(Body::Detail(Box::new(detail)))
}

/// The text that the bytes are, a character cut in half at the end left out; nothing where they
/// are none.
fn readable(bytes: &[u8], whole: bool) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if !whole && error.error_len().is_none() => {
            let start = bytes.get(..error.valid_up_to())?;
            std::str::from_utf8(start).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then(|| text.trim_start_matches('\u{feff}'))
}

/// The part after the last dot of the name, in small letters.
fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.')
        .map_or_else(String::new, |(_, ending)| ending.to_lowercase())
}

/// The lines of a text, with blanks up to the next stop for each tabulator.
fn lines(text: &str) -> Vec<String> {
    let line = |line: &str| {
        if !line.contains('\t') {
            return line.to_owned();
        }
        let mut out = String::with_capacity(line.len() + TAB);
        let mut column = 0;
        for part in line.split_inclusive('\t') {
            let plain = part.trim_end_matches('\t');
            out.push_str(plain);
            column += plain.chars().count();
            if plain.len() < part.len() {
                let blanks = TAB - column % TAB;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
        }
        out
    };
    text.lines().map(line).collect()
}

/// `00000010  48 65 6c 6c 6f …  Hello`.
fn dump(start: usize, row: &[u8]) -> String {
    let mut out = format!("{start:08x} ");
    for at in 0..DUMPED {
        if at % 8 == 0 {
            out.push(' ');
        }
        let _ = match row.get(at) {
            Some(byte) => write!(out, "{byte:02x} "),
            None => write!(out, "   "),
        };
    }
    out.push(' ');
    out.extend(row.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    }));
    out
}

#[cfg(test)]
mod tests;
