//! A filter in pieces. Any text has some: what is wrong is a piece too.

use std::ops::Range;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A name or a word of the language: `metrics.auc`, `` params.`a b` ``, `LIKE`.
    Name,
    /// `=`, `!=`, `>` and so on.
    Operator,
    /// A number.
    Number,
    /// A text in quotes.
    Text,
    /// A parenthesis that opens.
    Open,
    /// A parenthesis that closes.
    Close,
    /// A comma.
    Comma,
    /// Anything else.
    Odd,
}

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub shape: Shape,
    /// Its bytes in the filter.
    pub range: Range<usize>,
    /// Whether its last quote is missing.
    pub unfinished: bool,
}

impl Token {
    /// Its text.
    pub fn text<'a>(&self, filter: &'a str) -> &'a str {
        filter.get(self.range.clone()).unwrap_or_default()
    }
}

/// The pieces of a filter, blanks left out.
pub fn tokens(filter: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = rest(filter, at).chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (shape, length, unfinished) = piece(rest(filter, at), first);
        tokens.push(Token {
            shape,
            range: at..at + length,
            unfinished,
        });
        at += length;
    }
    tokens
}

fn rest(filter: &str, at: usize) -> &str {
    filter.get(at..).unwrap_or_default()
}

fn piece(rest: &str, first: char) -> (Shape, usize, bool) {
    match first {
        '(' => (Shape::Open, 1, false),
        ')' => (Shape::Close, 1, false),
        ',' => (Shape::Comma, 1, false),
        '\'' | '"' => {
            let (length, unfinished) = quoted(rest, first);
            (Shape::Text, length, unfinished)
        }
        '=' | '!' | '<' | '>' => {
            let length = rest
                .bytes()
                .take(2)
                .take_while(|byte| b"=!<>".contains(byte))
                .count();
            (Shape::Operator, length, false)
        }
        '0'..='9' => (Shape::Number, number(rest), false),
        '-' | '.' if number(rest) > 1 => (Shape::Number, number(rest), false),
        first if first == '`' || is_letter(first) => {
            let (length, unfinished) = name(rest);
            (Shape::Name, length, unfinished)
        }
        first => (Shape::Odd, first.len_utf8(), false),
    }
}

fn is_letter(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// How long a text in quotes is, a quote doubled or after a backslash being part of it, and
/// whether its end is missing.
fn quoted(rest: &str, quote: char) -> (usize, bool) {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if char == '\\' && quote != '`' {
            chars.next();
        } else if char == quote {
            let doubled = |next: &(usize, char)| next.1 == quote && quote != '`';
            if chars.next_if(doubled).is_none() {
                return (at + 1, false);
            }
        }
    }
    (rest.len(), true)
}

/// How long a number is.
fn number(rest: &str) -> usize {
    let mut before = ' ';
    let of_number = |char: &char| {
        let sign = matches!(char, '-' | '+') && matches!(before, ' ' | 'e' | 'E');
        before = *char;
        sign || char.is_ascii_digit() || matches!(char, '.' | 'e' | 'E')
    };
    let length = rest.chars().take_while(of_number).count();
    // A sign or a dot alone is none.
    let digits = rest.bytes().take(length).any(|byte| byte.is_ascii_digit());
    if digits { length } else { 0 }
}

/// How long a name is: parts between dots, each plain or in quotes.
fn name(rest: &str) -> (usize, bool) {
    let mut at = 0;
    while let Some(char) = self::rest(rest, at).chars().next() {
        let after_dot = self::rest(rest, 0)
            .get(..at)
            .is_some_and(|name| name.ends_with('.'));
        match char {
            '`' | '"' if at == 0 || after_dot => {
                let (length, unfinished) = quoted(self::rest(rest, at), char);
                at += length;
                if unfinished {
                    return (at, true);
                }
            }
            '.' => at += 1,
            char if is_letter(char) => at += char.len_utf8(),
            // Keys may hold more than MLflow takes without quotes; they are still one key.
            '/' | '-' | ':' if at > 0 => at += 1,
            _ => break,
        }
    }
    (at.max(1), false)
}
