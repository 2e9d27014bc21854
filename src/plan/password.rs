//! Passwords made for somebody else, to be said once.

use rand::{RngExt, seq::SliceRandom};
use secrecy::{ExposeSecret, SecretString};

use crate::{aws::cognito::PasswordPolicy, domain::Failure};

/// Letters and digits that are not mistaken for each other when read out.
const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"23456789";
const SIGNS: &[u8] = b"!#%+-=?@_";
/// The length, unless the pool wants more; Cognito's own limit is 99.
const LENGTH: usize = 18;

/// A password that suits every combination of Cognito's character classes, as long as the
/// pool's policy wants it.
pub fn suitable(policy: Option<&PasswordPolicy>) -> SecretString {
    let wanted = policy.map_or(0, |policy| policy.minimum_length);
    let length = usize::try_from(wanted).unwrap_or(LENGTH).clamp(LENGTH, 99);
    let mut random = rand::rng();
    let mut draw = |from: &[u8]| {
        let at = random.random_range(0..from.len());
        char::from(from.get(at).copied().unwrap_or(b'x'))
    };
    let classes = [LOWER, UPPER, DIGITS, SIGNS];
    // One of each class at least; the signs never come first, where shells and forms trip.
    let mut rest: Vec<char> = classes.iter().map(|class| draw(class)).collect();
    let all = [LOWER, UPPER, DIGITS].concat();
    while rest.len() + 1 < length {
        rest.push(draw(&all));
    }
    let first = draw(UPPER);
    rest.shuffle(&mut random);
    let mut text = String::with_capacity(length);
    text.push(first);
    text.extend(rest);
    SecretString::from(text)
}

/// Refuses a password that does not suit a pool, naming what it lacks.
///
/// # Errors
/// `Invalid`; the password is not in it.
pub fn check(policy: &PasswordPolicy, password: &SecretString) -> Result<(), Failure> {
    let lacks = lacks(policy, password.expose_secret());
    if lacks.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid(
        "checking the password",
        format!("the pool's policy wants {}", lacks.join(", ")),
    )
    .advise("give another password, or have one made"))
}

/// What of a pool's policy a password does not meet, in the policy's words; empty where it
/// suits.
pub fn lacks(policy: &PasswordPolicy, password: &str) -> Vec<String> {
    let mut lacks = Vec::new();
    let length = password.chars().count();
    let least = usize::try_from(policy.minimum_length).unwrap_or(usize::MAX);
    if length < least {
        lacks.push(format!("{least} characters"));
    }
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    // The symbols that Cognito counts; a space does within the password only.
    let symbol = |c: char| "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ".contains(c);
    for (wanted, kind, name) in [
        (
            policy.lowercase,
            char::is_lowercase as fn(char) -> bool,
            "a lower-case letter",
        ),
        (policy.uppercase, char::is_uppercase, "an upper-case letter"),
        (policy.digit, |c| c.is_ascii_digit(), "a digit"),
        (policy.symbol, symbol, "a symbol"),
    ] {
        if wanted && !has(kind) {
            lacks.push(name.to_owned());
        }
    }
    if password != password.trim() {
        lacks.push("no space at its ends".to_owned());
    }
    lacks
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: PasswordPolicy = PasswordPolicy {
        minimum_length: 24,
        uppercase: true,
        lowercase: true,
        digit: true,
        symbol: true,
        temporary_days: 7,
    };

    #[test]
    fn every_password_suits_the_strictest_policy_and_no_two_are_alike() {
        let made: Vec<_> = (0..200).map(|_| suitable(Some(&STRICT))).collect();
        for password in &made {
            assert_eq!(lacks(&STRICT, password.expose_secret()), [""; 0]);
        }
        let mut texts: Vec<_> = made.iter().map(|p| p.expose_secret().to_owned()).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), made.len());
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(
            lacks(&STRICT, "short"),
            [
                "24 characters",
                "an upper-case letter",
                "a digit",
                "a symbol"
            ]
        );
        assert_eq!(
            lacks(&STRICT, " Aa1!aaaaaaaaaaaaaaaaaaaaa"),
            ["no space at its ends"]
        );
    }
}
