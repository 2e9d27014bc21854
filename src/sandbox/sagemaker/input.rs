//! An operation's input: every member against its rule, and all complaints in one message.

use serde_json::Value;

use super::refusal::{Answer, Refusal};

/// The types of an app.
const APP_TYPES: [&str; 9] = [
    "JupyterServer",
    "KernelGateway",
    "DetailedProfiler",
    "TensorBoard",
    "CodeEditor",
    "JupyterLab",
    "RStudioServerPro",
    "RSessionGateway",
    "Canvas",
];

/// What a text must be like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// The id of a domain.
    Domain,
    /// The name of a profile, a space or an app.
    Name,
    /// The ARN of a role.
    Role,
    /// The ARN of anything of SageMaker.
    Arn,
    /// The type of an app.
    AppType,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl Rule {
    /// The constraint that a text breaks, in SageMaker's words.
    fn broken(self, text: &str) -> Option<String> {
        let longest = match self {
            Self::Domain | Self::Name => 63,
            Self::Role => 2048,
            Self::Arn => 256,
            Self::AppType | Self::OneOf(_) => usize::MAX,
        };
        if text.chars().count() > longest {
            return Some(format!(
                "Member must have length less than or equal to {longest}"
            ));
        }
        let pattern = match self {
            Self::Domain if !is_domain(text) => "d-(-*[a-z0-9]){1,61}",
            Self::Name if !is_name(text) => "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
            Self::Role if text.len() < 20 => {
                return Some("Member must have length greater than or equal to 20".to_owned());
            }
            Self::Role if !is_role(text) => {
                "arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"
            }
            Self::Arn if !is_arn(text) => "arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+",
            Self::AppType => return not_one_of(text, &APP_TYPES),
            Self::OneOf(words) => return not_one_of(text, words),
            _ => return None,
        };
        Some(format!(
            "Member must satisfy regular expression pattern: {pattern}"
        ))
    }
}

fn not_one_of(text: &str, words: &[&str]) -> Option<String> {
    (!words.contains(&text))
        .then(|| format!("Member must satisfy enum value set: [{}]", words.join(", ")))
}

fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-'
}

fn is_name(text: &str) -> bool {
    text.chars().all(is_name_letter)
        && !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_domain(text: &str) -> bool {
    text.strip_prefix("d-").is_some_and(|rest| {
        !rest.is_empty()
            && !rest.ends_with('-')
            && rest.chars().all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
            })
    })
}

fn is_role(text: &str) -> bool {
    arn_of(text, "iam").is_some_and(|(region, what)| {
        region.is_empty()
            && what.strip_prefix("role").is_some_and(|name| {
                name.len() > 1
                    && name
                        .chars()
                        .all(|letter| letter.is_ascii_alphanumeric() || "+=,.@-_/".contains(letter))
            })
    })
}

fn is_arn(text: &str) -> bool {
    arn_of(text, "sagemaker").is_some_and(|(_, what)| !what.is_empty())
}

/// Region and resource of an ARN of `service`.
fn arn_of<'a>(text: &'a str, service: &str) -> Option<(&'a str, &'a str)> {
    let rest = text.strip_prefix("arn:aws")?;
    let (_, rest) = rest.split_once(':')?;
    let rest = rest.strip_prefix(service)?.strip_prefix(':')?;
    let (region, rest) = rest.split_once(':')?;
    let (account, what) = rest.split_once(':')?;
    let digits = account.len() == 12 && account.chars().all(|digit| digit.is_ascii_digit());
    digits.then_some((region, what))
}

/// The members of one input, read one after the other.
pub(super) struct Checked<'a> {
    input: &'a Value,
    complaints: Vec<String>,
    malformed: Option<Refusal>,
}

impl<'a> Checked<'a> {
    /// Nothing read so far.
    pub(super) fn new(input: &'a Value) -> Self {
        Self {
            input,
            complaints: Vec::new(),
            malformed: (!input.is_object()).then(|| Refusal::malformed("the input")),
        }
    }

    /// A text that must be there; whether it was good [`Self::done`] says.
    pub(super) fn text(&mut self, member: &str, rule: Rule) -> &'a str {
        if self.member(member).is_none() {
            self.complain("null", member, "Member must not be null");
        }
        self.optional(member, rule).unwrap_or_default()
    }

    /// A text that may be missing. `A.B` is the member `B` of `A`.
    pub(super) fn optional(&mut self, member: &str, rule: Rule) -> Option<&'a str> {
        let Some(text) = self.member(member)?.as_str() else {
            self.malformed = Some(Refusal::malformed(member));
            return None;
        };
        if let Some(constraint) = rule.broken(text) {
            self.complain(&format!("'{text}'"), member, &constraint);
        }
        Some(text)
    }

    /// A whole number from 1 to `most` that may be missing.
    pub(super) fn count(&mut self, member: &str, most: u64) -> Option<usize> {
        let value = self.member(member)?;
        let Some(number) = value.as_i64() else {
            self.malformed = Some(Refusal::malformed(member));
            return None;
        };
        let number = u64::try_from(number).unwrap_or(0);
        let shown = format!("'{value}'");
        if number < 1 {
            let constraint = "Member must have value greater than or equal to 1";
            self.complain(&shown, member, constraint);
        } else if number > most {
            let constraint = format!("Member must have value less than or equal to {most}");
            self.complain(&shown, member, &constraint);
        }
        usize::try_from(number).ok()
    }

    /// Refuses what broke a rule.
    pub(super) fn done(self) -> Answer<()> {
        if let Some(refusal) = self.malformed {
            return Err(refusal);
        }
        match self.complaints.len() {
            0 => Ok(()),
            1 => Err(Refusal::invalid(format!(
                "1 validation error detected: {}",
                self.complaints.concat()
            ))),
            count => Err(Refusal::invalid(format!(
                "{count} validation errors detected: {}",
                self.complaints.join("; ")
            ))),
        }
    }

    fn member(&self, member: &str) -> Option<&'a Value> {
        let mut value = self.input;
        for part in member.split('.') {
            value = value.get(part)?;
        }
        Some(value).filter(|value| !value.is_null())
    }

    fn complain(&mut self, value: &str, member: &str, constraint: &str) {
        let path: Vec<String> = member.split('.').map(lower_first).collect();
        self.complaints.push(format!(
            "Value {value} at '{}' failed to satisfy constraint: {constraint}",
            path.join(".")
        ));
    }
}

/// A member's name as these complaints spell it: `DomainId` is `domainId`.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("ada", true)]
    #[case("a--b", true)]
    #[case("7", true)]
    #[case("", false)]
    #[case("-ada", false)]
    #[case("ada-", false)]
    #[case("ada.lovelace", false)]
    #[case("ada_l", false)]
    #[case("ädä", false)]
    fn names_are_letters_digits_and_inner_hyphens(#[case] name: &str, #[case] good: bool) {
        assert_eq!(Rule::Name.broken(name).is_none(), good, "{name}");
    }

    #[test]
    fn every_complaint_is_in_one_message() {
        let input = json!({"UserProfileName": "a_b", "UserSettings": {"ExecutionRole": "x"}});
        let mut checked = Checked::new(&input);
        checked.text("DomainId", Rule::Domain);
        checked.text("UserProfileName", Rule::Name);
        checked.optional("UserSettings.ExecutionRole", Rule::Role);
        assert_eq!(
            checked.done(),
            Err(Refusal::invalid(
                "3 validation errors detected: Value null at 'domainId' failed to satisfy \
                 constraint: Member must not be null; Value 'a_b' at 'userProfileName' failed to \
                 satisfy constraint: Member must satisfy regular expression pattern: \
                 [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}; Value 'x' at 'userSettings.executionRole' \
                 failed to satisfy constraint: Member must have length greater than or equal to 20"
            ))
        );
    }
}
