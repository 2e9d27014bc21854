//! ARNs in conditions: each of the six parts is compared by itself.

use super::{
    Context,
    glob::{Case, Pattern, Syntax},
};

/// A pattern for an ARN under `ArnEquals`, `ArnLike` and their negations.
///
/// A wildcard does not reach over a colon of the first five parts. What does not have six
/// parts is no ARN and is compared as a plain string.
#[derive(Clone, Debug)]
pub(super) struct ArnPattern {
    parts: Option<[Pattern; 6]>,
    whole: Pattern,
}

impl ArnPattern {
    /// Compiles `text`; the error says what is wrong with a policy variable.
    pub fn parse(text: &str, variables: bool) -> Result<Self, String> {
        let syntax = Syntax {
            wildcards: true,
            variables,
        };
        let parts = match pieces(text, variables) {
            Some(pieces) => {
                let mut parsed = Vec::with_capacity(pieces.len());
                for piece in pieces {
                    parsed.push(Pattern::parse(piece, syntax)?);
                }
                parsed.try_into().ok()
            }
            None => None,
        };
        Ok(Self {
            parts,
            whole: Pattern::parse(text, syntax)?,
        })
    }

    /// The condition keys that its variables name.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.whole.variables()
    }

    /// Whether `arn` matches.
    pub fn matches(&self, arn: &str, context: &Context) -> bool {
        match (&self.parts, pieces(arn, false)) {
            (Some(patterns), Some(parts)) => patterns
                .iter()
                .zip(parts)
                .all(|(pattern, part)| pattern.matches(part, context, Case::Sensitive)),
            // A cut-off ARN must not reach over the parts of a whole one.
            (None, Some(_)) if self.whole.text().starts_with("arn:") => false,
            _ => self.whole.matches(arn, context, Case::Sensitive),
        }
    }
}

/// The six parts of an ARN; colons inside `${…}` do not count where it may hold variables.
fn pieces(text: &str, variables: bool) -> Option<[&str; 6]> {
    let mut pieces = [""; 6];
    let mut rest = text;
    let (last, first) = pieces.split_last_mut()?;
    for piece in first {
        let colon = if variables {
            colon_outside_variables(rest)?
        } else {
            rest.find(':')?
        };
        let (start, end) = rest.split_at_checked(colon)?;
        *piece = start;
        rest = end.strip_prefix(':')?;
    }
    *last = rest;
    text.starts_with("arn:").then_some(pieces)
}

fn colon_outside_variables(text: &str) -> Option<usize> {
    let mut inside = false;
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        match char {
            '{' if before == '$' => inside = true,
            '}' => inside = false,
            ':' if !inside => return Some(at),
            _ => {}
        }
        before = char;
    }
    None
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "arn:aws:sns:*:123456789012:topic",
        "arn:aws:sns:us-east-1:123456789012:topic",
        true
    )]
    #[case(
        "arn:aws:sns:*:topic",
        "arn:aws:sns:us-east-1:123456789012:topic",
        false
    )]
    #[case("arn:aws:s3:*:bucket", "arn:aws:s3:::bucket", false)]
    #[case("arn:*:*:*:*:*", "arn:aws:iam::1:role/a:b", true)]
    #[case("arn:aws:iam::1:role/*", "arn:aws:iam::1:role/path/x", true)]
    #[case("arn:aws:s*", "arn:aws:s3:::bucket", false)]
    #[case("arn:aws:s*", "arn:aws:s3", true)]
    #[case("not-an-arn", "not-an-arn", true)]
    #[case("not*", "not-an-arn", true)]
    #[case("*", "arn:aws:iam::1:root", true)]
    #[case(
        "arn:aws:iam::${aws:PrincipalAccount}:root",
        "arn:aws:iam::1:root",
        true
    )]
    fn parts_are_compared_one_by_one(#[case] pattern: &str, #[case] arn: &str, #[case] is: bool) {
        let context = Context::new().with("aws:PrincipalAccount", ["1"]);
        let pattern = ArnPattern::parse(pattern, true).unwrap();
        assert_eq!(pattern.matches(arn, &context), is);
    }
}
