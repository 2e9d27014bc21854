//! E-mail addresses: what can be one, and what two spellings of one have in common.
//!
//! Syntax only. Whether anybody reads the mail, and whether Cognito likes it, they say.

use super::is_invisible;

/// The longest user name that Cognito takes, and so the longest address to sign in with, in
/// bytes.
pub const MAX_NAME: usize = 128;
/// The longest value of an attribute that Cognito takes, in characters.
pub const MAX_ATTRIBUTE: usize = 2048;
/// The longest part before the `@`, in bytes (RFC 5321).
const MAX_LOCAL: usize = 64;
/// The longest part between two dots of a domain, in bytes (RFC 1035).
const MAX_LABEL: usize = 63;

/// Whether a text can be an e-mail address to sign in with; spaces around it are not its.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn check(text: &str) -> Result<(), String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("an e-mail address is missing".to_owned());
    }
    if let Some(hidden) = text.chars().find(|&char| is_invisible(char)) {
        return Err(format!(
            "an invisible character stands in it (U+{:04X})",
            u32::from(hidden)
        ));
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err("an e-mail address has an @".to_owned());
    };
    let bad = |char: char| char.is_whitespace() || "<>()[],;:\\\"".contains(char);
    if let Some(bad) = text.chars().find(|&char| bad(char)) {
        return Err(format!("{bad:?} cannot stand in an e-mail address"));
    }
    if local.contains('@') {
        return Err("an e-mail address has one @ only".to_owned());
    }
    if local.is_empty() {
        return Err("nothing stands before the @".to_owned());
    }
    if local.len() > MAX_LOCAL {
        return Err(format!(
            "{} bytes stand before the @, {MAX_LOCAL} at most are allowed",
            local.len()
        ));
    }
    if local.split('.').any(str::is_empty) {
        return Err("the part before the @ starts or ends with a dot, or has two".to_owned());
    }
    if !domain.contains('.') || domain.split('.').any(|label| !is_label(label)) {
        return Err("the part after the @ is no domain".to_owned());
    }
    if text.len() > MAX_NAME {
        return Err(format!(
            "it has {} bytes, Cognito takes {MAX_NAME} at most",
            text.len()
        ));
    }
    Ok(())
}

/// What all spellings of an address have in common: Cognito's pools do not mind the case.
pub fn key(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The part before the `@`; the whole text where there is none.
pub fn local_part(address: &str) -> &str {
    let address = address.trim();
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

fn is_label(label: &str) -> bool {
    let inside = |char: char| char == '-' || char.is_alphanumeric() || !char.is_ascii();
    (1..=MAX_LABEL).contains(&label.len())
        && label.chars().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a@example.com")]
    #[case("first.last+x@sub.example.co")]
    #[case(" a@b.de ")]
    #[case("o'brien@xn--bcher-kva.example")]
    #[case("=1+1@example.com")]
    #[case("مريم@example.com")]
    #[case("🦊@bücher.example")]
    fn what_can_be_an_address(#[case] text: &str) {
        assert_eq!(check(text), Ok(()));
    }

    #[rstest]
    #[case("", "missing")]
    #[case("a", "has an @")]
    #[case("@example.com", "before the @")]
    #[case("a@b@example.com", "one @")]
    #[case("a@b", "no domain")]
    #[case("a@b..c", "no domain")]
    #[case("a@-b.c", "no domain")]
    #[case("a@b.c_d", "no domain")]
    #[case("a b@c.de", "' '")]
    #[case("<a@b.c>", "'<'")]
    #[case("\"a\"@b.c", "'\"'")]
    #[case(".a@b.c", "dot")]
    #[case("a..b@b.c", "dot")]
    #[case("a\n@b.c", "U+000A")]
    #[case("a\u{202e}@b.c", "U+202E")]
    #[case("a\u{200b}@b.c", "U+200B")]
    fn what_cannot_be_one_is_refused_with_a_reason(#[case] text: &str, #[case] reason: &str) {
        let said = check(text).unwrap_err();
        assert!(said.contains(reason), "{said}");
    }

    #[test]
    fn the_limits_are_kept_to_the_byte() {
        let local = |bytes: usize| format!("{}@b.example", "x".repeat(bytes));
        assert_eq!(check(&local(64)), Ok(()));
        assert!(check(&local(65)).unwrap_err().contains("64"));
        let whole = |bytes: usize| {
            let rest = bytes - "x@".len() - ".example".len();
            format!("x@{}.{}.example", "y".repeat(60), "z".repeat(rest - 61))
        };
        assert_eq!(whole(128).len(), 128);
        assert_eq!(check(&whole(128)), Ok(()));
        assert!(check(&whole(129)).unwrap_err().contains("128"));
        // 17 foxes have 68 bytes.
        assert!(
            check(&format!("{}@b.example", "🦊".repeat(17)))
                .unwrap_err()
                .contains("68 bytes")
        );
    }

    #[test]
    fn spellings_of_one_address_have_one_key() {
        assert_eq!(key(" Ada@Example.COM "), "ada@example.com");
        assert_eq!(local_part(" Ada.L@Example.com"), "Ada.L");
        assert_eq!(local_part("ada"), "ada");
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in ".*") {
            if check(&text).is_ok() {
                prop_assert!(text.trim().len() <= MAX_NAME);
                prop_assert!(!local_part(&text).is_empty());
            }
        }
    }
}
