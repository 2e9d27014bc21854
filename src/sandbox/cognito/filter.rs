//! `ListUsers`' filter: one standard attribute, `=` or `^=`, a quoted value.

use super::{
    directory::Directory,
    refusal::{Answer, Refusal},
    user::User,
};

/// The attributes that can be searched.
const SEARCHABLE: [&str; 10] = [
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
];

/// A filter, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    attribute: &'static str,
    prefix: bool,
    value: String,
}

impl Filter {
    /// Reads a filter such as `email ^= "ada"`; a blank one is none.
    pub(super) fn parse(text: &str) -> Answer<Option<Self>> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let (left, right) = text.split_once('=').ok_or_else(malformed)?;
        let (left, prefix) = match left.strip_suffix('^') {
            Some(left) => (left, true),
            None => (left, false),
        };
        let name = left.trim().trim_matches('"');
        let attribute = SEARCHABLE
            .into_iter()
            .find(|known| *known == name)
            .ok_or_else(|| Refusal::invalid(format!("Invalid search attribute: {name}")))?;
        Ok(Some(Self {
            attribute,
            prefix,
            value: quoted(right.trim()).ok_or_else(malformed)?,
        }))
    }

    fn accepts(&self, user: &User) -> bool {
        let matches = |found: &str| {
            if self.prefix {
                found.starts_with(&self.value)
            } else {
                found == self.value
            }
        };
        match self.attribute {
            "username" => matches(&user.username),
            "cognito:user_status" => {
                let (found, wanted) = (user.status.as_str(), self.value.to_ascii_uppercase());
                if self.prefix {
                    found.starts_with(&wanted)
                } else {
                    found == wanted
                }
            }
            "status" => matches(if user.enabled { "Enabled" } else { "Disabled" }),
            name => user.attribute(name).is_some_and(matches),
        }
    }

    /// The users it accepts, from just after the place `after`; by index where there is
    /// one.
    pub(super) fn select<'a>(
        &'a self,
        directory: &'a Directory,
        after: Option<&str>,
    ) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        let candidates = match self.attribute {
            "email" => {
                let after = after.and_then(|place| place.split_once('\n'));
                directory.email_prefix(&self.value, after)
            }
            "username" => directory.name_prefix(&self.value, after),
            "sub" => directory.subject_prefix(&self.value, after),
            _ => directory.after(after),
        };
        Box::new(candidates.filter(|user| self.accepts(user)))
    }

    /// The user's place in the order [`Filter::select`] gives.
    pub(super) fn place(&self, user: &User) -> String {
        match self.attribute {
            "email" => format!("{}\n{}", user.email().unwrap_or_default(), user.username),
            "sub" => user.sub.clone(),
            _ => user.username.clone(),
        }
    }
}

fn malformed() -> Refusal {
    Refusal::invalid("Error while parsing filter.")
}

/// The value between double quotes, `\"` and `\\` unescaped.
fn quoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => value.push(letters.next()?),
            other => value.push(other),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cognito_reads() {
        let filter = Filter::parse(r#"email ^= "a\"b""#).unwrap().unwrap();
        assert_eq!(
            filter,
            Filter {
                attribute: "email",
                prefix: true,
                value: "a\"b".to_owned()
            }
        );
        assert_eq!(
            Filter::parse(r#""cognito:user_status"="CONFIRMED""#)
                .unwrap()
                .unwrap()
                .attribute,
            "cognito:user_status"
        );
        assert_eq!(Filter::parse("  "), Ok(None));
    }

    #[test]
    fn refuses_what_cognito_refuses() {
        for text in [
            "email",
            "email = a",
            r#"email = "a"#,
            r#"email = "a"b""#,
            r#"custom:team = "x""#,
            r#"email != "a""#,
            r#"email = "a\"#,
        ] {
            assert_eq!(
                Filter::parse(text).unwrap_err().code,
                "InvalidParameterException",
                "{text}"
            );
        }
    }
}
