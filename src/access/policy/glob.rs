//! Whole-string patterns as IAM has them: `*` any characters, `?` exactly one, both across
//! `/` and `:`, and policy variables whose values are literal.

use std::str::Chars;

use super::{Context, variable};

/// Whether letters compare with or without regard to their case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// `a` is not `A`.
    Sensitive,
    /// `a` is `A`.
    Ignored,
}

/// What has a meaning of its own in a pattern's text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${…}` is a policy variable (policy language version 2012-10-17).
    pub variables: bool,
}

impl Syntax {
    /// Wildcards, no variables.
    pub const GLOB: Self = Self {
        wildcards: true,
        variables: false,
    };
}

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// These characters.
    Literal(String),
    /// Any characters, also none.
    AnyRun,
    /// Exactly one character.
    AnyOne,
    /// The single value of a condition key, else the default, else nothing matches.
    Variable {
        /// The condition key.
        key: String,
        /// What stands in where the request does not have the key.
        default: Option<String>,
    },
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    parts: Vec<Part>,
}

impl Pattern {
    /// Compiles `text`; the error says what is wrong with a policy variable.
    pub fn parse(text: &str, syntax: Syntax) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            let part = match char {
                '*' if syntax.wildcards => Part::AnyRun,
                '?' if syntax.wildcards => Part::AnyOne,
                '$' if syntax.variables && chars.as_str().starts_with('{') => {
                    match variable::parse(&mut chars)? {
                        variable::Variable::Character(char) => {
                            literal.push(char);
                            continue;
                        }
                        variable::Variable::Key { key, default } => Part::Variable { key, default },
                    }
                }
                char => {
                    literal.push(char);
                    continue;
                }
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(part);
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The characters before the first wildcard or variable.
    pub fn literal_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// The condition keys that its variables name.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key.as_str()),
            _ => None,
        })
    }

    /// The pattern with a wildcard for each of its variables that `unknown` picks.
    pub(super) fn opened(&self, unknown: impl Fn(&str) -> bool) -> Self {
        let mut open = self.clone();
        for part in &mut open.parts {
            if matches!(part, Part::Variable { key, .. } if unknown(key)) {
                *part = Part::AnyRun;
            }
        }
        open
    }

    /// Whether the pattern matches the whole of `text`. A variable without a value matches
    /// nothing.
    pub fn matches(&self, text: &str, context: &Context, case: Case) -> bool {
        let (mut at, mut rest) = (0, text);
        // Where to go on when what follows the last star does not fit. One such place is
        // enough: an earlier star could only give up what the last one can take as well.
        let mut retry: Option<(usize, &str)> = None;
        loop {
            match self.parts.get(at) {
                Some(Part::AnyRun) => {
                    at += 1;
                    if at == self.parts.len() {
                        return true;
                    }
                    let Some(ahead) = self.after_star(at, rest, case) else {
                        return false;
                    };
                    rest = ahead;
                    retry = Some((at, rest));
                    continue;
                }
                Some(part) => {
                    if let Some(after) = part.strip(rest, context, case) {
                        at += 1;
                        rest = after;
                        continue;
                    }
                }
                None if rest.is_empty() => return true,
                None => {}
            }
            let Some((after_star, from)) = retry else {
                return false;
            };
            let mut chars = from.chars();
            if chars.next().is_none() {
                return false;
            }
            let Some(ahead) = self.after_star(after_star, chars.as_str(), case) else {
                return false;
            };
            at = after_star;
            rest = ahead;
            retry = Some((at, rest));
        }
    }

    /// The first place from which the part after a star can match, so that not every
    /// character has to be tried; none where there is none.
    fn after_star<'t>(&self, at: usize, rest: &'t str, case: Case) -> Option<&'t str> {
        let (Some(Part::Literal(literal)), Case::Sensitive) = (self.parts.get(at), case) else {
            return Some(rest);
        };
        if at + 1 == self.parts.len() {
            // Only the end will do.
            let start = rest.len().checked_sub(literal.len())?;
            return rest.get(start..);
        }
        let first = literal.chars().next()?;
        let mut rest = rest;
        loop {
            rest = rest.get(rest.find(first)?..)?;
            if rest.starts_with(literal.as_str()) {
                return Some(rest);
            }
            rest = rest.get(first.len_utf8()..)?;
        }
    }
}

impl Part {
    /// What is left of `text` after this part; none where it does not start with it.
    fn strip<'t>(&self, text: &'t str, context: &Context, case: Case) -> Option<&'t str> {
        let literal = match self {
            Self::Literal(literal) => literal.as_str(),
            Self::Variable { key, default } => context.single(key).or(default.as_deref())?,
            Self::AnyOne => {
                let mut chars = text.chars();
                chars.next()?;
                return Some(chars.as_str());
            }
            Self::AnyRun => return Some(text),
        };
        match case {
            Case::Sensitive => text.strip_prefix(literal),
            Case::Ignored => match text.split_at_checked(literal.len()) {
                Some((start, rest)) if start.eq_ignore_ascii_case(literal) => Some(rest),
                _ if literal.is_ascii() => None,
                _ => strip_ignoring_case(text, literal),
            },
        }
    }
}

/// What is left of `text` after `literal`, letters of every alphabet compared without their case.
fn strip_ignoring_case<'t>(text: &'t str, literal: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in literal.chars() {
        let found = rest.next()?;
        if wanted != found && !wanted.to_lowercase().eq(found.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// Whether the glob `pattern` matches the whole of `text`; case counts. Allocates nothing, for
/// patterns that are held against a text once or twice.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (mut wanted, mut rest) = (pattern.chars(), text.chars());
    // Where to go on when what follows the last star does not fit, as in `Pattern::matches`.
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let fits = match wanted.next() {
            Some('*') if wanted.as_str().is_empty() => return true,
            Some('*') => {
                retry = Some((wanted.clone(), rest.clone()));
                true
            }
            Some('?') => rest.next().is_some(),
            Some(char) => rest.next() == Some(char),
            None if rest.as_str().is_empty() => return true,
            None => false,
        };
        if fits {
            continue;
        }
        let Some((after_star, from)) = &mut retry else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        (wanted, rest) = (after_star.clone(), from.clone());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// The definition of a glob, letter by letter.
    fn reference(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) if reference(rest, text) => true,
            (Some(('*', _)), Some((_, tail))) => reference(pattern, tail),
            (Some(('?', rest)), Some((_, tail))) => reference(rest, tail),
            (Some((wanted, rest)), Some((found, tail))) => wanted == found && reference(rest, tail),
            _ => false,
        }
    }

    fn compiled(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::parse(pattern, Syntax::GLOB).unwrap();
        pattern.matches(text, &Context::new(), Case::Sensitive)
    }

    proptest! {
        #[test]
        fn a_glob_agrees_with_its_definition(pattern in "[ab/:*?é]{0,8}", text in "[ab/:*?é]{0,10}") {
            let letters = |s: &str| s.chars().collect::<Vec<_>>();
            let is = reference(&letters(&pattern), &letters(&text));
            prop_assert_eq!(matches(&pattern, &text), is);
            prop_assert_eq!(compiled(&pattern, &text), is);
        }
    }

    #[rstest]
    #[case("*", "", true)]
    #[case("?", "", false)]
    #[case("a?c", "aéc", true)]
    #[case("arn:*:prod/*/GET/*", "arn:aws:x:prod/v1/GET/a/b:c", true)]
    #[case("*ab", "aab", true)]
    #[case("*ab*ab", "abab", true)]
    #[case("*ab*ab", "ab", false)]
    #[case("runs/search", "runs/search/", false)]
    fn globs_match_whole_strings(#[case] pattern: &str, #[case] text: &str, #[case] is: bool) {
        assert_eq!(matches(pattern, text), is);
        assert_eq!(compiled(pattern, text), is);
    }

    #[test]
    fn many_stars_on_a_long_text_end_soon() {
        let pattern = "*a".repeat(40) + "b";
        assert!(!matches(&pattern, &"a".repeat(20_000)));
        assert!(!compiled(&pattern, &"a".repeat(20_000)));
    }
}
