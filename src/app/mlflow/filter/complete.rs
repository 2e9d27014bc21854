//! What may come next at the cursor.

use std::{borrow::Cow, ops::Range};

use super::{
    language::{Entity, Language, Phrase, Takes},
    lexer::{Shape, Token, tokens},
    seen::Seen,
};
use crate::app::dialog::typed;

/// The most candidates that are offered at once.
pub(super) const MOST: usize = 100;

/// What belongs at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// An attribute, metric, parameter or tag.
    Field,
    /// How it is compared.
    Operator,
    /// A number.
    Number,
    /// A whole number; times are in milliseconds since 1970.
    Whole,
    /// A text in quotes.
    Text,
    /// A list of texts in quotes.
    List,
    /// Another text of a list, or its end.
    Separator,
    /// `and`, or the end.
    And,
    /// What an order goes by.
    By,
    /// Whether the smallest or the largest comes first.
    Direction,
    /// Another field of an order, or its end.
    Comma,
    /// Nothing that is known: what is before it is wrong.
    Nothing,
}

impl Expects {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Field => "an attribute, metric, param or tag",
            Self::Operator => "a comparison",
            Self::Number => "a number",
            Self::Whole => "a whole number (a time: milliseconds since 1970)",
            Self::Text => "a text in quotes",
            Self::List => "a list: ('a', 'b')",
            Self::Separator => "a comma or the end of the list",
            Self::And => "and",
            Self::By => "what to order by",
            Self::Direction => "ASC (the smallest first) or DESC",
            Self::Comma => "a comma and the next, or the end",
            Self::Nothing => "",
        }
    }
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is put in, with the blank that follows.
    pub insert: String,
    /// What it is, untrusted: for the list.
    pub shown: String,
}

impl Candidate {
    fn word(word: &str) -> Self {
        Self {
            insert: format!("{word} "),
            shown: word.to_owned(),
        }
    }

    /// These, put in at the byte `start` after `before`: with a blank between them and what they
    /// would touch.
    pub(super) fn apart(mut all: Vec<Self>, before: &str, start: usize) -> Vec<Self> {
        let touches = before
            .get(..start)
            .and_then(|before| before.chars().next_back())
            .is_some_and(|before| !before.is_whitespace() && before != '(');
        if touches {
            for candidate in &mut all {
                candidate.insert.insert(0, ' ');
            }
        }
        all
    }
}

/// What may come next at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the filter that a candidate takes the place of.
    pub range: Range<usize>,
    /// What belongs there.
    pub expects: Expects,
    /// The ways to go on, the likeliest first.
    pub candidates: Vec<Candidate>,
}

impl Completion {
    /// The filter with a candidate put in, and where the cursor is then.
    pub fn apply(&self, filter: &str, candidate: usize) -> Option<(String, usize)> {
        let candidate = self.candidates.get(candidate)?;
        let before = filter.get(..self.range.start)?;
        let after = filter.get(self.range.end..)?.trim_start();
        let text = format!("{before}{}{after}", candidate.insert);
        Some((text, before.len() + candidate.insert.len()))
    }
}

/// A field as it was typed.
#[derive(Clone, Debug)]
struct Field {
    entity: Entity,
    key: String,
    takes: Takes,
}

/// What comes next, after what was read.
#[derive(Clone, Debug)]
enum State {
    Field,
    Operator(Field),
    /// After `NOT`, `IS` or `IS NOT`: the rest of the operator.
    Rest(Field, &'static str),
    Value(Field),
    List(Field),
    Item(Field),
    Separator(Field),
    And,
    Lost,
}

/// What may come next in `filter` at the byte `cursor`, which lies between two characters. What
/// comes after the cursor does not matter.
pub fn complete(language: Language, seen: &Seen, filter: &str, cursor: usize) -> Completion {
    let cursor = filter.floor_char_boundary(cursor);
    let before = filter.get(..cursor).unwrap_or_default();
    let mut tokens = tokens(before);
    // The piece that the cursor touches is still being typed.
    let partial = tokens.pop_if(|token| token.range.end == cursor && is_open(token));
    let state = tokens.iter().fold(State::Field, |state, token| {
        step(language, state, token, before)
    });
    let (start, needle) = match &partial {
        Some(token) => (token.range.start, token.text(before)),
        None => (cursor, ""),
    };
    let (expects, mut candidates) = offers(language, seen, &state, needle);
    if expects != Expects::Separator {
        candidates = Candidate::apart(candidates, before, start);
    }
    candidates.truncate(MOST);
    Completion {
        range: start..cursor,
        expects,
        candidates,
    }
}

/// Whether more may be typed to a piece.
pub(super) fn is_open(token: &Token) -> bool {
    match token.shape {
        Shape::Name | Shape::Operator | Shape::Number => true,
        Shape::Text => token.unfinished,
        Shape::Open | Shape::Close | Shape::Comma | Shape::Odd => false,
    }
}

fn step(language: Language, state: State, token: &Token, filter: &str) -> State {
    let text = token.text(filter);
    match (state, token.shape) {
        (State::Field, Shape::Name) => field(language, text).map_or(State::Lost, State::Operator),
        (State::Operator(field), Shape::Operator | Shape::Name) => operator(field, text),
        (State::Rest(field, before), Shape::Name) => rest(field, before, text),
        (State::Value(field), Shape::Number) if field.takes.is_number() => State::And,
        (State::Value(field), Shape::Text) if !field.takes.is_number() => State::And,
        (State::Item(field), Shape::Text) => State::Separator(field),
        (State::List(field), Shape::Open) | (State::Separator(field), Shape::Comma) => {
            State::Item(field)
        }
        (State::Separator(_), Shape::Close) => State::And,
        (State::And, Shape::Name) if text.eq_ignore_ascii_case("and") => State::Field,
        _ => State::Lost,
    }
}

fn field(language: Language, text: &str) -> Option<Field> {
    let (entity, key) = match text.split_once('.') {
        Some((word, key)) => (Entity::of(word)?, bare(key)),
        None => (Entity::Attribute, bare(text)),
    };
    let known = entity == Entity::Attribute || language.entities().contains(&entity);
    let takes = language.takes(entity, key).filter(|_| known)?;
    Some(Field {
        entity,
        key: key.to_owned(),
        takes,
    })
}

/// A key without its quotes, whole or not.
pub(super) fn bare(key: &str) -> &str {
    match key.chars().next() {
        Some(quote @ ('`' | '"')) => {
            let key = key.strip_prefix(quote).unwrap_or(key);
            key.strip_suffix(quote).unwrap_or(key)
        }
        _ => key,
    }
}

fn operator(field: Field, text: &str) -> State {
    let word = text.to_uppercase();
    let operators = field.takes.operators();
    if operators.contains(&word.as_str()) {
        return if word == "IN" {
            State::List(field)
        } else {
            State::Value(field)
        };
    }
    match word.as_str() {
        "NOT" if operators.contains(&"NOT IN") => State::Rest(field, "NOT "),
        "IS" if operators.contains(&"IS NULL") => State::Rest(field, "IS "),
        _ => State::Lost,
    }
}

fn rest(field: Field, before: &'static str, text: &str) -> State {
    match (before, text.to_uppercase().as_str()) {
        ("NOT ", "IN") => State::List(field),
        ("IS ", "NOT") => State::Rest(field, "IS NOT "),
        ("IS " | "IS NOT ", "NULL") => State::And,
        _ => State::Lost,
    }
}

fn offers(
    language: Language,
    seen: &Seen,
    state: &State,
    needle: &str,
) -> (Expects, Vec<Candidate>) {
    match state {
        State::Field => {
            let attributes = language.attributes().iter().map(|(name, _)| *name);
            let scope = Scope {
                attributes: attributes.collect(),
                phrases: language.phrases(),
                entities: language.entities(),
            };
            (Expects::Field, fields(&scope, seen, needle))
        }
        State::Operator(field) => {
            let all = field.takes.operators().iter().copied();
            (Expects::Operator, words(all, needle))
        }
        State::Rest(field, before) => {
            let all = field.takes.operators().iter();
            let rest = all.filter_map(|operator| operator.strip_prefix(before));
            (Expects::Operator, words(rest, needle))
        }
        State::Value(field) if field.takes == Takes::Number => (Expects::Number, Vec::new()),
        State::Value(field) if field.takes == Takes::Whole => (Expects::Whole, Vec::new()),
        State::Value(field) => {
            let texts = texts(language, seen, field, needle).map(|(value, text)| Candidate {
                insert: format!("{text} "),
                shown: value.to_owned(),
            });
            (Expects::Text, texts.collect())
        }
        State::List(field) => {
            let lists = texts(language, seen, field, needle).map(|(value, text)| Candidate {
                insert: format!("({text}) "),
                shown: value.to_owned(),
            });
            (Expects::List, lists.collect())
        }
        State::Item(field) => {
            let items = texts(language, seen, field, needle).map(|(value, text)| Candidate {
                insert: text,
                shown: value.to_owned(),
            });
            (Expects::Text, items.collect())
        }
        State::Separator(_) => {
            let signs = [(", ", ","), (") ", ")")].map(|(insert, shown)| Candidate {
                insert: insert.to_owned(),
                shown: shown.to_owned(),
            });
            (Expects::Separator, signs.to_vec())
        }
        State::And => (Expects::And, words(["and"], needle)),
        State::Lost => (Expects::Nothing, Vec::new()),
    }
}

pub(super) fn words<'a>(all: impl IntoIterator<Item = &'a str>, needle: &str) -> Vec<Candidate> {
    let needle = needle.to_uppercase();
    all.into_iter()
        .filter(|word| word.to_uppercase().starts_with(&needle))
        .map(Candidate::word)
        .collect()
}

/// What a field may be.
pub(super) struct Scope {
    /// The attributes.
    pub(super) attributes: Vec<&'static str>,
    /// What is offered beside single fields.
    pub(super) phrases: &'static [Phrase],
    /// What else than attributes a field may belong to.
    pub(super) entities: &'static [Entity],
}

/// The fields that match what was typed: those that start so before those that contain it.
pub(super) fn fields(scope: &Scope, seen: &Seen, needle: &str) -> Vec<Candidate> {
    let (only, needle) = match needle.split_once('.') {
        Some((word, key)) => match Entity::of(word) {
            Some(entity) => (Some(entity), bare(key)),
            None => return Vec::new(),
        },
        None => (None, bare(needle)),
    };
    let needle = needle.to_lowercase();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut offer = |name: &str, key: &str, shown: String, insert: &str| {
        let (name, key) = (name.to_lowercase(), key.to_lowercase());
        let starts = key.starts_with(&needle) || name.starts_with(&needle);
        let list = if starts { &mut first } else { &mut second };
        if (starts || key.contains(&needle)) && list.len() < MOST {
            list.push(Candidate {
                shown,
                insert: format!("{insert} "),
            });
        }
    };
    if only.is_none_or(|only| only == Entity::Attribute) {
        for name in &scope.attributes {
            offer(name, name, (*name).to_owned(), name);
        }
    }
    for phrase in scope.phrases.iter().filter(|_| only.is_none()) {
        let shown = format!("{}: {}", phrase.name, phrase.written);
        offer(phrase.name, phrase.written, shown, phrase.written);
    }
    for entity in scope.entities {
        if only.is_some_and(|only| only != *entity) {
            continue;
        }
        let word = entity.word();
        let known = entity.keys().iter().copied();
        let noted = seen
            .keys(*entity)
            .filter(|key| !entity.keys().contains(key));
        for key in known.chain(noted) {
            if let Some(quoted) = quoted_key(key) {
                let name = if only.is_some() { key } else { word };
                let written = format!("{word}.{quoted}");
                offer(name, key, written.clone(), &written);
            }
        }
    }
    first.append(&mut second);
    first
}

/// A key as a filter names it; nothing where it cannot, or where it could not be typed.
fn quoted_key(key: &str) -> Option<Cow<'_, str>> {
    let mut letters = key.chars();
    let plain = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if plain {
        return Some(Cow::Borrowed(key));
    }
    let harmless = !key.is_empty() && !key.contains('`') && key.chars().all(typed);
    harmless.then(|| Cow::Owned(format!("`{key}`")))
}

/// The values of a field that match what was typed, and each in quotes.
fn texts<'a>(
    language: Language,
    seen: &'a Seen,
    field: &'a Field,
    needle: &str,
) -> impl Iterator<Item = (&'a str, String)> {
    let needle = needle.trim_start_matches(['\'', '"', '(']).to_lowercase();
    let known = language.values(field.entity, &field.key);
    let noted = seen.values(field.entity, &field.key);
    known
        .iter()
        .copied()
        .chain(noted.filter(|value| !known.contains(value)))
        .filter(move |value| value.to_lowercase().contains(&needle))
        .filter_map(|value| Some((value, quoted_text(value)?)))
}

/// A value in quotes; nothing where MLflow would read it differently, or where it could not be
/// typed.
fn quoted_text(value: &str) -> Option<String> {
    if value.contains('\\') || !value.chars().all(typed) {
        return None;
    }
    match (value.contains('\''), value.contains('"')) {
        (false, _) => Some(format!("'{value}'")),
        (true, false) => Some(format!("\"{value}\"")),
        (true, true) => None,
    }
}
