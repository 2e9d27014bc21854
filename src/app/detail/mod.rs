//! The detail pane: one thing in words, and as the JSON that it came from.
//!
//! Lines are laid out once; moving, folding and searching work on places in that layout. Nothing
//! here draws.

mod tree;
mod view;

use std::ops::Range;

use serde_json::Value;

pub use tree::{Key, Line, Node, Scalar, Tree};

use self::view::View;
use super::{
    dialog::{Room, wrap},
    tone::Tone,
};

/// The columns of the border and the padding on both sides.
const SIDES: u16 = 4;
/// The rows of the border.
const ENDS: u16 = 2;
/// The widest column of names.
const NAMES: usize = 24;
/// How far a step to the side goes, in columns.
const SIDEWAYS: usize = 8;

/// One of the two sides of the pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Names and texts.
    #[default]
    Describe,
    /// The JSON.
    Json,
}

/// A line of the description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The place of the field that it belongs to.
    pub field: usize,
    /// The name, on a field's first line.
    pub name: String,
    /// A line of its text.
    pub text: String,
    /// The text's tone.
    pub tone: Tone,
}

/// What the pane shows, and where in it the user is.
#[derive(Debug)]
pub struct Detail {
    /// The pane's title.
    pub title: String,
    fields: Vec<(String, String, Tone)>,
    json: Value,
    part: Part,
    lines: Vec<Described>,
    tree: Tree,
    described: View,
    raw: View,
    column: usize,
    query: String,
    /// What matches: lines of the description, or line numbers of the JSON.
    matches: Vec<usize>,
    room: Room,
}

impl Detail {
    /// A pane with the description in front. `fields` are names, texts and the texts' tones.
    pub fn new(title: impl Into<String>, fields: Vec<(String, String, Tone)>, json: Value) -> Self {
        let tree = Tree::of(&json);
        let mut detail = Self {
            title: title.into(),
            fields,
            json,
            part: Part::default(),
            lines: Vec::new(),
            tree,
            described: View::default(),
            raw: View::default(),
            column: 0,
            query: String::new(),
            matches: Vec::new(),
            room: Room::default(),
        };
        detail.lay();
        detail
    }

    /// Replaces what is shown by newer data about the same thing. Cursor, folds and search stay.
    pub fn set(&mut self, fields: Vec<(String, String, Tone)>, json: Value) {
        self.fields = fields;
        if json != self.json {
            let folds = self.tree.folds();
            let path = self
                .tree
                .at(self.raw.at)
                .map(|(number, _)| self.tree.path(number));
            self.json = json;
            self.tree = Tree::of(&self.json);
            self.tree.fold_paths(&folds);
            let to = path.and_then(|path| self.tree.find(&path));
            let (rows, count) = (self.rows(), self.tree.len());
            let to = to.unwrap_or(self.raw.at);
            self.raw.go(to, rows, count);
        }
        self.lay();
        self.find();
    }

    /// The same from a pane that was made anew.
    pub fn refresh(&mut self, newer: Self) {
        self.set(newer.fields, newer.json);
    }

    /// Tells the size of the area that the pane is drawn in: when it opens, and whenever that
    /// changes.
    pub fn resize(&mut self, room: Room) {
        if room != self.room {
            self.room = room;
            self.lay();
            self.find();
        }
    }

    /// The part in front.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The lines of the description.
    pub fn lines(&self) -> &[Described] {
        &self.lines
    }

    /// The columns of the description that names take, the gap after them included.
    pub fn names_width(&self) -> usize {
        let widest = self
            .fields
            .iter()
            .map(|(name, _, _)| textwrap::core::display_width(name))
            .max()
            .unwrap_or(0);
        (widest + 2).min(NAMES).min(self.width() / 2)
    }

    /// The JSON's lines.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The place of the cursor among the lines of the part in front, from 0.
    pub fn cursor(&self) -> usize {
        self.view().at
    }

    /// How many lines the part in front has; folded ones do not count.
    pub fn count(&self) -> usize {
        match self.part {
            Part::Describe => self.lines.len(),
            Part::Json => self.tree.len(),
        }
    }

    /// The first column in view of the JSON.
    pub fn column(&self) -> usize {
        self.column
    }

    /// The places in view with `rows` rows of room; the cursor is among them.
    pub fn visible(&self, rows: usize) -> Range<usize> {
        self.view().visible(rows, self.count())
    }

    /// What is searched for; empty if nothing is.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// How many lines match, and which of them the cursor is on, from 1.
    pub fn matched(&self) -> (Option<usize>, usize) {
        let line = self.current_line();
        let which = self.matches.binary_search(&line).ok().map(|at| at + 1);
        (which, self.matches.len())
    }

    /// Shows the other part.
    pub fn toggle_part(&mut self) {
        self.part = match self.part {
            Part::Describe => Part::Json,
            Part::Json => Part::Describe,
        };
        self.find();
    }

    /// One line down.
    pub fn down(&mut self) {
        self.scroll(1);
    }

    /// One line up.
    pub fn up(&mut self) {
        self.scroll(-1);
    }

    /// One page down.
    pub fn page_down(&mut self) {
        self.go(self.cursor().saturating_add(self.rows().max(1)));
    }

    /// One page up.
    pub fn page_up(&mut self) {
        self.go(self.cursor().saturating_sub(self.rows().max(1)));
    }

    /// To the first line.
    pub fn top(&mut self) {
        self.go(0);
    }

    /// To the last line.
    pub fn bottom(&mut self) {
        self.go(usize::MAX);
    }

    /// Further left in lines of JSON that are too long.
    pub fn left(&mut self) {
        self.column = self.column.saturating_sub(SIDEWAYS);
    }

    /// Further right in lines of JSON that are too long.
    pub fn right(&mut self) {
        let longest = self
            .visible(self.rows())
            .filter_map(|place| self.tree.at(place))
            .map(|(_, line)| {
                let value = match &line.node {
                    Node::Leaf(_, text) => text.chars().count(),
                    _ => 1,
                };
                line.depth * 2 + line.name().map_or(0, |name| name.chars().count() + 2) + value
            })
            .max()
            .unwrap_or(0);
        if self.part == Part::Json && self.column + SIDEWAYS < longest {
            self.column += SIDEWAYS;
        }
    }

    /// By `lines` lines, down if positive.
    pub fn scroll(&mut self, lines: i32) {
        let steps = usize::try_from(lines.unsigned_abs()).unwrap_or(usize::MAX);
        let at = self.cursor();
        self.go(if lines < 0 {
            at.saturating_sub(steps)
        } else {
            at.saturating_add(steps)
        });
    }

    /// To the line at `place`, which was clicked; an object or array there folds or unfolds.
    pub fn click(&mut self, place: usize) {
        self.go(place);
        let opens = self
            .tree
            .at(self.raw.at)
            .is_some_and(|(_, line)| matches!(line.node, Node::Open { .. }));
        if self.part == Part::Json && opens {
            self.fold();
        }
    }

    /// Folds or unfolds what the cursor is on or in.
    pub fn fold(&mut self) {
        if self.part == Part::Json {
            let to = self.tree.fold(self.raw.at);
            self.go(to);
        }
    }

    /// Folds everything but the outermost object or array.
    pub fn fold_all(&mut self) {
        self.all(true);
    }

    /// Unfolds everything.
    pub fn unfold_all(&mut self) {
        self.all(false);
    }

    /// Searches the part in front, whatever the case, and goes to the first match from the
    /// cursor on. An empty text ends the search.
    pub fn search(&mut self, text: &str) {
        text.clone_into(&mut self.query);
        self.find();
        let line = self.current_line();
        let to = self.matches.iter().find(|found| **found >= line);
        if let Some(to) = to.or(self.matches.first()).copied() {
            self.reveal(to);
        }
    }

    /// To the next match; after the last comes the first.
    pub fn next(&mut self) {
        let line = self.current_line();
        let to = self.matches.iter().find(|found| **found > line);
        if let Some(to) = to.or(self.matches.first()).copied() {
            self.reveal(to);
        }
    }

    /// To the match before; before the first comes the last.
    pub fn previous(&mut self) {
        let line = self.current_line();
        let to = self.matches.iter().rev().find(|found| **found < line);
        if let Some(to) = to.or(self.matches.last()).copied() {
            self.reveal(to);
        }
    }

    /// The value under the cursor: a field's text, a JSON text without its quotes, or JSON.
    pub fn current_value(&self) -> Option<String> {
        match self.part {
            Part::Describe => {
                let line = self.lines.get(self.described.at)?;
                self.fields.get(line.field).map(|(_, text, _)| text.clone())
            }
            Part::Json => {
                let (number, _) = self.tree.at(self.raw.at)?;
                let mut value = &self.json;
                for key in self.tree.keys(number) {
                    value = match key {
                        Key::Root => value,
                        Key::Name(name) => value.get(name)?,
                        Key::Index(index) => value.get(index)?,
                    };
                }
                Some(match value {
                    Value::String(text) => text.clone(),
                    other => pretty(other),
                })
            }
        }
    }

    /// The path of the line under the cursor, as `jq` writes it; none in the description.
    pub fn path(&self) -> Option<String> {
        match self.part {
            Part::Describe => None,
            Part::Json => {
                let (number, _) = self.tree.at(self.raw.at)?;
                Some(self.tree.path(number))
            }
        }
    }

    /// All of the part in front, as text.
    pub fn whole(&self) -> String {
        match self.part {
            Part::Describe => {
                let lines: Vec<String> = self
                    .fields
                    .iter()
                    .map(|(name, text, _)| format!("{name}: {text}"))
                    .collect();
                lines.join("\n")
            }
            Part::Json => pretty(&self.json),
        }
    }

    fn width(&self) -> usize {
        usize::from(self.room.width.saturating_sub(SIDES))
    }

    fn rows(&self) -> usize {
        usize::from(self.room.height.saturating_sub(ENDS))
    }

    fn view(&self) -> View {
        match self.part {
            Part::Describe => self.described,
            Part::Json => self.raw,
        }
    }

    fn go(&mut self, to: usize) {
        let (rows, count) = (self.rows(), self.count());
        match self.part {
            Part::Describe => self.described.go(to, rows, count),
            Part::Json => self.raw.go(to, rows, count),
        }
    }

    fn all(&mut self, fold: bool) {
        if self.part == Part::Json {
            let to = self.tree.fold_all(fold, self.raw.at);
            self.go(to);
        }
    }

    /// The line that the cursor is on, counted as matches are.
    fn current_line(&self) -> usize {
        match self.part {
            Part::Describe => self.described.at,
            Part::Json => self.tree.at(self.raw.at).map_or(0, |(number, _)| number),
        }
    }

    fn find(&mut self) {
        let query = self.query.to_lowercase();
        self.matches = match self.part {
            _ if query.is_empty() => Vec::new(),
            Part::Describe => self
                .lines
                .iter()
                .enumerate()
                .filter(|(_, line)| {
                    line.text.to_lowercase().contains(&query)
                        || line.name.to_lowercase().contains(&query)
                })
                .map(|(at, _)| at)
                .collect(),
            Part::Json => self.tree.search(&query),
        };
    }

    fn reveal(&mut self, line: usize) {
        let to = match self.part {
            Part::Describe => line,
            Part::Json => self.tree.reveal(line),
        };
        self.go(to);
    }

    fn lay(&mut self) {
        let width = self.width().saturating_sub(self.names_width()).max(1);
        let field = self.lines.get(self.described.at).map(|line| line.field);
        self.lines = self
            .fields
            .iter()
            .enumerate()
            .flat_map(|(field, (name, text, tone))| {
                wrap(text, width, "")
                    .into_iter()
                    .enumerate()
                    .map(move |(at, text)| Described {
                        field,
                        name: if at == 0 { name.clone() } else { String::new() },
                        text,
                        tone: *tone,
                    })
            })
            .collect();
        let (rows, count) = (self.rows(), self.lines.len());
        // Another width breaks lines elsewhere: the cursor stays on its field.
        let at = self.described.at;
        let same = self.lines.get(at).map(|line| line.field) == field;
        let to = match field {
            Some(field) if !same => self
                .lines
                .iter()
                .position(|line| line.field == field)
                .unwrap_or(at),
            _ => at,
        };
        self.described.go(to, rows, count);
        let count = self.tree.len();
        self.raw.go(self.raw.at, rows, count);
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
