//! One person, one row: a Cognito user, the Studio profile that is theirs, and what runs in it.
//!
//! A pure join. What a role means against a group is decided by the findings, which add
//! their mismatches to the rows made here.

mod join;
mod match_rule;
mod mismatch;

use std::sync::Arc;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

pub use join::{Studio, join};
pub use match_rule::MatchRule;
pub use mismatch::Mismatch;

use super::{App, Profile, User, email};

/// The longest name of a profile that SageMaker takes.
pub const MAX_PROFILE: usize = 63;

/// A person: a user with what belongs to it, or a profile that is nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// What no other person has: `user:USERNAME`, else `profile:DOMAIN/NAME`.
    pub key: String,
    /// The Cognito user.
    #[serde(serialize_with = "whole_user")]
    pub user: Option<Arc<User>>,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The Studio profile.
    pub profile: Option<Profile>,
    /// The ARN of the profile's execution role.
    pub role: Option<String>,
    /// The apps that run or start, of the profile and of the spaces it owns.
    pub apps: Vec<App>,
    /// The names of the spaces that the profile owns.
    pub spaces: Vec<String>,
    /// What does not fit together.
    pub mismatches: Vec<Mismatch>,
}

impl Person {
    /// What the person is called on screen: the user's label, else the profile's name.
    pub fn label(&self) -> &str {
        match (&self.user, &self.profile) {
            (Some(user), _) => user.label(),
            (None, Some(profile)) => &profile.name,
            (None, None) => &self.key,
        }
    }
}

/// The user as it is, not as something shared.
#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn whole_user<S: Serializer>(user: &Option<Arc<User>>, serializer: S) -> Result<S::Ok, S::Error> {
    user.as_deref().serialize(serializer)
}

/// The name of the Studio profile for an address: its part before the `@`, as far as a
/// profile's name may have it. Where nothing of it may stand there, it is a number that
/// belongs to the address.
pub fn profile_name(address: &str) -> String {
    let name = as_profile_name(email::local_part(address));
    if !name.is_empty() {
        return name;
    }
    let digest = Sha256::digest(email::key(address));
    let number: String = hex::encode(digest).chars().take(12).collect();
    format!("user-{number}")
}

/// Whether SageMaker takes the text as the name of a profile:
/// `^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$`.
pub fn is_profile_name(text: &str) -> bool {
    // SageMaker's pattern counts letters and digits, its limit on the length everything.
    text.len() <= MAX_PROFILE
        && text
            .chars()
            .all(|char| char == '-' || char.is_ascii_alphanumeric())
        && !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A text as far as it can be the name of a profile; empty where nothing of it can.
fn as_profile_name(text: &str) -> String {
    let mut name = String::new();
    for char in text.chars() {
        if name.len() == MAX_PROFILE {
            break;
        }
        if char.is_ascii_alphanumeric() {
            name.push(char);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mlflow-reader@example.com", "mlflow-reader")]
    #[case("ada.l+x@example.com", "ada-l-x")]
    #[case("Ada_Lovelace@example.com", "Ada-Lovelace")]
    #[case("--a..b--@example.com", "a-b")]
    #[case("müller@example.com", "m-ller")]
    #[case("no-address", "no-address")]
    fn the_local_part_makes_the_name(#[case] address: &str, #[case] name: &str) {
        assert_eq!(profile_name(address), name);
    }

    #[test]
    fn people_whose_letters_cannot_stand_in_a_name_get_different_ones() {
        let names = [
            "مريم@example.com",
            "🦊@example.com",
            "@example.com",
            "",
            "---",
        ]
        .map(profile_name);
        for (at, name) in names.iter().enumerate() {
            assert!(name.starts_with("user-") && is_profile_name(name), "{name}");
            assert!(
                !names.iter().skip(at + 1).any(|other| other == name),
                "{name}"
            );
        }
        assert_eq!(
            profile_name("مريم@example.com"),
            profile_name(" مريم@EXAMPLE.com")
        );
    }

    #[rstest]
    #[case("a", true)]
    #[case("a--b", true)]
    #[case("", false)]
    #[case("-a", false)]
    #[case("a-", false)]
    #[case("a.b", false)]
    #[case("é", false)]
    fn a_profiles_name_is_judged_as_sagemaker_does(#[case] text: &str, #[case] good: bool) {
        assert_eq!(is_profile_name(text), good);
        assert!(is_profile_name(&"x".repeat(63)));
        assert!(!is_profile_name(&"x".repeat(64)));
    }

    proptest! {
        #[test]
        fn every_text_gives_a_name_that_sagemaker_takes(text in ".*") {
            prop_assert!(is_profile_name(&profile_name(&text)));
        }

        #[test]
        fn a_long_name_is_cut_and_not_left_hanging(text in "[a-z.-]{60,90}@example\\.com") {
            prop_assert!(is_profile_name(&profile_name(&text)));
        }
    }
}
