//! MLflow's search filters and orders: `metrics.acc > 0.9 AND tags.team = 'a'`, `metrics.acc DESC`.
//!
//! Covers what the client and the UI send: one level of `AND`, the comparison operators,
//! `LIKE`, `ILIKE`, `IN` and `NOT IN`. Anything else is refused as MLflow refuses it.

use std::cmp::Ordering;

use super::fault::Fault;

/// What a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Attribute,
    Metric,
    Param,
    Tag,
}

/// A value to compare.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Text(String),
    Number(f64),
}

impl From<i64> for Operand {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds and steps stay far below 2^53"
    )]
    fn from(value: i64) -> Self {
        Self::Number(value as f64)
    }
}

impl Operand {
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.partial_cmp(right),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Number(left), Self::Text(right)) => left.partial_cmp(&right.parse().ok()?),
            (Self::Text(left), Self::Number(right)) => left.parse::<f64>().ok()?.partial_cmp(right),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    InsensitiveLike,
    In,
    NotIn,
}

/// One comparison of a filter.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    scope: Scope,
    key: String,
    comparison: Comparison,
    values: Vec<Operand>,
}

impl Clause {
    /// Whether it holds for a thing whose values `look` gives; an absent value never matches.
    pub(super) fn holds(&self, look: impl Fn(Scope, &str) -> Option<Operand>) -> bool {
        let Some(found) = look(self.scope, &self.key) else {
            return false;
        };
        let first = self.values.first();
        let ordering = first.and_then(|value| found.compare(value));
        match self.comparison {
            Comparison::Equal => ordering == Some(Ordering::Equal),
            Comparison::NotEqual => ordering.is_none_or(Ordering::is_ne),
            Comparison::Less => ordering.is_some_and(Ordering::is_lt),
            Comparison::LessOrEqual => ordering.is_some_and(Ordering::is_le),
            Comparison::Greater => ordering.is_some_and(Ordering::is_gt),
            Comparison::GreaterOrEqual => ordering.is_some_and(Ordering::is_ge),
            Comparison::Like => text_like(&found, first, false),
            Comparison::InsensitiveLike => text_like(&found, first, true),
            Comparison::In => self.values.contains(&found),
            Comparison::NotIn => !self.values.contains(&found),
        }
    }
}

fn text_like(found: &Operand, pattern: Option<&Operand>, fold: bool) -> bool {
    let (Operand::Text(text), Some(Operand::Text(pattern))) = (found, pattern) else {
        return false;
    };
    let letters = |text: &str| -> Vec<char> {
        if fold {
            text.to_lowercase().chars().collect()
        } else {
            text.chars().collect()
        }
    };
    like(&letters(text), &letters(pattern))
}

/// SQL's LIKE over the whole text, `%` any run and `_` any one, without backtracking twice.
fn like(text: &[char], pattern: &[char]) -> bool {
    let (mut at, mut in_pattern) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('%') => {
                retry = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(letter) if *letter == '_' || Some(letter) == text.get(at) => {
                at += 1;
                in_pattern += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    at = from + 1;
                    in_pattern = star + 1;
                    retry = Some((star, at));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(in_pattern).all(|letter| *letter == '%')
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Symbol(&'static str),
}

/// The clauses of a filter; an empty filter has none.
pub(super) fn parse(filter: &str) -> Result<Vec<Clause>, Fault> {
    let refuse = || Fault::invalid(format!("Invalid clause(s) in filter string: {filter}"));
    let tokens = tokens(filter).ok_or_else(refuse)?;
    let mut rest = tokens.into_iter().peekable();
    let mut clauses = Vec::new();
    while rest.peek().is_some() {
        if !clauses.is_empty() && !rest.next().is_some_and(|token| is_word(&token, "and")) {
            return Err(refuse());
        }
        let (scope, key) = key(&mut rest).ok_or_else(refuse)?;
        let comparison = comparison(&mut rest).ok_or_else(refuse)?;
        let values = match comparison {
            Comparison::In | Comparison::NotIn => list(&mut rest),
            _ => rest.next().and_then(value).map(|value| vec![value]),
        };
        clauses.push(Clause {
            scope,
            key,
            comparison,
            values: values.ok_or_else(refuse)?,
        });
    }
    Ok(clauses)
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(text) if text.eq_ignore_ascii_case(word))
}

/// `metrics.acc`, `` tags.`my key` ``, `params."lr"` or a bare attribute.
fn key(rest: &mut Tokens) -> Option<(Scope, String)> {
    let Token::Word(word) = rest.next()? else {
        return None;
    };
    let Some((scope, key)) = word.split_once('.') else {
        return Some((Scope::Attribute, word));
    };
    let scope = scope_of(scope)?;
    if !key.is_empty() {
        return Some((scope, key.to_owned()));
    }
    match rest.next()? {
        Token::Quoted(key) => Some((scope, key)),
        _ => None,
    }
}

fn scope_of(word: &str) -> Option<Scope> {
    match word.to_ascii_lowercase().as_str() {
        "metric" | "metrics" => Some(Scope::Metric),
        "param" | "params" | "parameter" | "parameters" => Some(Scope::Param),
        "tag" | "tags" => Some(Scope::Tag),
        "attribute" | "attributes" | "attr" | "run" => Some(Scope::Attribute),
        _ => None,
    }
}

fn comparison(rest: &mut Tokens) -> Option<Comparison> {
    let token = rest.next()?;
    Some(match &token {
        Token::Symbol("=") => Comparison::Equal,
        Token::Symbol("!=") => Comparison::NotEqual,
        Token::Symbol("<") => Comparison::Less,
        Token::Symbol("<=") => Comparison::LessOrEqual,
        Token::Symbol(">") => Comparison::Greater,
        Token::Symbol(">=") => Comparison::GreaterOrEqual,
        token if is_word(token, "like") => Comparison::Like,
        token if is_word(token, "ilike") => Comparison::InsensitiveLike,
        token if is_word(token, "in") => Comparison::In,
        token if is_word(token, "not") => {
            return rest
                .next()
                .filter(|token| is_word(token, "in"))
                .map(|_| Comparison::NotIn);
        }
        _ => return None,
    })
}

fn value(token: Token) -> Option<Operand> {
    match token {
        Token::Quoted(text) => Some(Operand::Text(text)),
        Token::Word(word) => word.parse().ok().map(Operand::Number),
        Token::Symbol(_) => None,
    }
}

fn list(rest: &mut Tokens) -> Option<Vec<Operand>> {
    if rest.next()? != Token::Symbol("(") {
        return None;
    }
    let mut values = Vec::new();
    loop {
        values.push(value(rest.next()?)?);
        match rest.next()? {
            Token::Symbol(",") => {}
            Token::Symbol(")") => return Some(values),
            _ => return None,
        }
    }
}

fn tokens(filter: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = filter.chars().peekable();
    while let Some(letter) = rest.next() {
        let mut followed_by_equals = || rest.next_if_eq(&'=').is_some();
        match letter {
            letter if letter.is_whitespace() => {}
            '\'' | '"' | '`' => {
                let mut text = String::new();
                loop {
                    match rest.next()? {
                        end if end == letter => break,
                        other => text.push(other),
                    }
                }
                found.push(Token::Quoted(text));
            }
            '=' => found.push(Token::Symbol("=")),
            '(' => found.push(Token::Symbol("(")),
            ')' => found.push(Token::Symbol(")")),
            ',' => found.push(Token::Symbol(",")),
            '!' if followed_by_equals() => found.push(Token::Symbol("!=")),
            '<' if followed_by_equals() => found.push(Token::Symbol("<=")),
            '>' if followed_by_equals() => found.push(Token::Symbol(">=")),
            '<' => found.push(Token::Symbol("<")),
            '>' => found.push(Token::Symbol(">")),
            letter if letter.is_alphanumeric() || "_-./:+".contains(letter) => {
                let mut word = String::from(letter);
                while let Some(next) =
                    rest.next_if(|next| next.is_alphanumeric() || "_-./:+".contains(*next))
                {
                    word.push(next);
                }
                found.push(Token::Word(word));
            }
            _ => return None,
        }
    }
    Some(found)
}

/// One key of an order.
#[derive(Clone, Debug)]
pub(super) struct OrderBy {
    pub(super) scope: Scope,
    pub(super) key: String,
    descending: bool,
}

impl OrderBy {
    /// Compares two values; what has none comes last either way.
    pub(super) fn compare(&self, left: Option<Operand>, right: Option<Operand>) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) => {
                let ordering = left.compare(&right).unwrap_or(Ordering::Equal);
                if self.descending {
                    ordering.reverse()
                } else {
                    ordering
                }
            }
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
}

/// The keys of an order, first to last.
pub(super) fn order(clauses: &[String]) -> Result<Vec<OrderBy>, Fault> {
    clauses
        .iter()
        .map(|clause| {
            let refuse = || Fault::invalid(format!("Invalid order_by clause '{clause}'."));
            let mut rest = tokens(clause).ok_or_else(refuse)?.into_iter().peekable();
            let (scope, key) = key(&mut rest).ok_or_else(refuse)?;
            let descending = match rest.next() {
                None => false,
                Some(token) if is_word(&token, "asc") => false,
                Some(token) if is_word(&token, "desc") => true,
                Some(_) => return Err(refuse()),
            };
            if rest.next().is_some() {
                return Err(refuse());
            }
            Ok(OrderBy {
                scope,
                key,
                descending,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(filter: &str) -> bool {
        let look = |scope, key: &str| match (scope, key) {
            (Scope::Metric, "acc") => Some(Operand::Number(0.5)),
            (Scope::Param, "lr") => Some(Operand::Text("0.1".to_owned())),
            (Scope::Tag, "my team") => Some(Operand::Text("Vision%".to_owned())),
            (Scope::Attribute, "status") => Some(Operand::Text("FINISHED".to_owned())),
            _ => None,
        };
        parse(filter)
            .unwrap()
            .iter()
            .all(|clause| clause.holds(look))
    }

    #[test]
    fn every_operator_selects_what_it_says() {
        for yes in [
            "",
            "metrics.acc > 0.4",
            "metrics.acc >= 0.5 AND metrics.acc <= 0.5 and metrics.acc < 1",
            "params.lr = '0.1'",
            "params.\"lr\" != '0.2'",
            "tags.`my team` LIKE 'Vis%'",
            "tags.`my team` ILIKE '%SION_'",
            "attributes.status IN ('RUNNING', 'FINISHED')",
            "status NOT IN ('FAILED')",
        ] {
            assert!(holds(yes), "{yes}");
        }
        for no in [
            "metrics.acc > 0.5",
            "metrics.other != 1",
            "tags.`my team` LIKE 'vis%'",
            "status = 'RUNNING' AND metrics.acc > 0",
            "status IN ('RUNNING')",
        ] {
            assert!(!holds(no), "{no}");
        }
    }

    #[test]
    fn nonsense_is_refused_and_never_panics() {
        for bad in [
            "bogus ~~",
            "metrics.",
            "metrics.a >",
            "a = 'open",
            "a = 1 OR b = 2",
            "a IN (",
            "nope.a = 1",
            "é'",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
