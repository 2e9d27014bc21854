//! Policy variables: `${aws:username}`, `${key, 'default'}`, and the escapes `${*}`, `${?}`, `${$}`.

use std::str::Chars;

/// What stands between `${` and `}`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// An escaped character, taken literally.
    Character(char),
    /// The value of a condition key.
    Key {
        /// The condition key.
        key: String,
        /// What stands in where the request does not have the key.
        default: Option<String>,
    },
}

/// Reads a variable from its `{` on and leaves `chars` after its `}`.
pub(super) fn parse(chars: &mut Chars<'_>) -> Result<Variable, String> {
    let text = chars.as_str();
    let inner = text.strip_prefix('{').unwrap_or(text);
    for escaped in ['*', '?', '$'] {
        if let Some(rest) = inner
            .strip_prefix(escaped)
            .and_then(|rest| rest.strip_prefix('}'))
        {
            *chars = rest.chars();
            return Ok(Variable::Character(escaped));
        }
    }
    let unclosed = || format!("the policy variable ${text} is not closed");
    let end = inner.find(['}', ',']).ok_or_else(unclosed)?;
    let (key, rest) = inner.split_at_checked(end).ok_or_else(unclosed)?;
    if key.is_empty() || key.contains(['*', '?', '$', '{', '\'', ' ']) {
        return Err(format!("{key:?} is no name for a policy variable"));
    }
    let (default, rest) = match rest.strip_prefix(',') {
        None => (None, rest),
        Some(rest) => {
            let (default, rest) = rest
                .trim_start()
                .strip_prefix('\'')
                .and_then(|quoted| quoted.split_once('\''))
                .ok_or_else(|| format!("the default of the policy variable {key} is not quoted"))?;
            (Some(default.to_owned()), rest.trim_start())
        }
    };
    *chars = rest.strip_prefix('}').ok_or_else(unclosed)?.chars();
    Ok(Variable::Key {
        key: key.to_owned(),
        default,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(text: &str) -> Result<(Variable, String), String> {
        let mut chars = text.chars();
        parse(&mut chars).map(|variable| (variable, chars.as_str().to_owned()))
    }

    fn key(key: &str, default: Option<&str>) -> Variable {
        Variable::Key {
            key: key.to_owned(),
            default: default.map(str::to_owned),
        }
    }

    #[rstest]
    #[case("{aws:username}/x", key("aws:username", None), "/x")]
    #[case(
        "{aws:PrincipalTag/team, 'all, {of} us'}-",
        key("aws:PrincipalTag/team", Some("all, {of} us")),
        "-"
    )]
    #[case("{a:b,''}", key("a:b", Some("")), "")]
    #[case("{*}a", Variable::Character('*'), "a")]
    #[case("{?}", Variable::Character('?'), "")]
    #[case("{$}{x}", Variable::Character('$'), "{x}")]
    fn every_form_is_read(#[case] text: &str, #[case] variable: Variable, #[case] rest: &str) {
        assert_eq!(read(text), Ok((variable, rest.to_owned())));
    }

    #[rstest]
    #[case("{aws:username")]
    #[case("{}")]
    #[case("{a:b, default}")]
    #[case("{a:b, 'open}")]
    #[case("{a:b, 'x' y}")]
    #[case("{a:${b}}")]
    #[case("{ a:b}")]
    #[case("{a:b }")]
    #[case("{a:b , 'x'}")]
    fn a_malformed_one_is_refused(#[case] text: &str) {
        assert!(read(text).is_err());
    }
}
