//! A JSON document as lines that fold.

use std::{collections::HashSet, fmt::Write};

use serde_json::Value;

/// What leads to a value from the one around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Nothing: the document itself.
    Root,
    /// A member of an object.
    Name(String),
    /// An element of an array.
    Index(usize),
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A text.
    Text,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
}

/// What a line holds after its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// The bracket that opens an object or an array.
    Open {
        /// The line with the closing bracket.
        close: usize,
        /// How many members or elements there are.
        count: usize,
        /// Whether it is an array.
        array: bool,
    },
    /// The closing bracket.
    Close {
        /// Whether it closes an array.
        array: bool,
    },
    /// A value without parts, as JSON; an empty object or array too.
    Leaf(Scalar, String),
}

/// A line of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How deep it is.
    pub depth: usize,
    /// Its key.
    pub key: Key,
    /// What it holds.
    pub node: Node,
    /// Whether a comma follows.
    pub comma: bool,
    /// The line that opens what it is in; the line itself for the outermost.
    parent: usize,
}

impl Line {
    /// The key as JSON, where the line shows one.
    pub fn name(&self) -> Option<String> {
        match (&self.key, &self.node) {
            (_, Node::Close { .. }) => None,
            (Key::Name(name), _) => Some(Value::from(name.as_str()).to_string()),
            _ => None,
        }
    }
}

/// All lines, and which of them are in view.
#[derive(Debug)]
pub struct Tree {
    lines: Vec<Line>,
    folded: Vec<bool>,
    /// The lines that no fold hides.
    shown: Vec<usize>,
}

impl Tree {
    /// Lays `value` out, with nothing folded.
    pub fn of(value: &Value) -> Self {
        let mut lines = Vec::new();
        lay(&mut lines, value, Key::Root, 0, 0, false);
        let folded = vec![false; lines.len()];
        let shown = (0..lines.len()).collect();
        Self {
            lines,
            folded,
            shown,
        }
    }

    /// How many lines are shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether no line is shown; a document has at least one.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The number and the content of the line shown at `place`.
    pub fn at(&self, place: usize) -> Option<(usize, &Line)> {
        let line = *self.shown.get(place)?;
        Some((line, self.lines.get(line)?))
    }

    /// Whether the line is folded.
    pub fn is_folded(&self, line: usize) -> bool {
        self.folded.get(line).copied().unwrap_or(false)
    }

    /// Folds or unfolds what the line at `place` opens or is part of; says where the cursor
    /// belongs afterwards.
    pub fn fold(&mut self, place: usize) -> usize {
        let Some((number, line)) = self.at(place) else {
            return place;
        };
        let opens = match line.node {
            Node::Open { .. } => number,
            _ => line.parent,
        };
        if let (Some(folded), Some(Node::Open { .. })) = (
            self.folded.get_mut(opens),
            self.lines.get(opens).map(|line| &line.node),
        ) {
            *folded = !*folded;
            self.show();
        }
        self.place_of(opens)
    }

    /// Folds everything but the outermost, or unfolds everything; says where the cursor that
    /// was at `place` belongs afterwards.
    pub fn fold_all(&mut self, fold: bool, place: usize) -> usize {
        let number = self.at(place).map_or(0, |(number, _)| number);
        for (line, folded) in self.lines.iter().zip(&mut self.folded) {
            *folded = fold && line.depth > 0 && matches!(line.node, Node::Open { .. });
        }
        self.show();
        self.place_of(number)
    }

    /// Unfolds whatever hides the line; says where it is then.
    pub fn reveal(&mut self, number: usize) -> usize {
        let mut at = number;
        let mut changed = false;
        while let Some(line) = self.lines.get(at) {
            let parent = line.parent;
            if parent == at {
                break;
            }
            if let Some(folded) = self.folded.get_mut(parent) {
                changed |= *folded;
                *folded = false;
            }
            at = parent;
        }
        if changed {
            self.show();
        }
        self.place_of(number)
    }

    /// The lines whose key or value contains `text`, whatever the case.
    pub fn search(&self, text: &str) -> Vec<usize> {
        let text = text.to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        self.lines
            .iter()
            .enumerate()
            .filter(|(_, line)| {
                let in_key = matches!(&line.key, Key::Name(name) if name.to_lowercase().contains(&text))
                    && !matches!(line.node, Node::Close { .. });
                let in_value =
                    matches!(&line.node, Node::Leaf(_, leaf) if leaf.to_lowercase().contains(&text));
                in_key || in_value
            })
            .map(|(number, _)| number)
            .collect()
    }

    /// The keys that lead to a line, the outermost first.
    pub fn keys(&self, number: usize) -> Vec<&Key> {
        let mut keys = Vec::new();
        let mut at = number;
        while let Some(line) = self.lines.get(at) {
            if let Node::Close { .. } = line.node {
                at = line.parent;
                continue;
            }
            if line.key == Key::Root {
                break;
            }
            keys.push(&line.key);
            at = line.parent;
        }
        keys.reverse();
        keys
    }

    /// The path to a line, as `jq` writes it: `.roles[0].name`.
    pub fn path(&self, number: usize) -> String {
        let mut path = String::new();
        for key in self.keys(number) {
            let _ = match key {
                Key::Root => Ok(()),
                Key::Index(index) => write!(path, "[{index}]"),
                Key::Name(name) if is_plain(name) => write!(path, ".{name}"),
                Key::Name(name) => {
                    let dot = if path.is_empty() { "." } else { "" };
                    write!(path, "{dot}[{}]", Value::from(name.as_str()))
                }
            };
        }
        if path.is_empty() || path.starts_with('[') {
            path.insert(0, '.');
        }
        path
    }

    /// The paths of everything folded.
    pub fn folds(&self) -> HashSet<String> {
        self.folded
            .iter()
            .enumerate()
            .filter(|(_, folded)| **folded)
            .map(|(number, _)| self.path(number))
            .collect()
    }

    /// Folds what has one of these paths.
    pub fn fold_paths(&mut self, paths: &HashSet<String>) {
        if paths.is_empty() {
            return;
        }
        self.folded = (0..self.lines.len())
            .map(|number| {
                let opens = self
                    .lines
                    .get(number)
                    .is_some_and(|line| matches!(line.node, Node::Open { .. }));
                opens && paths.contains(&self.path(number))
            })
            .collect();
        self.show();
    }

    /// The place of the line with this path, if it is shown.
    pub fn find(&self, path: &str) -> Option<usize> {
        (0..self.len()).find(|place| {
            self.at(*place)
                .is_some_and(|(number, _)| self.path(number) == path)
        })
    }

    /// Where the line is shown, or what it is folded into.
    fn place_of(&self, number: usize) -> usize {
        self.shown
            .partition_point(|shown| *shown <= number)
            .saturating_sub(1)
    }

    fn show(&mut self) {
        self.shown.clear();
        let mut number = 0;
        while let Some(line) = self.lines.get(number) {
            self.shown.push(number);
            number = match line.node {
                Node::Open { close, .. } if self.is_folded(number) => close + 1,
                _ => number + 1,
            };
        }
    }
}

/// Whether a key needs no quotes in a path.
fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn lay(lines: &mut Vec<Line>, value: &Value, key: Key, depth: usize, parent: usize, comma: bool) {
    let number = lines.len();
    let mut push = |node| {
        lines.push(Line {
            depth,
            key: key.clone(),
            node,
            comma,
            parent,
        });
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            push(Node::Open {
                close: 0,
                count: members.len(),
                array: false,
            });
            let last = members.len() - 1;
            for (at, (name, member)) in members.iter().enumerate() {
                let key = Key::Name(name.clone());
                lay(lines, member, key, depth + 1, number, at < last);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            push(Node::Open {
                close: 0,
                count: elements.len(),
                array: true,
            });
            let last = elements.len() - 1;
            for (at, element) in elements.iter().enumerate() {
                lay(lines, element, Key::Index(at), depth + 1, number, at < last);
            }
        }
        leaf => {
            let scalar = match leaf {
                Value::String(_) => Scalar::Text,
                Value::Number(_) => Scalar::Number,
                _ => Scalar::Word,
            };
            push(Node::Leaf(scalar, leaf.to_string()));
            return;
        }
    }
    let end = lines.len();
    let is_array = value.is_array();
    if let Some(Line {
        node: Node::Open { close, .. },
        ..
    }) = lines.get_mut(number)
    {
        *close = end;
    }
    lines.push(Line {
        depth,
        key,
        node: Node::Close { array: is_array },
        comma,
        parent: number,
    });
}
