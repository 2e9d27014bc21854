//! A list to pick from, searched while typing.

use std::{cmp::Reverse, collections::HashSet, ops::Range};

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use tui_input::Input;

use super::{Answer, Outcome, Room, Target, controlled, typing};

/// Something that can be picked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Its identity: unique in the list.
    pub id: String,
    /// What the user reads.
    pub label: String,
    /// What stands beside it; searched as well.
    pub detail: String,
    /// Why it cannot be picked, if it cannot.
    pub disabled: Option<String>,
}

impl Item {
    /// An item that reads `label`.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            ..Self::default()
        }
    }

    /// The same item with a text beside it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same item, which cannot be picked because of `reason`.
    #[must_use]
    pub fn disabled(mut self, reason: impl Into<String>) -> Self {
        self.disabled = Some(reason.into());
        self
    }
}

/// What is searched in an item, in characters.
struct Haystack {
    letters: Vec<char>,
    label: usize,
}

impl Haystack {
    fn of(item: &Item) -> Self {
        let mut letters: Vec<char> = item.label.chars().collect();
        let label = letters.len();
        letters.push(' ');
        letters.extend(item.detail.chars());
        Self { letters, label }
    }
}

/// A list that is being picked from.
#[derive(Debug)]
pub struct Picker {
    /// The window's title.
    pub title: String,
    /// Whether a move of the cursor is told as [`Outcome::Moved`].
    pub previews: bool,
    items: Vec<Item>,
    current: Option<String>,
    query: Input,
    /// The places of the items that match, the best first.
    matching: Vec<usize>,
    /// The id of the item under the cursor.
    cursor: Option<String>,
    /// The place of the cursor among those that match; follows the id.
    at: usize,
    top: usize,
    many: bool,
    exact: bool,
    marks: HashSet<String>,
    room: Room,
}

impl Picker {
    /// The rows of a picker's window that are not items: the query and the count.
    pub const FIXED_ROWS: usize = 2;

    /// A list to pick one of.
    pub fn new(title: impl Into<String>, items: Vec<Item>) -> Self {
        let mut picker = Self {
            title: title.into(),
            previews: false,
            items,
            current: None,
            query: Input::default(),
            matching: Vec::new(),
            cursor: None,
            at: 0,
            top: 0,
            many: false,
            exact: false,
            marks: HashSet::new(),
            room: Room::default(),
        };
        picker.search();
        picker
    }

    /// The same list to pick any number of; with none marked, the one under the cursor is
    /// meant.
    #[must_use]
    pub fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// The same list to pick any number of, also none, with these marked.
    #[must_use]
    pub fn exactly(mut self, marks: impl IntoIterator<Item = String>) -> Self {
        self.many = true;
        self.exact = true;
        self.marks = marks.into_iter().collect();
        self
    }

    /// The same list with the item that is in effect now, under the cursor.
    #[must_use]
    pub fn current(mut self, id: &str) -> Self {
        self.current = Some(id.to_owned());
        self.cursor = self.current.clone();
        self.follow();
        self
    }

    /// The same list, which tells each move of its cursor, for a preview.
    #[must_use]
    pub fn previews(mut self) -> Self {
        self.previews = true;
        self
    }

    /// Replaces the items; the query, the marks and the cursor stay with what is still there.
    pub fn set_items(&mut self, items: Vec<Item>) {
        self.items = items;
        let ids: HashSet<&str> = self.items.iter().map(|item| item.id.as_str()).collect();
        self.marks.retain(|id| ids.contains(id.as_str()));
        let cursor = self.cursor.clone();
        self.search();
        if let Some(at) = self.place(cursor.as_deref()) {
            self.go(at);
        }
    }

    /// What is typed.
    pub fn query(&self) -> &Input {
        &self.query
    }

    /// How many items there are.
    pub fn total(&self) -> usize {
        self.items.len()
    }

    /// How many items match.
    pub fn found(&self) -> usize {
        self.matching.len()
    }

    /// How many are marked.
    pub fn marked(&self) -> usize {
        self.marks.len()
    }

    /// Whether any number can be picked.
    pub fn is_many(&self) -> bool {
        self.many
    }

    /// The place of the cursor among those that match.
    pub fn cursor(&self) -> usize {
        self.at
    }

    /// The matching item at `place`.
    pub fn item(&self, place: usize) -> Option<&Item> {
        self.items.get(*self.matching.get(place)?)
    }

    /// Whether `item` is marked.
    pub fn is_marked(&self, item: &Item) -> bool {
        self.marks.contains(&item.id)
    }

    /// Whether `item` is in effect now.
    pub fn is_current(&self, item: &Item) -> bool {
        self.current.as_ref() == Some(&item.id)
    }

    /// The places in view with `rows` rows of room; the cursor is among them.
    pub fn visible(&self, rows: usize) -> Range<usize> {
        let count = self.matching.len();
        let top = self.top.min(self.at);
        let top = if rows > 0 && self.at >= top + rows {
            self.at + 1 - rows
        } else {
            top.min(count.saturating_sub(rows))
        };
        top..(top + rows).min(count)
    }

    /// For each of the items at `places` the characters that match the query: their places in
    /// the label, and in the detail.
    pub fn highlights(&self, places: Range<usize>) -> Vec<(Vec<usize>, Vec<usize>)> {
        let pattern = self.pattern();
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut found = Vec::new();
        places
            .map(|place| {
                let mut label = Vec::new();
                let mut detail = Vec::new();
                if let Some(item) = self.item(place)
                    && !pattern.atoms.is_empty()
                {
                    let haystack = Haystack::of(item);
                    found.clear();
                    pattern.indices(
                        Utf32Str::Unicode(&haystack.letters),
                        &mut matcher,
                        &mut found,
                    );
                    for at in found.iter().filter_map(|at| usize::try_from(*at).ok()) {
                        if at < haystack.label {
                            label.push(at);
                        } else if at > haystack.label {
                            detail.push(at - haystack.label - 1);
                        }
                    }
                }
                (label, detail)
            })
            .collect()
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Outcome {
        let page = self.rows().max(1);
        match key.code {
            KeyCode::Esc => return Outcome::Cancelled,
            KeyCode::Enter => return self.pick(),
            KeyCode::Char(' ') | KeyCode::Tab if self.many => {
                self.mark(self.at);
                return self.moved(self.at.saturating_add(1));
            }
            KeyCode::Down | KeyCode::Tab => return self.moved(self.at.saturating_add(1)),
            KeyCode::Up | KeyCode::BackTab => return self.moved(self.at.saturating_sub(1)),
            KeyCode::PageDown => return self.moved(self.at.saturating_add(page)),
            KeyCode::PageUp => return self.moved(self.at.saturating_sub(page)),
            KeyCode::Char('n' | 'j') if controlled(key) => {
                return self.moved(self.at.saturating_add(1));
            }
            KeyCode::Char('p' | 'k') if controlled(key) => {
                return self.moved(self.at.saturating_sub(1));
            }
            KeyCode::Home if controlled(key) => return self.moved(0),
            KeyCode::End if controlled(key) => return self.moved(usize::MAX),
            KeyCode::Char('a') if self.many && controlled(key) => self.mark_all(),
            _ => {
                let before = self.query.value().to_owned();
                if typing::apply(&mut self.query, key) && self.query.value() != before {
                    return self.searched();
                }
            }
        }
        Outcome::Stay
    }

    pub(super) fn paste(&mut self, text: &str) -> Outcome {
        typing::paste(&mut self.query, text);
        self.searched()
    }

    pub(super) fn click(&mut self, target: Target) -> Outcome {
        match target {
            // The first click chooses the row, the second picks it.
            Target::Item(place) if place == self.at && !self.many => self.pick(),
            Target::Item(place) => self.moved(place),
            Target::ItemMark(place) if self.many => {
                self.mark(place);
                self.moved(place)
            }
            Target::Accept => self.pick(),
            Target::Dismiss => Outcome::Cancelled,
            _ => Outcome::Stay,
        }
    }

    pub(super) fn scroll(&mut self, lines: i32) -> Outcome {
        let steps = usize::try_from(lines.unsigned_abs()).unwrap_or(usize::MAX);
        self.moved(if lines < 0 {
            self.at.saturating_sub(steps)
        } else {
            self.at.saturating_add(steps)
        })
    }

    pub(super) fn resize(&mut self, room: Room) {
        self.room = room;
        self.go(self.at);
    }

    fn rows(&self) -> usize {
        self.room.text_height().saturating_sub(Self::FIXED_ROWS)
    }

    fn pattern(&self) -> Pattern {
        Pattern::parse(
            self.query.value(),
            CaseMatching::Smart,
            Normalization::Smart,
        )
    }

    fn searched(&mut self) -> Outcome {
        let before = self.cursor.take();
        self.search();
        match &self.cursor {
            Some(id) if self.previews && before.as_ref() != Some(id) => Outcome::Moved(id.clone()),
            _ => Outcome::Stay,
        }
    }

    /// Finds the items that match; the cursor goes to the best.
    fn search(&mut self) {
        let pattern = self.pattern();
        if pattern.atoms.is_empty() {
            self.matching = (0..self.items.len()).collect();
        } else {
            let mut matcher = Matcher::new(Config::DEFAULT);
            let mut scored: Vec<(u32, usize)> = self
                .items
                .iter()
                .enumerate()
                .filter_map(|(place, item)| {
                    let haystack = Haystack::of(item);
                    let letters = Utf32Str::Unicode(&haystack.letters);
                    Some((pattern.score(letters, &mut matcher)?, place))
                })
                .collect();
            scored.sort_by_key(|(score, place)| (Reverse(*score), *place));
            self.matching = scored.into_iter().map(|(_, place)| place).collect();
        }
        self.top = 0;
        let empty = pattern.atoms.is_empty();
        let to = if empty {
            self.place(self.current.as_deref())
        } else {
            None
        };
        self.go(to.unwrap_or(0));
    }

    fn place(&self, id: Option<&str>) -> Option<usize> {
        let id = id?;
        (0..self.matching.len()).find(|place| self.item(*place).is_some_and(|item| item.id == id))
    }

    fn follow(&mut self) {
        let to = self.place(self.cursor.as_deref());
        self.go(to.unwrap_or(0));
    }

    fn moved(&mut self, to: usize) -> Outcome {
        let before = self.cursor.clone();
        self.go(to);
        match &self.cursor {
            Some(id) if self.previews && before.as_ref() != Some(id) => Outcome::Moved(id.clone()),
            _ => Outcome::Stay,
        }
    }

    fn go(&mut self, to: usize) {
        self.at = to.min(self.matching.len().saturating_sub(1));
        self.cursor = self.item(self.at).map(|item| item.id.clone());
        self.top = self.visible(self.rows()).start;
    }

    fn mark(&mut self, place: usize) {
        let Some(item) = self.item(place).filter(|item| item.disabled.is_none()) else {
            return;
        };
        let id = item.id.clone();
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
    }

    /// Marks all that match, or takes their marks off where all have one.
    fn mark_all(&mut self) {
        let ids: Vec<String> = (0..self.matching.len())
            .filter_map(|place| self.item(place))
            .filter(|item| item.disabled.is_none())
            .map(|item| item.id.clone())
            .collect();
        if ids.iter().all(|id| self.marks.contains(id)) {
            for id in &ids {
                self.marks.remove(id);
            }
        } else {
            self.marks.extend(ids);
        }
    }

    fn pick(&self) -> Outcome {
        if self.many && (self.exact || !self.marks.is_empty()) {
            let ids = self
                .items
                .iter()
                .filter(|item| self.marks.contains(&item.id))
                .map(|item| item.id.clone())
                .collect();
            return Outcome::Done(Answer::Picked(ids));
        }
        match self.item(self.at) {
            Some(item) if item.disabled.is_none() => {
                Outcome::Done(Answer::Picked(vec![item.id.clone()]))
            }
            _ => Outcome::Stay,
        }
    }
}
