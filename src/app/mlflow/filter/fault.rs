//! Where in a filter the error is that MLflow speaks of.

use std::ops::Range;

use super::lexer::{Token, tokens};

/// Words after which MLflow's messages name what would be right.
const RIGHT: [&str; 5] = [
    "Valid ",
    "not one of",
    "Expected one of",
    "(e.g.",
    "Supported ",
];
/// How MLflow begins a message that lists what it could not read.
const CLAUSES: &str = "Invalid clause(s) in filter string: ";

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// MLflow's message, untrusted.
    pub message: String,
    /// The bytes of the filter that it is about, as far as the message tells.
    pub range: Option<Range<usize>>,
}

/// Finds what MLflow's `message` is about.
pub fn fault(filter: &str, message: &str) -> Fault {
    let pieces = tokens(filter);
    let range = clauses(filter, &pieces, message)
        .or_else(|| list(filter, &pieces, message))
        .or_else(|| named(filter, &pieces, message))
        .or_else(|| unfinished(&pieces));
    Fault {
        message: message.to_owned(),
        range,
    }
}

/// `Invalid clause(s) in filter string: 'metrics.x', '>'`, for models without quotes.
fn clauses(filter: &str, pieces: &[Token], message: &str) -> Option<Range<usize>> {
    let listed = message.split_once(CLAUSES)?.1;
    let said: Vec<&str> = listed
        .split(", ")
        .map(|said| unquoted(said.trim()))
        .filter(|said| !said.is_empty())
        .collect();
    let starts = |at: &&Token| {
        let text = at.text(filter);
        said.first()
            .is_some_and(|first| text == *first || (text.starts_with(first) && said.len() > 1))
    };
    // The one that is followed by the others, else the first one.
    let whole = pieces.iter().filter(starts).find_map(|token| {
        let mut end = token.range.start;
        for said in &said {
            let rest = filter.get(end..)?;
            let blanks = rest.len() - rest.trim_start().len();
            rest.trim_start().strip_prefix(said)?;
            end += blanks + said.len();
        }
        Some(token.range.start..end)
    });
    whole
        .or_else(|| pieces.iter().find(starts).map(|token| token.range.clone()))
        .or_else(|| found(filter, listed.trim()))
}

/// Where a text that is not empty stands in the filter.
fn found(filter: &str, text: &str) -> Option<Range<usize>> {
    let start = filter.find(text).filter(|_| !text.is_empty())?;
    Some(start..start + text.len())
}

/// What stands in quotes or after the last `value` and `Found`, before what would be right.
fn named(filter: &str, pieces: &[Token], message: &str) -> Option<Range<usize>> {
    let end = RIGHT
        .iter()
        .filter_map(|right| message.find(right))
        .min()
        .unwrap_or(message.len());
    let wrong = message.get(..end).unwrap_or(message);
    let mut said: Vec<&str> = wrong.split('\'').skip(1).step_by(2).collect();
    for before in [": ", "Found ", "Got value ", "Got "] {
        if let Some((_, said_last)) = message.rsplit_once(before) {
            // With its quotes, by which a text is told from a key.
            said.insert(0, said_last.trim().trim_end_matches('.'));
        }
    }
    said.retain(|said| !said.is_empty());
    let exact = said.iter().find_map(|said| {
        let is = |token: &&Token| is_named(token.text(filter), said);
        pieces.iter().find(is).map(|token| token.range.clone())
    });
    exact.or_else(|| said.iter().find_map(|said| found(filter, said)))
}

/// Whether a piece is what the message names: itself, its key, or what comes before its dot.
fn is_named(text: &str, said: &str) -> bool {
    let parts = text.split_once('.');
    text == said
        || unquoted(text).eq_ignore_ascii_case(said)
        || parts.is_some_and(|(entity, key)| entity == said || unquoted(key) == said)
}

/// A list that is wrong.
fn list(filter: &str, pieces: &[Token], message: &str) -> Option<Range<usize>> {
    let spoken = ["with a list", "ill-formed list", "malformed"];
    if !spoken.iter().any(|words| message.contains(words)) {
        return None;
    }
    let start = pieces.iter().find(|token| token.text(filter) == "(")?;
    let end = pieces
        .iter()
        .filter(|token| token.range.start > start.range.start)
        .find(|token| token.text(filter) == ")")
        .map_or(filter.len(), |token| token.range.end);
    Some(start.range.start..end)
}

/// A quote that nothing closes.
fn unfinished(pieces: &[Token]) -> Option<Range<usize>> {
    let open = pieces.iter().find(|token| token.unfinished)?;
    Some(open.range.clone())
}

/// Without one pair of quotes around it.
fn unquoted(text: &str) -> &str {
    for quote in ['\'', '"', '`'] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    text
}
