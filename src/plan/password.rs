//! Passwords made for somebody else, to be said once.

use rand::{RngExt, seq::SliceRandom};
use secrecy::SecretString;

/// Letters and digits that are not mistaken for each other when read out.
const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"23456789";
const SIGNS: &[u8] = b"!#%+-=?@_";
/// Longer than any minimum that pools are usually given; Cognito's own limit is 99.
const LENGTH: usize = 18;

/// A temporary password that suits every combination of Cognito's character classes.
pub fn temporary_password() -> SecretString {
    let mut random = rand::rng();
    let mut draw = |from: &[u8]| {
        let at = random.random_range(0..from.len());
        char::from(from.get(at).copied().unwrap_or(b'x'))
    };
    let classes = [LOWER, UPPER, DIGITS, SIGNS];
    // One of each class at least; the signs never come first, where shells and forms trip.
    let mut rest: Vec<char> = classes.iter().map(|class| draw(class)).collect();
    let all = [LOWER, UPPER, DIGITS].concat();
    while rest.len() + 1 < LENGTH {
        rest.push(draw(&all));
    }
    let first = draw(UPPER);
    rest.shuffle(&mut random);
    let mut text = String::with_capacity(LENGTH);
    text.push(first);
    text.extend(rest);
    SecretString::from(text)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn every_password_has_every_class_and_no_two_are_alike() {
        let made: Vec<_> = (0..200).map(|_| temporary_password()).collect();
        for password in &made {
            let text = password.expose_secret();
            assert_eq!(text.len(), LENGTH);
            for class in [LOWER, UPPER, DIGITS, SIGNS] {
                assert!(text.bytes().any(|byte| class.contains(&byte)));
            }
        }
        let mut texts: Vec<_> = made.iter().map(|p| p.expose_secret().to_owned()).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), made.len());
    }
}
